//! The statements that `attest-blob` makes of predicates, type by type: ours and the real cosign's say the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, cosign, peers, run};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const WHEN: &str = "2026-01-31T12:00:00Z";

/// A folder with a key, a file, and a signing config that names no service.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Result<Self> {
        let desk = Self(tempfile::tempdir()?);
        desk.write("artifact", "something is said about this\n")?;
        desk.write("empty.json", NO_SERVICES)?;
        desk.run(&cosign(), &["generate-key-pair"])?.expect(0)?;
        Ok(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> Result<()> {
        Ok(std::fs::write(self.path(name), content)?)
    }

    /// The root's file need not be there: that it is named keeps the real client from asking the public service.
    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.0.path());
        command
            .env("HOME", self.0.path())
            .env("COSIGN_PASSWORD", "pw");
        if program != cosign() {
            command.env("SIGSTORE_ROOT_FILE", self.path("none.pem"));
        }
        run(command.args(arguments))
    }

    fn attest(&self, program: &Path, name: &str, predicate: &str) -> Result<Outcome> {
        self.write("predicate", predicate)?;
        let with = [
            "attest-blob",
            "--yes",
            "--key",
            "cosign.key",
            "--signing-config",
            "empty.json",
        ];
        let what = [
            "--predicate",
            "predicate",
            "--type",
            name,
            "--bundle",
            "bundle.json",
            "artifact",
        ];
        self.run(program, &[with.as_slice(), &what].concat())
    }

    /// The statement in the bundle that was written last.
    fn statement(&self) -> Result<Value> {
        let bundle: Value = serde_json::from_slice(&std::fs::read(self.path("bundle.json"))?)?;
        let payload = bundle["dsseEnvelope"]["payload"]
            .as_str()
            .context("payload")?;
        Ok(serde_json::from_slice(&BASE64_STANDARD.decode(payload)?)?)
    }

    fn verify(&self, program: &Path, name: &str) -> Result<Outcome> {
        let with = [
            "verify-blob-attestation",
            "--key",
            "cosign.pub",
            "--insecure-ignore-tlog",
        ];
        let what = ["--bundle", "bundle.json", "--type", name, "artifact"];
        self.run(program, &[with.as_slice(), &what].concat())
    }
}

/// A predicate of every type, whole: with all the members that the type has.
fn whole() -> Vec<(&'static str, Value)> {
    let slsa_02 = json!({
        "builder": {"id": "https://example.com/builder"},
        "buildType": "https://example.com/type",
        "invocation": {
            "configSource": {"uri": "git+https://example.com/r", "digest": {"sha1": "00"}, "entryPoint": "make"},
            "parameters": {"a": 1}, "environment": {"b": [true, null, 1.5]},
        },
        "buildConfig": {"steps": []},
        "metadata": {
            "buildInvocationId": "7", "buildStartedOn": WHEN, "buildFinishedOn": WHEN,
            "completeness": {"parameters": true, "environment": true, "materials": true}, "reproducible": true,
        },
        "materials": [{"uri": "pkg:deb/a", "digest": {"sha256": "00"}}],
    });
    let resource = json!({
        "name": "n", "uri": "u", "digest": {"sha256": "00"}, "content": "AQ==", "downloadLocation": "d",
        "mediaType": "m", "annotations": {"k": "v"},
    });
    let slsa_1 = json!({
        "buildDefinition": {
            "buildType": "https://example.com/type", "externalParameters": {"a": "ü<>&"}, "internalParameters": {"b": 2},
            "resolvedDependencies": [resource],
        },
        "runDetails": {
            "builder": {"id": "https://example.com/builder", "version": {"x": "1"}, "builderDependencies": [resource]},
            "metadata": {"invocationID": "7", "startedOn": WHEN, "finishedOn": WHEN},
            "byproducts": [resource],
        },
    });
    let any = json!({"bomFormat": "x", "list": [1, "two", {"three": 3.25}], "nothing": null, "yes": true});
    vec![
        ("custom", json!({"free": "text"})),
        (
            "https://cosign.sigstore.dev/attestation/v1",
            json!({"free": "text"}),
        ),
        ("slsaprovenance", slsa_02.clone()),
        ("slsaprovenance02", slsa_02),
        ("slsaprovenance1", slsa_1),
        (
            "link",
            json!({
                "_type": "link", "name": "build", "materials": {"a": {"sha256": "00"}}, "products": {},
                "byproducts": {"return-value": 0}, "command": ["make", "all"], "environment": {},
            }),
        ),
        ("spdxjson", any.clone()),
        ("cyclonedx", any.clone()),
        (
            "vuln",
            json!({
                "invocation": {"parameters": ["-q"], "uri": "u", "event_id": "e", "builder.id": "b"},
                "scanner": {"uri": "pkg:s", "version": "1", "db": {"uri": "d", "version": "2"}, "result": {"found": []}},
                "metadata": {"scanStartedOn": WHEN, "scanFinishedOn": WHEN},
            }),
        ),
        ("openvex", any.clone()),
        ("https://example.com/own/v1", any),
    ]
}

/// Takes the one thing out that differs from run to run.
fn without_time(mut statement: Value) -> Result<Value> {
    if let Some(time) = statement["predicate"].get_mut("Timestamp") {
        let text = time.as_str().context("text")?;
        ensure!(text.len() == WHEN.len() && text.ends_with('Z'), "{text}");
        *time = Value::Null;
    }
    Ok(statement)
}

#[test]
fn compat_13_each_type_makes_the_statement_that_the_real_client_makes() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let (desk, ours) = (Desk::new()?, cosign());
    for (name, predicate) in whole() {
        let mut statements = Vec::new();
        for (signer, verifier) in [(&real, &ours), (&ours, &real)] {
            desk.attest(signer, name, &predicate.to_string())?
                .expect(0)?;
            statements.push(without_time(desk.statement()?)?);
            desk.verify(verifier, name)?
                .expect(0)?
                .says("Verified OK")?;
        }
        ensure!(statements[0] == statements[1], "{name}: {statements:#?}");
    }
    Ok(())
}

#[test]
fn compat_13_both_refuse_what_does_not_fit_its_type() -> Result<()> {
    let (desk, ours) = (Desk::new()?, cosign());
    let clients: Vec<PathBuf> = peers::cosign().into_iter().chain([ours]).collect();
    for (name, predicate, says) in [
        (
            "link",
            "{}",
            "Error: link statement: required field _type missing",
        ),
        (
            "link",
            r#"{"_type":"link"}"#,
            "Error: link statement: required field name missing",
        ),
        (
            "slsaprovenance",
            r#"{"builder":[]}"#,
            "Error: unmarshal Provenance predicate: ",
        ),
        (
            "slsaprovenance02",
            r#"{"metadata":{"buildStartedOn":"today"}}"#,
            "Error: unmarshal Provenance predicate: ",
        ),
        (
            "slsaprovenance1",
            r#"{"buildDefinition":{"externalParameters":[]}}"#,
            "Error: unmarshal Provenance predicate: ",
        ),
        ("vuln", r#"{"scanner":1}"#, "Error: "),
        (
            "vuln",
            r#"{"metadata":{"scanStartedOn":"2026-01-31 12:00:00Z"}}"#,
            "Error: ",
        ),
        ("spdxjson", "[]", "Error: "),
        ("cyclonedx", "text", "Error: "),
        (
            "https://example.com/own/v1",
            "[]",
            "Error: invalid JSON payload for predicate type https://example.com/own/v1: ",
        ),
    ] {
        for client in &clients {
            desk.attest(client, name, predicate)?
                .expect(1)?
                .says(says)?;
            ensure!(!desk.path("bundle.json").exists(), "{name}: {predicate}");
        }
    }
    Ok(())
}

/// `--statement`, `--hash`, and what a verifier says who has not named the type.
#[test]
fn compat_14_statements_hashes_and_the_default_type_are_alike() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let (desk, ours) = (Desk::new()?, cosign());
    let digest = sigbox_crypto::sha256(&std::fs::read(desk.path("artifact"))?);
    let digest = sigbox_tlog::Hash::from_bytes(digest).to_string();
    let kind = "https://example.com/own/v1";
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "artifact", "digest": {"sha256": digest}}],
        "predicateType": kind, "predicate": {"a": [1, "two"]},
    });
    desk.write("statement.json", &statement.to_string())?;
    desk.write("predicate", r#"{"a":1}"#)?;
    let keyed = [
        "attest-blob",
        "--yes",
        "--key",
        "cosign.key",
        "--signing-config",
        "empty.json",
        "--bundle",
        "bundle.json",
    ];
    let mut hashed = Vec::new();
    for (signer, verifier) in [(&real, &ours), (&ours, &real)] {
        let whole = ["--statement", "statement.json", "artifact"];
        desk.run(signer, &[&keyed[..], &whole].concat())?
            .expect(0)?;
        ensure!(desk.statement()? == statement, "{}", desk.statement()?);
        desk.verify(verifier, kind)?
            .expect(0)?
            .says("Verified OK")?;
        // Without its type it is expected to be of the default one.
        for client in [&real, &ours] {
            let unnamed = [
                "verify-blob-attestation",
                "--key",
                "cosign.pub",
                "--insecure-ignore-tlog",
            ];
            let rest = ["--bundle", "bundle.json", "artifact"];
            desk.run(client, &[&unnamed[..], &rest].concat())?
                .expect(1)?
                .says(&format!(
                    "Error: invalid predicate type, expected custom got {kind}"
                ))?;
        }
        let by_hash = [
            "--predicate",
            "predicate",
            "--type",
            kind,
            "--hash",
            &digest,
            "artifact",
        ];
        desk.run(signer, &[&keyed[..], &by_hash].concat())?
            .expect(0)?;
        desk.verify(verifier, kind)?
            .expect(0)?
            .says("Verified OK")?;
        hashed.push(desk.statement()?);
    }
    ensure!(hashed[0] == hashed[1], "{hashed:#?}");
    Ok(())
}

/// `docs/spec-divergences.md`: what is signed is what was given.
#[test]
fn members_that_the_real_client_drops_or_invents_are_left_as_given() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let (desk, ours) = (Desk::new()?, cosign());
    let nobody = json!({"parameters": null, "uri": "", "event_id": "", "builder.id": ""});
    let nothing =
        json!({"uri": "", "version": "", "db": {"uri": "", "version": ""}, "result": null});
    let never = "0001-01-01T00:00:00Z";
    let empty_scan = json!({
        "invocation": nobody, "scanner": nothing, "metadata": {"scanStartedOn": never, "scanFinishedOn": never},
    });
    for (name, given, theirs) in [
        ("slsaprovenance1", r#"{"a":1}"#, json!({})),
        ("vuln", "{}", empty_scan),
        (
            "cyclonedx",
            r#"{"n":9007199254740993}"#,
            json!({"n": 9_007_199_254_740_992_u64}),
        ),
    ] {
        desk.attest(&real, name, given)?.expect(0)?;
        ensure!(
            desk.statement()?["predicate"] == theirs,
            "{name}: {}",
            desk.statement()?
        );
        desk.attest(&ours, name, given)?.expect(0)?;
        let given: Value = serde_json::from_str(given)?;
        ensure!(desk.statement()?["predicate"] == given, "{name}");
        desk.verify(&real, name)?.expect(0)?;
    }
    let twice = r#"{"a":1,"a":2}"#;
    desk.attest(&real, "cyclonedx", twice)?.expect(0)?;
    desk.attest(&ours, "cyclonedx", twice)?
        .expect(1)?
        .says("member `a` is given twice in one object")?;
    Ok(())
}
