//! Timestamps of other implementations, from the public conformance bundles (not part of this repository).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use sigbox_crypto::tsp::{TimeStampResponse, TspError, VerifiedTimestamp};
use sigbox_crypto::{Certificate, HashAlgorithm};
use sigbox_wire::{Bundle, BundleContent, TrustedRoot};

/// The case whose token comes from Free TSA: RSA, SHA-1 certificate binding, whole chain embedded.
const FREE_TSA: &str = "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail";

/// The folder of cases, which stands beside the checkout where it is there at all.
fn cases() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no conformance data at {}\n", folder.display()),
    );
    None
}

/// A case's signature, timestamps and trusted timestamp chain.
struct Case {
    signature: Vec<u8>,
    timestamps: Vec<Vec<u8>>,
    chain: Vec<Certificate>,
}

impl Case {
    fn read(folder: &Path, name: &str) -> Option<Self> {
        let case = folder.join("bundle-verify").join(name);
        let bundle = Bundle::parse(&std::fs::read(case.join("bundle.sigstore.json")).ok()?).ok()?;
        let own_root = case.join("trusted_root.json");
        let root = if own_root.exists() {
            own_root
        } else {
            folder.join("trusted_root.public-good.json")
        };
        let root = TrustedRoot::parse(&std::fs::read(root).unwrap()).unwrap();
        let [authority] = root.timestamp_authorities.as_slice() else {
            panic!("{name}: one authority expected")
        };
        let signature = match bundle.content {
            BundleContent::MessageSignature(content) => content.signature,
            BundleContent::DsseEnvelope(envelope) => {
                envelope.signatures.into_iter().next().unwrap().sig
            }
        };
        Some(Self {
            signature,
            timestamps: bundle.verification_material.rfc3161_timestamps,
            chain: authority
                .cert_chain
                .iter()
                .map(|der| Certificate::from_der(der).unwrap())
                .collect(),
        })
    }

    fn verify(&self) -> Vec<Result<VerifiedTimestamp, TspError>> {
        let verify =
            |der: &Vec<u8>| TimeStampResponse::parse(der)?.verify(&self.signature, &self.chain);
        self.timestamps.iter().map(verify).collect()
    }
}

#[test]
fn tokens_of_the_public_authorities_verify() {
    let Some(folder) = cases() else { return };
    for (name, time) in [
        ("rekor2-happy-path", "2025-06-12T12:02:20Z"),
        (
            "rekor2-timestamp-with-embedded-cert",
            "2025-08-06T18:51:36Z",
        ),
        ("rekor2-dsse-happy-path", "2026-05-13T19:23:33Z"),
        ("rekor2-checkpoint-multiple-cosigs", "2025-06-12T12:02:20Z"),
        (
            "rekor2-checkpoint-two-sigs-from-origin",
            "2025-06-12T12:02:20Z",
        ),
        (
            "trust-root-tsa-validity-end-inclusive",
            "2025-06-12T12:02:20Z",
        ),
        // Refused for other reasons than the token, which is genuine.
        ("managed-key-wrong-key_fail", "2025-12-18T17:04:39Z"),
        (
            "rekor2-timestamp-with-incorrect-time_fail",
            "2025-07-15T10:33:31Z",
        ),
        (
            "rekor2-timestamp-outside-trust-root-tsa-validity_fail",
            "2025-06-12T12:02:20Z",
        ),
        ("rekor2-dsse-mismatch-envelope_fail", "2026-05-13T19:23:38Z"),
        ("rekor2-dsse-mismatch-sig_fail", "2026-05-13T19:23:36Z"),
    ] {
        let case = Case::read(&folder, name).unwrap_or_else(|| panic!("{name} is missing"));
        let verdicts = case.verify();
        let [Ok(verified)] = verdicts.as_slice() else {
            panic!("{name}: {verdicts:?}")
        };
        assert_eq!(verified.gen_time, time.parse().unwrap(), "{name}");
        assert_eq!(verified.hash, HashAlgorithm::Sha2_256, "{name}");
        assert_eq!(verified.policy.to_string(), "1.3.6.1.4.1.57264.2", "{name}");
    }
}

#[test]
fn the_embedded_certificate_of_an_unknown_authority_earns_no_trust() {
    let Some(folder) = cases() else { return };
    let verdicts = Case::read(&folder, FREE_TSA).unwrap().verify();
    assert!(
        matches!(verdicts.as_slice(), [Err(TspError::Signer { .. })]),
        "{verdicts:?}"
    );
}

#[test]
fn a_token_signed_with_rsa_and_bound_by_the_old_attribute_verifies_under_its_own_root() {
    let Some(folder) = cases() else { return };
    let mut case = Case::read(&folder, FREE_TSA).unwrap();
    let response = TimeStampResponse::parse(case.timestamps.first().unwrap()).unwrap();
    let embedded = response.embedded_certificates();
    case.chain = embedded
        .iter()
        .map(|der| Certificate::from_der(der).unwrap())
        .collect();
    let verdicts = case.verify();
    let [Ok(verified)] = verdicts.as_slice() else {
        panic!("{verdicts:?}")
    };
    assert_eq!(verified.gen_time, "2025-08-06T19:38:49Z".parse().unwrap());
    assert_eq!(verified.policy.to_string(), "1.2.3.4.1");
}

#[test]
fn a_token_of_one_signature_says_nothing_about_another() {
    let Some(folder) = cases() else { return };
    let mut case = Case::read(&folder, "rekor2-happy-path").unwrap();
    case.signature = Case::read(&folder, "rekor2-dsse-happy-path")
        .unwrap()
        .signature;
    let verdicts = case.verify();
    assert!(
        matches!(verdicts.as_slice(), [Err(TspError::Imprint { .. })]),
        "{verdicts:?}"
    );
}
