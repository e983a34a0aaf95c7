//! The extensions of the profile, each with the one value it may have.

use der::{
    Encode, Tag, TagNumber,
    asn1::{Null, OctetString, Utf8StringRef},
    flagset::FlagSet,
};
use x509_cert::ext::{
    Extension,
    pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages},
};

use super::LeafSubject;
use crate::{
    ObjectIdentifier, PublicKey, Sct, SctError,
    certificate::{oid, tlv},
};

/// digitalSignature alone, critical: `03 02 07 80`.
pub(super) fn digital_signature() -> der::Result<Extension> {
    extension(
        oid::KEY_USAGE,
        true,
        &KeyUsage(KeyUsages::DigitalSignature.into()),
    )
}

/// keyCertSign and cRLSign, critical: `03 02 01 06`.
pub(super) fn sign_certificates() -> der::Result<Extension> {
    let usages: FlagSet<KeyUsages> = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
    extension(oid::KEY_USAGE, true, &KeyUsage(usages))
}

/// One extended key usage.
pub(super) fn extended_key_usage(
    usage: ObjectIdentifier,
    critical: bool,
) -> der::Result<Extension> {
    extension(
        oid::EXTENDED_KEY_USAGE,
        critical,
        &ExtendedKeyUsage(vec![usage]),
    )
}

/// A certificate authority with at most `path_len` authorities below it, critical.
pub(super) fn authority(path_len: u8) -> der::Result<Extension> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: Some(path_len),
    };
    extension(oid::BASIC_CONSTRAINTS, true, &constraints)
}

/// SHA-1 of the key bits (RFC 5280 §4.2.1.2 method 1); an identifier, not a safeguard.
pub(super) fn subject_key_id(key: &PublicKey) -> der::Result<Extension> {
    use sha1::Digest as _;
    let id = sha1::Sha1::digest(key.subject_public_key_bits());
    extension(
        oid::SUBJECT_KEY_IDENTIFIER,
        false,
        &OctetString::new(id.as_slice())?,
    )
}

/// The issuer's subject key identifier, without its name and serial number.
pub(super) fn authority_key_id(issuer_key_id: &[u8]) -> der::Result<Extension> {
    let id = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer_key_id)?),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &id)
}

/// The one alternative name, critical because the subject is empty.
pub(super) fn subject_alt_name(subject: &LeafSubject) -> der::Result<Extension> {
    // GeneralName [1] rfc822Name and [6] uniformResourceIdentifier are implicit IA5Strings; the lint demands ASCII.
    let (number, text) = match subject {
        LeafSubject::Email(text) => (1, text),
        LeafSubject::Uri(text) => (6, text),
    };
    let tag = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(number),
    };
    raw(
        oid::SUBJECT_ALT_NAME,
        true,
        tlv::wrap(Tag::Sequence, &tlv::wrap(tag, text.as_bytes())?)?,
    )
}

/// The bare bytes of a text, as Fulcio's extensions 1 to 6 hold it.
pub(super) fn fulcio_raw(oid: ObjectIdentifier, text: &str) -> der::Result<Extension> {
    raw(oid, false, text.as_bytes().to_vec())
}

/// A DER UTF8String, as Fulcio's later extensions hold a text.
pub(super) fn fulcio_utf8(oid: ObjectIdentifier, text: &str) -> der::Result<Extension> {
    extension(oid, false, &Utf8StringRef::new(text)?)
}

/// The critical NULL of a precertificate.
pub(super) fn poison() -> der::Result<Extension> {
    extension(oid::CT_POISON, true, &Null)
}

/// The list of SCTs in its two OCTET STRINGs.
pub(super) fn sct_list(scts: &[Sct]) -> Result<der::Result<Extension>, SctError> {
    let list = Sct::encode_list(scts)?;
    Ok(OctetString::new(list).and_then(|list| extension(oid::CT_SCT_LIST, false, &list)))
}

fn extension(oid: ObjectIdentifier, critical: bool, value: &impl Encode) -> der::Result<Extension> {
    raw(oid, critical, value.to_der()?)
}

fn raw(extn_id: ObjectIdentifier, critical: bool, value: Vec<u8>) -> der::Result<Extension> {
    Ok(Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value)?,
    })
}
