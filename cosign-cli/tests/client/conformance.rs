//! `cosign conformance`: every stored case of the public suite through the command line, by file and by digest; and signing.

use std::fs;
use std::path::Path;

use crate::command::{Cosign, conformance};
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sigbox_tlog::Hash;
use sigbox_wire::{Bundle, BundleContent};

const DEFAULT_IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const DEFAULT_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// What must come of a case.
enum Expected {
    Accepted,
    /// This check refuses it.
    Check(&'static str),
    /// It comes to no check: this cannot be read.
    Says(&'static str),
}

use Expected::{Accepted, Check, Says};

#[rustfmt::skip]
const CASES: &[(&str, Expected)] = &[
    ("bundle-from-wrong-instance_fail", Check("transparency-log")),
    ("bundle-negative-log-index_fail", Check("inclusion-proof")),
    ("bundle-unknown-version_fail", Says("reading bundle")),
    ("bundle-with-root-cert_fail", Check("bundle-shape")),
    ("checkpoint-bad-keyhint_fail", Check("checkpoint")),
    ("checkpoint-wrong-roothash_fail", Check("checkpoint")),
    ("dsse-invalid-sig_fail", Check("entry-binding")),
    ("dsse-mismatch-envelope_fail", Check("entry-binding")),
    ("happy-path-intoto-in-dsse-v3", Accepted),
    ("happy-path-v0.2", Accepted),
    ("happy-path-v0.3", Accepted),
    ("integrated-time-in-future_fail", Check("certificate-chain")),
    ("intoto-log-entry-mismatch_fail", Check("entry-binding")),
    ("intoto-set-outside-signing-cert-validity_fail", Check("certificate-chain")),
    ("invalid-ct-key_fail", Check("certificate-transparency")),
    ("invalid-inclusion-proof_fail", Check("checkpoint")),
    ("managed-key-and-trusted-root", Accepted),
    ("managed-key-wrong-key_fail", Says("loading public key: pem to public key")),
    ("message-digest-mismatch_fail", Check("entry-binding")),
    ("rekor2-checkpoint-missing-log-signature_fail", Check("checkpoint")),
    ("rekor2-checkpoint-missing-root-hash_fail", Check("checkpoint")),
    ("rekor2-checkpoint-missing-size_fail", Check("checkpoint")),
    ("rekor2-checkpoint-multiple-cosigs", Accepted),
    ("rekor2-checkpoint-two-sigs-from-origin", Accepted),
    ("rekor2-dsse-happy-path", Accepted),
    ("rekor2-dsse-mismatch-envelope_fail", Check("entry-binding")),
    ("rekor2-dsse-mismatch-sig_fail", Check("entry-binding")),
    ("rekor2-happy-path", Accepted),
    ("rekor2-no-timestamp_fail", Check("signed-time")),
    ("rekor2-timestamp-outside-trust-root-tsa-validity_fail", Check("signed-time")),
    ("rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail", Check("signed-time")),
    ("rekor2-timestamp-with-embedded-cert", Accepted),
    ("rekor2-timestamp-with-incorrect-time_fail", Check("certificate-chain")),
    ("trust-root-tsa-validity-end-inclusive", Accepted),
    ("wrong-hashedrekord-artifact_fail", Check("entry-binding")),
    ("wrong-material_fail", Check("artifact-digest")),
];

/// The arguments of a case in the suite's order, all but the artifact.
fn arguments(root: &Path, name: &str) -> Vec<String> {
    let in_case = |file: &str| {
        let path = format!("{name}/{file}");
        root.join(&path).exists().then_some(path)
    };
    let text = |file: &str, other: &str| {
        in_case(file).map_or_else(
            || other.to_owned(),
            |path| {
                let text = fs::read_to_string(root.join(path)).unwrap();
                text.trim().to_owned()
            },
        )
    };
    let bundle = in_case("bundle.sigstore.json").unwrap();
    let mut arguments = vec!["--bundle".to_owned(), bundle];
    match in_case("key.pub") {
        Some(key) => arguments.extend(["--key".to_owned(), key]),
        None => arguments.extend([
            "--certificate-identity".to_owned(),
            text("identity", DEFAULT_IDENTITY),
            "--certificate-oidc-issuer".to_owned(),
            text("issuer", DEFAULT_ISSUER),
        ]),
    }
    let trusted = in_case("trusted_root.json");
    let trusted = trusted.unwrap_or_else(|| "../trusted_root.public-good.json".to_owned());
    arguments.extend(["--trusted-root".to_owned(), trusted]);
    arguments
}

#[test]
fn every_case_gets_its_verdict_by_file_and_by_digest() {
    let Some(root) = conformance() else { return };
    let mut names: Vec<String> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let named: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, named, "the table and the stored cases differ");
    let mut wrong = Vec::new();
    for (name, expected) in CASES {
        assert_eq!(
            name.ends_with("fail"),
            !matches!(expected, Accepted),
            "{name}"
        );
        let own = format!("{name}/artifact");
        let artifact = if root.join(&own).exists() {
            own
        } else {
            "a.txt".to_owned()
        };
        let content = fs::read(root.join(&artifact)).unwrap();
        let digest = format!(
            "sha256:{}",
            Hash::from_bytes(sigbox_crypto::sha256(&content))
        );
        for artifact in [&artifact, &digest] {
            let mut line = vec!["conformance".to_owned(), "verify-bundle".to_owned()];
            line.extend(arguments(&root, name));
            line.push(artifact.clone());
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            let shown = Cosign::new(&line).directory(&root).run();
            if !is_as_expected(&shown, expected) {
                wrong.push(format!("{name} {artifact}: {shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Code 1 alone is a refusal: any other would be a program that failed, not a verdict.
fn is_as_expected(shown: &str, expected: &Expected) -> bool {
    let refused = shown.starts_with("exit 1\n--- stdout\n--- stderr\nError: ");
    match expected {
        Accepted => shown == "exit 0\n--- stdout\n--- stderr\n",
        Check(check) => refused && shown.contains(&format!("\n  check: {check}\n")),
        Says(words) => refused && shown.contains(words) && !shown.contains("\n  check: "),
    }
}

fn token() -> String {
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let parts =
        [r#"{"alg":"RS256"}"#, &claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
    parts.join(".")
}

#[test]
fn what_sign_bundle_writes_verify_bundle_accepts() {
    let directory = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let instance = Instance::start(now, Lie::None);
    instance.write_trust(directory.path());
    fs::write(directory.path().join("a.txt"), "hello").unwrap();
    fs::write(directory.path().join("b.txt"), "hullo").unwrap();
    for config in ["signing_config.v0.2.json", "signing_config.rekor_v1.json"] {
        let token = token();
        let sign = Cosign::new(&[
            "conformance",
            "sign-bundle",
            "--identity-token",
            &token,
            "--bundle",
            "bundle.json",
            "--trusted-root",
            "trusted_root.json",
            "--signing-config",
            config,
            "a.txt",
        ]);
        let shown = sign.directory(directory.path()).run();
        assert!(
            shown.starts_with("exit 0\n--- stdout\n--- stderr\n"),
            "{shown}"
        );
        let verify = |artifact: &str| {
            let verify = Cosign::new(&[
                "conformance",
                "verify-bundle",
                "--bundle",
                "bundle.json",
                "--certificate-identity",
                SUBJECT,
                "--certificate-oidc-issuer",
                ISSUER,
                "--trusted-root",
                "trusted_root.json",
                artifact,
            ]);
            verify.directory(directory.path()).run()
        };
        assert_eq!(verify("a.txt"), "exit 0\n--- stdout\n--- stderr\n");
        let refused = verify("b.txt");
        assert!(refused.starts_with("exit 1\n"), "{refused}");
        assert!(
            refused.contains("\n  check: artifact-digest\n"),
            "{refused}"
        );
    }
}

#[test]
fn a_statement_is_signed_into_an_envelope() {
    let directory = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    Instance::start(now, Lie::None).write_trust(directory.path());
    fs::write(directory.path().join("a.txt"), "hello").unwrap();
    fs::write(directory.path().join("b.txt"), "hullo").unwrap();
    let statement = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a.txt","digest":{"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}}],"predicateType":"https://example.com/p/v1","predicate":{}}"#;
    fs::write(directory.path().join("statement.json"), statement).unwrap();
    fs::write(directory.path().join("no-statement.json"), "{}").unwrap();
    let token = token();
    let sign = |file: &str| {
        let arguments = [
            "conformance",
            "sign-bundle",
            "--in-toto",
            "--identity-token",
            &token,
            "--bundle",
            "bundle.json",
            "--trusted-root",
            "trusted_root.json",
            "--signing-config",
            "signing_config.v0.2.json",
            file,
        ];
        Cosign::new(&arguments).directory(directory.path()).run()
    };
    let refused = sign("no-statement.json");
    assert!(refused.starts_with("exit 1\n"), "{refused}");
    assert!(!directory.path().join("bundle.json").exists());
    let shown = sign("statement.json");
    assert!(
        shown.starts_with("exit 0\n--- stdout\n--- stderr\n"),
        "{shown}"
    );
    let bundle = fs::read(directory.path().join("bundle.json")).unwrap();
    let BundleContent::DsseEnvelope(envelope) = Bundle::parse(&bundle).unwrap().content else {
        panic!("no envelope");
    };
    assert_eq!(envelope.payload, statement.as_bytes());
    let verify = |artifact: &str| {
        let arguments = [
            "conformance",
            "verify-bundle",
            "--bundle",
            "bundle.json",
            "--certificate-identity",
            SUBJECT,
            "--certificate-oidc-issuer",
            ISSUER,
            "--trusted-root",
            "trusted_root.json",
            artifact,
        ];
        Cosign::new(&arguments).directory(directory.path()).run()
    };
    assert_eq!(verify("a.txt"), "exit 0\n--- stdout\n--- stderr\n");
    let other = verify("b.txt");
    assert!(other.starts_with("exit 1\n"), "{other}");
}

#[test]
fn what_the_protocol_asks_and_is_not_there_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], words: &str| {
        let line = [&["conformance"], arguments].concat();
        let shown = Cosign::new(&line).directory(directory.path()).run();
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(shown.contains(words), "{shown}");
    };
    let verify = ["verify-bundle", "--bundle", "b.json"];
    run(
        &[&verify[..], &["--staging", "x"]].concat(),
        "Error: --staging is not supported: no public instance is built in",
    );
    run(
        &[&verify[..], &["x"]].concat(),
        "--certificate-identity or --certificate-identity-regexp is required",
    );
    run(
        &[&verify[..], &["--certificate-identity", "a", "x"]].concat(),
        "--certificate-oidc-issuer or --certificate-oidc-issuer-regexp is required",
    );
    let both = ["--key", "k.pub", "--certificate-identity", "a", "x"];
    run(
        &[&verify[..], &both].concat(),
        "exactly one of: key reference (--key) or certificate identity",
    );
    let sign = ["sign-bundle", "--identity-token", "t", "--bundle", "b.json"];
    run(
        &[&sign[..], &["--staging", "x"]].concat(),
        "Error: --staging is not supported: no public instance is built in",
    );
    run(
        &[
            &sign[..],
            &["--in-toto", "--signing-config", "none.json", "x"],
        ]
        .concat(),
        "Error: error reading signing config from file: open none.json: no such file or directory",
    );
    run(
        &[&sign[..], &["x"]].concat(),
        "no signing config: nothing says which services to sign with",
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
