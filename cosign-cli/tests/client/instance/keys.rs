//! The keys and chains of an instance.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimestampIssuer};
use sigbox_crypto::{
    Certificate, EcdsaNoteSigner, KeyAlgorithm, PublicKey, SigningKey, random_bytes,
};
use sigbox_wire::TimeRange;

/// The name in the log's checkpoints.
pub(super) const LOG_HOST: &str = "log.example.test";

pub(super) struct Keys {
    pub(super) now: Timestamp,
    pub(super) ca: SigningKey,
    pub(super) ca_chain: Vec<Certificate>,
    pub(super) ct: SigningKey,
    pub(super) tsa: TimestampIssuer,
    pub(super) log: EcdsaNoteSigner,
    pub(super) strange_log: EcdsaNoteSigner,
    pub(super) log_v1: Arc<SigningKey>,
    pub(super) log_v1_notes: EcdsaNoteSigner,
    log_key: PublicKey,
}

fn key() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

fn request(now: Timestamp, common_name: &str) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: "example.test".to_owned(),
            common_name: common_name.to_owned(),
        },
        not_before: now - SignedDuration::from_hours(72),
        not_after: now + SignedDuration::from_hours(24 * 365),
        serial: random_bytes().unwrap(),
    }
}

impl Keys {
    pub(super) fn new(now: Timestamp) -> Self {
        let (root_key, ca, tsa, log) = (key(), key(), key(), key());
        let root = make_root(&root_key, &request(now, "Test Root")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let intermediate = make_intermediate(
            &issuer,
            ca.public_key(),
            &request(now, "Test CA"),
            IntermediateKind::CodeSigning,
        )
        .unwrap();
        let leaf = make_tsa_leaf(&issuer, tsa.public_key(), &request(now, "Test TSA")).unwrap();
        let tsa =
            TimestampIssuer::new(Arc::new(tsa), vec![leaf, root.clone()], DEFAULT_POLICY).unwrap();
        let note_signer = |key| EcdsaNoteSigner::new(LOG_HOST.to_owned(), key).unwrap();
        let log_v1 = Arc::new(key());
        Self {
            now,
            ca,
            ca_chain: vec![intermediate, root],
            ct: key(),
            tsa,
            log_key: log.public_key().clone(),
            log: note_signer(Arc::new(log)),
            strange_log: note_signer(Arc::new(key())),
            log_v1_notes: note_signer(log_v1.clone()),
            log_v1,
        }
    }

    pub(super) fn trust(&self, base_url: String) -> trust_root::Instance {
        let start = self.now - SignedDuration::from_hours(72);
        let shard = |key: &PublicKey| trust_root::Shard {
            host: LOG_HOST.to_owned(),
            base_url: base_url.clone(),
            key: key.clone(),
            valid_for: TimeRange::from_start(start),
        };
        trust_root::Instance {
            host: LOG_HOST.to_owned(),
            organization: "example.test".to_owned(),
            start,
            ca_chain: self.ca_chain.clone(),
            tsa_chain: self.tsa.chain().to_vec(),
            ct_key: self.ct.public_key().clone(),
            rekor: vec![shard(&self.log_key)],
            rekor_v1: vec![shard(self.log_v1.public_key())],
            services: trust_root::Services {
                base_url,
                oidc_issuer: None,
            },
        }
    }
}
