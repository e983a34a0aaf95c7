//! From a reference to a key.

use sigbox_crypto::{EncryptedKey, PublicKey, SigningKey};

use super::{KeyError, KeyReference, PasswordFor, password};

/// The private key under its password. The file is read first, so that nobody is asked for the password of a typo.
pub(crate) fn private_key(
    reference: &KeyReference,
    wanted: PasswordFor,
) -> Result<SigningKey, KeyError> {
    private_key_while(reference, wanted, || ())
}

/// The same; `meanwhile` begins what can go on beside the opening, which is slow on purpose.
pub(crate) fn private_key_while(
    reference: &KeyReference,
    wanted: PasswordFor,
    meanwhile: impl FnOnce(),
) -> Result<SigningKey, KeyError> {
    let file = EncryptedKey::parse(&reference.read()?).map_err(KeyError::Private)?;
    let password = password(wanted)?;
    meanwhile();
    file.open(&password).map_err(KeyError::Private)
}

/// A private key that is not encrypted: PKCS#8, SEC 1 or PKCS#1, strong enough to be certified.
pub(crate) fn private_key_to_import(reference: &KeyReference) -> Result<SigningKey, KeyError> {
    let key = SigningKey::from_pem(&reference.read()?).map_err(KeyError::Import)?;
    key.public_key().check_strength().map_err(KeyError::Weak)?;
    Ok(key)
}

/// The public key to verify with.
pub(crate) fn public_key(reference: &KeyReference) -> Result<PublicKey, KeyError> {
    PublicKey::from_pem(&reference.read()?).map_err(KeyError::Public)
}
