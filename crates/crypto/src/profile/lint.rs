//! The rules that a precertificate must meet before it is signed.
//!
//! Expected bytes are spelt out here once more, apart from the code that builds them: a mistake has to be made twice.

mod identity;

use jiff::SignedDuration;

use super::{LeafRequest, LeafSubject, LintError, Unlinted, subject};
use crate::{Certificate, ObjectIdentifier, SignatureAlgorithm, SubjectAltName, oid};

/// Longest validity of a signing leaf: ten minutes, and one more that an operator may backdate by.
pub const MAX_LEAF_VALIDITY: SignedDuration = SignedDuration::from_secs(11 * 60);

/// A shorter number is not 64 random bits, which CA/Browser Forum rules §7.1 ask for.
const MIN_SERIAL_OCTETS: usize = 8;
/// RFC 5280 §4.1.2.2.
const MAX_SERIAL_OCTETS: usize = 20;

/// Room for every claim a workflow has, and not for a log full of padding.
const MAX_EXTENSIONS_BYTES: usize = 16 * 1024;

/// The extensions of the profile in their order, and whether each must be there.
const ORDER: [(ObjectIdentifier, bool); 9] = [
    (oid::KEY_USAGE, true),
    (oid::EXTENDED_KEY_USAGE, true),
    (oid::SUBJECT_KEY_IDENTIFIER, true),
    (oid::AUTHORITY_KEY_IDENTIFIER, true),
    (oid::SUBJECT_ALT_NAME, true),
    (oid::FULCIO_ISSUER, true),
    (oid::FULCIO_ISSUER_V2, true),
    (oid::FULCIO_TOKEN_SUBJECT, false),
    (oid::CT_POISON, true),
];

/// BIT STRING with digitalSignature alone.
const DIGITAL_SIGNATURE: &[u8] = b"\x03\x02\x07\x80";
/// SEQUENCE with id-kp-codeSigning alone.
const CODE_SIGNING: &[u8] = b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03";
const NULL: &[u8] = b"\x05\x00";
/// OCTET STRING header of a 20-octet key identifier.
const SUBJECT_KEY_ID: &[u8] = b"\x04\x14";

/// Judges the bytes that would be signed, read back with an empty signature.
pub(super) fn check(unlinted: &Unlinted) -> Result<(), LintError> {
    let Unlinted {
        issuer,
        request,
        template,
    } = unlinted;
    identity::check(request)?;
    request
        .key
        .check_strength()
        .map_err(|source| LintError::WeakKey { source })?;
    let certificate =
        template
            .unsigned(issuer.public_key())
            .map_err(|source| LintError::Unreadable {
                source: Box::new(source),
            })?;
    check_fields(&certificate, request, issuer)?;
    check_validity(&certificate, request, issuer)?;
    check_size(&certificate)?;
    check_order(&certificate)?;
    check_alt_name(&certificate, &request.subject)?;
    check_token(&certificate, request)?;
    check_fixed(&certificate, issuer)
}

fn check_fields(
    certificate: &Certificate,
    request: &LeafRequest,
    issuer: &Certificate,
) -> Result<(), LintError> {
    if certificate.subject_der() != subject::EMPTY {
        return Err(LintError::SubjectNotEmpty);
    }
    if certificate.issuer_der() != issuer.subject_der() {
        return Err(LintError::IssuerName);
    }
    let algorithm = SignatureAlgorithm::for_key(issuer.public_key().algorithm());
    if certificate.signature_algorithm() != Ok(algorithm) {
        return Err(LintError::SignatureAlgorithm);
    }
    if certificate.public_key().spki_der() != request.key.spki_der() {
        return Err(LintError::KeyMismatch);
    }
    let octets = certificate.serial().len();
    if !(MIN_SERIAL_OCTETS..=MAX_SERIAL_OCTETS).contains(&octets) {
        return Err(LintError::Serial { octets });
    }
    Ok(())
}

fn check_validity(
    certificate: &Certificate,
    request: &LeafRequest,
    issuer: &Certificate,
) -> Result<(), LintError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    let as_requested = request.not_before.as_second() == not_before.as_second()
        && request.not_after.as_second() == not_after.as_second();
    let inside = issuer.not_before() <= not_before && not_after <= issuer.not_after();
    if not_before >= not_after || !as_requested || !inside {
        return Err(LintError::Validity);
    }
    let found = not_after.duration_since(not_before);
    if found > MAX_LEAF_VALIDITY {
        return Err(LintError::TooLong {
            found,
            limit: MAX_LEAF_VALIDITY,
        });
    }
    Ok(())
}

fn check_size(certificate: &Certificate) -> Result<(), LintError> {
    let size = certificate
        .extensions()
        .map(|(.., value)| value.len())
        .fold(0, usize::saturating_add);
    if size > MAX_EXTENSIONS_BYTES {
        return Err(LintError::ExtensionsTooLarge {
            size,
            limit: MAX_EXTENSIONS_BYTES,
        });
    }
    Ok(())
}

fn check_order(certificate: &Certificate) -> Result<(), LintError> {
    let mut last = None;
    for (oid, ..) in certificate.extensions() {
        let place = ORDER.iter().position(|(known, _)| known == oid);
        let place = place.ok_or(LintError::UnexpectedExtension { oid: *oid })?;
        if last.is_some_and(|last| last >= place) {
            return Err(LintError::ExtensionOrder { oid: *oid });
        }
        last = Some(place);
    }
    match ORDER
        .iter()
        .find(|(oid, needed)| *needed && certificate.extension(oid).is_none())
    {
        Some((oid, _)) => Err(LintError::MissingExtension { oid: *oid }),
        None => Ok(()),
    }
}

fn check_alt_name(certificate: &Certificate, requested: &LeafSubject) -> Result<(), LintError> {
    let names = certificate.subject_alt_names();
    let [name] = names else {
        return Err(LintError::SubjectAltNameCount { found: names.len() });
    };
    let expected = match requested {
        LeafSubject::Email(text) => SubjectAltName::Email(text.clone()),
        LeafSubject::Uri(text) => SubjectAltName::Uri(text.clone()),
    };
    if *name != expected {
        return Err(LintError::SubjectAltNameMismatch);
    }
    match certificate.extension(&oid::SUBJECT_ALT_NAME) {
        Some((true, _)) => Ok(()),
        _ => Err(LintError::SubjectAltNameNotCritical),
    }
}

fn check_token(certificate: &Certificate, request: &LeafRequest) -> Result<(), LintError> {
    if certificate.fulcio_extension(1) != certificate.fulcio_extension(8) {
        return Err(LintError::IssuerExtensionsDiffer);
    }
    if certificate.fulcio_issuer() != Some(request.issuer.as_str()) {
        return Err(LintError::IssuerMismatch);
    }
    if certificate.fulcio_extension(24).unwrap_or_default() != request.token_subject {
        return Err(LintError::TokenSubjectMismatch);
    }
    for oid in [
        oid::FULCIO_ISSUER,
        oid::FULCIO_ISSUER_V2,
        oid::FULCIO_TOKEN_SUBJECT,
    ] {
        if certificate
            .extension(&oid)
            .is_some_and(|(critical, _)| critical)
        {
            return Err(LintError::Extension { oid });
        }
    }
    Ok(())
}

/// The extensions of which value and criticality are fixed.
fn check_fixed(certificate: &Certificate, issuer: &Certificate) -> Result<(), LintError> {
    if certificate.authority_key_id() != issuer.subject_key_id() {
        return Err(LintError::AuthorityKeyId);
    }
    let key_bits = certificate.public_key().subject_public_key_bits();
    let subject_key_id = [SUBJECT_KEY_ID, &sha1(key_bits)].concat();
    let authority_key_id = authority_key_id(issuer).ok_or(LintError::AuthorityKeyId)?;
    let fixed: [(ObjectIdentifier, bool, &[u8]); 5] = [
        (oid::KEY_USAGE, true, DIGITAL_SIGNATURE),
        (oid::EXTENDED_KEY_USAGE, false, CODE_SIGNING),
        (oid::SUBJECT_KEY_IDENTIFIER, false, &subject_key_id),
        (oid::AUTHORITY_KEY_IDENTIFIER, false, &authority_key_id),
        (oid::CT_POISON, true, NULL),
    ];
    for (oid, critical, value) in fixed {
        if certificate.extension(&oid) != Some((critical, value)) {
            return Err(LintError::Extension { oid });
        }
    }
    Ok(())
}

/// SEQUENCE with the issuer's key identifier as its element `[0]` alone.
fn authority_key_id(issuer: &Certificate) -> Option<Vec<u8>> {
    let id = issuer.subject_key_id()?;
    let length = u8::try_from(id.len())
        .ok()
        .filter(|length| *length < 0x7e)?;
    Some([&[0x30, length + 2, 0x80, length], id].concat())
}

fn sha1(bytes: &[u8]) -> [u8; 20] {
    use sha1::Digest as _;
    sha1::Sha1::digest(bytes).into()
}
