//! Distinguished names of certificate authorities, organization first as Fulcio's tools write them.

use der::{
    Any, Encode as _,
    asn1::{PrintableStringRef, SetOfVec, Utf8StringRef},
};
use x509_cert::attr::AttributeTypeAndValue;

use super::{CaIdentity, ProfileError};
use crate::{ObjectIdentifier, certificate::oid};

/// Upper bounds `ub-common-name` and `ub-organization-name` of RFC 5280 appendix A.
const MAX_CHARACTERS: usize = 64;

/// The DER of an empty name, which every signing leaf has.
pub(super) const EMPTY: &[u8] = &[0x30, 0x00];

/// Encodes `O = …, CN = …`, one attribute a set.
///
/// The order is that of the encoding: RFC 4514 text (`CN=…,O=…`) shows it from the end.
pub(super) fn encode(identity: &CaIdentity) -> Result<Vec<u8>, ProfileError> {
    let organization = attribute("organization", oid::ORGANIZATION, &identity.organization)?;
    let common_name = attribute("common name", oid::COMMON_NAME, &identity.common_name)?;
    Ok(vec![organization, common_name].to_der()?)
}

/// PrintableString if the text allows it, else UTF8String, as Go does.
fn attribute(
    name: &'static str,
    oid: ObjectIdentifier,
    text: &str,
) -> Result<SetOfVec<AttributeTypeAndValue>, ProfileError> {
    let length = text.chars().count();
    if length == 0 || length > MAX_CHARACTERS || text.chars().any(char::is_control) {
        return Err(ProfileError::Identity { attribute: name });
    }
    let value = match PrintableStringRef::new(text) {
        Ok(printable) => Any::encode_from(&printable)?,
        Err(_) => Any::encode_from(&Utf8StringRef::new(text)?)?,
    };
    Ok(SetOfVec::try_from(vec![AttributeTypeAndValue {
        oid,
        value,
    }])?)
}
