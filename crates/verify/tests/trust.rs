//! What of a trusted root is used, and what is left out for which reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use sigbox_testkit::virtual_sigstore::VirtualSigstore;
use sigbox_verify::{SkipReason, TrustMaterial, TrustMaterialError};
use sigbox_wire::{HashAlgorithm, TrustedRoot};

fn honest() -> TrustedRoot {
    VirtualSigstore::new().trusted_root()
}

/// The only instance that is left out after `change`.
fn skipped(change: impl FnOnce(&mut TrustedRoot)) -> (String, SkipReason) {
    let mut root = honest();
    change(&mut root);
    let trust = TrustMaterial::from_trusted_root(&root).unwrap();
    assert_eq!(trust.skipped().len(), 1, "{:?}", trust.skipped());
    (
        trust.skipped()[0].member.clone(),
        trust.skipped()[0].reason.clone(),
    )
}

#[test]
fn a_sound_root_is_used_whole() {
    let trust = TrustMaterial::from_trusted_root(&honest()).unwrap();
    assert!(trust.skipped().is_empty());
    assert_eq!((trust.logs().len(), trust.authorities().len()), (1, 1));
    assert_eq!(
        (trust.ct_logs().len(), trust.timestamp_authorities().len()),
        (1, 1)
    );
    assert_eq!(trust.logs()[0].host(), Some("log.example.test"));
}

#[test]
fn instances_that_cannot_be_used_are_left_out_by_name() {
    let (member, reason) = skipped(|root| root.tlogs[0].public_key.valid_for.start = None);
    assert!(matches!(reason, SkipReason::MissingStart));
    assert_eq!(member, "tlogs[0]");
    let (member, reason) = skipped(|root| root.ctlogs[0].hash_algorithm = HashAlgorithm::Sha2_512);
    assert!(matches!(
        reason,
        SkipReason::HashAlgorithm {
            found: HashAlgorithm::Sha2_512
        }
    ));
    assert_eq!(member, "ctlogs[0]");
    let (_, reason) = skipped(|root| root.tlogs[0].public_key.raw_bytes.push(0));
    assert!(matches!(reason, SkipReason::Key(_)));
    let (_, reason) = skipped(|root| root.ctlogs[0].log_id[0] ^= 1);
    assert!(matches!(reason, SkipReason::LogId { .. }));
    // Four bytes of the id are a checkpoint key id, not a log id.
    let (_, reason) = skipped(|root| root.tlogs[0].log_id.truncate(4));
    assert!(matches!(reason, SkipReason::LogId { .. }));
    let (member, reason) = skipped(|root| root.certificate_authorities[0].cert_chain.clear());
    assert!(matches!(
        reason,
        SkipReason::ChainLength {
            expected: 1,
            found: 0
        }
    ));
    assert_eq!(member, "certificateAuthorities[0]");
    let (_, reason) = skipped(|root| root.certificate_authorities[0].cert_chain[1].truncate(9));
    assert!(matches!(
        reason,
        SkipReason::Certificate { position: 1, .. }
    ));
    let (member, reason) = skipped(|root| root.timestamp_authorities[0].cert_chain.truncate(1));
    assert!(matches!(
        reason,
        SkipReason::ChainLength {
            expected: 2,
            found: 1
        }
    ));
    assert_eq!(member, "timestampAuthorities[0]");
}

#[test]
fn a_root_of_which_nothing_can_be_used_is_refused() {
    let empty = TrustMaterial::from_trusted_root(&TrustedRoot::default());
    assert!(matches!(empty, Err(TrustMaterialError::Empty { skipped }) if skipped.is_empty()));
    let mut root = TrustedRoot {
        tlogs: honest().tlogs,
        ..TrustedRoot::default()
    };
    root.tlogs[0].public_key.raw_bytes.clear();
    let useless = TrustMaterial::from_trusted_root(&root);
    assert!(matches!(useless, Err(TrustMaterialError::Empty { skipped }) if skipped.len() == 1));
}

#[test]
fn a_log_is_named_by_its_host_without_port_and_brackets() {
    for (url, host) in [
        (
            "https://log.example.test:8443/path",
            Some("log.example.test"),
        ),
        ("http://[::1]:3000", Some("::1")),
        ("http://127.0.0.1:8080/", Some("127.0.0.1")),
        ("log.example.test", None),
        ("", None),
    ] {
        let mut root = honest();
        root.tlogs[0].base_url = url.to_owned();
        let trust = TrustMaterial::from_trusted_root(&root).unwrap();
        assert_eq!(trust.logs()[0].host(), host, "{url}");
    }
}
