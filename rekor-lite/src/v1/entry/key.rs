//! A key as Rekor v1 takes it: PEM of a public key, or of a certificate with its chain.

use sigbox_crypto::{Certificate, HashAlgorithm, KeyAlgorithm, PublicKey, pem};

use super::error::{EntryError, KeyError};
use crate::entry::PermittedAlgorithms;

/// Longest chain, as upstream has it.
const MAX_CHAIN: usize = 10;

const PUBLIC_KEY: &str = "PUBLIC KEY";
const CERTIFICATE: &str = "CERTIFICATE";

/// A key that may have signed an entry.
#[derive(Debug, Clone)]
pub(in super::super) struct EntryKey {
    /// The key.
    pub(in super::super) key: PublicKey,
    /// The certificate it came in.
    pub(in super::super) certificate: Option<Certificate>,
    /// The canonical form: blocks encoded anew.
    pub(in super::super) pem: String,
}

impl EntryKey {
    /// Reads PEM; a chain must lead from its first certificate to its last.
    ///
    /// Who issued the last one, and whether any has expired since, is for verifiers to judge.
    ///
    /// Source: rekor `pkg/pki/x509/x509.go`, NewPublicKey.
    pub(in super::super) fn read(text: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(text).map_err(|_| KeyError::NotText)?;
        let blocks = pem::decode_all(text).map_err(KeyError::Pem)?;
        let labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
        match labels.as_slice() {
            [PUBLIC_KEY] => {}
            [PUBLIC_KEY, ..] => {
                return Err(KeyError::KeyCount {
                    found: blocks.len(),
                });
            }
            labels => {
                if let Some(found) = labels.iter().find(|label| **label != CERTIFICATE) {
                    return Err(KeyError::Label {
                        found: (*found).to_owned(),
                    });
                }
                return Self::of_chain(&blocks);
            }
        }
        let der = blocks.first().map_or(&[][..], |block| block.der.as_slice());
        let key = PublicKey::from_spki_der(der).map_err(KeyError::PublicKey)?;
        Ok(Self {
            pem: key.to_pem(),
            key,
            certificate: None,
        })
    }

    fn of_chain(blocks: &[pem::PemBlock]) -> Result<Self, KeyError> {
        if blocks.len() > MAX_CHAIN {
            return Err(KeyError::ChainLength {
                limit: MAX_CHAIN,
                found: blocks.len(),
            });
        }
        let chain = blocks
            .iter()
            .map(|block| Certificate::from_der(&block.der).map_err(KeyError::Certificate));
        let chain = chain.collect::<Result<Vec<_>, _>>()?;
        let Some(first) = chain.first() else {
            return Err(KeyError::ChainLength {
                limit: MAX_CHAIN,
                found: 0,
            });
        };
        check_chain(first, &chain)?;
        Ok(Self {
            key: first.public_key().clone(),
            certificate: Some(first.clone()),
            pem: chain.iter().map(Certificate::to_pem).collect(),
        })
    }

    /// Whether the key may sign with `hash`.
    pub(super) fn check(
        &self,
        hash: HashAlgorithm,
        permitted: &PermittedAlgorithms,
    ) -> Result<(), EntryError> {
        let key = self.key.algorithm();
        if !permitted.permits(key, hash) {
            return Err(EntryError::NotPermitted { key, hash });
        }
        self.key.check_strength().map_err(KeyError::Weak)?;
        Ok(())
    }

    /// Whether the key may sign envelopes, which are checked with SHA-256 whatever the curve, or pure Ed25519.
    pub(super) fn check_for_envelope(
        &self,
        permitted: &PermittedAlgorithms,
    ) -> Result<(), EntryError> {
        let hash = match self.key.algorithm() {
            KeyAlgorithm::Ed25519 => HashAlgorithm::Sha2_512,
            _ => HashAlgorithm::Sha2_256,
        };
        self.check(hash, permitted)
    }

    /// Whether `signature` is the key's over `pae`.
    pub(super) fn verifies(&self, pae: &[u8], signature: &[u8]) -> bool {
        self.key
            .verify(HashAlgorithm::Sha2_256, pae, signature)
            .is_ok()
    }
}

/// Each certificate is issued by the next, and all are valid when the first one's validity begins.
fn check_chain(first: &Certificate, chain: &[Certificate]) -> Result<(), KeyError> {
    if chain.len() < 2 {
        return Ok(());
    }
    let at = first.not_before();
    for (position, certificate) in chain.iter().enumerate() {
        if certificate.not_before() > at || certificate.not_after() < at {
            return Err(KeyError::ChainValidity { position });
        }
    }
    for (position, (subject, issuer)) in chain.iter().zip(chain.iter().skip(1)).enumerate() {
        let issued = issuer.is_ca()
            && subject.issuer_der() == issuer.subject_der()
            && subject.verify_issued_by(issuer).is_ok();
        if !issued {
            return Err(KeyError::Chain { position });
        }
    }
    Ok(())
}
