//! The formats before the bundle: written as read, and strict.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{
    DetachedError, DetachedSct, DsseEnvelope, EnvelopeError, LocalSignedPayload,
    TransparencyLogEntry, parse_signed_timestamp, pem_text, signed_timestamp_json,
};

const BODY: &str = r#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}"#;

fn file() -> String {
    format!(
        r#"{{"base64Signature":"AQI=","cert":"{}","rekorBundle":{{"SignedEntryTimestamp":"Aw==","Payload":{{"body":"{}","integratedTime":7,"logIndex":9,"logID":"0a0b"}}}}}}"#,
        encode_base64(b"-----BEGIN X-----"),
        encode_base64(BODY.as_bytes()),
    )
}

#[test]
fn a_file_is_written_as_it_was_read() {
    let payload = LocalSignedPayload::parse(file().as_bytes()).unwrap();
    assert_eq!(payload.signature, [1, 2]);
    assert_eq!(payload.certificate.as_deref(), Some("-----BEGIN X-----"));
    let entry = payload.entry.as_ref().unwrap();
    assert_eq!((entry.integrated_time, entry.log_index), (7, 9));
    assert_eq!(entry.log_id, [10, 11]);
    assert_eq!(entry.kind_version.kind, "hashedrekord");
    assert_eq!(entry.kind_version.version, "0.0.1");
    assert_eq!(entry.inclusion_promise.as_deref(), Some(&[3][..]));
    assert_eq!(entry.inclusion_proof, None);
    assert_eq!(payload.to_json().unwrap(), file());
    let json = entry.to_rekor_bundle_json().unwrap();
    assert_eq!(
        &TransparencyLogEntry::parse_rekor_bundle(json.as_bytes()).unwrap(),
        entry
    );
    let bare = LocalSignedPayload::parse(br#"{"base64Signature":"AQI="}"#).unwrap();
    assert_eq!((bare.certificate, bare.entry), (None, None));
}

#[test]
fn only_the_members_tell_the_format() {
    for (text, is_old) in [
        (file().as_str(), true),
        (r#"{"base64Signature":"AQI="}"#, true),
        (r#"{"base64Signature":"AQI=","mediaType":"x"}"#, false),
        (r#"{"base64Signature":"AQI=","media_type":"x"}"#, false),
        (
            r#"{"base64Signature":"AQI=","verificationMaterial":{}}"#,
            false,
        ),
        (r#"{"mediaType":"x"}"#, false),
        ("{}", false),
        ("", false),
        ("[\"AQI=\"]", false),
        (r#"{"base64Signature":"AQI=""#, false),
    ] {
        assert_eq!(
            LocalSignedPayload::is_told_by(text.as_bytes()),
            is_old,
            "{text}"
        );
    }
}

#[test]
fn what_does_not_belong_is_refused_by_name() {
    let parse = |text: String| LocalSignedPayload::parse(text.as_bytes()).unwrap_err();
    for damaged in [
        file().replacen('{', r#"{"x":1,"#, 1),
        file().replacen('{', r#"{"base64Signature":"AQI=","#, 1),
        file().replace("AQI=", "AQI"),
        file().replace(r#""integratedTime":7"#, r#""integratedTime":"7""#),
        file().replace(r#""integratedTime":7"#, r#""integratedTime":7.5"#),
        file().replace(r#""logIndex":9,"#, ""),
        format!("{} 1", file()),
        String::new(),
    ]
    .into_iter()
    .filter(|text| !text.contains("\"AQI\""))
    {
        assert!(
            matches!(parse(damaged.clone()), DetachedError::Json { .. }),
            "{damaged}"
        );
    }
    assert!(matches!(
        parse("[]".to_owned()),
        DetachedError::NotAnObject { line: 1, .. }
    ));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    assert!(matches!(parse(deep), DetachedError::TooDeep { limit: 32 }));
    let id = file().replace("0a0b", "0a0x");
    assert!(matches!(parse(id), DetachedError::LogId));
    for body in ["{}", "x", r#"["0.0.1","hashedrekord"]"#] {
        let text = file().replace(
            &encode_base64(BODY.as_bytes()),
            &encode_base64(body.as_bytes()),
        );
        assert!(matches!(parse(text), DetachedError::EntryKind), "{body}");
    }
    let cert = file().replace(&encode_base64(b"-----BEGIN X-----"), "AAAA");
    assert!(matches!(parse(cert), DetachedError::Certificate));
}

#[test]
fn timestamps_scts_and_envelopes_stand_alone() {
    let json = signed_timestamp_json(&[1, 2]).unwrap();
    assert_eq!(json, r#"{"SignedRFC3161Timestamp":"AQI="}"#);
    assert_eq!(parse_signed_timestamp(json.as_bytes()).unwrap(), [1, 2]);
    assert!(matches!(
        parse_signed_timestamp(b"{}").unwrap_err(),
        DetachedError::Json { .. }
    ));
    let sct =
        br#"{"sct_version":0,"id":"AQI=","timestamp":5,"extensions":"","signature":"BAMAAA=="}"#;
    let sct = DetachedSct::parse(sct).unwrap();
    assert_eq!((sct.version, sct.timestamp), (0, 5));
    assert_eq!((sct.log_id, sct.signature), (vec![1, 2], vec![4, 3, 0, 0]));
    let json = r#"{"payload":"AQI=","payloadType":"t","signatures":[{"sig":"Aw=="}]}"#;
    let envelope = DsseEnvelope::parse(json.as_bytes()).unwrap();
    assert_eq!(envelope.to_json().unwrap(), json);
    let more = json.replacen('{', r#"{"x":1,"#, 1);
    assert!(matches!(
        DsseEnvelope::parse(more.as_bytes()).unwrap_err(),
        EnvelopeError::Json(_)
    ));
    assert_eq!(pem_text("a -----BEGIN X").unwrap(), "a -----BEGIN X");
}
