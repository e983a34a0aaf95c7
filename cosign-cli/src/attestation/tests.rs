use std::path::Path;

use sigbox_wire::StatementError;

use super::{Attestation, AttestationError, HashAlgorithm, PredicateType, Timestamp};

fn now() -> Timestamp {
    "2026-11-23T01:07:21.5Z".parse().unwrap()
}

fn attest(name: &str, predicate: &str) -> Result<String, AttestationError> {
    let predicate_type = PredicateType::new(name);
    let artifact = Path::new("folder/hello.txt");
    let attestation = Attestation::of_predicate(
        artifact,
        [0xab; 32],
        &predicate_type,
        predicate.as_bytes(),
        now(),
    )?;
    Ok(String::from_utf8(attestation.payload).unwrap())
}

fn statement(predicate_type: &str, predicate: &str) -> String {
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v0.1","subject":[{{"name":"hello.txt","digest":{{"sha256":"{}"}}}}],"predicateType":"{predicate_type}","predicate":{predicate}}}"#,
        "ab".repeat(32)
    )
}

#[test]
fn a_custom_predicate_is_wrapped_and_every_other_one_stands_as_it_is() {
    let custom = r#"{"Data":"{\"a\":1}\n","Timestamp":"2026-11-23T01:07:21Z"}"#;
    assert_eq!(
        attest("custom", "{\"a\":1}\n").unwrap(),
        statement("https://cosign.sigstore.dev/attestation/v1", custom)
    );
    // A number keeps digits that no float has.
    let predicate = r#"{"b": 12345678901234567890123, "a": 1.0}"#;
    for (name, uri) in [
        ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
        ("link", "https://in-toto.io/Link/v1"),
        ("spdxjson", "https://spdx.dev/Document"),
        ("cyclonedx", "https://cyclonedx.org/bom"),
        ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
        ("openvex", "https://openvex.dev/ns"),
        ("https://example.com/p/v1", "https://example.com/p/v1"),
        ("word", "word"),
    ] {
        assert_eq!(attest(name, predicate).unwrap(), statement(uri, predicate));
    }
}

#[test]
fn what_is_no_predicate_of_its_type_is_refused() {
    let not_json = attest("slsaprovenance1", "hello");
    assert!(matches!(not_json, Err(AttestationError::Json(_))));
    let rest = attest("vuln", "{} {}");
    assert!(matches!(rest, Err(AttestationError::Json(_))));
    let array = attest("https://e.example/p", "[1]");
    assert!(
        matches!(array, Err(AttestationError::NotAnObject { uri }) if uri == "https://e.example/p")
    );
    assert!(matches!(
        attest("spdx", "SPDXVersion: SPDX-2.3"),
        Err(AttestationError::SpdxText)
    ));
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(127), "]".repeat(127));
    assert!(matches!(
        attest("word", &deep),
        Err(AttestationError::Statement(StatementError::TooDeep {
            limit: 128
        }))
    ));
    let binary = Attestation::of_predicate(
        Path::new("a"),
        [0; 32],
        &PredicateType::new("custom"),
        &[0xff],
        now(),
    );
    assert!(matches!(binary, Err(AttestationError::NotText)));
}

#[test]
fn a_finished_statement_is_taken_byte_for_byte_if_it_is_about_the_file() {
    let text = statement("https://example.com/p/v1", "{ }").into_bytes();
    let taken = Attestation::of_statement(text.clone(), None).unwrap();
    assert_eq!(
        taken.into_parts(),
        (text.clone(), (HashAlgorithm::Sha2_256, vec![0xab; 32]))
    );
    let about = Some(("hello.txt", [0xab; 32]));
    let taken = Attestation::of_statement(text.clone(), about).unwrap();
    assert_eq!(taken.payload(), text);
    let other = Attestation::of_statement(text, Some(("other.txt", [0; 32])));
    assert!(
        matches!(other, Err(AttestationError::OtherArtifact { artifact }) if artifact == "other.txt")
    );
    let nothing = br#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"md5":"00"}}],"predicateType":"p"}"#;
    let nothing = Attestation::of_statement(nothing.to_vec(), None);
    assert!(matches!(nothing, Err(AttestationError::NoSubject)));
    let none = Attestation::of_statement(b"{}".to_vec(), None);
    assert!(matches!(
        none,
        Err(AttestationError::Statement(StatementError::Json(_)))
    ));
}
