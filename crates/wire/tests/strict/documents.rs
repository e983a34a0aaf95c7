//! One good document of each kind, every member in the order in which the readers declare it.

use sigbox_wire::{
    BodyError, Bundle, BundleError, ClientTrustConfig, CreateEntryRequest, DsseV001, EntryError,
    HashedRekordV001, HashedRekordV002, IntotoV002, RequestError, SigningCertRequest,
    SigningCertRequestError, SigningCertResponse, SigningCertResponseError, SigningConfig,
    Statement, StatementError, TimestampJsonRequest, TimestampRequestError, TransparencyLogEntry,
    TrustError, TrustedRoot,
};

/// The rules of reading that all documents share; anything else is `Other`, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    TooDeep { limit: usize },
    NotAnObject { line: usize, column: usize },
    Json(String),
    Other(String),
}

macro_rules! refusals {
    ($($error:ident),*) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error {
                    $error::TooDeep { limit, .. } => Self::TooDeep { limit },
                    $error::NotAnObject { line, column, .. } => Self::NotAnObject { line, column },
                    $error::Json(source) => Self::Json(source.to_string()),
                    other => Self::Other(other.to_string()),
                }
            }
        }
    )*};
}

refusals!(
    BodyError,
    BundleError,
    EntryError,
    RequestError,
    SigningCertRequestError,
    SigningCertResponseError,
    StatementError,
    TimestampRequestError
);

impl From<TrustError> for Refusal {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::TooDeep { limit } => Self::TooDeep { limit },
            TrustError::NotAnObject { line, column, .. } => Self::NotAnObject { line, column },
            TrustError::Json { source, .. } => Self::Json(source.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// Which names a document's members have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Protobuf JSON: camelCase is written, snake_case read too.
    Both,
    /// As written only.
    One,
}

pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) json: String,
    pub(crate) names: Names,
    pub(crate) read: fn(&[u8]) -> Result<(), Refusal>,
}

pub(crate) const ENTRY: &str = r#"{"logIndex":"7","logId":{"keyId":"AQ=="},"kindVersion":{"kind":"hashedrekord","version":"0.0.2"},"integratedTime":"9","inclusionPromise":{"signedEntryTimestamp":"AQ=="},"inclusionProof":{"logIndex":"7","rootHash":"AQ==","treeSize":"8","hashes":["AQ=="],"checkpoint":{"envelope":"x"}},"canonicalizedBody":"AQ=="}"#;
pub(crate) const ENVELOPE: &str =
    r#"{"payload":"AQ==","payloadType":"t","signatures":[{"sig":"AQ==","keyid":"k"}]}"#;
pub(crate) const HASHED_REKORD: &str = r#"{"hashedRekordRequestV002":{"digest":"AQ==","signature":{"content":"AQ==","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"AQ=="}}}}}"#;
const SHA256: &str = r#"{"algorithm":"sha256","value":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}"#;
const VALID: &str = r#"{"start":"2026-01-01T00:00:00Z","end":"2026-12-31T00:00:00Z"}"#;

pub(crate) fn bundle() -> String {
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"certificate":{{"rawBytes":"AQ=="}},"tlogEntries":[{ENTRY}],"timestampVerificationData":{{"rfc3161Timestamps":[{{"signedTimestamp":"AQ=="}}]}}}},"messageSignature":{{"messageDigest":{{"algorithm":"SHA2_256","digest":"AQ=="}},"signature":"AQ=="}}}}"#
    )
}

fn dsse_bundle(material: &str) -> String {
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2","verificationMaterial":{material},"dsseEnvelope":{ENVELOPE}}}"#
    )
}

pub(crate) fn trusted_root() -> String {
    let log = format!(
        r#"{{"baseUrl":"u","hashAlgorithm":"SHA2_256","publicKey":{{"rawBytes":"AQ==","keyDetails":"PKIX_ED25519","validFor":{VALID}}},"logId":{{"keyId":"AQ=="}},"checkpointKeyId":{{"keyId":"AQ=="}},"operator":"o"}}"#
    );
    let authority = format!(
        r#"{{"subject":{{"organization":"o","commonName":"c"}},"uri":"u","certChain":{{"certificates":[{{"rawBytes":"AQ=="}}]}},"validFor":{VALID},"operator":"o"}}"#
    );
    format!(
        r#"{{"mediaType":"{}","tlogs":[{log}],"certificateAuthorities":[{authority}],"ctlogs":[{log}],"timestampAuthorities":[{authority}]}}"#,
        TrustedRoot::MEDIA_TYPE
    )
}

pub(crate) fn signing_config() -> String {
    let services =
        format!(r#"[{{"url":"u","majorApiVersion":1,"validFor":{VALID},"operator":"o"}}]"#);
    format!(
        r#"{{"mediaType":"{}","caUrls":{services},"oidcUrls":{services},"rekorTlogUrls":{services},"tsaUrls":{services},"rekorTlogConfig":{{"selector":"EXACT","count":1}},"tsaConfig":{{"selector":"EXACT","count":1}}}}"#,
        SigningConfig::MEDIA_TYPE
    )
}

/// Every kind of document that this crate reads.
pub(crate) fn all() -> Vec<Document> {
    let mut documents = protobuf();
    documents.extend(bodies());
    documents.push(document("statement", Names::One, |json| Ok(Statement::parse(json).map(drop)?),
        r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"00"}}],"predicateType":"t","predicate":1}"#));
    documents.push(document(
        "timestamp request",
        Names::One,
        |json| Ok(TimestampJsonRequest::parse(json).map(drop)?),
        r#"{"artifactHash":"AQ==","hashAlgorithm":"sha256","certificates":true,"nonce":1,"tsaPolicyOID":"1.2"}"#,
    ));
    documents
}

fn document(
    name: &'static str,
    names: Names,
    read: fn(&[u8]) -> Result<(), Refusal>,
    json: impl Into<String>,
) -> Document {
    let json = json.into();
    Document {
        name,
        json,
        names,
        read,
    }
}

fn protobuf() -> Vec<Document> {
    let bundle_of = |name, json| {
        let read = |json: &[u8]| Ok(Bundle::parse(json).map(drop)?);
        document(name, Names::Both, read, json)
    };
    let request = |name, json: &str| {
        let read = |json: &[u8]| Ok(CreateEntryRequest::parse(json).map(drop)?);
        document(name, Names::Both, read, json)
    };
    let root = |json: &[u8]| Ok(TrustedRoot::parse(json).map(drop)?);
    let config = |json: &[u8]| Ok(SigningConfig::parse(json).map(drop)?);
    let client = |json: &[u8]| Ok(ClientTrustConfig::parse(json).map(drop)?);
    let certificate = |json: &[u8]| Ok(SigningCertRequest::parse(json).map(drop)?);
    let answer = |json: &[u8]| Ok(SigningCertResponse::parse(json).map(drop)?);
    let entry = |json: &[u8]| Ok(TransparencyLogEntry::parse_response(json).map(drop)?);
    let both = format!(
        r#"{{"mediaType":"{}","trustedRoot":{},"signingConfig":{}}}"#,
        ClientTrustConfig::MEDIA_TYPE,
        trusted_root(),
        signing_config()
    );
    vec![
        bundle_of("bundle", bundle()),
        bundle_of(
            "bundle with a chain",
            dsse_bundle(r#"{"x509CertificateChain":{"certificates":[{"rawBytes":"AQ=="}]}}"#),
        ),
        bundle_of(
            "bundle with a key hint",
            dsse_bundle(r#"{"publicKey":{"hint":"k"}}"#),
        ),
        document("log entry", Names::Both, entry, ENTRY),
        request("hashedrekord request", HASHED_REKORD),
        request(
            "dsse request",
            &format!(
                r#"{{"dsseRequestV002":{{"envelope":{ENVELOPE},"verifiers":[{{"keyDetails":5,"x509Certificate":{{"rawBytes":"AQ=="}}}}]}}}}"#
            ),
        ),
        document("trusted root", Names::Both, root, trusted_root()),
        document("signing config", Names::Both, config, signing_config()),
        document("client trust config", Names::Both, client, both),
        document(
            "certificate request",
            Names::Both,
            certificate,
            r#"{"credentials":{"oidcIdentityToken":"t"},"publicKeyRequest":{"publicKey":{"content":"k"},"proofOfPossession":"AQ=="}}"#,
        ),
        document(
            "certificate answer",
            Names::Both,
            answer,
            r#"{"signedCertificateEmbeddedSct":{"chain":{"certificates":["c"]}}}"#,
        ),
    ]
}

fn bodies() -> Vec<Document> {
    let body = |version: &str, kind: &str, spec: String| {
        format!(r#"{{"apiVersion":"{version}","kind":"{kind}","spec":{spec}}}"#)
    };
    let v2 = r#"{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"AQ=="},"signature":{"content":"AQ==","verifier":{"keyDetails":"PKIX_ED25519","publicKey":{"rawBytes":"AQ=="}}}}}"#;
    let v1 = format!(
        r#"{{"data":{{"hash":{SHA256}}},"signature":{{"content":"AQ==","publicKey":{{"content":"AQ=="}}}}}}"#
    );
    let dsse = format!(
        r#"{{"envelopeHash":{SHA256},"payloadHash":{SHA256},"signatures":[{{"signature":"AQ==","verifier":"AQ=="}}]}}"#
    );
    let intoto = format!(
        r#"{{"content":{{"envelope":{{"payload":"","payloadType":"t","signatures":[{{"keyid":"k","publicKey":"AQ==","sig":"QVE9PQ=="}}]}},"hash":{SHA256},"payloadHash":{SHA256}}}}}"#
    );
    let read_v2 = |json: &[u8]| Ok(HashedRekordV002::parse_body(json).map(drop)?);
    let read_v1 = |json: &[u8]| Ok(HashedRekordV001::parse_body(json).map(drop)?);
    let read_dsse = |json: &[u8]| Ok(DsseV001::parse_body(json).map(drop)?);
    let read_intoto = |json: &[u8]| Ok(IntotoV002::parse_body(json).map(drop)?);
    let one = Names::One;
    vec![
        document(
            "hashedrekord 0.0.2",
            one,
            read_v2,
            body("0.0.2", "hashedrekord", v2.to_owned()),
        ),
        document(
            "hashedrekord 0.0.1",
            one,
            read_v1,
            body("0.0.1", "hashedrekord", v1),
        ),
        document("dsse 0.0.1", one, read_dsse, body("0.0.1", "dsse", dsse)),
        document(
            "intoto 0.0.2",
            one,
            read_intoto,
            body("0.0.2", "intoto", intoto),
        ),
    ]
}
