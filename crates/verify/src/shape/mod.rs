//! Step 1: is the bundle complete, in bounds, and of a kind that is judged here?

mod error;

use sigbox_crypto::{Certificate, HashAlgorithm, KeyAlgorithm, PublicKey};
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, DsseEnvelope, MessageDigest, TransparencyLogEntry,
    VerificationContent,
};

use crate::artifact::{Artifact, Digests, OverWhole};
use crate::check::Check;
use crate::error::VerifyError;
use crate::policy::{ExpectedSigner, Policy};
use crate::statement::subject_hashes;
use crate::verdict::{Evidence, Trace};

pub use error::ShapeError;

/// The most log entries, and the most timestamps, that are looked at.
///
/// Source: sigstore-go (GHSA-cq38-jh5f-37mq).
const MAX_ELEMENTS: usize = 32;

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
    pub(crate) version: BundleVersion,
    pub(crate) party: SigningParty,
    /// What the bundle brings to find a path with; nothing unless the policy takes it.
    pub(crate) intermediates: Vec<Certificate>,
    pub(crate) content: Content<'a>,
    pub(crate) signature: &'a [u8],
    pub(crate) entries: &'a [TransparencyLogEntry],
    pub(crate) timestamps: &'a [Vec<u8>],
    pub(crate) artifact: Digests,
    /// Whether a log entry may name the bare key of the certificate.
    pub(crate) bare_keys: bool,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(
        bundle: &'a Bundle,
        artifact: Artifact<'_>,
        policy: &Policy,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let material = &bundle.verification_material;
        let same_place = |a: &TransparencyLogEntry, b: &TransparencyLogEntry| {
            a.log_index == b.log_index && a.log_id == b.log_id
        };
        check_elements(
            "log entries",
            "log entry",
            &material.tlog_entries,
            same_place,
        )?;
        check_elements(
            "timestamps",
            "timestamp",
            &material.rfc3161_timestamps,
            PartialEq::eq,
        )?;
        let (party, intermediates) = signing_party(bundle, policy)?;
        let (content, signature) = content(&bundle.content)?;
        let evidence = vec![
            Evidence::new("media type", &bundle.media_type),
            Evidence::new("log entries", material.tlog_entries.len()),
            Evidence::new("timestamps", material.rfc3161_timestamps.len()),
        ];
        let detail = format!(
            "bundle version {} is complete and in bounds",
            bundle.version
        );
        trace.passed(Check::BundleShape, detail, evidence);
        let logged = !material.tlog_entries.is_empty();
        let over_whole = over_whole(party.public_key(), content, signature, logged);
        let artifact = Digests::load(artifact, &wanted_hashes(&party, content), over_whole)?;
        Ok(Self {
            version: bundle.version,
            party,
            intermediates,
            content,
            signature,
            entries: &material.tlog_entries,
            timestamps: &material.rfc3161_timestamps,
            artifact,
            bare_keys: policy.bare_keys,
        })
    }

    /// The hash that the key signs with unless the format says otherwise.
    pub(crate) fn signing_hash(&self) -> HashAlgorithm {
        self.party.public_key().algorithm().default_hash()
    }
}

/// Bounds the number of elements, and refuses one that would be counted twice.
fn check_elements<T>(
    plural: &'static str,
    singular: &'static str,
    elements: &[T],
    same: impl Fn(&T, &T) -> bool,
) -> Result<(), ShapeError> {
    let (found, limit) = (elements.len(), MAX_ELEMENTS);
    if found > limit {
        return Err(ShapeError::TooMany {
            what: plural,
            found,
            limit,
        });
    }
    for (position, element) in elements.iter().enumerate() {
        if elements
            .iter()
            .take(position)
            .any(|earlier| same(earlier, element))
        {
            return Err(ShapeError::Duplicate {
                what: singular,
                position,
            });
        }
    }
    Ok(())
}

/// Who signed, and the intermediates that the bundle brings if the policy takes them.
fn signing_party(
    bundle: &Bundle,
    policy: &Policy,
) -> Result<(SigningParty, Vec<Certificate>), ShapeError> {
    let old = bundle.version != BundleVersion::V0_3;
    let alone = |party| (party, Vec::new());
    match (&bundle.verification_material.content, &policy.signer) {
        // The hint is not read: the key is the caller's, whatever the bundle says.
        (VerificationContent::PublicKeyHint(_), ExpectedSigner::Key { key, .. }) => {
            Ok(alone(SigningParty::Key(key.clone())))
        }
        (VerificationContent::PublicKeyHint(_), ExpectedSigner::Certificate(_)) => {
            Err(ShapeError::NoCertificate)
        }
        (_, ExpectedSigner::Key { .. }) => Err(ShapeError::UnexpectedCertificate),
        (VerificationContent::Certificate(_), _) if old => {
            Err(ShapeError::CertificateInOldVersion {
                version: bundle.version,
            })
        }
        (VerificationContent::CertificateChain(_), _) if !old && !policy.chains => {
            Err(ShapeError::ChainInV03)
        }
        (VerificationContent::Certificate(der), _) => read_certificate(der)
            .map(SigningParty::Certificate)
            .map(alone),
        (VerificationContent::CertificateChain(chain), _) => {
            let (leaf, mut rest) = leaf_of(chain)?;
            if !policy.chains {
                // An intermediate that the trusted root no longer lists must not come back through a bundle.
                rest.clear();
            }
            Ok((SigningParty::Certificate(leaf), rest))
        }
    }
}

fn read_certificate(der: &[u8]) -> Result<Certificate, ShapeError> {
    Certificate::from_der(der).map_err(ShapeError::Certificate)
}

/// The first certificate, and the others.
fn leaf_of(chain: &[Vec<u8>]) -> Result<(Certificate, Vec<Certificate>), ShapeError> {
    if chain.len() > MAX_ELEMENTS {
        let (found, limit) = (chain.len(), MAX_ELEMENTS);
        return Err(ShapeError::TooMany {
            what: "certificates",
            found,
            limit,
        });
    }
    let chain = chain
        .iter()
        .map(|der| read_certificate(der))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(position) = chain.iter().position(Certificate::is_self_issued) {
        return Err(ShapeError::RootInChain { position });
    }
    let mut chain = chain.into_iter();
    let leaf = chain.next().ok_or(ShapeError::NoCertificate)?;
    Ok((leaf, chain.collect()))
}

fn content(content: &BundleContent) -> Result<(Content<'_>, &[u8]), ShapeError> {
    let (content, signature) = match content {
        BundleContent::MessageSignature(message) => (
            Content::Message(message.message_digest.as_ref()),
            message.signature.as_slice(),
        ),
        BundleContent::DsseEnvelope(envelope) => match envelope.signatures.as_slice() {
            [signature] => (Content::Dsse(envelope), signature.sig.as_slice()),
            others => {
                return Err(ShapeError::SignatureCount {
                    found: others.len(),
                });
            }
        },
    };
    if signature.is_empty() {
        return Err(ShapeError::Empty("signature"));
    }
    Ok((content, signature))
}

/// An Ed25519 signature of an artifact is over the artifact itself, unless a log was to verify it by the digest alone.
///
/// Source: cosign 3.1.3; RFC 8032 §5.1, where Ed25519 and Ed25519ph exclude each other.
fn over_whole<'a>(
    key: &'a PublicKey,
    content: Content<'_>,
    signature: &'a [u8],
    logged: bool,
) -> Option<OverWhole<'a>> {
    let asked = matches!(content, Content::Message(_))
        && key.algorithm() == KeyAlgorithm::Ed25519
        && !logged;
    asked.then_some(OverWhole { key, signature })
}

fn wanted_hashes(party: &SigningParty, content: Content<'_>) -> Vec<HashAlgorithm> {
    match content {
        Content::Message(declared) => {
            let signed = party.public_key().algorithm().default_hash();
            declared
                .map(|digest| digest.algorithm)
                .into_iter()
                .chain([signed])
                .collect()
        }
        Content::Dsse(envelope) => subject_hashes(envelope),
    }
}
