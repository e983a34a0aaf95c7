//! C01 to C03, C14: is the log entry about this signature?

use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{
    Artifact, ArtifactError, BoundField, EntryError, EntryKind, Policy, VerifyError as E,
};
use sigbox_wire::rekor_v1::{DsseEntry, HashedRekordEntry, IntotoEntry, LogEntry};
use sigbox_wire::{BundleContent, HashAlgorithm};

use crate::deployment::{ARTIFACT, alice, judge, refused};
use crate::edit::{
    accepted, attested, dsse, entries, hashed_rekord, honest, intoto, now, signature,
};
use crate::rekor::Rekor;
use crate::times::with_lie;

/// Puts the entry of a trusted Rekor v1 log into the place of the bundle's own.
pub(crate) fn logged_v1(mut signed: Signed, content: &LogEntry) -> Signed {
    let log = Rekor::trusted_by(&mut signed.trusted_root);
    *entries(&mut signed) = vec![log.v1(content, now())];
    signed
}

/// The field in which a genuine entry of a trusted log differs from the bundle.
fn differs(signed: &Signed) -> BoundField {
    let E::Entry(EntryError::Binding { field, .. }) = refused(signed, &alice()) else {
        panic!("{:?}", refused(signed, &alice()))
    };
    // Switching the log off does not switch the comparison off.
    let error = refused(signed, &alice().ignore_tlog_unsafe());
    assert!(matches!(error, E::Entry(EntryError::Binding { field: found, .. }) if found == field));
    field
}

#[test]
fn adv_c01_a_promise_for_another_signature_by_the_same_key() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let policy = Policy::public_key(key.public_key().clone());
    let signed = VirtualSigstore::new().sign_with_key(ARTIFACT, &key, Lie::None);
    let logged = |signature| {
        let body = HashedRekordEntry {
            algorithm: HashAlgorithm::Sha2_256,
            digest: sha256(ARTIFACT).to_vec(),
            signature,
            public_key: key.public_key().to_pem().into_bytes(),
        };
        logged_v1(signed.clone(), &LogEntry::HashedRekord(body))
    };
    accepted(&logged(signature(&signed)), &policy);
    let other = key.sign(ARTIFACT).unwrap();
    assert_ne!(other, signature(&signed));
    let error = refused(&logged(other), &policy);
    assert!(
        matches!(
            error,
            E::Entry(EntryError::Binding {
                field: BoundField::Signature,
                ..
            })
        ),
        "{error:?}"
    );
    // The same in v2, with a certificate.
    accepted(&honest(), &alice());
    assert_eq!(
        differs(&with_lie(Lie::OtherSignature)),
        BoundField::Signature
    );
}

#[test]
fn adv_c02_a_hashedrekord_of_something_else() {
    accepted(&honest(), &alice());
    assert_eq!(differs(&with_lie(Lie::OtherDigest)), BoundField::Digest);
    assert_eq!(differs(&with_lie(Lie::OtherKey)), BoundField::Key);
    let signed = honest();
    let differs_by = |change: fn(&mut HashedRekordEntry)| {
        let mut body = hashed_rekord(&signed);
        accepted(
            &logged_v1(signed.clone(), &LogEntry::HashedRekord(body.clone())),
            &alice(),
        );
        change(&mut body);
        differs(&logged_v1(signed.clone(), &LogEntry::HashedRekord(body)))
    };
    assert_eq!(differs_by(|body| body.digest[0] ^= 1), BoundField::Digest);
    assert_eq!(
        differs_by(|body| body.signature[9] ^= 1),
        BoundField::Signature
    );
    let other =
        |body: &mut HashedRekordEntry| body.public_key = hashed_rekord(&honest()).public_key;
    assert_eq!(differs_by(other), BoundField::Key);
}

#[test]
fn adv_c02_a_dsse_of_something_else() {
    let mut signed = attested();
    let body = dsse(&mut signed);
    let differs_by = |change: fn(&mut DsseEntry)| {
        accepted(
            &logged_v1(signed.clone(), &LogEntry::Dsse(body.clone())),
            &alice(),
        );
        let mut body = body.clone();
        change(&mut body);
        differs(&logged_v1(signed.clone(), &LogEntry::Dsse(body)))
    };
    assert_eq!(
        differs_by(|body| body.payload_hash[0] ^= 1),
        BoundField::Digest
    );
    let other = |body: &mut DsseEntry| {
        body.signatures[0].signature = dsse(&mut attested()).signatures[0].signature.clone();
    };
    assert_eq!(differs_by(other), BoundField::Signature);
    let other = |body: &mut DsseEntry| {
        body.signatures[0].verifier = dsse(&mut attested()).signatures[0].verifier.clone();
    };
    assert_eq!(differs_by(other), BoundField::Key);
    // Version 0.0.2 is in no log of ours, and never passes.
    let refusal = |entry: &str| {
        let mut signed = attested();
        entries(&mut signed)[0].kind_version.kind = entry.to_owned();
        refused(&signed, &alice())
    };
    let kind = EntryKind::DsseV002;
    assert!(
        matches!(refusal("dsse"), E::Entry(EntryError::Unsupported { kind: found }) if found == kind)
    );
}

#[test]
fn adv_c02_an_intoto_of_something_else() {
    let mut signed = attested();
    let body = intoto(&mut signed);
    let differs_by = |change: fn(&mut IntotoEntry)| {
        accepted(
            &logged_v1(signed.clone(), &LogEntry::Intoto(body.clone())),
            &alice(),
        );
        let mut body = body.clone();
        change(&mut body);
        differs(&logged_v1(signed.clone(), &LogEntry::Intoto(body)))
    };
    assert_eq!(
        differs_by(|body| body.payload_hash[0] ^= 1),
        BoundField::Digest
    );
    assert_eq!(
        differs_by(|body| body.payload_type.push('x')),
        BoundField::PayloadType
    );
    let other = |body: &mut IntotoEntry| {
        body.signatures[0].sig = intoto(&mut attested()).signatures[0].sig.clone();
    };
    assert_eq!(differs_by(other), BoundField::Signature);
    let other = |body: &mut IntotoEntry| {
        body.signatures[0].public_key = intoto(&mut attested()).signatures[0].public_key.clone();
    };
    assert_eq!(differs_by(other), BoundField::Key);
}

#[test]
fn adv_c03_the_bundle_of_another_file() {
    let mut signed = VirtualSigstore::new().sign(b"file B", &Identity::default());
    judge(&signed, Artifact::Bytes(b"file B"), &alice())
        .into_result()
        .unwrap();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Artifact(ArtifactError::Digest { .. })
    ));
    // Without the bundle's own word for the digest, the entry still says which file it is about.
    let BundleContent::MessageSignature(message) = &mut signed.bundle.content else {
        panic!()
    };
    message.message_digest = None;
    judge(&signed, Artifact::Bytes(b"file B"), &alice())
        .into_result()
        .unwrap();
    assert_eq!(differs(&signed), BoundField::Digest);
}

#[test]
fn adv_c14_a_genuine_entry_of_something_else_with_the_log_switched_off() {
    let skip = alice().ignore_tlog_unsafe();
    let mut signed = honest();
    accepted(&signed, &skip);
    let mut other = VirtualSigstore::new().sign(b"another artifact", &Identity::default());
    *entries(&mut signed) = entries(&mut other).clone();
    let error = refused(&signed, &skip);
    assert!(matches!(
        error,
        E::Entry(EntryError::Binding {
            field: BoundField::Digest,
            ..
        })
    ));
}
