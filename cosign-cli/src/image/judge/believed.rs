//! Trust material, read once for all images of a command.

use std::sync::{Arc, Mutex, PoisonError};

use sigbox_verify::TrustMaterial;
use sigbox_wire::Bundle;
use trust_root::LogName;

use crate::trust::TrustSource;
use crate::verify::{VerifyError, log_names, trust_material};

/// The trust material that the last bundle was judged by; what cannot be read is tried again.
#[derive(Debug, Default)]
pub(super) struct Believed {
    last: Mutex<Option<(Vec<LogName>, Arc<TrustMaterial>)>>,
}

impl Believed {
    /// What a bundle is judged by: one answer for all bundles, unless they name other logs and the source asks for names.
    ///
    /// # Errors
    /// As [`trust_material`].
    pub(super) fn material(
        &self,
        source: &TrustSource,
        bundle: &Bundle,
    ) -> Result<Arc<TrustMaterial>, VerifyError> {
        let names = if source.asks_for_names() {
            log_names(bundle)
        } else {
            Vec::new()
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, material)) = &*last
            && *known == names
        {
            return Ok(Arc::clone(material));
        }
        let material = Arc::new(trust_material(source, &names)?);
        *last = Some((names, Arc::clone(&material)));
        Ok(material)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Believed, Bundle, TrustMaterial, TrustSource, VerifyError};
    use crate::trust::TrustSourceError;
    use sigbox_crypto::{KeyAlgorithm, SigningKey};
    use sigbox_wire::{
        BundleContent, DsseEnvelope, InclusionProof, TransparencyLogEntry, VerificationContent,
        VerificationMaterial,
    };
    use trust_root::PemRoots;

    /// A bundle with an entry in the log of this host.
    fn bundle(host: &str) -> Bundle {
        let root = "A".repeat(43);
        let checkpoint = format!("{host}\n1\n{root}=\n\n\u{2014} {host} AAAAAAA=\n");
        let entry = TransparencyLogEntry {
            log_id: vec![1; 32],
            inclusion_proof: Some(InclusionProof {
                checkpoint,
                ..InclusionProof::default()
            }),
            ..TransparencyLogEntry::default()
        };
        let material = VerificationMaterial {
            content: VerificationContent::PublicKeyHint("key".to_owned()),
            tlog_entries: vec![entry],
            rfc3161_timestamps: Vec::new(),
        };
        let envelope = DsseEnvelope {
            payload: Vec::new(),
            payload_type: String::new(),
            signatures: Vec::new(),
        };
        Bundle::new_v0_3(material, BundleContent::DsseEnvelope(envelope))
    }

    #[test]
    fn files_are_read_once_unless_a_bundle_names_another_log() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rekor.pub");
        let source = TrustSource::Pem(PemRoots {
            rekor_key: Some(path.clone()),
            ..PemRoots::default()
        });
        let believed = Believed::default();
        let of = |host| -> Result<Arc<TrustMaterial>, VerifyError> {
            believed.material(&source, &bundle(host))
        };
        let is_missing =
            |answer| matches!(answer, Err(VerifyError::Trust(TrustSourceError::Pem(_))));
        // A file that comes later is found later.
        assert!(is_missing(of("one.example")));
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        std::fs::write(&path, key.public_key().to_pem()).unwrap();
        let first = of("one.example").unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(Arc::ptr_eq(&first, &of("one.example").unwrap()));
        assert!(is_missing(of("other.example")));
    }

    #[test]
    fn a_trusted_root_does_not_depend_on_the_logs_of_bundles() {
        let believed = Believed::default();
        let source = TrustSource::KeyAlone;
        let first = believed.material(&source, &bundle("one.example")).unwrap();
        let second = believed
            .material(&source, &bundle("other.example"))
            .unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }
}
