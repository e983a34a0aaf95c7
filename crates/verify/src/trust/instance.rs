//! The parties of a trusted root, one type a kind.

use std::sync::Arc;

use sigbox_crypto::{Certificate, HashAlgorithm, PublicKey, rekor_v2_log_id};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{self as wire, LogInstance, TimeRange};
use url::Url;

use super::SkipReason;

/// A signature transparency log.
#[derive(Debug, Clone)]
pub struct TransparencyLog {
    base_url: String,
    host: Option<String>,
    log_id: [u8; 32],
    key: PublicKey,
    valid_for: TimeRange,
}

/// A certificate transparency log.
#[derive(Debug, Clone)]
pub struct CtLog {
    base_url: String,
    log_id: [u8; 32],
    key: PublicKey,
    valid_for: TimeRange,
}

/// A code-signing authority: a root and what stands below it.
#[derive(Debug, Clone)]
pub struct CertificateAuthority {
    uri: String,
    intermediates: Vec<Certificate>,
    root: Certificate,
    valid_for: TimeRange,
}

/// A timestamp authority with its chain, its own certificate first and the root last.
#[derive(Debug, Clone)]
pub struct TimestampAuthority {
    uri: String,
    chain: Vec<Certificate>,
    valid_for: TimeRange,
}

fn name_of(url: &str, other: impl FnOnce() -> String) -> String {
    if url.is_empty() {
        other()
    } else {
        url.to_owned()
    }
}

fn id_and_url(id: &[u8], url: &str) -> String {
    let id = encode_base64(id);
    if url.is_empty() {
        id
    } else {
        format!("{id} ({url})")
    }
}

fn log_key(log: &LogInstance) -> Result<PublicKey, SkipReason> {
    // Without a beginning the window would cover all of the past (sigstore-go refuses it too).
    if log.public_key.valid_for.start.is_none() {
        return Err(SkipReason::MissingStart);
    }
    if log.hash_algorithm != HashAlgorithm::Sha2_256 {
        return Err(SkipReason::HashAlgorithm {
            found: log.hash_algorithm,
        });
    }
    Ok(PublicKey::from_spki_der(&log.public_key.raw_bytes)?)
}

fn check_log_id(
    log: &LogInstance,
    expected: [u8; 32],
    also: Option<[u8; 32]>,
) -> Result<[u8; 32], SkipReason> {
    let known = [Some(expected), also]
        .into_iter()
        .flatten()
        .find(|id| id.as_slice() == log.log_id);
    known.ok_or_else(|| SkipReason::LogId {
        expected,
        found: log.log_id.clone(),
    })
}

/// The host of a URL as Go's `url.Hostname()` gives it: no port, no brackets.
fn host_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    url.host_str()
        .map(|host| host.trim_matches(['[', ']']).to_owned())
}

impl TransparencyLog {
    pub(super) fn new(log: &LogInstance) -> Result<Self, SkipReason> {
        let key = log_key(log)?;
        let host = host_of(&log.base_url);
        // A v2 log is known by the note key id over its origin, a v1 log by the hash of its key.
        let log_id = match &host {
            Some(origin) => check_log_id(log, rekor_v2_log_id(origin, &key), Some(key.key_id()))?,
            None => check_log_id(log, key.key_id(), None)?,
        };
        let (base_url, valid_for) = (log.base_url.clone(), log.public_key.valid_for);
        Ok(Self {
            base_url,
            host,
            log_id,
            key,
            valid_for,
        })
    }

    /// The URL that names the log.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What messages call it: its URL, or its id where the trusted root gives none.
    pub fn name(&self) -> String {
        name_of(&self.base_url, || encode_base64(&self.log_id))
    }

    /// Its id and, where the trusted root gives one, its URL.
    pub(crate) fn id_and_url(&self) -> String {
        id_and_url(&self.log_id, &self.base_url)
    }

    /// The origin of a v2 log's checkpoints: the host of its URL, if that has one.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The id that entries name the log by.
    pub fn log_id(&self) -> &[u8; 32] {
        &self.log_id
    }

    /// The log's key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// When the key was in use.
    pub fn valid_for(&self) -> TimeRange {
        self.valid_for
    }
}

impl CtLog {
    pub(super) fn new(log: &LogInstance) -> Result<Self, SkipReason> {
        let key = log_key(log)?;
        let log_id = check_log_id(log, key.key_id(), None)?;
        let (base_url, valid_for) = (log.base_url.clone(), log.public_key.valid_for);
        Ok(Self {
            base_url,
            log_id,
            key,
            valid_for,
        })
    }

    /// The URL that names the log.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What messages call it: its URL, or its id where the trusted root gives none.
    pub fn name(&self) -> String {
        name_of(&self.base_url, || encode_base64(&self.log_id))
    }

    /// Its id and, where the trusted root gives one, its URL.
    pub(crate) fn id_and_url(&self) -> String {
        id_and_url(&self.log_id, &self.base_url)
    }

    /// The SHA-256 of the log's key.
    pub fn log_id(&self) -> &[u8; 32] {
        &self.log_id
    }

    /// The log's key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// When the key was in use.
    pub fn valid_for(&self) -> TimeRange {
        self.valid_for
    }
}

fn read_chain(
    authority: &wire::CertificateAuthority,
    least: usize,
) -> Result<Vec<Certificate>, SkipReason> {
    let found = authority.cert_chain.len();
    if found < least {
        return Err(SkipReason::ChainLength {
            expected: least,
            found,
        });
    }
    let certificates = authority.cert_chain.iter().enumerate();
    certificates
        .map(|(position, der)| {
            Certificate::from_der(der).map_err(|error| SkipReason::Certificate {
                position,
                source: Arc::new(error),
            })
        })
        .collect()
}

impl CertificateAuthority {
    pub(super) fn new(authority: &wire::CertificateAuthority) -> Result<Self, SkipReason> {
        let mut intermediates = read_chain(authority, 1)?;
        let root = intermediates.pop().ok_or(SkipReason::ChainLength {
            expected: 1,
            found: 0,
        })?;
        let (uri, valid_for) = (authority.uri.clone(), authority.valid_for);
        Ok(Self {
            uri,
            intermediates,
            root,
            valid_for,
        })
    }

    /// The authority's URL.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// What messages call it: its URL, or its root's name where the trusted root gives none.
    pub fn name(&self) -> String {
        name_of(&self.uri, || self.root.display_name())
    }

    /// The certificates between leaf and root.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    /// The root.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// When the authority was in use.
    pub fn valid_for(&self) -> TimeRange {
        self.valid_for
    }
}

impl TimestampAuthority {
    pub(super) fn new(authority: &wire::CertificateAuthority) -> Result<Self, SkipReason> {
        let chain = read_chain(authority, 2)?;
        let (uri, valid_for) = (authority.uri.clone(), authority.valid_for);
        Ok(Self {
            uri,
            chain,
            valid_for,
        })
    }

    /// The authority's URL.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// What messages call it: its URL, or its certificate's name where the trusted root gives none.
    pub fn name(&self) -> String {
        name_of(&self.uri, || {
            self.chain
                .first()
                .map(Certificate::display_name)
                .unwrap_or_default()
        })
    }

    /// The authority's certificate, then its issuers, the root last.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// When the authority was in use.
    pub fn valid_for(&self) -> TimeRange {
        self.valid_for
    }
}
