//! A trusted root of certificate chains and keys in PEM files.

use std::path::Path;

use jiff::Timestamp;
use sigbox_crypto::{Certificate, PublicKey, rekor_v2_log_id};
use sigbox_wire::{CertificateAuthority, LogInstance, TimeRange, TrustedRoot};
use trust_root::{TrustRootError, files, log_instance};

use super::spec::{Kind, Spec, SpecError};
use crate::trust::why;
use crate::ui::Escaped;

/// A trusted root could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TrustedRootError {
    /// What is said of a service is wrong.
    #[error("parsing {flag} spec: {source}")]
    Spec {
        /// The flag without its dashes.
        flag: &'static str,
        /// What is wrong.
        source: SpecError,
    },
    /// What an older flag says is wrong.
    #[error("--{flag}: {source}")]
    Old {
        /// The flag without its dashes.
        flag: &'static str,
        /// What is wrong.
        source: SpecError,
    },
    /// A file of certificates or with a key cannot be used.
    #[error("--{flag}: {what}: {}", why(.source))]
    File {
        /// The flag without its dashes.
        flag: &'static str,
        /// Which file it is.
        what: &'static str,
        /// Why not.
        source: Box<TrustRootError>,
    },
    /// A file holds no certificate.
    #[error("--{flag}: no certificates in file {}", Escaped(.path))]
    NoCertificates {
        /// The flag without its dashes.
        flag: &'static str,
        /// The file.
        path: String,
    },
    /// A timestamp authority's chain begins with an authority.
    #[error("--{flag}: first certificate in chain must be a leaf certificate, found the authority {}", Escaped(.found))]
    NoLeaf {
        /// The flag without its dashes.
        flag: &'static str,
        /// The certificate's subject.
        found: String,
    },
    /// A timestamp authority's chain has no root.
    #[error("--{flag}: certificate chain must have at least two certificates, found {found}")]
    ShortChain {
        /// The flag without its dashes.
        flag: &'static str,
        /// How many there are.
        found: usize,
    },
}

/// What the flags of today say of each service.
pub(crate) struct TrustedRootParts<'a> {
    /// Certificate authorities.
    pub(crate) fulcio: &'a [String],
    /// Signature logs.
    pub(crate) rekor: &'a [String],
    /// Certificate transparency logs.
    pub(crate) ctfe: &'a [String],
    /// Timestamp authorities.
    pub(crate) tsa: &'a [String],
}

impl TrustedRootParts<'_> {
    /// Adds the services to a trusted root.
    pub(crate) fn add_to(&self, root: &mut TrustedRoot) -> Result<(), TrustedRootError> {
        for (flag, texts) in [("rekor", self.rekor), ("ctfe", self.ctfe)] {
            for text in texts {
                let log = log_of_spec(flag, text)?;
                let list = if flag == "rekor" {
                    &mut root.tlogs
                } else {
                    &mut root.ctlogs
                };
                put_log(list, log);
            }
        }
        for text in self.fulcio {
            root.certificate_authorities.push(fulcio_of_spec(text)?);
        }
        for text in self.tsa {
            root.timestamp_authorities.push(tsa_of_spec(text)?);
        }
        Ok(())
    }
}

/// Sorts each list by the start of the validity, as the real client does.
pub(crate) fn sort(root: &mut TrustedRoot) {
    let start = |range: &TimeRange| range.start.unwrap_or(Timestamp::UNIX_EPOCH);
    for logs in [&mut root.tlogs, &mut root.ctlogs] {
        logs.sort_by_key(|log| start(&log.public_key.valid_for));
    }
    for authorities in [
        &mut root.certificate_authorities,
        &mut root.timestamp_authorities,
    ] {
        authorities.sort_by_key(|authority| start(&authority.valid_for));
    }
}

/// Puts a log into its list; a log of the same ID is replaced, since nobody could tell them apart.
pub(super) fn put_log(logs: &mut Vec<LogInstance>, log: LogInstance) {
    logs.retain(|other| other.log_id != log.log_id);
    logs.push(log);
}

fn fulcio_of_spec(text: &str) -> Result<CertificateAuthority, TrustedRootError> {
    let flag = "fulcio";
    let wrong = |source| TrustedRootError::Spec { flag, source };
    let spec = Spec::parse(Kind::Fulcio, text).map_err(wrong)?;
    let chain = spec.required("certificate-chain").map_err(wrong)?;
    let (chain, root) = read_chain(flag, Path::new(chain))?;
    let valid_for = spec.window(root.not_before()).map_err(wrong)?;
    let url = spec.required("url").map_err(wrong)?;
    Ok(authority(&chain, &root, url, valid_for))
}

fn tsa_of_spec(text: &str) -> Result<CertificateAuthority, TrustedRootError> {
    let flag = "tsa";
    let wrong = |source| TrustedRootError::Spec { flag, source };
    let spec = Spec::parse(Kind::Tsa, text).map_err(wrong)?;
    let chain = spec.required("certificate-chain").map_err(wrong)?;
    let (chain, leaf, root) = read_tsa_chain(flag, Path::new(chain))?;
    let valid_for = spec.window(leaf.not_before()).map_err(wrong)?;
    let url = spec.required("url").map_err(wrong)?;
    Ok(authority(&chain, &root, url, valid_for))
}

fn log_of_spec(flag: &'static str, text: &str) -> Result<LogInstance, TrustedRootError> {
    let wrong = |source| TrustedRootError::Spec { flag, source };
    let spec = Spec::parse(Kind::Log, text).map_err(wrong)?;
    let valid_for = spec.window(Timestamp::UNIX_EPOCH).map_err(wrong)?;
    let key = Path::new(spec.required("public-key").map_err(wrong)?);
    let url = spec.required("url").map_err(wrong)?;
    log(flag, key, spec.optional("origin"), url, valid_for)
}

/// A log; with an origin its ID is that of its checkpoints' key, as in Rekor v2 and static CT, else that of the key.
pub(super) fn log(
    flag: &'static str,
    key: &Path,
    origin: Option<&str>,
    url: &str,
    valid_for: TimeRange,
) -> Result<LogInstance, TrustedRootError> {
    let unusable = |source| TrustedRootError::File {
        flag,
        what: "public key",
        source: Box::new(source),
    };
    let key: PublicKey = files::read_key(key).map_err(unusable)?;
    let id = origin.map_or_else(|| key.key_id(), |origin| rekor_v2_log_id(origin, &key));
    log_instance("the log's key", url.to_owned(), &key, id, valid_for).map_err(unusable)
}

/// The certificates before the last one, and the last one, which is the root.
pub(super) fn read_chain(
    flag: &'static str,
    path: &Path,
) -> Result<(Vec<Certificate>, Certificate), TrustedRootError> {
    let chain = files::read_chain(path).map_err(|source| TrustedRootError::File {
        flag,
        what: "certificate chain",
        source: Box::new(source),
    });
    let mut chain = chain?;
    match chain.pop() {
        Some(root) => Ok((chain, root)),
        None => Err(TrustedRootError::NoCertificates {
            flag,
            path: path.to_string_lossy().into_owned(),
        }),
    }
}

/// The same for a timestamp authority, with its signing certificate, which is the first one.
pub(super) fn read_tsa_chain(
    flag: &'static str,
    path: &Path,
) -> Result<(Vec<Certificate>, Certificate, Certificate), TrustedRootError> {
    let (chain, root) = read_chain(flag, path)?;
    let first = chain.first().unwrap_or(&root);
    if first.is_ca() {
        let found = first.display_name();
        return Err(TrustedRootError::NoLeaf { flag, found });
    }
    match chain.first().cloned() {
        Some(leaf) => Ok((chain, leaf, root)),
        None => Err(TrustedRootError::ShortChain { flag, found: 1 }),
    }
}

/// An authority, named as its root is.
pub(super) fn authority(
    chain: &[Certificate],
    root: &Certificate,
    url: &str,
    valid_for: TimeRange,
) -> CertificateAuthority {
    CertificateAuthority {
        organization: root.subject_org().unwrap_or_default().to_owned(),
        common_name: root.subject_cn().unwrap_or_default().to_owned(),
        uri: url.to_owned(),
        cert_chain: chain
            .iter()
            .chain([root])
            .map(|one| one.der().to_vec())
            .collect(),
        valid_for,
    }
}
