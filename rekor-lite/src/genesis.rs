//! The first leaf of a new log.

use sigbox_crypto::{SignError, Signer, digest};
use sigbox_log_engine::Pending;
use sigbox_wire::{HashedRekordRequest, KeyDetails, Verifier, VerifierKey};

use crate::entry::{PermittedAlgorithms, ProposalError, ProposedEntry};

/// What the first leaf's key signs.
const TEXT: &[u8] = b"sigbox log genesis\n";

/// Why the first leaf could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The key did not sign.
    #[error("the key of the first entry did not sign")]
    Sign(#[from] SignError),
    /// The log would not take the entry, for example because the key is Ed25519, which signs no digest.
    #[error("the first entry is not one that the log takes")]
    Entry(#[source] Box<ProposalError>),
}

impl From<ProposalError> for GenesisError {
    fn from(error: ProposalError) -> Self {
        Self::Entry(Box::new(error))
    }
}

/// A valid hashedrekord over a fixed text, for a log that must not be empty.
///
/// Clients have no proof from size 0, and some remember a size-0 state that they cannot leave again. `throwaway` is a
/// key made for this one signature and then forgotten; it has to be ECDSA or RSA.
///
/// # Errors
/// [`GenesisError::Sign`] if the key fails, [`GenesisError::Entry`] if it is of a kind that may not sign entries.
pub fn genesis_entry(throwaway: &dyn Signer) -> Result<Pending, GenesisError> {
    let key = throwaway.public_key();
    let algorithm = key.algorithm();
    let key_details = algorithm
        .key_details()
        .unwrap_or_else(|| KeyDetails::Other(algorithm.to_string()));
    let request = HashedRekordRequest {
        digest: digest(algorithm.default_hash(), TEXT),
        signature: throwaway.sign(TEXT)?,
        verifier: Verifier {
            key: VerifierKey::PublicKey(key.spki_der().to_vec()),
            key_details,
        },
    };
    let verified = ProposedEntry::from(request).verify(&PermittedAlgorithms::default())?;
    Ok(verified.canonicalize()?.into_pending())
}
