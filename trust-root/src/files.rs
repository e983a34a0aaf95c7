//! The files of a trust directory.

use std::path::Path;

use sigbox_crypto::{Certificate, PublicKey};
use sigbox_wire::{ClientTrustConfig, SigningConfig, TrustedRoot};

use crate::atomic::{self, Access};
use crate::{Instance, TrustRootError};

/// The trusted root, as `--trusted-root` takes it.
pub const TRUSTED_ROOT: &str = "trusted_root.json";
/// The signing config, as `--signing-config` takes it.
pub const SIGNING_CONFIG: &str = "signing_config.v0.2.json";
/// The signing config of the version 1 signature log, as `--signing-config` takes it.
pub const SIGNING_CONFIG_V1: &str = "signing_config.rekor_v1.json";
/// Trusted root and signing config in one, as sigstore-python's `--trust-config` takes it.
pub const CLIENT_TRUST_CONFIG: &str = "client_trust_config.json";
/// The CA's chain: intermediate, root (`SIGSTORE_ROOT_FILE`).
pub const FULCIO_CHAIN: &str = "fulcio_chain.pem";
/// The signature logs' keys (`SIGSTORE_REKOR_PUBLIC_KEY`), version 1 first, the newest shard before the older ones: some clients read
/// no further.
pub const REKOR_KEY: &str = "rekor.pub";
/// The certificate transparency log's key (`SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`).
pub const CTFE_KEY: &str = "ctfe.pub";
/// The timestamp authority's chain: signer, root (`SIGSTORE_TSA_CERTIFICATE_FILE`).
pub const TSA_CHAIN: &str = "tsa_chain.pem";

/// All of them; an instance without a version 1 log has no [`SIGNING_CONFIG_V1`].
pub const FILES: [&str; 8] = [
    TRUSTED_ROOT,
    SIGNING_CONFIG,
    SIGNING_CONFIG_V1,
    CLIENT_TRUST_CONFIG,
    FULCIO_CHAIN,
    REKOR_KEY,
    CTFE_KEY,
    TSA_CHAIN,
];

impl Instance {
    /// Writes every file of the trust directory, each by rename; one that has these bytes already is left alone.
    ///
    /// # Errors
    /// [`TrustRootError::Write`], or what building the documents says.
    pub fn write_all(&self, directory: &Path) -> Result<(), TrustRootError> {
        let pem =
            |chain: &[Certificate]| -> String { chain.iter().map(Certificate::to_pem).collect() };
        // Newest first, for those who read no further.
        let shards = self.rekor_v1.iter().rev().chain(self.rekor.iter().rev());
        let mut contents = vec![
            (TRUSTED_ROOT, self.trusted_root()?.to_json()? + "\n"),
            (SIGNING_CONFIG, self.signing_config().to_json()? + "\n"),
            (
                CLIENT_TRUST_CONFIG,
                self.client_trust_config()?.to_json()? + "\n",
            ),
            (FULCIO_CHAIN, pem(&self.ca_chain)),
            (REKOR_KEY, shards.map(|shard| shard.key.to_pem()).collect()),
            (CTFE_KEY, self.ct_key.to_pem()),
            (TSA_CHAIN, pem(&self.tsa_chain)),
        ];
        if !self.rekor_v1.is_empty() {
            let config = self.signing_config_v1().to_json()? + "\n";
            contents.push((SIGNING_CONFIG_V1, config));
        }
        for (name, content) in contents {
            let path = directory.join(name);
            // A file that cannot be read is written anew; if that fails too, the write says why.
            if std::fs::read(&path).ok().as_deref() != Some(content.as_bytes()) {
                atomic::write(&path, content.as_bytes(), Access::Public)?;
            }
        }
        Ok(())
    }
}

/// A trust directory, read back.
#[derive(Clone, Debug)]
pub struct TrustFiles {
    /// `trusted_root.json`.
    pub trusted_root: TrustedRoot,
    /// `signing_config.v0.2.json`.
    pub signing_config: SigningConfig,
    /// `fulcio_chain.pem`.
    pub ca_chain: Vec<Certificate>,
    /// `tsa_chain.pem`.
    pub tsa_chain: Vec<Certificate>,
    /// `rekor.pub`: the keys of all signature logs, version 1 first.
    pub rekor_keys: Vec<PublicKey>,
    /// `ctfe.pub`.
    pub ct_key: PublicKey,
}

impl TrustFiles {
    /// Reads a trust directory and checks that its files say the same.
    ///
    /// # Errors
    /// [`TrustRootError::Read`], [`TrustRootError::Document`] and their like for one file, [`TrustRootError::Contradiction`] for two.
    pub fn read(directory: &Path) -> Result<Self, TrustRootError> {
        let path = directory.join(CLIENT_TRUST_CONFIG);
        let both = ClientTrustConfig::parse(&read(&path)?)
            .map_err(|source| TrustRootError::Document { path, source })?;
        let files = Self {
            trusted_root: read_trusted_root(&directory.join(TRUSTED_ROOT))?,
            signing_config: read_signing_config(&directory.join(SIGNING_CONFIG))?,
            ca_chain: read_chain(&directory.join(FULCIO_CHAIN))?,
            tsa_chain: read_chain(&directory.join(TSA_CHAIN))?,
            rekor_keys: read_keys(&directory.join(REKOR_KEY))?,
            ct_key: read_key(&directory.join(CTFE_KEY))?,
        };
        files.check(&both)?;
        Ok(files)
    }

    fn check(&self, both: &ClientTrustConfig) -> Result<(), TrustRootError> {
        let same = |equal: bool, file, other, what| {
            if equal {
                Ok(())
            } else {
                Err(TrustRootError::Contradiction { file, other, what })
            }
        };
        let root = &self.trusted_root;
        let has_chain = |list: &[sigbox_wire::CertificateAuthority], chain: &[Certificate]| {
            list.iter()
                .any(|a| a.cert_chain.iter().eq(chain.iter().map(Certificate::der)))
        };
        let has_key = |list: &[sigbox_wire::LogInstance], key: &PublicKey| {
            list.iter()
                .any(|l| l.public_key.raw_bytes == key.spki_der())
        };
        same(
            both.trusted_root == *root,
            CLIENT_TRUST_CONFIG,
            TRUSTED_ROOT,
            "the trusted root",
        )?;
        same(
            both.signing_config == self.signing_config,
            CLIENT_TRUST_CONFIG,
            SIGNING_CONFIG,
            "the signing config",
        )?;
        same(
            has_chain(&root.certificate_authorities, &self.ca_chain),
            FULCIO_CHAIN,
            TRUSTED_ROOT,
            "the CA's chain",
        )?;
        same(
            has_chain(&root.timestamp_authorities, &self.tsa_chain),
            TSA_CHAIN,
            TRUSTED_ROOT,
            "the timestamp authority's chain",
        )?;
        same(
            self.rekor_keys.iter().all(|key| has_key(&root.tlogs, key)),
            REKOR_KEY,
            TRUSTED_ROOT,
            "the signature log's key",
        )?;
        same(
            has_key(&root.ctlogs, &self.ct_key),
            CTFE_KEY,
            TRUSTED_ROOT,
            "the certificate transparency log's key",
        )
    }
}

/// Reads a trusted root.
///
/// # Errors
/// [`TrustRootError::Read`] or [`TrustRootError::Document`].
pub fn read_trusted_root(path: &Path) -> Result<TrustedRoot, TrustRootError> {
    TrustedRoot::parse(&read(path)?).map_err(|source| TrustRootError::Document {
        path: path.to_owned(),
        source,
    })
}

/// Reads a signing config.
///
/// # Errors
/// [`TrustRootError::Read`] or [`TrustRootError::Document`].
pub fn read_signing_config(path: &Path) -> Result<SigningConfig, TrustRootError> {
    SigningConfig::parse(&read(path)?).map_err(|source| TrustRootError::Document {
        path: path.to_owned(),
        source,
    })
}

/// Reads a PEM certificate chain, in the file's order.
///
/// # Errors
/// [`TrustRootError::Read`], [`TrustRootError::NotText`] or [`TrustRootError::Certificate`].
pub fn read_chain(path: &Path) -> Result<Vec<Certificate>, TrustRootError> {
    Certificate::chain_from_pem(&read_text(path)?).map_err(|source| TrustRootError::Certificate {
        what: format!("`{}`", path.display()),
        source,
    })
}

/// Reads a PEM public key.
///
/// # Errors
/// [`TrustRootError::Read`], [`TrustRootError::NotText`] or [`TrustRootError::PublicKey`].
pub fn read_key(path: &Path) -> Result<PublicKey, TrustRootError> {
    PublicKey::from_pem(&read_text(path)?).map_err(|source| TrustRootError::PublicKey {
        what: format!("`{}`", path.display()),
        source,
    })
}

/// Reads one PEM public key or several, in the file's order.
///
/// # Errors
/// As [`read_key`].
pub fn read_keys(path: &Path) -> Result<Vec<PublicKey>, TrustRootError> {
    PublicKey::all_from_pem(&read_text(path)?).map_err(|source| TrustRootError::PublicKey {
        what: format!("`{}`", path.display()),
        source,
    })
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TrustRootError> {
    std::fs::read(path).map_err(|source| TrustRootError::Read {
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn read_text(path: &Path) -> Result<String, TrustRootError> {
    String::from_utf8(read(path)?).map_err(|_| TrustRootError::NotText {
        path: path.to_owned(),
    })
}
