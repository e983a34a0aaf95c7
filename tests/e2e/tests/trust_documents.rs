//! `trusted-root create` and `signing-config create`: the real cosign and ours write the same, and use each other's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::Result;
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const ROOT: [&str; 2] = ["trusted-root", "create"];
const CONFIG: [&str; 2] = ["signing-config", "create"];

/// Runs a client in the scratch directory, with nothing of the instance in its environment.
fn alone(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .current_dir(stack.file("."))
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env_remove("COSIGN_SIGNING_CONFIG")
        .args(arguments);
    run(&mut command)
}

/// The keys and chains of the instance, each log's key in a file of its own, and keys of other kinds.
fn write_files(stack: &Stack) -> Result<()> {
    let keys = PublicKey::all_from_pem(&String::from_utf8(stack.trust("rekor.pub")?)?)?;
    stack.write("rekor1.pub", keys[0].to_pem())?;
    stack.write("rekor2.pub", keys[1].to_pem())?;
    for (name, algorithm) in [
        ("rsa.pub", KeyAlgorithm::Rsa { bits: 2048 }),
        ("p384.pub", KeyAlgorithm::EcdsaP384),
        ("ed.pub", KeyAlgorithm::Ed25519),
    ] {
        let key = SigningKey::generate(algorithm)?;
        stack.write(name, key.public_key().to_pem())?;
    }
    for name in [
        "ctfe.pub",
        "fulcio_chain.pem",
        "tsa_chain.pem",
        "signing_config.v0.2.json",
        "trusted_root.json",
    ] {
        stack.write(name, stack.trust(name)?)?;
    }
    Ok(())
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Both clients write the same document to stdout and to a file.
fn same(stack: &Stack, real: &Path, command: [&str; 2], line: &str) -> Result<()> {
    let arguments = [&command[..], &words(line)].concat();
    let mut documents = Vec::new();
    for client in [real, &cosign()] {
        let shown = alone(stack, client, &arguments)?.expect(0)?.stdout;
        let document: Value = serde_json::from_str(&shown)?;
        let to_file = [&arguments[..], &["--out", "out.json"]].concat();
        let silent = alone(stack, client, &to_file)?.expect(0)?;
        assert_eq!(silent.stdout, "", "{line}");
        let file: Value = serde_json::from_slice(&std::fs::read(stack.file("out.json"))?)?;
        assert_eq!(file, document, "{line}");
        std::fs::remove_file(stack.file("out.json"))?;
        documents.push(document);
    }
    assert_eq!(documents[0], documents[1], "{line}");
    Ok(())
}

#[test]
fn compat_27_trusted_roots_are_those_of_the_real_client() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_files(&stack)?;
    for line in [
        "",
        "--fulcio url=https://f.example,certificate-chain=fulcio_chain.pem",
        "--fulcio url=https://f.example/?a=b,certificate-chain=fulcio_chain.pem,start-time=2026-01-01T02:00:00.5+02:00,end-time=2027-01-01T00:00:00Z",
        "--tsa url=https://t.example,certificate-chain=tsa_chain.pem",
        "--tsa url=https://t.example,certificate-chain=tsa_chain.pem,start-time=2026-01-01T00:00:00Z,end-time=",
        "--rekor url=https://r.example,public-key=rekor1.pub,start-time=2026-01-01T00:00:00Z",
        "--rekor url=https://r.example,public-key=rekor2.pub,start-time=2026-01-01T00:00:00Z,origin=r.example",
        "--rekor url=https://r.example,public-key=ed.pub,start-time=2026-01-01T00:00:00Z,origin=r.example",
        "--rekor url=https://r.example,public-key=rsa.pub,start-time=2026-01-01T00:00:00Z,origin=r.example",
        "--ctfe url=https://c.example,public-key=p384.pub,start-time=2026-01-01T00:00:00Z,end-time=2026-06-01T00:00:00.000001Z",
        "--ctfe url=https://c.example,public-key=ctfe.pub,start-time=2026-01-01T00:00:00Z,origin=c.example/ct",
        // By start, and the last of two logs that nobody could tell apart.
        "--rekor url=https://new.example,public-key=rekor2.pub,start-time=2026-06-01T00:00:00Z \
         --rekor url=https://old.example,public-key=rekor1.pub,start-time=2025-01-01T00:00:00Z,end-time=2026-06-01T00:00:00Z \
         --rekor url=https://newer.example,public-key=rekor2.pub,start-time=2026-07-01T00:00:00Z \
         --fulcio url=https://new.example,certificate-chain=fulcio_chain.pem \
         --fulcio url=https://old.example,certificate-chain=fulcio_chain.pem,start-time=2020-01-01T00:00:00Z",
        // The flags of cosign 2.
        "--certificate-chain fulcio_chain.pem --fulcio-uri https://f.example \
         --ctfe-key ctfe.pub --ctfe-start-time 2026-01-01T00:00:00Z --ctfe-url https://c.example \
         --rekor-key rekor2.pub,r.example --rekor-start-time 2026-01-01T00:00:00Z --rekor-url https://r.example \
         --rekor-key rsa.pub --timestamp-certificate-chain tsa_chain.pem --timestamp-uri https://t.example",
        "--ctfe-key ed.pub --ctfe-end-time 2027-01-01T00:00:00Z --timestamp-certificate-chain tsa_chain.pem",
        "--rekor-url https://nothing.example --rekor-end-time 2027-01-01T00:00:00Z",
    ] {
        same(&stack, &real, ROOT, line)?;
    }
    Ok(())
}

#[test]
fn compat_27_signing_configs_are_those_of_the_real_client() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_files(&stack)?;
    for line in [
        "",
        "--fulcio url=https://f.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=me",
        "--oidc-provider url=https://o.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=me,end-time=2027-01-01T00:00:00+01:00",
        "--rekor url=https://r.example,api-version=2,start-time=2026-01-01T00:00:00Z,operator=a \
         --rekor url=https://s.example,api-version=1,start-time=2025-01-01T00:00:00Z,operator=b --rekor-config EXACT:2",
        "--tsa url=https://t.example/api/v1/timestamp,api-version=1,start-time=2026-01-01T00:00:00Z,operator=me --tsa-config any",
        "--tsa-config ALL",
        "--base-config signing_config.v0.2.json",
        "--base-config signing_config.v0.2.json --no-default-rekor --no-default-tsa --tsa-config ANY",
        "--base-config signing_config.v0.2.json --no-default-fulcio --no-default-oidc=true \
         --oidc-provider url=https://o.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=me",
        "--base-config signing_config.v0.2.json --rekor-config ALL \
         --rekor url=https://r.example,api-version=1,start-time=2026-01-01T00:00:00Z,operator=a",
    ] {
        same(&stack, &real, CONFIG, line)?;
    }
    Ok(())
}

#[test]
fn compat_27_what_the_real_client_refuses_is_refused_in_its_words() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_files(&stack)?;
    for (command, line, says) in [
        (
            ROOT,
            "--rekor url",
            "parsing rekor spec: invalid key-value pair: url",
        ),
        (
            ROOT,
            "--rekor url=https://r.example,start-time=2026-01-01T00:00:00Z",
            "parsing rekor spec: missing or empty required key 'public-key' in tlog spec",
        ),
        (
            ROOT,
            "--ctfe url=https://r.example,public-key=ctfe.pub,start-time=",
            "parsing ctfe spec: missing or empty required key 'start-time' in tlog spec",
        ),
        (
            ROOT,
            "--fulcio url=https://f.example",
            "parsing fulcio spec: missing or empty required key 'certificate-chain' in fulcio spec",
        ),
        (
            ROOT,
            "--fulcio url=https://f.example,certificate-chain=none.pem",
            "open none.pem: no such file or directory",
        ),
        (
            ROOT,
            "--rekor url=https://r.example,public-key=rekor1.pub,start-time=2026-01-01",
            "parsing rekor spec: parsing start-time: ",
        ),
        (
            ROOT,
            "--tsa url=https://t.example,certificate-chain=fulcio_chain.pem",
            "first certificate in chain must be a leaf certificate",
        ),
        (
            ROOT,
            "--fulcio url=https://f.example,certificate-chain=fulcio_chain.pem --fulcio-uri https://f.example",
            "cannot use --fulcio and old fulcio flags at the same time",
        ),
        (
            CONFIG,
            "--rekor url=https://r.example,api-version=2,start-time=2026-01-01T00:00:00Z,operator=me",
            "--rekor-config must be provided when --rekor is specified",
        ),
        (
            CONFIG,
            "--tsa x",
            "--tsa-config must be provided when --tsa is specified",
        ),
        (
            CONFIG,
            "--fulcio url=https://f.example,api-version=1,start-time=2026-01-01T00:00:00Z",
            "parsing fulcio spec: missing required key 'operator' in service spec",
        ),
        (
            CONFIG,
            "--fulcio url=https://f.example,api-version=x,start-time=2026-01-01T00:00:00Z,operator=me",
            "parsing fulcio spec: parsing api-version: ",
        ),
        (
            CONFIG,
            "--rekor-config ANY:1",
            "parsing rekor-config: mode ANY does not accept a count",
        ),
        (
            CONFIG,
            "--tsa-config SOME",
            "parsing tsa-config: invalid service config mode: SOME",
        ),
        (
            CONFIG,
            "--base-config none.json",
            "loading base config from none.json: ",
        ),
    ] {
        for client in [&real, &cosign()] {
            let arguments = [&command[..], &words(line)].concat();
            let refused = alone(&stack, client, &arguments)?.expect(1)?.says(says)?;
            assert_eq!(refused.stdout, "", "{line}");
        }
    }
    Ok(())
}

#[test]
fn compat_27_each_client_signs_and_verifies_with_what_the_other_wrote() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_files(&stack)?;
    let ours = cosign();
    let root: Value = serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
    let base = root["tlogs"][0]["baseUrl"].as_str().unwrap();
    let origin = base.strip_prefix("https://").unwrap();
    let url = stack.url();
    let start = "start-time=2020-01-01T00:00:00Z";
    let service = format!("{start},operator=sigbox.test");
    let trusted = format!(
        "--fulcio url={url},certificate-chain=fulcio_chain.pem --ctfe url={url}/ct,public-key=ctfe.pub,{start} \
         --rekor url={base},public-key=rekor2.pub,{start},origin={origin} --tsa url={url},certificate-chain=tsa_chain.pem"
    );
    let config = format!(
        "--fulcio url={url},api-version=1,{service} --oidc-provider url={url}/oidc,api-version=1,{service} \
         --rekor url={url},api-version=2,{service} --rekor-config ANY \
         --tsa url={url}/api/v1/timestamp,api-version=1,{service} --tsa-config EXACT:1"
    );
    let issuer = format!("{url}/oidc");
    stack.write("other", "not signed\n")?;
    for (maker, user, verifier) in [
        (&real, &ours, &ours),
        (&ours, &real, &real),
        (&ours, &ours, &real),
    ] {
        for (command, line, out) in [
            (ROOT, &trusted, "root.json"),
            (CONFIG, &config, "config.json"),
        ] {
            let make = [&command[..], &words(line), &["--out", out]].concat();
            alone(&stack, maker, &make)?.expect(0)?;
        }
        stack.write("artifact", format!("signed by {}\n", user.display()))?;
        let token = stack.token(WHO)?;
        let sign = words(
            "sign-blob --yes --signing-config config.json --trusted-root root.json --bundle b.json artifact",
        );
        let sign = [&sign[..], &["--identity-token", &token]].concat();
        alone(&stack, user, &sign)?.expect(0)?;
        let verify = |blob: &str| {
            let verify = words(
                "verify-blob --trusted-root root.json --bundle b.json --certificate-identity",
            );
            let verify = [
                &verify[..],
                &[WHO, "--certificate-oidc-issuer", &issuer, blob],
            ]
            .concat();
            alone(&stack, verifier, &verify)
        };
        verify("artifact")?.expect(0)?.says("Verified OK")?;
        verify("other")?.expect(1)?;
    }
    Ok(())
}
