//! Who signed, what is demanded of the certificate, what a statement is about.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod deployment;

use VerifyError as E;
use deployment::{ARTIFACT, ISSUER, SUBJECT, alice, identity, judge, refused};
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};
use sigbox_testkit::virtual_sigstore::{IN_TOTO, Identity, Lie, VirtualSigstore};
use sigbox_verify::{
    Artifact, BoundField, CertificateIdentity, Check, EntryError, IdentityError, Policy,
    ShapeError, SignatureFailure, StatementFailure, TextMatch, VerifyError,
};

#[test]
fn another_identity_is_refused_and_named() {
    let signed = VirtualSigstore::new().sign(ARTIFACT, &Identity::default());
    let error = refused(&signed, &identity("bob@example.test", ISSUER));
    assert_eq!(
        error.to_string(),
        r#"certificate-identity: expected SAN value "bob@example.test", got "alice@example.test""#
    );
    assert!(matches!(error, E::Identity(IdentityError::Subject { .. })));
    assert_eq!(error.expected().as_deref(), Some("bob@example.test"));
    assert_eq!(error.found().as_deref(), Some(SUBJECT));
    let error = refused(&signed, &identity(SUBJECT, "https://other.example"));
    assert_eq!(
        error.to_string(),
        r#"certificate-issuer: expected issuer value "https://other.example", got "https://oidc.example.test""#
    );
    assert!(matches!(error, E::Identity(IdentityError::Issuer { .. })));
}

#[test]
fn patterns_and_exact_values_must_both_hold() {
    let signed = VirtualSigstore::new().sign(ARTIFACT, &Identity::default());
    let issuer = || TextMatch::exact(ISSUER).unwrap();
    let policy = |exact: Option<&str>, pattern: &str| {
        let subject = TextMatch::new(exact.map(str::to_owned), Some(pattern)).unwrap();
        Policy::certificate(CertificateIdentity::new(subject, issuer()))
    };
    for good in [
        policy(None, "alice@"),
        policy(Some(SUBJECT), "^alice@example[.]test$"),
    ] {
        judge(&signed, Artifact::Bytes(ARTIFACT), &good)
            .into_result()
            .unwrap();
    }
    let error = refused(&signed, &policy(Some(SUBJECT), "^bob@"));
    assert!(matches!(
        error,
        E::Identity(IdentityError::SubjectPattern { .. })
    ));
    let error = refused(&signed, &policy(Some("bob"), "alice"));
    assert!(matches!(error, E::Identity(IdentityError::Subject { .. })));
    let issuer = TextMatch::pattern("^http://").unwrap();
    let policy = CertificateIdentity::new(TextMatch::exact(SUBJECT).unwrap(), issuer);
    let error = refused(&signed, &Policy::certificate(policy));
    assert!(matches!(
        error,
        E::Identity(IdentityError::IssuerPattern { .. })
    ));
}

#[test]
fn further_claims_must_hold() {
    let signed = VirtualSigstore::new().sign(ARTIFACT, &Identity::default());
    let with = |number: u8, value: &str| {
        let subject = TextMatch::exact(SUBJECT).unwrap();
        let issuer = TextMatch::exact(ISSUER).unwrap();
        Policy::certificate(CertificateIdentity::new(subject, issuer).with_extension(number, value))
    };
    judge(&signed, Artifact::Bytes(ARTIFACT), &with(24, SUBJECT))
        .into_result()
        .unwrap();
    let error = refused(&signed, &with(24, "mallory"));
    assert!(
        matches!(&error, E::Identity(IdentityError::Extension { number: 24, found: Some(found), .. }) if found == SUBJECT)
    );
    let error = refused(&signed, &with(5, "owner/repo"));
    assert!(matches!(
        &error,
        E::Identity(IdentityError::Extension {
            number: 5,
            found: None,
            ..
        })
    ));
    assert_eq!(error.check(), Check::CertificateExtension);
}

#[test]
fn a_key_verifies_its_own_signatures_alone() {
    let mut sigstore = VirtualSigstore::new();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let signed = sigstore.sign_with_key(ARTIFACT, &key, Lie::None);
    let policy = Policy::public_key(key.public_key().clone());
    let verified = judge(&signed, Artifact::Bytes(ARTIFACT), &policy)
        .into_result()
        .unwrap();
    assert_eq!(verified.identity(), None);
    let error = refused(&signed, &Policy::public_key(other.public_key().clone()));
    assert!(matches!(
        error,
        E::Entry(EntryError::Binding {
            field: BoundField::Key,
            ..
        })
    ));
    let unlogged = Policy::public_key(other.public_key().clone()).ignore_tlog_unsafe();
    let mut bare = signed.clone();
    bare.bundle.verification_material.tlog_entries.clear();
    let error = refused(&bare, &unlogged);
    assert!(matches!(error, E::Signature(SignatureFailure::Mismatch(_))));
    assert!(matches!(
        refused(&signed, &alice()),
        E::Shape(ShapeError::NoCertificate)
    ));
}

#[test]
fn statements_about_something_else_are_refused() {
    let mut sigstore = VirtualSigstore::new();
    let mut attest = |payload_type: &str, payload: &str| {
        let signed = sigstore.attest_with(
            payload_type,
            payload.as_bytes(),
            &Identity::default(),
            Lie::None,
        );
        refused(&signed, &alice())
    };
    let error = attest("text/plain", "hello");
    assert!(
        matches!(error, E::Statement(StatementFailure::PayloadType { found }) if found == "text/plain")
    );
    assert!(matches!(
        attest(IN_TOTO, "hello"),
        E::Statement(StatementFailure::Statement(_))
    ));
    let statement = |subjects: &str| {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{subjects}],"predicateType":"p"}}"#
        )
    };
    assert!(matches!(
        attest(IN_TOTO, &statement("")),
        E::Statement(StatementFailure::Subject { .. })
    ));
    let digest = hex(&sha256(ARTIFACT));
    let contradicting = format!(r#"{{"name":"a","digest":{{"sha256":"{digest}","sha512":"00"}}}}"#);
    let error = attest(IN_TOTO, &statement(&contradicting));
    assert!(matches!(
        error,
        E::Statement(StatementFailure::Subject { .. })
    ));
}

#[test]
fn adv_c54_subjects_and_their_digests_are_counted() {
    let mut sigstore = VirtualSigstore::new();
    let mut attest = |subjects: &str| {
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{subjects}],"predicateType":"p"}}"#
        );
        let (payload, who) = (statement.as_bytes(), Identity::default());
        let signed = sigstore.attest_with(IN_TOTO, payload, &who, Lie::None);
        let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &alice());
        verdict.into_result().map_err(Box::new)
    };
    let digest = hex(&sha256(ARTIFACT));
    // So many others before the one that is looked for.
    let others = |count: usize| {
        let right = format!(r#"{{"name":"right","digest":{{"sha256":"{digest}"}}}}"#);
        let other = r#"{"name":"other","digest":{}}"#.to_owned();
        [vec![other; count], vec![right]].concat().join(",")
    };
    attest(&others(1023)).unwrap();
    let error = attest(&others(1024)).unwrap_err();
    assert!(matches!(
        *error,
        E::Statement(StatementFailure::TooMany {
            what: "subjects",
            found: 1025,
            limit: 1024
        })
    ));
    let digests = |count: usize| {
        let others = (0..count).map(|at| format!(r#""other{at}":"00""#));
        let all: Vec<String> = others.chain([format!(r#""sha256":"{digest}""#)]).collect();
        format!(r#"{{"name":"a","digest":{{{}}}}}"#, all.join(","))
    };
    attest(&digests(31)).unwrap();
    let error = attest(&digests(32)).unwrap_err();
    assert!(matches!(
        *error,
        E::Statement(StatementFailure::TooMany {
            what: "digests of one subject",
            found: 33,
            limit: 32
        })
    ));
}

fn hex(bytes: &[u8]) -> String {
    sigbox_tlog::Hash::try_from_slice(bytes)
        .unwrap()
        .to_string()
}
