//! Good bundles, open to damage.

use jiff::Timestamp;
use sigbox_crypto::PublicKey;
use sigbox_verify::{Artifact, Policy, TrustMaterial, VerifiedBundle, VerifyError, verify};
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, HashedRekordV002, InclusionProof, MessageDigest,
    MessageSignature, TimeRange, TransparencyLogEntry, TrustedRoot, VerificationContent,
};

use crate::cases::{self, Case};

/// A good bundle with everything it is judged by.
pub(crate) struct Good {
    pub(crate) bundle: Bundle,
    pub(crate) artifact: Vec<u8>,
    pub(crate) root: TrustedRoot,
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
    key: Option<PublicKey>,
}

pub(crate) fn flip(bytes: &mut [u8], position: usize) {
    bytes[position] ^= 1;
}

impl Good {
    fn load(name: &str) -> Option<Self> {
        let folder = cases::folder()?;
        let case = Case::load(&folder, name);
        let key =
            std::fs::read_to_string(folder.join("bundle-verify").join(name).join("key.pub")).ok();
        Some(Self {
            bundle: Bundle::parse(&case.bundle).unwrap(),
            artifact: case.artifact,
            root: case.trusted_root,
            policy: case.policy.unwrap(),
            now: "2026-11-24T00:00:00Z".parse().unwrap(),
            key: key.map(|pem| PublicKey::from_pem(&pem).unwrap()),
        })
    }

    /// Certificate, message signature, Rekor v2, timestamp.
    pub(crate) fn v2() -> Option<Self> {
        Self::load("rekor2-happy-path")
    }

    /// Certificate, message signature, Rekor v1.
    pub(crate) fn v1() -> Option<Self> {
        Self::load("happy-path-v0.3")
    }

    /// Certificate, envelope, Rekor v2, timestamp.
    pub(crate) fn dsse() -> Option<Self> {
        Self::load("rekor2-dsse-happy-path")
    }

    /// Certificate, envelope, Rekor v1.
    pub(crate) fn dsse_v1() -> Option<Self> {
        Self::load("happy-path-intoto-in-dsse-v3")
    }

    /// Key, message signature, Rekor v1.
    pub(crate) fn key() -> Option<Self> {
        Self::load("managed-key-and-trusted-root")
    }

    /// As [`Good::v2`], judged without the log.
    pub(crate) fn unlogged() -> Option<Self> {
        let mut good = Self::v2()?;
        good.bundle.verification_material.tlog_entries.clear();
        good.policy = good.policy.ignore_tlog_unsafe();
        Some(good)
    }

    /// As [`Good::unlogged`], without a timestamp, judged while the certificate is valid.
    pub(crate) fn untimed() -> Option<Self> {
        let mut good = Self::unlogged()?;
        good.bundle.verification_material.rfc3161_timestamps.clear();
        good.now = "2025-06-12T12:05:00Z".parse().unwrap();
        Some(good)
    }

    #[allow(clippy::result_large_err, reason = "tests look into it")]
    pub(crate) fn judge(&self) -> Result<VerifiedBundle, VerifyError> {
        let trust = TrustMaterial::from_trusted_root(&self.root).unwrap();
        let artifact = Artifact::Bytes(&self.artifact);
        verify(&self.bundle, artifact, &self.policy, &trust, self.now).into_result()
    }

    pub(crate) fn refused(&self) -> VerifyError {
        self.judge().unwrap_err()
    }

    pub(crate) fn entry(&mut self) -> &mut TransparencyLogEntry {
        &mut self.bundle.verification_material.tlog_entries[0]
    }

    pub(crate) fn proof(&mut self) -> &mut InclusionProof {
        self.entry().inclusion_proof.as_mut().unwrap()
    }

    pub(crate) fn promise(&mut self) -> &mut Vec<u8> {
        self.entry().inclusion_promise.as_mut().unwrap()
    }

    pub(crate) fn timestamp(&mut self) -> &mut Vec<u8> {
        &mut self.bundle.verification_material.rfc3161_timestamps[0]
    }

    pub(crate) fn message(&mut self) -> &mut MessageSignature {
        let BundleContent::MessageSignature(message) = &mut self.bundle.content else {
            panic!()
        };
        message
    }

    pub(crate) fn declared(&mut self) -> &mut MessageDigest {
        self.message().message_digest.as_mut().unwrap()
    }

    pub(crate) fn envelope(&mut self) -> &mut DsseEnvelope {
        let BundleContent::DsseEnvelope(envelope) = &mut self.bundle.content else {
            panic!()
        };
        envelope
    }

    pub(crate) fn leaf(&mut self) -> &mut Vec<u8> {
        let content = &mut self.bundle.verification_material.content;
        let VerificationContent::Certificate(leaf) = content else {
            panic!()
        };
        leaf
    }

    /// Changes the v2 body and writes it in canonical form again.
    pub(crate) fn rewrite_body(&mut self, change: impl FnOnce(&mut HashedRekordV002)) {
        let mut body = HashedRekordV002::parse_body(&self.entry().canonicalized_body).unwrap();
        change(&mut body);
        self.entry().canonicalized_body = body.canonical_body().unwrap();
    }

    /// Changes the text of the body, which must differ afterwards.
    pub(crate) fn rewrite_text(&mut self, change: impl FnOnce(String) -> String) {
        let before = String::from_utf8(self.entry().canonicalized_body.clone()).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after);
        self.entry().canonicalized_body = after.into_bytes();
    }

    /// Flips a bit in the signature of the embedded SCT.
    pub(crate) fn damage_sct(&mut self) {
        // The log's id stands in the SCT; the signature is the last thing in it, some 100 bytes further on.
        let id = self.root.ctlogs.iter().find_map(|log| {
            let id = &log.log_id;
            self.bundle_leaf()
                .windows(32)
                .position(|window| window == id.as_slice())
        });
        let position = id.unwrap() + 32 + 8 + 2 + 4 + 20;
        flip(self.leaf(), position);
    }

    fn bundle_leaf(&self) -> &[u8] {
        let content = &self.bundle.verification_material.content;
        let VerificationContent::Certificate(leaf) = content else {
            panic!()
        };
        leaf
    }

    /// A policy for this case's key within a window.
    pub(crate) fn key_policy(&self, window: TimeRange) -> Policy {
        Policy::public_key_within(self.key.clone().unwrap(), window)
    }
}
