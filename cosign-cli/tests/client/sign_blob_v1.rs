//! Signing to a log of version 1: the bundle, and every lie of the log.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, HttpOptions, IdentitySource, IdentityToken, RekorError, SignError, SignRequest,
    Signed, Silent, TrustSource, VerifyError, sign_blob,
};
use jiff::Timestamp;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_verify::Check;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn alice() -> IdentitySource {
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let parts =
        [r#"{"alg":"RS256"}"#, &claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
    IdentitySource::Token(IdentityToken::parse(&parts.join(".")).unwrap())
}

/// Signs `hello` by the version 1 config, with the bundle in `directory`.
fn sign(
    instance: &Instance,
    identity: IdentitySource,
    directory: &Path,
    trust: bool,
) -> Result<Signed, SignError> {
    let artifact = directory.join("hello.txt");
    fs::write(&artifact, "hello").unwrap();
    let published = instance.trust();
    let request = SignRequest {
        ephemeral: KeyAlgorithm::EcdsaP256,
        artifact: ArtifactSource::File(artifact),
        identity,
        signing_config: published.signing_config_v1(),
        trust: trust.then(|| TrustSource::Root(Box::new(published.trusted_root().unwrap()))),
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

#[test]
fn an_entry_of_version_one_states_the_time_and_no_authority_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let instance = Instance::start(now(), Lie::None);
    let signed = sign(&instance, alice(), directory.path(), true).unwrap();
    assert_eq!((signed.log_index, signed.checked), (41, true));
    assert_eq!(
        instance.requests(),
        ["POST /api/v2/signingCert", "POST /api/v1/log/entries"]
    );
    let material = &signed.bundle.verification_material;
    assert_eq!(material.rfc3161_timestamps, Vec::<Vec<u8>>::new());
    let [entry] = material.tlog_entries.as_slice() else {
        panic!("{material:?}");
    };
    let kind = &entry.kind_version;
    assert_eq!(
        (kind.kind.as_str(), kind.version.as_str()),
        ("hashedrekord", "0.0.1")
    );
    assert_eq!(entry.integrated_time, now().as_second());
    assert!(
        entry
            .inclusion_promise
            .as_ref()
            .is_some_and(|promise| !promise.is_empty())
    );
    // The proof is about the place in the tree, the entry about the place over all shards.
    assert_eq!(entry.inclusion_proof.as_ref().unwrap().log_index, 0);
    assert_eq!(entry.log_index, 41);
    let written = fs::read_to_string(directory.path().join("bundle.json")).unwrap();
    assert_eq!(written, signed.bundle_json);
    assert!(written.contains(r#""mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#));
}

#[test]
fn keys_of_every_kind_sign_to_version_one() {
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Ed25519,
    ] {
        let directory = tempfile::tempdir().unwrap();
        let instance = Instance::start(now(), Lie::None);
        let key = IdentitySource::Key(Arc::new(SigningKey::generate(algorithm).unwrap()));
        let signed = sign(&instance, key, directory.path(), true).unwrap();
        assert!(signed.checked, "{algorithm:?}");
        assert_eq!(instance.requests(), ["POST /api/v1/log/entries"]);
    }
}

#[test]
fn nothing_is_written_when_the_log_lies() {
    type Case = (Lie, fn(&RekorError) -> bool);
    let cases: [Case; 5] = [
        (Lie::OtherEntry, |e| matches!(e, RekorError::OtherEntry)),
        (Lie::OtherId, |e| matches!(e, RekorError::OtherEntry)),
        (Lie::WrongRoot, |e| matches!(e, RekorError::Inclusion(_))),
        (Lie::NoPromise, |e| matches!(e, RekorError::NoPromise)),
        (Lie::Duplicate, |e| {
            matches!(e, RekorError::DuplicateEntry { uuid }
                if uuid.len() == 80 && uuid.starts_with("0000000000001234"))
        }),
    ];
    for (lie, expected) in cases {
        // These are found without knowing the log.
        for trust in [true, false] {
            let directory = tempfile::tempdir().unwrap();
            let instance = Instance::start(now(), lie);
            match sign(&instance, alice(), directory.path(), trust) {
                Err(SignError::RekorV1(error)) => assert!(expected(&error), "{lie:?}: {error:?}"),
                other => panic!("{lie:?}: {other:?}"),
            }
            assert!(!directory.path().join("bundle.json").exists(), "{lie:?}");
        }
    }
}

#[test]
fn the_trusted_root_judges_promise_and_checkpoint() {
    for (lie, check) in [
        (Lie::OtherPromise, Check::InclusionPromise),
        (Lie::OtherLogKey, Check::Checkpoint),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let instance = Instance::start(now(), lie);
        match sign(&instance, alice(), directory.path(), true) {
            Err(SignError::SelfCheck(error)) => assert!(
                matches!(&*error, VerifyError::Refused(error) if error.check() == check),
                "{lie:?}: {error:?}"
            ),
            other => panic!("{lie:?}: {other:?}"),
        }
        assert!(!directory.path().join("bundle.json").exists(), "{lie:?}");
    }
}
