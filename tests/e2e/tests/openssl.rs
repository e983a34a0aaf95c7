//! OpenSSL as the oracle of our timestamps and certificates.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::Command;

use anyhow::{Context, Result, ensure};
use sigbox_e2e::{Client, Stack, cosign, peers, run};
use sigbox_wire::{Bundle, VerificationContent};

#[tokio::test]
async fn openssl_accepts_our_timestamps() -> Result<()> {
    let Some(openssl) = peers::on_path("openssl") else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let data = stack.write("message", "what was there at that time\n")?;
    for (hash, options) in [
        ("-sha256", &["-cert"][..]),
        ("-sha512", &["-cert", "-no_nonce"]),
    ] {
        let (query, reply) = (stack.file("query"), stack.file("reply"));
        let mut ask = Command::new(&openssl);
        ask.args(["ts", "-query", hash, "-data"]).arg(&data);
        run(ask.args(options).arg("-out").arg(&query))?.expect(0)?;
        let (status, _, body) = client
            .send(
                "POST",
                "/api/v1/timestamp",
                Some("application/timestamp-query"),
                std::fs::read(&query)?,
            )
            .await?;
        ensure!(status == 200, "expected 200, found {status}");
        std::fs::write(&reply, body)?;
        for (what, file) in [("-data", &data), ("-queryfile", &query)] {
            let mut verify = Command::new(&openssl);
            verify.args(["ts", "-verify", what]).arg(file);
            verify.arg("-in").arg(&reply).arg("-CAfile");
            run(verify.arg(stack.data().join("trust/tsa_chain.pem")))?.expect(0)?;
        }
    }
    Ok(())
}

#[test]
fn openssl_verifies_our_chains_and_prints_the_sct() -> Result<()> {
    let Some(openssl) = peers::on_path("openssl") else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let artifact = stack.write("artifact", "x")?;
    let bundle = stack.file("bundle.json");
    let mut sign = stack.command(&cosign())?;
    sign.args([
        "sign-blob",
        "--identity-token",
        &stack.token("a@example.com")?,
    ])
    .arg("--bundle")
    .arg(&bundle)
    .arg(&artifact);
    run(&mut sign)?.expect(0)?;
    let bundle = Bundle::parse(&std::fs::read(&bundle)?)?;
    let VerificationContent::Certificate(leaf) = bundle.verification_material.content else {
        anyhow::bail!("expected a certificate in the bundle");
    };
    let leaf = stack.write(
        "leaf.pem",
        sigbox_crypto::Certificate::from_der(&leaf)?.to_pem(),
    )?;
    let chain = String::from_utf8(stack.trust("fulcio_chain.pem")?)?;
    let at = chain
        .match_indices("-----BEGIN CERTIFICATE-----")
        .nth(1)
        .context("expected intermediate and root")?
        .0;
    let intermediate = stack.write("intermediate.pem", chain.get(..at).unwrap_or_default())?;
    let root = stack.write("root.pem", chain.get(at..).unwrap_or_default())?;
    let mut verify = Command::new(&openssl);
    verify.args(["verify", "-purpose", "any", "-x509_strict", "-CAfile"]);
    verify.arg(&root).arg("-untrusted").arg(&intermediate);
    run(verify.arg(&leaf))?.expect(0)?;
    let mut print = Command::new(&openssl);
    let text = run(print.args(["x509", "-noout", "-text", "-in"]).arg(&leaf))?.expect(0)?;
    for part in [
        "CT Precertificate SCTs",
        "Signed Certificate Timestamp",
        "ecdsa-with-SHA256",
        "email:a@example.com",
        "1.3.6.1.4.1.57264.1.1:",
        "1.3.6.1.4.1.57264.1.8:",
        "Code Signing",
    ] {
        ensure!(
            text.stdout.contains(part),
            "expected `{part}` in:\n{}",
            text.stdout
        );
    }
    Ok(())
}
