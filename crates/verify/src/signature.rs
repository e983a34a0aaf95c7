//! Step 6: is the signature the key's, and over this artifact?

use sigbox_crypto::{HashAlgorithm, SignatureError};
use sigbox_wire::{DsseEnvelope, MessageDigest};

use crate::artifact::ArtifactError;
use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::sct::SctVerified;
use crate::shape::{Content, Parsed};
use crate::verdict::{Evidence, Trace};

/// The signature does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFailure {
    /// A valid kind of content that this verifier does not judge; never taken as a pass.
    #[error("DSSE envelopes are not supported")]
    DsseUnsupported,
    /// The signature is not the key's over this artifact.
    #[error("the signature is not over this artifact, or not by this key")]
    Mismatch(#[source] SignatureError),
}

impl BrokenRule for SignatureFailure {
    fn check(&self) -> Check {
        Check::Signature
    }
}

/// A bundle whose signature holds.
#[derive(Debug)]
pub(crate) struct SignatureVerified<'a> {
    pub(crate) transparent: SctVerified<'a>,
}

impl<'a> SignatureVerified<'a> {
    pub(crate) fn new(
        transparent: SctVerified<'a>,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let parsed = &transparent.chained.timed.logged.parsed;
        match parsed.content {
            Content::Message(declared) => verify_message(parsed, declared, trace)?,
            Content::Dsse(envelope) => verify_envelope(parsed, envelope, trace)?,
        }
        Ok(Self { transparent })
    }
}

fn verify_message(
    parsed: &Parsed<'_>,
    declared: Option<&MessageDigest>,
    trace: &mut Trace,
) -> Result<(), VerifyError> {
    let algorithm = parsed.signing_hash();
    if let Some(declared) = declared {
        compare_digest(parsed, declared)?;
    }
    let digest = parsed.artifact.get(algorithm)?;
    let evidence = vec![Evidence::new(algorithm.name(), hex::encode(digest))];
    trace.passed(Check::ArtifactDigest, "the artifact is the one that the bundle names", evidence);
    let key = parsed.party.public_key();
    key.verify_digest(algorithm, digest, parsed.signature).map_err(SignatureFailure::Mismatch)?;
    let evidence = vec![
        Evidence::new("key", key.algorithm()),
        Evidence::new("key sha256", hex::encode(key.key_id())),
    ];
    trace.passed(Check::Signature, "the key signed this artifact", evidence);
    trace.not_made(Check::StatementSubject, "the bundle signs the artifact, not a statement");
    Ok(())
}

/// The bundle's own word for the artifact; if it is wrong, the caller has another artifact than the signer had.
fn compare_digest(parsed: &Parsed<'_>, declared: &MessageDigest) -> Result<(), ArtifactError> {
    let algorithm = declared.algorithm;
    let (expected, found) = (algorithm.digest_len(), declared.digest.len());
    if expected != found {
        return Err(ArtifactError::DeclaredLength { algorithm, expected, found });
    }
    let actual = parsed.artifact.get(algorithm)?;
    if actual != declared.digest {
        let (expected, found) = (declared.digest.clone(), actual.to_vec());
        return Err(ArtifactError::Digest { algorithm, expected, found });
    }
    Ok(())
}

fn verify_envelope(
    _parsed: &Parsed<'_>,
    _envelope: &DsseEnvelope,
    _trace: &mut Trace,
) -> Result<(), VerifyError> {
    let _ = HashAlgorithm::Sha2_256;
    Err(SignatureFailure::DsseUnsupported.into())
}
