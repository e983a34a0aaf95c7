//! Subject alternative names.

use der::{Decode as _, asn1::Utf8StringRef};
use x509_cert::ext::pkix::{SubjectAltName as RawNames, name::GeneralName};

use super::{CertificateError, ExtensionRule, oid};

/// One subject alternative name, exactly as the certificate spells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// `rfc822Name`: an e-mail address.
    Email(String),
    /// `uniformResourceIdentifier`.
    Uri(String),
    /// `otherName` of Fulcio's user-name type: `name!domain`.
    OtherName(String),
    /// A kind of name that no identity of ours is made of.
    Other,
}

impl SubjectAltName {
    /// The text of the name; `None` for a kind that is not read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Email(text) | Self::Uri(text) | Self::OtherName(text) => Some(text),
            Self::Other => None,
        }
    }
}

/// Decodes the value of the subjectAltName extension.
pub(super) fn parse(value: &[u8]) -> Result<Vec<SubjectAltName>, CertificateError> {
    let oid = oid::SUBJECT_ALT_NAME;
    let malformed = |source| CertificateError::MalformedExtension { oid, source };
    let names = RawNames::from_der(value).map_err(malformed)?.0;
    if names.is_empty() {
        return Err(CertificateError::ExtensionValue {
            oid,
            rule: ExtensionRule::Empty,
        });
    }
    names
        .iter()
        .map(|name| {
            one(name)
                .map_err(malformed)
                .and_then(without_control_characters)
        })
        .collect()
}

fn one(name: &GeneralName) -> der::Result<SubjectAltName> {
    Ok(match name {
        GeneralName::Rfc822Name(text) => SubjectAltName::Email(text.to_string()),
        GeneralName::UniformResourceIdentifier(text) => SubjectAltName::Uri(text.to_string()),
        GeneralName::OtherName(other) if other.type_id == oid::FULCIO_USERNAME => {
            SubjectAltName::OtherName(
                other
                    .value
                    .decode_as::<Utf8StringRef<'_>>()?
                    .as_str()
                    .to_owned(),
            )
        }
        _ => SubjectAltName::Other,
    })
}

/// A NUL or a line break in an identity has fooled readers before; no real identity holds one.
fn without_control_characters(name: SubjectAltName) -> Result<SubjectAltName, CertificateError> {
    if name
        .text()
        .is_some_and(|text| text.chars().any(char::is_control))
    {
        return Err(CertificateError::ExtensionValue {
            oid: oid::SUBJECT_ALT_NAME,
            rule: ExtensionRule::ControlCharacter,
        });
    }
    Ok(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn reads_the_measured_encodings() {
        let email = hex::decode("30138111616c696365406578616d706c652e636f6d").unwrap();
        assert_eq!(
            parse(&email).unwrap(),
            [SubjectAltName::Email("alice@example.com".into())]
        );
        let uri = [b"\x30\x0d\x86\x0bhttps://a/b".as_slice()].concat();
        assert_eq!(
            parse(&uri).unwrap(),
            [SubjectAltName::Uri("https://a/b".into())]
        );
        let user = [
            hex::decode("3021a01f060a2b0601040183bf300107a0110c0f")
                .unwrap()
                .as_slice(),
            b"alice!127.0.0.1".as_slice(),
        ]
        .concat();
        assert_eq!(
            parse(&user).unwrap(),
            [SubjectAltName::OtherName("alice!127.0.0.1".into())]
        );
        let dns_and_ip = b"\x30\x0b\x82\x03a.b\x87\x04\x7f\x00\x00\x01";
        assert_eq!(
            parse(dns_and_ip).unwrap(),
            [SubjectAltName::Other, SubjectAltName::Other]
        );
    }

    #[test]
    fn refuses_empty_lists_control_characters_and_damage() {
        let rule = |value: &[u8]| match parse(value) {
            Err(CertificateError::ExtensionValue { oid, rule }) if oid == oid::SUBJECT_ALT_NAME => {
                rule
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(rule(b"\x30\x00"), ExtensionRule::Empty);
        assert_eq!(
            rule(b"\x30\x05\x81\x03a\0b"),
            ExtensionRule::ControlCharacter
        );
        let damaged: [&[u8]; 4] = [
            b"\x30\x05\x81\x03a@\xff",      // not IA5
            b"\x30\x05\x81\x03a@b\x00",     // trailing byte
            b"\x30\x80\x81\x03a@b\x00\x00", // indefinite length
            &hex::decode("3013a011060a2b0601040183bf300107a0030c01ff").unwrap(), // not UTF-8
        ];
        for value in damaged {
            match parse(value) {
                Err(CertificateError::MalformedExtension { oid, .. }) => {
                    assert_eq!(oid, oid::SUBJECT_ALT_NAME);
                }
                other => panic!("{value:02x?}: {other:?}"),
            }
        }
    }
}
