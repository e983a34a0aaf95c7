//! Files that hold what would be in a bundle, from before there were bundles.

use std::path::PathBuf;

use crate::signature_files::SignatureFiles;

/// What stands in files of its own instead of in a bundle.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Signatures without a bundle")]
pub(crate) struct DetachedArgs {
    /// The signature, for an attestation its envelope: a file, or the base64 itself
    #[arg(long, value_name = "SIGNATURE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) signature: Option<String>,

    /// The signer's certificate: a file, PEM or base64 of PEM
    #[arg(long, alias = "cert", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// The SCT of a certificate that carries none inside: a file, JSON as a CT log answers it
    #[arg(long, value_name = "FILE")]
    pub(crate) sct: Option<PathBuf>,

    /// The timestamp over the signature: a file, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) rfc3161_timestamp: Option<PathBuf>,

    /// The Rekor v1 log that is asked for the entry of such a signature; no other host is contacted
    #[arg(long, value_name = "URL")]
    pub(crate) rekor_url: Option<String>,
}

impl DetachedArgs {
    /// The files, with the bundle's.
    pub(crate) fn files(&self, bundle: Option<PathBuf>) -> SignatureFiles {
        SignatureFiles {
            bundle,
            signature: self.signature.clone(),
            certificate: self.certificate.clone(),
            timestamp: self.rfc3161_timestamp.clone(),
            sct: self.sct.clone(),
            entry: None,
        }
    }
}
