//! The verifier of a log's checkpoints, from a key that was pinned in its database or given on the command line.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sigbox_crypto::{NoteKeyError, PublicKey, PublicKeyError, Rfc6962NoteVerifier, note_verifier};
use sigbox_tlog::{NoteVerifier, Origin, OriginError, SignedNote};

/// Signature types of verifier keys.
///
/// Source: C2SP signed-note, "Signature types".
const ED25519: u8 = 1;
const ECDSA: u8 = 2;

/// DER of an Ed25519 `SubjectPublicKeyInfo` before the key's 32 bytes.
///
/// Source: RFC 8410 §4.
const ED25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Why there is no verifier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key is malformed or of an unknown kind.
    #[error("the log's key cannot be read")]
    Key(#[from] PublicKeyError),
    /// The key signs no notes.
    #[error("the log's key signs no checkpoints")]
    Note(#[from] NoteKeyError),
    /// The origin is none.
    #[error("the log's origin cannot stand in a checkpoint")]
    Origin(#[from] OriginError),
    /// The text is neither PEM nor a verifier key.
    #[error(
        "expected a public key in PEM, or NAME+HASH+KEY as C2SP signed-note has it, found neither"
    )]
    Form,
    /// The signature type of a verifier key is not known here.
    #[error("signature type of the key: expected 1 (Ed25519) or 2 (ECDSA), found {found}")]
    Type {
        /// The type.
        found: u8,
    },
    /// The hash in a verifier key is not that of its key.
    #[error("hash in the key: expected {expected}, found {found}")]
    Hash {
        /// Of name and key.
        expected: String,
        /// As written.
        found: String,
    },
}

/// The verifier of `origin`'s notes for a key, of the kind that signed `note`.
///
/// The kind is told by name and hint of a signature line, because a CT log signs in a form of its own; without such a line
/// it is the usual one, whose check then fails.
///
/// # Errors
/// [`KeyError`].
pub fn verifier(
    origin: &str,
    key: &PublicKey,
    note: &str,
) -> Result<Box<dyn NoteVerifier>, KeyError> {
    let parsed = Origin::parse_any(origin)?;
    let usual = note_verifier(parsed.name(), key)?;
    let Ok(note) = SignedNote::parse(note) else {
        return Ok(usual);
    };
    let signed_by = |verifier: &dyn NoteVerifier| {
        note.signatures()
            .iter()
            .any(|line| line.name == verifier.name() && line.hint == verifier.hint())
    };
    if !signed_by(usual.as_ref())
        && let Ok(tree_head) = Rfc6962NoteVerifier::new(parsed.name().to_owned(), key.clone())
        && signed_by(&tree_head)
    {
        return Ok(Box::new(tree_head));
    }
    Ok(usual)
}

/// A key as a file holds it.
pub struct GivenKey {
    /// The key.
    pub key: PublicKey,
    /// The name in a verifier key; PEM has none.
    pub name: Option<String>,
}

impl GivenKey {
    /// Reads PEM, or a verifier key `NAME+HASH+BASE64` (C2SP signed-note) of type Ed25519 or ECDSA.
    ///
    /// # Errors
    /// [`KeyError`] by the broken rule.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.contains("-----BEGIN ") {
            let key = PublicKey::from_pem(text)?;
            return Ok(Self { key, name: None });
        }
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(KeyError::Form);
        };
        let bytes = BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| KeyError::Form)?;
        let (kind, key) = bytes.split_first().ok_or(KeyError::Form)?;
        let key = match *kind {
            ED25519 => PublicKey::from_spki_der(&[ED25519_SPKI.as_slice(), key].concat())?,
            ECDSA => PublicKey::from_spki_der(key)?,
            found => return Err(KeyError::Type { found }),
        };
        let expected = note_verifier(name, &key)?.hint().to_string();
        if !expected.eq_ignore_ascii_case(hash) {
            return Err(KeyError::Hash {
                expected,
                found: hash.to_owned(),
            });
        }
        Ok(Self {
            key,
            name: Some(name.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's sumdb key.
    const SUMDB: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn a_verifier_key_names_its_log_and_its_hash_is_checked() {
        let given = GivenKey::parse(SUMDB).unwrap();
        assert_eq!(given.name.as_deref(), Some("sum.golang.org"));
        assert!(given.key.ed25519_bytes().is_some());
        let other = SUMDB.replace("033de0ae", "033de0af");
        assert!(matches!(
            GivenKey::parse(&other),
            Err(KeyError::Hash { expected, found }) if expected == "033de0ae" && found == "033de0af"
        ));
    }

    #[test]
    fn what_is_no_key_is_named() {
        assert!(matches!(GivenKey::parse("x"), Err(KeyError::Form)));
        let unknown = format!("log.example+00000000+{}", BASE64_STANDARD.encode([9; 33]));
        assert!(matches!(
            GivenKey::parse(&unknown),
            Err(KeyError::Type { found: 9 })
        ));
    }
}
