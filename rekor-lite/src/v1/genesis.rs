//! The first leaf of a new log.

use sigbox_crypto::{SignError, Signer, digest};
use sigbox_log_engine::Pending;
use sigbox_wire::rekor_v1::{HashedRekordEntry, Proposal};

use super::entry::{self, EntryError};
use crate::entry::PermittedAlgorithms;

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
    Entry(#[source] Box<EntryError>),
}

impl From<EntryError> for GenesisError {
    fn from(error: EntryError) -> Self {
        Self::Entry(Box::new(error))
    }
}

/// A valid hashedrekord over a fixed text, for a log that must not be empty.
///
/// rekor-cli cannot leave a state of size 0 that it has stored. `throwaway` is a key made for this one signature and
/// then forgotten; it has to be ECDSA or RSA.
///
/// # Errors
/// [`GenesisError::Sign`] if the key fails, [`GenesisError::Entry`] if it is of a kind that may not sign entries.
pub fn genesis_entry(throwaway: &dyn Signer) -> Result<Pending, GenesisError> {
    let key = throwaway.public_key();
    let algorithm = key.algorithm().default_hash();
    let proposal = Proposal::HashedRekord(HashedRekordEntry {
        algorithm,
        digest: digest(algorithm, TEXT),
        signature: throwaway.sign(TEXT)?,
        public_key: key.to_pem().into_bytes(),
    });
    let verified = entry::verify(proposal, &PermittedAlgorithms::default())?;
    Ok(verified.canonicalize()?.into_pending())
}
