//! A trusted root from the four PEM files that a private instance hands out, each named by its variable.

mod chains;
mod error;
mod named;
mod read;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sigbox_crypto::{Certificate, PublicKey, rekor_v2_log_id};
use sigbox_wire::{LogInstance, TimeRange, TrustedRoot};

pub use error::{PemFault, PemRootsError};
pub use named::{code_signing_authority, timestamp_authority};

use crate::documents;

/// The variables that name a PEM file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Variable {
    /// `SIGSTORE_ROOT_FILE`: roots and intermediates of the CA.
    Root,
    /// `SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`: keys of certificate transparency logs.
    CtLogKey,
    /// `SIGSTORE_REKOR_PUBLIC_KEY`: keys of signature logs.
    RekorKey,
    /// `SIGSTORE_TSA_CERTIFICATE_FILE`: the chains of timestamp authorities.
    TsaChain,
}

impl Variable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Root, Self::CtLogKey, Self::RekorKey, Self::TsaChain];

    /// The variable's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "SIGSTORE_ROOT_FILE",
            Self::CtLogKey => "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
            Self::RekorKey => "SIGSTORE_REKOR_PUBLIC_KEY",
            Self::TsaChain => "SIGSTORE_TSA_CERTIFICATE_FILE",
        }
    }
}

/// The files given, each alone or with others. A part that is not given is left out of the root, so that the check
/// which needs it fails by name. Each file may hold several PEM blocks.
#[derive(Clone, Debug, Default)]
pub struct PemRoots {
    /// `SIGSTORE_ROOT_FILE`: roots, and the intermediates below them.
    pub root: Option<PathBuf>,
    /// `SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`: keys, or one key as DER.
    pub ct_log_key: Option<PathBuf>,
    /// `SIGSTORE_REKOR_PUBLIC_KEY`: keys, or one key as DER.
    pub rekor_key: Option<PathBuf>,
    /// `SIGSTORE_TSA_CERTIFICATE_FILE`: chains from the authority's own certificate to a root.
    pub tsa_chain: Option<PathBuf>,
}

/// What an entry says of its log, which no key file tells.
///
/// It only says which name goes with which key: the signature of that key over the name vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogName {
    /// The log's id, as the entry has it.
    pub log_id: Vec<u8>,
    /// The log's host, as its checkpoint has it.
    pub host: String,
}

/// PEM files name no operator.
const NAMELESS: &str = "PEM file";

impl PemRoots {
    /// The file that a variable names.
    pub fn file(&self, variable: Variable) -> Option<&Path> {
        match variable {
            Variable::Root => self.root.as_deref(),
            Variable::CtLogKey => self.ct_log_key.as_deref(),
            Variable::RekorKey => self.rekor_key.as_deref(),
            Variable::TsaChain => self.tsa_chain.as_deref(),
        }
    }

    /// True when no file is given.
    pub fn is_empty(&self) -> bool {
        Variable::ALL.iter().all(|one| self.file(*one).is_none())
    }

    /// Reads the files and builds a trusted root.
    ///
    /// `names` are those of the logs whose entries are to be judged. A log key that none of them goes with is taken
    /// under its version 1 id and without a name.
    ///
    /// # Errors
    /// [`PemRootsError`] names variable and file.
    pub fn trusted_root(&self, names: &[LogName]) -> Result<TrustedRoot, PemRootsError> {
        let mut root = TrustedRoot::default();
        if let Some(path) = self.file(Variable::Root) {
            let fault = |fault| PemRootsError::new(Variable::Root, path, fault);
            let certificates = read::certificates(path).map_err(fault)?;
            let chains = chains::of_authorities(certificates).map_err(fault)?;
            root.certificate_authorities = chains.iter().map(|chain| authority(chain)).collect();
        }
        if let Some(path) = self.file(Variable::TsaChain) {
            let fault = |fault| PemRootsError::new(Variable::TsaChain, path, fault);
            let certificates = read::certificates(path).map_err(fault)?;
            let chains = chains::of_signers(&certificates).map_err(fault)?;
            root.timestamp_authorities = chains.iter().map(|chain| authority(chain)).collect();
        }
        if let Some(path) = self.file(Variable::CtLogKey) {
            let fault = |fault| PemRootsError::new(Variable::CtLogKey, path, fault);
            for key in read::keys(path).map_err(fault)? {
                let log = log(&key, String::new(), key.key_id()).map_err(fault)?;
                root.ctlogs.push(log);
            }
        }
        if let Some(path) = self.file(Variable::RekorKey) {
            let fault = |fault| PemRootsError::new(Variable::RekorKey, path, fault);
            for key in read::keys(path).map_err(fault)? {
                root.tlogs.extend(logs_of(&key, names).map_err(fault)?);
            }
        }
        Ok(root)
    }
}

/// One log for each name that goes with the key: a version 2 id may depend on the name, a version 1 id never does.
fn logs_of(key: &PublicKey, names: &[LogName]) -> Result<Vec<LogInstance>, PemFault> {
    let mut logs: Vec<LogInstance> = Vec::new();
    for LogName { log_id, host } in names {
        let ids = [rekor_v2_log_id(host, key), key.key_id()];
        let Some(id) = ids.iter().find(|id| id.as_slice() == log_id) else {
            continue;
        };
        if logs.iter().all(|log| log.log_id != *log_id) {
            logs.push(log(key, format!("https://{host}"), *id)?);
        }
    }
    if logs.is_empty() {
        logs.push(log(key, String::new(), key.key_id())?);
    }
    Ok(logs)
}

/// A key file holds no window: its keys are trusted for all time that the certificates allow.
fn log(key: &PublicKey, base_url: String, id: [u8; 32]) -> Result<LogInstance, PemFault> {
    let always = TimeRange::from_start(Timestamp::UNIX_EPOCH);
    documents::log("", base_url, key, id, always).map_err(|_| PemFault::KeyType {
        algorithm: key.algorithm().to_string(),
    })
}

/// A chain that ends in its root; a root alone may issue by itself. The certificates say how long they are good.
fn authority(chain: &[Certificate]) -> sigbox_wire::CertificateAuthority {
    let root = chain.last();
    let name = |part: fn(&Certificate) -> Option<&str>| root.and_then(part).unwrap_or(NAMELESS);
    sigbox_wire::CertificateAuthority {
        organization: name(Certificate::subject_org).to_owned(),
        common_name: name(Certificate::subject_cn).to_owned(),
        uri: String::new(),
        cert_chain: chain.iter().map(|c| c.der().to_vec()).collect(),
        valid_for: TimeRange::from_start(
            root.map_or(Timestamp::UNIX_EPOCH, Certificate::not_before),
        ),
    }
}
