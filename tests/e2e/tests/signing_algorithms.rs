//! Keys of every kind: the real cosign verifies what they sign, and ours what it signs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::Result;
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};
use sigbox_tlog::Hash;

const WHO: &str = "alice@example.com";
const ALGORITHMS: [&str; 6] = [
    "ecdsa-sha2-256-nistp256",
    "ecdsa-sha2-384-nistp384",
    "ecdsa-sha2-512-nistp521",
    "rsa-sign-pkcs1-2048-sha256",
    "rsa-sign-pkcs1-3072-sha256",
    "rsa-sign-pkcs1-4096-sha256",
];

#[test]
fn compat_10_the_real_client_verifies_what_keys_of_every_kind_sign() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let issuer = format!("{}/oidc", stack.url());
    let artifact = stack.write("artifact", "signed by a key of every kind\n")?;
    let other = stack.write("other", "not signed\n")?;
    let bundle = stack.file("bundle.json");
    for algorithm in ALGORITHMS {
        let token = stack.token(WHO)?;
        let mut sign = stack.command(&ours)?;
        sign.args(["sign-blob", "--yes", "--identity-token", &token])
            .args(["--signing-algorithm", algorithm, "--bundle"])
            .args([&bundle, &artifact]);
        run(&mut sign)?.expect(0)?;
        for verifier in [&real, &ours] {
            let verify = |artifact| -> Result<_> {
                let mut verify = stack.command(verifier)?;
                verify
                    .args(["verify-blob", "--certificate-identity", WHO])
                    .args(["--certificate-oidc-issuer", &issuer, "--bundle"])
                    .args([&bundle, artifact]);
                run(&mut verify)
            };
            verify(&artifact)?.expect(0)?.says("Verified OK")?;
            verify(&other)?.expect(1)?.says("Error: ")?;
        }
    }
    Ok(())
}

/// A client with an empty password and without the trust of the instance: against that root the real client checks
/// its own bundle, and refuses it.
fn alone(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .current_dir(stack.file("."))
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env_remove("COSIGN_SIGNING_CONFIG")
        .env("COSIGN_PASSWORD", "")
        .args(arguments);
    run(&mut command)
}

/// Where no log takes part, Ed25519 signs the bytes: so the real client signs and verifies.
#[test]
fn an_ed25519_key_without_a_log_crosses_over() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let key = SigningKey::generate(KeyAlgorithm::Ed25519)?;
    stack.write("ed.pem", key.to_pkcs8_pem()?.as_bytes())?;
    let import = ["import-key-pair", "--yes", "--key", "ed.pem"];
    let import = [&import[..], &["--output-key-prefix", "ed"]].concat();
    alone(&stack, &real, &import)?.expect(0)?;
    let content = b"signed in a sealed room\n";
    stack.write("artifact", content)?;
    stack.write("other", "not signed\n")?;
    let digest = format!("sha256:{}", Hash::from_bytes(sha256(content)));
    let config = alone(&stack, &real, &["signing-config", "create"])?.expect(0)?;
    stack.write("empty.json", config.stdout)?;
    let no_log = ["--use-signing-config=false", "--tlog-upload=false"];
    let sign = ["sign-blob", "--yes", "--key", "ed.key", "artifact"];
    let verify = |verifier: &Path, evidence: [&str; 2], blob: &str| -> Result<Outcome> {
        let verify = ["verify-blob", "--insecure-ignore-tlog", "--key", "ed.pub"];
        alone(
            &stack,
            verifier,
            &[&verify[..], &evidence, &[blob]].concat(),
        )
    };
    let (bundle, signature) = (["--bundle", "b.json"], ["--signature", "b.sig"]);
    for signer in [&real, &ours] {
        for way in [&["--signing-config", "empty.json"][..], &no_log] {
            let sign = [&sign[..], way, &bundle].concat();
            alone(&stack, signer, &sign)?.expect(0)?;
            verify(&ours, bundle, "artifact")?
                .expect(0)?
                .says("Verified OK")?;
            verify(&ours, bundle, "other")?.expect(1)?;
            verify(&ours, bundle, &digest)?
                .expect(1)?
                .says("an Ed25519 signature without a log entry is over the artifact itself")?;
            let by_real = verify(&real, bundle, "artifact")?;
            if signer == &real {
                // Its bundle does not tell the artifact's digest, and without one it verifies nothing.
                by_real
                    .expect(1)?
                    .says("message is missing artifact digest")?;
            } else {
                by_real.expect(0)?.says("Verified OK")?;
                verify(&real, bundle, "other")?.expect(1)?;
            }
        }
        let old = ["--new-bundle-format=false", "--output-signature", "b.sig"];
        alone(&stack, signer, &[&sign[..], &no_log, &old].concat())?.expect(0)?;
        for verifier in [&real, &ours] {
            verify(verifier, signature, "artifact")?
                .expect(0)?
                .says("Verified OK")?;
            verify(verifier, signature, "other")?.expect(1)?;
        }
    }
    Ok(())
}
