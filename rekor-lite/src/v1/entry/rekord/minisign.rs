//! Minisign and signify: Ed25519 over the content, or over its BLAKE2b-512.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use sigbox_crypto::{HashAlgorithm, PublicKey, SignatureError};

use super::super::error::EntryError;
use super::error::RekordError;
use super::hex;

/// The algorithm of keys, and of signatures over the content itself.
const PURE: [u8; 2] = *b"Ed";
/// The algorithm of signatures over the content's BLAKE2b-512.
const HASHED: [u8; 2] = *b"ED";
/// The DER of an Ed25519 SPKI up to the 32 bytes of the key.
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A signature: algorithm, key ID and 64 bytes of Ed25519.
#[derive(Debug)]
pub(super) struct MinisignSignature {
    algorithm: [u8; 2],
    key_id: [u8; 8],
    signature: [u8; 64],
}

/// A key: algorithm, key ID and 32 bytes of Ed25519.
#[derive(Debug)]
pub(super) struct MinisignKey {
    algorithm: [u8; 2],
    key_id: [u8; 8],
    key: [u8; 32],
}

impl MinisignSignature {
    /// Reads the file that `minisign -S` or `signify -S` writes; its trusted comment is neither verified nor logged.
    ///
    /// Source: rekor `pkg/pki/minisign/minisign.go`, NewSignature.
    pub(super) fn parse(file: &[u8]) -> Result<Self, RekordError> {
        let text = text(file, "a minisign signature")?;
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let (2 | 4, Some(line)) = (lines.len(), lines.get(1)) else {
            return Err(RekordError::MinisignSignature);
        };
        let (algorithm, key_id, signature) = parts(line).ok_or(RekordError::MinisignSignature)?;
        if algorithm != PURE && algorithm != HASHED {
            return Err(RekordError::MinisignAlgorithm {
                found: hex(&algorithm),
            });
        }
        Ok(Self {
            algorithm,
            key_id,
            signature,
        })
    }

    /// As it is logged: without comments.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let line = joined(self.algorithm, self.key_id, &self.signature);
        format!("untrusted comment:\n{line}").into_bytes()
    }
}

impl MinisignKey {
    /// Reads a key file, or the base64 line of one.
    ///
    /// Source: rekor `pkg/pki/minisign/minisign.go`, NewPublicKey.
    pub(super) fn parse(file: &[u8]) -> Result<Self, RekordError> {
        let text = text(file, "a minisign key")?;
        let line = match text.trim_end().lines().collect::<Vec<_>>().as_slice() {
            [line] | [_, line] => *line,
            _ => return Err(RekordError::MinisignKey),
        };
        let (algorithm, key_id, key) = parts(line).ok_or(RekordError::MinisignKey)?;
        if algorithm != PURE {
            return Err(RekordError::MinisignAlgorithm {
                found: hex(&algorithm),
            });
        }
        Ok(Self {
            algorithm,
            key_id,
            key,
        })
    }

    /// As it is logged: one line of base64.
    pub(super) fn canonical(&self) -> Vec<u8> {
        joined(self.algorithm, self.key_id, &self.key).into_bytes()
    }

    /// Verifies over the content or its hash, as the signature says. Key IDs are hints and are not compared.
    pub(super) fn verify(
        &self,
        signature: &MinisignSignature,
        content: &[u8],
    ) -> Result<(), EntryError> {
        let spki = [SPKI_PREFIX.as_slice(), &self.key].concat();
        let key = PublicKey::from_spki_der(&spki).map_err(RekordError::PublicKey)?;
        key.check_strength()
            .map_err(super::super::error::KeyError::Weak)?;
        let verified = |message: &[u8]| -> Result<(), SignatureError> {
            key.verify(HashAlgorithm::Sha2_512, message, &signature.signature)
        };
        if signature.algorithm == HASHED {
            verified(&Blake2b512::digest(content))?;
        } else {
            verified(content)?;
        }
        Ok(())
    }
}

fn text<'a>(file: &'a [u8], name: &'static str) -> Result<&'a str, RekordError> {
    std::str::from_utf8(file).map_err(|_| RekordError::NotText { file: name })
}

/// Two bytes of algorithm, eight of key ID, and exactly `N` more.
fn parts<const N: usize>(line: &str) -> Option<([u8; 2], [u8; 8], [u8; N])> {
    let bytes = STANDARD.decode(line.trim_end()).ok()?;
    let (algorithm, rest) = bytes.split_first_chunk::<2>()?;
    let (key_id, rest) = rest.split_first_chunk::<8>()?;
    Some((*algorithm, *key_id, rest.try_into().ok()?))
}

fn joined(algorithm: [u8; 2], key_id: [u8; 8], rest: &[u8]) -> String {
    STANDARD.encode([algorithm.as_slice(), &key_id, rest].concat())
}
