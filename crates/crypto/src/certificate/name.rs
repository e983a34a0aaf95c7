//! Distinguished names: exact bytes to compare, text to show.

use const_oid::ObjectIdentifier;
use der::{Decode as _, Tag, Tagged as _};
use x509_cert::name::Name;

use super::oid;

/// A distinguished name: compared by its DER alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DistinguishedName {
    pub(super) der: Vec<u8>,
    pub(super) common_name: Option<String>,
    pub(super) organization: Option<String>,
}

impl DistinguishedName {
    /// Takes the texts from `name`, whose exact encoding is `der`.
    pub(super) fn new(der: &[u8], name: &Name) -> Self {
        Self {
            der: der.to_vec(),
            common_name: attribute(name, oid::COMMON_NAME),
            organization: attribute(name, oid::ORGANIZATION),
        }
    }

    /// The name for people; made when it is asked for, since the names of its attributes are looked for in a long list.
    pub(super) fn text(&self) -> String {
        // It has been read before.
        Name::from_der(&self.der).map_or_else(|_| String::new(), |name| shown(&name.to_string()))
    }
}

/// The first attribute of this type, if it is a string of ASCII or UTF-8.
fn attribute(name: &Name, wanted: ObjectIdentifier) -> Option<String> {
    let value = &name.iter().find(|attribute| attribute.oid == wanted)?.value;
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            std::str::from_utf8(value.value()).ok().map(str::to_owned)
        }
        _ => None,
    }
}

/// Makes control characters visible, so that a name cannot rewrite the line it is shown in.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let plain = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}
