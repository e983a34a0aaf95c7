//! Which data directory a command means.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::args::Data;
use crate::layout::DataDir;

/// `--data`, `SIGBOX_DATA`, else the user's data directory.
pub(crate) fn data_dir(args: &Data) -> Result<DataDir> {
    given_or_default(args.data.clone()).map(DataDir::new)
}

/// The same for commands whose flags are not this program's own.
pub(crate) fn given_or_default(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(path) = given.or_else(|| variable("SIGBOX_DATA")) {
        return Ok(path);
    }
    let home = match variable("XDG_DATA_HOME") {
        Some(path) => path,
        None => variable("HOME")
            .context("no data directory: expected --data, SIGBOX_DATA, XDG_DATA_HOME or HOME, found none")?
            .join(".local/share"),
    };
    Ok(home.join("sigbox"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a binary's wiring reads the environment"
)]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
