//! Keyless bundles of the real cosign, verified by ours with nothing but the four files that `SIGSTORE_…` variables name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_crypto::PublicKey;
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const PREDICATE: &str = "https://example.com/p/v1";
const ROOT: &str = "SIGSTORE_ROOT_FILE";
const CT: &str = "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE";
const REKOR: &str = "SIGSTORE_REKOR_PUBLIC_KEY";
const TSA: &str = "SIGSTORE_TSA_CERTIFICATE_FILE";
/// Each variable with its file, and the check that needs it.
const FILES: [(&str, &str, &str); 4] = [
    (
        REKOR,
        "rekor.pub",
        "transparency-log (the transparency log's proof)",
    ),
    (
        TSA,
        "tsa_chain.pem",
        "signed-time (the timestamp on the signature)",
    ),
    (
        ROOT,
        "fulcio_chain.pem",
        "certificate-chain (the certificate's chain)",
    ),
    (
        CT,
        "ctfe.pub",
        "certificate-transparency (the certificate's SCT)",
    ),
];

/// A bundle of the real cosign, and what our own is asked about it.
struct Signed<'a> {
    stack: &'a Stack,
    statement: bool,
    artifact: PathBuf,
    bundle: PathBuf,
}

impl<'a> Signed<'a> {
    fn new(stack: &'a Stack, real: &Path, config: &str, statement: bool) -> Result<Self> {
        let signed = Self {
            stack,
            statement,
            artifact: stack.write("artifact", "trusted by four files\n")?,
            bundle: stack.file(&format!("{config}.{statement}.bundle")),
        };
        let mut sign = stack.command(real)?;
        if statement {
            let predicate = stack.write("predicate", r#"{"a":1}"#)?;
            sign.args(["attest-blob", "--type", PREDICATE, "--predicate"])
                .arg(predicate);
        } else {
            sign.arg("sign-blob");
        }
        sign.args(["--yes", "--identity-token", &stack.token(WHO)?])
            .arg("--signing-config")
            .arg(stack.data().join("trust").join(config))
            .arg("--bundle")
            .args([&signed.bundle, &signed.artifact]);
        run(&mut sign)?.expect(0)?;
        Ok(signed)
    }

    /// Verifies with these variables, and nothing else in the environment or on the command line.
    fn verify(&self, files: &[(&str, PathBuf)]) -> Result<Outcome> {
        let mut verify = Command::new(cosign());
        verify
            .env_clear()
            .envs(files.iter().map(|one| (one.0, &one.1)));
        if self.statement {
            verify.args(["verify-blob-attestation", "--type", PREDICATE]);
        } else {
            verify.arg("verify-blob");
        }
        verify
            .args(["--certificate-identity", WHO])
            .arg("--certificate-oidc-issuer")
            .arg(format!("{}/oidc", self.stack.url()))
            .arg("--bundle")
            .args([&self.bundle, &self.artifact]);
        run(&mut verify)
    }

    /// All four files, without one or with another instance's in its place.
    fn files(&self, other: Option<(&str, Option<&Stack>)>) -> Vec<(&'static str, PathBuf)> {
        let of = |variable: &str| match other {
            Some((named, stack)) if named == variable => stack,
            _ => Some(self.stack),
        };
        let file = |one: &(&'static str, &str, &str)| {
            Some((one.0, of(one.0)?.data().join("trust").join(one.1)))
        };
        FILES.iter().filter_map(file).collect()
    }

    fn verified(&self, files: &[(&str, PathBuf)]) -> Result<()> {
        let outcome = self.verify(files)?.expect(0)?;
        ensure!(
            outcome.stdout.is_empty() && outcome.stderr == "Verified OK\n",
            "{outcome:?}"
        );
        Ok(())
    }

    /// With each file missing in turn: check and variable are named, or it was not needed.
    fn each_missing(&self, needed: &[&str]) -> Result<()> {
        self.verified(&self.files(None))?;
        for (variable, _, check) in FILES {
            let files = self.files(Some((variable, None)));
            if !needed.contains(&variable) {
                self.verified(&files)?;
                continue;
            }
            let outcome = self.verify(&files)?.expect(1)?;
            let expected = format!(
                "Error: incomplete trust material: {variable} is not set\n  cause: check {check} needs {variable}\nhint: run \
                 `eval \"$(sigbox env)\"` where the instance is, or give --trusted-root FILE instead of the variables\n"
            );
            ensure!(
                outcome.stdout.is_empty() && outcome.stderr == expected,
                "{outcome:?}"
            );
        }
        Ok(())
    }

    /// With another instance's file in each place in turn: check and what was found are named.
    fn each_of_another(&self, other: &Stack, refusals: &[(&str, &str, Vec<String>)]) -> Result<()> {
        for (variable, check, texts) in refusals {
            let files = self.files(Some((variable, Some(other))));
            let mut outcome = self
                .verify(&files)?
                .expect(1)?
                .says(&format!("\n  check: {check}\n"))?
                .says(&format!(
                    "made with another instance than the one of {variable} ("
                ))?;
            for text in texts {
                outcome = outcome.says(text)?;
            }
        }
        Ok(())
    }
}

/// The log ids of a file of keys.
fn ids(stack: &Stack, file: &str) -> Result<Vec<String>> {
    let keys = PublicKey::all_from_pem(&String::from_utf8(stack.trust(file)?)?)?;
    let id = |key: &PublicKey| sigbox_wire::proto_json::encode_base64(&key.key_id());
    Ok(keys.iter().map(id).collect())
}

#[test]
fn compat_29_four_files_are_enough_and_each_is_missed_or_refused_by_name() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let (stack, other) = (Stack::start()?, Stack::start()?);
    let [rekor, ct] = [ids(&stack, "rekor.pub")?, ids(&stack, "ctfe.pub")?];
    let [their_rekor, their_ct] = [ids(&other, "rekor.pub")?, ids(&other, "ctfe.pub")?];
    let chain = |stack: &Stack, file: &str| -> Result<Vec<sigbox_crypto::Certificate>> {
        let text = String::from_utf8(stack.trust(file)?)?;
        Ok(sigbox_crypto::Certificate::chain_from_pem(&text)?)
    };
    let hex = |bytes: &[u8]| {
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let issuer = &chain(&stack, "fulcio_chain.pem")?[0];
    let their_roots = chain(&other, "fulcio_chain.pem")?;
    let their_root = their_roots.last().unwrap();
    let (tsa, their_tsa) = (
        &chain(&stack, "tsa_chain.pem")?[0],
        &chain(&other, "tsa_chain.pem")?[0],
    );
    for (config, log, needed) in [
        (
            "signing_config.v0.2.json",
            &rekor[1],
            &[ROOT, CT, REKOR, TSA][..],
        ),
        (
            "signing_config.rekor_v1.json",
            &rekor[0],
            &[ROOT, CT, REKOR],
        ),
    ] {
        let mut refusals = vec![
            (
                ROOT,
                "certificate-chain",
                vec![
                    format!(
                        "issued by `{}` (key {})",
                        issuer.display_name(),
                        hex(issuer.subject_key_id().unwrap())
                    ),
                    format!(
                        "`{}` (SHA-256 {})",
                        their_root.display_name(),
                        hex(&their_root.fingerprint())
                    ),
                ],
            ),
            (
                CT,
                "certificate-transparency",
                vec![format!(
                    "CT log {} is not in the trusted root, which holds {}",
                    ct[0], their_ct[0]
                )],
            ),
            (
                REKOR,
                "transparency-log",
                vec![format!(
                    "log {log} is not in the trusted root, which holds {}",
                    their_rekor.join(", ")
                )],
            ),
        ];
        if needed.contains(&TSA) {
            let texts = vec![
                format!("holds, which are `{}`", their_tsa.display_name()),
                hex(tsa.serial()),
                hex(their_tsa.serial()),
            ];
            refusals.push((TSA, "signed-time", texts));
        }
        for statement in [false, true] {
            let signed = Signed::new(&stack, &real, config, statement)?;
            let json: Value = serde_json::from_slice(&std::fs::read(&signed.bundle)?)?;
            let entries = &json["verificationMaterial"]["tlogEntries"];
            ensure!(entries[0]["logId"]["keyId"] == **log, "{json}");
            signed.each_missing(needed)?;
            signed.each_of_another(&other, &refusals)?;
        }
    }
    Ok(())
}
