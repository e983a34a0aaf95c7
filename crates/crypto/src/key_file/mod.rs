//! cosign's private key file: PKCS#8 under a password.
//!
//! ```text
//! PEM `ENCRYPTED SIGSTORE PRIVATE KEY` → JSON → scrypt(password) → NaCl secretbox → PKCS#8 DER
//! ```

mod cost;
mod error;
mod json;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crypto_secretbox::{AeadInPlace, Key, KeyInit as _, Nonce, Tag, XSalsa20Poly1305};
use zeroize::Zeroizing;

use crate::{SigningKey, pem, random_bytes};
use cost::ScryptCost;

pub use error::KeyFileError;

/// The label that is written.
const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// The label that cosign wrote before version 2, which is read as well.
const OLD_LABEL: &str = "ENCRYPTED COSIGN PRIVATE KEY";
/// The largest key there is, RSA of 16384 bits, takes a quarter of this.
const MAX_TEXT_BYTES: usize = 64 * 1024;
const SALT_BYTES: usize = 32;
const NONCE_BYTES: usize = XSalsa20Poly1305::NONCE_SIZE;
const TAG_BYTES: usize = XSalsa20Poly1305::TAG_SIZE;

/// A private key under a password, as `cosign.key` holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedKey {
    cost: ScryptCost,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
    /// Tag, then ciphertext, as NaCl orders them.
    sealed: Vec<u8>,
}

impl EncryptedKey {
    /// Reads a key file without its password; nothing costly is done, whatever the file says.
    ///
    /// # Errors
    /// [`KeyFileError`] names the broken rule; a cost of scrypt that no cosign has written is
    /// [`KeyFileError::ScryptCost`].
    ///
    /// Source: cosign `pkg/cosign/keys.go`; go-securesystemslib `encrypted`.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(KeyFileError::TooLong { found: text.len() });
        }
        let block = pem::decode_one(text)?;
        if block.label != LABEL && block.label != OLD_LABEL {
            return Err(KeyFileError::Label { found: block.label });
        }
        json::parse(&block.der)
    }

    /// Puts a key under a password with the costs of the current cosign; takes 64 MiB and a moment.
    ///
    /// The password may be empty, which protects nothing.
    ///
    /// # Errors
    /// [`KeyFileError::Random`], [`KeyFileError::Key`] if the key cannot be encoded, [`KeyFileError::Library`].
    pub fn seal(key: &SigningKey, password: &[u8]) -> Result<Self, KeyFileError> {
        Self::seal_with(
            key,
            password,
            ScryptCost::Standard,
            random_bytes()?,
            random_bytes()?,
        )
    }

    fn seal_with(
        key: &SigningKey,
        password: &[u8],
        cost: ScryptCost,
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Self, KeyFileError> {
        let mut secret = key.to_pkcs8_der()?;
        let tag = cipher(cost, password, &salt)?
            .encrypt_in_place_detached(Nonce::from_slice(&nonce), &[], &mut secret)
            .map_err(|_| KeyFileError::Library)?;
        // From here on `secret` is the ciphertext.
        let sealed = [tag.as_slice(), secret.as_slice()].concat();
        Ok(Self {
            cost,
            salt,
            nonce,
            sealed,
        })
    }

    /// Takes the key out; costs 128 MiB and about a second at most.
    ///
    /// # Errors
    /// [`KeyFileError::WrongPassword`]; [`KeyFileError::Key`] if something else than a private key was encrypted.
    pub fn open(&self, password: &[u8]) -> Result<SigningKey, KeyFileError> {
        let (tag, ciphertext) =
            self.sealed
                .split_at_checked(TAG_BYTES)
                .ok_or(KeyFileError::CiphertextTooShort {
                    found: self.sealed.len(),
                })?;
        let mut secret = Zeroizing::new(ciphertext.to_vec());
        cipher(self.cost, password, &self.salt)?
            .decrypt_in_place_detached(
                Nonce::from_slice(&self.nonce),
                &[],
                &mut secret,
                Tag::from_slice(tag),
            )
            .map_err(|_| KeyFileError::WrongPassword)?;
        Ok(SigningKey::from_pkcs8_der(&secret)?)
    }

    /// The key file: one PEM block with 64-column lines and a newline at the end.
    pub fn to_pem(&self) -> String {
        let json = format!(
            r#"{{"kdf":{{"name":"scrypt","params":{{"N":{},"r":{},"p":{}}},"salt":"{}"}},"cipher":{{"name":"nacl/secretbox","nonce":"{}"}},"ciphertext":"{}"}}"#,
            self.cost.n(),
            ScryptCost::R,
            ScryptCost::P,
            STANDARD.encode(self.salt),
            STANDARD.encode(self.nonce),
            STANDARD.encode(&self.sealed),
        );
        pem::encode(LABEL, json.as_bytes())
    }
}

/// The cipher under the key that the password stands for; it wipes its copy of the key when dropped.
fn cipher(
    cost: ScryptCost,
    password: &[u8],
    salt: &[u8],
) -> Result<XSalsa20Poly1305, KeyFileError> {
    let key = cost.derive(password, salt)?;
    Ok(XSalsa20Poly1305::new(Key::from_slice(key.as_slice())))
}
