//! A key of the signer's own, with the certificate that the command line names for it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sigbox_crypto::SigningKey;
use trust_root::files;

use crate::oidc::IdentitySource;
use crate::report::Failure;
use crate::sign::OwnCertificate;
use crate::signature_files::{SignatureFilesError, certificate_in};
use crate::trust;
use crate::ui::Escaped;

/// The key alone, or with its certificate; failures in the words of the real client.
pub(super) fn signer(
    blob: &str,
    key: Arc<SigningKey>,
    certificate: Option<&Path>,
    chain: Option<&Path>,
    now: Timestamp,
) -> Result<IdentitySource, Failure> {
    let failure = |why: &dyn std::fmt::Display| {
        Failure::new(format!(
            "signing {blob}: getting keypair and token: getting signer: {why}"
        ))
    };
    let Some(path) = certificate else {
        return match chain {
            Some(_) => Err(failure(
                &"no leaf certificate found or provided while specifying chain",
            )),
            None => Ok(IdentitySource::Key(key)),
        };
    };
    let certificate = certificate_in(path).map_err(|error| match &error {
        SignatureFilesError::Read { .. } => {
            failure(&format_args!("read certificate: {error}")).caused_by_source(&error)
        }
        SignatureFilesError::NotACertificate { .. } => failure(&format_args!(
            "supplied PEM file is not a certificate: {}",
            Escaped(&path.to_string_lossy())
        )),
        _ => failure(&error).caused_by_source(&error),
    })?;
    let chain = chain.map(files::read_chain).transpose().map_err(|error| {
        let why = trust::why(&error);
        failure(&format_args!("loading certificate chain: {why}")).caused_by_source(&error)
    })?;
    let own = OwnCertificate::new(key, certificate, chain, now)
        .map_err(|error| failure(&error).caused_by_source(&error))?;
    Ok(IdentitySource::Certified(Arc::new(own)))
}
