//! Step 6: is the signature the key's, and over this artifact?

use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, PublicKey, SignatureError, digest};
use sigbox_wire::{DsseEnvelope, MessageDigest, Statement};

use crate::artifact::{ArtifactError, MAX_WHOLE_ARTIFACT_BYTES, Whole};
use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::sct::SctVerified;
use crate::shape::{Content, Parsed};
use crate::statement::match_statement;
use crate::verdict::{Evidence, Omission, Trace};

/// The signature does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFailure {
    /// The signature is not the key's over this artifact.
    #[error("the signature is not over this artifact, or not by this key")]
    Mismatch(#[source] SignatureError),
    /// The signature may be over the artifact itself, of which only a digest was given.
    #[error(
        "an Ed25519 signature without a log entry is over the artifact itself, and a {given} digest does not stand \
         for it: give the file"
    )]
    DigestOnly {
        /// The hash of the digest that was given.
        given: HashAlgorithm,
    },
    /// The signature may be over the artifact itself, which does not fit into memory.
    #[error(
        "an Ed25519 signature without a log entry is over the artifact itself, which is too large to check it: \
         {limit} bytes are the most"
    )]
    TooLarge {
        /// The largest size that is checked.
        limit: usize,
    },
    /// The signature is not the key's over this envelope.
    #[error("the signature is not over this envelope, or not by this key")]
    Envelope(#[source] SignatureError),
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
    pub(crate) statement: Option<Statement>,
}

impl<'a> SignatureVerified<'a> {
    pub(crate) fn new(
        transparent: SctVerified<'a>,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let parsed = &transparent.chained.timed.logged.parsed;
        let statement = match parsed.content {
            Content::Message(declared) => {
                verify_message(parsed, declared, trace)?;
                None
            }
            Content::Dsse(envelope) => Some(verify_envelope(parsed, envelope, trace)?),
        };
        Ok(Self {
            transparent,
            statement,
        })
    }
}

fn verify_message(
    parsed: &Parsed<'_>,
    declared: Option<&MessageDigest>,
    trace: &mut Trace,
) -> Result<(), VerifyError> {
    let algorithm = parsed.signing_hash();
    let over_digest = |digest: &[u8]| {
        let key = parsed.party.public_key();
        key.verify_digest(algorithm, digest, parsed.signature)
    };
    if let Whole::DigestOnly(given) = *parsed.artifact.whole() {
        let digest = parsed.artifact.get(algorithm);
        if !digest.is_ok_and(|digest| over_digest(digest).is_ok()) {
            return Err(SignatureFailure::DigestOnly { given }.into());
        }
    }
    if let Some(declared) = declared {
        compare_digest(parsed, declared)?;
    }
    let digest = parsed.artifact.get(algorithm)?;
    let evidence = vec![Evidence::new(algorithm.name(), hex::encode(digest))];
    trace.passed(
        Check::ArtifactDigest,
        "the artifact is the one that the bundle names",
        evidence,
    );
    let key = parsed.party.public_key();
    let note = match (parsed.artifact.whole(), over_digest(digest)) {
        (Whole::Judged(Ok(())), _) => "the key signed this artifact itself, not its digest",
        (_, Ok(())) => "the key signed this artifact",
        (Whole::TooLarge, Err(_)) => {
            let limit = MAX_WHOLE_ARTIFACT_BYTES;
            return Err(SignatureFailure::TooLarge { limit }.into());
        }
        (_, Err(error)) => return Err(SignatureFailure::Mismatch(error).into()),
    };
    trace.passed(Check::Signature, note, key_evidence(key));
    trace.not_made(
        Check::StatementSubject,
        Omission::NotPresent,
        "the bundle signs the artifact, not a statement",
    );
    Ok(())
}

fn key_evidence(key: &PublicKey) -> Vec<Evidence> {
    vec![
        Evidence::new("key", key.algorithm()),
        Evidence::new("key sha256", hex::encode(key.key_id())),
    ]
}

/// The bundle's own word for the artifact; if it is wrong, the caller has another artifact than the signer had.
fn compare_digest(parsed: &Parsed<'_>, declared: &MessageDigest) -> Result<(), ArtifactError> {
    let algorithm = declared.algorithm;
    let (expected, found) = (algorithm.digest_len(), declared.digest.len());
    if expected != found {
        return Err(ArtifactError::DeclaredLength {
            algorithm,
            expected,
            found,
        });
    }
    let actual = parsed.artifact.get(algorithm)?;
    if actual != declared.digest {
        let (expected, found) = (declared.digest.clone(), actual.to_vec());
        return Err(ArtifactError::Digest {
            algorithm,
            expected,
            found,
        });
    }
    Ok(())
}

fn verify_envelope(
    parsed: &Parsed<'_>,
    envelope: &DsseEnvelope,
    trace: &mut Trace,
) -> Result<Statement, VerifyError> {
    let key = parsed.party.public_key();
    let hash = envelope_hash(key, &envelope.pae(), parsed.signature)
        .map_err(SignatureFailure::Envelope)?;
    let mut evidence = key_evidence(key);
    evidence.push(Evidence::new("payload type", &envelope.payload_type));
    let note = if hash == key.algorithm().default_hash() {
        "the key signed this envelope".to_owned()
    } else {
        format!("the key signed this envelope, by {hash} instead of its own hash")
    };
    trace.passed(Check::Signature, note, evidence);
    let (statement, subject) = match_statement(envelope, &parsed.artifact)?;
    let evidence = vec![
        Evidence::new("subject", subject),
        Evidence::new("predicate type", &statement.predicate_type),
    ];
    trace.passed(
        Check::StatementSubject,
        "the statement is about this artifact",
        evidence,
    );
    trace.not_made(
        Check::ArtifactDigest,
        Omission::NotPresent,
        "the bundle signs a statement, not the artifact",
    );
    Ok(statement)
}

/// Finds the hash under which the envelope's signature holds.
///
/// Rekor v1 and clients of its time hash with SHA-256 whatever the curve; Ed25519 signs the encoding itself, or its
/// SHA-512 where the entry is a `hashedrekord`. The two have different prefixes, so neither passes for the other.
fn envelope_hash(
    key: &PublicKey,
    pae: &[u8],
    signature: &[u8],
) -> Result<HashAlgorithm, SignatureError> {
    let own = key.algorithm().default_hash();
    let Err(error) = key.verify(own, pae, signature) else {
        return Ok(own);
    };
    let other = match key.algorithm() {
        KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => HashAlgorithm::Sha2_256,
        KeyAlgorithm::Ed25519 => {
            key.verify_digest(own, &digest(own, pae), signature)?;
            return Ok(own);
        }
        _ => return Err(error),
    };
    key.verify(other, pae, signature)
        .map(|()| other)
        .map_err(|_| error)
}
