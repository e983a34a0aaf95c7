//! The official `cue` program, which evaluates CUE for us.

use std::path::{Path, PathBuf};

use crate::environment;
use crate::ui::Escaped;

/// Names the program.
const VARIABLE: &str = "COSIGN_CUE";
const NAME: &str = "cue";

/// There is no program to evaluate CUE with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum CueProgramError {
    /// None is named, and none is on the path.
    #[error("CUE policies need the `cue` program, and there is none on PATH")]
    Missing,
    /// The one that is named is not there.
    #[error("CUE policies need the `cue` program, and {VARIABLE} names none: {}", Escaped(.0))]
    NoProgram(String),
}

/// The `cue` program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CueProgram(PathBuf);

impl CueProgram {
    /// Finds it: the one that `COSIGN_CUE` names, or else the first on `PATH`; never one of the current directory.
    ///
    /// # Errors
    /// [`CueProgramError`].
    pub(crate) fn find() -> Result<Self, CueProgramError> {
        if let Some(named) = environment::path(VARIABLE) {
            return if named.is_absolute() && named.is_file() {
                Ok(Self(named))
            } else {
                let named = named.to_string_lossy().into_owned();
                Err(CueProgramError::NoProgram(named))
            };
        }
        let path = environment::value("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .filter(|directory| directory.is_absolute())
            .map(|directory| directory.join(NAME))
            .find(|file| file.is_file())
            .map(Self)
            .ok_or(CueProgramError::Missing)
    }

    /// The program in this file.
    #[cfg(test)]
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}
