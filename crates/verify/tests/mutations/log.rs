//! Damage to log entries and to the evidence for them.

use sigbox_tlog::{CheckpointError, InclusionError};
use sigbox_verify::{
    BoundField, EntryError, EntryKind, PromiseError, ProofError, TimeError, VerifyError as E,
};
use sigbox_wire::{BodyError, HashAlgorithm, HashedRekordV002, KeyDetails, VerifierKey};

use crate::good::{Good, flip};

#[test]
fn entry_binding() {
    refused!(v2, good => good.rewrite_body(|body| flip(&mut body.digest, 0)),
        E::Entry(EntryError::Binding { field: BoundField::Digest, .. }));
    refused!(v2, good => good.rewrite_body(|body| flip(&mut body.signature, 9)),
        E::Entry(EntryError::Binding { field: BoundField::Signature, .. }));
    refused!(v2, good => good.rewrite_body(|body| body.algorithm = HashAlgorithm::Sha2_512),
        E::Entry(EntryError::Binding { field: BoundField::HashAlgorithm, .. }));
    refused!(v2, good => good.rewrite_body(|body| body.verifier.key_details = KeyDetails::PkixEd25519Ph),
        E::Entry(EntryError::Binding { field: BoundField::HashAlgorithm, .. }));
    refused!(v2, good => good.rewrite_body(|body| {
        let VerifierKey::X509Certificate(der) = &mut body.verifier.key else { panic!() };
        flip(der, 40);
    }), E::Entry(EntryError::Binding { field: BoundField::Key, .. }));
    refused!(v2, good => good.rewrite_body(|body| {
        let VerifierKey::X509Certificate(der) = body.verifier.key.clone() else { panic!() };
        body.verifier.key = VerifierKey::PublicKey(der);
    }), E::Entry(EntryError::Binding { field: BoundField::Key, .. }));
    refused!(v2, good => good.rewrite_text(|text| text.replace("{\"apiVersion", "{ \"apiVersion")),
        E::Entry(EntryError::NotCanonical));
    refused!(v2, good => good.rewrite_text(|text| text.replace("\"SHA2_256\"", "1")),
        E::Entry(EntryError::NotCanonical));
    refused!(v2, good => good.rewrite_text(|text| text.replace("\"spec\":", "\"more\":1,\"spec\":")),
        E::Entry(EntryError::Body(BodyError::Json(_))));
    refused!(v2, good => good.rewrite_text(|text| text.replace("\"0.0.2\"", "\"0.0.1\"")),
        E::Entry(EntryError::Version { expected: EntryKind::HashedRekordV002, found }) if found == "0.0.1");
    refused!(v2, good => good.entry().canonicalized_body.clear(),
        E::Entry(EntryError::Body(BodyError::Json(_))));
}

#[test]
fn entry_kinds_and_versions_are_not_confused() {
    let kinds = [
        ("hashedrekord", "0.0.1"),
        ("dsse", "0.0.1"),
        ("intoto", "0.0.2"),
        ("dsse", "0.0.2"),
        ("hashedrekord", "9.0.0"),
    ];
    let expect = |kind: &str, version: &str, error: &E| match (kind, version) {
        ("hashedrekord", "0.0.1") => matches!(error, E::Entry(EntryError::Version { .. })),
        ("dsse" | "intoto", "0.0.1") => matches!(error, E::Entry(EntryError::NoEnvelope { .. })),
        ("intoto", _) => matches!(error, E::Entry(EntryError::NoEnvelope { .. })),
        ("dsse", _) => matches!(
            error,
            E::Entry(EntryError::Unsupported {
                kind: EntryKind::DsseV002
            })
        ),
        _ => matches!(error, E::Entry(EntryError::UnknownKind { .. })),
    };
    for (kind, version) in kinds {
        let Some(mut good) = Good::v2() else { return };
        good.entry().kind_version.kind = kind.to_owned();
        good.entry().kind_version.version = version.to_owned();
        let error = good.refused();
        assert!(expect(kind, version, &error), "{kind} {version}: {error:?}");
    }
    refused!(v1, good => good.entry().kind_version.version = "0.0.2".to_owned(),
        E::Entry(EntryError::Version { expected: EntryKind::HashedRekordV002, found }) if found == "0.0.1");
}

#[test]
fn log_and_proof() {
    refused!(v2, good => flip(&mut good.entry().log_id, 0), E::Entry(EntryError::UnknownLog { .. }));
    refused!(v2, good => good.entry().inclusion_proof = None, E::Proof(ProofError::Missing));
    refused!(v2, good => good.entry().log_index = -1, E::Proof(ProofError::Negative { found: -1, .. }));
    refused!(v2, good => good.proof().log_index = i64::MIN, E::Proof(ProofError::Negative { .. }));
    refused!(v2, good => good.proof().tree_size = -7, E::Proof(ProofError::Negative { found: -7, .. }));
    refused!(v2, good => good.entry().log_index += 1, E::Proof(ProofError::IndexMismatch { .. }));
    refused!(v2, good => good.proof().tree_size += 1, E::Proof(ProofError::Size { .. }));
    refused!(v2, good => good.proof().tree_size = 0, E::Proof(ProofError::Size { .. }));
    refused!(v2, good => flip(&mut good.proof().root_hash, 0), E::Proof(ProofError::Root { .. }));
    refused!(v2, good => good.proof().root_hash.clear(), E::Proof(ProofError::HashLength { found: 0, .. }));
    refused!(v2, good => { good.proof().hashes.pop(); },
        E::Proof(ProofError::Inclusion(InclusionError::ProofLength { .. })));
    refused!(v2, good => good.proof().hashes.push(vec![0; 32]),
        E::Proof(ProofError::Inclusion(InclusionError::ProofLength { .. })));
    refused!(v2, good => flip(&mut good.proof().hashes[3], 5),
        E::Proof(ProofError::Inclusion(InclusionError::RootMismatch { .. })));
    refused!(v2, good => good.proof().hashes[0].push(0), E::Proof(ProofError::HashLength { found: 33, .. }));
    refused!(v2, good => { let index = 3; good.entry().log_index = index; good.proof().log_index = index; },
        E::Proof(ProofError::Inclusion(_)));
    refused!(v2, good => { let index = i64::MAX; good.entry().log_index = index; good.proof().log_index = index; },
        E::Proof(ProofError::Inclusion(InclusionError::IndexOutOfRange { .. })));
}

#[test]
fn checkpoint() {
    refused!(v2, good => good.proof().checkpoint.clear(), E::Proof(ProofError::MissingCheckpoint));
    refused!(v2, good => good.proof().checkpoint.push('x'), E::Proof(ProofError::Note(_)));
    let swap = |good: &mut Good, from: &str, to: &str| {
        assert!(good.proof().checkpoint.contains(from), "{from}");
        good.proof().checkpoint = good.proof().checkpoint.replace(from, to);
    };
    refused!(v2, good => swap(&mut good, "\n736\n", "\n737\n"), E::Proof(ProofError::Signature(_)));
    refused!(v2, good => swap(&mut good, "\n736\n", "\n0736\n"),
        E::Proof(ProofError::Checkpoint(CheckpointError::MalformedSize)));
    refused!(v2, good => swap(&mut good, "log2025-alpha1.rekor.sigstage.dev\n736", "log2025-alpha2.rekor.sigstage.dev\n736"),
        E::Proof(ProofError::Origin { expected, .. }) if expected == "log2025-alpha1.rekor.sigstage.dev");
    refused!(v2, good => swap(&mut good, "log2025-alpha1.rekor.sigstage.dev\n736", "log2025-alpha1.rekor.sigstage.dev - 5\n736"),
        E::Proof(ProofError::Origin { .. }));
    refused!(v2, good => swap(&mut good, "— log2025-alpha1", "— log2025-alpha2"),
        E::Proof(ProofError::NoSignature { .. }));
    refused!(v2, good => swap(&mut good, " 8w1amdbj", " 9w1amdbj"), E::Proof(ProofError::KeyHint { .. }));
    refused!(v2, good => swap(&mut good, " 8w1amdbj", " 8w1amdbk"), E::Proof(ProofError::Signature(_)));
    refused!(v2, good => good.root.tlogs.iter_mut().for_each(|log| log.base_url = "https://elsewhere.example".to_owned()),
        E::Entry(EntryError::UnknownLog { .. }));
    refused!(v1, good => swap(&mut good, " - 2605736670972794746", ""), E::Proof(ProofError::Origin { .. }));
}

#[test]
fn promise_and_integrated_time() {
    refused!(v1, good => flip(good.promise(), 12), E::Promise(PromiseError::Signature { .. }));
    refused!(v1, good => good.promise().clear(), E::Promise(PromiseError::Empty));
    refused!(v1, good => good.entry().integrated_time += 1, E::Promise(PromiseError::Signature { .. }));
    refused!(v1, good => good.entry().integrated_time = 0, E::Promise(PromiseError::Time { found: 0 }));
    refused!(v1, good => good.entry().log_index += 1, E::Promise(PromiseError::Signature { .. }));
    // Without a promise nothing covers the integrated time, so that it is no time at all.
    refused!(v1, good => good.entry().inclusion_promise = None, E::Time(TimeError::NoVerifiedTime));
    refused!(v1, good => {
        let second = good.entry().integrated_time - 1;
        good.now = jiff::Timestamp::from_second(second).unwrap();
    }, E::Time(TimeError::Future { .. }));
    refused!(v2, good => good.entry().inclusion_promise = Some(vec![0x30, 0]), E::Promise(PromiseError::Time { found: 0 }));
}

#[test]
fn bodies_are_rebuilt_from_what_the_bundle_says() {
    let Some(mut good) = Good::v2() else { return };
    let body = HashedRekordV002::parse_body(&good.entry().canonicalized_body).unwrap();
    assert_eq!(
        body.canonical_body().unwrap(),
        good.entry().canonicalized_body
    );
}
