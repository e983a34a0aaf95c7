//! The services to sign with, and what they make of the signer's key.

use sigbox_crypto::{HashAlgorithm, KeyAlgorithm};

use super::{SignError, SignRequest};
use crate::oidc::IdentitySource;
use crate::services::{LogApi, SelectedServices};

/// The services that were chosen, and how the signer will sign; nothing has been contacted.
pub(crate) struct Services {
    pub(super) chosen: SelectedServices,
    pub(super) hash: HashAlgorithm,
    algorithm: KeyAlgorithm,
}

impl Services {
    /// Chooses by the signing config; `envelopes` says that statements will be signed.
    pub(crate) fn choose(request: &SignRequest, envelopes: bool) -> Result<Self, SignError> {
        let now = (request.clock)();
        let config = &request.signing_config;
        let chosen = match &request.identity {
            IdentitySource::Key(_) | IdentitySource::Certified(_) => {
                SelectedServices::choose_for_key(config, now)?
            }
            _ => SelectedServices::choose(config, now)?,
        };
        let algorithm = key_algorithm(request);
        if envelopes {
            check_envelope_key(algorithm, &chosen)?;
        }
        let hash = algorithm.default_hash();
        Ok(Self {
            chosen,
            hash,
            algorithm,
        })
    }

    /// Whether a blob is signed itself, not by its digest.
    pub(super) fn whole(&self) -> bool {
        self.algorithm == KeyAlgorithm::Ed25519 && self.chosen.logs.is_empty()
    }
}

/// The kind of key that will sign.
fn key_algorithm(request: &SignRequest) -> KeyAlgorithm {
    match &request.identity {
        IdentitySource::Key(key) | IdentitySource::CertifiedKey(key, _) => key.algorithm(),
        IdentitySource::Certified(own) => own.key().algorithm(),
        _ => request.ephemeral,
    }
}

/// Whether every chosen log takes an envelope that this key signs.
///
/// Source: rekor `pkg/types/dsse/v0.0.1/entry.go`: the verifier is made for SHA-256, which Ed25519 does not heed.
fn check_envelope_key(
    algorithm: KeyAlgorithm,
    services: &SelectedServices,
) -> Result<(), SignError> {
    let other_hash = matches!(algorithm, KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521);
    if other_hash && services.logs.iter().any(|log| log.api == LogApi::V1) {
        return Err(SignError::EnvelopeKey { algorithm });
    }
    Ok(())
}
