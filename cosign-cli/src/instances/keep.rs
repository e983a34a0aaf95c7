//! Keeping instances: a new one appears whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use trust_root::atomic::{self, Access};
use trust_root::files::FILES;
use trust_root::{SIGNING_CONFIG, TRUSTED_ROOT, TrustRootError, files};

use super::{Instance, InstanceError, InstanceName, home};

/// Copies an instance's files from a directory such as `trust/` of a sigbox; other files there are left alone.
///
/// What is kept was read as what it is: a trusted root always, a signing config if there is one.
pub(crate) fn add(name: &str, from: &Path) -> Result<Instance, InstanceError> {
    let name = InstanceName::parse(name)?;
    let home = home()?;
    let directory = home.join(name.as_str());
    if directory.symlink_metadata().is_ok() {
        return Err(InstanceError::Exists { name });
    }
    // A name that no instance can have: it is never listed or opened.
    let staged = home.join(format!(".{name}.{}", std::process::id()));
    std::fs::create_dir_all(&staged).map_err(failed(&staged))?;
    let kept = copy(&name, from, &staged)
        .and_then(|()| std::fs::rename(&staged, &directory).map_err(failed(&directory)));
    if let Err(error) = kept {
        // Best effort: what stays behind has a name that is never opened.
        drop(std::fs::remove_dir_all(&staged));
        return Err(error);
    }
    Ok(Instance { name, directory })
}

fn copy(name: &InstanceName, from: &Path, to: &Path) -> Result<(), InstanceError> {
    let unusable = |source: TrustRootError| InstanceError::File {
        name: name.clone(),
        source: Box::new(source),
    };
    for file in FILES {
        let source = from.join(file);
        let bytes = match std::fs::read(&source) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && file != TRUSTED_ROOT => {
                continue;
            }
            Err(error) => return Err(failed(&source)(error)),
        };
        atomic::write(&to.join(file), &bytes, Access::Public).map_err(unusable)?;
    }
    // The copies are read, so that what was checked is what is kept.
    files::read_trusted_root(&to.join(TRUSTED_ROOT)).map_err(unusable)?;
    let signing_config = to.join(SIGNING_CONFIG);
    if signing_config.is_file() {
        files::read_signing_config(&signing_config).map_err(unusable)?;
    }
    Ok(())
}

/// Removes an instance with all of its files.
pub(crate) fn remove(name: &str) -> Result<Instance, InstanceError> {
    let instance = Instance::open(name)?;
    std::fs::remove_dir_all(&instance.directory).map_err(failed(&instance.directory))?;
    Ok(instance)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> InstanceError {
    let path: PathBuf = path.to_owned();
    move |source| InstanceError::Io { path, source }
}
