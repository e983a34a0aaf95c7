//! Several timestamp authorities: each counts once, each is judged by its own window, and every time counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod deployment;

use std::sync::Arc;

use VerifyError as E;
use deployment::{ARTIFACT, alice, judge, refused};
use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{CaIdentity, CaRequest, Issuer, make_root, make_tsa_leaf};
use sigbox_crypto::tsp::{DEFAULT_POLICY, TimeStampRequest, TimestampIssuer};
use sigbox_crypto::{ChainError, HashAlgorithm, KeyAlgorithm, SigningKey, random_bytes, sha256};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{Artifact, ChainFailure, Check, Outcome, TimeError, TimeSource, VerifyError};
use sigbox_wire::{BundleContent, CertificateAuthority, TimeRange};

/// A second authority, that the deployment knows nothing of.
struct SecondTsa {
    issuer: TimestampIssuer,
}

impl SecondTsa {
    fn new(now: Timestamp) -> Self {
        let [root_key, key] =
            [(); 2].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let request = |name: &str| CaRequest {
            identity: CaIdentity {
                organization: "other.test".to_owned(),
                common_name: name.to_owned(),
            },
            not_before: now - SignedDuration::from_hours(24),
            not_after: now + SignedDuration::from_hours(24 * 365),
            serial: random_bytes().unwrap(),
        };
        let root = make_root(&root_key, &request("Second Root")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let leaf = make_tsa_leaf(&issuer, key.public_key(), &request("Second TSA")).unwrap();
        let issuer = TimestampIssuer::new(Arc::new(key), vec![leaf, root], DEFAULT_POLICY).unwrap();
        Self { issuer }
    }

    /// Adds this authority's timestamp of the bundle's signature.
    fn stamp(&self, signed: &mut Signed, at: Timestamp) {
        let BundleContent::MessageSignature(message) = &signed.bundle.content else {
            panic!()
        };
        let digest = sha256(&message.signature).to_vec();
        let request = TimeStampRequest::new(HashAlgorithm::Sha2_256, digest).unwrap();
        let token = self
            .issuer
            .issue(&request, random_bytes().unwrap(), at)
            .unwrap();
        signed
            .bundle
            .verification_material
            .rfc3161_timestamps
            .push(token);
    }

    fn trusted(&self, uri: &str, valid_for: TimeRange) -> CertificateAuthority {
        CertificateAuthority {
            organization: "other.test".to_owned(),
            common_name: "Second Root".to_owned(),
            uri: uri.to_owned(),
            cert_chain: self
                .issuer
                .chain()
                .iter()
                .map(|certificate| certificate.der().to_vec())
                .collect(),
            valid_for,
        }
    }
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A deployment that trusts a second authority, and a bundle with the timestamps of both.
fn two(second_at: SignedDuration, uri: &str, window: impl Fn(Timestamp) -> TimeRange) -> Signed {
    let mut sigstore = VirtualSigstore::new();
    let now = sigstore.now();
    let second = SecondTsa::new(now);
    let mut signed = sigstore.sign(ARTIFACT, &Identity::default());
    second.stamp(&mut signed, now + second_at);
    signed
        .trusted_root
        .timestamp_authorities
        .push(second.trusted(uri, window(now)));
    signed
}

fn always(_: Timestamp) -> TimeRange {
    TimeRange::default()
}

#[test]
fn two_authorities_satisfy_a_threshold_of_two() {
    let signed = two(minutes(1), "https://second.test", always);
    let verified = judge(&signed, Artifact::Bytes(ARTIFACT), &alice().with_times(2))
        .into_result()
        .unwrap();
    let sources: Vec<_> = verified.times.iter().map(|time| &time.source).collect();
    assert!(
        matches!(sources[..], [TimeSource::TimestampAuthority { .. }, TimeSource::TimestampAuthority { uri }] if uri == "https://second.test")
    );
}

#[test]
fn two_timestamps_of_one_authority_count_once() {
    let first = VirtualSigstore::new().trusted_root().timestamp_authorities[0]
        .uri
        .clone();
    let signed = two(minutes(1), &first, always);
    let error = refused(&signed, &alice().with_times(2));
    assert!(
        matches!(
            error,
            E::Time(TimeError::TooFew {
                required: 2,
                found: 1
            })
        ),
        "{error:?}"
    );
}

#[test]
fn one_time_outside_the_certificate_is_not_outweighed_by_another_inside() {
    for (after, early) in [(minutes(-1), true), (minutes(11), false)] {
        let error = refused(&two(after, "https://second.test", always), &alice());
        let E::Chain(ChainFailure::Chain { source, .. }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            matches!(source, ChainError::NotYetValid { .. }),
            early,
            "{error:?}"
        );
        assert_eq!(
            matches!(source, ChainError::Expired { .. }),
            !early,
            "{error:?}"
        );
    }
}

#[test]
fn an_authority_cannot_borrow_the_window_of_another() {
    let ended = |now: Timestamp| TimeRange {
        start: None,
        end: Some(now),
    };
    let error = refused(&two(minutes(1), "https://second.test", ended), &alice());
    assert!(
        matches!(&error, E::Time(TimeError::Window { authority, .. }) if authority == "https://second.test")
    );
}

#[test]
fn the_end_of_a_window_is_inside() {
    let until = |now: Timestamp| TimeRange {
        start: None,
        end: Some(now + minutes(1)),
    };
    let signed = two(minutes(1), "https://second.test", until);
    judge(&signed, Artifact::Bytes(ARTIFACT), &alice().with_times(2))
        .into_result()
        .unwrap();
}

#[test]
fn a_timestamp_of_an_unknown_authority_is_no_time_and_is_shown() {
    let mut signed = two(minutes(1), "https://second.test", always);
    signed.trusted_root.timestamp_authorities.pop();
    let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &alice());
    assert_eq!(verdict.result().unwrap().times.len(), 1);
    let shown = verdict
        .steps()
        .iter()
        .filter(|step| step.check == Check::SignedTime);
    let shown: Vec<_> = shown
        .map(|step| matches!(step.outcome, Outcome::NotMade { .. }))
        .collect();
    assert_eq!(shown, [false, true]);
    let error = refused(&signed, &alice().with_times(2));
    assert!(matches!(
        error,
        E::Time(TimeError::TooFew {
            required: 2,
            found: 1
        })
    ));
}

#[test]
fn a_bad_timestamp_is_not_overlooked_beside_a_good_one() {
    let mut sigstore = VirtualSigstore::new();
    let other = sigstore.sign(b"another artifact", &Identity::default());
    let mut signed = sigstore.sign_with(ARTIFACT, &Identity::default(), Lie::None);
    let foreign = other.bundle.verification_material.rfc3161_timestamps[0].clone();
    signed
        .bundle
        .verification_material
        .rfc3161_timestamps
        .push(foreign);
    let error = refused(&signed, &alice());
    assert!(
        matches!(error, E::Time(TimeError::Timestamp { position: 1, .. })),
        "{error:?}"
    );
}
