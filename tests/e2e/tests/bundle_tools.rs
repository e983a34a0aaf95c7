//! `bundle create` and `bundle upgrade` beside the real client's, over the version 1 log of a running instance.
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
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";

fn verify(stack: &Stack, program: &Path, bundle: &Path, artifact: &Path) -> Result<Outcome> {
    let issuer = format!("{}/oidc", stack.url());
    let mut verify = stack.command(program)?;
    verify
        .args(["verify-blob", "--certificate-identity", WHO])
        .args(["--certificate-oidc-issuer", &issuer, "--bundle"])
        .args([bundle, artifact]);
    run(&mut verify)
}

/// What `bundle …` prints, as JSON.
fn bundle(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Value> {
    let mut command = stack.command(program)?;
    command.arg("bundle").args(arguments);
    Ok(serde_json::from_str(&run(&mut command)?.expect(0)?.stdout)?)
}

/// The log signs a promise and a checkpoint anew for each answer.
fn without_signatures(mut bundle: Value) -> Value {
    let entries = bundle["verificationMaterial"]["tlogEntries"].as_array_mut();
    for entry in entries.into_iter().flatten() {
        entry["inclusionPromise"] = Value::Null;
        let checkpoint = &mut entry["inclusionProof"]["checkpoint"]["envelope"];
        let text = checkpoint.as_str().unwrap();
        *checkpoint = json!(text.split("\n\n").next().unwrap());
    }
    bundle
}

/// Signs by the version 1 config with ours.
fn sign(stack: &Stack, artifact: &Path) -> Result<(PathBuf, Value)> {
    let file = stack.file("signed.json");
    let mut sign = stack.command(&cosign())?;
    sign.args(["sign-blob", "--identity-token", &stack.token(WHO)?])
        .arg("--signing-config")
        .arg(stack.data().join("trust/signing_config.rekor_v1.json"))
        .arg("--bundle")
        .args([&file, artifact]);
    run(&mut sign)?.expect(0)?;
    let bundle = serde_json::from_slice(&std::fs::read(&file)?)?;
    Ok((file, bundle))
}

#[test]
fn created_of_signature_and_certificate_it_is_what_the_real_client_makes() -> Result<()> {
    let stack = Stack::start()?;
    let artifact = stack.write("artifact", "in loose files\n")?;
    let (_, signed) = sign(&stack, &artifact)?;
    let signature = signed["messageSignature"]["signature"].as_str().unwrap();
    let signature = stack.write("signature", signature)?;
    let leaf = signed["verificationMaterial"]["certificate"]["rawBytes"]
        .as_str()
        .unwrap();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{leaf}\n-----END CERTIFICATE-----\n");
    let certificate = stack.write("certificate", encode(&pem))?;
    let plain = stack.write("certificate.pem", &pem)?;
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments = |certificate: &Path| {
        let all = [
            "create",
            "--artifact",
            &text(&artifact),
            "--signature",
            &text(&signature),
            "--certificate",
            &text(certificate),
        ];
        all.map(ToOwned::to_owned).to_vec()
    };
    let create = |program: &Path, certificate: &Path, more: &[&str]| {
        let all = arguments(certificate);
        let all: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        bundle(&stack, program, &all)
    };
    let online = ["--rekor-url", stack.url()];
    let ours = create(&cosign(), &certificate, &online)?;
    let of_pem = create(&cosign(), &plain, &online)?;
    ensure!(without_signatures(ours.clone()) == without_signatures(of_pem));
    let unlogged = create(&cosign(), &certificate, &["--ignore-tlog"])?;
    let file = stack.write("created.json", ours.to_string())?;
    verify(&stack, &cosign(), &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    // The log holds nothing about another artifact, whatever else it has of this signer.
    let other = stack.write("other", "not signed\n")?;
    let mut refused = stack.command(&cosign())?;
    refused
        .args(["bundle", "create", "--artifact"])
        .arg(&other)
        .arg("--signature")
        .arg(&signature)
        .arg("--certificate")
        .arg(&certificate)
        .args(online);
    run(&mut refused)?
        .expect(1)?
        .says("Error: finding the log entry: ")?;
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let theirs = create(&real, &certificate, &online)?;
    ensure!(
        without_signatures(ours.clone()) == without_signatures(theirs.clone()),
        "{ours}\n{theirs}"
    );
    ensure!(unlogged == create(&real, &certificate, &["--ignore-tlog"])?);
    verify(&stack, &real, &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    Ok(())
}

#[test]
fn created_of_an_old_bundle_it_is_what_the_real_client_makes() -> Result<()> {
    let stack = Stack::start()?;
    let artifact = stack.write("artifact", "signed before there were bundles\n")?;
    let old = stack.file("old.bundle");
    let mut sign = stack.command(&cosign())?;
    sign.args(["sign-blob", "--identity-token", &stack.token(WHO)?])
        .args(["--new-bundle-format=false", "--signing-config"])
        .arg(stack.data().join("trust/signing_config.rekor_v1.json"))
        .arg("--bundle")
        .args([&old, &artifact]);
    run(&mut sign)?.expect(0)?;
    let (old, path) = (old.to_str().unwrap(), artifact.to_str().unwrap());
    let create = ["create", "--artifact", path, "--bundle", old];
    let online = [&create[..], &["--rekor-url", stack.url()]].concat();
    let ours = bundle(&stack, &cosign(), &online)?;
    let file = stack.write("created.json", ours.to_string())?;
    verify(&stack, &cosign(), &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let theirs = bundle(&stack, &real, &online)?;
    ensure!(
        without_signatures(ours.clone()) == without_signatures(theirs.clone()),
        "{ours}\n{theirs}"
    );
    verify(&stack, &real, &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    Ok(())
}

/// The bundle as clients wrote it first: a chain, a promise, and no proof.
fn version_one(signed: &Value) -> Value {
    let mut old = signed.clone();
    old["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    let material = &mut old["verificationMaterial"];
    let leaf = material["certificate"].clone();
    material["x509CertificateChain"] = json!({ "certificates": [leaf] });
    material.as_object_mut().unwrap().remove("certificate");
    let entry = material["tlogEntries"][0].as_object_mut().unwrap();
    entry.remove("inclusionProof");
    old
}

#[test]
fn upgraded_it_is_what_the_real_client_makes() -> Result<()> {
    let stack = Stack::start()?;
    let artifact = stack.write("artifact", "signed long ago\n")?;
    let (current, signed) = sign(&stack, &artifact)?;
    let old = stack.write("old.json", version_one(&signed).to_string())?;
    let (old, current) = (old.to_str().unwrap(), current.to_str().unwrap());
    let fetch = ["upgrade", old, "--rekor-url", stack.url()];
    let ours = bundle(&stack, &cosign(), &fetch)?;
    ensure!(
        without_signatures(ours.clone()) == without_signatures(signed.clone()),
        "{ours}\n{signed}"
    );
    let file = stack.write("upgraded.json", ours.to_string())?;
    verify(&stack, &cosign(), &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    ensure!(bundle(&stack, &cosign(), &["upgrade", current])? == signed);
    let mut offline = stack.command(&cosign())?;
    offline.args(["bundle", "upgrade", old]);
    run(&mut offline)?
        .expect(1)?
        .says("Error: no transparency log is named")?;
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let theirs = bundle(&stack, &real, &fetch)?;
    ensure!(
        without_signatures(ours.clone()) == without_signatures(theirs.clone()),
        "{ours}\n{theirs}"
    );
    verify(&stack, &real, &file, &artifact)?
        .expect(0)?
        .says("Verified OK")?;
    Ok(())
}

fn encode(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}
