//! The signed entry timestamp (SET): the log's promise that an entry is in it since a certain second.

use std::sync::Arc;

use serde::Serialize;
use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, PublicKey, SignError, SignatureError, Signer};
use sigbox_log_engine::StoredEntry;
use sigbox_wire::proto_json::encode_base64;

use super::service::SetupError;

/// Why no promise was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromiseError {
    /// The key did not sign.
    #[error("the log's key did not sign the entry timestamp")]
    Sign(#[from] SignError),
    /// What the signer made is not a signature of its key.
    #[error("the signer returned a signature that its public key does not verify")]
    WrongSignature(#[from] SignatureError),
    /// The payload could not be written.
    #[error("the entry timestamp cannot be written")]
    Encode(#[from] serde_json::Error),
}

/// Signs promises and nothing else: what it takes is an entry that the log has stored.
pub(super) struct PromiseSigner {
    key: Arc<dyn Signer>,
    log_id: String,
}

/// What is signed. The members are in the order of RFC 8785, and none of them needs escaping.
#[derive(Serialize)]
struct Payload<'a> {
    body: &'a str,
    #[serde(rename = "integratedTime")]
    integrated_time: u64,
    #[serde(rename = "logID")]
    log_id: &'a str,
    #[serde(rename = "logIndex")]
    log_index: u64,
}

/// A promise with what it is about.
pub(super) struct Promised {
    /// Base64 of the leaf.
    pub(super) body: String,
    /// Whole seconds since 1970, rounded down.
    pub(super) integrated_time: u64,
    /// DER, ECDSA with SHA-256.
    pub(super) signature: Vec<u8>,
}

impl PromiseSigner {
    /// Takes the log's key, which clients check as ECDSA P-256 whatever a trusted root says.
    pub(super) fn new(key: Arc<dyn Signer>) -> Result<Self, SetupError> {
        let public = key.public_key();
        if public.algorithm() != KeyAlgorithm::EcdsaP256 {
            return Err(SetupError::KeyKind {
                found: public.algorithm(),
            });
        }
        let log_id = hex(&public.key_id());
        Ok(Self { key, log_id })
    }

    /// SHA-256 of the key's SPKI, in hexadecimal.
    pub(super) fn log_id(&self) -> &str {
        &self.log_id
    }

    /// The log's public key.
    pub(super) fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// Promises `entry`, which is durable and covered by a published checkpoint, under its number over all shards.
    ///
    /// Source: rekor `pkg/api/entries.go`, signEntry; RFC 8785.
    pub(super) fn promise(
        &self,
        entry: &StoredEntry,
        log_index: u64,
    ) -> Result<Promised, PromiseError> {
        let body = encode_base64(&entry.leaf);
        let integrated_time = entry.time.0 / 1000;
        let payload = serde_json::to_vec(&Payload {
            body: &body,
            integrated_time,
            log_id: &self.log_id,
            log_index,
        })?;
        let signature = self.key.sign(&payload)?;
        self.public_key()
            .verify(HashAlgorithm::Sha2_256, &payload, &signature)?;
        Ok(Promised {
            body,
            integrated_time,
            signature,
        })
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
