//! Judges what was found about an image: the verifier first, then what is claimed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sigbox_crypto::HashAlgorithm;
use sigbox_oci::{Digest, DigestAlgorithm};
use sigbox_verify::{Artifact, Policy, TimeSource, VerifiedBundle};
use sigbox_wire::{Bundle, BundleContent};

use super::annotations::{Annotations, Mismatch};
use super::collect::Found;
use super::layer::LayerContent;
use super::payload::{PayloadError, SimpleSigning};
use super::statement::{SIGN_PREDICATE, subject_annotations};
use crate::trust::TrustSource;
use crate::ui::Escaped;
use crate::verify::{Expectations, VerifyError, refused, trust_material};

/// What is demanded of signatures and attestations of an image.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    trust: TrustSource,
    expect: Expectations,
    policy: Policy,
    claims: Claims,
    now: Timestamp,
}

/// What a signature must claim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// Whether claims are looked at (`--check-claims`).
    pub(crate) checked: bool,
    /// The annotations that must be signed.
    pub(crate) annotations: Annotations,
    /// Whether any statement about the image counts, not only one that signs it.
    pub(crate) any_statement: bool,
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
        let policy = expect.policy()?;
        Ok(Self {
            trust,
            expect,
            policy,
            claims,
            now,
        })
    }

    /// Judges one signature or attestation of an image.
    ///
    /// A payload's bytes and a statement's envelope are judged as they are stored. Claims of a payload are looked at
    /// only if they are asked for; the subject of a statement is looked at always.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn judge(&self, found: Found, image: &Digest) -> Result<Accepted, Refusal> {
        let verified = self.verify(&found, image).map_err(Refusal::Unverified)?;
        let claim = match &found.layer {
            Some(layer) => match &layer.content {
                LayerContent::Signature { payload, .. } => self.payload_claim(payload, image)?,
                LayerContent::Attestation { .. } => {
                    self.statement_claim(&found, &verified, image)?
                }
            },
            None => self.statement_claim(&found, &verified, image)?,
        };
        Ok(Accepted {
            found,
            verified,
            claim,
        })
    }

    fn verify(&self, found: &Found, image: &Digest) -> Result<VerifiedBundle, VerifyError> {
        let mut bundle: Bundle = found.bundle.clone();
        if matches!(self.trust, TrustSource::KeyAlone) {
            // Nobody is believed to tell the time, so what was stamped says nothing.
            bundle.verification_material.rfc3161_timestamps.clear();
        }
        let trust = trust_material(&self.trust, &bundle)?;
        let (algorithm, digest) = bytes_of(image);
        let artifact = match found.layer.as_ref().map(|layer| &layer.content) {
            Some(LayerContent::Signature { payload, .. }) => Artifact::Bytes(payload),
            _ => Artifact::Digest {
                algorithm,
                digest: &digest,
            },
        };
        let verdict = sigbox_verify::verify(&bundle, artifact, &self.policy, &trust, self.now);
        let verified = verdict
            .into_result()
            .map_err(|error| refused(&self.trust, error))?;
        let stamped = verified
            .times
            .iter()
            .any(|time| matches!(time.source, TimeSource::TimestampAuthority { .. }));
        if self.expect.signed_timestamps && !stamped {
            return Err(VerifyError::NoSignedTimestamp);
        }
        Ok(verified)
    }

    /// Source: cosign `pkg/cosign/verify.go`, `SimpleClaimVerifier`.
    fn payload_claim(&self, payload: &[u8], image: &Digest) -> Result<Claim, Refusal> {
        let payload = SimpleSigning::parse(payload)?;
        if self.claims.checked {
            let expected = image.to_string();
            if payload.digest != expected {
                let found = payload.digest;
                return Err(Refusal::OtherImage { expected, found });
            }
            let signed = payload.annotations.clone().unwrap_or_default();
            self.claims.annotations.check(&signed)?;
        }
        Ok(Claim::Payload(payload))
    }

    /// Source: cosign `pkg/cosign/verify.go`, `IntotoSubjectClaimVerifier`.
    fn statement_claim(
        &self,
        found: &Found,
        verified: &VerifiedBundle,
        image: &Digest,
    ) -> Result<Claim, Refusal> {
        let statement = verified.statement.as_ref().ok_or(Refusal::NoStatement)?;
        let BundleContent::DsseEnvelope(envelope) = &found.bundle.content else {
            return Err(Refusal::NoStatement);
        };
        let predicate_type = statement.predicate_type.clone();
        if !self.claims.any_statement && predicate_type != SIGN_PREDICATE {
            return Err(Refusal::Attestation { predicate_type });
        }
        let annotations = subject_annotations(&envelope.payload, image.hex());
        if self.claims.checked {
            self.claims.annotations.check(&annotations)?;
        }
        Ok(Claim::Statement {
            predicate_type,
            annotations,
        })
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
