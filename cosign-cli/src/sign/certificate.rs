//! The check behind the line `Successfully verified SCT...`.

use sigbox_crypto::{Certificate, PublicKey, Sct, SctError};
use sigbox_wire::TrustedRoot;
use sigbox_wire::proto_json::encode_base64;

/// A fresh certificate that no trusted CT log vouches for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateCheckError {
    /// No trusted certificate authority issued it.
    #[error(
        "no certificate authority of the trusted root issued the certificate: expected {}, found issuer `{issuer}`",
        list(known)
    )]
    UnknownIssuer {
        /// The issuer's name in the certificate.
        issuer: String,
        /// The names of the trusted authorities' certificates.
        known: Vec<String>,
    },
    /// It carries no SCT.
    #[error("the certificate carries no SCT")]
    NoSct,
    /// It carries SCTs, but of logs that are not in the trusted root.
    #[error(
        "none of the certificate's SCTs is of a CT log in the trusted root: expected {}, found {}",
        list(known),
        list(found)
    )]
    UnknownLog {
        /// The ids in the SCTs.
        found: Vec<String>,
        /// The ids of the trusted CT logs.
        known: Vec<String>,
    },
    /// An SCT is malformed or does not hold.
    #[error("the certificate's SCT does not verify")]
    Sct(#[from] SctError),
}

/// Checks that a CT log of the trusted root vouches for a certificate that a CA of it issued.
///
/// This is the early check, for the user's sake: the finished bundle is verified as a whole, chain and
/// times included, before it is written.
///
/// # Errors
/// [`CertificateCheckError`].
///
/// Source: RFC 6962 §3.2.
pub(super) fn check_sct(
    leaf: &Certificate,
    root: &TrustedRoot,
) -> Result<(), CertificateCheckError> {
    let issuer = issuer(leaf, root).ok_or_else(|| CertificateCheckError::UnknownIssuer {
        issuer: leaf.issuer_display_name(),
        known: authorities(root)
            .map(|one| format!("`{}`", one.display_name()))
            .collect(),
    })?;
    let scts = Sct::from_certificate(leaf)?;
    if scts.is_empty() {
        return Err(CertificateCheckError::NoSct);
    }
    let mut verified = false;
    for sct in &scts {
        let log = root.ctlogs.iter().find(|log| log.log_id == sct.log_id);
        if let Some(key) =
            log.and_then(|log| PublicKey::from_spki_der(&log.public_key.raw_bytes).ok())
        {
            sct.verify_embedded(leaf, &issuer, &key)?;
            verified = true;
        }
    }
    if verified {
        Ok(())
    } else {
        Err(CertificateCheckError::UnknownLog {
            found: scts.iter().map(|sct| encode_base64(&sct.log_id)).collect(),
            known: root
                .ctlogs
                .iter()
                .map(|log| encode_base64(&log.log_id))
                .collect(),
        })
    }
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

fn authorities(root: &TrustedRoot) -> impl Iterator<Item = Certificate> {
    root.certificate_authorities
        .iter()
        .flat_map(|authority| &authority.cert_chain)
        .filter_map(|der| Certificate::from_der(der).ok())
}

fn issuer(leaf: &Certificate, root: &TrustedRoot) -> Option<Certificate> {
    authorities(root).find(|candidate| {
        candidate.subject_der() == leaf.issuer_der() && leaf.verify_issued_by(candidate).is_ok()
    })
}
