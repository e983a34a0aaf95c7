//! The clients of the compatibility matrix: each signs and verifies in every way that it has.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::outcome::{Outcome, run};
use crate::peers::{self, SigstoreJs};
use crate::stack::Stack;

mod way;

pub use way::{Content, Expected, Log, Program, Signer, Way};

const WHO: &str = "alice@example.com";
const MALLORY: &str = "mallory@example.com";
/// The one predicate that all clients make.
const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// Every client, with an instance that all of them use.
pub struct Clients {
    stack: Stack,
    cosign: PathBuf,
    python: PathBuf,
    js: SigstoreJs,
    artifact: PathBuf,
    predicate: PathBuf,
    statement: PathBuf,
    python_v1: PathBuf,
}

impl Clients {
    /// Starts the instance; none when a client is missing.
    pub fn find() -> Result<Option<Self>> {
        let (Some(cosign), Some(python), Some(js)) = (
            peers::cosign(),
            peers::sigstore_python(),
            peers::sigstore_js(),
        ) else {
            return Ok(None);
        };
        let stack = Stack::start()?;
        let content = "signed by each, verified by all\n";
        let digest =
            sigbox_tlog::Hash::from_bytes(sigbox_crypto::sha256(content.as_bytes())).to_string();
        let predicate = json!({
            "buildDefinition": {"buildType": "https://example.com/build", "externalParameters": {}},
            "runDetails": {"builder": {"id": "https://example.com/builder"}},
        });
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "artifact", "digest": {"sha256": digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        });
        let clients = Self {
            artifact: stack.write("artifact", content)?,
            predicate: stack.write("predicate.json", predicate.to_string())?,
            statement: stack.write("statement.json", statement.to_string())?,
            python_v1: stack.trust_config_v1()?,
            cosign,
            python,
            js,
            stack,
        };
        for name in ["right", "other"] {
            let mut generate = clients.cosign_like(Program::Cosign)?;
            generate.args(["generate-key-pair", "--output-key-prefix"]);
            run(generate.arg(clients.stack.file(name)))?.expect(0)?;
        }
        Ok(Some(clients))
    }

    /// A scratch file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.stack.file(name)
    }

    /// What the real clients say of themselves, in the order cosign, sigstore-python, sigstore-js, its verifier, the newer verifier.
    pub fn versions(&self) -> Result<[String; 5]> {
        let cosign = run(self.stack.command(&self.cosign)?.arg("version"))?.expect(0)?;
        let cosign = cosign
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("GitVersion:"))
            .context("cosign tells no version")?;
        let python = run(self.stack.command(&self.python)?.arg("--version"))?.expect(0)?;
        let python = python.stdout.trim().trim_start_matches("sigstore ");
        Ok([
            cosign.trim().to_owned(),
            python.to_owned(),
            self.js.version("sigstore")?,
            self.js.version("@sigstore/verify")?,
            self.js.version("verify-newer")?,
        ])
    }

    /// Signs, and writes the bundle.
    pub fn sign(&self, way: Way, bundle: &Path) -> Result<Outcome> {
        match way.program {
            Program::Cosign | Program::Ours => self.sign_by_cosign(way, bundle),
            Program::Python => {
                let mut sign = self.stack.command(&self.python)?;
                sign.arg("--trust-config").arg(self.python_config(way.log));
                match way.content {
                    Content::Blob => sign.arg("sign"),
                    Content::Attestation => sign
                        .args(["attest", "--predicate-type", PREDICATE_TYPE])
                        .arg("--predicate")
                        .arg(&self.predicate),
                };
                sign.args(["--identity-token", &self.stack.token(WHO)?, "--bundle"]);
                run(sign.args([bundle, &self.artifact]))
            }
            Program::Js | Program::JsNewer => {
                let (kind, signed) = match way.content {
                    Content::Blob => ("messageSignature", &self.artifact),
                    Content::Attestation => ("dsseEnvelope", &self.statement),
                };
                let request = json!({
                    "by": "config", "kind": kind, "artifact": signed, "bundle": bundle,
                    "token": self.stack.token(WHO)?, "signingConfig": self.signing_config(way.log),
                });
                self.js.run(&self.stack, "sign", &request)
            }
        }
    }

    /// A verdict on the bundle that was signed in a way.
    pub fn verify(
        &self,
        way: Way,
        bundle: &Path,
        verifier: Program,
        expected: Expected,
    ) -> Result<Outcome> {
        let identity = match expected {
            Expected::Right => WHO,
            Expected::Other => MALLORY,
        };
        let issuer = format!("{}/oidc", self.stack.url());
        match verifier {
            Program::Cosign | Program::Ours => {
                let mut verify = self.cosign_like(verifier)?;
                match way.content {
                    Content::Blob => verify.arg("verify-blob"),
                    Content::Attestation => {
                        verify.args(["verify-blob-attestation", "--type", PREDICATE_TYPE])
                    }
                };
                match way.signer {
                    Signer::Keyless => verify
                        .args(["--certificate-identity", identity])
                        .args(["--certificate-oidc-issuer", &issuer]),
                    Signer::Key => verify.arg("--key").arg(self.key(expected)),
                };
                run(verify.arg("--bundle").args([bundle, &self.artifact]))
            }
            Program::Python => {
                let mut verify = self.stack.command(&self.python)?;
                verify
                    .arg("--trust-config")
                    .arg(self.python_config(way.log))
                    .args(["verify", "identity", "--cert-identity", identity])
                    .args(["--cert-oidc-issuer", &issuer, "--bundle"]);
                run(verify.args([bundle, &self.artifact]))
            }
            Program::Js | Program::JsNewer => {
                let with = match verifier {
                    Program::JsNewer => "verify-newer",
                    _ => "@sigstore/verify",
                };
                let trusted_root = self.stack.data().join("trust/trusted_root.json");
                let request = match way.signer {
                    Signer::Keyless => json!({
                        "with": with, "artifact": self.artifact, "bundle": bundle, "trustedRoot": trusted_root,
                        "identity": identity, "issuer": issuer,
                    }),
                    Signer::Key => json!({
                        "with": with, "artifact": self.artifact, "bundle": bundle, "trustedRoot": trusted_root,
                        "keyHint": self.file("right.pub"), "key": self.key(expected),
                    }),
                };
                self.js.run(&self.stack, "verify", &request)
            }
        }
    }

    fn sign_by_cosign(&self, way: Way, bundle: &Path) -> Result<Outcome> {
        let mut sign = self.cosign_like(way.program)?;
        match way.content {
            Content::Blob => sign.arg("sign-blob"),
            Content::Attestation => sign
                .args(["attest-blob", "--type", PREDICATE_TYPE, "--predicate"])
                .arg(&self.predicate),
        };
        match way.signer {
            Signer::Keyless => sign.args(["--identity-token", &self.stack.token(WHO)?]),
            Signer::Key => sign.arg("--key").arg(self.file("right.key")),
        };
        sign.args(["--yes", "--signing-config"])
            .arg(self.signing_config(way.log));
        run(sign.arg("--bundle").args([bundle, &self.artifact]))
    }

    /// The public key that a verifier is given.
    fn key(&self, expected: Expected) -> PathBuf {
        self.file(match expected {
            Expected::Right => "right.pub",
            Expected::Other => "other.pub",
        })
    }

    /// A cosign, with the password of all keys here.
    fn cosign_like(&self, program: Program) -> Result<Command> {
        let mut command = match program {
            Program::Ours => self.stack.command(&crate::cosign())?,
            _ => self.stack.command(&self.cosign)?,
        };
        command.env("COSIGN_PASSWORD", "pw");
        Ok(command)
    }

    fn signing_config(&self, log: Log) -> PathBuf {
        self.stack.data().join(match log {
            Log::V1 => "trust/signing_config.rekor_v1.json",
            Log::V2 => "trust/signing_config.v0.2.json",
        })
    }

    fn python_config(&self, log: Log) -> PathBuf {
        match log {
            Log::V1 => self.python_v1.clone(),
            Log::V2 => self.stack.data().join("trust/client_trust_config.json"),
        }
    }
}
