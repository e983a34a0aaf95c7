//! The in-toto statement: which artifacts an attestation is about.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::proto_json::{ReadFault, read_within};
use crate::unique::Members;

/// How deep a statement may nest: its predicate is not ours to bound, so this is what the parser reads.
const MAX_DEPTH: usize = 127;

/// What an attestation says about which artifacts, without the predicate itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The statement's type, for example `https://in-toto.io/Statement/v1`.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// The artifacts.
    #[serde(rename = "subject")]
    pub subjects: Vec<Subject>,
    /// The predicate's type.
    pub predicate_type: String,
}

/// One artifact of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The artifact's name by the signer's word; nothing binds it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Digests in hexadecimal by algorithm, for example `sha256`.
    pub digest: BTreeMap<String, String>,
}

/// A payload is not an in-toto statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// The text is not JSON, or a member is missing, repeated or of the wrong type.
    #[error("payload is not an in-toto statement")]
    Json(#[source] serde_json::Error),
    /// The text nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where a message belongs stands something other than a JSON object, for example an array of its members.
    #[error("value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// Somewhere, in the predicate for example, an object names a member twice, so two readers may see two values.
    #[error("member `{name}` is given twice in one object")]
    DuplicateMember {
        /// The member's name as sent.
        name: String,
    },
    /// A statement of another family.
    #[error("unknown statement type `{found}`")]
    Type {
        /// The type as sent.
        found: String,
    },
}

impl From<ReadFault> for StatementError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Option<Vec<SubjectMessage>>,
    predicate_type: String,
    #[serde(rename = "predicate")]
    _predicate: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct SubjectMessage {
    name: Option<String>,
    digest: Option<Digests>,
}

/// Digests by algorithm, in which no algorithm may be named twice.
struct Digests(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Digests {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DigestVisitor;
        impl<'de> serde::de::Visitor<'de> for DigestVisitor {
            type Value = Digests;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("digests by algorithm")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Digests, A::Error> {
                let mut digests = BTreeMap::new();
                while let Some((algorithm, digest)) = map.next_entry::<String, String>()? {
                    if digests.insert(algorithm, digest).is_some() {
                        return Err(serde::de::Error::custom("duplicate digest algorithm"));
                    }
                }
                Ok(Digests(digests))
            }
        }
        deserializer.deserialize_map(DigestVisitor)
    }
}

impl Statement {
    /// The payload type of an envelope that holds a statement.
    pub const PAYLOAD_TYPE: &'static str = "application/vnd.in-toto+json";

    /// Reads a statement of version 0.1 or 1; unknown members are ignored, repeated ones refused at any depth.
    ///
    /// # Errors
    /// [`StatementError`], one variant for each rule.
    ///
    /// Source: in-toto attestation framework, "Statement".
    pub fn parse(json: &[u8]) -> Result<Self, StatementError> {
        let message: Message = read_within(json, MAX_DEPTH)?;
        match message.statement_type.as_str() {
            "https://in-toto.io/Statement/v1" | "https://in-toto.io/Statement/v0.1" => {}
            _ => {
                return Err(StatementError::Type {
                    found: message.statement_type,
                });
            }
        }
        let members: Members = read_within(json, MAX_DEPTH)?;
        if let Some(name) = members.duplicate {
            return Err(StatementError::DuplicateMember { name });
        }
        let subjects = message
            .subject
            .unwrap_or_default()
            .into_iter()
            .map(|subject| Subject {
                name: subject.name.unwrap_or_default(),
                digest: subject.digest.map(|digests| digests.0).unwrap_or_default(),
            });
        Ok(Self {
            statement_type: message.statement_type,
            subjects: subjects.collect(),
            predicate_type: message.predicate_type,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a.txt","digest":{"sha256":"00"}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{"x":1}}"#;

    #[test]
    fn reads_subjects_and_predicate_type() {
        let read = Statement::parse(STATEMENT.as_bytes()).unwrap();
        assert_eq!(read.subjects[0].name, "a.txt");
        assert_eq!(read.subjects[0].digest["sha256"], "00");
        assert_eq!(read.predicate_type, "https://slsa.dev/provenance/v1");
    }

    #[test]
    fn repeated_members_and_other_types_are_refused() {
        let parse = |from: &str, to: &str| Statement::parse(STATEMENT.replace(from, to).as_bytes());
        let twice = parse(
            r#""predicateType":"#,
            r#""predicateType":"x","predicateType":"#,
        );
        assert!(matches!(twice, Err(StatementError::Json(_))));
        let twice = parse(r#""sha256":"00""#, r#""sha256":"00","sha256":"01""#);
        assert!(matches!(twice, Err(StatementError::Json(_))));
        let missing = parse("predicateType", "predicate_type");
        assert!(matches!(missing, Err(StatementError::Json(_))));
        for twice in [r#""x":1,"x":1"#, r#""y":[{"z":{"x":1},"z":2}]"#] {
            let twice = parse(r#""x":1"#, twice);
            assert!(
                matches!(&twice, Err(StatementError::DuplicateMember { name }) if name == "x" || name == "z"),
                "{twice:?}"
            );
        }
        parse(r#""x":1"#, r#""x":{"x":[{"x":1},{"x":2}]}"#).unwrap();
        let number = parse(r#""x":1"#, r#""x":1e999"#);
        assert!(matches!(number, Err(StatementError::Json(_))));
        let other = parse("Statement/v1", "Link/v1");
        assert!(matches!(other, Err(StatementError::Type { found }) if found.ends_with("Link/v1")));
    }
}
