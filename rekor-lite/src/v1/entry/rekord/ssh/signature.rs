//! An armoured SSHSIG.

use sigbox_crypto::{HashAlgorithm, digest, pem};
use ssh_encoding::{Decode as _, Encode as _, Reader as _};

use super::super::error::RekordError;

const MAGIC: &[u8] = b"SSHSIG";
const LABEL: &str = "SSH SIGNATURE";
/// What the signature is for: the only namespace that a log takes.
const NAMESPACE: &str = "file";

/// A signature as it was sent.
#[derive(Debug)]
pub(in super::super) struct SshSignature {
    /// The signer's key as the signature claims it; it is logged and otherwise not believed.
    key: Vec<u8>,
    hash_name: String,
    pub(super) kind: String,
    /// The signature blob, with its type before it.
    blob: Vec<u8>,
    /// The signature alone.
    pub(super) bytes: Vec<u8>,
}

impl SshSignature {
    /// Takes the armour off.
    ///
    /// Source: OpenSSH PROTOCOL.sshsig; rekor `pkg/pki/ssh/encode.go`, Decode.
    pub(in super::super) fn parse(file: &[u8]) -> Result<Self, RekordError> {
        let text = std::str::from_utf8(file).map_err(|_| RekordError::NotText {
            file: "an SSH signature",
        })?;
        let block = pem::decode_one(text).map_err(RekordError::Armour)?;
        if block.label != LABEL {
            return Err(RekordError::ArmourLabel { found: block.label });
        }
        let rest = block.der.strip_prefix(MAGIC);
        let rest = &mut rest.ok_or(RekordError::SshsigVersion)?;
        let part = |source| RekordError::SshEncoding {
            part: "the SSH signature",
            source,
        };
        if u32::decode(rest).map_err(part)? != 1 {
            return Err(RekordError::SshsigVersion);
        }
        let key: Vec<u8> = Vec::decode(rest).map_err(part)?;
        let namespace = String::decode(rest).map_err(part)?;
        if namespace != NAMESPACE {
            return Err(RekordError::Namespace { found: namespace });
        }
        let _reserved: Vec<u8> = Vec::decode(rest).map_err(part)?;
        let hash_name = String::decode(rest).map_err(part)?;
        hash_of(&hash_name)?;
        let blob: Vec<u8> = Vec::decode(rest).map_err(part)?;
        rest.ensure_finished().map_err(part)?;
        let inner = &mut blob.as_slice();
        let kind = String::decode(inner).map_err(part)?;
        let bytes: Vec<u8> = Vec::decode(inner).map_err(part)?;
        inner.ensure_finished().map_err(part)?;
        Ok(Self {
            key,
            hash_name,
            kind,
            blob,
            bytes,
        })
    }

    /// As it is logged: armoured anew.
    pub(in super::super) fn canonical(&self) -> Result<Vec<u8>, RekordError> {
        let mut bytes = MAGIC.to_vec();
        let out = &mut bytes;
        let written = 1_u32
            .encode(out)
            .and_then(|()| self.key.encode(out))
            .and_then(|()| NAMESPACE.encode(out))
            .and_then(|()| "".encode(out))
            .and_then(|()| self.hash_name.encode(out))
            .and_then(|()| self.blob.encode(out));
        written.map_err(|source| RekordError::SshEncoding {
            part: "the SSH signature",
            source,
        })?;
        Ok(pem::encode(LABEL, &bytes).into_bytes())
    }

    /// What was signed for `content`.
    pub(super) fn message(&self, content: &[u8]) -> Result<Vec<u8>, RekordError> {
        let mut bytes = MAGIC.to_vec();
        let out = &mut bytes;
        let hashed = digest(hash_of(&self.hash_name)?, content);
        let written = NAMESPACE
            .encode(out)
            .and_then(|()| "".encode(out))
            .and_then(|()| self.hash_name.encode(out))
            .and_then(|()| hashed.encode(out));
        written.map_err(|source| RekordError::SshEncoding {
            part: "the signed message",
            source,
        })?;
        Ok(bytes)
    }
}

fn hash_of(name: &str) -> Result<HashAlgorithm, RekordError> {
    match name {
        "sha256" => Ok(HashAlgorithm::Sha2_256),
        "sha512" => Ok(HashAlgorithm::Sha2_512),
        _ => Err(RekordError::SshHash {
            found: name.to_owned(),
        }),
    }
}
