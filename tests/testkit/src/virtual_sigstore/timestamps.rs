//! The timestamp authority.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_crypto::profile::{Issuer, make_root, make_tsa_leaf};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimeStampRequest, TimestampIssuer};
use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, SigningKey, random_bytes, sha256};
use sigbox_wire::{CertificateAuthority, TimeRange};

use super::Lie;
use super::authority::{ca_request, chain_instance};

pub(super) struct Timestamping {
    issuer: TimestampIssuer,
}

impl Timestamping {
    /// An authority under a root of its own.
    pub(super) fn new(now: Timestamp) -> Self {
        let [root_key, key] =
            [(); 2].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let root = make_root(&root_key, &ca_request(now, "Virtual Timestamping Root")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let leaf = make_tsa_leaf(
            &issuer,
            key.public_key(),
            &ca_request(now, "Virtual Timestamping"),
        )
        .unwrap();
        let issuer = TimestampIssuer::new(Arc::new(key), vec![leaf, root], DEFAULT_POLICY).unwrap();
        Self { issuer }
    }

    pub(super) fn instance(&self, valid_for: TimeRange) -> CertificateAuthority {
        chain_instance(
            "https://tsa.example.test/api/v1/timestamp",
            self.issuer.chain(),
            valid_for,
        )
    }

    /// A DER `TimeStampResp` over `stamped`.
    pub(super) fn stamp(&self, stamped: &[u8], at: Timestamp, lie: Lie) -> Vec<u8> {
        let request =
            TimeStampRequest::new(HashAlgorithm::Sha2_256, sha256(stamped).to_vec()).unwrap();
        let mut token = self
            .issuer
            .issue(&request, random_bytes().unwrap(), at)
            .unwrap();
        if lie == Lie::ForgedTimestamp {
            // The signature stands last; its last bit is the lowest of the ECDSA value s.
            *token.last_mut().unwrap() ^= 1;
        }
        token
    }
}
