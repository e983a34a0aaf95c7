//! Our own programs, as built.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The `sigbox` binary.
pub fn sigbox() -> PathBuf {
    directory().join("sigbox")
}

/// The `rekor-lite` binary.
pub fn rekor_lite() -> PathBuf {
    directory().join("rekor-lite")
}

/// Our `cosign` binary.
pub fn cosign() -> PathBuf {
    directory().join("cosign")
}

/// `SIGBOX_BIN_DIR` when the test command has built them, else built here, once.
fn directory() -> &'static PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "the harness's one setting")]
        let given = std::env::var_os("SIGBOX_BIN_DIR");
        given.map_or_else(build, PathBuf::from)
    })
}

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without the programs"
)]
fn build() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--locked", "-p", "sigbox", "-p", "cosign-cli"])
        .args(["-p", "rekor-lite"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the programs do not build");
    // A test program lies in <target>/<profile>/deps.
    let program = std::env::current_exe().expect("the test program has a path");
    program
        .ancestors()
        .nth(2)
        .expect("the test program lies in a target directory")
        .to_owned()
}
