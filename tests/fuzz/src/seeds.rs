//! Where the seeds are.

use std::path::{Path, PathBuf};

/// The folder with the hand-picked seeds of all targets, one folder each.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");

/// The seeds of a target in the order of their names.
pub fn of(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(Path::new(FOLDER).join(target))
        .unwrap_or_else(|error| panic!("seeds of {target}: {error}"))
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect()
}

/// The public conformance cases, where they stand beside the checkout.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks its environment where the cases are"
)]
pub fn conformance() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance");
    let folder =
        std::env::var_os("SIGBOX_CONFORMANCE").map_or_else(|| beside.into(), PathBuf::from);
    folder.is_dir().then_some(folder)
}
