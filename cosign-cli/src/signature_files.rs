//! Where the signature to verify stands: in a bundle, or in the files that clients wrote before there were bundles.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sigbox_crypto::{Certificate, CertificateError, Sct, SctError, pem};
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, DetachedError, DetachedSct, DsseEnvelope, EnvelopeError,
    LocalSignedPayload, MessageSignature, TransparencyLogEntry, VerificationContent,
    VerificationMaterial, parse_signed_timestamp, pem_text,
};

use crate::bundle_file::{self, BundleFileError};
use crate::ui::{Escaped, io_reason};

/// Certificates, timestamps and SCTs are a few kilobytes, an attestation may be large.
const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;

/// The files that a signature and its evidence are in.
#[derive(Clone, Debug, Default)]
pub struct SignatureFiles {
    /// A bundle, of today's format or of the one before it.
    pub bundle: Option<PathBuf>,
    /// The signature or, for an attestation, its envelope: a file, or the base64 itself.
    pub signature: Option<String>,
    /// The certificate, PEM or base64 of PEM.
    pub certificate: Option<PathBuf>,
    /// A timestamp over the signature, JSON.
    pub timestamp: Option<PathBuf>,
    /// An SCT that is not inside the certificate, JSON.
    pub sct: Option<PathBuf>,
    /// The log entry that was looked up, for files that hold none.
    pub entry: Option<TransparencyLogEntry>,
}

/// What the signature is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureOver {
    /// The blob itself.
    Blob,
    /// A statement about it.
    Statement,
}

/// A signature with its evidence, in the form that the verifier judges.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) bundle: Bundle,
    pub(crate) scts: Vec<Sct>,
    /// What was put together of files; `None` for a bundle.
    pub(crate) detached: Option<Detached>,
}

/// A signature that stands in files from before there were bundles.
#[derive(Debug)]
pub(crate) struct Detached {
    /// Its bytes or, of an attestation, its envelope as it is written.
    pub(crate) signature: Vec<u8>,
    /// Whether the files hold a log entry.
    pub(crate) has_entry: bool,
}

/// The files do not hold a signature that could be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFilesError {
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(BundleFileError),
    /// A file cannot be read.
    #[error("open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    Read {
        /// The path as the user gave it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than what it should hold.
    #[error("{} is larger than {limit} bytes", Escaped(&.path.to_string_lossy()))]
    TooLarge {
        /// The path as the user gave it.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file does not hold what it should.
    #[error("reading {}", Escaped(&.path.to_string_lossy()))]
    Parse {
        /// The path as the user gave it.
        path: PathBuf,
        /// What is wrong with it.
        source: DetachedError,
    },
    /// The certificate is malformed.
    #[error("loading certificate from {}", Escaped(from))]
    Certificate {
        /// The file.
        from: String,
        /// What is wrong with it.
        source: Box<CertificateError>,
    },
    /// The PEM text holds no certificate.
    #[error("loading certificate from {}: no certificate in it", Escaped(from))]
    NotACertificate {
        /// The file.
        from: String,
    },
    /// The certificate given beside the old bundle is another one than that in it.
    #[error("the cert passed in does not match the cert in the provided bundle")]
    OtherCertificate,
    /// An identity is demanded, and nothing says who signed; a public key in the bundle is nobody's word.
    #[error("bundle does not contain cert for verification, please provide public key")]
    NoCertificate,
    /// There is no signature.
    #[error("missing flag '--signature'")]
    NoSignature,
    /// There is no envelope.
    #[error("please specify path to the DSSE envelope signature via --signature or --bundle")]
    NoEnvelope,
    /// The argument is neither a file nor base64.
    #[error("signature {} is neither a file nor base64", Escaped(given))]
    NotASignature {
        /// The argument.
        given: String,
    },
    /// The attestation is no envelope.
    #[error("reading the attestation")]
    Envelope(#[source] EnvelopeError),
    /// The SCT is malformed.
    #[error("reading {}", Escaped(&.path.to_string_lossy()))]
    Sct {
        /// The path as the user gave it.
        path: PathBuf,
        /// What is wrong with it.
        source: SctError,
    },
    /// The bundle holds this itself, so that a second one would be ignored or contradict it.
    #[error(
        "unsupported: {what} must be in bundle and may not be provided using {flag} when using --new-bundle-format"
    )]
    InBundle {
        /// What it is.
        what: &'static str,
        /// The flag.
        flag: &'static str,
    },
}

impl From<PathBuf> for SignatureFiles {
    fn from(bundle: PathBuf) -> Self {
        Self {
            bundle: Some(bundle),
            ..Self::default()
        }
    }
}

impl SignatureFiles {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match (&self.bundle, &self.signature) {
            (Some(bundle), _) => bundle.to_string_lossy().into_owned(),
            // An argument that is no file is the signature itself.
            (None, Some(signature)) if Path::new(signature).exists() => signature.clone(),
            _ => "the signature".to_owned(),
        }
    }

    /// Reads the files; `keyless` says that a certificate is needed.
    ///
    /// A file is of the old format if it says so by its members. Everything else is read as a bundle, so that a damaged
    /// one is never taken for something that promises less.
    pub(crate) fn read(
        &self,
        over: SignatureOver,
        keyless: bool,
    ) -> Result<Found, SignatureFilesError> {
        let old = match &self.bundle {
            Some(path) => {
                let json = bundle_file::read_bytes(path).map_err(SignatureFilesError::Bundle)?;
                if !LocalSignedPayload::is_told_by(&json) {
                    self.refuse_what_bundles_hold()?;
                    let bundle =
                        bundle_file::parse(path, &json).map_err(SignatureFilesError::Bundle)?;
                    let scts = Vec::new();
                    return Ok(Found {
                        bundle,
                        scts,
                        detached: None,
                    });
                }
                let parsed = LocalSignedPayload::parse(&json);
                Some(parsed.map_err(|source| SignatureFilesError::Parse {
                    path: path.clone(),
                    source,
                })?)
            }
            None => None,
        };
        self.lift(old, over, keyless)
    }

    fn refuse_what_bundles_hold(&self) -> Result<(), SignatureFilesError> {
        let held = [
            (self.certificate.is_some(), "certificate", "--certificate"),
            (self.signature.is_some(), "signature", "--signature"),
            (
                self.timestamp.is_some(),
                "RFC3161 timestamp",
                "--rfc3161-timestamp",
            ),
            (self.sct.is_some(), "SCT", "--sct"),
        ];
        match held.into_iter().find(|(given, _, _)| *given) {
            Some((_, what, flag)) => Err(SignatureFilesError::InBundle { what, flag }),
            None => Ok(()),
        }
    }

    /// Puts the parts together as a version 0.1 bundle, the only one whose log entry may rest on the log's promise.
    fn lift(
        &self,
        old: Option<LocalSignedPayload>,
        over: SignatureOver,
        keyless: bool,
    ) -> Result<Found, SignatureFilesError> {
        let signature = match (&self.signature, &old) {
            (Some(given), _) => signature_of(given)?,
            (None, Some(old)) => old.signature.clone(),
            (None, None) if over == SignatureOver::Blob => {
                return Err(SignatureFilesError::NoSignature);
            }
            (None, None) => return Err(SignatureFilesError::NoEnvelope),
        };
        let certificate = self.certificate(old.as_ref())?;
        let content = match certificate {
            Some(leaf) => VerificationContent::CertificateChain(vec![leaf.der().to_vec()]),
            None if keyless => return Err(SignatureFilesError::NoCertificate),
            None => VerificationContent::PublicKeyHint(String::new()),
        };
        let timestamps = self.timestamp.as_deref().map(timestamp_in).transpose()?;
        let entry = old.and_then(|old| old.entry);
        let detached = Detached {
            signature: signature.clone(),
            has_entry: entry.is_some(),
        };
        let content_signed = match over {
            SignatureOver::Blob => BundleContent::MessageSignature(MessageSignature {
                message_digest: None,
                signature,
            }),
            SignatureOver::Statement => BundleContent::DsseEnvelope(
                DsseEnvelope::parse(&signature).map_err(SignatureFilesError::Envelope)?,
            ),
        };
        let version = BundleVersion::V0_1;
        let bundle = Bundle {
            version,
            media_type: version.media_type().to_owned(),
            verification_material: VerificationMaterial {
                content,
                tlog_entries: entry.or_else(|| self.entry.clone()).into_iter().collect(),
                rfc3161_timestamps: timestamps.into_iter().collect(),
            },
            content: content_signed,
        };
        let scts = self.sct.as_deref().map(sct_in).transpose()?;
        Ok(Found {
            bundle,
            scts: scts.into_iter().collect(),
            detached: Some(detached),
        })
    }

    /// The certificate given, or the one in the old bundle; a public key there is not read.
    fn certificate(
        &self,
        old: Option<&LocalSignedPayload>,
    ) -> Result<Option<Certificate>, SignatureFilesError> {
        let inside = match (old.and_then(|old| old.certificate.as_ref()), &self.bundle) {
            (Some(text), Some(path)) => first_certificate(text, &path.to_string_lossy())?,
            _ => None,
        };
        let Some(path) = &self.certificate else {
            return Ok(inside);
        };
        let given = certificate_in(path)?;
        if inside.is_some_and(|inside| inside.der() != given.der()) {
            return Err(SignatureFilesError::OtherCertificate);
        }
        Ok(Some(given))
    }
}

/// The certificate in a file, PEM or base64 of PEM; the first one, if it is a chain.
pub(crate) fn certificate_in(path: &Path) -> Result<Certificate, SignatureFilesError> {
    let from = path.to_string_lossy();
    let not_one = || SignatureFilesError::NotACertificate {
        from: from.clone().into_owned(),
    };
    let text = String::from_utf8(read(path)?).map_err(|_| not_one())?;
    let text = pem_text(&text).map_err(|source| SignatureFilesError::Parse {
        path: path.to_owned(),
        source,
    })?;
    first_certificate(&text, &from)?.ok_or_else(not_one)
}

fn first_certificate(text: &str, from: &str) -> Result<Option<Certificate>, SignatureFilesError> {
    let not_one = || SignatureFilesError::NotACertificate {
        from: from.to_owned(),
    };
    let blocks = pem::decode_all(text).map_err(|_| not_one())?;
    let Some(block) = blocks.iter().find(|block| block.label == "CERTIFICATE") else {
        return Ok(None);
    };
    let certificate = Certificate::from_der(&block.der);
    certificate
        .map(Some)
        .map_err(|source| SignatureFilesError::Certificate {
            from: from.to_owned(),
            source: Box::new(source),
        })
}

/// A signature in a file, as base64 or as bytes, or given itself as base64.
fn signature_of(given: &str) -> Result<Vec<u8>, SignatureFilesError> {
    let path = Path::new(given);
    let from_base64 = |text: &str| decode_base64(text.trim()).ok().filter(|it| !it.is_empty());
    match read(path) {
        Ok(bytes) => {
            let text = std::str::from_utf8(&bytes).ok();
            Ok(text.and_then(from_base64).unwrap_or(bytes))
        }
        Err(SignatureFilesError::Read { .. }) => {
            from_base64(given).ok_or_else(|| SignatureFilesError::NotASignature {
                given: given.to_owned(),
            })
        }
        Err(error) => Err(error),
    }
}

fn timestamp_in(path: &Path) -> Result<Vec<u8>, SignatureFilesError> {
    parse_signed_timestamp(&read(path)?).map_err(|source| SignatureFilesError::Parse {
        path: path.to_owned(),
        source,
    })
}

/// The SCT in a file, as a CT log answers it.
pub(crate) fn sct_in(path: &Path) -> Result<Sct, SignatureFilesError> {
    let sct = DetachedSct::parse(&read(path)?).map_err(|source| SignatureFilesError::Parse {
        path: path.to_owned(),
        source,
    })?;
    let failed = |source| SignatureFilesError::Sct {
        path: path.to_owned(),
        source,
    };
    let extensions = u16::try_from(sct.extensions.len()).map_err(|_| {
        failed(SctError::TooLong {
            field: "extensions",
            length: sct.extensions.len(),
        })
    })?;
    // The form in which the SCT would stand in the certificate, so that one reader judges both.
    let mut bytes = vec![sct.version];
    bytes.extend(sct.log_id);
    bytes.extend(sct.timestamp.to_be_bytes());
    bytes.extend(extensions.to_be_bytes());
    bytes.extend(sct.extensions);
    bytes.extend(sct.signature);
    Sct::decode(&bytes).map_err(failed)
}

fn read(path: &Path) -> Result<Vec<u8>, SignatureFilesError> {
    let failed = |source| SignatureFilesError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(SignatureFilesError::TooLarge {
            path: path.to_owned(),
            limit: MAX_FILE_BYTES,
        });
    }
    Ok(bytes)
}
