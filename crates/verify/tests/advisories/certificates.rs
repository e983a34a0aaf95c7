//! C09, C22 to C24: the certificate, its SCTs, and the signature under it.

use sigbox_crypto::{CertificateError, KeyAlgorithm, Sct, SctError, SigningKey};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{Artifact, SctFailure, ShapeError, SignatureFailure, VerifyError as E};
use sigbox_wire::{BundleError, VerificationContent};

use crate::authority::{Authority, CtLog};
use crate::deployment::{ARTIFACT, alice, judge, refused};
use crate::edit::{accepted, edited, entries, honest, leaf, now, signed_with_key};

/// A bundle with a certificate of `authority` that embeds `scts`, timestamped but not logged; all of them are trusted.
pub(crate) fn signed_by(
    authority: &Authority,
    ct: &CtLog,
    scts: impl FnOnce(&[u8]) -> Vec<Sct>,
) -> Signed {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let precertificate = authority.precertify(key.public_key(), now());
    let leaf = authority.issue(&precertificate, &scts(precertificate.tbs()));
    let mut signed = VirtualSigstore::new().sign_with_key(ARTIFACT, &key, Lie::None);
    entries(&mut signed).clear();
    signed.bundle.verification_material.content = VerificationContent::Certificate(leaf);
    let root = &mut signed.trusted_root;
    root.certificate_authorities.push(authority.instance());
    root.ctlogs.push(ct.instance());
    signed
}

#[test]
fn adv_c09_no_certificate_where_one_is_demanded() {
    accepted(&honest(), &alice());
    let none = edited(&honest(), |json| {
        let material = json["verificationMaterial"].as_object_mut().unwrap();
        material.remove("certificate").unwrap();
    });
    assert!(
        matches!(none, Err(BundleError::MissingMember { .. })),
        "{none:?}"
    );
    let (signed, _) = signed_with_key();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Shape(ShapeError::NoCertificate)
    ));
    let empty = edited(&honest(), |json| {
        json["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2".into();
        let material = json["verificationMaterial"].as_object_mut().unwrap();
        material.remove("certificate").unwrap();
        let chain = serde_json::json!({ "certificates": [] });
        material.insert("x509CertificateChain".to_owned(), chain);
    });
    let error = refused(&empty.unwrap(), &alice());
    assert!(
        matches!(error, E::Shape(ShapeError::NoCertificate)),
        "{error:?}"
    );
}

#[test]
fn adv_c22_a_wrong_signature_whatever_is_switched_off() {
    let mut sigstore = VirtualSigstore::new();
    let wrong = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::WrongSignature);
    for policy in [
        alice(),
        alice().ignore_tlog_unsafe(),
        alice().ignore_sct_unsafe(),
        alice().ignore_tlog_unsafe().ignore_sct_unsafe(),
    ] {
        accepted(&honest(), &policy);
        let error = refused(&wrong, &policy);
        assert!(
            matches!(error, E::Signature(SignatureFailure::Mismatch(_))),
            "{error:?}"
        );
    }
}

#[test]
fn adv_c23_two_authorities_of_one_name() {
    let signed = honest();
    let other = VirtualSigstore::new()
        .trusted_root()
        .certificate_authorities;
    for position in [0, 1] {
        let mut signed = signed.clone();
        let authorities = &mut signed.trusted_root.certificate_authorities;
        assert_eq!(authorities[0].common_name, other[0].common_name);
        authorities.insert(position, other[0].clone());
        accepted(&signed, &alice());
    }
    // The SCT is for a precertificate of the namesake.
    let until = now() + jiff::SignedDuration::from_hours(24);
    let [authority, namesake] = [(); 2].map(|()| Authority::new(now(), until));
    let ct = CtLog::new();
    let policy = alice().ignore_tlog_unsafe();
    for (issuer, good) in [(&authority, true), (&namesake, false)] {
        let mut signed = signed_by(&authority, &ct, |tbs| {
            vec![ct.sct(issuer.key_hash(), tbs, now())]
        });
        signed
            .trusted_root
            .certificate_authorities
            .insert(0, namesake.instance());
        let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &policy);
        match verdict.into_result() {
            Ok(_) => assert!(good),
            Err(error) => {
                let sct = matches!(
                    &error,
                    E::Sct(SctFailure::Sct {
                        source: SctError::Signature { .. },
                        ..
                    })
                );
                assert!(sct && !good, "{error:?}");
            }
        }
    }
}

#[test]
fn adv_c24_a_damaged_identity_extension() {
    let signed = honest();
    accepted(&signed, &alice());
    // 1.3.6.1.4.1.57264.1.N, whose value is a UTF8String from 8 on; N = 8 is the issuer, 24 the token's subject.
    for number in [8, 24] {
        let oid = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, number];
        let mut damaged = signed.clone();
        let mut der = leaf(&signed);
        let at = der
            .windows(oid.len())
            .position(|window| window == oid)
            .unwrap()
            + oid.len();
        assert_eq!((der[at], der[at + 2]), (0x04, 0x0c));
        der[at + 2] = 0x1f;
        damaged.bundle.verification_material.content = VerificationContent::Certificate(der);
        let error = refused(&damaged, &alice().ignore_tlog_unsafe());
        let E::Shape(ShapeError::Certificate(CertificateError::MalformedExtension { oid, .. })) =
            &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(oid.to_string(), format!("1.3.6.1.4.1.57264.1.{number}"));
    }
}
