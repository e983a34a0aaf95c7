//! The real programs that tests/peers/install puts into the cache.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::outcome::{Outcome, run};
use crate::stack::Stack;

/// The program around sigstore-js's packages.
const JS_PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers/js/peer.cjs");

/// The real cosign.
pub fn cosign() -> Option<PathBuf> {
    in_cache("cosign-v3.1.3/cosign")
}

/// The registry of the CNCF's Distribution project: without the referrers API.
pub fn distribution() -> Option<PathBuf> {
    in_cache("registry-v3.1.2/registry")
}

/// go-containerregistry's registry with its referrers API (tests/peers/referrers).
pub fn referrers_registry() -> Option<PathBuf> {
    in_cache("referrers-v0.22.1/registry")
}

/// go-containerregistry's command: a client, and a registry without the referrers API.
pub fn crane() -> Option<PathBuf> {
    in_cache("crane-v0.22.1/crane")
}

/// The CUE command, in the version that the real cosign links.
pub fn cue() -> Option<PathBuf> {
    in_cache("cue-v0.16.1/cue")
}

/// The verification cases of the public conformance suite, and beside them the trusted root of most.
pub fn conformance() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance");
    let folder = environment("SIGBOX_CONFORMANCE").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        Some(folder)
    } else {
        absent("sigstore-conformance")
    }
}

/// The real client of Rekor v1.
pub fn rekor_cli() -> Option<PathBuf> {
    in_cache("rekor-cli-v1.5.4/rekor-cli")
}

/// Tessera's check of a whole log from its tiles.
pub fn tessera_fsck() -> Option<PathBuf> {
    in_cache("tessera-fsck-v1.0.4/fsck")
}

/// sigstore-python's command.
pub fn sigstore_python() -> Option<PathBuf> {
    in_cache("sigstore-python-4.5.1/bin/sigstore")
}

/// sigstore-js: packages, and the program that runs them.
pub struct SigstoreJs {
    /// Node.js.
    pub node: PathBuf,
    /// The folder above `node_modules`.
    pub packages: PathBuf,
}

impl SigstoreJs {
    /// Has it sign or verify for an instance.
    pub fn run(&self, stack: &Stack, command: &str, request: &Value) -> Result<Outcome> {
        let mut node = stack.command(&self.node)?;
        node.env("SIGSTORE_JS", &self.packages)
            .args([JS_PEER, command, &request.to_string()]);
        run(&mut node)
    }

    /// The version of one of its packages.
    pub fn version(&self, package: &str) -> Result<String> {
        let manifest = self.packages.join("node_modules").join(package);
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(manifest.join("package.json"))?)?;
        let version = manifest.get("version").and_then(Value::as_str);
        Ok(version.context("a package has a version")?.to_owned())
    }
}

/// sigstore-js.
pub fn sigstore_js() -> Option<SigstoreJs> {
    let manifest = in_cache("sigstore-js-4.1.1/package.json")?;
    Some(SigstoreJs {
        node: on_path("node")?,
        packages: manifest.parent()?.to_owned(),
    })
}

/// Chromium and the program that drives it.
pub struct Chromedriver {
    /// chromedriver.
    pub driver: PathBuf,
    /// Chromium.
    pub browser: PathBuf,
}

/// A real browser, of the system.
pub fn chromedriver() -> Option<Chromedriver> {
    Some(Chromedriver {
        driver: on_path("chromedriver")?,
        browser: on_path("chromium")?,
    })
}

/// A program of the system.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|file| file.is_file());
    found.or_else(|| absent(name))
}

fn in_cache(file: &str) -> Option<PathBuf> {
    let peers = environment("SIGBOX_PEERS")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(environment("HOME")?).join(".cache/sigbox/peers")))?;
    let path = peers.join(file);
    if path.is_file() {
        Some(path)
    } else {
        absent(file)
    }
}

/// A missing peer is loud, and a failure in continuous integration.
fn absent(name: &str) -> Option<PathBuf> {
    let message = format!("SKIPPED: the peer `{name}` is missing; `bash tests/run` installs it");
    assert!(environment("CI").is_none_or(|ci| ci != "true"), "{message}");
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{message}\n"));
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the test command has put the peers"
)]
fn environment(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
