//! C07, C08, C18, C36, C43: what was signed.

use sigbox_testkit::virtual_sigstore::{IN_TOTO, Identity, Lie, Signed, VirtualSigstore};
use sigbox_tlog::Hash;
use sigbox_verify::{
    Artifact, ArtifactError, BoundField, EntryError, ShapeError, StatementFailure, VerifyError as E,
};
use sigbox_wire::{BundleContent, HashAlgorithm, StatementError};

use crate::deployment::{ARTIFACT, alice, judge, refused};
use crate::edit::{accepted, attested, entries, envelope, honest};

fn attest(payload: &str) -> Signed {
    let payload = payload.as_bytes();
    VirtualSigstore::new().attest_with(IN_TOTO, payload, &Identity::default(), Lie::None)
}

/// A statement about artifacts with these digests.
fn about(digests: &str) -> String {
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"a","digest":{digests}}}],"predicateType":"p"}}"#
    )
}

fn ours() -> String {
    let digest = Hash::from_bytes(sigbox_crypto::sha256(ARTIFACT));
    format!(r#"{{"sha256":"{digest}"}}"#)
}

fn unreadable(payload: &str) {
    let error = refused(&attest(payload), &alice());
    let json = matches!(
        error,
        E::Statement(StatementFailure::Statement(StatementError::Json(_)))
    );
    assert!(json, "{payload}: {error:?}");
}

#[test]
fn adv_c07_a_payload_that_is_no_statement() {
    let good = about(&ours());
    accepted(&attest(&good), &alice());
    unreadable("not JSON");
    unreadable(&good.replace(r#","predicateType":"p""#, ""));
    unreadable(&good.replace(r#""p""#, "null"));
    let other = attest(&good.replace("in-toto.io/Statement/v1", "example.test/Statement"));
    let error = refused(&other, &alice());
    let other_type = matches!(
        error,
        E::Statement(StatementFailure::Statement(StatementError::Type { .. }))
    );
    assert!(other_type, "{error:?}");
    let mut sigstore = VirtualSigstore::new();
    let plain = sigstore.attest_with(
        "text/plain",
        good.as_bytes(),
        &Identity::default(),
        Lie::None,
    );
    let error = refused(&plain, &alice());
    assert!(
        matches!(error, E::Statement(StatementFailure::PayloadType { found }) if found == "text/plain")
    );
}

#[test]
fn adv_c08_a_statement_about_another_file() {
    accepted(&attested(), &alice());
    let predicate = serde_json::json!({});
    let other = VirtualSigstore::new().attest(b"another", &predicate, &Identity::default());
    judge(&other, Artifact::Bytes(b"another"), &alice())
        .into_result()
        .unwrap();
    let error = refused(&other, &alice());
    assert!(
        matches!(error, E::Statement(StatementFailure::Subject { .. })),
        "{error:?}"
    );
}

#[test]
fn adv_c18_envelopes_with_none_or_two_signatures() {
    accepted(&attested(), &alice());
    for count in [0, 2] {
        let mut signed = attested();
        let only = envelope(&mut signed).signatures[0].clone();
        envelope(&mut signed).signatures = vec![only; count];
        let error = refused(&signed, &alice());
        let counted =
            matches!(error, E::Shape(ShapeError::SignatureCount { found }) if found == count);
        assert!(counted, "{count}: {error:?}");
    }
}

#[test]
fn adv_c36_digests_of_nothing() {
    let empty = VirtualSigstore::new().sign(b"", &Identity::default());
    judge(&empty, Artifact::Bytes(b""), &alice())
        .into_result()
        .unwrap();
    let (sha256, whole) = (HashAlgorithm::Sha2_256, sigbox_crypto::sha256(ARTIFACT));
    let by_digest = |digest: &[u8]| {
        let artifact = Artifact::Digest {
            algorithm: sha256,
            digest,
        };
        judge(&honest(), artifact, &alice())
    };
    by_digest(&whole).into_result().unwrap();
    for length in [0, 31] {
        let error = by_digest(&whole[..length]).into_result().unwrap_err();
        let refusal = matches!(error, E::Artifact(ArtifactError::DigestLength { found, .. }) if found == length);
        assert!(refusal, "{length}: {error:?}");
    }
    let mut signed = honest();
    let BundleContent::MessageSignature(message) = &mut signed.bundle.content else {
        panic!()
    };
    message.message_digest.as_mut().unwrap().digest.clear();
    let error = refused(&signed, &alice());
    assert!(
        matches!(
            error,
            E::Entry(EntryError::Binding {
                field: BoundField::Digest,
                ..
            })
        ),
        "{error:?}"
    );
    entries(&mut signed).clear();
    let error = refused(&signed, &alice().ignore_tlog_unsafe());
    assert!(
        matches!(
            error,
            E::Artifact(ArtifactError::DeclaredLength { found: 0, .. })
        ),
        "{error:?}"
    );
    accepted(&attest(&about(&ours())), &alice());
    for digests in ["{}", r#"{"sha256":""}"#, r#"{"":""}"#] {
        let signed = attest(&about(digests));
        for artifact in [ARTIFACT, b""] {
            let error = judge(&signed, Artifact::Bytes(artifact), &alice())
                .into_result()
                .unwrap_err();
            assert!(
                matches!(error, E::Statement(StatementFailure::Subject { .. })),
                "{digests}: {error:?}"
            );
        }
    }
}

#[test]
fn adv_c43_the_bytes_that_were_signed_are_those_in_use() {
    let good = about(&ours());
    // Spaces and order are the signer's: nothing is written anew before it is judged.
    let spaced = format!(" {}\n", good.replace(',', " , "));
    accepted(&attest(&spaced), &alice());
    let mut signed = attest(&spaced);
    envelope(&mut signed).payload = good.clone().into_bytes();
    let error = refused(&signed, &alice());
    assert!(
        matches!(
            error,
            E::Entry(EntryError::Binding {
                field: BoundField::Digest,
                ..
            })
        ),
        "{error:?}"
    );
    unreadable(&good.replace(
        r#""predicateType":"p""#,
        r#""predicateType":"p","predicateType":"q""#,
    ));
    unreadable(&good.replace(r#""predicateType""#, r#""subject":[],"predicateType""#));
    let two = format!(r#"{},"sha256":"00"}}"#, ours().trim_end_matches('}'));
    unreadable(&about(&two));
    let with =
        |predicate: &str| good.replace(r#""p"}"#, &format!(r#""p","predicate":{predicate}}}"#));
    accepted(&attest(&with(r#"{"a":{"a":1}}"#)), &alice());
    let error = refused(&attest(&with(r#"{"a":[{"b":1,"b":2}]}"#)), &alice());
    assert!(
        matches!(&error, E::Statement(StatementFailure::Statement(StatementError::DuplicateMember { name })) if name == "b"),
        "{error:?}"
    );
}
