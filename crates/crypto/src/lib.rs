//! Keys, signers, the X.509 profile, SCTs and RFC 3161: CPU only, no network, files, clock or configuration.

mod algorithm;
mod backend;
mod certificate;
mod chain;
mod clock;
mod csr;
mod digest;
#[cfg(test)]
mod hierarchy;
mod key_file;
mod note;
pub mod pem;
pub mod profile;
mod public_key;
mod random;
mod rsa_weakness;
mod sct;
mod signing_key;
mod spki_form;
pub mod tsp;

pub use algorithm::KeyAlgorithm;
pub use certificate::{
    Certificate, CertificateError, ExtensionRule, SignatureAlgorithm, SignatureAlgorithmError,
    SubjectAltName, oid,
};
pub use chain::{ChainError, ChainPurpose, verify_chain};
pub use clock::Clock;
pub use const_oid::ObjectIdentifier;
pub use csr::{Csr, CsrError};
pub use digest::{HashAlgorithm, Hasher, digest, sha256};
pub use key_file::{EncryptedKey, KeyFileError};
pub use note::{
    EcdsaNoteSigner, EcdsaNoteVerifier, Ed25519NoteSigner, Ed25519NoteVerifier, NoteKeyError,
    Rfc6962NoteSigner, Rfc6962NoteVerifier, RsaNoteVerifier, note_verifier, rekor_v2_log_id,
};
pub use public_key::{PublicKey, PublicKeyError, SignatureError, WeakKeyError};
pub use random::{RandomError, random_bytes};
pub use sct::{
    Sct, SctEntry, SctError, merkle_tree_leaf_precert, merkle_tree_leaf_x509,
    sct_signed_data_precert, sct_signed_data_x509,
};
pub use signing_key::{SignError, Signer, SigningKey, SigningKeyError};
