//! The statement that signs an image: its digest, and annotations on the subject.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::annotations::Annotations;

/// The predicate type that makes a statement a signature.
pub(crate) const SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: [Subject<'a>; 1],
    predicate_type: &'static str,
    predicate: BTreeMap<String, String>,
}

/// A subject without a name: the digest is all that is signed of the image.
#[derive(Serialize)]
struct Subject<'a> {
    digest: BTreeMap<&'a str, &'a str>,
    annotations: &'a BTreeMap<String, String>,
}

/// The bytes of the statement that signs an image; the digest by its hash's name, usually `sha256`, and its digits.
///
/// # Errors
/// The JSON writer's error.
///
/// Source: cosign `cmd/cosign/cli/sign`, the statement of the bundle format.
pub(crate) fn sign_statement(
    algorithm: &str,
    hex: &str,
    annotations: &Annotations,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Message {
        statement_type: "https://in-toto.io/Statement/v1",
        subject: [Subject {
            digest: BTreeMap::from([(algorithm, hex)]),
            annotations: annotations.as_map(),
        }],
        predicate_type: SIGN_PREDICATE,
        predicate: BTreeMap::new(),
    })
}

/// The annotations of the subject with this SHA-256, in a statement that has been verified as it is.
///
/// Empty if there are none or the payload names no such subject.
pub(crate) fn subject_annotations(payload: &[u8], sha256: &str) -> BTreeMap<String, Value> {
    let statement = sigbox_wire::strict_json::parse(payload).unwrap_or_default();
    let subjects = statement.get("subject").and_then(Value::as_array);
    let subject = subjects.into_iter().flatten().find(|subject| {
        let digest = subject.pointer("/digest/sha256").and_then(Value::as_str);
        digest.is_some_and(|digest| digest.eq_ignore_ascii_case(sha256))
    });
    let annotations = subject
        .and_then(|subject| subject.get("annotations"))
        .and_then(Value::as_object);
    annotations.cloned().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::{Annotations, sign_statement, subject_annotations};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn annotations(arguments: &[&str]) -> Annotations {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        Annotations::parse(&arguments).unwrap()
    }

    #[test]
    fn the_statement_is_the_real_clients() {
        let plain = sign_statement("sha256", "292f", &Annotations::default()).unwrap();
        assert_eq!(
            String::from_utf8(plain).unwrap(),
            r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"292f"},"annotations":{}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}"#
        );
        let annotated = sign_statement("sha256", "292f", &annotations(&["who=me"])).unwrap();
        assert_eq!(
            String::from_utf8(annotated).unwrap(),
            r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"292f"},"annotations":{"who":"me"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}"#
        );
    }

    #[test]
    fn annotations_are_those_of_the_subject_that_was_asked_for() {
        let payload = json!({"subject": [
            {"digest": {"sha256": "aa"}, "annotations": {"who": "other"}},
            {"digest": {"sha256": "BB"}, "annotations": {"who": "me", "n": 1}},
            {"digest": {"sha256": "cc"}},
        ]})
        .to_string();
        let of = |digest| subject_annotations(payload.as_bytes(), digest);
        let expected =
            BTreeMap::from([("who".to_owned(), json!("me")), ("n".to_owned(), json!(1))]);
        assert_eq!(of("bb"), expected);
        assert_eq!(of("cc"), BTreeMap::new());
        assert_eq!(of("dd"), BTreeMap::new());
    }
}
