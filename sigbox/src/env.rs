//! `sigbox env`: the variables that point both our cosign and the real one at this instance.

use anyhow::{Context, Result};

use crate::args::Shell;
use crate::layout::DataDir;

/// Variable and file in `trust/`.
const FILES: &[(&str, &str)] = &[
    ("COSIGN_TRUSTED_ROOT", trust_root::TRUSTED_ROOT),
    ("COSIGN_SIGNING_CONFIG", trust_root::SIGNING_CONFIG),
    ("SIGSTORE_ROOT_FILE", trust_root::FULCIO_CHAIN),
    ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", trust_root::CTFE_KEY),
    ("SIGSTORE_REKOR_PUBLIC_KEY", trust_root::REKOR_KEY),
    ("SIGSTORE_TSA_CERTIFICATE_FILE", trust_root::TSA_CHAIN),
];

/// The variables with their values, absolute.
pub(crate) fn variables(dir: &DataDir) -> Result<Vec<(&'static str, String)>> {
    let trust = std::fs::canonicalize(dir.trust()).with_context(|| {
        format!(
            "{} holds no instance yet; `sigbox up` or `sigbox init` makes one",
            dir.path().display()
        )
    })?;
    FILES
        .iter()
        .map(|(name, file)| {
            let path = trust.join(file);
            let value = path
                .to_str()
                .with_context(|| format!("{} is not UTF-8", path.display()))?;
            Ok((*name, value.to_owned()))
        })
        .collect()
}

/// The text for a shell to evaluate.
pub(crate) fn render(variables: &[(&'static str, String)], shell: Shell) -> Result<String> {
    let line = |(name, value): &(&str, String)| match shell {
        Shell::Sh | Shell::Json => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
        Shell::Fish => format!(
            "set -gx {name} '{}'\n",
            value.replace('\\', r"\\").replace('\'', r"\'")
        ),
        Shell::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
    };
    if matches!(shell, Shell::Json) {
        let object: serde_json::Map<_, _> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        return Ok(serde_json::to_string_pretty(&object)? + "\n");
    }
    Ok(variables.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_survive_each_shell() {
        let variables = [("A", r"/it's\here".to_owned())];
        let text = |shell| render(&variables, shell).unwrap();
        assert_eq!(text(Shell::Sh), "export A='/it'\\''s\\here'\n");
        assert_eq!(text(Shell::Fish), "set -gx A '/it\\'s\\\\here'\n");
        assert_eq!(text(Shell::Powershell), "$env:A = '/it''s\\here'\n");
        assert_eq!(text(Shell::Json), "{\n  \"A\": \"/it's\\\\here\"\n}\n");
    }
}
