//! A signature over a digest.

use sigbox_wire::{HashedRekordRequest, HashedRekordV002};

use super::algorithms::PermittedAlgorithms;
use super::canonical::VerifiedEntry;
use super::error::{FieldError, ProposalError, RequestKind};
use super::field::Field;
use super::verifier::entry_key;

/// Checks key, algorithm, length of the digest and signature, in upstream's order.
///
/// Source: rekor-tiles `pkg/types/hashedrekord/hashedrekord.go`, ToLogEntry.
pub(super) fn verify(
    request: HashedRekordRequest,
    algorithms: &PermittedAlgorithms,
) -> Result<VerifiedEntry, ProposalError> {
    let refuse = |(field, rule)| ProposalError::field(RequestKind::HashedRekord, field, rule);
    let signer = entry_key(&request.verifier, algorithms).map_err(refuse)?;
    let HashedRekordRequest {
        digest,
        signature,
        verifier,
    } = request;
    if digest.len() != signer.hash.digest_len() {
        let rule = FieldError::DigestLength {
            hash: signer.hash,
            found: digest.len(),
        };
        return Err(refuse((Field::Digest, rule)));
    }
    let signed = signer.key.verify_digest(signer.hash, &digest, &signature);
    signed.map_err(|error| refuse((Field::Signature, FieldError::Signature(error))))?;
    Ok(VerifiedEntry::new(
        RequestKind::HashedRekord,
        HashedRekordV002 {
            algorithm: signer.hash,
            digest,
            signature,
            verifier,
        },
    ))
}
