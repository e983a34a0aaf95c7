//! From a proposal to a leaf: verified, then written in canonical form.
//!
//! ```text
//! key        the PEM of a key or certificate chain, read and judged
//! verify     the signatures of each kind
//! rekord     the formats of rekord 0.0.1
//! canonical  the exact bytes that are logged
//! ```

mod canonical;
mod error;
pub(super) mod key;
pub(super) mod rekord;
mod verify;

pub use canonical::{CanonicalEntry, VerifiedEntry};
pub use error::{EntryError, KeyError};
pub use rekord::RekordError;
pub use verify::{canonical_of, verify};
