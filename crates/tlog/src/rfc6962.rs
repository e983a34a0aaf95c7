//! The two byte strings of an RFC 6962 tree head signature inside a signed note.

use crate::hash::Hash;
use crate::units::{TreeSize, UnixMillis};

/// `Version v1(0)`, `SignatureType tree_hash(1)`.
const TREE_HEAD_HEADER: [u8; 2] = [0x00, 0x01];
/// `HashAlgorithm sha256(4)`, `SignatureAlgorithm ecdsa(3)`.
const SHA256_ECDSA: [u8; 2] = [0x04, 0x03];

/// Why bytes are not an RFC 6962 note signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteSignatureError {
    /// The bytes end inside the fixed part.
    #[error("an RFC 6962 note signature has at least 12 bytes, found {found}")]
    Truncated {
        /// Length found, in bytes.
        found: usize,
    },
    /// Not SHA-256 with ECDSA.
    #[error("hash {hash} with signature algorithm {signature} is not SHA-256 with ECDSA")]
    Algorithm {
        /// TLS hash algorithm code found.
        hash: u8,
        /// TLS signature algorithm code found.
        signature: u8,
    },
    /// The length field does not name the bytes that follow.
    #[error("the length field says {declared} bytes, found {found}")]
    SignatureLength {
        /// Length field.
        declared: u16,
        /// Bytes that follow it.
        found: usize,
    },
}

/// The signature is longer than its two-byte length field can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signature of {found} bytes does not fit a 16-bit length")]
pub struct SignatureTooLongError {
    /// Length found, in bytes.
    pub found: usize,
}

/// The bytes a CT log signs for a tree head: `00 01`, time (u64), size (u64), root (32 bytes), big-endian.
///
/// Source: RFC 6962 §3.5.
pub fn tree_head_bytes(time: UnixMillis, size: TreeSize, root: Hash) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(50);
    bytes.extend(TREE_HEAD_HEADER);
    bytes.extend(time.0.to_be_bytes());
    bytes.extend(size.0.to_be_bytes());
    bytes.extend(root.as_bytes());
    bytes
}

/// What follows the key hint in the signature line: time (u64), then the TLS `digitally-signed` form of an ECDSA/SHA-256
/// DER signature.
///
/// # Errors
/// [`SignatureTooLongError`] past 65,535 bytes.
///
/// Source: C2SP static-ct-api, "Checkpoints"; RFC 5246 §4.7.
pub fn encode_note_signature(
    time: UnixMillis,
    der_ecdsa: &[u8],
) -> Result<Vec<u8>, SignatureTooLongError> {
    let length = u16::try_from(der_ecdsa.len()).map_err(|_| SignatureTooLongError {
        found: der_ecdsa.len(),
    })?;
    let mut bytes = Vec::with_capacity(12 + der_ecdsa.len());
    bytes.extend(time.0.to_be_bytes());
    bytes.extend(SHA256_ECDSA);
    bytes.extend(length.to_be_bytes());
    bytes.extend(der_ecdsa);
    Ok(bytes)
}

/// Takes the signature apart again: the time in the tree head and the DER ECDSA signature.
///
/// # Errors
/// [`NoteSignatureError`], by the first rule that is broken.
pub fn decode_note_signature(bytes: &[u8]) -> Result<(UnixMillis, Vec<u8>), NoteSignatureError> {
    let truncated = NoteSignatureError::Truncated { found: bytes.len() };
    let (time, rest) = bytes.split_first_chunk::<8>().ok_or(truncated)?;
    let (&[hash, signature], rest) = rest.split_first_chunk::<2>().ok_or(truncated)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(truncated)?;
    if [hash, signature] != SHA256_ECDSA {
        return Err(NoteSignatureError::Algorithm { hash, signature });
    }
    let declared = u16::from_be_bytes(*length);
    if usize::from(declared) != rest.len() {
        return Err(NoteSignatureError::SignatureLength {
            declared,
            found: rest.len(),
        });
    }
    Ok((UnixMillis(u64::from_be_bytes(*time)), rest.to_vec()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hash::empty_root;

    #[test]
    fn tree_head_is_fifty_bytes() {
        let bytes = tree_head_bytes(UnixMillis(0x0102), TreeSize(3), empty_root());
        let (head, root) = bytes.split_at(18);
        assert_eq!(head, [0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(root, empty_root().as_bytes());
    }

    #[test]
    fn note_signature_round_trip() {
        let bytes = encode_note_signature(UnixMillis(9), &[0x30, 0x00]).unwrap();
        assert_eq!(bytes, [0, 0, 0, 0, 0, 0, 0, 9, 4, 3, 0, 2, 0x30, 0]);
        assert_eq!(
            decode_note_signature(&bytes),
            Ok((UnixMillis(9), vec![0x30, 0]))
        );
    }

    #[test]
    fn refusals() {
        let table: [(&[u8], NoteSignatureError); 4] = [
            (&[0; 11], NoteSignatureError::Truncated { found: 11 }),
            (
                &[0, 0, 0, 0, 0, 0, 0, 9, 4, 1, 0, 0],
                NoteSignatureError::Algorithm {
                    hash: 4,
                    signature: 1,
                },
            ),
            (
                &[0, 0, 0, 0, 0, 0, 0, 9, 4, 3, 0, 2, 1],
                NoteSignatureError::SignatureLength {
                    declared: 2,
                    found: 1,
                },
            ),
            (
                &[0, 0, 0, 0, 0, 0, 0, 9, 4, 3, 0, 0, 1],
                NoteSignatureError::SignatureLength {
                    declared: 0,
                    found: 1,
                },
            ),
        ];
        for (bytes, error) in table {
            assert_eq!(decode_note_signature(bytes), Err(error));
        }
        assert_eq!(
            encode_note_signature(UnixMillis(0), &vec![0; 65_536]),
            Err(SignatureTooLongError { found: 65_536 })
        );
    }
}
