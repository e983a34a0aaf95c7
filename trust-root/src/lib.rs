//! The trust material of an instance: built from its keys and chains, written into a directory, read back and checked.
//!
//! What it is not: it judges no bundle (`sigbox-verify` does) and holds no private key. TUF comes later.
//!
//! | module | what it holds |
//! |---|---|
//! | [`Instance`] | what an instance is made of, and the documents built from it |
//! | [`files`] | the files of a trust directory |
//! | [`pem_roots`] | a trusted root built from PEM files, for clients that are given nothing else |
//! | [`atomic`] | files that are old or new, never half |

pub mod atomic;
mod documents;
mod error;
pub mod files;
mod instance;
pub mod pem_roots;

pub use documents::log as log_instance;
pub use error::TrustRootError;
pub use files::{
    CLIENT_TRUST_CONFIG, CTFE_KEY, FILES, FULCIO_CHAIN, REKOR_KEY, SIGNING_CONFIG,
    SIGNING_CONFIG_V1, TRUSTED_ROOT, TSA_CHAIN, TrustFiles,
};
pub use instance::{Instance, Services, Shard};
pub use pem_roots::{
    LogName, PemFault, PemRoots, PemRootsError, Variable, code_signing_authority,
    timestamp_authority,
};
