//! The one way in which this crate reads JSON text into a message.

use std::cell::Cell;

use serde::Deserialize;
use serde::de::Error as _;

use super::depth::is_within_depth;
use super::objects_only::ObjectsOnly;

/// How deep any of our messages may nest; the deepest real one (a client trust config) needs seven levels.
const MAX_DEPTH: usize = 32;

/// Why a text is not the JSON of a message.
pub(crate) enum ReadFault {
    /// It nests deeper than `limit` levels.
    TooDeep { limit: usize },
    /// Where a message belongs stands an array, a scalar or `null`.
    ///
    /// The line counts from 1; the column is the number of its bytes that had been read.
    NotAnObject { line: usize, column: usize },
    /// Anything else: syntax, an unknown or repeated member, a wrong type, bytes after the end.
    Json(serde_json::Error),
}

/// Reads one message, with nothing but white space around it; every message in it must be an object as well.
///
/// serde's own entry points must not be used for that: they read arrays as messages, see [`ObjectsOnly`].
pub(crate) fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, ReadFault> {
    read_within(json, MAX_DEPTH)
}

/// [`read`] for documents that are allowed another depth.
pub(crate) fn read_within<'de, T: Deserialize<'de>>(
    json: &'de [u8],
    limit: usize,
) -> Result<T, ReadFault> {
    if !is_within_depth(json, limit) {
        return Err(ReadFault::TooDeep { limit });
    }
    // serde_json looks only into the strings that it hands over: those of ignored members could hold anything.
    if let Err(error) = std::str::from_utf8(json) {
        return Err(ReadFault::Json(serde_json::Error::custom(error)));
    }
    let object_due = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let message = T::deserialize(ObjectsOnly::new(&mut reader, &object_due));
    let message = message.and_then(|message| reader.end().map(|()| message));
    message.map_err(|error| {
        if object_due.get() && error.is_data() {
            let (line, column) = (error.line(), error.column());
            ReadFault::NotAnObject { line, column }
        } else {
            ReadFault::Json(error)
        }
    })
}
