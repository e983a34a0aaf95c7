//! Attesting with an instance of our own and with keys, and verifying what was attested.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, Attestation, Expectations, HttpOptions, IdentitySource, IdentityToken,
    PredicateType, SignError, SignRequest, Signed, Silent, TrustSource, VerifyError, VerifyRequest,
    attest_blob, subject, verify_attestation, verify_blob,
};
use insta::assert_snapshot;
use jiff::Timestamp;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey, sha256};
use sigbox_verify::Check;
use sigbox_wire::{Bundle, BundleContent, SigningConfig};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const PREDICATE: &str = "https://example.com/p/v1";

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn token() -> IdentitySource {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let head = encode(r#"{"alg":"RS256"}"#);
    let token = format!("{head}.{}.{}", encode(&claims), encode("signature"));
    IdentitySource::Token(IdentityToken::parse(&token).unwrap())
}

/// Attests `hello` in the file `hello.txt`, by the library, and puts the bundle into `directory`.
fn attest(
    identity: IdentitySource,
    config: SigningConfig,
    trust: Option<TrustSource>,
    directory: &Path,
) -> Result<Signed, SignError> {
    fs::write(directory.join("hello.txt"), "hello").unwrap();
    fs::write(directory.join("other.txt"), "hullo").unwrap();
    let artifact = directory.join("hello.txt");
    let attestation = Attestation::of_predicate(
        &[subject("hello.txt", sha256(b"hello"))],
        &PredicateType::new(PREDICATE),
        br#"{"a":1}"#,
        now(),
    )
    .unwrap();
    let request = SignRequest {
        ephemeral: KeyAlgorithm::EcdsaP256,
        artifact: ArtifactSource::File(artifact),
        identity,
        signing_config: config,
        trust,
        bundle: Some(directory.join("bundle.json")),
        http: HttpOptions::default(),
        clock: Arc::new(now),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(attest_blob(request, attestation, &Silent))
}

fn request(directory: &Path, trust: TrustSource, expect: Expectations) -> VerifyRequest {
    VerifyRequest {
        artifact: ArtifactSource::File(directory.join("hello.txt")),
        bundle: directory.join("bundle.json").into(),
        trust,
        expect,
        now: now(),
    }
}

fn verify(request: &VerifyRequest) -> Result<(), VerifyError> {
    verify_attestation(request, &PredicateType::new(PREDICATE)).map(drop)
}

fn refused(outcome: Result<(), VerifyError>) -> Check {
    match outcome {
        Err(VerifyError::Refused(error)) => error.check(),
        other => panic!("{other:?}"),
    }
}

fn by_identity(identity: &str) -> Expectations {
    Expectations {
        identity: Some(identity.to_owned()),
        issuer: Some(ISSUER.to_owned()),
        ..Expectations::default()
    }
}

#[test]
fn an_attestation_verifies_and_is_refused_for_another_file_type_or_identity() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let published = instance.trust();
    let root = || TrustSource::Root(Box::new(published.trusted_root().unwrap()));
    let signed = attest(
        token(),
        published.signing_config(),
        Some(root()),
        directory.path(),
    )
    .unwrap();
    assert!(signed.checked && signed.certificate.is_some());
    assert_eq!(
        instance.requests(),
        [
            "POST /api/v2/signingCert",
            "POST /api/v1/timestamp",
            "POST /api/v2/log/entries"
        ]
    );
    let BundleContent::DsseEnvelope(envelope) = &signed.bundle.content else {
        panic!("no envelope");
    };
    assert_eq!(envelope.payload_type, "application/vnd.in-toto+json");
    assert_eq!(
        (envelope.signatures.len(), &*envelope.signatures[0].keyid),
        (1, "")
    );
    // The log is told the digest of what the key signed, not that of the file.
    let entry = &signed.bundle.verification_material.tlog_entries[0];
    let body = sigbox_wire::HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    assert_eq!(body.digest, sha256(&envelope.pae()));

    let right = request(directory.path(), root(), by_identity(SUBJECT));
    let verified = verify_attestation(&right, &PredicateType::new(PREDICATE)).unwrap();
    let statement = verified.statement.unwrap();
    assert_eq!(statement.subjects[0].name, "hello.txt");
    verify_blob(&right).map(drop).unwrap();
    assert!(matches!(
        verify_attestation(&right, &PredicateType::new("custom")),
        Err(VerifyError::PredicateType { expected, found }) if expected == "custom" && found == PREDICATE
    ));
    let other_file = VerifyRequest {
        artifact: ArtifactSource::File(directory.path().join("other.txt")),
        ..right.clone()
    };
    assert_eq!(refused(verify(&other_file)), Check::StatementSubject);
    let other_identity = VerifyRequest {
        expect: by_identity("mallory@example.test"),
        ..right.clone()
    };
    assert_eq!(refused(verify(&other_identity)), Check::CertificateIdentity);
    let by_digest = VerifyRequest {
        artifact: ArtifactSource::Sha256(sha256(b"hello")),
        ..right
    };
    verify(&by_digest).unwrap();
}

#[test]
fn nothing_is_written_when_the_log_answers_with_another_entry() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::OtherEntry);
    let config = instance.trust().signing_config();
    let outcome = attest(token(), config, None, directory.path());
    assert!(matches!(
        outcome,
        Err(SignError::Rekor(cosign_cli::RekorError::OtherEntry))
    ));
    assert!(!directory.path().join("bundle.json").exists());
}

#[test]
fn every_kind_of_key_attests_with_a_log_and_without() {
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::EcdsaP521,
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::Rsa { bits: 2048 },
    ] {
        let directory = tempfile::tempdir().unwrap();
        let instance = Instance::start(now(), Lie::None);
        let published = instance.trust();
        let root = || TrustSource::Root(Box::new(published.trusted_root().unwrap()));
        let key = Arc::new(SigningKey::generate(algorithm).unwrap());
        let expect = Expectations {
            key: Some(key.public_key().clone()),
            ..Expectations::default()
        };
        let logged = attest(
            IdentitySource::Key(Arc::clone(&key)),
            published.signing_config(),
            Some(root()),
            directory.path(),
        );
        assert!(logged.unwrap().checked, "{algorithm}");
        verify(&request(directory.path(), root(), expect.clone())).unwrap();

        let config = SigningConfig::parse(NO_SERVICES.as_bytes()).unwrap();
        let alone = attest(
            IdentitySource::Key(Arc::clone(&key)),
            config,
            None,
            directory.path(),
        );
        let bundle: Bundle = alone.unwrap().bundle;
        assert!(bundle.verification_material.tlog_entries.is_empty());
        let alone = Expectations {
            ignore_tlog_unsafe: true,
            ..expect
        };
        let trust = TrustSource::KeyAlone;
        verify(&request(directory.path(), trust, alone)).unwrap();
    }
}

#[test]
fn a_key_of_another_hash_is_not_offered_to_a_log_of_version_one() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let mut config = instance.trust().signing_config();
    config.rekor_tlog_urls[0].major_api_version = 1;
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap());
    let outcome = attest(IdentitySource::Key(key), config, None, directory.path());
    assert!(matches!(
        outcome,
        Err(SignError::EnvelopeKey {
            algorithm: KeyAlgorithm::EcdsaP384
        })
    ));
    assert!(instance.requests().is_empty());
}

/// Files for the program: a key pair, files to attest, predicates, and a config without services.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let sealed = EncryptedKey::seal(&key, b"pw").unwrap().to_pem();
        let digest = hex::encode(sha256(b"hello"));
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"hello.txt","digest":{{"sha256":"{digest}"}}}}],"predicateType":"{PREDICATE}","predicate":{{}}}}"#
        );
        for (name, content) in [
            ("cosign.key", sealed.as_str()),
            ("cosign.pub", &key.public_key().to_pem()),
            ("hello.txt", "hello"),
            ("other.txt", "other"),
            ("pred.json", r#"{"a":1}"#),
            ("twice.json", r#"{"a":{"b":1,"b":2}}"#),
            ("array.json", "[1]"),
            ("statement.json", &statement),
            ("empty.json", NO_SERVICES),
        ] {
            fs::write(files.0.path().join(name), content).unwrap();
        }
        files
    }

    /// Runs a command line, in which `HEX` is the digest of `hello.txt` and `TYPE` the predicate's type.
    fn cosign(&self, line: &str) -> (String, String) {
        let digest = hex::encode(sha256(b"hello"));
        let shown = line.replace("TYPE", PREDICATE);
        let real = shown.replace("HEX", &digest);
        let out = Cosign::new(&real.split(' ').collect::<Vec<_>>())
            .directory(self.0.path())
            .env("COSIGN_PASSWORD", "pw")
            .run();
        (shown, out)
    }

    fn attest(&self, rest: &str) -> (String, String) {
        let services = "--key cosign.key --signing-config empty.json";
        self.cosign(&format!("attest-blob {services} {rest}"))
    }

    fn payload(&self, bundle: &str) -> String {
        let json = fs::read(self.0.path().join(bundle)).unwrap();
        match Bundle::parse(&json).unwrap().content {
            BundleContent::DsseEnvelope(envelope) => String::from_utf8(envelope.payload).unwrap(),
            message @ BundleContent::MessageSignature(_) => panic!("{message:?}"),
        }
    }
}

fn transcript(runs: impl IntoIterator<Item = (String, String)>) -> String {
    let shown = runs
        .into_iter()
        .map(|(command, out)| format!("$ cosign {command}\n{out}"));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_program_attests_and_says_what_goes_wrong() {
    let files = Files::new();
    let cases = [
        "--predicate pred.json --type TYPE --bundle a.json hello.txt",
        "--predicate pred.json --type TYPE --bundle h.json --hash HEX none.txt",
        "--statement statement.json --bundle s.json hello.txt",
        "--statement statement.json --bundle t.json",
        "--statement statement.json --bundle x.json other.txt",
        "--statement pred.json --bundle x.json",
        "--predicate pred.json --statement statement.json --bundle x.json hello.txt",
        "--bundle x.json hello.txt",
        "--predicate pred.json hello.txt",
        "--predicate pred.json --bundle x.json",
        "--predicate none.json --bundle x.json hello.txt",
        "--predicate pred.json --bundle x.json none.txt",
        "--predicate hello.txt --type slsaprovenance1 --bundle x.json hello.txt",
        "--predicate array.json --type https://e.example/p --bundle x.json hello.txt",
        "--predicate hello.txt --type spdx --bundle x.json hello.txt",
        "--predicate pred.json --type link --bundle x.json hello.txt",
        "--predicate array.json --type vuln --bundle x.json hello.txt",
        "--predicate twice.json --type cyclonedx --bundle x.json hello.txt",
        "--predicate - --bundle x.json -",
        "--predicate - --type TYPE --bundle x.json hello.txt",
        "--predicate pred.json --hash 00 --bundle x.json hello.txt",
    ];
    assert_snapshot!(
        "attesting",
        transcript(cases.map(|case| files.attest(case)))
    );
    assert!(!files.0.path().join("x.json").exists());
    let digest = hex::encode(sha256(b"hello"));
    let statement = |name: &str| {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v0.1","subject":[{{"name":"{name}","digest":{{"sha256":"{digest}"}}}}],"predicateType":"{PREDICATE}","predicate":{{"a":1}}}}"#
        )
    };
    assert_eq!(files.payload("a.json"), statement("hello.txt"));
    assert_eq!(files.payload("h.json"), statement("none.txt"));
    let given = fs::read_to_string(files.0.path().join("statement.json")).unwrap();
    assert_eq!(files.payload("s.json"), given);
    assert_eq!(files.payload("t.json"), given);
}

#[test]
fn the_program_verifies_attestations_and_says_what_goes_wrong() {
    let files = Files::new();
    let (_, out) = files.attest("--predicate pred.json --type TYPE --bundle a.json hello.txt");
    assert!(out.starts_with("exit 0\n"), "{out}");
    let services = "--key cosign.key --signing-config empty.json";
    let (_, out) = files.cosign(&format!("sign-blob {services} --bundle b.json hello.txt"));
    assert!(out.starts_with("exit 0\n"), "{out}");
    let cases = [
        "--bundle a.json --type TYPE hello.txt",
        "--bundle a.json --type TYPE sha256:HEX",
        "--bundle a.json --type TYPE --digestAlg sha256 --digest HEX",
        "--bundle a.json --type TYPE --check-claims=false",
        "--bundle a.json --type TYPE --check-claims=false other.txt",
        "--bundle a.json hello.txt",
        "--bundle a.json --type spdxjson --check-claims=false",
        "--bundle a.json --type TYPE other.txt",
        "--bundle a.json --type TYPE",
        "--bundle a.json --digest HEX --digestAlg md5",
        "--bundle a.json --digest 00 --digestAlg sha256",
        "--bundle a.json --digest HEX --digestAlg sha256 hello.txt",
        "--bundle b.json hello.txt",
        "--bundle b.json --check-claims=false",
        "hello.txt",
    ];
    let key = "--key cosign.pub --insecure-ignore-tlog";
    let runs = cases.map(|case| files.cosign(&format!("verify-blob-attestation {key} {case}")));
    assert_snapshot!("verifying_attestations", transcript(runs));
}

#[test]
fn a_predicate_comes_on_stdin_and_then_no_password_does() {
    let files = Files::new();
    let line = "attest-blob --key cosign.key --signing-config empty.json --predicate - --bundle a.json dir/../hello.txt";
    let run = || {
        fs::create_dir_all(files.0.path().join("dir")).unwrap();
        Cosign::new(&line.split(' ').collect::<Vec<_>>())
            .directory(files.0.path())
            .stdin(&files.0.path().join("pred.json"))
    };
    let refusal = "exit 1\n--- stdout\n--- stderr\nError: signing dir/../hello.txt: getting keypair and token: getting signer: \
                   reading key: stdin holds what is to be signed, so it cannot hold the password as well\n";
    let refused = run().run();
    assert!(refused.starts_with(refusal), "{refused}");
    let out = run().env("COSIGN_PASSWORD", "pw").run();
    assert!(out.starts_with("exit 0\n"), "{out}");
    let payload: serde_json::Value = serde_json::from_str(&files.payload("a.json")).unwrap();
    assert_eq!(payload["subject"][0]["name"], "hello.txt");
    assert_eq!(payload["predicate"]["Data"], r#"{"a":1}"#);
}
