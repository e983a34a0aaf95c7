//! Extensions: kept raw in their order, the known ones decoded once so that damage is never mistaken for absence.

use const_oid::ObjectIdentifier;
use der::{
    Decode,
    asn1::{Null, OctetStringRef, Utf8StringRef},
};
use x509_cert::ext::{
    Extension,
    pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage},
};

use super::{CertificateError, ExtensionRule, SubjectAltName, alt_name, oid};

/// The extensions of one certificate.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    pub(super) raw: Vec<Extension>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(super) subject_alt_names: Vec<SubjectAltName>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    fulcio: Vec<(u8, String)>,
}

impl Extensions {
    /// Decodes the known ones among `raw` and refuses repetitions.
    pub(super) fn parse(raw: Vec<Extension>) -> Result<Self, CertificateError> {
        let mut parsed = Self::default();
        for (at, extension) in raw.iter().enumerate() {
            if raw
                .iter()
                .take(at)
                .any(|earlier| earlier.extn_id == extension.extn_id)
            {
                return Err(CertificateError::DuplicateExtension {
                    oid: extension.extn_id,
                });
            }
            parsed.decode(extension.extn_id, extension.extn_value.as_bytes())?;
        }
        parsed.raw = raw;
        Ok(parsed)
    }

    pub(super) fn get(&self, oid: &ObjectIdentifier) -> Option<&Extension> {
        self.raw.iter().find(|extension| extension.extn_id == *oid)
    }

    pub(super) fn fulcio(&self, number: u8) -> Option<&str> {
        self.fulcio
            .iter()
            .find(|(n, _)| *n == number)
            .map(|(_, text)| text.as_str())
    }

    fn decode(&mut self, id: ObjectIdentifier, value: &[u8]) -> Result<(), CertificateError> {
        match id {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(decode(id, value)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usage = Some(extended_key_usage(value)?),
            oid::SUBJECT_ALT_NAME => self.subject_alt_names = alt_name::parse(value)?,
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id =
                    Some(decode::<&OctetStringRef>(id, value)?.as_bytes().to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_id = decode::<AuthorityKeyIdentifier>(id, value)?
                    .key_identifier
                    .map(|k| k.as_bytes().to_vec());
            }
            oid::CT_POISON => {
                decode::<Null>(id, value).map_err(|_| CertificateError::ExtensionValue {
                    oid: id,
                    rule: ExtensionRule::NotNull,
                })?;
            }
            _ => {
                if let Some((number, text)) = fulcio_text(id, value)? {
                    self.fulcio.push((number, text));
                }
            }
        }
        Ok(())
    }
}

fn decode<'a, T: Decode<'a, Error = der::Error>>(
    oid: ObjectIdentifier,
    value: &'a [u8],
) -> Result<T, CertificateError> {
    T::from_der(value).map_err(|source| CertificateError::MalformedExtension { oid, source })
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, CertificateError> {
    let oid = oid::BASIC_CONSTRAINTS;
    let constraints: BasicConstraints = decode(oid, value)?;
    if constraints.path_len_constraint.is_some() && !constraints.ca {
        return Err(CertificateError::ExtensionValue {
            oid,
            rule: ExtensionRule::PathLengthWithoutCa,
        });
    }
    Ok(constraints)
}

fn extended_key_usage(value: &[u8]) -> Result<Vec<ObjectIdentifier>, CertificateError> {
    let oid = oid::EXTENDED_KEY_USAGE;
    let usages = decode::<ExtendedKeyUsage>(oid, value)?.0;
    if usages.is_empty() {
        return Err(CertificateError::ExtensionValue {
            oid,
            rule: ExtensionRule::Empty,
        });
    }
    Ok(usages)
}

/// Numbers 1 to 6 hold raw UTF-8, 8 to 24 a DER UTF8String; what others will hold is not known yet.
///
/// Source: fulcio `docs/oid-info.md`.
fn fulcio_text(
    oid: ObjectIdentifier,
    value: &[u8],
) -> Result<Option<(u8, String)>, CertificateError> {
    let not_utf8 = |_| CertificateError::ExtensionValue {
        oid,
        rule: ExtensionRule::NotUtf8,
    };
    let (number, text) = match oid::fulcio_number(&oid) {
        Some(number @ 1..=6) => (number, std::str::from_utf8(value).map_err(not_utf8)?),
        Some(number @ 8..=24) => (number, decode::<Utf8StringRef<'_>>(oid, value)?.as_str()),
        _ => return Ok(None),
    };
    Ok(Some((number, text.to_owned())))
}
