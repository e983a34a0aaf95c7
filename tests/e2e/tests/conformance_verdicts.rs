//! The stored cases of the public conformance suite, bundles of the versions 0.1 to 0.3: the verdicts of the real client
//! and of ours beside each other.
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
use sigbox_e2e::{Outcome, cosign, peers, run};

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The versions of bundles that must be among them.
const VERSIONS: [&str; 3] = [
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
];

/// What a case is verified with: its own files, or those of all cases.
fn verify(program: &Path, folder: &Path, name: &str, home: &Path) -> Result<Outcome> {
    let cases = folder.join("bundle-verify");
    let own = |file: &str| cases.join(name).join(file);
    let given = |file: &str, other: PathBuf| if own(file).exists() { own(file) } else { other };
    let text = |file: &str, other: &str| -> Result<String> {
        let path = own(file);
        if path.exists() {
            return Ok(std::fs::read_to_string(path)?.trim().to_owned());
        }
        Ok(other.to_owned())
    };
    let bundle = own("bundle.sigstore.json");
    let mut verify = Command::new(program);
    verify
        .env_clear()
        .env("HOME", home)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .args(["verify-blob", "--bundle"])
        .arg(&bundle);
    if own("key.pub").exists() {
        verify.arg("--key").arg(own("key.pub"));
    } else {
        let (identity, issuer) = (text("identity", IDENTITY)?, text("issuer", ISSUER)?);
        verify.args(["--certificate-identity", &identity]);
        verify.args(["--certificate-oidc-issuer", &issuer]);
    }
    // As the real client's own adapter to the suite does.
    if std::fs::read_to_string(&bundle)?.contains("signedTimestamp") {
        verify.arg("--use-signed-timestamps");
    }
    let public_good = folder.join("trusted_root.public-good.json");
    verify
        .arg("--trusted-root")
        .arg(given("trusted_root.json", public_good))
        .arg(given("artifact", cases.join("a.txt")));
    run(&mut verify)
}

#[test]
fn compat_11_both_judge_the_public_cases_alike() -> Result<()> {
    let (Some(real), Some(folder)) = (peers::cosign(), peers::conformance()) else {
        return Ok(());
    };
    let home = tempfile::tempdir()?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join("bundle-verify"))? {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names.sort_unstable();
    ensure!(names.len() >= 36, "{} cases", names.len());
    let (mut wrong, mut versions) = (Vec::new(), String::new());
    for name in &names {
        let expected = Some(i32::from(name.ends_with("_fail")));
        let theirs = verify(&real, &folder, name, home.path())?;
        let mine = verify(&cosign(), &folder, name, home.path())?;
        if (theirs.code, mine.code) != (expected, expected) {
            wrong.push(format!("{name}: {theirs:#?}\n{mine:#?}"));
        }
        let bundle = folder.join("bundle-verify").join(name);
        versions += &std::fs::read_to_string(bundle.join("bundle.sigstore.json"))?;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    for version in VERSIONS {
        ensure!(versions.contains(version), "no case of {version}");
    }
    Ok(())
}
