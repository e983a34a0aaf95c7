//! Tokens that the surroundings hold ready, for example those of a CI job.

use std::path::{Path, PathBuf};

use super::buildkite::Buildkite;
use super::github_actions::GithubActions;
use super::google::GoogleWorkload;
use super::source::{IdentitySource, SourceError, read_token_file, usable};
use crate::environment;

/// Where Kubernetes projects a token to.
const TOKEN_FILE: &str = "/var/run/sigstore/cosign/oidc-token";
/// Providers of other cosign versions that this one has not.
const NOT_BUILT: [&str; 1] = ["spiffe"];
const WORKLOAD: &str = "google-workload-identity";

/// What the providers look at.
pub(crate) struct Surroundings<'a> {
    /// Reads an environment variable.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The file of the provider `filesystem`.
    pub(crate) token_file: PathBuf,
}

impl Surroundings<'_> {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            variable: &environment::text,
            token_file: PathBuf::from(TOKEN_FILE),
        }
    }
}

/// A provider that has something to offer.
enum Enabled {
    Filesystem(PathBuf),
    Variable(String),
    GithubActions(GithubActions),
    Buildkite(Buildkite),
    Workload(GoogleWorkload),
    Impersonate(GoogleWorkload),
}

impl Enabled {
    fn name(&self) -> &'static str {
        match self {
            Self::Filesystem(_) => "filesystem",
            Self::Variable(_) => "envvar",
            Self::GithubActions(_) => "github-actions",
            Self::Buildkite(_) => "buildkite-agent",
            Self::Workload(_) => WORKLOAD,
            Self::Impersonate(_) => "google-impersonate",
        }
    }

    fn identity(self) -> Result<IdentitySource, SourceError> {
        let token = match self {
            Self::Filesystem(path) => usable(
                &read_token_file(&path)?,
                "the token of the provider `filesystem` cannot be used",
            )?,
            Self::Variable(text) => usable(&text, "the token of SIGSTORE_ID_TOKEN cannot be used")?,
            Self::GithubActions(job) => return Ok(IdentitySource::GithubActions(job)),
            Self::Buildkite(job) => return Ok(IdentitySource::Buildkite(job)),
            Self::Workload(workload) | Self::Impersonate(workload) => {
                return Ok(IdentitySource::Google(workload));
            }
        };
        Ok(IdentitySource::Token(token))
    }
}

/// The identity of the first provider that has one; `None` if none is enabled.
///
/// `forced` picks one by name. As with other cosign versions, a name that is not known means nothing while no
/// provider is enabled at all.
///
/// # Errors
/// [`SourceError`] of the first provider if all that are enabled fail, or if the forced one is not enabled.
pub(crate) fn ambient(
    forced: Option<&str>,
    surroundings: &Surroundings<'_>,
) -> Result<Option<IdentitySource>, SourceError> {
    if let Some(name) = forced.filter(|name| NOT_BUILT.contains(name)) {
        return Err(SourceError::ProviderNotBuilt {
            name: name.to_owned(),
        });
    }
    let enabled = enabled(forced, surroundings);
    let names: Vec<_> = enabled.iter().map(Enabled::name).collect();
    let mut candidates = enabled
        .into_iter()
        .filter(|provider| forced.is_none_or(|name| provider.name() == name))
        .map(Enabled::identity);
    let Some(first) = candidates.next() else {
        return match forced {
            Some(name) if !names.is_empty() => Err(SourceError::ProviderNotEnabled {
                name: name.to_owned(),
                enabled: names.join(", "),
            }),
            _ => Ok(None),
        };
    };
    match first {
        Ok(identity) => Ok(Some(identity)),
        Err(error) => candidates.find_map(Result::ok).map(Some).ok_or(error),
    }
}

/// In the order in which real cosign asks them.
///
/// Whether this is a machine of Google is not tried out: its metadata server is asked only where it is named.
fn enabled(forced: Option<&str>, surroundings: &Surroundings<'_>) -> Vec<Enabled> {
    let variable = surroundings.variable;
    let file = Some(surroundings.token_file.clone()).filter(|path| Path::exists(path));
    let job = variable("ACTIONS_ID_TOKEN_REQUEST_URL")
        .zip(variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
        .map(|(url, request_token)| GithubActions::new(url, request_token));
    let buildkite = variable("BUILDKITE_AGENT_ACCESS_TOKEN").map(|token| {
        let job = variable("BUILDKITE_JOB_ID").unwrap_or_default();
        Buildkite::new(variable("BUILDKITE_AGENT_ENDPOINT"), job, token)
    });
    let metadata_host = variable("GCE_METADATA_HOST");
    let workload = (metadata_host.is_some() || forced == Some(WORKLOAD))
        .then(|| GoogleWorkload::own(metadata_host.clone()));
    let impersonate = variable("GOOGLE_SERVICE_ACCOUNT_NAME")
        .map(|account| GoogleWorkload::own(metadata_host).acting_for(account));
    [
        file.map(Enabled::Filesystem),
        variable("SIGSTORE_ID_TOKEN").map(Enabled::Variable),
        job.map(Enabled::GithubActions),
        buildkite.map(Enabled::Buildkite),
        workload.map(Enabled::Workload),
        impersonate.map(Enabled::Impersonate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::oidc::TokenError;

    // {"alg":"RS256"}.{"sub":"file"}.signature, and the same for `env`.
    const FILE: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmaWxlIn0.c2lnbmF0dXJl";
    const ENV: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJlbnYifQ.c2lnbmF0dXJl";

    /// Which surroundings there are, what is forced, and what comes of it.
    struct Case(
        Option<&'static str>,
        Option<&'static str>,
        bool,
        Option<&'static str>,
        Expected,
    );

    #[derive(Debug, PartialEq)]
    enum Expected {
        Nothing,
        Subject(&'static str),
        GithubActions,
        Unusable(TokenError),
        NotBuilt,
        /// With the names of those that are enabled.
        NotEnabled(&'static str),
    }

    fn outcome(case: &Case) -> Expected {
        let Case(file, env, actions, forced, _) = case;
        let directory = tempfile::tempdir().unwrap();
        let token_file = directory.path().join("oidc-token");
        if let Some(text) = file {
            std::fs::write(&token_file, text).unwrap();
        }
        let variable = |name: &str| match name {
            "SIGSTORE_ID_TOKEN" => env.map(str::to_owned),
            "ACTIONS_ID_TOKEN_REQUEST_URL" | "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => {
                actions.then(|| "http://localhost:1/?a=b".to_owned())
            }
            _ => None,
        };
        let surroundings = Surroundings {
            variable: &variable,
            token_file,
        };
        match ambient(*forced, &surroundings) {
            Ok(None) => Expected::Nothing,
            Ok(Some(IdentitySource::Token(token))) if token.challenge() == "file" => {
                Expected::Subject("file")
            }
            Ok(Some(IdentitySource::Token(_))) => Expected::Subject("env"),
            Ok(Some(_)) => Expected::GithubActions,
            Err(SourceError::Token { source, .. }) => Expected::Unusable(source),
            Err(SourceError::ProviderNotBuilt { .. }) => Expected::NotBuilt,
            Err(SourceError::ProviderNotEnabled { enabled, .. }) => {
                assert_eq!(enabled, "filesystem, github-actions");
                Expected::NotEnabled("filesystem, github-actions")
            }
            Err(other) => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn the_first_that_has_one_gives_the_identity() {
        let (file, env, bad) = (Some(FILE), Some(ENV), Some("bad"));
        for case in [
            Case(None, None, false, None, Expected::Nothing),
            Case(None, None, false, Some("no-such"), Expected::Nothing),
            Case(None, None, false, Some("envvar"), Expected::Nothing),
            Case(None, None, false, Some("spiffe"), Expected::NotBuilt),
            Case(file, env, true, None, Expected::Subject("file")),
            Case(None, env, true, None, Expected::Subject("env")),
            Case(None, None, true, None, Expected::GithubActions),
            Case(
                file,
                env,
                true,
                Some("filesystem"),
                Expected::Subject("file"),
            ),
            Case(file, env, true, Some("envvar"), Expected::Subject("env")),
            Case(
                file,
                env,
                true,
                Some("github-actions"),
                Expected::GithubActions,
            ),
            Case(bad, env, false, None, Expected::Subject("env")),
            Case(bad, bad, true, None, Expected::GithubActions),
            Case(None, bad, false, None, Expected::Unusable(TokenError::Form)),
            Case(
                bad,
                env,
                false,
                Some("filesystem"),
                Expected::Unusable(TokenError::Form),
            ),
            Case(
                file,
                None,
                true,
                Some("envvar"),
                Expected::NotEnabled("filesystem, github-actions"),
            ),
            Case(
                file,
                None,
                true,
                Some("no-such"),
                Expected::NotEnabled("filesystem, github-actions"),
            ),
        ] {
            assert_eq!(outcome(&case), case.4);
        }
    }
}
