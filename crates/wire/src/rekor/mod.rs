//! Rekor: the request that creates a v2 entry, and the bodies that are logged.

mod body;
mod request;
mod v1;
mod verifier;

pub use body::{BodyError, HashedRekordV002};
pub use request::{CreateEntryRequest, DsseRequest, HashedRekordRequest, RequestError};
pub use v1::{DsseV001, HashedRekordV001, IntotoV002, LoggedSignature};
pub use verifier::{Verifier, VerifierKey};
