//! What is believed: a trusted root, or the files that the `SIGSTORE_…` variables name.

mod own;

use std::path::{Path, PathBuf};

use sigbox_verify::{Skipped, TrustList};
use sigbox_wire::TrustedRoot;
use trust_root::{LogName, PemFault, PemRoots, PemRootsError, TrustRootError, Variable, files};

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
    /// Something is trusted, but nobody for some of the checks that bundle and policy ask for.
    #[error("incomplete trust material: {}", lacks(.supply, .missing))]
    Incomplete {
        /// Where the missing ones have to come from.
        supply: Supply,
        /// The lists that are empty and needed, all of them; each names its check.
        missing: Vec<TrustList>,
        /// What stands in these lists, but cannot be used.
        skipped: Vec<Skipped>,
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
    #[error("setting trusted material: {}", why_not_pem(.0))]
    Pem(#[source] Box<PemRootsError>),
    /// A file of the user's own authorities cannot be used.
    #[error("setting trusted material: {}", why(.0))]
    Own(#[source] Box<TrustRootError>),
}

/// Where trust material is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Supply {
    /// In the files that the variables name.
    Variables,
    /// In a trusted root file.
    File(PathBuf),
    /// In a trusted root that has no name.
    Root,
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

/// The same for the files of the variables, with the variable in front.
fn why_not_pem(error: &PemRootsError) -> String {
    match &*error.fault {
        PemFault::Read(source) => {
            let (variable, path) = (error.variable.name(), error.path.to_string_lossy());
            format!("{variable}: open {}: {}", Escaped(&path), io_reason(source))
        }
        _ => error.to_string(),
    }
}

fn lacks(supply: &Supply, missing: &[TrustList]) -> String {
    let names = |name: fn(&TrustList) -> &'static str| missing.iter().map(name).collect::<Vec<_>>();
    match supply {
        Supply::Variables => {
            let names = names(|list| variable_of(*list).name());
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("{} {verb} not set", names.join(", "))
        }
        Supply::File(path) => {
            let path = path.to_string_lossy();
            let names = names(|list| list.name()).join(", no ");
            format!("{} holds no {names}", Escaped(&path))
        }
        Supply::Root => {
            let names = names(|list| list.name()).join(", no ");
            format!("the trusted root holds no {names}")
        }
    }
}

/// The variable whose file fills a list.
pub(crate) fn variable_of(list: TrustList) -> Variable {
    match list {
        TrustList::CertificateAuthorities => Variable::Root,
        TrustList::Ctlogs => Variable::CtLogKey,
        TrustList::TimestampAuthorities => Variable::TsaChain,
        _ => Variable::RekorKey,
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

    /// Whether certificates are judged by an authority that the user brings, not by one of a trusted root.
    pub(crate) fn brings_authority(&self) -> bool {
        matches!(self, Self::Own { own, .. } if own.brings_authority())
    }

    /// Whether it depends on the names of the logs what is believed.
    pub(crate) fn asks_for_names(&self) -> bool {
        match self {
            Self::Pem(_) => true,
            Self::Own { base, .. } => base.as_ref().is_some_and(|base| base.asks_for_names()),
            Self::Root(_) | Self::File(_) | Self::KeyAlone => false,
        }
    }

    /// Reads the trust material; opens files, never a connection.
    ///
    /// `names` are those of the logs whose entries are to be judged, which PEM files do not tell.
    ///
    /// # Errors
    /// [`TrustSourceError`] names what cannot be used; what is missing is only known when a bundle is judged.
    pub(crate) fn load(&self, names: &[LogName]) -> Result<TrustedRoot, TrustSourceError> {
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
                let mut root = match base {
                    Some(base) => base.load(names)?,
                    None => TrustedRoot::default(),
                };
                own.replace(&mut root)
                    .map_err(|source| TrustSourceError::Own(Box::new(source)))?;
                Ok(root)
            }
            Self::Pem(roots) => roots
                .trusted_root(names)
                .map_err(|source| TrustSourceError::Pem(Box::new(source))),
        }
    }

    /// Where more of it would have to stand.
    fn supply(&self) -> Supply {
        match self {
            Self::Own { base: None, .. } | Self::Pem(_) => Supply::Variables,
            Self::Own {
                base: Some(base), ..
            } => base.supply(),
            Self::File(path) => Supply::File(path.clone()),
            Self::Root(_) | Self::KeyAlone => Supply::Root,
        }
    }

    /// The error for lists that are empty and needed.
    pub(crate) fn incomplete(
        &self,
        missing: Vec<TrustList>,
        skipped: Vec<Skipped>,
    ) -> TrustSourceError {
        TrustSourceError::Incomplete {
            supply: self.supply(),
            missing,
            skipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TrustSource;
    use std::path::Path;

    #[test]
    fn a_trusted_root_is_used_alone() {
        let source = TrustSource::find(Some(Path::new("root.json")));
        assert!(matches!(source, Some(TrustSource::File(path)) if path == Path::new("root.json")));
    }
}
