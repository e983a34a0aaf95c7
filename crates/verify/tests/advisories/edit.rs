//! Looks into bundles, edits them, and judges them at any time.

use jiff::Timestamp;
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey, pem, sha256};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{Artifact, Policy, TrustMaterial, Verdict, VerifyError, verify};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::rekor_v1::{
    DsseEntry, DsseEntrySignature, HashedRekordEntry, IntotoEntry, IntotoEntrySignature,
};
use sigbox_wire::{
    Bundle, BundleContent, BundleError, DsseEnvelope, HashAlgorithm, TransparencyLogEntry,
    VerificationContent,
};

use crate::deployment::{ARTIFACT, judge};

/// The honest bundle of the default signer.
pub(crate) fn honest() -> Signed {
    VirtualSigstore::new().sign(ARTIFACT, &Identity::default())
}

/// The same with an attestation.
pub(crate) fn attested() -> Signed {
    let predicate = serde_json::json!({ "ok": true });
    VirtualSigstore::new().attest(ARTIFACT, &predicate, &Identity::default())
}

/// The bundle of somebody's key.
pub(crate) fn signed_with_key() -> (Signed, PublicKey) {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let signed = VirtualSigstore::new().sign_with_key(ARTIFACT, &key, Lie::None);
    (signed, key.public_key().clone())
}

/// When the deployment signs.
pub(crate) fn now() -> Timestamp {
    VirtualSigstore::new().now()
}

/// The twin: it must be accepted.
pub(crate) fn accepted(signed: &Signed, policy: &Policy) {
    judge(signed, Artifact::Bytes(ARTIFACT), policy)
        .into_result()
        .unwrap();
}

pub(crate) fn judge_at(signed: &Signed, policy: &Policy, now: Timestamp) -> Verdict {
    let trust = TrustMaterial::from_trusted_root(&signed.trusted_root).unwrap();
    verify(
        &signed.bundle,
        Artifact::Bytes(ARTIFACT),
        policy,
        &trust,
        now,
    )
}

pub(crate) fn refused_at(signed: &Signed, policy: &Policy, now: Timestamp) -> VerifyError {
    judge_at(signed, policy, now).into_result().unwrap_err()
}

/// Edits the bundle's JSON and reads it again.
pub(crate) fn edited(
    signed: &Signed,
    edit: impl FnOnce(&mut Value),
) -> Result<Signed, BundleError> {
    let mut json: Value = serde_json::from_str(&signed.bundle_json()).unwrap();
    edit(&mut json);
    Ok(Signed {
        bundle: Bundle::parse(json.to_string().as_bytes())?,
        trusted_root: signed.trusted_root.clone(),
    })
}

pub(crate) fn entries(signed: &mut Signed) -> &mut Vec<TransparencyLogEntry> {
    &mut signed.bundle.verification_material.tlog_entries
}

pub(crate) fn timestamps(signed: &mut Signed) -> &mut Vec<Vec<u8>> {
    &mut signed.bundle.verification_material.rfc3161_timestamps
}

pub(crate) fn signature(signed: &Signed) -> Vec<u8> {
    match &signed.bundle.content {
        BundleContent::MessageSignature(message) => message.signature.clone(),
        BundleContent::DsseEnvelope(envelope) => envelope.signatures[0].sig.clone(),
    }
}

pub(crate) fn envelope(signed: &mut Signed) -> &mut DsseEnvelope {
    match &mut signed.bundle.content {
        BundleContent::DsseEnvelope(envelope) => envelope,
        BundleContent::MessageSignature(message) => panic!("{message:?}"),
    }
}

pub(crate) fn leaf(signed: &Signed) -> Vec<u8> {
    match &signed.bundle.verification_material.content {
        VerificationContent::Certificate(leaf) => leaf.clone(),
        other => panic!("{other:?}"),
    }
}

fn leaf_pem(signed: &Signed) -> Vec<u8> {
    pem::encode("CERTIFICATE", &leaf(signed)).into_bytes()
}

/// What a Rekor v1 log holds of a bundle.
pub(crate) fn hashed_rekord(signed: &Signed) -> HashedRekordEntry {
    HashedRekordEntry {
        algorithm: HashAlgorithm::Sha2_256,
        digest: sha256(ARTIFACT).to_vec(),
        signature: signature(signed),
        public_key: leaf_pem(signed),
    }
}

pub(crate) fn dsse(signed: &mut Signed) -> DsseEntry {
    DsseEntry {
        envelope_hash: [0; 32],
        payload_hash: sha256(&envelope(signed).payload),
        signatures: vec![DsseEntrySignature {
            signature: encode_base64(&signature(signed)),
            verifier: leaf_pem(signed),
        }],
    }
}

pub(crate) fn intoto(signed: &mut Signed) -> IntotoEntry {
    IntotoEntry {
        payload_type: envelope(signed).payload_type.clone(),
        signatures: vec![IntotoEntrySignature {
            keyid: String::new(),
            public_key: leaf_pem(signed),
            sig: encode_base64(&signature(signed)),
        }],
        envelope_hash: [0; 32],
        payload_hash: sha256(&envelope(signed).payload),
    }
}
