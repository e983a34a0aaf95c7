//! Ed25519ph (RFC 8032 §5.1) over a digest that is already there; the main back end has no such operation.

use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::digest::{
    FixedOutput, HashMarker, Output, OutputSizeUser, Update, array::Array, consts::U64,
};

/// The SHA-512 digest of a message, dressed as a hash function that has already read it.
#[derive(Clone, Default)]
struct Finished(Array<u8, U64>);

impl OutputSizeUser for Finished {
    type OutputSize = U64;
}

impl Update for Finished {
    fn update(&mut self, _data: &[u8]) {}
}

impl FixedOutput for Finished {
    fn finalize_into(self, out: &mut Output<Self>) {
        *out = self.0;
    }
}

impl HashMarker for Finished {}

/// Whether `bits` is a point of the curve and not one of small order.
pub(crate) fn point_is_sound(bits: &[u8; 32]) -> Result<bool, ()> {
    VerifyingKey::from_bytes(bits)
        .map(|key| !key.is_weak())
        .map_err(|_| ())
}

/// Whether `signature` is an Ed25519ph signature, empty context, of the message with this SHA-512 digest.
pub(crate) fn verify(public_key: &[u8; 32], digest: &[u8; 64], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::from_bytes(public_key),
        Signature::from_slice(signature),
    ) else {
        return false;
    };
    key.verify_prehashed_strict(Finished((*digest).into()), None, &signature)
        .is_ok()
}

/// Signs the message with this SHA-512 digest: 64 bytes, empty context.
pub(crate) fn sign(seed: &[u8; 32], digest: &[u8; 64]) -> Result<Vec<u8>, super::Refused> {
    SigningKey::from_bytes(seed)
        .sign_prehashed(Finished((*digest).into()), None)
        .map(|signature| signature.to_bytes().to_vec())
        .map_err(|_| super::Refused)
}
