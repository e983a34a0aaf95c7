//! The protocol of sigstore-conformance: what our `conformance sign-bundle` writes is verified by real cosign v3.1.3 in the words
//! of its own wrapper for the suite, and `verify-bundle` judges what the real client signs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const CONFIGS: [&str; 2] = ["signing_config.v0.2.json", "signing_config.rekor_v1.json"];

/// The suite names every file, and gives flags in one order.
struct Suite {
    stack: Stack,
    real: PathBuf,
    token: String,
}

impl Suite {
    fn new() -> Result<Option<Self>> {
        let Some(real) = peers::cosign() else {
            return Ok(None);
        };
        let stack = Stack::start()?;
        let content = "signed for the suite\n";
        stack.write("a.txt", content)?;
        stack.write("b.txt", "not signed\n")?;
        let digest = sigbox_tlog::Hash::from_bytes(sigbox_crypto::sha256(content.as_bytes()));
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "a.txt", "digest": {"sha256": digest.to_string()}}],
            "predicateType": "https://example.com/suite/v1",
            "predicate": {},
        });
        stack.write("statement.json", statement.to_string())?;
        let token = stack.token(WHO)?;
        Ok(Some(Self { stack, real, token }))
    }

    /// Runs a client with nothing of the instance in its environment; `ROOT`, `CONFIG` and `TOKEN` stand for what they say.
    fn client(&self, program: &Path, config: &str, line: &str) -> Result<Outcome> {
        let mut command = std::process::Command::new(program);
        command
            .env_clear()
            .env("HOME", self.stack.file("."))
            .current_dir(self.stack.file("."));
        for word in line.split_whitespace() {
            match word {
                "ROOT" => command.arg(self.stack.data().join("trust/trusted_root.json")),
                "CONFIG" => command.arg(self.stack.data().join("trust").join(config)),
                "TOKEN" => command.arg(&self.token),
                "WHO" => command.arg(WHO),
                "ISSUER" => command.arg(format!("{}/oidc", self.stack.url())),
                other => command.arg(other),
            };
        }
        run(&mut command)
    }

    /// By file, by digest, and what must not verify.
    fn judged(&self, program: &Path, line: &str) -> Result<()> {
        let bundle: Value =
            serde_json::from_slice(&std::fs::read(self.stack.file("bundle.json"))?)?;
        let content = std::fs::read(self.stack.file("a.txt"))?;
        let digest = sigbox_tlog::Hash::from_bytes(sigbox_crypto::sha256(&content));
        let stamps = bundle.pointer("/verificationMaterial/timestampVerificationData");
        let stamped = stamps.and_then(|data| data.get("rfc3161Timestamps"));
        // The real client's wrapper looks into the bundle; ours does so by itself.
        let told = if program == self.real && stamped.is_some() {
            "--use-signed-timestamps"
        } else {
            ""
        };
        let verify = |identity: &str, artifact: &str| {
            let line = format!(
                "{line} {told} --bundle bundle.json --certificate-identity {identity} --certificate-oidc-issuer ISSUER \
                 --trusted-root ROOT {artifact}"
            );
            self.client(program, "", &line)
        };
        verify("WHO", "a.txt")?.expect(0)?;
        verify("WHO", &format!("sha256:{digest}"))?.expect(0)?;
        verify("WHO", "b.txt")?.expect(1)?;
        verify("mallory@example.com", "a.txt")?.expect(1)?;
        // No digest, but the name of a file that is not there.
        verify("WHO", "sha256:00")?.expect(1)?;
        Ok(())
    }
}

#[test]
fn compat_38_the_real_client_verifies_what_sign_bundle_writes() -> Result<()> {
    let Some(suite) = Suite::new()? else {
        return Ok(());
    };
    for config in CONFIGS {
        for signed in ["a.txt", "--in-toto statement.json"] {
            let (flag, file) = signed.split_once(' ').unwrap_or(("", signed));
            let sign = format!(
                "conformance sign-bundle {flag} --identity-token TOKEN --bundle bundle.json --trusted-root ROOT \
                 --signing-config CONFIG {file}"
            );
            let outcome = suite.client(&cosign(), config, &sign)?.expect(0)?;
            ensure!(outcome.stdout.is_empty(), "{outcome:?}");
            suite.judged(&suite.real, "verify-blob")?;
            suite.judged(&cosign(), "conformance verify-bundle")?;
        }
    }
    Ok(())
}

#[test]
fn compat_38_verify_bundle_judges_what_the_real_client_signs() -> Result<()> {
    let Some(suite) = Suite::new()? else {
        return Ok(());
    };
    for config in CONFIGS {
        for sign in [
            "sign-blob -y a.txt",
            "attest-blob -y --statement statement.json",
        ] {
            let sign = format!(
                "{sign} --bundle bundle.json --new-bundle-format --identity-token TOKEN --trusted-root ROOT \
                 --signing-config CONFIG"
            );
            suite.client(&suite.real, config, &sign)?.expect(0)?;
            suite.judged(&cosign(), "conformance verify-bundle")?;
        }
    }
    Ok(())
}

/// A key stands for an identity in the suite's cases with a `key.pub`.
#[test]
fn compat_38_a_key_is_taken_by_both() -> Result<()> {
    let Some(suite) = Suite::new()? else {
        return Ok(());
    };
    let mut make = suite.stack.command(&cosign())?;
    make.env("COSIGN_PASSWORD", "")
        .current_dir(suite.stack.file("."));
    run(make.arg("generate-key-pair"))?.expect(0)?;
    let mut sign = suite.stack.command(&suite.real)?;
    sign.env("COSIGN_PASSWORD", "")
        .current_dir(suite.stack.file("."));
    let flags = [
        "sign-blob",
        "-y",
        "--key",
        "cosign.key",
        "--bundle",
        "bundle.json",
        "a.txt",
    ];
    run(sign.args(flags))?.expect(0)?;
    let line = "--bundle bundle.json --key cosign.pub --trusted-root ROOT";
    for (program, verify) in [
        (&suite.real, "verify-blob"),
        (&cosign(), "conformance verify-bundle"),
    ] {
        for (file, code) in [("a.txt", 0), ("b.txt", 1)] {
            let verify = format!("{verify} {line} {file}");
            suite
                .client(program, "", &verify)?
                .expect(code)
                .with_context(|| verify.clone())?;
        }
    }
    Ok(())
}
