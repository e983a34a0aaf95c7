//! Step 1: is the bundle complete, in bounds, and of a kind that is judged here?

use sigbox_crypto::{Certificate, CertificateError, HashAlgorithm, PublicKey};
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, DsseEnvelope, MessageDigest, TransparencyLogEntry,
    VerificationContent,
};

use crate::artifact::{Artifact, Digests};
use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::policy::{ExpectedSigner, Policy};
use crate::verdict::{Evidence, Trace};

/// The most log entries, and the most timestamps, that are looked at.
///
/// Source: sigstore-go (GHSA-cq38-jh5f-37mq).
const MAX_ELEMENTS: usize = 32;

/// The bundle is not one that can be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A valid kind of bundle that this verifier does not judge; never taken as a pass.
    #[error("{0} is not supported")]
    Unsupported(Unsupported),
    /// More elements than are looked at.
    #[error("{found} {what}, at most {limit} are looked at")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The same element twice.
    #[error("{what} {position} occurs twice")]
    Duplicate {
        /// What is repeated.
        what: &'static str,
        /// The place of the repetition, from 0.
        position: usize,
    },
    /// A part that is needed is empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A certificate was expected, the bundle was made with a bare key.
    #[error("the bundle holds no certificate, but a certificate identity is demanded")]
    NoCertificate,
    /// A bare key was expected, the bundle holds a certificate.
    #[error("the bundle holds a certificate, but a signature by a given public key is demanded")]
    UnexpectedCertificate,
    /// The certificate cannot be read.
    #[error("the bundle's certificate cannot be used")]
    Certificate(#[source] CertificateError),
    /// An envelope must have one signature, so that every check is about the same one.
    #[error("the envelope has {found} signatures, expected exactly 1")]
    SignatureCount {
        /// How many there are.
        found: usize,
    },
}

/// A kind of bundle that is not judged here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// A bundle of an old version.
    #[error("bundle version {0}")]
    Version(BundleVersion),
    /// A certificate chain in a version 0.3 bundle.
    #[error("a certificate chain in a version 0.3 bundle")]
    Chain,
}

impl BrokenRule for ShapeError {
    fn check(&self) -> Check {
        Check::BundleShape
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::TooMany { limit, .. } => Some(limit.to_string()),
            Self::SignatureCount { .. } => Some("1".to_owned()),
            Self::NoCertificate => Some("certificate".to_owned()),
            Self::UnexpectedCertificate => Some("public key".to_owned()),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::TooMany { found, .. } | Self::SignatureCount { found } => Some(found.to_string()),
            Self::NoCertificate => Some("public key".to_owned()),
            Self::UnexpectedCertificate => Some("certificate".to_owned()),
            Self::Unsupported(what) => Some(what.to_string()),
            _ => None,
        }
    }
}

/// The key that must have signed, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) enum SigningParty {
    /// The bundle's certificate: not yet trusted.
    Certificate(Certificate),
    /// The caller's key: trusted.
    Key(PublicKey),
}

impl SigningParty {
    pub(crate) fn public_key(&self) -> &PublicKey {
        match self {
            Self::Certificate(certificate) => certificate.public_key(),
            Self::Key(key) => key,
        }
    }
}

/// What the signature is over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    /// The artifact; the digest is the bundle's own word for it.
    Message(Option<&'a MessageDigest>),
    /// The envelope.
    Dsse(&'a DsseEnvelope),
}

/// A bundle whose shape is sound, with the artifact's digests.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) party: SigningParty,
    pub(crate) content: Content<'a>,
    pub(crate) signature: &'a [u8],
    pub(crate) entries: &'a [TransparencyLogEntry],
    pub(crate) timestamps: &'a [Vec<u8>],
    pub(crate) artifact: Digests,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(
        bundle: &'a Bundle,
        artifact: Artifact<'_>,
        policy: &Policy,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let material = &bundle.verification_material;
        check_elements("log entries", "log entry", &material.tlog_entries)?;
        check_elements("timestamps", "timestamp", &material.rfc3161_timestamps)?;
        let party = signing_party(bundle, policy)?;
        let (content, signature) = content(&bundle.content)?;
        let evidence = vec![
            Evidence::new("media type", &bundle.media_type),
            Evidence::new("log entries", material.tlog_entries.len()),
            Evidence::new("timestamps", material.rfc3161_timestamps.len()),
        ];
        let detail = format!("bundle version {} is complete and in bounds", bundle.version);
        trace.passed(Check::BundleShape, detail, evidence);
        let artifact = Digests::load(artifact, &wanted_hashes(&party, content))?;
        Ok(Self {
            party,
            content,
            signature,
            entries: &material.tlog_entries,
            timestamps: &material.rfc3161_timestamps,
            artifact,
        })
    }

    /// The hash that the key signs with unless the format says otherwise.
    pub(crate) fn signing_hash(&self) -> HashAlgorithm {
        self.party.public_key().algorithm().default_hash()
    }
}

fn check_elements<T: PartialEq>(
    plural: &'static str,
    singular: &'static str,
    elements: &[T],
) -> Result<(), ShapeError> {
    let (found, limit) = (elements.len(), MAX_ELEMENTS);
    if found > limit {
        return Err(ShapeError::TooMany { what: plural, found, limit });
    }
    let repeated = |(position, element)| elements.iter().take(position).any(|other| other == element);
    match elements.iter().enumerate().position(repeated) {
        Some(position) => Err(ShapeError::Duplicate { what: singular, position }),
        None => Ok(()),
    }
}

fn signing_party(bundle: &Bundle, policy: &Policy) -> Result<SigningParty, ShapeError> {
    if bundle.version != BundleVersion::V0_3 {
        return Err(ShapeError::Unsupported(Unsupported::Version(bundle.version)));
    }
    match (&bundle.verification_material.content, &policy.signer) {
        (VerificationContent::Certificate(der), ExpectedSigner::Certificate(_)) => {
            let leaf = Certificate::from_der(der).map_err(ShapeError::Certificate)?;
            Ok(SigningParty::Certificate(leaf))
        }
        (VerificationContent::CertificateChain(_), ExpectedSigner::Certificate(_)) => {
            Err(ShapeError::Unsupported(Unsupported::Chain))
        }
        (VerificationContent::PublicKeyHint(_), ExpectedSigner::Certificate(_)) => {
            Err(ShapeError::NoCertificate)
        }
        // The hint is not read: the key is the caller's, whatever the bundle says.
        (VerificationContent::PublicKeyHint(_), ExpectedSigner::Key(key)) => {
            Ok(SigningParty::Key(key.clone()))
        }
        (_, ExpectedSigner::Key(_)) => Err(ShapeError::UnexpectedCertificate),
    }
}

fn content(content: &BundleContent) -> Result<(Content<'_>, &[u8]), ShapeError> {
    let (content, signature) = match content {
        BundleContent::MessageSignature(message) => {
            (Content::Message(message.message_digest.as_ref()), message.signature.as_slice())
        }
        BundleContent::DsseEnvelope(envelope) => match envelope.signatures.as_slice() {
            [signature] => (Content::Dsse(envelope), signature.sig.as_slice()),
            others => return Err(ShapeError::SignatureCount { found: others.len() }),
        },
    };
    if signature.is_empty() {
        return Err(ShapeError::Empty("signature"));
    }
    Ok((content, signature))
}

fn wanted_hashes(party: &SigningParty, content: Content<'_>) -> Vec<HashAlgorithm> {
    match content {
        Content::Message(declared) => {
            let signed = party.public_key().algorithm().default_hash();
            declared.map(|digest| digest.algorithm).into_iter().chain([signed]).collect()
        }
        // in-toto subjects are named by SHA-256.
        Content::Dsse(_) => vec![HashAlgorithm::Sha2_256],
    }
}
