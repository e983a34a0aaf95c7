//! From what the user gives to the predicate that stands in the statement.

use std::fmt;

use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::predicate_type::CUSTOM;
use super::{AttestationError, PredicateType, schema};

/// The predicate of type `custom`: any text, and when it was attested.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomPredicate<'a> {
    data: &'a str,
    timestamp: String,
}

/// An object's members in their order, the values as they are written.
struct Object(Vec<(String, Box<RawValue>)>);

/// The predicate for a statement: text is wrapped, an object stands as it is once it fits its type.
///
/// Source: cosign `pkg/cosign/attestation`, `GenerateStatement`.
pub(super) fn predicate(
    predicate_type: &PredicateType,
    given: &[u8],
    now: Timestamp,
) -> Result<Box<RawValue>, AttestationError> {
    match predicate_type.name() {
        "spdx" => return Err(AttestationError::SpdxText),
        _ if predicate_type.uri() == CUSTOM => return custom(given, now),
        _ => {}
    }
    let predicate = object(given, predicate_type.uri())?;
    let json = predicate.get();
    match predicate_type.name() {
        "slsaprovenance" | "slsaprovenance02" => schema::slsa_02(json)?,
        "slsaprovenance1" => {
            let predicate = with_invocation_id(predicate)?;
            schema::slsa_1(predicate.get())?;
            return Ok(predicate);
        }
        "link" => schema::link(json)?,
        "vuln" => schema::vuln(json)?,
        _ => {}
    }
    Ok(predicate)
}

fn custom(given: &[u8], now: Timestamp) -> Result<Box<RawValue>, AttestationError> {
    let data = std::str::from_utf8(given).map_err(|_| AttestationError::NotText)?;
    // Whole seconds, as readers of RFC 3339 expect them.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let timestamp = now.to_string();
    raw(&CustomPredicate { data, timestamp })
}

/// The text of an object, unchanged: numbers keep their digits.
fn object(given: &[u8], uri: &str) -> Result<Box<RawValue>, AttestationError> {
    let value: Box<RawValue> = serde_json::from_slice(given).map_err(AttestationError::Json)?;
    if value.get().starts_with('{') {
        Ok(value)
    } else {
        Err(AttestationError::NotAnObject {
            uri: uri.to_owned(),
        })
    }
}

/// Renames `runDetails.metadata.invocationID`, which an early draft of the type had, to what the type has now.
///
/// Source: cosign `generateSLSAProvenanceStatementSLSA1`.
fn with_invocation_id(predicate: Box<RawValue>) -> Result<Box<RawValue>, AttestationError> {
    let Some(mut whole) = Object::of(&predicate) else {
        return Ok(predicate);
    };
    let Some(mut details) = whole.get("runDetails").and_then(Object::of) else {
        return Ok(predicate);
    };
    let Some(mut metadata) = details.get("metadata").and_then(Object::of) else {
        return Ok(predicate);
    };
    if metadata.get("invocationID").is_none() {
        return Ok(predicate);
    }
    metadata.0.retain(|(name, _)| name != "invocationId");
    for (name, _) in &mut metadata.0 {
        if name == "invocationID" {
            "invocationId".clone_into(name);
        }
    }
    details.set("metadata", raw(&metadata)?);
    whole.set("runDetails", raw(&details)?);
    raw(&whole)
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, AttestationError> {
    serde_json::value::to_raw_value(value).map_err(AttestationError::Json)
}

impl Object {
    fn of(json: &RawValue) -> Option<Self> {
        serde_json::from_str(json.get()).ok()
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        let member = self.0.iter().find(|(known, _)| known == name);
        member.map(|(_, value)| &**value)
    }

    fn set(&mut self, name: &str, new: Box<RawValue>) {
        if let Some((_, value)) = self.0.iter_mut().find(|(known, _)| known == name) {
            *value = new;
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
