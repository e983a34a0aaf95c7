//! Instances of a trusted root that cannot be used.

use std::sync::Arc;

use sigbox_crypto::{CertificateError, PublicKeyError};
use sigbox_wire::HashAlgorithm;
use sigbox_wire::proto_json::encode_base64;

use super::TrustList;

/// An instance of a trusted root that was left out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{member}` of the trusted root is not used")]
pub struct Skipped {
    /// Its place, for example `tlogs[0]`.
    pub member: String,
    /// Why it was left out.
    #[source]
    pub reason: SkipReason,
}

impl Skipped {
    pub(crate) fn is_of(&self, list: TrustList) -> bool {
        let rest = self.member.strip_prefix(list.name());
        rest.is_some_and(|rest| rest.starts_with('['))
    }
}

/// Why an instance of a trusted root cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// A log key whose window has no beginning.
    #[error("`publicKey.validFor.start` is missing")]
    MissingStart,
    /// A log whose tree is not hashed with SHA-256.
    #[error("hash algorithm is {found}, expected SHA2_256")]
    HashAlgorithm {
        /// The hash that it names.
        found: HashAlgorithm,
    },
    /// The key cannot be used.
    #[error("public key cannot be used")]
    Key(#[source] Arc<PublicKeyError>),
    /// The log's id does not belong to its key.
    #[error(
        "log id is {}, expected {}",
        encode_base64(found),
        encode_base64(expected)
    )]
    LogId {
        /// The id that key and origin make.
        expected: [u8; 32],
        /// The id that it names.
        found: Vec<u8>,
    },
    /// An authority without certificates, or a timestamp authority without an issuer.
    #[error("certificate chain has {found} certificates, expected at least {expected}")]
    ChainLength {
        /// The least number.
        expected: usize,
        /// The number there is.
        found: usize,
    },
    /// A certificate cannot be read.
    #[error("certificate {position} of the chain cannot be used")]
    Certificate {
        /// Its place, from 0.
        position: usize,
        /// What is wrong with it.
        #[source]
        source: Arc<CertificateError>,
    },
}

impl From<PublicKeyError> for SkipReason {
    fn from(error: PublicKeyError) -> Self {
        Self::Key(Arc::new(error))
    }
}
