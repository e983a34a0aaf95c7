//! The documents, built from an [`Instance`].
//!
//! Source: the trusted root and signing config of sigstore/protobuf-specs, in the shape that every client accepts.

use sigbox_crypto::{Certificate, PublicKey, rekor_v2_log_id};
use sigbox_wire::{
    CertificateAuthority, ClientTrustConfig, HashAlgorithm, LogInstance, LogPublicKey, Service,
    ServiceSelector, SigningConfig, TimeRange, TrustedRoot,
};

use crate::{Instance, Shard, TrustRootError};

/// Path of the timestamp service; a signing config names it whole.
const TIMESTAMP_PATH: &str = "/api/v1/timestamp";

impl Instance {
    /// The trusted root: what a verifier needs.
    ///
    /// # Errors
    /// [`TrustRootError::ChainShape`] for a chain without root, [`TrustRootError::KeyType`] for a log key that no trusted root can name.
    pub fn trusted_root(&self) -> Result<TrustedRoot, TrustRootError> {
        // The host alone: verifiers compare it with the checkpoint's name and drop port and path.
        let origin = format!("https://{}", self.host);
        let from_start = TimeRange::from_start(self.start);
        let mut tlogs = Vec::new();
        for Shard {
            host,
            key,
            valid_for,
            ..
        } in self.rekor.iter().rev()
        {
            let (what, url) = ("the signature log's key", format!("https://{host}"));
            tlogs.push(log(what, url, key, rekor_v2_log_id(host, key), *valid_for)?);
        }
        for Shard {
            host,
            key,
            valid_for,
            ..
        } in self.rekor_v1.iter().rev()
        {
            // One URL for several logs: clients tell them apart by the log ID, which in v1 never depends on the name.
            let what = "the version 1 signature log's key";
            let url = format!("https://{host}");
            tlogs.push(log(what, url, key, key.key_id(), *valid_for)?);
        }
        Ok(TrustedRoot {
            tlogs,
            certificate_authorities: vec![authority(
                "the CA's chain",
                origin.clone(),
                &self.organization,
                &self.ca_chain,
                from_start,
            )?],
            ctlogs: vec![log(
                "the certificate transparency log's key",
                format!("{origin}/ct"),
                &self.ct_key,
                self.ct_key.key_id(),
                from_start,
            )?],
            timestamp_authorities: vec![authority(
                "the timestamp authority's chain",
                format!("{origin}{TIMESTAMP_PATH}"),
                &self.organization,
                &self.tsa_chain,
                from_start,
            )?],
            ..TrustedRoot::default()
        })
    }

    /// The signing config: where a signer goes. One live entry a list, selector `ANY`: the only form that every client reads.
    pub fn signing_config(&self) -> SigningConfig {
        let timestamps = format!("{}{TIMESTAMP_PATH}", self.services.base_url);
        SigningConfig {
            rekor_tlog_urls: self.log_services(&self.rekor, 2),
            tsa_urls: vec![self.service(timestamps, 1)],
            tsa_config: Some(ServiceSelector::Any),
            ..self.identity_services()
        }
    }

    /// The signing config for Rekor v1, whose promise states the time: no timestamp authority is needed.
    pub fn signing_config_v1(&self) -> SigningConfig {
        SigningConfig {
            rekor_tlog_urls: self.log_services(&self.rekor_v1, 1),
            ..self.identity_services()
        }
    }

    /// What both have in common.
    fn identity_services(&self) -> SigningConfig {
        SigningConfig {
            ca_urls: vec![self.service(self.services.base_url.clone(), 1)],
            oidc_urls: self
                .services
                .oidc_issuer
                .iter()
                .map(|issuer| self.service(issuer.clone(), 1))
                .collect(),
            rekor_tlog_config: Some(ServiceSelector::Any),
            ..SigningConfig::default()
        }
    }

    /// The shard that is signed into.
    fn log_services(&self, shards: &[Shard], version: u32) -> Vec<Service> {
        let newest = shards.last().map(|shard| Service {
            valid_for: shard.valid_for,
            ..self.service(shard.base_url.clone(), version)
        });
        newest.into_iter().collect()
    }

    /// A service. `version` is that of the interface as the signing config counts it: Fulcio's `/api/v2` is 1.
    fn service(&self, url: String, version: u32) -> Service {
        Service {
            url,
            major_api_version: version,
            valid_for: TimeRange::from_start(self.start),
            operator: self.organization.clone(),
        }
    }

    /// Both in one file.
    ///
    /// # Errors
    /// As [`Self::trusted_root`].
    pub fn client_trust_config(&self) -> Result<ClientTrustConfig, TrustRootError> {
        Ok(ClientTrustConfig {
            trusted_root: self.trusted_root()?,
            signing_config: self.signing_config(),
        })
    }
}

/// A log of a trusted root; `what` names its key in errors.
///
/// # Errors
/// [`TrustRootError::KeyType`] for a key that no trusted root can name.
pub fn log(
    what: &str,
    base_url: String,
    key: &PublicKey,
    log_id: [u8; 32],
    valid_for: TimeRange,
) -> Result<LogInstance, TrustRootError> {
    let key_details = key
        .algorithm()
        .key_details()
        .ok_or_else(|| TrustRootError::KeyType {
            what: what.to_owned(),
            algorithm: key.algorithm().name(),
        })?;
    Ok(LogInstance {
        base_url,
        hash_algorithm: HashAlgorithm::Sha2_256,
        public_key: LogPublicKey {
            raw_bytes: key.spki_der().to_vec(),
            key_details,
            valid_for,
        },
        log_id: log_id.to_vec(),
        // Absent on purpose: some clients refuse a root that has it.
        checkpoint_key_id: None,
    })
}

/// An authority of a trusted root; its chain ends in a self-issued certificate.
pub(crate) fn authority(
    what: &str,
    uri: String,
    organization: &str,
    chain: &[Certificate],
    valid_for: TimeRange,
) -> Result<CertificateAuthority, TrustRootError> {
    let root = chain
        .last()
        .filter(|last| chain.len() >= 2 && last.is_self_issued())
        .ok_or_else(|| TrustRootError::ChainShape {
            what: what.to_owned(),
            expected: "two certificates or more, the last one self-issued",
            found: format!("{} certificates", chain.len()),
        })?;
    Ok(CertificateAuthority {
        organization: organization.to_owned(),
        common_name: root.subject_cn().unwrap_or(organization).to_owned(),
        uri,
        cert_chain: chain.iter().map(|c| c.der().to_vec()).collect(),
        valid_for,
    })
}
