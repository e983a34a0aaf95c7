//! A certificate hierarchy for tests: root, code-signing authority, CT log.
#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use sigbox_tlog::UnixMillis;

use crate::{
    Certificate, KeyAlgorithm, Sct, SctEntry, SigningKey,
    profile::{
        CaIdentity, CaRequest, IntermediateKind, Issuer, LeafRequest, LeafSubject, SignedPrecert,
        Unlinted, make_intermediate, make_root,
    },
};

/// Root, intermediate and log, valid for ten and three years from [`Hierarchy::start`].
pub(crate) struct Hierarchy {
    pub(crate) root_key: SigningKey,
    pub(crate) root: Certificate,
    pub(crate) ca_key: SigningKey,
    pub(crate) ca: Certificate,
    pub(crate) log_key: SigningKey,
}

impl Hierarchy {
    pub(crate) fn new() -> Self {
        Self::with_keys(KeyAlgorithm::EcdsaP384, KeyAlgorithm::EcdsaP256)
    }

    pub(crate) fn with_keys(root: KeyAlgorithm, ca: KeyAlgorithm) -> Self {
        let root_key = SigningKey::generate(root).unwrap();
        let ca_key = SigningKey::generate(ca).unwrap();
        let root = make_root(&root_key, &request("example root", 10 * 365)).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let ca_request = request("example intermediate 2026-1", 3 * 365);
        let ca = make_intermediate(
            &issuer,
            ca_key.public_key(),
            &ca_request,
            IntermediateKind::CodeSigning,
        )
        .unwrap();
        let log_key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        Self {
            root_key,
            root,
            ca_key,
            ca,
            log_key,
        }
    }

    /// The moment at which everything here begins to be valid.
    pub(crate) fn start() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer {
            certificate: &self.ca,
            signer: &self.ca_key,
        }
    }

    pub(crate) fn root_issuer(&self) -> Issuer<'_> {
        Issuer {
            certificate: &self.root,
            signer: &self.root_key,
        }
    }

    pub(crate) fn precert(&self, request: LeafRequest) -> SignedPrecert {
        let unlinted = Unlinted::build(&self.ca, request, [0x65; 20]).unwrap();
        unlinted.lint().unwrap().sign_precert(&self.ca_key).unwrap()
    }

    pub(crate) fn sct(&self, precert: &SignedPrecert) -> Sct {
        let entry = SctEntry::Precert {
            issuer_key_hash: precert.issuer_key_hash(),
            tbs: precert.tbs(),
        };
        Sct::sign(
            &self.log_key,
            UnixMillis(1_795_394_546_165),
            entry,
            vec![0, 0, 5, 0, 0, 0, 1, 2],
        )
        .unwrap()
    }

    pub(crate) fn leaf(&self) -> Certificate {
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let precert = self.precert(leaf_request(&key));
        let sct = self.sct(&precert);
        precert
            .issue(&[sct], self.log_key.public_key(), &self.ca_key)
            .unwrap()
    }
}

/// A leaf for `alice@example.com`, valid for ten minutes from the start.
pub(crate) fn leaf_request(key: &SigningKey) -> LeafRequest {
    LeafRequest {
        key: key.public_key().clone(),
        subject: LeafSubject::Email("alice@example.com".into()),
        issuer: "http://127.0.0.1:28888".into(),
        token_subject: "alice@example.com".into(),
        not_before: Hierarchy::start(),
        not_after: Hierarchy::start() + SignedDuration::from_mins(10),
    }
}

/// A certificate of the hierarchy in organization `example.com`, valid from the start for `days`.
pub(crate) fn request(common_name: &str, days: i64) -> CaRequest {
    let identity = CaIdentity {
        organization: "example.com".into(),
        common_name: common_name.into(),
    };
    let not_before = Hierarchy::start();
    CaRequest {
        identity,
        not_before,
        not_after: not_before + SignedDuration::from_hours(24 * days),
        serial: [0x42; 20],
    }
}
