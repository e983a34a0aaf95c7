//! The log entry of a layer in the tag storage: the log's promise, without a proof.

use serde::Serialize;
use serde_json::Value;
use sigbox_wire::proto_json::{decode_base64, encode_base64};
use sigbox_wire::{KindVersion, TransparencyLogEntry};

use super::go_json;

/// A log annotation that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LogAnnotationError {
    #[error("annotation is not JSON, or names a member twice")]
    Json(#[source] serde_json::Error),
    #[error("annotation has no usable `{member}`")]
    Member { member: &'static str },
    #[error("body of the log entry is not JSON, or names a member twice")]
    Body(#[source] serde_json::Error),
}

/// What the tag storage calls a bundle; members in the order of the real client.
///
/// What a log of version 2 does not have is left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogAnnotation {
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_entry_timestamp: Option<String>,
    payload: Payload,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrated_time: Option<i64>,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

impl LogAnnotation {
    /// The annotation of an entry.
    pub(crate) fn of(entry: &TransparencyLogEntry) -> Self {
        let promise = entry.inclusion_promise.as_deref();
        Self {
            signed_entry_timestamp: promise.map(encode_base64),
            payload: Payload {
                body: encode_base64(&entry.canonicalized_body),
                // A log of version 2 tells no time, and 1970 would be a lie.
                integrated_time: Some(entry.integrated_time).filter(|time| *time > 0),
                log_index: entry.log_index,
                log_id: hex::encode(&entry.log_id),
            },
        }
    }
}

/// The annotation's text for an entry.
///
/// # Errors
/// The JSON writer's error.
///
/// Source: cosign `pkg/cosign/bundle`, `RekorBundle`.
pub(crate) fn write(entry: &TransparencyLogEntry) -> Result<String, serde_json::Error> {
    let written = go_json::to_vec(&LogAnnotation::of(entry))?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

/// Reads the annotation; nothing in it has been verified.
///
/// The kind of the entry is what its body says; a body of another form than its kind's is refused by the verifier.
///
/// # Errors
/// [`LogAnnotationError`], one variant for each rule.
pub(crate) fn read(text: &str) -> Result<TransparencyLogEntry, LogAnnotationError> {
    let value =
        sigbox_wire::strict_json::parse(text.as_bytes()).map_err(LogAnnotationError::Json)?;
    let missing = |member| LogAnnotationError::Member { member };
    let text = |pointer, member| {
        let found = value.pointer(pointer).and_then(Value::as_str);
        found.ok_or(missing(member))
    };
    let number = |pointer, member| {
        let found = value.pointer(pointer).and_then(Value::as_i64);
        found.filter(|number| *number >= 0).ok_or(missing(member))
    };
    let promise = decode_base64(text("/SignedEntryTimestamp", "SignedEntryTimestamp")?)
        .map_err(|_| missing("SignedEntryTimestamp"))?;
    let body = decode_base64(text("/Payload/body", "body")?).map_err(|_| missing("body"))?;
    let log_id = hex::decode(text("/Payload/logID", "logID")?).map_err(|_| missing("logID"))?;
    Ok(TransparencyLogEntry {
        log_index: number("/Payload/logIndex", "logIndex")?,
        log_id,
        kind_version: kind_version(&body)?,
        integrated_time: number("/Payload/integratedTime", "integratedTime")?,
        inclusion_promise: Some(promise),
        inclusion_proof: None,
        canonicalized_body: body,
    })
}

fn kind_version(body: &[u8]) -> Result<KindVersion, LogAnnotationError> {
    let body = sigbox_wire::strict_json::parse(body).map_err(LogAnnotationError::Body)?;
    let text = |member| {
        let found = body.get(member).and_then(Value::as_str);
        found
            .map(ToOwned::to_owned)
            .ok_or(LogAnnotationError::Member { member })
    };
    Ok(KindVersion {
        kind: text("kind")?,
        version: text("apiVersion")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{KindVersion, LogAnnotationError, TransparencyLogEntry, read, write};

    fn entry() -> TransparencyLogEntry {
        TransparencyLogEntry {
            log_index: 3,
            log_id: vec![0xac, 0x5e],
            kind_version: KindVersion {
                kind: "hashedrekord".to_owned(),
                version: "0.0.1".to_owned(),
            },
            integrated_time: 1_795_396_752,
            inclusion_promise: Some(vec![1, 2, 3]),
            inclusion_proof: None,
            canonicalized_body: br#"{"apiVersion":"0.0.1","kind":"hashedrekord"}"#.to_vec(),
        }
    }

    const TEXT: &str = r#"{"SignedEntryTimestamp":"AQID","Payload":{"body":"eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIn0=","integratedTime":1795396752,"logIndex":3,"logID":"ac5e"}}"#;

    #[test]
    fn the_text_is_the_real_clients() {
        assert_eq!(write(&entry()).unwrap(), TEXT);
        assert_eq!(read(TEXT).unwrap(), entry());
    }

    #[test]
    fn what_a_log_of_version_two_does_not_say_is_left_out() {
        let mut entry = entry();
        entry.inclusion_promise = None;
        entry.integrated_time = 0;
        entry.canonicalized_body = b"{}".to_vec();
        let expected = r#"{"Payload":{"body":"e30=","logIndex":3,"logID":"ac5e"}}"#;
        assert_eq!(write(&entry).unwrap(), expected);
    }

    #[test]
    fn every_member_is_needed_once() {
        for (from, to, name) in [
            ("SignedEntryTimestamp", "x", "SignedEntryTimestamp"),
            ("AQID", "?", "SignedEntryTimestamp"),
            ("\"body\"", "\"x\"", "body"),
            ("\"ac5e\"", "\"zz\"", "logID"),
            ("\"logIndex\":3", "\"logIndex\":-1", "logIndex"),
            ("1795396752", "\"1795396752\"", "integratedTime"),
        ] {
            let refused = read(&TEXT.replace(from, to));
            assert!(
                matches!(refused, Err(LogAnnotationError::Member { member }) if member == name),
                "{from}"
            );
        }
        let twice = read(&TEXT.replace("\"logIndex\":3", "\"logIndex\":3,\"logIndex\":4"));
        assert!(matches!(twice, Err(LogAnnotationError::Json(_))));
    }
}
