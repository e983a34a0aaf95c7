//! The one reader of environment variables; flags' `COSIGN_…` bindings are asked through it as well.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use zeroize::Zeroizing;

/// The variable's value; set to nothing counts as not set.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the client that reads the environment"
)]
pub(crate) fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the variable exists but is empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the client that reads the environment"
)]
pub(crate) fn is_blank(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

/// The variable's bytes, also if it is set to nothing: a password may be empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the client that reads the environment"
)]
pub(crate) fn secret(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    std::env::var_os(name).map(|value| Zeroizing::new(value.into_vec()))
}

/// The variable as text; a value that is not Unicode counts as not set.
pub(crate) fn text(name: &str) -> Option<String> {
    value(name)?.into_string().ok()
}

/// The variable as a path.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    value(name).map(PathBuf::from)
}

/// Names of the variables that are set and start with one of `prefixes`, sorted.
pub(crate) fn names(prefixes: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    names.sort();
    names
}
