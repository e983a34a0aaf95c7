//! What a certificate must be at its place in a chain.

use jiff::Timestamp;

use super::{ChainError, ChainPurpose};
use crate::{Certificate, certificate::oid};

/// Extensions that are evaluated here or when the certificate is read, and so may be critical.
const KNOWN: [crate::ObjectIdentifier; 7] = [
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CT_POISON,
];

/// The rules for the leaf.
pub(super) fn check_leaf(
    leaf: &Certificate,
    at: Timestamp,
    purpose: ChainPurpose,
) -> Result<(), ChainError> {
    let subject = || leaf.display_name();
    check_poison(leaf, purpose)?;
    check_critical(leaf)?;
    if leaf.is_ca() {
        return Err(ChainError::LeafIsCa { subject: subject() });
    }
    // Timestamping leaves without key usage exist (RFC 3161 asks for none); Sigstore's own profile always has it.
    let optional = purpose == ChainPurpose::TimeStamping && !leaf.has_key_usage();
    if !optional && !leaf.key_usage_digital_signature() {
        return Err(ChainError::DigitalSignatureNotAllowed { subject: subject() });
    }
    if !leaf.has_eku(&purpose.usage()) {
        return Err(ChainError::Eku {
            subject: subject(),
            purpose,
        });
    }
    if purpose == ChainPurpose::TimeStamping {
        if leaf
            .extended_key_usages()
            .is_none_or(|usages| usages.len() != 1)
        {
            return Err(ChainError::EkuNotSole { subject: subject() });
        }
        if !leaf.eku_critical() {
            return Err(ChainError::EkuNotCritical { subject: subject() });
        }
    }
    check_time(leaf, at)
}

/// The rules for a certificate with `below` non-self-issued authorities between it and the leaf.
pub(super) fn check_authority(
    authority: &Certificate,
    below: usize,
    at: Timestamp,
    purpose: ChainPurpose,
) -> Result<(), ChainError> {
    let subject = || authority.display_name();
    if authority.extension(&oid::CT_POISON).is_some() {
        return Err(ChainError::Precertificate { subject: subject() });
    }
    if authority.extension(&oid::NAME_CONSTRAINTS).is_some() {
        return Err(ChainError::NameConstraints { subject: subject() });
    }
    check_critical(authority)?;
    if !authority.is_ca() {
        return Err(ChainError::NotCa { subject: subject() });
    }
    if !authority.key_usage_cert_sign() {
        return Err(ChainError::CertSignNotAllowed { subject: subject() });
    }
    if let Some(limit) = authority.path_len_constraint()
        && below > usize::from(limit)
    {
        return Err(ChainError::PathLen {
            subject: subject(),
            limit,
            found: below,
        });
    }
    let unlimited = authority.extended_key_usages().is_none()
        || authority.has_eku(&oid::ANY_EXTENDED_KEY_USAGE);
    if !unlimited && !authority.has_eku(&purpose.usage()) {
        return Err(ChainError::Eku {
            subject: subject(),
            purpose,
        });
    }
    check_time(authority, at)
}

fn check_poison(leaf: &Certificate, purpose: ChainPurpose) -> Result<(), ChainError> {
    let wanted = purpose == ChainPurpose::Precertificate;
    match (wanted, leaf.extension(&oid::CT_POISON)) {
        (true, Some((true, _))) | (false, None) => Ok(()),
        (true, _) => Err(ChainError::NotPrecertificate {
            subject: leaf.display_name(),
        }),
        (false, Some(_)) => Err(ChainError::Precertificate {
            subject: leaf.display_name(),
        }),
    }
}

fn check_critical(certificate: &Certificate) -> Result<(), ChainError> {
    match certificate
        .extensions()
        .find(|(oid, critical, _)| *critical && !KNOWN.contains(oid))
    {
        None => Ok(()),
        Some((oid, ..)) => Err(ChainError::UnknownCriticalExtension {
            subject: certificate.display_name(),
            oid: *oid,
        }),
    }
}

/// Both ends of the validity belong to it (RFC 5280 §4.1.2.5).
fn check_time(certificate: &Certificate, at: Timestamp) -> Result<(), ChainError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        return Err(ChainError::NotYetValid {
            subject: certificate.display_name(),
            not_before,
            at,
        });
    }
    if at > not_after {
        return Err(ChainError::Expired {
            subject: certificate.display_name(),
            not_after,
            at,
        });
    }
    Ok(())
}
