//! `--instance` and `COSIGN_INSTANCE`: an instance takes the place of trusted root and signing config, and of nothing less.

use clap::ArgMatches;
use clap::parser::ValueSource;
use trust_root::Variable;

use super::{Instance, InstanceError};
use crate::args::ReportFormat;
use crate::environment;

/// What else could say whom to believe or what to sign with.
const OTHERS: [(&str, &str); 5] = [
    ("trusted_root", "trusted-root"),
    ("signing_config", "signing-config"),
    ("fulcio_url", "fulcio-url"),
    ("rekor_url", "rekor-url"),
    ("timestamp_server_url", "timestamp-server-url"),
];

/// The instance that a command line names, for a command that uses one.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) instance: Instance,
    /// Whether the command's data are for programs, so that its talk need not name the instance.
    pub(crate) is_told_in_data: bool,
}

/// Finds the instance that the command is to use; `None` if none is named, or the command uses none.
///
/// # Errors
/// [`InstanceError::Conflict`] if anything else names trust or services, as a flag or as a variable: one source is used alone.
pub(crate) fn select(
    matches: &ArgMatches,
    variable: fn(&str) -> String,
) -> Result<Option<Selected>, InstanceError> {
    let Some(matches) = innermost(matches) else {
        return Ok(None);
    };
    if matches.try_contains_id("trusted_root").is_err() {
        return Ok(None);
    }
    let Ok(Some(name)) = matches.try_get_one::<String>("instance") else {
        return Ok(None);
    };
    let shown = match matches.value_source("instance") {
        Some(ValueSource::EnvVariable) => format!("COSIGN_INSTANCE={name}"),
        _ => format!("--instance {name}"),
    };
    let instance = Instance::open(name)?;
    for (id, long) in OTHERS {
        let source = matches
            .try_contains_id(id)
            .ok()
            .and_then(|_| matches.value_source(id));
        let other = match source {
            Some(ValueSource::CommandLine) => format!("--{long}"),
            Some(ValueSource::EnvVariable) => variable(long),
            _ => continue,
        };
        return Err(conflict(shown, other));
    }
    let off = matches
        .try_get_one::<bool>("use_signing_config")
        .ok()
        .flatten()
        == Some(&false);
    if off {
        return Err(conflict(shown, "--use-signing-config=false".to_owned()));
    }
    for variable in Variable::ALL {
        if environment::value(variable.name()).is_some() {
            return Err(conflict(shown, variable.name().to_owned()));
        }
    }
    Ok(Some(Selected {
        instance,
        is_told_in_data: is_report(matches),
    }))
}

fn conflict(instance: String, other: String) -> InstanceError {
    InstanceError::Conflict { instance, other }
}

/// The matches of the command itself, below the commands that it is in.
fn innermost(matches: &ArgMatches) -> Option<&ArgMatches> {
    let (_, mut matches) = matches.subcommand()?;
    while let Some((_, inner)) = matches.subcommand() {
        matches = inner;
    }
    Some(matches)
}

/// Whether the command's data are for programs.
pub(crate) fn is_for_programs(matches: &ArgMatches) -> bool {
    innermost(matches).is_some_and(|matches| {
        let output = matches.try_get_one::<String>("output");
        is_report(matches) || matches!(output, Ok(Some(format)) if format == "json")
    })
}

/// Whether the command's data are a report that names the instance.
fn is_report(matches: &ArgMatches) -> bool {
    let output = matches.try_get_one::<ReportFormat>("output");
    output.ok().flatten() == Some(&ReportFormat::Json)
}

#[cfg(test)]
mod tests {
    use super::is_for_programs;

    #[test]
    fn json_is_for_programs() {
        let is = |line: &str| {
            let words = line.split(' ').map(std::ffi::OsString::from);
            is_for_programs(&crate::args::command().get_matches_from(words))
        };
        assert!(is("cosign verify-blob --output json a"));
        assert!(is("cosign verify --output json a"));
        assert!(!is("cosign verify-blob a"));
        assert!(!is("cosign verify --output text a"));
        assert!(!is("cosign sign-blob a"));
    }
}
