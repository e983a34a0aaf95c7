//! Rekor v2: the request that creates an entry, and the body that is logged.

mod body;
mod request;
mod verifier;

pub use body::{BodyError, HashedRekordV002};
pub use request::{CreateEntryRequest, DsseRequest, HashedRekordRequest, RequestError};
pub use verifier::{Verifier, VerifierKey};
