//! What an operator decides about the certificate authority.

use jiff::SignedDuration;
use sigbox_crypto::{Certificate, KeyAlgorithm};

use crate::identity::IssuerConfig;

/// Longest time a certificate is valid from its issuance; clients and monitors count on it being short.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Furthest that a certificate may begin in the past, for sites whose clocks differ.
pub const MAX_BACKDATE: SignedDuration = SignedDuration::from_secs(60);

/// The configuration of a certificate authority; build it with `..FulcioConfig::default()`.
#[derive(Clone)]
pub struct FulcioConfig {
    /// The issuers whose tokens are accepted, and nothing else is.
    pub issuers: Vec<IssuerConfig>,
    /// How long a certificate is valid, from now on: more than nothing, at most [`MAX_LIFETIME`].
    pub certificate_lifetime: SignedDuration,
    /// How long before now it begins, at most [`MAX_BACKDATE`].
    pub backdate: SignedDuration,
    /// Tokens that live longer are accepted with a warning in the log.
    pub longest_token_lifetime: SignedDuration,
    /// Kinds of key that are certified.
    pub key_algorithms: Vec<KeyAlgorithm>,
    /// Chains of earlier authorities, shown in the trust bundle after the current one.
    pub previous_chains: Vec<Vec<Certificate>>,
}

impl Default for FulcioConfig {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            certificate_lifetime: MAX_LIFETIME,
            backdate: SignedDuration::ZERO,
            longest_token_lifetime: SignedDuration::from_hours(1),
            // Source: fulcio, default of `--client-signing-algorithms`.
            key_algorithms: vec![
                KeyAlgorithm::EcdsaP256,
                KeyAlgorithm::EcdsaP384,
                KeyAlgorithm::EcdsaP521,
                KeyAlgorithm::Rsa { bits: 2048 },
                KeyAlgorithm::Rsa { bits: 3072 },
                KeyAlgorithm::Rsa { bits: 4096 },
                KeyAlgorithm::Ed25519,
            ],
            previous_chains: Vec::new(),
        }
    }
}
