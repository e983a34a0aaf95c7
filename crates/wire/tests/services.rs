//! Fulcio's and the timestamp authority's JSON.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use sigbox_wire::{
    IssuerConfiguration, IssuerUrl, SigningCertKey, SigningCertRequest, SigningCertRequestError,
    SigningCertResponse, SigningCertResponseError, TimestampJsonRequest, TimestampRequestError,
    configuration_json, trust_bundle_json,
};

#[test]
fn public_key_request_is_read_in_both_spellings() {
    let expected = SigningCertRequest {
        oidc_identity_token: Some("eyJ".to_owned()),
        key: SigningCertKey::PublicKey {
            content: "PEM\n".to_owned(),
            proof_of_possession: vec![0xfb, 0xff],
        },
    };
    let camel = r#"{"credentials":{"oidcIdentityToken":"eyJ"},"publicKeyRequest":{"publicKey":{"algorithm":"ECDSA","content":"PEM\n"},"proofOfPossession":"+/8="}}"#;
    let snake = r#"{"credentials":{"oidc_identity_token":"eyJ","x":[]},"public_key_request":{"public_key":{"algorithm":77,"content":"PEM\n"},"proof_of_possession":"-_8"},"more":{}}"#;
    for json in [camel, snake] {
        assert_eq!(
            SigningCertRequest::parse(json.as_bytes()).unwrap(),
            expected,
            "{json}"
        );
    }
    let written = expected.to_json().unwrap();
    assert_eq!(
        SigningCertRequest::parse(written.as_bytes()).unwrap(),
        expected
    );
}

#[test]
fn signing_request_conflict_and_empty_body() {
    let csr = SigningCertRequest::parse(br#"{"certificateSigningRequest":"UEVN"}"#).unwrap();
    let expected = SigningCertRequest {
        oidc_identity_token: None,
        key: SigningCertKey::Csr(b"PEM".to_vec()),
    };
    assert_eq!(csr, expected);
    assert_eq!(
        csr.to_json().unwrap(),
        r#"{"certificateSigningRequest":"UEVN"}"#
    );
    let both = br#"{"certificateSigningRequest":"UEVN","publicKeyRequest":{}}"#;
    let refused = SigningCertRequest::parse(both);
    assert!(matches!(
        refused,
        Err(SigningCertRequestError::OneofConflict)
    ));
    let empty = SigningCertRequest {
        oidc_identity_token: None,
        key: SigningCertKey::Missing,
    };
    for json in ["", "{}", r#"{"credentials":{"oidcIdentityToken":""}}"#] {
        assert_eq!(
            SigningCertRequest::parse(json.as_bytes()).unwrap(),
            empty,
            "{json}"
        );
    }
    let cut = SigningCertRequest::parse(br#"{"credentials""#);
    assert!(matches!(cut, Err(SigningCertRequestError::Json(_))));
    let deep = SigningCertRequest::parse("[".repeat(40).as_bytes());
    assert!(matches!(
        deep,
        Err(SigningCertRequestError::TooDeep { limit: 32 })
    ));
}

#[test]
fn certificates_are_answered_trimmed_and_embedded() {
    let response = SigningCertResponse {
        certificates: vec!["LEAF\n".to_owned(), "ROOT".to_owned()],
    };
    let json = r#"{"signedCertificateEmbeddedSct":{"chain":{"certificates":["LEAF","ROOT"]}}}"#;
    assert_eq!(response.to_json().unwrap(), json);
    let read = SigningCertResponse::parse(json.as_bytes()).unwrap();
    assert_eq!(read.certificates, ["LEAF", "ROOT"]);
    let detached = br#"{"signedCertificateDetachedSct":{"chain":{"certificates":["L"]},"signedCertificateTimestamp":""}}"#;
    let refused = SigningCertResponse::parse(detached);
    assert!(matches!(
        refused,
        Err(SigningCertResponseError::DetachedSct)
    ));
    assert!(matches!(
        SigningCertResponse::parse(b"{}"),
        Err(SigningCertResponseError::NoCertificate)
    ));
    assert!(matches!(
        SigningCertResponse::parse(b"<html>"),
        Err(SigningCertResponseError::Json(_))
    ));
    let chains = [vec!["I\n".to_owned(), "R\n".to_owned()]];
    assert_eq!(
        trust_bundle_json(&chains).unwrap(),
        r#"{"chains":[{"certificates":["I\n","R\n"]}]}"#
    );
}

#[test]
fn configuration_lists_exact_issuers_first() {
    let issuer = |issuer_url: IssuerUrl, issuer_type: &str| IssuerConfiguration {
        issuer_url,
        audience: "sigstore".to_owned(),
        challenge_claim: "email".to_owned(),
        spiffe_trust_domain: String::new(),
        issuer_type: issuer_type.to_owned(),
        subject_domain: String::new(),
        skip_email_verification: false,
    };
    let issuers = [
        issuer(
            IssuerUrl::Wildcard("https://*.example".to_owned()),
            "kubernetes",
        ),
        issuer(IssuerUrl::Exact("https://idp.example".to_owned()), "email"),
    ];
    let rest = |issuer_type: &str| {
        format!(
            r#""audience":"sigstore","challengeClaim":"email","spiffeTrustDomain":"","issuerType":"{issuer_type}","subjectDomain":"","skipEmailVerification":false"#
        )
    };
    let expected = format!(
        r#"{{"issuers":[{{"issuerUrl":"https://idp.example",{}}},{{"wildcardIssuerUrl":"https://*.example",{}}}]}}"#,
        rest("email"),
        rest("kubernetes")
    );
    assert_eq!(configuration_json(&issuers).unwrap(), expected);
}

#[test]
fn timestamp_request_of_sigstore_js_is_read() {
    let read = TimestampJsonRequest::parse(br#"{"artifactHash":"AAE=","hashAlgorithm":"sha256"}"#)
        .unwrap();
    let expected = TimestampJsonRequest {
        artifact_hash: vec![0, 1],
        hash_algorithm: "sha256".to_owned(),
        certificates: false,
        nonce: None,
        tsa_policy_oid: None,
    };
    assert_eq!(read, expected);
}

#[test]
fn nonces_of_any_size_become_big_endian_bytes() {
    let parse = |nonce: &str| {
        let json = format!(
            r#"{{"hashAlgorithm":"SHA256","certificates":true,"tsaPolicyOID":"1.2.3","nonce":{nonce}}}"#
        );
        TimestampJsonRequest::parse(json.as_bytes())
    };
    for (digits, bytes) in [
        ("0", vec![0]),
        ("255", vec![0xff]),
        ("256", vec![1, 0]),
        ("18446744073709551616", vec![1, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        assert_eq!(parse(digits).unwrap().nonce, Some(bytes), "{digits}");
    }
    for nonce in ["\"1\"", "-1", "1.5", "1e3", "true"] {
        assert!(
            matches!(parse(nonce), Err(TimestampRequestError::Nonce)),
            "{nonce}"
        );
    }
    assert_eq!(parse("null").unwrap().nonce, None);
    let long = parse(&"9".repeat(1024));
    assert!(matches!(
        long,
        Err(TimestampRequestError::TooLarge { limit: 1024, .. })
    ));
    let none = TimestampJsonRequest::parse(br#"{"artifactHash":"AAE="}"#);
    assert!(matches!(
        none,
        Err(TimestampRequestError::MissingField("hashAlgorithm"))
    ));
    assert!(matches!(
        TimestampJsonRequest::parse(b""),
        Err(TimestampRequestError::Json(_))
    ));
}
