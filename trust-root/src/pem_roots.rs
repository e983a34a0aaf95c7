//! A trusted root from the four PEM files that a private instance hands out, each named by its variable.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sigbox_crypto::{Certificate, PublicKey, rekor_v2_log_id};
use sigbox_wire::{TimeRange, TrustedRoot};

use crate::files::{read_chain, read_text};
use crate::{TrustRootError, documents};

/// The variables that name a PEM file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Variable {
    /// `SIGSTORE_ROOT_FILE`: roots and intermediates of the CA.
    Root,
    /// `SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`: keys of certificate transparency logs.
    CtLogKey,
    /// `SIGSTORE_REKOR_PUBLIC_KEY`: keys of signature logs.
    RekorKey,
    /// `SIGSTORE_TSA_CERTIFICATE_FILE`: the timestamp authority's chain.
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

/// The files given, each alone or with others. A part that is not given is left out of the root, so that the check which needs it fails by name.
#[derive(Clone, Debug, Default)]
pub struct PemRoots {
    /// `SIGSTORE_ROOT_FILE`.
    pub root: Option<PathBuf>,
    /// `SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`; may hold several keys.
    pub ct_log_key: Option<PathBuf>,
    /// `SIGSTORE_REKOR_PUBLIC_KEY`; may hold several keys.
    pub rekor_key: Option<PathBuf>,
    /// `SIGSTORE_TSA_CERTIFICATE_FILE`.
    pub tsa_chain: Option<PathBuf>,
}

/// PEM files name no operator.
const NAMELESS: &str = "PEM file";

impl PemRoots {
    /// True when no file is given.
    pub const fn is_empty(&self) -> bool {
        self.root.is_none()
            && self.ct_log_key.is_none()
            && self.rekor_key.is_none()
            && self.tsa_chain.is_none()
    }

    /// Reads the files and builds a trusted root.
    ///
    /// `log_host` is the signature log's host name, which no PEM file holds: the caller takes it from the checkpoint, whose signature
    /// by the given key then vouches for it.
    ///
    /// # Errors
    /// [`TrustRootError::Read`] and its like, naming the file; [`TrustRootError::ChainShape`] for a file without a root.
    pub fn trusted_root(&self, log_host: &str) -> Result<TrustedRoot, TrustRootError> {
        let mut root = TrustedRoot::default();
        if let Some(path) = &self.root {
            let chain = read_chain(path)?;
            let self_issued: Vec<_> = chain.iter().filter(|c| c.is_self_issued()).collect();
            if self_issued.is_empty() {
                return Err(shape(Variable::Root.name(), "a self-issued root", &chain));
            }
            for ca_root in self_issued {
                let intermediates: Vec<_> = chain
                    .iter()
                    .filter(|c| !c.is_self_issued())
                    .cloned()
                    .collect();
                root.certificate_authorities
                    .push(code_signing_authority(&intermediates, ca_root));
            }
        }
        if let Some(path) = &self.tsa_chain {
            root.timestamp_authorities
                .push(timestamp_authority(Variable::TsaChain.name(), path)?);
        }
        for key in keys(Variable::CtLogKey, self.ct_log_key.as_ref())? {
            let id = key.key_id();
            root.ctlogs.push(documents::log(
                Variable::CtLogKey.name(),
                String::new(),
                &key,
                id,
                always(),
            )?);
        }
        for key in keys(Variable::RekorKey, self.rekor_key.as_ref())? {
            let id = rekor_v2_log_id(log_host, &key);
            root.tlogs.push(documents::log(
                Variable::RekorKey.name(),
                format!("https://{log_host}"),
                &key,
                id,
                always(),
            )?);
        }
        Ok(root)
    }
}

fn keys(variable: Variable, path: Option<&PathBuf>) -> Result<Vec<PublicKey>, TrustRootError> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    PublicKey::all_from_pem(&read_text(path)?).map_err(|source| TrustRootError::PublicKey {
        what: format!("{} `{}`", variable.name(), path.display()),
        source,
    })
}

/// A key file holds no window: its keys are trusted for all time that the certificates allow.
fn always() -> TimeRange {
    TimeRange::from_start(Timestamp::UNIX_EPOCH)
}

/// A code-signing authority of certificates that a user names; it was trusted since its root is valid.
pub fn code_signing_authority(
    intermediates: &[Certificate],
    root: &Certificate,
) -> sigbox_wire::CertificateAuthority {
    // A root alone may issue itself, so a chain of one is taken here.
    let chain = intermediates.iter().chain([root]);
    sigbox_wire::CertificateAuthority {
        organization: root.subject_org().unwrap_or(NAMELESS).to_owned(),
        common_name: root.subject_cn().unwrap_or(NAMELESS).to_owned(),
        uri: String::new(),
        cert_chain: chain.map(|c| c.der().to_vec()).collect(),
        valid_for: TimeRange::from_start(root.not_before()),
    }
}

/// A timestamp authority of a PEM file: one signing certificate and one root, in any order; `what` names the file in
/// errors.
///
/// # Errors
/// [`TrustRootError::Read`] and its like, or [`TrustRootError::ChainShape`].
pub fn timestamp_authority(
    what: &str,
    path: &Path,
) -> Result<sigbox_wire::CertificateAuthority, TrustRootError> {
    let chain = ordered(what, read_chain(path)?)?;
    let window = TimeRange::from_start(start(&chain));
    documents::authority(what, String::new(), NAMELESS, &chain, window)
}

/// Signer, intermediates, root, whatever their order in the file.
fn ordered(what: &str, chain: Vec<Certificate>) -> Result<Vec<Certificate>, TrustRootError> {
    let (mut signers, rest): (Vec<_>, Vec<_>) = chain.into_iter().partition(|c| !c.is_ca());
    let (roots, intermediates): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(Certificate::is_self_issued);
    if signers.len() != 1 || roots.len() != 1 {
        let all: Vec<_> = signers
            .into_iter()
            .chain(intermediates)
            .chain(roots)
            .collect();
        return Err(shape(what, "one signing certificate and one root", &all));
    }
    signers.extend(intermediates);
    signers.extend(roots);
    Ok(signers)
}

fn start(chain: &[Certificate]) -> Timestamp {
    chain
        .first()
        .map_or(Timestamp::UNIX_EPOCH, Certificate::not_before)
}

fn shape(what: &str, expected: &'static str, chain: &[Certificate]) -> TrustRootError {
    let names: Vec<_> = chain.iter().map(Certificate::display_name).collect();
    TrustRootError::ChainShape {
        what: what.to_owned(),
        expected,
        found: format!("{} certificates ({})", chain.len(), names.join("; ")),
    }
}
