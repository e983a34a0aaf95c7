//! Signing against an instance of our own: the steps, the checks behind each claim, and every refusal.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, Expectations, FulcioError, HttpError, HttpOptions, IdentitySource,
    IdentityToken, Progress, RekorError, SignError, SignRequest, Signed, Step, TimestampError,
    TrustSource, VerifyError, VerifyRequest, sign_blob, verify_blob,
};
use insta::assert_snapshot;
use jiff::Timestamp;

/// Takes down the steps as a user would see them.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn step(&self, step: Step) {
        self.0.lock().unwrap().push(step.to_string());
    }
}

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// The time that the program goes by, in whole seconds as certificates have them.
pub(crate) fn wall_clock() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

pub(crate) fn token() -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    format!(
        "{}.{}.{}",
        encode(r#"{"alg":"RS256"}"#),
        encode(&claims),
        encode("signature")
    )
}

/// Signs `hello` with an instance and gives the outcome and the steps, with the bundle in `directory`.
fn sign(
    instance: &Instance,
    directory: &Path,
    trust: bool,
) -> (Result<Signed, SignError>, Vec<String>) {
    let artifact = directory.join("hello.txt");
    std::fs::write(&artifact, "hello").unwrap();
    let published = instance.trust();
    let request = SignRequest {
        ephemeral: sigbox_crypto::KeyAlgorithm::EcdsaP256,
        artifact: ArtifactSource::File(artifact),
        identity: IdentitySource::Token(IdentityToken::parse(&token()).unwrap()),
        signing_config: published.signing_config(),
        trust: trust.then(|| TrustSource::Root(Box::new(published.trusted_root().unwrap()))),
        bundle: Some(directory.join("bundle.json")),
        http: HttpOptions {
            backoff: Duration::ZERO,
            trace: false,
            ..HttpOptions::default()
        },
        clock: Arc::new(now),
    };
    let notes = Notes::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(sign_blob(request, &notes));
    let shown = directory.to_str().unwrap();
    let steps = notes.0.into_inner().unwrap();
    (
        outcome,
        steps.iter().map(|step| step.replace(shown, ".")).collect(),
    )
}

fn verify(instance: &Instance, directory: &Path, artifact: &str) -> Result<(), VerifyError> {
    let request = VerifyRequest {
        artifact: ArtifactSource::File(directory.join(artifact)),
        bundle: directory.join("bundle.json").into(),
        trust: TrustSource::Root(Box::new(instance.trust().trusted_root().unwrap())),
        expect: Expectations {
            identity: Some(SUBJECT.to_owned()),
            issuer: Some(ISSUER.to_owned()),
            ..Expectations::default()
        },
        now: now(),
    };
    verify_blob(&request).map(drop)
}

#[test]
fn a_signed_blob_verifies_and_each_step_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let (outcome, steps) = sign(&instance, directory.path(), true);
    let signed = outcome.unwrap();
    assert_eq!((signed.log_index, signed.checked), (0, true));
    assert_eq!(
        steps,
        [
            "Generating ephemeral keys...",
            "Retrieving signed certificate...",
            "Successfully verified SCT...",
            "Using payload from: ./hello.txt",
            "Signing artifact...",
            "tlog entry created with index: 0",
            "Wrote bundle to file ./bundle.json",
        ]
    );
    assert_eq!(
        instance.requests(),
        [
            "POST /api/v2/signingCert",
            "POST /api/v1/timestamp",
            "POST /api/v2/log/entries"
        ]
    );
    let written = std::fs::read_to_string(directory.path().join("bundle.json")).unwrap();
    assert_eq!(written, signed.bundle_json);
    verify(&instance, directory.path(), "hello.txt").unwrap();

    std::fs::write(directory.path().join("other.txt"), "hullo").unwrap();
    let refused = verify(&instance, directory.path(), "other.txt").unwrap_err();
    assert!(matches!(
        &refused,
        VerifyError::Refused(error) if error.check() == sigbox_verify::Check::ArtifactDigest
    ));
}

#[test]
fn without_a_trusted_root_no_check_is_claimed() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let (outcome, steps) = sign(&instance, directory.path(), false);
    assert!(!outcome.unwrap().checked);
    assert!(!steps.iter().any(|step| step.contains("SCT")), "{steps:?}");
    assert!(
        steps
            .iter()
            .any(|step| step.starts_with("WARNING: no trusted root")),
        "{steps:?}"
    );
}

/// A misbehaving instance, whether the error is the expected one, and the last step that was told.
type Case = (Lie, fn(&SignError) -> bool, &'static str);

#[test]
fn nothing_is_written_when_a_service_misbehaves() {
    let retrieving = "Retrieving signed certificate...";
    let signing = "Signing artifact...";
    let cases: [Case; 10] = [
        (
            Lie::OtherKey,
            |e| matches!(e, SignError::Fulcio(FulcioError::OtherKey)),
            retrieving,
        ),
        (
            Lie::UnknownCtLog,
            |e| matches!(e, SignError::Certificate(_)),
            retrieving,
        ),
        (
            Lie::Refusal,
            |e| matches!(e, SignError::Fulcio(FulcioError::Refused(refusal)) if refusal.status == 400),
            retrieving,
        ),
        (
            Lie::Redirect,
            |e| {
                matches!(
                    e,
                    SignError::Fulcio(FulcioError::Http(HttpError::Redirect { status: 307, .. }))
                )
            },
            retrieving,
        ),
        (
            Lie::OtherStamp,
            |e| matches!(e, SignError::Timestamp(TimestampError::Answer(_))),
            signing,
        ),
        (
            Lie::OtherEntry,
            |e| matches!(e, SignError::Rekor(RekorError::OtherEntry)),
            signing,
        ),
        (
            Lie::WrongRoot,
            |e| matches!(e, SignError::Rekor(RekorError::Inclusion(_))),
            signing,
        ),
        (
            Lie::Duplicate,
            |e| matches!(e, SignError::Rekor(RekorError::Duplicate { index }) if index == "42"),
            signing,
        ),
        (
            Lie::OtherLogKey,
            |e| match e {
                SignError::SelfCheck(error) => matches!(
                    &**error,
                    VerifyError::Refused(error) if error.check() == sigbox_verify::Check::Checkpoint
                ),
                _ => false,
            },
            "tlog entry created with index: 0",
        ),
        (Lie::None, |_| false, "Wrote bundle to file ./bundle.json"),
    ];
    for (lie, expected, last) in cases {
        let directory = tempfile::tempdir().unwrap();
        let (outcome, steps) = sign(&Instance::start(now(), lie), directory.path(), true);
        assert_eq!(steps.last().unwrap(), last, "{lie:?}");
        assert_eq!(
            directory.path().join("bundle.json").exists(),
            lie == Lie::None,
            "{lie:?}"
        );
        if let Err(error) = outcome {
            assert!(expected(&error), "{lie:?}: {error:?}");
        }
    }
}

#[test]
fn busy_services_are_asked_once_more() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::BusyFirst);
    let (outcome, _) = sign(&instance, directory.path(), true);
    outcome.unwrap();
    assert_eq!(instance.requests().len(), 6);
}

#[test]
fn a_missing_artifact_costs_no_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    instance.write_trust(directory.path());
    let run = Cosign::new(&["sign-blob", "--bundle", "b.json", "none.txt"])
        .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
        .env("COSIGN_TRUSTED_ROOT", "trusted_root.json")
        .env("SIGSTORE_ID_TOKEN", token())
        .directory(directory.path())
        .run();
    assert_snapshot!("missing_artifact", run);
    assert!(instance.requests().is_empty());
}

#[test]
fn the_program_signs_and_verifies_with_the_variables_of_an_instance() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(wall_clock(), Lie::None);
    instance.write_trust(directory.path());
    std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    let sign = Cosign::new(&["sign-blob", "--bundle", "b.json", "hello.txt"])
        .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
        .env("COSIGN_TRUSTED_ROOT", "trusted_root.json")
        .env("SIGSTORE_ID_TOKEN", token());
    assert_snapshot!("signed", sign.directory(directory.path()).run());
    assert_mode_0600(&directory.path().join("b.json"));

    let verify = |variables: &[(&str, &str)]| {
        let mut cosign = Cosign::new(&[
            "verify-blob",
            "--bundle",
            "b.json",
            "--certificate-identity",
            SUBJECT,
            "--certificate-oidc-issuer",
            ISSUER,
            "hello.txt",
        ])
        .directory(directory.path());
        for (name, value) in variables {
            cosign = cosign.env(name, value);
        }
        cosign.run()
    };
    let verified = "exit 0\n--- stdout\n--- stderr\nVerified OK\n";
    assert_eq!(
        verify(&[("COSIGN_TRUSTED_ROOT", "trusted_root.json")]),
        verified
    );
    let four = [
        ("SIGSTORE_ROOT_FILE", "fulcio_chain.pem"),
        ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ctfe.pub"),
        ("SIGSTORE_REKOR_PUBLIC_KEY", "rekor.pub"),
        ("SIGSTORE_TSA_CERTIFICATE_FILE", "tsa_chain.pem"),
    ];
    assert_eq!(verify(&four), verified);
    // A key that is not the log's is no way around the log.
    let mut wrong = four;
    wrong[2].1 = "ctfe.pub";
    let refused = verify(&wrong);
    assert!(
        refused.contains("\n  check: transparency-log\n"),
        "{refused}"
    );
}

#[test]
fn a_refusal_of_the_ca_is_shown_harmless() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(wall_clock(), Lie::Refusal);
    instance.write_trust(directory.path());
    std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    let sign = Cosign::new(&["sign-blob", "--bundle", "b.json", "hello.txt"])
        .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
        .env("SIGSTORE_ID_TOKEN", token());
    assert_snapshot!("ca_refuses", sign.directory(directory.path()).run());
}

#[test]
fn a_time_limit_ends_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(wall_clock(), Lie::None);
    instance.write_trust(directory.path());
    std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    let sign = Cosign::new(&[
        "sign-blob",
        "--timeout",
        "0",
        "--bundle",
        "b.json",
        "hello.txt",
    ])
    .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
    .env("SIGSTORE_ID_TOKEN", token());
    let shown = sign.directory(directory.path()).run();
    assert!(
        shown.contains("Error: signing hello.txt: context deadline exceeded\n"),
        "{shown}"
    );
    assert!(shown.starts_with("exit 3\n"), "{shown}");
    assert!(!directory.path().join("b.json").exists());
}

fn assert_mode_0600(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}
