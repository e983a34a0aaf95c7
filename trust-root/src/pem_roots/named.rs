//! Authorities of files that are named one by one, not by a variable.

use std::path::Path;

use jiff::Timestamp;
use sigbox_crypto::Certificate;
use sigbox_wire::TimeRange;

use super::NAMELESS;
use crate::files::read_chain;
use crate::{TrustRootError, documents};

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
