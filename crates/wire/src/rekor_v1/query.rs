//! Bodies of `POST /api/v1/log/entries/retrieve` and `POST /api/v1/index/retrieve`.

use serde::Deserialize;
use serde_json::Value;

use crate::proto_json::{ReadFault, read};

/// Which entries are wanted; every list may be absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct RetrieveQuery {
    /// Entry IDs or leaf hashes, in hexadecimal.
    #[serde(rename = "entryUUIDs")]
    pub entry_uuids: Option<Vec<String>>,
    /// Indexes.
    #[serde(rename = "logIndexes")]
    pub log_indexes: Option<Vec<i64>>,
    /// Entries as they would be proposed, or as they are logged.
    pub entries: Option<Vec<Value>>,
}

/// What is searched for; every member may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchQuery {
    /// An e-mail address of a certificate.
    pub email: Option<String>,
    /// Any name of a certificate.
    pub subject: Option<String>,
    /// A digest in hexadecimal, with or without `sha256:` and its like.
    pub hash: Option<String>,
    /// A key or certificate.
    pub public_key: Option<SearchKey>,
    /// `and` or `or`.
    pub operator: Option<String>,
}

/// A key that is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SearchKey {
    /// `x509`, `pgp` and their like.
    pub format: Option<String>,
    /// Base64 of the key's text.
    pub content: Option<String>,
    /// Where the key is to be fetched: nothing of ours does that.
    pub url: Option<String>,
}

/// Why a text is not a query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Not JSON, or a repeated member or a wrong type in it.
    #[error("parsing body body from \"\" failed, because {0}")]
    Json(serde_json::Error),
    /// It nests too deep.
    #[error("parsing body body from \"\" failed, because JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where an object belongs stands something else.
    #[error(
        "parsing body body from \"\" failed, because the value at line {line} column {column} is not a JSON object"
    )]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
}

impl From<ReadFault> for QueryError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

impl RetrieveQuery {
    /// Reads the body; `null` is the empty query, unknown members are ignored.
    ///
    /// # Errors
    /// [`QueryError`], whose texts are fit for the caller to see.
    pub fn parse(json: &[u8]) -> Result<Self, QueryError> {
        parse(json)
    }
}

impl SearchQuery {
    /// Reads the body; `null` is the empty query, unknown members are ignored.
    ///
    /// # Errors
    /// [`QueryError`], whose texts are fit for the caller to see.
    pub fn parse(json: &[u8]) -> Result<Self, QueryError> {
        parse(json)
    }
}

fn parse<'de, Q: Deserialize<'de> + Default>(json: &'de [u8]) -> Result<Q, QueryError> {
    if json.trim_ascii() == b"null" {
        return Ok(Q::default());
    }
    Ok(read(json)?)
}
