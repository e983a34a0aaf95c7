//! Signatures by keys of every kind, of artifacts and of envelopes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey, digest, sha256};
use sigbox_testkit::virtual_sigstore::VirtualSigstore;
use sigbox_verify::{
    Artifact, ArtifactError, Check, Outcome, Policy, SignatureFailure, TrustMaterial, Verdict,
    VerifyError as E, verify,
};
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, DsseSignature, HashAlgorithm as Hash, MessageDigest,
    MessageSignature, Statement, VerificationContent, VerificationMaterial,
};

const ARTIFACT: &[u8] = b"artifact";
const KINDS: [KeyAlgorithm; 3] = [
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
    KeyAlgorithm::Ed25519,
];

/// A P-384 key that OpenSSL made, with its SHA-256 signatures of [`ARTIFACT`] and of the envelope below.
const P384: &str = "-----BEGIN PUBLIC KEY-----\n\
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEufXQEHE4kSFONLl+4XYeuy5WN8bvYseS\n\
Z3/cYOpMYcgvC5KcLkPi2XnLQ6nKcyWtNmelvzluqJMfo0pis7xsw9Tdq6Bw072P\n\
2Z5SEvtmPZU65gvSWphBVHjxwrSZ9SYG\n\
-----END PUBLIC KEY-----\n";
const P384_SHA256_OF_ARTIFACT: &str = "MGUCMHNsTE8fQY8dIZ4qHWcV37MRFKxN4c3cXpwMFoSTZiaFjNphi72xwdrkSV7TYd/8KwIxANvrRP+7eJLCit5OXidyIY27NWvbrB4hFzvdxkGDfSVdoAKRGS2gIIKZXY8aikynBg==";
const P384_SHA256_OF_ENVELOPE: &str = "MGUCMQDGWjdD6Lwxq7u6Vzjwu4lcpXQNxkAh1xYbKDOWFEYXmwU9sFpawHxlRNcDhk0gpOcCMFvuHXDVBom5BLZ8jpOjLDZXUG6EZzVOz38gZ7BwWy1qSuFpxFp18sII4+bWOPFQFA==";

fn bundle(content: BundleContent) -> Bundle {
    let material = VerificationMaterial {
        content: VerificationContent::PublicKeyHint(String::new()),
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    Bundle::new_v0_3(material, content)
}

fn judge(bundle: &Bundle, artifact: Artifact<'_>, key: &PublicKey) -> Verdict {
    let sigstore = VirtualSigstore::new();
    let trust = TrustMaterial::from_trusted_root(&sigstore.trusted_root()).unwrap();
    let policy = Policy::public_key(key.clone()).ignore_tlog_unsafe();
    verify(bundle, artifact, &policy, &trust, sigstore.now())
}

fn message(signature: Vec<u8>, declared: Option<Hash>) -> Bundle {
    let message_digest = declared.map(|algorithm| MessageDigest {
        algorithm,
        digest: digest(algorithm, ARTIFACT),
    });
    bundle(BundleContent::MessageSignature(MessageSignature {
        message_digest,
        signature,
    }))
}

fn sign(key: &SigningKey) -> Vec<u8> {
    key.sign_digest(&digest(
        key.public_key().algorithm().default_hash(),
        ARTIFACT,
    ))
    .unwrap()
}

#[test]
fn each_kind_of_key_signs_with_the_hash_of_its_kind() {
    for kind in KINDS {
        let key = SigningKey::generate(kind).unwrap();
        let hash = kind.default_hash();
        // The bundle's own digest may be by another hash: some clients write SHA-256 whatever the key.
        for declared in [None, Some(hash), Some(Hash::Sha2_256)] {
            let signed = message(sign(&key), declared);
            let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), key.public_key());
            assert!(
                verdict.is_verified(),
                "{kind} {declared:?}: {:?}",
                verdict.result()
            );
            let mut stream = ARTIFACT;
            assert!(
                judge(&signed, Artifact::Reader(&mut stream), key.public_key()).is_verified(),
                "{kind}"
            );
            let given = digest(hash, ARTIFACT);
            let given = Artifact::Digest {
                algorithm: hash,
                digest: &given,
            };
            let by_digest = judge(&message(sign(&key), None), given, key.public_key());
            assert!(by_digest.is_verified(), "{kind}");
        }
    }
}

#[test]
fn a_sha256_digest_is_not_enough_for_a_key_that_signs_another_hash() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let signed = message(sign(&key), None);
    let error = judge(
        &signed,
        Artifact::Sha256Digest(sha256(ARTIFACT)),
        key.public_key(),
    )
    .into_result()
    .unwrap_err();
    let expected = (Hash::Sha2_384, Hash::Sha2_256);
    assert!(
        matches!(error, E::Artifact(ArtifactError::DigestAlgorithm { needed, given }) if (needed, given) == expected)
    );
}

#[test]
fn a_wrong_hash_for_the_key_does_not_verify() {
    let key = PublicKey::from_pem(P384).unwrap();
    let signature = decode_base64(P384_SHA256_OF_ARTIFACT).unwrap();
    key.verify(Hash::Sha2_256, ARTIFACT, &signature).unwrap();
    let signed = message(signature, Some(Hash::Sha2_256));
    let error = judge(&signed, Artifact::Bytes(ARTIFACT), &key)
        .into_result()
        .unwrap_err();
    assert!(matches!(error, E::Signature(SignatureFailure::Mismatch(_))));
}

#[test]
fn an_ed25519_signature_without_a_log_is_over_the_artifact_itself_or_over_its_digest() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let public = key.public_key();
    for signature in [key.sign(ARTIFACT).unwrap(), sign(&key)] {
        for declared in [None, Some(Hash::Sha2_512), Some(Hash::Sha2_256)] {
            let signed = message(signature.clone(), declared);
            let mut stream = ARTIFACT;
            for artifact in [Artifact::Bytes(ARTIFACT), Artifact::Reader(&mut stream)] {
                let verdict = judge(&signed, artifact, public);
                assert!(verdict.is_verified(), "{:?}", verdict.result());
            }
            let other = judge(&signed, Artifact::Bytes(b"other"), public);
            let error = other.into_result().unwrap_err();
            assert!(match declared {
                None => matches!(error, E::Signature(SignatureFailure::Mismatch(_))),
                Some(_) => matches!(error, E::Artifact(ArtifactError::Digest { .. })),
            });
        }
    }
}

#[test]
fn a_digest_does_not_stand_for_an_artifact_that_was_signed_itself() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let sha512 = digest(Hash::Sha2_512, ARTIFACT);
    let by_sha512 = || Artifact::Digest {
        algorithm: Hash::Sha2_512,
        digest: &sha512,
    };
    let by_sha256 = || Artifact::Sha256Digest(sha256(ARTIFACT));
    let pure = message(key.sign(ARTIFACT).unwrap(), Some(Hash::Sha2_512));
    let prehashed = message(sign(&key), Some(Hash::Sha2_512));
    assert!(judge(&prehashed, by_sha512(), key.public_key()).is_verified());
    for (signed, artifact, expected) in [
        (&pure, by_sha512(), Hash::Sha2_512),
        (&pure, by_sha256(), Hash::Sha2_256),
        (&prehashed, by_sha256(), Hash::Sha2_256),
    ] {
        let verdict = judge(signed, artifact, key.public_key());
        let error = verdict.into_result().unwrap_err();
        assert!(
            matches!(error, E::Signature(SignatureFailure::DigestOnly { given }) if given == expected),
            "{error:?}"
        );
    }
}

fn envelope(sign: impl Fn(&[u8]) -> Vec<u8>) -> Bundle {
    let digest = sigbox_tlog::Hash::from_bytes(sha256(ARTIFACT));
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"a","digest":{{"sha256":"{digest}"}}}}],"predicateType":"p"}}"#
    );
    let mut envelope = DsseEnvelope {
        payload: statement.into_bytes(),
        payload_type: Statement::PAYLOAD_TYPE.to_owned(),
        signatures: Vec::new(),
    };
    let sig = sign(&envelope.pae());
    envelope.signatures.push(DsseSignature {
        sig,
        keyid: String::new(),
    });
    bundle(BundleContent::DsseEnvelope(envelope))
}

#[test]
fn envelopes_verify_by_the_hash_of_the_key() {
    for kind in KINDS {
        let key = SigningKey::generate(kind).unwrap();
        let signed = envelope(|pae| key.sign(pae).unwrap());
        assert!(
            judge(&signed, Artifact::Bytes(ARTIFACT), key.public_key()).is_verified(),
            "{kind}"
        );
        // For Ed25519 this is Ed25519ph, which a Rekor v2 log takes.
        let signed = envelope(|pae| key.sign_digest(&digest(kind.default_hash(), pae)).unwrap());
        let artifact = Artifact::Sha256Digest(sha256(ARTIFACT));
        assert!(
            judge(&signed, artifact, key.public_key()).is_verified(),
            "{kind}"
        );
        let stranger = SigningKey::generate(kind).unwrap();
        let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), stranger.public_key());
        let error = verdict.into_result().unwrap_err();
        assert!(
            matches!(error, E::Signature(SignatureFailure::Envelope(_))),
            "{kind}: {error:?}"
        );
    }
}

#[test]
fn an_envelope_signed_by_sha256_under_a_larger_curve_verifies_and_says_so() {
    let key = PublicKey::from_pem(P384).unwrap();
    let signed = envelope(|_| decode_base64(P384_SHA256_OF_ENVELOPE).unwrap());
    let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &key);
    verdict.result().unwrap();
    let step = verdict
        .steps()
        .iter()
        .find(|step| step.check == Check::Signature)
        .unwrap();
    let Outcome::Passed { detail } = &step.outcome else {
        panic!("{step:?}")
    };
    assert_eq!(
        detail,
        "the key signed this envelope, by SHA2_256 instead of its own hash"
    );
}
