//! Files that come with a signature that was made elsewhere, read into what annotations hold.

use serde_json::Value;
use sigbox_crypto::{Certificate, CertificateError};
use sigbox_wire::proto_json::{decode_base64, encode_base64};

use super::go_json;
use super::log_annotation::{self, LogAnnotationError};

/// A file that does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DetachedError {
    #[error("not a certificate in PEM")]
    Certificate(#[from] CertificateError),
    #[error("not JSON, or a member stands twice")]
    Json(#[source] serde_json::Error),
    #[error("neither a log's answer nor a log entry of cosign")]
    NoEntry,
    #[error("not a log entry with a promise")]
    Entry(#[from] LogAnnotationError),
    #[error("`SignedRFC3161Timestamp` is not base64")]
    Timestamp,
}

/// Certificates of a PEM file, written anew; what stands between them is left out.
///
/// # Errors
/// [`DetachedError::Certificate`].
pub(crate) fn certificates_pem(text: &str) -> Result<String, DetachedError> {
    let all = Certificate::chain_from_pem(text)?;
    Ok(all.iter().map(Certificate::to_pem).collect())
}

/// A timestamp's DER: of the JSON that cosign writes, or the file itself.
///
/// # Errors
/// [`DetachedError::Timestamp`].
pub(crate) fn timestamp(file: Vec<u8>) -> Result<Vec<u8>, DetachedError> {
    let Ok(value) = sigbox_wire::strict_json::parse(&file) else {
        return Ok(file);
    };
    let signed = value.get("SignedRFC3161Timestamp").and_then(Value::as_str);
    let der = signed.and_then(|text| decode_base64(text).ok());
    der.ok_or(DetachedError::Timestamp)
}

/// The annotation of a log entry: of a file of cosign's, or of a Rekor v1 log's answer.
///
/// # Errors
/// [`DetachedError`], one variant for each rule.
pub(crate) fn log_entry(file: &[u8]) -> Result<String, DetachedError> {
    let value = sigbox_wire::strict_json::parse(file).map_err(DetachedError::Json)?;
    let written = [value.get("rekorBundle"), Some(&value)];
    let written = written.into_iter().flatten();
    let mut written = written.filter(|one| one.get("SignedEntryTimestamp").is_some());
    let annotation = match written.next() {
        Some(annotation) => annotation.clone(),
        None => of_answer(&value).ok_or(DetachedError::NoEntry)?,
    };
    let text = go_json::to_vec(&annotation).map_err(DetachedError::Json)?;
    // Written anew, so that the members stand in the order of the real client.
    let entry = log_annotation::read(&String::from_utf8_lossy(&text))?;
    log_annotation::write(&entry).map_err(DetachedError::Json)
}

/// The answer is an object with one entry by its identifier.
fn of_answer(answer: &Value) -> Option<Value> {
    let mut entries = answer.as_object()?.values();
    let (entry, None) = (entries.next()?, entries.next()) else {
        return None;
    };
    let promise = entry.pointer("/verification/signedEntryTimestamp")?;
    Some(serde_json::json!({
        "SignedEntryTimestamp": encode_base64(&decode_base64(promise.as_str()?).ok()?),
        "Payload": {
            "body": entry.get("body")?,
            "integratedTime": entry.get("integratedTime")?,
            "logIndex": entry.get("logIndex")?,
            "logID": entry.get("logID")?,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::{DetachedError, certificates_pem, log_entry, timestamp};
    use crate::image::log_annotation::LogAnnotationError;

    const BODY: &str = "eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIn0=";

    fn written() -> String {
        format!(
            r#"{{"SignedEntryTimestamp":"AQID","Payload":{{"body":"{BODY}","integratedTime":17,"logIndex":3,"logID":"ac5e"}}}}"#
        )
    }

    #[test]
    fn a_log_entry_has_three_forms() {
        let answer = format!(
            r#"{{"24296fb2":{{"body":"{BODY}","integratedTime":17,"logIndex":3,"logID":"ac5e","verification":{{"signedEntryTimestamp":"AQID"}}}}}}"#
        );
        let old = format!(r#"{{"base64Signature":"","rekorBundle":{}}}"#, written());
        for file in [written(), answer, old] {
            assert_eq!(log_entry(file.as_bytes()).unwrap(), written(), "{file}");
        }
    }

    #[test]
    fn what_is_no_log_entry_is_refused() {
        for none in ["{}", "[]", r#"{"a":1}"#, r#"{"a":{"body":"e30="}}"#] {
            let refused = log_entry(none.as_bytes());
            assert!(matches!(refused, Err(DetachedError::NoEntry)), "{none}");
        }
        assert!(matches!(log_entry(b"x"), Err(DetachedError::Json(_))));
        let no_body = written().replace("\"body\"", "\"other\"");
        let refused = log_entry(no_body.as_bytes());
        assert!(matches!(
            refused,
            Err(DetachedError::Entry(LogAnnotationError::Member {
                member: "body"
            }))
        ));
    }

    #[test]
    fn a_timestamp_has_two_forms() {
        assert_eq!(timestamp(vec![0x30, 1, 2]).unwrap(), [0x30, 1, 2]);
        let json = br#"{"SignedRFC3161Timestamp":"MAEC"}"#.to_vec();
        assert_eq!(timestamp(json).unwrap(), [0x30, 1, 2]);
        let refused = timestamp(br#"{"SignedRFC3161Timestamp":"?"}"#.to_vec());
        assert!(matches!(refused, Err(DetachedError::Timestamp)));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let refused = certificates_pem("no certificate");
        assert!(matches!(refused, Err(DetachedError::Certificate(_))));
    }
}
