//! The first entry of a log: its bundle has no `logIndex`, for proto3 leaves a zero out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, cosign, peers, run};
use sigbox_testkit::virtual_sigstore::{Identity, VirtualSigstore};
use tempfile::TempDir;

const ARTIFACT: &[u8] = b"the first one\n";
const ALICE: &str = "alice@example.test";
const OIDC: &str = "https://oidc.example.test";

fn verify(files: &TempDir, program: &Path, bundle: &str) -> Result<Outcome> {
    let mut verify = Command::new(program);
    verify
        .env_clear()
        .env("HOME", files.path())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .current_dir(files.path())
        .args(["verify-blob", "--trusted-root", "root.json"])
        .args(["--use-signed-timestamps", "--bundle", bundle])
        .args(["--certificate-identity", ALICE])
        .args(["--certificate-oidc-issuer", OIDC, "artifact"]);
    run(&mut verify)
}

/// The bundle's one entry.
fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

/// Writes a bundle, and gives what both make of it.
fn judged(files: &TempDir, real: &PathBuf, name: &str, bundle: &Value) -> Result<[Option<i32>; 2]> {
    std::fs::write(files.path().join(name), bundle.to_string())?;
    let [theirs, mine] = [real, &cosign()].map(|program| verify(files, program, name));
    Ok([theirs?.code, mine?.code])
}

#[test]
fn compat_12_a_missing_log_index_is_zero_for_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let files = tempfile::tempdir()?;
    std::fs::write(files.path().join("artifact"), ARTIFACT)?;
    let mut sigstore = VirtualSigstore::at("2025-06-01T12:00:00Z".parse()?).with_empty_log();
    let first = sigstore.sign(ARTIFACT, &Identity::default());
    let second = sigstore.sign(ARTIFACT, &Identity::default());
    std::fs::write(files.path().join("root.json"), first.trusted_root_json())?;

    let mut bundle: Value = serde_json::from_str(&first.bundle_json())?;
    let written = entry(&mut bundle);
    // Neither the index nor the hashes of a proof in a tree of one leaf are written.
    let proof = &written["inclusionProof"];
    ensure!(
        written.get("logIndex").is_none()
            && proof.get("logIndex").is_none()
            && proof.get("hashes").is_none()
            && proof["treeSize"] == "1",
        "{written}"
    );
    let both = |code: i32| [Some(code), Some(code)];
    ensure!(judged(&files, &real, "first.json", &bundle)? == both(0));
    // Said aloud it is the same.
    entry(&mut bundle)["logIndex"] = json!("0");
    entry(&mut bundle)["inclusionProof"]["logIndex"] = json!("0");
    ensure!(judged(&files, &real, "said.json", &bundle)? == both(0));
    // A later entry has an index; what is left out of it is zero too, and that is wrong.
    let mut bundle: Value = serde_json::from_str(&second.bundle_json())?;
    ensure!(entry(&mut bundle)["logIndex"] == "1");
    ensure!(judged(&files, &real, "second.json", &bundle)? == both(0));
    for place in ["/inclusionProof", ""] {
        let entry = entry(&mut bundle).pointer_mut(place).unwrap();
        entry.as_object_mut().unwrap().remove("logIndex");
    }
    ensure!(judged(&files, &real, "cut.json", &bundle)? == both(1));
    Ok(())
}
