//! From a proposal to a leaf: verified, then written in canonical form.
//!
//! ```text
//! key        the PEM of a key or certificate chain, read and judged
//! verify     the signatures of each kind
//! canonical  the exact bytes that are logged
//! ```

mod canonical;
mod error;
pub(super) mod key;
mod verify;

pub use canonical::{CanonicalEntry, VerifiedEntry};
pub use error::{EntryError, KeyError};
pub use verify::{canonical_of, verify};
