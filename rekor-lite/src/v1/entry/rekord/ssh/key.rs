//! A key as `authorized_keys` has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigbox_crypto::{HashAlgorithm, PublicKey};

use super::super::super::error::{EntryError, KeyError};
use super::super::error::RekordError;
use super::signature::SshSignature;
use super::spki::{Kind, ecdsa_der, read_blob};
use crate::entry::PermittedAlgorithms;

/// A key as it was sent.
#[derive(Debug)]
pub(in super::super) struct SshKey {
    name: String,
    blob: Vec<u8>,
    comment: String,
    kind: Kind,
    key: PublicKey,
}

impl SshKey {
    /// Reads the first line of `authorized_keys` that is neither empty nor a comment; options before the key are not taken.
    ///
    /// Source: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; rekor `pkg/pki/ssh/ssh.go`, NewPublicKey.
    pub(in super::super) fn parse(file: &[u8]) -> Result<Self, RekordError> {
        let text =
            std::str::from_utf8(file).map_err(|_| RekordError::NotText { file: "an SSH key" })?;
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        let line = line.ok_or(RekordError::AuthorizedKey)?;
        let mut words = line.splitn(3, [' ', '\t']);
        let (Some(name), Some(blob)) = (words.next(), words.next()) else {
            return Err(RekordError::AuthorizedKey);
        };
        let blob = STANDARD
            .decode(blob)
            .map_err(|_| RekordError::AuthorizedKey)?;
        let (kind, key) = read_blob(name, &blob)?;
        Ok(Self {
            name: name.to_owned(),
            blob,
            comment: words.next().unwrap_or_default().trim().to_owned(),
            kind,
            key,
        })
    }

    /// As it is logged: without comment.
    pub(in super::super) fn canonical(&self) -> Vec<u8> {
        format!("{} {}\n", self.name, STANDARD.encode(&self.blob)).into_bytes()
    }

    /// The comment, if it looks like an e-mail address.
    pub(in super::super) fn email(&self) -> Option<String> {
        let (local, domain) = self.comment.split_once('@')?;
        let whole = !local.is_empty() && domain.contains('.');
        (whole && !self.comment.contains(char::is_whitespace)).then(|| self.comment.to_lowercase())
    }

    /// Whether this kind of key may sign.
    pub(in super::super) fn check(
        &self,
        permitted: &PermittedAlgorithms,
    ) -> Result<(), EntryError> {
        let key = self.key.algorithm();
        let hash = match self.kind {
            Kind::Ecdsa(_, hash) => hash,
            Kind::Ed25519 => HashAlgorithm::Sha2_512,
            // Any RSA key of a permitted size: SSH signs with SHA-512 where entries name SHA-256.
            Kind::Rsa => HashAlgorithm::Sha2_256,
        };
        if !permitted.permits(key, hash) {
            return Err(EntryError::NotPermitted { key, hash });
        }
        self.key.check_strength().map_err(KeyError::Weak)?;
        Ok(())
    }

    /// Verifies the signature over `content`.
    pub(in super::super) fn verify(
        &self,
        signature: &SshSignature,
        content: &[u8],
    ) -> Result<(), EntryError> {
        let message = signature.message(content)?;
        let (hash, bytes) = match (self.kind, signature.kind.as_str()) {
            (Kind::Ed25519, "ssh-ed25519") | (Kind::Rsa, "rsa-sha2-512") => {
                (HashAlgorithm::Sha2_512, signature.bytes.clone())
            }
            (Kind::Ecdsa(name, hash), found) if name == found => {
                (hash, ecdsa_der(&signature.bytes)?)
            }
            (Kind::Rsa, "rsa-sha2-256") => (HashAlgorithm::Sha2_256, signature.bytes.clone()),
            (kind, found) => {
                return Err(RekordError::SshSignatureType {
                    expected: match kind {
                        Kind::Ed25519 => "ssh-ed25519",
                        Kind::Ecdsa(name, _) => name,
                        Kind::Rsa => "rsa-sha2-512 or rsa-sha2-256",
                    },
                    found: found.to_owned(),
                }
                .into());
            }
        };
        self.key.verify(hash, &message, &bytes)?;
        Ok(())
    }
}
