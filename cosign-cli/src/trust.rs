//! What is believed: a trusted root, or the files that the `SIGSTORE_…` variables name.

mod own;

use std::path::{Path, PathBuf};

use sigbox_wire::TrustedRoot;
use trust_root::{PemRoots, TrustRootError, Variable, files};

use crate::environment;
use crate::ui::{Escaped, io_reason};

pub use self::own::OwnRoots;

/// Where trust comes from; each kind of party always from one source alone, never a mixture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TrustSource {
    /// A trusted root in memory.
    Root(Box<TrustedRoot>),
    /// A trusted root file (`--trusted-root`, `COSIGN_TRUSTED_ROOT`).
    File(PathBuf),
    /// The files of `SIGSTORE_ROOT_FILE` and its siblings.
    Pem(PemRoots),
    /// Roots that the user brings; for other parties than theirs, the source below, if there is one.
    Own {
        /// What the user brings.
        own: OwnRoots,
        /// Where logs come from, and authorities that the user brings nothing for.
        base: Option<Box<TrustSource>>,
    },
    /// Nobody but the holder of the key that the verifier names: no log and no authority.
    KeyAlone,
}

/// There is no usable trust material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustSourceError {
    /// Nothing names any.
    #[error("trusted root is required when using new bundle format")]
    NotConfigured,
    /// Some of the variables are set, but not all that the checks need.
    #[error("incomplete trust material: {} not set", list(.missing))]
    Incomplete {
        /// The variables that are missing, all of them.
        missing: Vec<Variable>,
    },
    /// The trusted root file cannot be used.
    #[error("setting trusted material: loading trusted root: {}", why(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<TrustRootError>,
    },
    /// A PEM file cannot be used.
    #[error("setting trusted material: {}", why(.0))]
    Pem(#[source] Box<TrustRootError>),
}

/// The checks that will be made, each of which needs somebody to believe.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a check, made or not"
)]
pub(crate) struct Needs {
    /// A certificate must lead to an authority.
    pub(crate) authority: bool,
    /// A CT log must have seen it.
    pub(crate) ct_log: bool,
    /// A log must hold the signature.
    pub(crate) log: bool,
    /// A timestamp will be judged.
    pub(crate) timestamp_authority: bool,
}

impl Needs {
    /// Every check.
    pub(crate) const ALL: Self = Self {
        authority: true,
        ct_log: true,
        log: true,
        timestamp_authority: true,
    };

    fn wants(self, variable: Variable) -> bool {
        match variable {
            Variable::Root => self.authority,
            Variable::CtLogKey => self.ct_log,
            Variable::RekorKey => self.log,
            Variable::TsaChain => self.timestamp_authority,
        }
    }
}

/// A missing file in the words that users' scripts know.
pub(crate) fn why(error: &TrustRootError) -> String {
    match error {
        TrustRootError::Read { path, source } => {
            format!(
                "open {}: {}",
                Escaped(&path.to_string_lossy()),
                io_reason(source)
            )
        }
        other => other.to_string(),
    }
}

fn list(variables: &[Variable]) -> String {
    let names: Vec<&str> = variables.iter().map(|variable| variable.name()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// The check that cannot be made while a variable is missing.
pub(crate) fn check_that_needs(variable: Variable) -> &'static str {
    match variable {
        Variable::Root => "the certificate's chain",
        Variable::CtLogKey => "the certificate's SCT",
        Variable::RekorKey => "the transparency log's proof",
        Variable::TsaChain => "the timestamp on the signature",
    }
}

impl TrustSource {
    /// The trusted root file if one is given, else the `SIGSTORE_…` files if at least one is named.
    pub(crate) fn find(trusted_root: Option<&Path>) -> Option<Self> {
        if let Some(path) = trusted_root {
            return Some(Self::File(path.to_owned()));
        }
        let file = |variable: Variable| environment::path(variable.name());
        let roots = PemRoots {
            root: file(Variable::Root),
            ct_log_key: file(Variable::CtLogKey),
            rekor_key: file(Variable::RekorKey),
            tsa_chain: file(Variable::TsaChain),
        };
        (!roots.is_empty()).then_some(Self::Pem(roots))
    }

    /// Reads the trust material; opens files, never a connection.
    ///
    /// `log_host` is the host name in the log's checkpoints, which PEM files do not tell. What no check needs may be
    /// missing.
    ///
    /// # Errors
    /// [`TrustSourceError`]; [`TrustSourceError::Incomplete`] names every missing variable at once.
    pub(crate) fn load(
        &self,
        log_host: &str,
        needs: Needs,
    ) -> Result<TrustedRoot, TrustSourceError> {
        match self {
            Self::KeyAlone => Ok(TrustedRoot::default()),
            Self::Root(root) => Ok((**root).clone()),
            Self::File(path) => {
                files::read_trusted_root(path).map_err(|source| TrustSourceError::File {
                    path: path.clone(),
                    source: Box::new(source),
                })
            }
            Self::Own { own, base } => {
                let needs = own.others(needs);
                let mut root = match base {
                    Some(base) => base.load(log_host, needs)?,
                    None => Self::Pem(PemRoots::default()).load(log_host, needs)?,
                };
                own.replace(&mut root)
                    .map_err(|source| TrustSourceError::Pem(Box::new(source)))?;
                Ok(root)
            }
            Self::Pem(roots) => {
                let missing = missing(roots, needs);
                if !missing.is_empty() {
                    return Err(TrustSourceError::Incomplete { missing });
                }
                roots
                    .trusted_root(log_host)
                    .map_err(|source| TrustSourceError::Pem(Box::new(source)))
            }
        }
    }
}

fn missing(roots: &PemRoots, needs: Needs) -> Vec<Variable> {
    let given = |variable: &Variable| match variable {
        Variable::Root => roots.root.is_some(),
        Variable::CtLogKey => roots.ct_log_key.is_some(),
        Variable::RekorKey => roots.rekor_key.is_some(),
        Variable::TsaChain => roots.tsa_chain.is_some(),
    };
    Variable::ALL
        .into_iter()
        .filter(|variable| needs.wants(*variable) && !given(variable))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Needs, PemRoots, TrustSource, TrustSourceError, Variable};
    use std::path::Path;

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let roots = PemRoots {
            root: Some("ca.pem".into()),
            rekor_key: Some("rekor.pub".into()),
            ..PemRoots::default()
        };
        let error = TrustSource::Pem(roots)
            .load("log.test", Needs::ALL)
            .unwrap_err();
        assert!(matches!(
            &error,
            TrustSourceError::Incomplete { missing } if *missing == [Variable::CtLogKey, Variable::TsaChain]
        ));
        assert_eq!(
            error.to_string(),
            "incomplete trust material: SIGSTORE_CT_LOG_PUBLIC_KEY_FILE, SIGSTORE_TSA_CERTIFICATE_FILE are not set"
        );
    }

    #[test]
    fn a_trusted_root_is_used_alone() {
        let source = TrustSource::find(Some(Path::new("root.json")));
        assert!(matches!(source, Some(TrustSource::File(path)) if path == Path::new("root.json")));
    }
}
