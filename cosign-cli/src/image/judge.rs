//! Judges what was found about an image: the verifier first, then what is claimed.

mod believed;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sigbox_crypto::{Certificate, HashAlgorithm, Sct};
use sigbox_oci::{Digest, DigestAlgorithm};
use sigbox_verify::{Artifact, Policy, VerifiedBundle};
use sigbox_wire::Bundle;

use self::believed::Believed;
use super::annotations::Mismatch;
use super::claims::{self, Claims};
use super::collect::{Found, Stored};
use super::given_certificate;
use super::layer::LayerContent;
use super::payload::{PayloadError, SimpleSigning};
use crate::trust::TrustSource;
use crate::ui::Escaped;
use crate::verify::{
    DEMANDED_TIMESTAMP, Expectations, Finding, VerifyError, account_for_the_rest, demand_timestamp,
    refused,
};

/// What is demanded of signatures and attestations of an image.
#[derive(Debug)]
pub(crate) struct Judge {
    trust: TrustSource,
    believed: Believed,
    expect: Expectations,
    policy: Policy,
    claims: Claims,
    given: Option<Certificate>,
    now: Timestamp,
}

/// A signature or an attestation that holds, and what it claims.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// As it was stored.
    pub(crate) found: Found,
    /// The verified facts.
    pub(crate) verified: VerifiedBundle,
    /// What it claims.
    pub(crate) claim: Claim,
}

/// One signature or attestation, judged, with everything that was found on the way.
#[derive(Debug)]
pub(crate) struct Examined {
    /// Where it is.
    pub(crate) stored: Stored,
    /// Every check.
    pub(crate) findings: Vec<Finding>,
    /// What came out.
    pub(crate) outcome: Result<Accepted, Refusal>,
}

/// What is claimed about an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    /// A statement.
    Statement {
        /// Its predicate's type.
        predicate_type: String,
        /// The annotations of its subject.
        annotations: BTreeMap<String, Value>,
    },
    /// A simple-signing payload.
    Payload(SimpleSigning),
}

/// Why one signature or attestation does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// It does not verify.
    #[error(transparent)]
    Unverified(VerifyError),
    /// Another certificate is stored with it than the one that was given.
    #[error("the certificate of --certificate is not the one that is stored with the signature")]
    OtherCertificate,
    /// It verifies, and claims nothing that can be read.
    #[error("error decoding the payload")]
    Payload(#[from] PayloadError),
    /// It verifies, and is of another image.
    #[error("invalid or missing digest in claim: {}", Escaped(.found))]
    OtherImage {
        /// The image's digest.
        expected: String,
        /// The digest in the payload.
        found: String,
    },
    /// It verifies, and annotations are missing.
    #[error(transparent)]
    Annotation(#[from] Mismatch),
    /// It verifies, and signs the manifest itself where a statement is expected.
    #[error("the bundle signs the manifest, not a statement about the image")]
    NoStatement,
    /// It verifies, and attests something instead of signing the image.
    #[error("a statement of type {} is an attestation, not a signature", Escaped(.predicate_type))]
    Attestation {
        /// The type of the predicate.
        predicate_type: String,
    },
}

impl Refusal {
    /// Whether the checks could not be made for want of trust material, which is no verdict.
    pub(super) fn is_unjudged(&self) -> bool {
        matches!(
            self,
            Self::Unverified(VerifyError::Trust(_) | VerifyError::Material(_))
        )
    }
}

impl Judge {
    /// Makes the demands; no trust material is read yet.
    ///
    /// # Errors
    /// [`VerifyError::Expectation`].
    pub(crate) fn new(
        trust: TrustSource,
        expect: Expectations,
        claims: Claims,
        now: Timestamp,
    ) -> Result<Self, VerifyError> {
        let mut policy = expect.policy()?;
        if trust.brings_authority() {
            // An authority of one's own, that is no Fulcio, names no OpenID issuer.
            policy = policy.with_issuerless_certificates();
        }
        Ok(Self {
            trust,
            believed: Believed::default(),
            expect,
            policy,
            claims,
            given: None,
            now,
        })
    }

    /// The same with a certificate that was not stored with the signatures.
    pub(crate) fn with_certificate(self, certificate: Certificate) -> Self {
        Self {
            given: Some(certificate),
            ..self
        }
    }

    /// The same with an SCT that is not in the certificate.
    pub(crate) fn with_sct(self, sct: Sct) -> Self {
        Self {
            policy: self.policy.with_detached_scts(vec![sct]),
            ..self
        }
    }

    /// Judges one signature or attestation of an image, and accounts for every check.
    pub(crate) fn examine(&self, found: Found, image: &Digest) -> Examined {
        let stored = found.stored.clone();
        let mut findings = Vec::new();
        let outcome = self.judge(found, image, &mut findings);
        if let Err(refusal) = &outcome {
            let timestamp = self.expect.signed_timestamps.then_some(DEMANDED_TIMESTAMP);
            let own = claims::CHECKS.into_iter().chain(timestamp);
            account_for_the_rest(&mut findings, &refusal.to_string(), own);
        }
        Examined {
            stored,
            findings,
            outcome,
        }
    }

    /// A payload's bytes and a statement's envelope are judged as they are stored. Claims of a payload are looked at
    /// only if they are asked for; the subject of a statement is looked at always.
    ///
    /// # Errors
    /// [`Refusal`].
    fn judge(
        &self,
        found: Found,
        image: &Digest,
        findings: &mut Vec<Finding>,
    ) -> Result<Accepted, Refusal> {
        let mut found = found;
        let policy = match &self.given {
            // A key's signature stands in the log by its key.
            Some(given) if given_certificate::join(given, &mut found)? => {
                &self.policy.clone().with_bare_keys_in_logs()
            }
            _ => &self.policy,
        };
        let verified = self.verify(&found, image, policy, findings);
        let verified = verified.map_err(Refusal::Unverified)?;
        let claim = match found.layer.as_ref().map(|layer| &layer.content) {
            Some(LayerContent::Signature { payload, .. }) => {
                self.claims.payload(payload, image, findings)?
            }
            _ => self.claims.statement(&found, &verified, image, findings)?,
        };
        Ok(Accepted {
            found,
            verified,
            claim,
        })
    }

    fn verify(
        &self,
        found: &Found,
        image: &Digest,
        policy: &Policy,
        findings: &mut Vec<Finding>,
    ) -> Result<VerifiedBundle, VerifyError> {
        let mut bundle: Bundle = found.bundle.clone();
        if matches!(self.trust, TrustSource::KeyAlone) {
            // Nobody is believed to tell the time, so what was stamped says nothing.
            bundle.verification_material.rfc3161_timestamps.clear();
        }
        let trust = self.believed.material(&self.trust, &bundle)?;
        let (algorithm, digest) = bytes_of(image);
        let artifact = match found.layer.as_ref().map(|layer| &layer.content) {
            Some(LayerContent::Signature { payload, .. }) => Artifact::Bytes(payload),
            _ => Artifact::Digest {
                algorithm,
                digest: &digest,
            },
        };
        let verdict = sigbox_verify::verify(&bundle, artifact, policy, &trust, self.now);
        let (steps, result) = verdict.into_parts();
        findings.extend(steps.into_iter().map(Finding::from));
        let verified = result.map_err(|error| refused(&self.trust, error))?;
        if self.expect.signed_timestamps {
            demand_timestamp(&verified, findings)?;
        }
        Ok(verified)
    }
}

/// The digest's bytes; its digits have been checked when it was read.
fn bytes_of(digest: &Digest) -> (HashAlgorithm, Vec<u8>) {
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha256 => HashAlgorithm::Sha2_256,
        DigestAlgorithm::Sha512 => HashAlgorithm::Sha2_512,
    };
    (algorithm, hex::decode(digest.hex()).unwrap_or_default())
}
