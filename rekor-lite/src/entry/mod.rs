//! From a request to a leaf: each step consumes the one before, so none can be left out.
//!
//! ```text
//! bytes ─parse▶ ProposedEntry ─verify▶ VerifiedEntry ─canonicalize▶ CanonicalEntry ─▶ log
//! ```

mod algorithms;
mod canonical;
mod dsse;
mod error;
mod field;
mod hashedrekord;
mod proposed;
mod verifier;

pub use algorithms::{PermittedAlgorithms, UnknownAlgorithmFlag};
pub use canonical::{CanonicalEntry, VerifiedEntry};
pub use error::{FieldError, ProposalError, RequestKind};
pub use field::Field;
pub use proposed::ProposedEntry;

/// The only kind of entry in a Rekor v2 log.
pub(crate) const KIND: &str = "hashedrekord";
/// Its version.
pub(crate) const VERSION: &str = "0.0.2";
