//! Signing with a key and verifying with one: alone, and with log and timestamps.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::command::Cosign;
use crate::instance::{Instance, Lie};
use cosign_cli::{
    ArtifactSource, Expectations, HttpOptions, IdentitySource, SignError, SignRequest, Signed,
    Silent, TrustSource, VerifyError, VerifyRequest, sign_blob, verify_blob,
};
use insta::assert_snapshot;
use jiff::Timestamp;
use sigbox_crypto::{EncryptedKey, HashAlgorithm, KeyAlgorithm, SigningKey, digest, pem};
use sigbox_verify::{Check, SignatureFailure};
use sigbox_wire::{
    Bundle, BundleContent, KeyDetails, MessageDigest, SigningConfig, VerificationContent,
};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// Signs `hello` with a key, by the library, and puts the bundle into `directory`.
fn sign(
    key: &Arc<SigningKey>,
    config: SigningConfig,
    trust: Option<TrustSource>,
    directory: &Path,
) -> Result<Signed, SignError> {
    let artifact = directory.join("hello.txt");
    fs::write(&artifact, "hello").unwrap();
    let request = SignRequest {
        ephemeral: KeyAlgorithm::EcdsaP256,
        artifact: ArtifactSource::File(artifact),
        identity: IdentitySource::Key(Arc::clone(key)),
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
    runtime.block_on(sign_blob(request, &Silent))
}

fn verify(directory: &Path, trust: TrustSource, expect: Expectations) -> Result<(), VerifyError> {
    verify_blob(&VerifyRequest {
        artifact: ArtifactSource::File(directory.join("hello.txt")),
        bundle: directory.join("bundle.json").into(),
        trust,
        expect,
        now: now(),
    })
    .map(drop)
}

fn by_key(key: &SigningKey) -> Expectations {
    Expectations {
        key: Some(key.public_key().clone()),
        ..Expectations::default()
    }
}

fn refused(outcome: Result<(), VerifyError>) -> Check {
    match outcome {
        Err(VerifyError::Refused(error)) => error.check(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_key_is_logged_stamped_and_verified() {
    for (algorithm, details) in [
        (KeyAlgorithm::EcdsaP256, KeyDetails::PkixEcdsaP256Sha256),
        (KeyAlgorithm::EcdsaP384, KeyDetails::PkixEcdsaP384Sha384),
        (KeyAlgorithm::EcdsaP521, KeyDetails::PkixEcdsaP521Sha512),
        (KeyAlgorithm::Ed25519, KeyDetails::PkixEd25519Ph),
        (
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyDetails::PkixRsaPkcs1v15_2048Sha256,
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let instance = Instance::start(now(), Lie::None);
        let published = instance.trust();
        let root = || TrustSource::Root(Box::new(published.trusted_root().unwrap()));
        let key = Arc::new(SigningKey::generate(algorithm).unwrap());
        let signed = sign(
            &key,
            published.signing_config(),
            Some(root()),
            directory.path(),
        )
        .unwrap();
        assert!(
            signed.checked && signed.certificate.is_none(),
            "{algorithm}"
        );
        // Nobody is asked for a certificate.
        assert_eq!(
            instance.requests(),
            ["POST /api/v1/timestamp", "POST /api/v2/log/entries"]
        );
        let entry = &signed.bundle.verification_material.tlog_entries[0];
        let body = sigbox_wire::HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
        assert_eq!(body.verifier.key_details, details);
        verify(directory.path(), root(), by_key(&key)).unwrap();
        let other = SigningKey::generate(algorithm).unwrap();
        let check = refused(verify(directory.path(), root(), by_key(&other)));
        assert_eq!(check, Check::EntryBinding, "{algorithm}");
    }
}

#[test]
fn a_key_alone_needs_no_service_and_no_root() {
    let directory = tempfile::tempdir().unwrap();
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
    let config = SigningConfig::parse(NO_SERVICES.as_bytes()).unwrap();
    let signed = sign(&key, config, None, directory.path()).unwrap();
    assert!(signed.checked);
    let material = &signed.bundle.verification_material;
    assert!(material.tlog_entries.is_empty() && material.rfc3161_timestamps.is_empty());
    let alone = Expectations {
        ignore_tlog_unsafe: true,
        ..by_key(&key)
    };
    verify(directory.path(), TrustSource::KeyAlone, alone.clone()).unwrap();
    let check = refused(verify(
        directory.path(),
        TrustSource::KeyAlone,
        by_key(&key),
    ));
    assert_eq!(check, Check::TransparencyLog);
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let expect = Expectations {
        ignore_tlog_unsafe: true,
        ..by_key(&other)
    };
    let check = refused(verify(directory.path(), TrustSource::KeyAlone, expect));
    assert_eq!(check, Check::Signature);
    let stamped = Expectations {
        signed_timestamps: true,
        ..alone
    };
    let outcome = verify(directory.path(), TrustSource::KeyAlone, stamped);
    assert!(matches!(outcome, Err(VerifyError::NoSignedTimestamp)));
}

#[test]
fn an_ed25519_key_without_a_log_signs_the_bytes_and_tells_their_digest() {
    let directory = tempfile::tempdir().unwrap();
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::Ed25519).unwrap());
    let config = SigningConfig::parse(NO_SERVICES.as_bytes()).unwrap();
    let signed = sign(&key, config, None, directory.path()).unwrap();
    assert!(signed.checked);
    let BundleContent::MessageSignature(message) = &signed.bundle.content else {
        panic!("{:?}", signed.bundle.content);
    };
    let public = key.public_key();
    public
        .verify(HashAlgorithm::Sha2_512, b"hello", &message.signature)
        .unwrap();
    let (algorithm, sha512) = (
        HashAlgorithm::Sha2_512,
        digest(HashAlgorithm::Sha2_512, b"hello"),
    );
    let expected = MessageDigest {
        algorithm,
        digest: sha512.clone(),
    };
    assert_eq!(message.message_digest, Some(expected));
    let expect = Expectations {
        ignore_tlog_unsafe: true,
        ..by_key(&key)
    };
    verify(directory.path(), TrustSource::KeyAlone, expect.clone()).unwrap();
    let sha256 = ArtifactSource::Sha256(sigbox_crypto::sha256(b"hello"));
    let sha512 = ArtifactSource::Digest {
        algorithm,
        digest: sha512,
    };
    for (artifact, named) in [
        (sha256, HashAlgorithm::Sha2_256),
        (sha512, HashAlgorithm::Sha2_512),
    ] {
        let by_digest = verify_blob(&VerifyRequest {
            artifact,
            bundle: directory.path().join("bundle.json").into(),
            trust: TrustSource::KeyAlone,
            expect: expect.clone(),
            now: now(),
        });
        let Err(VerifyError::Refused(error)) = by_digest else {
            panic!("{by_digest:?}");
        };
        assert!(matches!(
            *error,
            sigbox_verify::VerifyError::Signature(SignatureFailure::DigestOnly { given }) if given == named
        ));
    }
}

#[test]
fn the_hint_is_the_keys_name_and_is_never_believed() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let published = instance.trust();
    let root = || TrustSource::Root(Box::new(published.trusted_root().unwrap()));
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
    let config = published.signing_config();
    let signed = sign(&key, config, Some(root()), directory.path()).unwrap();
    let mut bundle: Bundle = signed.bundle;
    let VerificationContent::PublicKeyHint(hint) = &mut bundle.verification_material.content else {
        panic!("no hint");
    };
    let block = pem::decode_one(&key.public_key().to_pem()).unwrap();
    let expected = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        sigbox_crypto::sha256(&block.der),
    );
    assert_eq!(*hint, expected);
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    "another key's name".clone_into(hint);
    fs::write(
        directory.path().join("bundle.json"),
        bundle.to_json().unwrap(),
    )
    .unwrap();
    verify(directory.path(), root(), by_key(&key)).unwrap();
    refused(verify(directory.path(), root(), by_key(&other)));
}

/// Files for the program: a key pair `cosign`, another `other`, `hello.txt`, and a config without services.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for name in ["cosign", "other"] {
            let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
            let sealed = EncryptedKey::seal(&key, b"pw").unwrap().to_pem();
            files.write(&format!("{name}.key"), &sealed);
            files.write(&format!("{name}.pub"), &key.public_key().to_pem());
        }
        files.write("hello.txt", "hello");
        files.write("other.txt", "other");
        files.write("empty.json", NO_SERVICES);
        files
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn cosign(&self, arguments: &[&str]) -> Cosign {
        Cosign::new(arguments)
            .directory(self.0.path())
            .env("COSIGN_PASSWORD", "pw")
    }

    fn sign(&self, key: &str, blob: &str) -> Cosign {
        self.cosign(&[
            "sign-blob",
            "--key",
            key,
            "--signing-config",
            "empty.json",
            "--bundle",
            "b.json",
            blob,
        ])
    }
}

#[test]
fn the_program_signs_with_a_key_and_says_what_goes_wrong() {
    let files = Files::new();
    let mut shown = Vec::new();
    for (key, blob) in [
        ("cosign.key", "hello.txt"),
        ("cosign.key", "none.txt"),
        ("none.key", "hello.txt"),
        ("hello.txt", "hello.txt"),
        ("cosign.pub", "hello.txt"),
        ("env://NOT_SET", "hello.txt"),
        ("gcpkms://projects/p", "hello.txt"),
    ] {
        let out = files.sign(key, blob).run();
        shown.push(format!("$ cosign sign-blob --key {key} {blob}\n{out}"));
    }
    let wrong = files
        .sign("cosign.key", "hello.txt")
        .env("COSIGN_PASSWORD", "bad");
    shown.push(format!("# wrong password\n{}", wrong.run()));
    let both = files
        .sign("cosign.key", "hello.txt")
        .env("COSIGN_IDENTITY_TOKEN", "token");
    shown.push(format!("# with a token\n{}", both.run()));
    assert_snapshot!("key_signing", shown.join("\n"));
}

#[test]
fn stdin_is_the_blob_or_the_password_but_not_both() {
    let files = Files::new();
    let blob = files.0.path().join("hello.txt");
    let signed = files.sign("cosign.key", "-").stdin(&blob).run();
    assert_eq!(
        signed,
        "exit 0\n--- stdout\n--- stderr\nSigning artifact...\nWrote bundle to file b.json\n"
    );
    let mut both = Cosign::new(&[
        "sign-blob",
        "--key",
        "cosign.key",
        "--signing-config",
        "empty.json",
        "--bundle",
        "c.json",
        "-",
    ]);
    both = both.directory(files.0.path()).stdin(&blob);
    assert_snapshot!("key_stdin_taken", both.run());
    assert!(!files.0.path().join("c.json").exists());
}

#[test]
fn the_program_verifies_with_a_key_and_says_what_goes_wrong() {
    let files = Files::new();
    let signed = files.sign("cosign.key", "hello.txt").run();
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let cases: [&[&str]; 16] = [
        &["--key", "cosign.pub", "--insecure-ignore-tlog", "hello.txt"],
        &[
            "--key",
            "cosign.pub",
            "--private-infrastructure",
            "hello.txt",
        ],
        &["--key", "cosign.pub", "hello.txt"],
        &["--key", "cosign.pub", "--insecure-ignore-tlog", "other.txt"],
        &["--key", "other.pub", "--insecure-ignore-tlog", "hello.txt"],
        &["--key", "none.pub", "--insecure-ignore-tlog", "hello.txt"],
        &["--key", "hello.txt", "--insecure-ignore-tlog", "hello.txt"],
        &["--key", "cosign.key", "--insecure-ignore-tlog", "hello.txt"],
        &[
            "--key",
            "env://PUBLIC",
            "--insecure-ignore-tlog",
            "hello.txt",
        ],
        &[
            "--key",
            "env://NOT_SET",
            "--insecure-ignore-tlog",
            "hello.txt",
        ],
        &["--key", "k8s://a/b", "--insecure-ignore-tlog", "hello.txt"],
        &[
            "--key",
            "cosign.pub",
            "--insecure-ignore-tlog",
            "--use-signed-timestamps",
            "hello.txt",
        ],
        &[
            "--key",
            "cosign.pub",
            "--certificate-identity",
            "a",
            "--certificate-oidc-issuer",
            "b",
            "hello.txt",
        ],
        &[
            "--key",
            "cosign.pub",
            "--certificate-github-workflow-sha",
            "a",
            "hello.txt",
        ],
        &["--sk", "hello.txt"],
        &["--insecure-ignore-sct", "hello.txt"],
    ];
    let public = fs::read_to_string(files.0.path().join("cosign.pub")).unwrap();
    let shown = cases.map(|case| {
        let arguments = [&["verify-blob", "--bundle", "b.json"], case].concat();
        let out = files.cosign(&arguments).env("PUBLIC", &public).run();
        format!("$ cosign {}\n{out}", arguments.join(" "))
    });
    assert_snapshot!("key_verifying", shown.join("\n"));
}
