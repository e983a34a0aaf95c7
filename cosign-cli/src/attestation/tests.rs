use sigbox_wire::{StatementError, Subject};

use super::{Attestation, AttestationError, HashAlgorithm, PredicateType, Timestamp};
use super::{base_name, subject};

fn now() -> Timestamp {
    "2026-11-23T01:07:21.5Z".parse().unwrap()
}

fn attest(name: &str, predicate: &str) -> Result<String, AttestationError> {
    let subjects = [subject("hello.txt", [0xab; 32])];
    let predicate_type = PredicateType::new(name);
    let attestation =
        Attestation::of_predicate(&subjects, &predicate_type, predicate.as_bytes(), now())?;
    Ok(String::from_utf8(attestation.payload).unwrap())
}

fn refused(name: &str, predicate: &str) -> String {
    attest(name, predicate).unwrap_err().to_string()
}

fn statement(predicate_type: &str, predicate: &str) -> String {
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v0.1","subject":[{{"name":"hello.txt","digest":{{"sha256":"{}"}}}}],"predicateType":"{predicate_type}","predicate":{predicate}}}"#,
        "ab".repeat(32)
    )
}

const LINK: &str = r#"{"_type":"link","name":"n","materials":{},"products":{"a":{"sha256":"00"}},"byproducts":null,"command":["make"],"environment":{}}"#;

#[test]
fn a_custom_predicate_is_wrapped_and_every_other_one_stands_as_it_is() {
    let custom = r#"{"Data":"{\"a\":1}\n","Timestamp":"2026-11-23T01:07:21Z"}"#;
    let uri = "https://cosign.sigstore.dev/attestation/v1";
    for name in ["custom", uri] {
        assert_eq!(attest(name, "{\"a\":1}\n").unwrap(), statement(uri, custom));
    }
    assert_eq!(
        attest("link", LINK).unwrap(),
        statement("https://in-toto.io/Link/v1", LINK)
    );
    // A number keeps digits that no float has.
    let predicate = r#"{"b": 12345678901234567890123, "a": 1.0}"#;
    for (name, uri) in [
        ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
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
    let subjects = [subject("a", [0; 32])];
    let binary =
        Attestation::of_predicate(&subjects, &PredicateType::new("custom"), &[0xff], now());
    assert!(matches!(binary, Err(AttestationError::NotText)));
}

#[test]
fn members_of_a_named_type_are_what_it_says() {
    let provenance = "unmarshal Provenance predicate: ";
    for (name, predicate, expected) in [
        (
            "slsaprovenance",
            r#"{"builder":"me"}"#,
            "unmarshal Provenance predicate: invalid type: string \"me\", expected an object",
        ),
        (
            "slsaprovenance02",
            r#"{"materials":[{"digest":{"sha1":7}}]}"#,
            "unmarshal Provenance predicate: invalid type: integer `7`, expected a string",
        ),
        (
            "slsaprovenance02",
            r#"{"metadata":{"buildStartedOn":"today"}}"#,
            "unmarshal Provenance predicate: invalid time \"today\", expected one like 2026-01-31T12:00:00Z",
        ),
        (
            "slsaprovenance1",
            r#"{"buildDefinition":{"externalParameters":[]}}"#,
            "unmarshal Provenance predicate: invalid type: sequence, expected an object",
        ),
        (
            "vuln",
            r#"{"scanner":{"db":{"version":1}}}"#,
            "unmarshal vulnerability scan predicate: invalid type: integer `1`, expected a string",
        ),
        (
            "vuln",
            r#"{"metadata":{"scanStartedOn":"2026-01-01 10:00:00Z"}}"#,
            "unmarshal vulnerability scan predicate: invalid time \"2026-01-01 10:00:00Z\", expected one like 2026-01-31T12:00:00Z",
        ),
        ("link", "{}", "link statement: required field _type missing"),
        (
            "link",
            r#"{"_type":"link","name":"n","materials":{},"products":{},"byproducts":{},"command":[]}"#,
            "link statement: required field environment missing",
        ),
    ] {
        let shown = refused(name, predicate);
        let (what, _place) = shown.split_once(" at line 1 ").unwrap_or((&shown, ""));
        assert_eq!(what, expected, "{name} {predicate}");
    }
    assert!(refused("slsaprovenance1", r#"{"runDetails":[]}"#).starts_with(provenance));
    let command = LINK.replace(r#"["make"]"#, r#""make""#);
    assert!(refused("link", &command).starts_with("unmarshal Link statement: "));
    // Without a name there is no type to fit.
    attest("https://slsa.dev/provenance/v1", r#"{"runDetails":[]}"#).unwrap();
    let full = r#"{"builder":{"id":"b"},"metadata":{"buildStartedOn":"2026-01-31T12:00:00.5+01:00","reproducible":true},"buildConfig":{},"materials":null}"#;
    attest("slsaprovenance", full).unwrap();
}

#[test]
fn the_early_name_of_an_invocation_becomes_todays() {
    let given = r#"{"runDetails":{"builder":{"id":"b"},"metadata":{"startedOn":"2026-01-31T12:00:00Z","invocationID":"i","more":1.0}},"x":[1]}"#;
    let expected = given.replace("invocationID", "invocationId");
    let uri = "https://slsa.dev/provenance/v1";
    assert_eq!(
        attest("slsaprovenance1", given).unwrap(),
        statement(uri, &expected)
    );
    let both = given.replace(r#""more":1.0"#, r#""invocationId":"old""#);
    let expected = expected.replace(r#","more":1.0"#, "");
    assert_eq!(
        attest("slsaprovenance1", &both).unwrap(),
        statement(uri, &expected)
    );
    let wrong = given.replace(r#""i""#, "1");
    assert!(matches!(
        attest("slsaprovenance1", &wrong),
        Err(AttestationError::Schema { .. })
    ));
}

#[test]
fn what_no_verifier_would_read_is_not_signed() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(126), "]".repeat(126));
    assert!(matches!(
        attest("word", &deep),
        Err(AttestationError::Statement(StatementError::TooDeep {
            limit: 127
        }))
    ));
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(125), "]".repeat(125));
    attest("word", &deep).unwrap();
    assert!(matches!(
        attest("cyclonedx", r#"{"a":{"b":1,"b":2}}"#),
        Err(AttestationError::Statement(StatementError::DuplicateMember { name })) if name == "b"
    ));
    let many = |count: u16| -> Vec<Subject> {
        let digest = |one: u16| [[0; 30].as_slice(), &one.to_be_bytes()].concat();
        (0..count)
            .map(|one| subject("same", digest(one).try_into().unwrap()))
            .collect()
    };
    let of = |subjects: &[Subject]| {
        Attestation::of_predicate(subjects, &PredicateType::new("word"), b"{}", now())
    };
    of(&many(1024)).unwrap();
    assert!(matches!(
        of(&many(1025)),
        Err(AttestationError::TooMany {
            what: "subjects",
            found: 1025,
            limit: 1024
        })
    ));
    assert!(matches!(of(&[]), Err(AttestationError::NoSubject)));
    let mut digests = subject("a", [0; 32]);
    for number in 0..32 {
        digests.digest.insert(format!("x{number}"), "00".to_owned());
    }
    assert!(matches!(
        of(&[digests]),
        Err(AttestationError::TooMany {
            what: "digests of one subject",
            found: 33,
            limit: 32
        })
    ));
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
    let twice = statement("p", r#"{"a":1,"a":1}"#).into_bytes();
    assert!(matches!(
        Attestation::of_statement(twice, None),
        Err(AttestationError::Statement(StatementError::DuplicateMember { name })) if name == "a"
    ));
}

#[test]
fn a_type_is_a_short_name_or_a_uri_where_no_other_word_is_taken() {
    for name in [
        "custom",
        "spdx",
        "openvex",
        "https://e.example/p",
        "urn:x",
        "/path",
    ] {
        assert_eq!(PredicateType::parse(name).unwrap().name(), name);
    }
    for name in [
        "word",
        "",
        "1a:b",
        "a:",
        "https://e.example/a b",
        "x\u{1b}:y",
    ] {
        assert!(matches!(
            PredicateType::parse(name),
            Err(AttestationError::PredicateType { found }) if found == name
        ));
    }
    let shown = PredicateType::parse("Custom\u{202e}")
        .unwrap_err()
        .to_string();
    assert_eq!(shown, "invalid predicate type: Custom\\u{202e}");
}

#[test]
fn a_file_goes_by_the_last_part_of_its_path() {
    for (path, name) in [
        ("a", "a"),
        ("dir/a", "a"),
        ("../a/", "a"),
        ("dir/..", ".."),
        ("dir/a\u{202e}b\\c", "a\u{202e}b\\c"),
        ("-", "-"),
    ] {
        assert_eq!(base_name(path), name);
    }
}
