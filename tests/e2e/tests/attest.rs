//! Attestations: the real cosign and ours make them for each other, keyless and with a key, in logs of both versions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};
use sigbox_tlog::Hash;

const WHO: &str = "alice@example.com";
const SLSA: &str = "https://slsa.dev/provenance/v1";
/// What is said: both clients take it as it is, because it has all that its type asks for.
const PREDICATE: &str = r#"{"buildDefinition":{"buildType":"https://example.com/b","externalParameters":{}},"runDetails":{"builder":{"id":"https://example.com/builder"}}}"#;

/// The files that every test here attests and verifies.
struct Files {
    artifact: PathBuf,
    other: PathBuf,
    predicate: PathBuf,
    bundle: PathBuf,
}

impl Files {
    fn new(stack: &Stack) -> Result<Self> {
        Ok(Self {
            artifact: stack.write("artifact", "attested by one, verified by the other\n")?,
            other: stack.write("other", "nobody says anything about this\n")?,
            predicate: stack.write("predicate.json", PREDICATE)?,
            bundle: stack.file("bundle.json"),
        })
    }

    fn bundle(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&std::fs::read(&self.bundle)?)?)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a command of a client with the password of all keys here.
fn client(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command.env("COSIGN_PASSWORD", "pw").args(arguments);
    run(&mut command)
}

/// Attests by `who`, the flags that say who signs and with which services.
fn attest(stack: &Stack, program: &Path, files: &Files, who: &[&str]) -> Result<Outcome> {
    let arguments = [
        "attest-blob",
        "--yes",
        "--predicate",
        text(&files.predicate),
        "--type",
        "slsaprovenance1",
        "--bundle",
        text(&files.bundle),
        text(&files.artifact),
    ];
    client(stack, program, &[&arguments, who].concat())
}

/// Verifies for `who`, the flags that say who must have signed.
fn verify(
    stack: &Stack,
    program: &Path,
    files: &Files,
    predicate_type: &str,
    rest: &[&str],
) -> Result<Outcome> {
    let arguments = [
        "verify-blob-attestation",
        "--bundle",
        text(&files.bundle),
        "--type",
        predicate_type,
    ];
    client(stack, program, &[&arguments, rest].concat())
}

/// What both clients say about a good attestation, and about the wrong file and the wrong type.
fn judge(stack: &Stack, program: &Path, files: &Files, who: &[&str]) -> Result<()> {
    let with = |file: &Path, predicate_type: &str| {
        verify(
            stack,
            program,
            files,
            predicate_type,
            &[who, &[text(file)]].concat(),
        )
    };
    with(&files.artifact, "slsaprovenance1")?
        .expect(0)?
        .says("Verified OK")?;
    with(&files.artifact, SLSA)?.expect(0)?;
    with(&files.artifact, "spdxjson")?
        .expect(1)?
        .says(&format!(
            "invalid predicate type, expected spdxjson got {SLSA}"
        ))?;
    with(&files.other, "slsaprovenance1")?.expect(1)?.says(
        "failed to verify signature: provided artifact digests do not match digests in statement",
    )?;
    verify(
        stack,
        program,
        files,
        SLSA,
        &[who, &["--check-claims=false"]].concat(),
    )?
    .expect(0)?
    .says("Verified OK")?;
    let digest = sigbox_crypto::sha256(&std::fs::read(&files.artifact)?);
    let digest = Hash::from_bytes(digest).to_string();
    let digest = ["--digestAlg", "sha256", "--digest", &digest];
    verify(stack, program, files, SLSA, &[who, &digest].concat())?
        .expect(0)?
        .says("Verified OK")?;
    verify(stack, program, files, SLSA, who)?
        .expect(1)?
        .says("must provide path to blob or digest and digestAlg")?;
    Ok(())
}

/// Ed25519 signs an envelope itself for a log of version 1, and its digest for one of version 2.
#[test]
fn every_kind_of_key_attests_in_logs_of_both_versions() -> Result<()> {
    let stack = Stack::start()?;
    let files = Files::new(&stack)?;
    let ours = cosign();
    let old = stack.data().join("trust/signing_config.rekor_v1.json");
    for (algorithm, name, old_log_takes_it) in [
        (KeyAlgorithm::EcdsaP256, "p256", true),
        (KeyAlgorithm::EcdsaP384, "p384", false),
        (KeyAlgorithm::Ed25519, "ed25519", true),
        (KeyAlgorithm::Rsa { bits: 2048 }, "rsa", true),
    ] {
        let key = SigningKey::generate(algorithm)?;
        let plain = stack.write(&format!("{name}.pem"), key.to_pkcs8_pem()?.as_bytes())?;
        let prefix = stack.file(name);
        let import = ["import-key-pair", "--yes", "--key", text(&plain)];
        let to = ["--output-key-prefix", text(&prefix)];
        client(&stack, &ours, &[import.as_slice(), &to].concat())?.expect(0)?;
        let (private, public) = (
            stack.file(&format!("{name}.key")),
            stack.file(&format!("{name}.pub")),
        );
        let who = ["--key", text(&private)];
        attest(&stack, &ours, &files, &who)?.expect(0)?;
        judge(&stack, &ours, &files, &["--key", text(&public)])?;
        let who = [&who[..], &["--signing-config", text(&old)]].concat();
        let outcome = attest(&stack, &ours, &files, &who)?;
        if old_log_takes_it {
            outcome.expect(0)?;
            let kind = &files.bundle()?["verificationMaterial"]["tlogEntries"][0]["kindVersion"];
            ensure!(kind["kind"] == "dsse", "{kind}");
            judge(&stack, &ours, &files, &["--key", text(&public)])?;
        } else {
            outcome
                .expect(1)?
                .says("a log of version 1 takes no attestation by an")?;
        }
    }
    Ok(())
}

fn keyless(issuer: &str, identity: &str) -> Vec<String> {
    let flags = [
        "--certificate-identity",
        identity,
        "--certificate-oidc-issuer",
        issuer,
    ];
    flags.map(ToOwned::to_owned).to_vec()
}

/// What ours shows of a bundle, whoever made it.
fn inspect(stack: &Stack, files: &Files, issuer: &str, kind: &str) -> Result<()> {
    let arguments = ["bundle", "inspect", text(&files.bundle)];
    let shown = client(stack, &cosign(), &arguments)?.expect(0)?.stdout;
    for line in [
        "  - Content: X.509 Certificate",
        &format!("    - Identity (Subject Alternative Name): {WHO}"),
        &format!("    - OIDC Issuer: {issuer}"),
        "    - Signed Certificate Timestamps: 1",
        &format!("      - Kind: {kind}"),
        "  - Type: DSSE Envelope",
        &format!("    - Predicate Type: {SLSA}"),
        "      - Name: artifact",
    ] {
        ensure!(shown.lines().any(|one| one == line), "{line}\n{shown}");
    }
    ensure!(!shown.contains("Unreadable"), "{shown}");
    let json = client(
        stack,
        &cosign(),
        &[&arguments[..], &["-o", "json"]].concat(),
    )?;
    let json: Value = serde_json::from_str(&json.expect(0)?.stdout)?;
    ensure!(
        json["signer"]["certificates"][0]["identities"][0] == WHO,
        "{json}"
    );
    ensure!(
        json["content"]["dsseEnvelope"]["statement"]["predicateType"] == SLSA,
        "{json}"
    );
    Ok(())
}

/// Attests keyless with each client, and has each client verify, with the log of the config that is named.
fn every_pair(config: Option<&str>, kind: &str, version: &str) -> Result<()> {
    let stack = Stack::start()?;
    let files = Files::new(&stack)?;
    let ours = cosign();
    let issuer = format!("{}/oidc", stack.url());
    let real = peers::cosign();
    let clients: Vec<&PathBuf> = real.iter().chain([&ours]).collect();
    for signer in &clients {
        let token = stack.token(WHO)?;
        let config = config.map(|name| stack.data().join("trust").join(name));
        let mut who = vec!["--identity-token", token.as_str()];
        if let Some(config) = &config {
            who.extend(["--signing-config", text(config)]);
        }
        attest(&stack, signer, &files, &who)?
            .expect(0)?
            .says("Wrote bundle to file")?;
        let bundle = files.bundle()?;
        let entry = &bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"];
        ensure!(
            entry["kind"] == kind && entry["version"] == version,
            "{bundle}"
        );
        ensure!(
            bundle["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json",
            "{bundle}"
        );
        inspect(&stack, &files, &issuer, kind)?;
        for verifier in &clients {
            let right = keyless(&issuer, WHO);
            let right: Vec<&str> = right.iter().map(String::as_str).collect();
            judge(&stack, verifier, &files, &right)?;
            let wrong = keyless(&issuer, "mallory@example.com");
            let mut wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            wrong.push(text(&files.artifact));
            verify(&stack, verifier, &files, SLSA, &wrong)?
                .expect(1)?
                .says("expected SAN value \"mallory@example.com\", got \"alice@example.com\"")?;
        }
    }
    Ok(())
}

#[test]
fn compat_15_each_client_verifies_by_file_and_digest_what_the_other_attests() -> Result<()> {
    every_pair(None, "hashedrekord", "0.0.2")
}

#[test]
fn compat_15_each_client_verifies_what_the_other_attests_in_a_log_of_version_one() -> Result<()> {
    every_pair(Some("signing_config.rekor_v1.json"), "dsse", "0.0.1")
}

#[test]
fn compat_15_a_key_attests_for_both_clients() -> Result<()> {
    let stack = Stack::start()?;
    let files = Files::new(&stack)?;
    let ours = cosign();
    let real = peers::cosign();
    let clients: Vec<&PathBuf> = real.iter().chain([&ours]).collect();
    let prefix = stack.file("cosign");
    let generate = ["generate-key-pair", "--output-key-prefix", text(&prefix)];
    client(&stack, &ours, &generate)?.expect(0)?;
    let (private, public) = (stack.file("cosign.key"), stack.file("cosign.pub"));
    for signer in &clients {
        attest(&stack, signer, &files, &["--key", text(&private)])?.expect(0)?;
        for verifier in &clients {
            judge(&stack, verifier, &files, &["--key", text(&public)])?;
        }
    }
    Ok(())
}

#[test]
fn sigstore_python_and_ours_verify_what_the_other_attests() -> Result<()> {
    let Some(python) = peers::sigstore_python() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let files = Files::new(&stack)?;
    let ours = cosign();
    let issuer = format!("{}/oidc", stack.url());
    let config = stack.data().join("trust/client_trust_config.json");
    let with_config = ["--trust-config", text(&config)];

    let token = stack.token(WHO)?;
    attest(&stack, &ours, &files, &["--identity-token", &token])?.expect(0)?;
    let python_verifies = |artifact: &Path| -> Result<Outcome> {
        let rest = [
            "verify",
            "identity",
            "--cert-identity",
            WHO,
            "--cert-oidc-issuer",
            &issuer,
            "--bundle",
            text(&files.bundle),
            text(artifact),
        ];
        client(&stack, &python, &[&with_config[..], &rest].concat())
    };
    // It reads statements of version 1 only, and ours writes the version that the real cosign writes.
    python_verifies(&files.artifact)?
        .expect(1)?
        .says("malformed in-toto statement")?;
    let digest = sigbox_crypto::sha256(&std::fs::read(&files.artifact)?);
    let statement = stack.write(
        "statement.json",
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "artifact", "digest": {"sha256": Hash::from_bytes(digest).to_string()}}],
            "predicateType": SLSA,
            "predicate": {},
        })
        .to_string(),
    )?;
    let token = stack.token(WHO)?;
    let sign = [
        "attest-blob",
        "--identity-token",
        &token,
        "--statement",
        text(&statement),
        "--bundle",
        text(&files.bundle),
        text(&files.artifact),
    ];
    client(&stack, &ours, &sign)?.expect(0)?;
    python_verifies(&files.artifact)?.expect(0)?;
    python_verifies(&files.other)?.expect(1)?;

    std::fs::remove_file(&files.bundle)?;
    let token = stack.token(WHO)?;
    let rest = [
        "attest",
        "--identity-token",
        &token,
        "--predicate",
        text(&files.predicate),
        "--predicate-type",
        SLSA,
        "--bundle",
        text(&files.bundle),
        text(&files.artifact),
    ];
    client(&stack, &python, &[&with_config[..], &rest].concat())?.expect(0)?;
    let who = keyless(&issuer, WHO);
    let who: Vec<&str> = who.iter().map(String::as_str).collect();
    judge(&stack, &ours, &files, &who)
}
