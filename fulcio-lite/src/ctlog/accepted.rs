//! The authorities whose certificates the log takes.

use std::collections::HashMap;

use sigbox_crypto::Certificate;

use super::CtSetupError;

/// Roots and intermediates that are configured; a private log has few of them and serves them all as issuers.
pub(super) struct Accepted {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    by_fingerprint: HashMap<[u8; 32], Certificate>,
}

impl Accepted {
    /// Sorts `certificates` into roots, which are self-issued, and intermediates.
    pub(super) fn new(certificates: Vec<Certificate>) -> Result<Self, CtSetupError> {
        if let Some(leaf) = certificates.iter().find(|certificate| !certificate.is_ca()) {
            return Err(CtSetupError::NotCa {
                subject: leaf.display_name(),
            });
        }
        let found = certificates.len();
        let mut by_fingerprint = HashMap::with_capacity(found);
        for certificate in certificates {
            by_fingerprint.insert(certificate.fingerprint(), certificate);
        }
        let mut all: Vec<_> = by_fingerprint.values().cloned().collect();
        // A fixed order, whatever the map's.
        all.sort_by_key(Certificate::fingerprint);
        let (roots, intermediates): (Vec<_>, Vec<_>) =
            all.into_iter().partition(Certificate::is_self_issued);
        if roots.is_empty() {
            return Err(CtSetupError::NoRoot { found });
        }
        Ok(Self {
            roots,
            intermediates,
            by_fingerprint,
        })
    }

    pub(super) fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    pub(super) fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    pub(super) fn contains(&self, certificate: &Certificate) -> bool {
        self.by_fingerprint.contains_key(&certificate.fingerprint())
    }

    pub(super) fn issuer(&self, fingerprint: &[u8; 32]) -> Option<&Certificate> {
        self.by_fingerprint.get(fingerprint)
    }
}
