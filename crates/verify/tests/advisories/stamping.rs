//! A timestamp authority whose key the test holds.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{CaIdentity, CaRequest, Issuer, make_root, make_tsa_leaf};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimeStampRequest, TimestampIssuer};
use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, SigningKey, random_bytes, sha256};
use sigbox_testkit::virtual_sigstore::Signed;
use sigbox_wire::{CertificateAuthority, TimeRange};

use crate::edit::signature;

pub(crate) const URI: &str = "https://second.example.test/tsa";

pub(crate) struct Tsa {
    issuer: TimestampIssuer,
}

/// What a certificate of the tests' own authorities is made from.
pub(crate) fn ca_request(common_name: &str, from: Timestamp, until: Timestamp) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: "second.example.test".to_owned(),
            common_name: common_name.to_owned(),
        },
        not_before: from,
        not_after: until,
        serial: random_bytes().unwrap(),
    }
}

impl Tsa {
    pub(crate) fn new(now: Timestamp) -> Self {
        let [root_key, key] =
            [(); 2].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let day = SignedDuration::from_hours(24);
        let request = |name: &str| ca_request(name, now - day, now + day * 365);
        let root = make_root(&root_key, &request("Second Stamping Root")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let leaf = make_tsa_leaf(&issuer, key.public_key(), &request("Second Stamping")).unwrap();
        let issuer = TimestampIssuer::new(Arc::new(key), vec![leaf, root], DEFAULT_POLICY).unwrap();
        Self { issuer }
    }

    /// The answer to `request`.
    pub(crate) fn answer(&self, request: &TimeStampRequest, at: Timestamp) -> Vec<u8> {
        let serial = random_bytes().unwrap();
        self.issuer.issue(request, serial, at).unwrap()
    }

    /// Adds this authority's timestamp of the bundle's signature.
    pub(crate) fn stamp(&self, signed: &mut Signed, at: Timestamp) {
        let digest = sha256(&signature(signed)).to_vec();
        let request = TimeStampRequest::new(HashAlgorithm::Sha2_256, digest).unwrap();
        let token = self.answer(&request, at);
        let material = &mut signed.bundle.verification_material;
        material.rfc3161_timestamps.push(token);
    }

    pub(crate) fn trusted_by(&self, signed: &mut Signed, uri: &str, valid_for: TimeRange) {
        let chain = self.issuer.chain().iter();
        signed
            .trusted_root
            .timestamp_authorities
            .push(CertificateAuthority {
                organization: "second.example.test".to_owned(),
                common_name: "Second Stamping Root".to_owned(),
                uri: uri.to_owned(),
                cert_chain: chain
                    .map(|certificate| certificate.der().to_vec())
                    .collect(),
                valid_for,
            });
    }
}
