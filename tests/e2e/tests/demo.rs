//! The front door's demonstration, as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::Command;

use anyhow::{Result, ensure};
use sigbox_e2e::{run, sigbox};

#[test]
fn demo_signs_verifies_offline_and_shows_the_refusals() -> Result<()> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let outcome = run(Command::new(sigbox()).args(["demo", readme, "--once"]))?.expect(0)?;
    let said = &outcome.stdout;
    for line in [
        "servers stopped",
        "Verified OK",
        "refused: one byte flipped",
        "refused: another identity",
        "refused: another issuer",
    ] {
        ensure!(said.contains(line), "expected `{line}` in:\n{said}");
    }
    // Each refusal names the check.
    for check in [
        "artifact-digest",
        "certificate-identity",
        "certificate-issuer",
    ] {
        ensure!(said.contains(check), "expected check `{check}` in:\n{said}");
    }
    Ok(())
}
