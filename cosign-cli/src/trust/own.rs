//! Authorities that the user brings: a chain, roots with intermediates, a timestamp authority's chain.

use std::path::PathBuf;

use sigbox_crypto::Certificate;
use sigbox_wire::{CertificateAuthority, TrustedRoot};
use trust_root::{TrustRootError, code_signing_authority, files, timestamp_authority};

/// Authorities, in PEM files but for one, believed instead of those of the trusted root.
#[derive(Clone, Debug, Default)]
pub struct OwnRoots {
    /// Intermediates and, as the last one, the root.
    pub certificate_chain: Option<PathBuf>,
    /// Roots, each by itself.
    pub ca_roots: Option<PathBuf>,
    /// Intermediates below any of the roots.
    pub ca_intermediates: Option<PathBuf>,
    /// A timestamp authority's certificate, intermediates and root.
    pub timestamp_chain: Option<PathBuf>,
    /// An authority that has been read already.
    pub authority: Option<Box<CertificateAuthority>>,
}

impl OwnRoots {
    /// Whether nothing is brought.
    pub(crate) fn is_empty(&self) -> bool {
        !self.brings_authority() && self.timestamp_chain.is_none()
    }

    /// Whether certificates are judged by an authority that the user brings.
    pub(super) fn brings_authority(&self) -> bool {
        self.certificate_chain.is_some() || self.ca_roots.is_some() || self.authority.is_some()
    }

    /// Puts the authorities that are brought in the place of the trusted root's.
    pub(super) fn replace(&self, root: &mut TrustedRoot) -> Result<(), TrustRootError> {
        if let Some(path) = &self.certificate_chain {
            let mut chain = files::read_chain(path)?;
            let last = chain.pop();
            root.certificate_authorities = last
                .iter()
                .map(|last| code_signing_authority(&chain, last))
                .collect();
        }
        if let Some(path) = &self.ca_roots {
            let intermediates: Vec<Certificate> = match &self.ca_intermediates {
                Some(path) => files::read_chain(path)?,
                None => Vec::new(),
            };
            root.certificate_authorities = files::read_chain(path)?
                .iter()
                .map(|root| code_signing_authority(&intermediates, root))
                .collect();
        }
        if let Some(authority) = &self.authority {
            root.certificate_authorities = vec![(**authority).clone()];
        }
        if let Some(path) = &self.timestamp_chain {
            let name = "--timestamp-certificate-chain";
            root.timestamp_authorities = vec![timestamp_authority(name, path)?];
        }
        Ok(())
    }
}
