//! C04, C33 to C35, C46: who may have signed, and who says so.

use jiff::SignedDuration;
use sigbox_testkit::virtual_sigstore::{Identity, Lie, VirtualSigstore};
use sigbox_verify::{
    BoundField, CertificateIdentity, ChainFailure, Check, EntryError, IdentityError, Policy,
    SignatureFailure, TextMatch, VerifyError as E,
};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{TimeRange, VerificationContent};

use crate::deployment::{ARTIFACT, ISSUER, SUBJECT, alice, identity, refused};
use crate::edit::{accepted, entries, honest, now, refused_at, signed_with_key, timestamps};
use crate::rekor::Rekor;

fn claiming(number: u8, value: &str) -> Policy {
    let (subject, issuer) = (TextMatch::exact(SUBJECT), TextMatch::exact(ISSUER));
    let identity = CertificateIdentity::new(subject.unwrap(), issuer.unwrap());
    Policy::certificate(identity.with_extension(number, value))
}

#[test]
fn adv_c04_another_email_issuer_or_workflow() {
    let signed = honest();
    accepted(&signed, &alice());
    accepted(&signed, &claiming(24, SUBJECT));
    let error = refused(&signed, &identity("bob@example.test", ISSUER));
    assert!(matches!(error, E::Identity(IdentityError::Subject { .. })));
    let error = refused(&signed, &identity(SUBJECT, "https://other.example.test"));
    assert!(matches!(error, E::Identity(IdentityError::Issuer { .. })));
    let error = refused(&signed, &claiming(11, "https://example.test/workflow"));
    assert!(matches!(
        error,
        E::Identity(IdentityError::Extension {
            number: 11,
            found: None,
            ..
        })
    ));
}

#[test]
fn adv_c33_a_key_outside_its_window() {
    let (signed, key) = signed_with_key();
    // The timestamp follows a second after signing.
    let at = VirtualSigstore::new().stamped_at();
    let second = SignedDuration::from_secs(1);
    let window = |start, end| {
        let range = TimeRange {
            start: Some(start),
            end: Some(end),
        };
        Policy::public_key_within(key.clone(), range)
    };
    for (start, end) in [(at, at), (at, at + second), (at - second, at)] {
        accepted(&signed, &window(start, end));
    }
    for (start, end) in [
        (at + second, at + second * 2),
        (at - second * 2, at - second),
    ] {
        let error = refused(&signed, &window(start, end));
        assert!(
            matches!(error, E::Chain(ChainFailure::KeyWindow { at: found, .. }) if found == at),
            "{error:?}"
        );
    }
    // Without a signed time present counts.
    let mut untimed = signed.clone();
    timestamps(&mut untimed).clear();
    let policy = window(at, at + second);
    crate::edit::judge_at(&untimed, &policy, at)
        .into_result()
        .unwrap();
    let error = refused_at(&untimed, &policy, at + second * 2);
    assert!(matches!(error, E::Chain(ChainFailure::KeyWindow { .. })));
}

#[test]
fn adv_c34_every_claim_that_is_demanded_is_read() {
    let signed = honest();
    for number in 1..=24 {
        let found = match number {
            1 | 8 => Some(ISSUER),
            24 => Some(SUBJECT),
            _ => None,
        };
        if let Some(value) = found {
            accepted(&signed, &claiming(number, value));
        }
        let error = refused(&signed, &claiming(number, "mallory"));
        let named = matches!(&error, E::Identity(IdentityError::Extension { number: n, found: f, .. }) if *n == number && f.as_deref() == found);
        assert!(named, "{number}: {error:?}");
        assert_eq!(error.check(), Check::CertificateExtension);
    }
}

#[test]
fn adv_c35_patterns_that_match_more_than_they_say() {
    let mut sigstore = VirtualSigstore::new();
    let workflow = "https://ci.example.test/ours/.ci/release.yml@refs/heads/main";
    let forked = "https://ci.example.test/forked?https://ci-example.test/ours/";
    let pattern = |text: &str| TextMatch::pattern(text).unwrap();
    let policy = |subject: TextMatch| {
        let issuer = TextMatch::exact(ISSUER).unwrap();
        Policy::certificate(CertificateIdentity::new(subject, issuer))
    };
    let loose = pattern("https://ci.example.test/ours/");
    let strict = pattern(r"^https://ci\.example\.test/ours/.*$");
    // As with upstream the loose one matches; that it is loose can be asked, for the warning.
    assert_eq!(
        (loose.is_unanchored(), strict.is_unanchored()),
        (true, false)
    );
    for (subject, good) in [(workflow, true), (forked, false)] {
        let signed = sigstore.sign(ARTIFACT, &Identity::uri(subject, ISSUER));
        accepted(&signed, &policy(loose.clone()));
        if good {
            accepted(&signed, &policy(strict.clone()));
            continue;
        }
        let error = refused(&signed, &policy(strict.clone()));
        assert!(
            matches!(error, E::Identity(IdentityError::SubjectPattern { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn adv_c46_nobody_is_trusted_by_his_own_word() {
    let (signed, alices) = signed_with_key();
    let (mut theirs, mallorys) = signed_with_key();
    let policy = Policy::public_key(alices.clone());
    // The hint says whose key it is; it is not read.
    let mut hinted = signed.clone();
    hinted.bundle.verification_material.content =
        VerificationContent::PublicKeyHint(encode_base64(&mallorys.key_id()));
    accepted(&hinted, &policy);
    theirs.bundle.verification_material.content =
        VerificationContent::PublicKeyHint(encode_base64(&alices.key_id()));
    theirs.trusted_root.clone_from(&signed.trusted_root);
    let error = refused(&theirs, &policy);
    assert!(
        matches!(
            error,
            E::Entry(EntryError::Binding {
                field: BoundField::Key,
                ..
            })
        ),
        "{error:?}"
    );
    entries(&mut theirs).clear();
    timestamps(&mut theirs).clear();
    let error = refused_at(&theirs, &policy.clone().ignore_tlog_unsafe(), now());
    assert!(
        matches!(error, E::Signature(SignatureFailure::Mismatch(_))),
        "{error:?}"
    );
    // A lying log's evidence is complete, and nothing in the bundle makes it one of ours.
    let lying = VirtualSigstore::new().sign_with(ARTIFACT, &Identity::default(), Lie::UnknownLog);
    assert!(matches!(
        refused(&lying, &alice()),
        E::Entry(EntryError::UnknownLog { .. })
    ));
    let mut moved = honest();
    let body = entries(&mut moved)[0].canonicalized_body.clone();
    let log = Rekor::new();
    *entries(&mut moved) = vec![log.v2(&body)];
    assert!(matches!(
        refused(&moved, &alice()),
        E::Entry(EntryError::UnknownLog { .. })
    ));
    moved.trusted_root.tlogs.push(log.instance());
    accepted(&moved, &alice());
}
