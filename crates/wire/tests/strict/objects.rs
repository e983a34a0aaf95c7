//! Messages are JSON objects; serde alone would also read an array of the members in order of declaration.

use sigbox_wire::{
    Bundle, BundleError, CreateEntryRequest, RequestError, SigningCertRequest,
    SigningCertRequestError, TimestampJsonRequest, TimestampRequestError, TransparencyLogEntry,
    TrustError, TrustedRoot,
};

use crate::documents::{self, Refusal};
use crate::outline::objects;

fn inner(json: &str) -> &str {
    let start = json.find(':').unwrap() + 1;
    &json[start..json.len() - 1]
}

#[test]
fn every_document_is_read_as_it_stands() {
    for document in documents::all() {
        let read = (document.read)(document.json.as_bytes());
        assert_eq!(read, Ok(()), "{}", document.name);
        let spaced = format!(" \r\n\t{}\n", document.json);
        assert_eq!((document.read)(spaced.as_bytes()), Ok(()), "{spaced}");
    }
}

#[test]
fn an_array_of_the_members_is_no_message_at_any_depth() {
    for document in documents::all() {
        let objects = objects(&document.json);
        assert!(!objects.is_empty(), "{}", document.name);
        for object in objects {
            let values = object
                .members
                .iter()
                .map(|m| &document.json[m.value.clone()]);
            let array = format!("[{}]", values.collect::<Vec<_>>().join(","));
            let mut json = document.json.clone();
            json.replace_range(object.range, &array);
            let read = (document.read)(json.as_bytes());
            assert!(
                matches!(read, Err(Refusal::NotAnObject { line: 1, .. })),
                "{}: {read:?} for {json}",
                document.name
            );
        }
    }
}

#[test]
fn nothing_else_is_a_message_either() {
    for document in documents::all() {
        for other in ["[]", "null", "true", "1", "\"{}\"", "[null,null]"] {
            let read = (document.read)(other.as_bytes());
            assert!(
                matches!(read, Err(Refusal::NotAnObject { line: 1, .. })),
                "{}: {read:?} for {other}",
                document.name
            );
        }
    }
}

#[test]
fn a_request_in_an_array_names_the_place() {
    let parse = |json: &str| CreateEntryRequest::parse(json.as_bytes());
    let request = inner(documents::HASHED_REKORD);
    let outer = parse(&format!("[{request},null]")).unwrap_err();
    assert!(matches!(
        outer,
        RequestError::NotAnObject { line: 1, column: 0 }
    ));
    assert_eq!(
        outer.to_string(),
        "not a valid request: value at line 1 column 0 is not a JSON object"
    );
    let middle = parse(
        "{\"hashedRekordRequestV002\":\n{\"digest\":\"AQ==\",\"signature\":[\"AQ==\",{\"keyDetails\":5,\"publicKey\":{\"rawBytes\":\"AQ==\"}}]}}",
    );
    assert!(matches!(
        middle,
        Err(RequestError::NotAnObject {
            line: 2,
            column: 29
        })
    ));
    let key = parse(&documents::HASHED_REKORD.replace(r#"{"rawBytes":"AQ=="}"#, r#"["AQ=="]"#));
    assert!(matches!(
        key,
        Err(RequestError::NotAnObject { line: 1, .. })
    ));
}

#[test]
fn positional_forms_that_serde_would_read_are_refused() {
    let material = r#"[["AQ=="],null,null,null,null]"#;
    let media = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let bundle = format!(r#"["{media}",{material},[null,"AQ=="],null]"#);
    assert!(matches!(
        Bundle::parse(bundle.as_bytes()),
        Err(BundleError::NotAnObject { line: 1, column: 0 })
    ));
    let entry = r#"["7",["AQ=="],["k","v"],"0",null,null,"AQ=="]"#;
    let nested = documents::bundle().replace(documents::ENTRY, entry);
    assert!(matches!(
        Bundle::parse(nested.as_bytes()),
        Err(BundleError::NotAnObject { .. })
    ));
    assert!(matches!(
        TransparencyLogEntry::parse_response(entry.as_bytes()),
        Err(sigbox_wire::EntryError::NotAnObject { line: 1, column: 0 })
    ));
    assert!(matches!(
        SigningCertRequest::parse(br#"[["t"],[["k"],"AQ=="],null]"#),
        Err(SigningCertRequestError::NotAnObject { line: 1, column: 0 })
    ));
    assert!(matches!(
        TimestampJsonRequest::parse(br#"["AQ==","sha256",true,1,null]"#),
        Err(TimestampRequestError::NotAnObject { line: 1, column: 0 })
    ));
    let root =
        TrustedRoot::parse(format!(r#"["{}",[],[],[],[]]"#, TrustedRoot::MEDIA_TYPE).as_bytes());
    assert!(matches!(
        root,
        Err(TrustError::NotAnObject {
            document: "trusted root",
            line: 1,
            column: 0
        })
    ));
}

#[test]
fn lists_hold_messages_and_no_nulls() {
    let bundle = documents::bundle().replace(documents::ENTRY, "null");
    assert!(matches!(
        Bundle::parse(bundle.as_bytes()),
        Err(BundleError::NotAnObject { line: 1, .. })
    ));
    let number = documents::bundle().replace(documents::ENTRY, "1");
    assert!(matches!(
        Bundle::parse(number.as_bytes()),
        Err(BundleError::NotAnObject { line: 1, .. })
    ));
}

#[test]
fn broken_syntax_where_a_message_belongs_stays_a_matter_of_syntax() {
    for document in documents::all() {
        for text in ["", " ", "x", "}", "nul"] {
            let read = (document.read)(text.as_bytes());
            let empty_message = Refusal::Other("invalid type, must be hashedrekord".to_owned());
            let allowed = match document.name {
                "certificate request" if text.trim().is_empty() => read == Ok(()),
                "hashedrekord request" | "dsse request" if text.trim().is_empty() => {
                    read == Err(empty_message)
                }
                _ => matches!(read, Err(Refusal::Json(_))),
            };
            assert!(allowed, "{}: {read:?} for {text:?}", document.name);
        }
    }
}
