//! `--with-default-services`: where the services come from that no flag names. None is built in.

use std::path::{Path, PathBuf};

use trust_root::atomic::Access;

use super::instance_failure;
use crate::environment;
use crate::instances::{Instance, InstanceError};
use crate::output_file;
use crate::report::Failure;
use crate::ui::Output;

/// The file that stands for the default: of the instance, else of the variable.
///
/// # Errors
/// [`Failure`] if neither is given, or both.
pub(super) fn file(
    flag: &str,
    instance: Option<&str>,
    variable: &str,
    of_instance: impl Fn(&Instance) -> Option<PathBuf>,
) -> Result<PathBuf, Failure> {
    let failed = |error: InstanceError| instance_failure(&error);
    let named = environment::value(variable).map(PathBuf::from);
    match (instance, named) {
        (Some(name), Some(_)) => Err(failed(InstanceError::Conflict {
            instance: format!("--instance {name}"),
            other: variable.to_owned(),
        })),
        (None, Some(file)) => Ok(file),
        (Some(name), None) => {
            let instance = Instance::open(name).map_err(failed)?;
            of_instance(&instance).ok_or_else(|| {
                Failure::new(format!("--{flag}: the instance {name} names no services to sign with"))
            })
        }
        (None, None) => Err(Failure::new(format!(
            "--{flag}: there are no default services"
        ))
        .cause("no service is built in, and the trust of a TUF repository cannot be fetched yet")
        .hint(format!(
            "say which instance is meant with --instance NAME, or set {variable} to a file"
        ))),
    }
}

/// Writes a document: to its file whole or not at all, else with a line end to where data goes.
pub(super) fn write(json: &str, out: Option<&Path>, output: &Output) -> Result<(), Failure> {
    match out.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => output_file::write(path, json.as_bytes(), Access::Private)
            .map_err(|error| Failure::from_error(&error)),
        None => output
            .write(format!("{json}\n").as_bytes())
            .map_err(|error| Failure::new("writing the output").caused_by(&error)),
    }
}
