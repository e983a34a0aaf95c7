//! What an operator can choose.

use crate::config::DuplicatePolicy;
use crate::entry::PermittedAlgorithms;

/// Bounds of what is read and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest body of a proposal or of a retrieve request, in bytes; an envelope carries its whole payload.
    pub body_bytes: usize,
    /// Longest body of a search, in bytes.
    pub search_body_bytes: usize,
    /// Most entry IDs that a search answers, the newest ones.
    pub search_results: usize,
    /// Most pairs of search key and entry that are kept in memory, about 100 bytes each and some five an entry.
    ///
    /// Past it searches are answered 501, for an index that is not whole would deny entries that are there.
    pub search_postings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 4 * 1024 * 1024,
            search_body_bytes: 64 * 1024,
            search_results: 1_000,
            search_postings: 1_000_000,
        }
    }
}

/// The choices of one log.
#[derive(Debug, Clone, Default)]
pub struct RekorV1Config {
    /// What a duplicate gets.
    pub duplicates: DuplicatePolicy,
    /// Bounds of what is read and answered.
    pub limits: Limits,
    /// Which keys may have signed, with which hash.
    pub algorithms: PermittedAlgorithms,
}
