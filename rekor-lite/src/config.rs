//! What an operator can choose.

use crate::entry::PermittedAlgorithms;

/// What a `dsseRequestV002` gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DssePolicy {
    /// It is verified and logged as a hashedrekord over the envelope's PAE, which every client of today verifies.
    #[default]
    AsHashedRekord,
    /// It is refused, as newer upstream servers do.
    Reject,
}

/// What an entry gets that the log holds already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DuplicatePolicy {
    /// 409 with the index of the first one, as upstream does.
    #[default]
    Conflict,
    /// 201 with the first one and a fresh proof, so that a client that retries after a lost answer succeeds.
    ReturnExisting,
}

/// Longest bodies, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest body that is read at all; a DSSE request carries its whole payload.
    pub body_bytes: usize,
    /// Longest body of a hashedrekord request, which carries no payload.
    pub hashedrekord_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 4 * 1024 * 1024,
            hashedrekord_bytes: 64 * 1024,
        }
    }
}

/// The choices of one log.
#[derive(Debug, Clone, Default)]
pub struct RekorConfig {
    /// What a DSSE request gets.
    pub dsse: DssePolicy,
    /// What a duplicate gets.
    pub duplicates: DuplicatePolicy,
    /// Longest bodies.
    pub limits: Limits,
    /// Which keys may have signed, with which hash.
    pub algorithms: PermittedAlgorithms,
}
