//! Instances by name: what to sign with and whom to believe, in one directory below the user's configuration.
//!
//! Nothing is read from the working directory, whatever it holds: the directory comes from `XDG_CONFIG_HOME` or `HOME`, and a
//! relative path in either counts as none.

mod keep;
mod name;
mod select;

use std::io;
use std::path::{Path, PathBuf};

use trust_root::{SIGNING_CONFIG, TRUSTED_ROOT, TrustRootError};

use crate::environment;
use crate::trust;
use crate::ui::{Escaped, io_reason};

pub(crate) use self::keep::{add, remove};
pub(crate) use self::name::InstanceName;
pub(crate) use self::select::{Selected, is_for_programs, select};

/// An instance cannot be used, or not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum InstanceError {
    /// The name could be something else than one name.
    #[error(
        "invalid instance name \"{}\": expected 1 to 64 lower-case letters, digits, '-', '_' and '.', the first a letter or digit",
        Escaped(.name)
    )]
    Name { name: String },
    /// There is no place where instances could be.
    #[error("no place for instances: neither XDG_CONFIG_HOME nor HOME is an absolute path")]
    NoHome,
    /// There is none of this name.
    #[error("no instance \"{name}\": {}", list(.known))]
    Unknown {
        name: InstanceName,
        known: Vec<InstanceName>,
    },
    /// There is one of this name, and nothing is overwritten.
    #[error("instance \"{name}\" exists already")]
    Exists { name: InstanceName },
    /// Two sources say whom to believe or what to sign with.
    #[error("{instance} and {other} contradict each other: an instance is used alone")]
    Conflict { instance: String, other: String },
    /// A file of the instance cannot be used.
    #[error("instance \"{name}\": {}", trust::why(.source))]
    File {
        name: InstanceName,
        source: Box<TrustRootError>,
    },
    /// A directory or file cannot be read or written.
    #[error("{}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Io { path: PathBuf, source: io::Error },
}

fn list(names: &[InstanceName]) -> String {
    if names.is_empty() {
        return "there are none".to_owned();
    }
    let names: Vec<&str> = names.iter().map(InstanceName::as_str).collect();
    format!("there are {}", names.join(", "))
}

/// One instance's directory.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) name: InstanceName,
    pub(crate) directory: PathBuf,
}

impl Instance {
    /// The instance of this name.
    pub(crate) fn open(name: &str) -> Result<Self, InstanceError> {
        let name = InstanceName::parse(name)?;
        let directory = home()?.join(name.as_str());
        if directory.join(TRUSTED_ROOT).is_file() {
            return Ok(Self { name, directory });
        }
        let known = all()?;
        Err(InstanceError::Unknown { name, known })
    }

    /// Its trusted root.
    pub(crate) fn trusted_root(&self) -> PathBuf {
        self.directory.join(TRUSTED_ROOT)
    }

    /// Its signing config; an instance may be there for verifying alone.
    pub(crate) fn signing_config(&self) -> Option<PathBuf> {
        let path = self.directory.join(SIGNING_CONFIG);
        path.is_file().then_some(path)
    }
}

/// The directory that holds an instance's directory for each name.
pub(crate) fn home() -> Result<PathBuf, InstanceError> {
    let absolute = |name| environment::path(name).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .ok_or(InstanceError::NoHome)?;
    Ok(config.join("sigbox").join("instances"))
}

/// The names of all instances, sorted; what is no instance is passed over.
pub(crate) fn all() -> Result<Vec<InstanceName>, InstanceError> {
    let home = home()?;
    let failed = |source| InstanceError::Io {
        path: home.clone(),
        source,
    };
    let entries = match std::fs::read_dir(&home) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name
            .to_str()
            .and_then(|name| InstanceName::parse(name).ok());
        if let Some(name) = name.filter(|_| entry.path().join(TRUSTED_ROOT).is_file()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The instance that a trusted root belongs to, if it is one's.
pub(crate) fn of_trusted_root(path: &Path) -> Option<InstanceName> {
    let directory = path.parent()?;
    if directory.parent()? != home().ok()? {
        return None;
    }
    InstanceName::parse(directory.file_name()?.to_str()?).ok()
}
