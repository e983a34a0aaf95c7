//! Byte-exact vectors recorded from a real Rekor v2 server (rekor-tiles).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use sigbox_wire::proto_json::{decode_base64, encode_base64};
use sigbox_wire::{
    BodyError, CreateEntryRequest, HashAlgorithm, HashedRekordRequest, HashedRekordV002,
    InclusionProof, KeyDetails, KindVersion, RequestError, TransparencyLogEntry, Verifier,
    VerifierKey,
};

const DIGEST: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const SIGNATURE: &str = "MEUCIQDjPwtmoLgwuFB4Ssrray2TOysa1+MZNho0EIjhMvhR2wIgcZqXlsV4lsA3PtXNYhCMt70mY8YdGszr9APUzx8lq1k=";
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHljOvJsI1FA01CKijSZFuofl+Dt2Gwsjs9oxfwEX3EN69xQIY7IAhblRMnr3HTLibCOtSrM/UCrUbY07cBFRNA==";
const BODY: &str = r#"{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},"signature":{"content":"MEUCIQDjPwtmoLgwuFB4Ssrray2TOysa1+MZNho0EIjhMvhR2wIgcZqXlsV4lsA3PtXNYhCMt70mY8YdGszr9APUzx8lq1k=","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHljOvJsI1FA01CKijSZFuofl+Dt2Gwsjs9oxfwEX3EN69xQIY7IAhblRMnr3HTLibCOtSrM/UCrUbY07cBFRNA=="}}}}}}"#;
const ROOT: &str = "u7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=";
const LOG_ID: &str = "Qqp+Mk2DNDeLi2EMRbHKjFFeQdzNyNEhKCpluiQ/FsQ=";
const CHECKPOINT: &str = "rekor.local\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n\n— rekor.local Qqp+Mo7Ic2ZpM24T47nK7n6ghMz/UMEKaAeEO4lyfCQzB75VpGzlny3sOE3AMNOO8c+RLSEwEuRM1KPGJQkgmITwKwI=\n";

fn bytes(base64: &str) -> Vec<u8> {
    decode_base64(base64).unwrap()
}

fn verifier() -> Verifier {
    Verifier {
        key: VerifierKey::PublicKey(bytes(SPKI)),
        key_details: KeyDetails::PkixEcdsaP256Sha256,
    }
}

fn body() -> HashedRekordV002 {
    HashedRekordV002 {
        algorithm: HashAlgorithm::Sha2_256,
        digest: bytes(DIGEST),
        signature: bytes(SIGNATURE),
        verifier: verifier(),
    }
}

fn entry() -> TransparencyLogEntry {
    TransparencyLogEntry {
        log_index: 0,
        log_id: bytes(LOG_ID),
        kind_version: KindVersion {
            kind: "hashedrekord".to_owned(),
            version: "0.0.2".to_owned(),
        },
        integrated_time: 0,
        inclusion_promise: None,
        inclusion_proof: Some(InclusionProof {
            log_index: 0,
            root_hash: bytes(ROOT),
            tree_size: 1,
            hashes: Vec::new(),
            checkpoint: CHECKPOINT.to_owned(),
        }),
        canonicalized_body: BODY.into(),
    }
}

#[test]
fn canonical_body_is_what_the_real_log_stores() {
    let written = body().canonical_body().unwrap();
    assert_eq!(written.len(), 489);
    assert_eq!(String::from_utf8(written).unwrap(), BODY);
    assert_eq!(
        HashedRekordV002::parse_body(BODY.as_bytes()).unwrap(),
        body()
    );
}

#[test]
fn a_certificate_stands_after_the_key_details() {
    let key = VerifierKey::X509Certificate(vec![0x30, 0x00]);
    let verifier = Verifier { key, ..verifier() };
    let written = HashedRekordV002 { verifier, ..body() }
        .canonical_body()
        .unwrap();
    let expected = r#""verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"MAA="}}}}}}"#;
    assert!(String::from_utf8(written).unwrap().ends_with(expected));
}

#[test]
fn other_kinds_versions_and_members_are_refused() {
    let parse = |text: &str| HashedRekordV002::parse_body(text.as_bytes());
    let kind = parse(&BODY.replace(r#""kind":"hashedrekord""#, r#""kind":"dsse""#));
    assert!(matches!(kind, Err(BodyError::Kind { found }) if found == "dsse"));
    let version = parse(&BODY.replace("0.0.2", "0.0.1"));
    assert!(matches!(version, Err(BodyError::ApiVersion { found }) if found == "0.0.1"));
    let algorithm = parse(&BODY.replace("SHA2_256", "SHA3_256"));
    assert!(matches!(algorithm, Err(BodyError::HashAlgorithm { found }) if found == "SHA3_256"));
    let digest = parse(&BODY.replace(DIGEST, ""));
    assert!(matches!(
        digest,
        Err(BodyError::MissingField("data.digest"))
    ));
    let two_keys = parse(&BODY.replace(
        r#""publicKey":"#,
        r#""x509Certificate":{"rawBytes":"MAA="},"publicKey":"#,
    ));
    assert!(matches!(two_keys, Err(BodyError::Conflict)));
    for broken in [
        BODY.replace(r#""kind":"#, r#""extra":1,"kind":"#),
        BODY.replace(r#""kind":"#, r#""kind":"hashedrekord","kind":"#),
        BODY.replace(r#""digest":"#, r#""digest":"AA==","digest":"#),
        BODY.replace(r#""data":"#, r#""date":"#),
        "{}".to_owned(),
        String::new(),
    ] {
        assert!(
            matches!(parse(&broken), Err(BodyError::Json(_))),
            "{broken}"
        );
    }
    let deep = "[".repeat(33);
    assert!(matches!(
        parse(&deep),
        Err(BodyError::TooDeep { limit: 32 })
    ));
}

#[test]
fn the_answer_emits_every_member_and_reads_back() {
    let expected = format!(
        concat!(
            r#"{{"logIndex":"0","logId":{{"keyId":"{}"}},"kindVersion":{{"kind":"hashedrekord","version":"0.0.2"}},"#,
            r#""integratedTime":"0","inclusionPromise":null,"inclusionProof":{{"logIndex":"0","rootHash":"{}","#,
            r#""treeSize":"1","hashes":[],"checkpoint":{{"envelope":{}}}}},"canonicalizedBody":"{}"}}"#
        ),
        LOG_ID,
        ROOT,
        serde_json::to_string(CHECKPOINT).unwrap(),
        encode_base64(BODY.as_bytes()),
    );
    assert_eq!(entry().to_response_json().unwrap(), expected);
    assert_eq!(
        TransparencyLogEntry::parse_response(expected.as_bytes()).unwrap(),
        entry()
    );
}

#[test]
fn in_a_bundle_zero_values_are_left_out() {
    let value = entry().to_bundle_value().unwrap();
    let members: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        members,
        [
            "canonicalizedBody",
            "inclusionProof",
            "kindVersion",
            "logId"
        ]
    );
    let proof: Vec<_> = value["inclusionProof"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(proof, ["checkpoint", "rootHash", "treeSize"]);
    assert_eq!(value["inclusionProof"]["treeSize"], "1");
    let read = TransparencyLogEntry::parse_response(value.to_string().as_bytes()).unwrap();
    assert_eq!(read, entry());
}

#[test]
fn requests_are_read_in_both_spellings() {
    let expected = CreateEntryRequest::HashedRekord(HashedRekordRequest {
        digest: bytes(DIGEST),
        signature: bytes(SIGNATURE),
        verifier: verifier(),
    });
    let camel = format!(
        r#"{{"hashedRekordRequestV002":{{"digest":"{DIGEST}","signature":{{"content":"{SIGNATURE}","verifier":{{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{{"rawBytes":"{SPKI}"}}}}}}}}}}"#
    );
    assert_eq!(
        CreateEntryRequest::parse(camel.as_bytes()).unwrap(),
        expected
    );
    let snake = camel
        .replace("hashedRekordRequestV002", "hashed_rekord_request_v002")
        .replace("\"PKIX_ECDSA_P256_SHA_256\"", "5")
        .replace("keyDetails", "key_details")
        .replace("publicKey", "public_key")
        .replace("rawBytes", "raw_bytes");
    assert_eq!(
        CreateEntryRequest::parse(snake.as_bytes()).unwrap(),
        expected
    );
    let written = expected.to_json().unwrap();
    assert_eq!(
        CreateEntryRequest::parse(written.as_bytes()).unwrap(),
        expected
    );
}

#[test]
fn dsse_requests_are_read() {
    let json = r#"{"dsseRequestV002":{"envelope":{"payload":"aGk","payloadType":"text/plain","signatures":[{"sig":"AQ==","keyid":""}]},"verifiers":[{"keyDetails":"PKIX_ECDSA_P256_SHA_256","x509Certificate":{"rawBytes":"MAA="}}]}}"#;
    let request = CreateEntryRequest::parse(json.as_bytes()).unwrap();
    let CreateEntryRequest::Dsse(dsse) = &request else {
        panic!("{request:?}")
    };
    assert_eq!(dsse.envelope.payload, b"hi");
    assert_eq!(dsse.envelope.pae(), b"DSSEv1 10 text/plain 2 hi");
    assert_eq!(
        dsse.verifiers[0].key,
        VerifierKey::X509Certificate(vec![0x30, 0x00])
    );
    let written = request.to_json().unwrap();
    assert_eq!(
        CreateEntryRequest::parse(written.as_bytes()).unwrap(),
        request
    );
}

#[test]
fn broken_requests_name_the_rule() {
    let parse = |text: &str| CreateEntryRequest::parse(text.as_bytes());
    for empty in ["", " \n", "{}", r#"{"hashedRekordRequestV002":null}"#] {
        let refused = parse(empty).unwrap_err();
        assert!(matches!(refused, RequestError::UnknownType), "{empty}");
        assert_eq!(refused.to_string(), "invalid type, must be hashedrekord");
    }
    let both = r#"{"hashedRekordRequestV002":{},"dsseRequestV002":{}}"#;
    assert!(matches!(
        parse(both),
        Err(RequestError::Conflict { oneof: "spec" })
    ));
    let unknown = parse(r#"{"foo":1}"#).unwrap_err();
    assert!(matches!(&unknown, RequestError::Json(_)));
    assert!(
        unknown.to_string().contains("unknown field `foo`"),
        "{unknown}"
    );
    let twice = parse(r#"{"hashedRekordRequestV002":{"digest":"","digest":""}}"#).unwrap_err();
    assert!(
        twice.to_string().contains("duplicate field `digest`"),
        "{twice}"
    );
    let spelled_twice = parse(r#"{"dsseRequestV002":{},"dsse_request_v002":{}}"#).unwrap_err();
    assert!(
        spelled_twice.to_string().contains("duplicate field"),
        "{spelled_twice}"
    );
    let key = |key: &str| {
        parse(&format!(
            r#"{{"hashedRekordRequestV002":{{"digest":"AA==","signature":{{"content":"AA==","verifier":{{{key}}}}}}}}}"#
        ))
    };
    for (verifier, missing) in [
        (r#""publicKey":{"rawBytes":"AA=="}"#, "verifier.keyDetails"),
        (
            r#""keyDetails":0,"publicKey":{"rawBytes":"AA=="}"#,
            "verifier.keyDetails",
        ),
        (r#""keyDetails":5"#, "verifier.publicKey"),
        (
            r#""keyDetails":5,"publicKey":{}"#,
            "verifier.publicKey.rawBytes",
        ),
        (
            r#""keyDetails":5,"x509Certificate":{"rawBytes":""}"#,
            "verifier.x509Certificate.rawBytes",
        ),
    ] {
        let found = key(verifier);
        assert!(
            matches!(found, Err(RequestError::MissingField(m)) if m == missing),
            "{verifier}"
        );
    }
    let two = key(
        r#""keyDetails":5,"publicKey":{"rawBytes":"AA=="},"x509Certificate":{"rawBytes":"AA=="}"#,
    );
    assert!(matches!(
        two,
        Err(RequestError::Conflict { oneof: "verifier" })
    ));
    let no_digest = parse(
        r#"{"hashedRekordRequestV002":{"signature":{"content":"AA==","verifier":{"keyDetails":5,"publicKey":{"rawBytes":"AA=="}}}}}"#,
    );
    assert!(matches!(
        no_digest,
        Err(RequestError::MissingField("digest"))
    ));
    let no_signature = parse(r#"{"hashedRekordRequestV002":{"digest":"AA=="}}"#);
    assert!(matches!(
        no_signature,
        Err(RequestError::MissingField("signature"))
    ));
}
