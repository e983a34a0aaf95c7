//! The real clients against the version 1 log: with its signing config, and as older ones do it, by nothing but URLs and PEM files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";

/// Asks any cosign to verify, by the two documents of the environment.
fn verify(stack: &Stack, program: &Path, bundle: &Path, artifact: &Path) -> Result<Outcome> {
    let mut verify = stack.command(program)?;
    verify
        .args(["verify-blob", "--certificate-identity", WHO])
        .args([
            "--certificate-oidc-issuer",
            &format!("{}/oidc", stack.url()),
        ])
        .arg("--bundle")
        .args([bundle, artifact]);
    run(&mut verify)
}

/// The bundle's only log entry: of version 1, with a promise, and with no timestamp beside it.
fn promised_entry(bundle: &Path) -> Result<Value> {
    let bundle: Value = serde_json::from_slice(&std::fs::read(bundle)?)?;
    let material = &bundle["verificationMaterial"];
    let entries = material["tlogEntries"].as_array().unwrap();
    ensure!(entries.len() == 1, "{bundle}");
    ensure!(entries[0]["kindVersion"]["version"] == "0.0.1", "{bundle}");
    ensure!(
        entries[0]["inclusionPromise"]["signedEntryTimestamp"].is_string(),
        "{bundle}"
    );
    ensure!(
        material["timestampVerificationData"]["rfc3161Timestamps"]
            .as_array()
            .is_none_or(Vec::is_empty),
        "{bundle}"
    );
    Ok(entries[0].clone())
}

#[test]
fn real_cosign_signs_with_version_one_and_everybody_verifies() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let artifact = stack.write("artifact", "logged by version 1\n")?;
    let bundle = stack.file("bundle.json");
    let mut sign = stack.command(&real)?;
    sign.args(["sign-blob", "--yes", "--identity-token", &stack.token(WHO)?])
        .arg("--signing-config")
        .arg(&config)
        .arg("--bundle")
        .args([&bundle, &artifact]);
    run(&mut sign)?.expect(0)?;
    let entry = promised_entry(&bundle)?;
    // Index 0 is the log's own.
    ensure!(entry["logIndex"] == "1", "{entry}");

    let other = stack.write("other", "not logged\n")?;
    for program in [&real, &cosign()] {
        verify(&stack, program, &bundle, &artifact)?
            .expect(0)?
            .says("Verified OK")?;
        verify(&stack, program, &bundle, &other)?.expect(1)?;
    }
    Ok(())
}

/// Signs by the version 1 config with ours, and has real cosign verify with nothing but the trusted root.
#[test]
fn ours_signs_with_version_one_and_everybody_verifies() -> Result<()> {
    let stack = Stack::start()?;
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let artifact = stack.write("artifact", "logged by version 1, by ours\n")?;
    let bundle = stack.file("bundle.json");
    let mut sign = stack.command(&cosign())?;
    sign.args(["sign-blob", "--identity-token", &stack.token(WHO)?])
        .arg("--signing-config")
        .arg(&config)
        .arg("--bundle")
        .args([&bundle, &artifact]);
    run(&mut sign)?
        .expect(0)?
        .says("tlog entry created with index: 1")?;
    let entry = promised_entry(&bundle)?;
    ensure!(entry["logIndex"] == "1", "{entry}");
    ensure!(entry["kindVersion"]["kind"] == "hashedrekord", "{entry}");
    ensure!(entry["integratedTime"].is_string(), "{entry}");

    let other = stack.write("other", "not logged\n")?;
    verify(&stack, &cosign(), &bundle, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    verify(&stack, &cosign(), &bundle, &other)?.expect(1)?;
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let by_flag = |artifact: &Path| -> Result<Outcome> {
        let mut verify = stack.command(&real)?;
        verify
            .env_remove("COSIGN_TRUSTED_ROOT")
            .args(["verify-blob", "--certificate-identity", WHO])
            .args([
                "--certificate-oidc-issuer",
                &format!("{}/oidc", stack.url()),
            ])
            .arg("--trusted-root")
            .arg(stack.data().join("trust/trusted_root.json"))
            .arg("--bundle")
            .args([bundle.as_path(), artifact]);
        run(&mut verify)
    };
    by_flag(&artifact)?.expect(0)?.says("Verified OK")?;
    by_flag(&other)?.expect(1)?;
    Ok(())
}

/// A key's signature that is made the same way twice is one entry; the second attempt is told where the first one is.
#[test]
fn ours_names_the_entry_that_version_one_has_already() -> Result<()> {
    let Some(openssl) = peers::on_path("openssl") else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let artifact = stack.write("artifact", "signed by a key, twice\n")?;
    let generated = Command::new(&openssl)
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt"])
        .args(["rsa_keygen_bits:2048", "-out"])
        .arg(stack.file("rsa.pem"))
        .output()?;
    ensure!(generated.status.success(), "{generated:?}");
    let mut import = stack.command(&cosign())?;
    import
        .env("COSIGN_PASSWORD", "secret")
        .args(["import-key-pair", "--key"])
        .arg(stack.file("rsa.pem"))
        .arg("--output-key-prefix")
        .arg(stack.file("own"));
    run(&mut import)?.expect(0)?;
    let bundle = stack.file("bundle.json");
    let sign = || -> Result<Outcome> {
        let mut sign = stack.command(&cosign())?;
        sign.env("COSIGN_PASSWORD", "secret")
            .args(["sign-blob", "--key"])
            .arg(stack.file("own.key"))
            .arg("--signing-config")
            .arg(&config)
            .arg("--bundle")
            .args([&bundle, &artifact]);
        run(&mut sign)
    };
    sign()?.expect(0)?;
    promised_entry(&bundle)?;
    for program in peers::cosign().into_iter().chain([cosign()]) {
        let mut verify = stack.command(&program)?;
        verify
            .args(["verify-blob", "--key"])
            .arg(stack.file("own.pub"))
            .arg("--bundle")
            .args([&bundle, &artifact]);
        run(&mut verify)?.expect(0)?.says("Verified OK")?;
    }
    sign()?
        .expect(1)?
        .says("adding rekor v1 entry: the log has this entry already, with UUID ")?;
    Ok(())
}

#[test]
fn real_cosign_attests_with_version_one() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let artifact = stack.write("artifact", "attested\n")?;
    let predicate = stack.write("predicate.json", r#"{"tested":true}"#)?;
    let bundle = stack.file("bundle.json");
    let kind = "https://example.com/tested";
    let mut sign = stack.command(&real)?;
    sign.args([
        "attest-blob",
        "--yes",
        "--identity-token",
        &stack.token(WHO)?,
    ])
    .args(["--type", kind, "--predicate"])
    .arg(&predicate)
    .arg("--signing-config")
    .arg(&config)
    .arg("--bundle")
    .args([&bundle, &artifact]);
    run(&mut sign)?.expect(0)?;
    ensure!(promised_entry(&bundle)?["kindVersion"]["kind"] == "dsse");
    let mut verify = stack.command(&real)?;
    verify
        .args(["verify-blob-attestation", "--certificate-identity", WHO])
        .args([
            "--certificate-oidc-issuer",
            &format!("{}/oidc", stack.url()),
        ])
        .args(["--type", kind, "--bundle"])
        .args([&bundle, &artifact]);
    run(&mut verify)?.expect(0)?.says("Verified OK")?;
    Ok(())
}

/// As before signing configs: URLs on the command line, the old bundle or loose files, and the four `SIGSTORE_*` files, of which the
/// real cosign reads the first key only.
#[test]
fn real_cosign_works_the_old_way() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let artifact = stack.write("artifact", "signed the old way\n")?;
    let (bundle, signature, certificate) = (
        stack.file("bundle.json"),
        stack.file("signature"),
        stack.file("certificate"),
    );
    let old = |command: &str| -> Result<Command> {
        let mut program = stack.command(&real)?;
        program
            .env_remove("COSIGN_TRUSTED_ROOT")
            .env_remove("COSIGN_SIGNING_CONFIG")
            .args([command, "--new-bundle-format=false", "--rekor-url"])
            .arg(stack.url());
        Ok(program)
    };
    let sign = |outputs: &[(&str, &Path)]| -> Result<()> {
        let mut sign = old("sign-blob")?;
        sign.args(["--yes", "--use-signing-config=false"])
            .args(["--identity-token", &stack.token(WHO)?])
            .args(["--fulcio-url", stack.url()]);
        for (flag, path) in outputs {
            sign.arg(flag).arg(path);
        }
        run(sign.arg(&artifact))?.expect(0)?;
        Ok(())
    };
    let verify = |inputs: &[(&str, &Path)]| -> Result<Outcome> {
        let mut verify = old("verify-blob")?;
        verify.args(["--certificate-identity", WHO]).args([
            "--certificate-oidc-issuer",
            &format!("{}/oidc", stack.url()),
        ]);
        for (flag, path) in inputs {
            verify.arg(flag).arg(path);
        }
        run(verify.arg(&artifact))
    };
    sign(&[("--bundle", &bundle)])?;
    verify(&[("--bundle", &bundle)])?.expect(0)?;
    // Loose files hold no entry: the client looks it up in the log.
    sign(&[
        ("--output-signature", &signature),
        ("--output-certificate", &certificate),
    ])?;
    let loose: [(&str, &Path); 2] = [("--signature", &signature), ("--certificate", &certificate)];
    verify(&loose)?.expect(0)?;
    ensure!(
        stack
            .log()?
            .contains("method=POST path=/api/v1/log/entries/retrieve")
    );
    Ok(())
}

#[test]
fn sigstore_python_signs_with_version_one_and_verifies_both() -> Result<()> {
    let Some(python) = peers::sigstore_python() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let v1_config = stack.trust_config_v1()?;
    let both = stack.data().join("trust/client_trust_config.json");
    let artifact = stack.write("artifact", "hello from version 1\n")?;
    for (name, config) in [("v1", &v1_config), ("v2", &both)] {
        let bundle = stack.file(name);
        let mut sign = stack.command(&python)?;
        sign.arg("--trust-config")
            .arg(config)
            .args(["sign", "--identity-token", &stack.token(WHO)?, "--bundle"])
            .args([&bundle, &artifact]);
        run(&mut sign)?.expect(0)?;
        if name == "v1" {
            promised_entry(&bundle)?;
        }
        verify(&stack, &cosign(), &bundle, &artifact)?
            .expect(0)?
            .says("Verified OK")?;
        let check = |who: &str| -> Result<Outcome> {
            let mut verify = stack.command(&python)?;
            verify
                .arg("--trust-config")
                .arg(&v1_config)
                .args(["verify", "identity", "--cert-identity", who])
                .args(["--cert-oidc-issuer", &format!("{}/oidc", stack.url())])
                .arg("--bundle")
                .args([&bundle, &artifact]);
            run(&mut verify)
        };
        check(WHO)?.expect(0)?;
        check("mallory@example.com")?.expect(1)?;
    }
    Ok(())
}
