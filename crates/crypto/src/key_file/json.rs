//! The JSON inside the armour.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{EncryptedKey, KeyFileError, ScryptCost, TAG_BYTES};

/// Reads the members that the format has; further ones are left alone, as the real client leaves them.
pub(super) fn parse(json: &[u8]) -> Result<EncryptedKey, KeyFileError> {
    let file: Value = serde_json::from_slice(json).map_err(KeyFileError::Json)?;
    let derivation = text(&file, "/kdf/name")?;
    if derivation != "scrypt" {
        return Err(KeyFileError::UnknownDerivation {
            found: derivation.to_owned(),
        });
    }
    let cost = ScryptCost::from_parameters(
        number(&file, "/kdf/params/N")?,
        number(&file, "/kdf/params/r")?,
        number(&file, "/kdf/params/p")?,
    )?;
    let cipher = text(&file, "/cipher/name")?;
    if cipher != "nacl/secretbox" {
        return Err(KeyFileError::UnknownCipher {
            found: cipher.to_owned(),
        });
    }
    let sealed = bytes(&file, "/ciphertext")?;
    if sealed.len() < TAG_BYTES {
        return Err(KeyFileError::CiphertextTooShort {
            found: sealed.len(),
        });
    }
    Ok(EncryptedKey {
        cost,
        salt: array(&file, "/kdf/salt")?,
        nonce: array(&file, "/cipher/nonce")?,
        sealed,
    })
}

fn text<'a>(file: &'a Value, member: &'static str) -> Result<&'a str, KeyFileError> {
    let expected = "a string";
    file.pointer(member)
        .and_then(Value::as_str)
        .ok_or(KeyFileError::Member { member, expected })
}

fn number(file: &Value, member: &'static str) -> Result<u64, KeyFileError> {
    let expected = "a whole number";
    file.pointer(member)
        .and_then(Value::as_u64)
        .ok_or(KeyFileError::Member { member, expected })
}

fn bytes(file: &Value, member: &'static str) -> Result<Vec<u8>, KeyFileError> {
    let expected = "base64";
    STANDARD
        .decode(text(file, member)?)
        .map_err(|_| KeyFileError::Member { member, expected })
}

fn array<const N: usize>(file: &Value, member: &'static str) -> Result<[u8; N], KeyFileError> {
    let bytes = bytes(file, member)?;
    let found = bytes.len();
    bytes.try_into().map_err(|_| KeyFileError::Length {
        member,
        expected: N,
        found,
    })
}
