//! Canonical JSON: a fixed point, and what a second implementation writes.

use serde_json::Value;
use sigbox_wire::HashedRekordV002;
use sigbox_wire::rekor_v1::Proposal;

use crate::bounds::{bounded, twice};
use crate::second::canonical_json;

pub(super) fn target(data: &[u8]) {
    // What the logs hash: a body is written in one form only.
    if let Some(body) = twice(data.len(), || HashedRekordV002::parse_body(data)) {
        let canonical = body.canonical_body().unwrap();
        let again = HashedRekordV002::parse_body(&canonical).unwrap();
        assert_eq!(again, body, "written and read again");
        assert_eq!(again.canonical_body().unwrap(), canonical, "written twice");
        let value: Value = serde_json::from_slice(&canonical).unwrap();
        assert_eq!(canonical_json(&value), canonical, "second implementation");
    }
    twice(data.len(), || Proposal::parse(data));

    let Ok(value) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let canonical = bounded(data.len(), || serde_json_canonicalizer::to_vec(&value)).unwrap();
    let text = String::from_utf8_lossy(&canonical);
    assert_eq!(
        String::from_utf8(canonical_json(&value)).unwrap(),
        text,
        "second implementation"
    );
    let again: Value = serde_json::from_slice(&canonical).unwrap();
    let fixed = serde_json_canonicalizer::to_string(&again).unwrap();
    assert_eq!(fixed, text, "canonical form of the canonical form");
}
