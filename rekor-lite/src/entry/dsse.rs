//! A DSSE envelope, logged as the signature over the digest of its PAE.

use sigbox_crypto::digest;
use sigbox_wire::{DsseRequest, HashedRekordV002};

use super::algorithms::PermittedAlgorithms;
use super::canonical::VerifiedEntry;
use super::error::{FieldError, ProposalError, RequestKind};
use super::field::Field;
use super::verifier::entry_key;

/// Checks that there is one signature and one key, and that the one holds by the other.
///
/// Source: Sigstore client specification §4.4: a DSSE bundle's entry is a hashedrekord whose digest is that of the PAE.
pub(super) fn verify(
    request: DsseRequest,
    algorithms: &PermittedAlgorithms,
) -> Result<VerifiedEntry, ProposalError> {
    let refuse = |(field, rule)| ProposalError::field(RequestKind::Dsse, field, rule);
    let DsseRequest {
        mut envelope,
        mut verifiers,
    } = request;
    // Counted before any key is read: many times many would be work that the sender chooses.
    let (signatures, keys) = (envelope.signatures.len(), verifiers.len());
    let (Some(signature), 1) = (envelope.signatures.pop(), signatures) else {
        return Err(refuse((
            Field::EnvelopeSignatures,
            FieldError::Count { found: signatures },
        )));
    };
    let (Some(verifier), 1) = (verifiers.pop(), keys) else {
        return Err(refuse((
            Field::Verifiers,
            FieldError::Count { found: keys },
        )));
    };
    if signature.sig.is_empty() {
        return Err(refuse((Field::EnvelopeSignatures, FieldError::Missing)));
    }
    if envelope.payload_type.is_empty() {
        return Err(refuse((Field::PayloadType, FieldError::Missing)));
    }
    let signer = entry_key(&verifier, algorithms).map_err(refuse)?;
    let digest = digest(signer.hash, &envelope.pae());
    let signed = signer
        .key
        .verify_digest(signer.hash, &digest, &signature.sig);
    signed.map_err(|error| refuse((Field::EnvelopeSignatures, FieldError::Signature(error))))?;
    Ok(VerifiedEntry::new(
        RequestKind::Dsse,
        HashedRekordV002 {
            algorithm: signer.hash,
            digest,
            signature: signature.sig,
            verifier,
        },
    ))
}
