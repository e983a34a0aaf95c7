//! The stored conformance cases: where they are, and what each consists of.

use std::path::{Path, PathBuf};

use sigbox_crypto::{PublicKey, PublicKeyError};
use sigbox_verify::{CertificateIdentity, Policy, TextMatch};
use sigbox_wire::TrustedRoot;

pub(crate) const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The conformance data, or a loud skip; in continuous integration their absence is a failure.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance");
    let folder =
        std::env::var_os("SIGBOX_CONFORMANCE").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "no conformance data"
    );
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no conformance data at {}\n", folder.display()),
    );
    None
}

/// One case.
pub(crate) struct Case {
    pub(crate) bundle: Vec<u8>,
    pub(crate) artifact: Vec<u8>,
    pub(crate) trusted_root: TrustedRoot,
    /// What the key file of a managed-key case holds may be no key at all.
    pub(crate) policy: Result<Policy, PublicKeyError>,
}

impl Case {
    pub(crate) fn load(folder: &Path, name: &str) -> Self {
        let cases = folder.join("bundle-verify");
        let path = cases.join(name);
        let own_or = |file: &str, other: PathBuf| {
            std::fs::read(path.join(file)).unwrap_or_else(|_| std::fs::read(other).unwrap())
        };
        let root = own_or(
            "trusted_root.json",
            folder.join("trusted_root.public-good.json"),
        );
        let text = |file: &str, other: &str| {
            std::fs::read_to_string(path.join(file))
                .map_or_else(|_| other.to_owned(), |text| text.trim().to_owned())
        };
        let policy = match std::fs::read_to_string(path.join("key.pub")) {
            Ok(pem) => PublicKey::from_pem(&pem).map(Policy::public_key),
            Err(_) => Ok(Policy::certificate(CertificateIdentity::new(
                TextMatch::exact(text("identity", IDENTITY)).unwrap(),
                TextMatch::exact(text("issuer", ISSUER)).unwrap(),
            ))),
        };
        Self {
            bundle: std::fs::read(path.join("bundle.sigstore.json")).unwrap(),
            artifact: own_or("artifact", cases.join("a.txt")),
            trusted_root: TrustedRoot::parse(&root).unwrap(),
            policy,
        }
    }
}
