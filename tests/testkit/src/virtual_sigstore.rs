//! A whole Sigstore in memory: it signs, and on demand it lies in one place.
//!
//! ```text
//! VirtualSigstore   keys, time, trusted root
//! assembly          how a bundle comes together
//! identity          who signs
//! authority         root, intermediate, CT key: signing certificates with their SCT
//! log               a Rekor v2 log: leaves, proofs by the definition of RFC 6962, checkpoints
//! timestamps        a timestamp authority
//! lie               the places in which it can lie, one at a time
//! ```
//!
//! It stands on wire, crypto and tlog alone, so that neither the services nor the verifier judge themselves with it.

mod assembly;
mod authority;
mod identity;
mod lie;
mod log;
mod timestamps;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::{Certificate, SigningKey, sha256};
use sigbox_tlog::Hash;
use sigbox_wire::{Bundle, TimeRange, TrustedRoot, VerificationContent, VerifierKey};

use assembly::Message;
use authority::Authority;
pub use identity::Identity;
pub use lie::Lie;
use log::Log;
use timestamps::Timestamping;

/// The log's origin: a bare host name.
pub const LOG_ORIGIN: &str = "log.example.test";
/// How long a signing certificate holds.
pub const LEAF_VALIDITY: SignedDuration = SignedDuration::from_mins(10);
/// The type of an in-toto statement's envelope.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A bundle and the trusted root to judge it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bundle, version 0.3.
    pub bundle: Bundle,
    /// The deployment's trusted root, changed where the lie is in it.
    pub trusted_root: TrustedRoot,
}

impl Signed {
    /// The bundle as a file.
    pub fn bundle_json(&self) -> String {
        self.bundle.to_json().unwrap()
    }

    /// The trusted root as a file.
    pub fn trusted_root_json(&self) -> String {
        self.trusted_root.to_json().unwrap()
    }
}

/// One set of services. Every instance has the same names, origins and URLs, and keys of its own.
struct Instance {
    authority: Authority,
    log: Log,
    timestamping: Timestamping,
}

impl Instance {
    fn new(now: Timestamp) -> Self {
        Self {
            authority: Authority::new(now),
            log: Log::new(),
            timestamping: Timestamping::new(now),
        }
    }
}

/// A deployment, and a second one with the same names that nobody trusts.
pub struct VirtualSigstore {
    now: Timestamp,
    ours: Instance,
    stranger: Instance,
}

impl Default for VirtualSigstore {
    fn default() -> Self {
        Self::new()
    }
}

impl VirtualSigstore {
    /// A deployment at noon of 23 November 2026, three days old.
    pub fn new() -> Self {
        Self::at("2026-11-23T12:00:00Z".parse().unwrap())
    }

    /// A deployment at `now`, three days old.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            ours: Instance::new(now),
            stranger: Instance::new(now),
        }
    }

    /// The same with a log of its own that is empty yet: what is signed first has the index 0, in a tree of one leaf.
    pub fn with_empty_log(mut self) -> Self {
        self.ours.log = Log::empty();
        self
    }

    /// The time at which it signs: a certificate begins then, and a timestamp follows a second later.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves its clock.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// When a timestamp of something signed now says it was.
    pub fn stamped_at(&self) -> Timestamp {
        self.now + SignedDuration::from_secs(1)
    }

    /// The trusted root of an honest deployment.
    pub fn trusted_root(&self) -> TrustedRoot {
        let since_birth = TimeRange::from_start(self.ours.authority.born());
        TrustedRoot {
            tlogs: vec![self.ours.log.instance(since_birth)],
            certificate_authorities: vec![self.ours.authority.instance(since_birth)],
            ctlogs: vec![self.ours.authority.ct_instance(since_birth)],
            timestamp_authorities: vec![self.ours.timestamping.instance(since_birth)],
            ..TrustedRoot::default()
        }
    }

    /// The certificates of the signing authority: intermediate, root.
    pub fn ca_chain(&self) -> [&Certificate; 2] {
        self.ours.authority.chain()
    }

    /// Signs `artifact` keyless, honestly.
    pub fn sign(&mut self, artifact: &[u8], identity: &Identity) -> Signed {
        self.sign_with(artifact, identity, Lie::None)
    }

    /// Signs `artifact` keyless; everything holds and fits together, but for the one place that `lie` names.
    pub fn sign_with(&mut self, artifact: &[u8], identity: &Identity, lie: Lie) -> Signed {
        self.keyless(&Message::Artifact(artifact), identity, lie)
    }

    /// Signs `payload` in a DSSE envelope, keyless; see [`Self::sign_with`].
    pub fn attest_with(
        &mut self,
        payload_type: &str,
        payload: &[u8],
        identity: &Identity,
        lie: Lie,
    ) -> Signed {
        self.keyless(
            &Message::Envelope {
                payload_type,
                payload,
            },
            identity,
            lie,
        )
    }

    /// Signs an in-toto statement that says `predicate` about an artifact, keyless and honestly.
    pub fn attest(
        &mut self,
        artifact: &[u8],
        predicate: &serde_json::Value,
        identity: &Identity,
    ) -> Signed {
        let digest = Hash::from_bytes(sha256(artifact)).to_string();
        let statement = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "artifact", "digest": { "sha256": digest } }],
            "predicateType": "https://example.test/predicate",
            "predicate": predicate,
        });
        self.attest_with(
            IN_TOTO,
            statement.to_string().as_bytes(),
            identity,
            Lie::None,
        )
    }

    /// Signs `artifact` with a key of the caller's, P-256; the bundle carries a hint at it instead of a certificate.
    ///
    /// Lies about certificates have no effect here.
    pub fn sign_with_key(&mut self, artifact: &[u8], key: &SigningKey, lie: Lie) -> Signed {
        let spki = key.public_key().spki_der().to_vec();
        let hint = VerificationContent::PublicKeyHint(STANDARD.encode(key.public_key().key_id()));
        self.put_together(
            &Message::Artifact(artifact),
            key,
            hint,
            VerifierKey::PublicKey(spki),
            lie,
        )
    }
}
