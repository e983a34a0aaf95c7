//! Signers of the three note signature types that our logs use.

use std::sync::Arc;

use sigbox_tlog::{Checkpoint, KeyHint, NoteSignError, NoteSigner, UnixMillis, key_id, rfc6962};

use super::{NoteKeyError, expect_ed25519, expect_p256};
use crate::Signer;

/// Signs note texts with ECDSA P-256 and SHA-256; the hint is the start of SHA-256 of the SPKI.
pub struct EcdsaNoteSigner {
    name: String,
    key_id: [u8; 32],
    signer: Arc<dyn Signer>,
}

impl EcdsaNoteSigner {
    /// A signer that writes its lines under `name`.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is ECDSA P-256.
    pub fn new(name: String, signer: Arc<dyn Signer>) -> Result<Self, NoteKeyError> {
        expect_p256(signer.public_key())?;
        Ok(Self {
            name,
            key_id: key_id::ecdsa(signer.public_key().spki_der()),
            signer,
        })
    }

    /// All 32 bytes of the key ID.
    pub fn key_id(&self) -> [u8; 32] {
        self.key_id
    }
}

/// Signs note texts with pure Ed25519.
pub struct Ed25519NoteSigner {
    name: String,
    key_id: [u8; 32],
    signer: Arc<dyn Signer>,
}

impl Ed25519NoteSigner {
    /// A signer that writes its lines under `name`.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is Ed25519.
    pub fn new(name: String, signer: Arc<dyn Signer>) -> Result<Self, NoteKeyError> {
        let point = expect_ed25519(signer.public_key())?;
        Ok(Self {
            key_id: key_id::ed25519(&name, &point),
            name,
            signer,
        })
    }

    /// All 32 bytes of the key ID.
    pub fn key_id(&self) -> [u8; 32] {
        self.key_id
    }
}

/// Signs the checkpoints of a CT log: the line holds a timestamp and an RFC 6962 tree head signature.
///
/// Source: C2SP static-ct-api §"Checkpoints".
pub struct Rfc6962NoteSigner {
    name: String,
    key_id: [u8; 32],
    signer: Arc<dyn Signer>,
}

impl Rfc6962NoteSigner {
    /// A signer that writes its lines under `name`, the log's origin.
    ///
    /// # Errors
    /// [`NoteKeyError::KeyKind`] unless the key is ECDSA P-256.
    pub fn new(name: String, signer: Arc<dyn Signer>) -> Result<Self, NoteKeyError> {
        expect_p256(signer.public_key())?;
        Ok(Self {
            key_id: key_id::rfc6962(&name, &signer.public_key().key_id()),
            name,
            signer,
        })
    }

    /// All 32 bytes of the key ID.
    pub fn key_id(&self) -> [u8; 32] {
        self.key_id
    }
}

macro_rules! note_signer {
    ($signer:ty, $sign:expr) => {
        impl NoteSigner for $signer {
            fn name(&self) -> &str {
                &self.name
            }

            fn hint(&self) -> KeyHint {
                key_id::hint(&self.key_id)
            }

            fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
                let sign: fn(&dyn Signer, &str, UnixMillis) -> Result<Vec<u8>, NoteSignError> =
                    $sign;
                sign(self.signer.as_ref(), text, now)
            }
        }

        impl std::fmt::Debug for $signer {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($signer))
                    .field("name", &self.name)
                    .finish_non_exhaustive()
            }
        }
    };
}

note_signer!(EcdsaNoteSigner, sign_text);
note_signer!(Ed25519NoteSigner, sign_text);
note_signer!(Rfc6962NoteSigner, sign_tree_head);

fn sign_text(signer: &dyn Signer, text: &str, _now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
    signer.sign(text.as_bytes()).map_err(NoteSignError::signer)
}

fn sign_tree_head(
    signer: &dyn Signer,
    text: &str,
    now: UnixMillis,
) -> Result<Vec<u8>, NoteSignError> {
    let checkpoint = Checkpoint::parse(text).map_err(NoteSignError::signer)?;
    let signature = signer
        .sign(&rfc6962::tree_head_bytes(
            now,
            checkpoint.size,
            checkpoint.root,
        ))
        .map_err(NoteSignError::signer)?;
    rfc6962::encode_note_signature(now, &signature).map_err(NoteSignError::signer)
}
