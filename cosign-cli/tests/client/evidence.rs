//! The flags that demand more of a bundle than usual, or less: each changes one check and no other.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, Expectations, HttpOptions, IdentitySource, IdentityToken, SignRequest, Signed,
    Silent, TrustSource, TrustSourceError, VerifyError, VerifyRequest, sign_blob, verify_blob,
};
use jiff::Timestamp;
use sigbox_verify::{Check, TrustList};
use sigbox_wire::{Bundle, TrustedRoot};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn token() -> IdentityToken {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let head = encode(r#"{"alg":"RS256"}"#);
    let token = format!("{head}.{}.{}", encode(&claims), encode("signature"));
    IdentityToken::parse(&token).unwrap()
}

/// A blob signed keyless, what signed it, and what is believed.
struct Case {
    directory: tempfile::TempDir,
    bundle: Bundle,
    root: TrustedRoot,
}

impl Case {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let instance = Instance::start(now(), Lie::None);
        let root = instance.trust().trusted_root().unwrap();
        let artifact = directory.path().join("hello.txt");
        fs::write(&artifact, "hello").unwrap();
        let request = SignRequest {
            ephemeral: sigbox_crypto::KeyAlgorithm::EcdsaP256,
            artifact: ArtifactSource::File(artifact),
            identity: IdentitySource::Token(token()),
            signing_config: instance.trust().signing_config(),
            trust: Some(TrustSource::Root(Box::new(root.clone()))),
            bundle: None,
            http: HttpOptions::default(),
            clock: Arc::new(now),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let signed: Signed = runtime.block_on(sign_blob(request, &Silent)).unwrap();
        Self {
            directory,
            bundle: signed.bundle,
            root,
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn verify(&self, change: impl FnOnce(&mut Expectations)) -> Result<(), VerifyError> {
        let bundle = self.path().join("bundle.json");
        fs::write(&bundle, self.bundle.to_json().unwrap()).unwrap();
        let mut expect = Expectations {
            identity: Some(SUBJECT.to_owned()),
            issuer: Some(ISSUER.to_owned()),
            ..Expectations::default()
        };
        change(&mut expect);
        verify_blob(&VerifyRequest {
            artifact: ArtifactSource::File(self.path().join("hello.txt")),
            bundle: bundle.into(),
            trust: TrustSource::Root(Box::new(self.root.clone())),
            expect,
            now: now(),
        })
        .map(drop)
    }

    fn check(&self, change: impl FnOnce(&mut Expectations)) -> Check {
        match self.verify(change) {
            Err(VerifyError::Refused(error)) => error.check(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn without_a_log_entry_only_the_flag_for_the_log_helps() {
    let mut case = Case::new();
    case.verify(|_| {}).unwrap();
    case.bundle.verification_material.tlog_entries.clear();
    assert_eq!(case.check(|_| {}), Check::TransparencyLog);
    let check = case.check(|expect| expect.ignore_sct_unsafe = true);
    assert_eq!(check, Check::TransparencyLog);
    case.verify(|expect| expect.ignore_tlog_unsafe = true)
        .unwrap();
    // What else was asked for stays asked for.
    let check = case.check(|expect| {
        expect.ignore_tlog_unsafe = true;
        expect.identity = Some("mallory@example.test".to_owned());
    });
    assert_eq!(check, Check::CertificateIdentity);
}

#[test]
fn without_a_ct_log_only_the_flag_for_scts_helps() {
    let mut case = Case::new();
    case.root.ctlogs.clear();
    for ignore in [false, true] {
        let error = case
            .verify(|expect| expect.ignore_tlog_unsafe = ignore)
            .unwrap_err();
        let VerifyError::Trust(TrustSourceError::Incomplete { missing, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(missing, [TrustList::Ctlogs]);
    }
    case.verify(|expect| expect.ignore_sct_unsafe = true)
        .unwrap();
}

#[test]
fn a_timestamp_that_is_demanded_must_be_there() {
    let mut case = Case::new();
    case.verify(|expect| expect.signed_timestamps = true)
        .unwrap();
    case.bundle.verification_material.rfc3161_timestamps.clear();
    // Without a log nobody else asks for times, and the certificate is good at present.
    case.verify(|expect| expect.ignore_tlog_unsafe = true)
        .unwrap();
    let outcome = case.verify(|expect| {
        expect.ignore_tlog_unsafe = true;
        expect.signed_timestamps = true;
    });
    assert!(
        matches!(outcome, Err(VerifyError::NoSignedTimestamp)),
        "{outcome:?}"
    );
}

#[test]
fn a_claim_that_is_demanded_must_be_in_the_certificate() {
    let case = Case::new();
    for number in 2..=6 {
        let check = case.check(|expect| expect.claims = vec![(number, "push".to_owned())]);
        assert_eq!(check, Check::CertificateExtension, "{number}");
    }
}
