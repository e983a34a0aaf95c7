use serde_json::json;

use super::*;
use crate::media_type::{DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};

fn pointer() -> Value {
    json!({"mediaType": "application/octet-stream", "digest": Digest::sha256(b"x").to_string(), "size": 1})
}

fn image() -> Value {
    json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": pointer(), "layers": [pointer()]})
}

fn index() -> Value {
    json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [pointer()]})
}

fn parse(content_type: &str, value: &Value) -> Result<Manifest, ManifestError> {
    Manifest::parse(&RawManifest::new(content_type, value.to_string()))
}

fn ambiguity(content_type: &str, value: &Value) -> (String, String) {
    match parse(content_type, value).unwrap_err() {
        ManifestError::ManifestAmbiguous { expected, found } => {
            (expected.to_string(), found.to_string())
        }
        other => panic!("{other}"),
    }
}

#[test]
fn images_and_indexes_of_both_families_are_read() {
    for (content_type, mut value, is_index) in [
        (OCI_MANIFEST, image(), false),
        (DOCKER_MANIFEST, image(), false),
        (OCI_INDEX, index(), true),
        (DOCKER_INDEX, index(), true),
    ] {
        value["mediaType"] = json!(content_type);
        let read = parse(content_type, &value).unwrap();
        assert_eq!(matches!(read, Manifest::Index(_)), is_index);
        // An OCI manifest need not state its type.
        value.as_object_mut().unwrap().remove("mediaType");
        parse(&format!("{content_type}; charset=utf-8"), &value).unwrap();
    }
}

#[test]
fn adv_c51_manifests_and_layers_in_one_body_are_ambiguous() {
    let mut both = image();
    both["manifests"] = json!([pointer()]);
    assert_eq!(
        ambiguity(OCI_MANIFEST, &both),
        (
            OCI_MANIFEST.to_owned(),
            "a member \"manifests\" of another kind".to_owned()
        )
    );
    let mut both = index();
    both["Layers"] = json!([pointer()]);
    assert_eq!(
        ambiguity(OCI_INDEX, &both),
        (
            OCI_INDEX.to_owned(),
            "a member \"Layers\" of another kind".to_owned()
        )
    );
}

#[test]
fn adv_c51_header_and_member_must_say_the_same() {
    assert_eq!(
        ambiguity(OCI_INDEX, &image()),
        (OCI_INDEX.to_owned(), OCI_MANIFEST.to_owned())
    );
    let mut number = image();
    number["mediaType"] = json!(2);
    assert_eq!(
        ambiguity(OCI_MANIFEST, &number),
        (
            OCI_MANIFEST.to_owned(),
            "a mediaType that is no text".to_owned()
        )
    );
    match parse("text/html", &image()).unwrap_err() {
        ManifestError::MediaType { found } => assert_eq!(found, Foreign::new("text/html")),
        other => panic!("{other}"),
    }
}

#[test]
fn adv_c51_a_name_twice_or_too_deep_is_refused() {
    let text = image()
        .to_string()
        .replacen("\"layers\"", "\"config\":{},\"layers\"", 1);
    let twice = Manifest::parse(&RawManifest::new(OCI_MANIFEST, text)).unwrap_err();
    assert!(
        twice.to_string().starts_with(
            "the manifest is not JSON that can be read in one way: member \"config\" twice at line 1"
        ),
        "{twice}"
    );
    let mut deep = image();
    deep["annotations"] = (0..16).fold(json!(1), |inner, _| json!([inner]));
    let error = parse(OCI_MANIFEST, &deep).unwrap_err();
    assert!(error.to_string().contains("more than 16 levels"), "{error}");
}

#[test]
fn adv_c50_every_digest_in_a_manifest_is_parsed() {
    for place in ["/config/digest", "/layers/0/digest"] {
        let mut bad = image();
        *bad.pointer_mut(place).unwrap() = json!("sha256:../../x");
        match parse(OCI_MANIFEST, &bad).unwrap_err() {
            ManifestError::Malformed { kind, source } => {
                assert_eq!(kind, "image manifest");
                assert_eq!(
                    source.to_string(),
                    "a sha256 digest has 64 hexadecimal digits, found 7 characters"
                );
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn adv_c53_a_million_layers_are_too_many_and_a_thousand_are_not() {
    let mut full = image();
    full["layers"] = Value::Array(vec![pointer(); MAX_DESCRIPTORS]);
    parse(OCI_MANIFEST, &full).unwrap();
    full["layers"] = Value::Array(vec![pointer(); MAX_DESCRIPTORS + 1]);
    match parse(OCI_MANIFEST, &full).unwrap_err() {
        ManifestError::TooMany { what, limit, found } => {
            assert_eq!((what, limit, found), ("layers", 1000, 1001));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_referrer_is_shown_with_its_type_and_annotations() {
    let mut value = image();
    value["subject"] = pointer();
    value["annotations"] = json!({"k": "v"});
    let raw = RawManifest::new(OCI_MANIFEST, value.to_string());
    let shown = raw.referrer_descriptor().unwrap();
    assert_eq!(
        shown.artifact_type.as_deref(),
        Some("application/octet-stream")
    );
    assert_eq!(shown.annotations["k"], "v");
    value["artifactType"] = json!("a/b");
    let raw = RawManifest::new(OCI_MANIFEST, value.to_string());
    assert_eq!(
        raw.referrer_descriptor().unwrap().artifact_type.as_deref(),
        Some("a/b")
    );
}
