//! Rekor v1 proposals and bodies: what is written is read as the same, and what is read twice is one thing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use sigbox_wire::HashAlgorithm;
use sigbox_wire::rekor_v1::{
    DsseEntry, DsseEntrySignature, DsseProposal, Envelope, EnvelopeError, HashedRekordEntry,
    IntotoEntry, IntotoEntrySignature, IntotoV001Entry, IntotoV001Proposal, LogEntry, Proposal,
    ProposalError, RetrieveQuery, SearchQuery,
};

/// The entry that a body in logged form holds.
fn read(body: &[u8]) -> LogEntry {
    match Proposal::parse(body).unwrap() {
        Proposal::HashedRekord(entry) => LogEntry::HashedRekord(entry),
        Proposal::Dsse(DsseProposal::Logged(entry)) => LogEntry::Dsse(entry),
        Proposal::Intoto(proposal) => {
            assert_eq!(proposal.payload, None);
            LogEntry::Intoto(proposal.entry)
        }
        Proposal::IntotoV001(IntotoV001Proposal::Logged(entry)) => LogEntry::IntotoV001(entry),
        other => panic!("{other:?}"),
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..80)
}

fn entry() -> impl Strategy<Value = LogEntry> {
    let digest = any::<[u8; 32]>();
    let text = "[ -~é—\u{2028}\"\\\\<>&]{1,20}";
    let base64 = || bytes().prop_map(|bytes| sigbox_wire::proto_json::encode_base64(&bytes));
    let dsse_signature = (base64(), bytes()).prop_map(|(signature, verifier)| DsseEntrySignature {
        signature,
        verifier,
    });
    let intoto_signature =
        (text, bytes(), base64()).prop_map(|(keyid, public_key, sig)| IntotoEntrySignature {
            keyid,
            public_key,
            sig,
        });
    prop_oneof![
        (digest, bytes(), bytes()).prop_map(|(digest, signature, public_key)| {
            LogEntry::HashedRekord(HashedRekordEntry {
                algorithm: HashAlgorithm::Sha2_256,
                digest: digest.to_vec(),
                signature,
                public_key,
            })
        }),
        (digest, digest, vec(dsse_signature, 1..4)).prop_map(
            |(envelope_hash, payload_hash, mut signatures)| {
                signatures.sort();
                signatures.dedup();
                LogEntry::Dsse(DsseEntry {
                    envelope_hash,
                    payload_hash,
                    signatures,
                })
            }
        ),
        (text, vec(intoto_signature, 1..4), digest, digest).prop_map(
            |(payload_type, signatures, envelope_hash, payload_hash)| {
                LogEntry::Intoto(IntotoEntry {
                    payload_type,
                    signatures,
                    envelope_hash,
                    payload_hash,
                })
            }
        ),
        (digest, digest, bytes()).prop_map(|(envelope_hash, payload_hash, public_key)| {
            LogEntry::IntotoV001(IntotoV001Entry {
                envelope_hash,
                payload_hash,
                public_key,
            })
        }),
    ]
}

proptest! {
    #[test]
    fn a_body_is_read_as_the_entry_that_wrote_it(entry in entry()) {
        let body = entry.canonical_body().unwrap();
        let again = read(&body);
        prop_assert_eq!(&again, &entry);
        prop_assert_eq!(again.canonical_body().unwrap(), body);
    }

    #[test]
    fn any_text_is_an_entry_or_refused(text in ".{0,200}", flips in vec((any::<usize>(), any::<u8>()), 0..4)) {
        // Whatever it says, it must come back.
        let _ = Proposal::parse(text.as_bytes());
        let _ = Envelope::parse(&text);
        let _ = RetrieveQuery::parse(text.as_bytes());
        let _ = SearchQuery::parse(text.as_bytes());
        let mut body = br#"{"apiVersion":"0.0.1","kind":"dsse","spec":{"proposedContent":{"envelope":"{}","verifiers":["AA=="]}}}"#.to_vec();
        for (at, byte) in flips {
            let at = at % body.len();
            body[at] = byte;
        }
        let _ = Proposal::parse(&body);
    }
}

/// Signatures are logged in the order of their text, each once, whatever the order of the envelope.
#[test]
fn signatures_of_a_dsse_are_sorted_and_single() {
    let signature = |text: &str| DsseEntrySignature {
        signature: text.to_owned(),
        verifier: b"PEM".to_vec(),
    };
    let entry = |signatures: Vec<DsseEntrySignature>| {
        LogEntry::Dsse(DsseEntry {
            envelope_hash: [1; 32],
            payload_hash: [2; 32],
            signatures,
        })
    };
    let one = entry(vec![signature("b"), signature("a"), signature("b")]);
    let other = entry(vec![signature("a"), signature("b")]);
    assert_eq!(
        one.canonical_body().unwrap(),
        other.canonical_body().unwrap()
    );
}

#[test]
fn an_envelope_is_read_in_both_alphabets_and_keeps_its_text() {
    let text = |sig: &str| {
        format!(
            r#"{{"extra":1,"payload":"-_8=","payloadType":"t","signatures":[{{"keyid":"k","sig":"{sig}"}}]}}"#
        )
    };
    for sig in ["+/8=", "-_8="] {
        let envelope = Envelope::parse(&text(sig)).unwrap();
        assert_eq!(envelope.payload, [0xfb, 0xff]);
        assert_eq!(envelope.signatures[0].text, sig);
        assert_eq!(envelope.signatures[0].sig, [0xfb, 0xff]);
        assert_eq!(envelope.pae(), b"DSSEv1 1 t 2 \xfb\xff");
    }
    assert!(matches!(
        Envelope::parse(&text("!")),
        Err(EnvelopeError::Base64("sig"))
    ));
    assert!(matches!(
        Envelope::parse(&text("")),
        Err(EnvelopeError::Missing("sig"))
    ));
    assert!(matches!(
        Envelope::parse("[]"),
        Err(EnvelopeError::NotAnObject { line: 1, .. })
    ));
}

#[test]
fn a_kind_that_is_not_taken_is_told_from_one_that_nobody_knows() {
    let parse = |kind: &str, version: &str| {
        let json = format!(r#"{{"apiVersion":"{version}","kind":"{kind}","spec":{{}}}}"#);
        Proposal::parse(json.as_bytes()).unwrap_err()
    };
    assert!(matches!(
        parse("helm", "0.0.1"),
        ProposalError::KindNotTaken { found: "helm" }
    ));
    assert!(matches!(
        parse("dsse", "0.0.2"),
        ProposalError::Version { kind: "dsse", found } if found == "0.0.2"
    ));
    assert!(matches!(
        parse("foo", "0.0.1"),
        ProposalError::UnknownKind { found } if found == "foo"
    ));
}
