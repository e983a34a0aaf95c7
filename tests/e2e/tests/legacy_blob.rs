//! What was written before there were bundles, between the real cosign and ours, over the log of version 1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const KIND: &str = "https://example.com/tested";
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

/// A program with nothing of the instance but the four `SIGSTORE_` variables.
fn by_files(stack: &Stack, program: &Path) -> Result<Command> {
    let mut command = stack.command(program)?;
    command
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env_remove("COSIGN_SIGNING_CONFIG")
        .env("COSIGN_PASSWORD", "secret")
        .current_dir(stack.data().parent().unwrap());
    Ok(command)
}

/// Signs in the old format.
fn sign(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = by_files(stack, program)?;
    command
        .args(arguments)
        .args(["--yes", "--new-bundle-format=false", "--bundle", "old.json"]);
    if program == cosign() {
        let config = stack.data().join("trust/signing_config.rekor_v1.json");
        command.arg("--signing-config").arg(config);
    } else {
        command
            .args(["--use-signing-config=false", "--fulcio-url", stack.url()])
            .args(["--rekor-url", stack.url()]);
    }
    run(&mut command)
}

fn verify(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = by_files(stack, program)?;
    command.args(arguments);
    run(&mut command)
}

/// Who must have signed, for `verify`.
fn who(stack: &Stack, identity: &str) -> [String; 4] {
    let issuer = format!("{}/oidc", stack.url());
    let name = |text: &str| text.to_owned();
    [
        name("--certificate-identity"),
        name(identity),
        name("--certificate-oidc-issuer"),
        issuer,
    ]
}

fn with<'a>(parts: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    let more = more.iter().map(String::as_str);
    parts.iter().copied().chain(more).collect()
}

/// An attestation of the file, signed by one client and verified by another.
fn attested(stack: &Stack, signer: &Path, verifier: &Path, alice: &[String]) -> Result<()> {
    stack.write("predicate.json", r#"{"tested":true}"#)?;
    let token = stack.token(WHO)?;
    let attest = [
        "attest-blob",
        "--predicate",
        "predicate.json",
        "--type",
        KIND,
    ];
    let attest = [&attest[..], &["--identity-token", &token, "file"]].concat();
    sign(stack, signer, &attest)?.expect(0)?;
    let bundle = ["verify-blob-attestation", "--bundle", "old.json", "--type"];
    let checked = |kind, file| {
        let parts = [&bundle[..], &[kind, file]].concat();
        verify(stack, verifier, &with(&parts, alice))
    };
    checked(KIND, "file")?.expect(0)?.says("Verified OK")?;
    checked(KIND, "other")?.expect(1)?;
    checked("https://example.com/other", "file")?.expect(1)?;
    Ok(())
}

#[test]
fn compat_09_an_identity_signs_in_the_old_format_and_the_other_client_verifies() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let (alice, bob) = (who(&stack, WHO), who(&stack, "bob@example.com"));
    stack.write("other", "not signed\n")?;
    for (signer, verifier) in [
        (&real, &cosign()),
        (&cosign(), &real),
        (&cosign(), &cosign()),
    ] {
        stack.write("file", format!("signed by {}\n", signer.display()))?;
        let token = stack.token(WHO)?;
        let to_files = [
            "--output-signature",
            "f.sig",
            "--output-certificate",
            "f.crt",
        ];
        let blob = ["sign-blob", "--identity-token", &token, "file"];
        sign(&stack, signer, &[&blob[..], &to_files].concat())?
            .expect(0)?
            .says("Wrote bundle to file old.json")?
            .says("Wrote signature to file f.sig")?
            .says("Wrote certificate to file f.crt")?;
        let bundle = ["verify-blob", "--bundle", "old.json"];
        verify(
            &stack,
            verifier,
            &with(&[&bundle[..], &["file"]].concat(), &alice),
        )?
        .expect(0)?
        .says("Verified OK")?;
        verify(
            &stack,
            verifier,
            &with(&[&bundle[..], &["other"]].concat(), &alice),
        )?
        .expect(1)?;
        verify(
            &stack,
            verifier,
            &with(&[&bundle[..], &["file"]].concat(), &bob),
        )?
        .expect(1)?;
        // Signature and certificate alone, without the log.
        let alone = [
            "verify-blob",
            "--signature",
            "f.sig",
            "--certificate",
            "f.crt",
        ];
        let unlogged = [&alone[..], &["--insecure-ignore-tlog"]].concat();
        verify(
            &stack,
            verifier,
            &with(&[&unlogged[..], &["file"]].concat(), &alice),
        )?
        .expect(0)?
        .says("Verified OK")?;
        verify(
            &stack,
            verifier,
            &with(&[&unlogged[..], &["file"]].concat(), &bob),
        )?
        .expect(1)?;
        verify(
            &stack,
            verifier,
            &with(&[&unlogged[..], &["other"]].concat(), &alice),
        )?
        .expect(1)?;
        // By an authority that is named.
        let chain = stack.data().join("trust/fulcio_chain.pem");
        let chain = ["--certificate-chain", chain.to_str().unwrap(), "file"];
        verify(
            &stack,
            verifier,
            &with(&[&unlogged[..], &chain].concat(), &alice),
        )?
        .expect(0)?
        .says("Verified OK")?;
        attested(&stack, signer, verifier, &alice)?;
    }
    Ok(())
}

#[test]
fn compat_09_a_key_signs_in_the_old_format_and_the_other_client_verifies() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    for prefix in ["own", "strange"] {
        let generate = ["generate-key-pair", "--output-key-prefix", prefix];
        verify(&stack, &cosign(), &generate)?.expect(0)?;
    }
    stack.write("other", "not signed\n")?;
    for (signer, verifier) in [(&real, &cosign()), (&cosign(), &real)] {
        stack.write("file", format!("signed by {}\n", signer.display()))?;
        let signed = sign(&stack, signer, &["sign-blob", "--key", "own.key", "file"])?.expect(0)?;
        let inline = signed.stdout.trim().to_owned();
        let blob = |rest: &[&str]| {
            let parts = ["verify-blob", "--key"];
            verify(&stack, verifier, &[&parts[..], rest].concat())
        };
        blob(&["own.pub", "--bundle", "old.json", "file"])?
            .expect(0)?
            .says("Verified OK")?;
        blob(&["own.pub", "--bundle", "old.json", "other"])?.expect(1)?;
        blob(&["strange.pub", "--bundle", "old.json", "file"])?.expect(1)?;
        let unlogged = ["own.pub", "--insecure-ignore-tlog", "--signature", &inline];
        blob(&[&unlogged[..], &["file"]].concat())?
            .expect(0)?
            .says("Verified OK")?;
        blob(&[&unlogged[..], &["other"]].concat())?.expect(1)?;
    }
    Ok(())
}

/// Signature and certificate in files of their own, the entry in the log alone.
#[test]
fn a_signature_without_a_bundle_is_looked_up_by_either_client() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let generate = ["generate-key-pair", "--output-key-prefix", "own"];
    verify(&stack, &cosign(), &generate)?.expect(0)?;
    stack.write("other", "not signed\n")?;
    let alice = who(&stack, WHO);
    let clients = [
        (&real, &cosign()),
        (&cosign(), &real),
        (&cosign(), &cosign()),
    ];
    for (signer, verifier) in clients {
        stack.write("file", format!("signed by {}\n", signer.display()))?;
        let online = |rest: &[&str]| {
            let parts = ["verify-blob", "--rekor-url", stack.url()];
            verify(&stack, verifier, &[&parts[..], rest].concat())
        };
        let key = ["sign-blob", "--key", "own.key", "--output-signature"];
        sign(&stack, signer, &[&key[..], &["k.sig", "file"]].concat())?.expect(0)?;
        let keyed = ["--key", "own.pub", "--signature", "k.sig"];
        online(&[&keyed[..], &["file"]].concat())?
            .expect(0)?
            .says("Verified OK")?;
        online(&[&keyed[..], &["other"]].concat())?.expect(1)?;

        let token = stack.token(WHO)?;
        let to = [
            "--output-signature",
            "f.sig",
            "--output-certificate",
            "f.crt",
        ];
        let identity = ["sign-blob", "--identity-token", &token, "file"];
        sign(&stack, signer, &[&identity[..], &to].concat())?.expect(0)?;
        let certified = ["--signature", "f.sig", "--certificate", "f.crt", "file"];
        online(&with(&certified, &alice))?
            .expect(0)?
            .says("Verified OK")?;
        online(&with(&certified, &who(&stack, "bob@example.com")))?.expect(1)?;
        // The entry of another signature of the same file by the same signer is not that of this one.
        stack.write("empty.json", NO_SERVICES)?;
        let unlogged = ["sign-blob", "--yes", "--key", "own.key", "--signing-config"];
        let to = [
            "empty.json",
            "--new-bundle-format=false",
            "--output-signature",
            "u.sig",
            "file",
        ];
        verify(&stack, &cosign(), &[&unlogged[..], &to].concat())?.expect(0)?;
        online(&["--key", "own.pub", "--signature", "u.sig", "file"])?
            .expect(1)?
            .says("signature not found in transparency log")?;
    }
    Ok(())
}

/// Attestations, the same; the real client looks for another entry than the one that it made.
#[test]
fn an_attestation_without_a_bundle_is_looked_up() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let alice = who(&stack, WHO);
    stack.write("file", "attested\n")?;
    stack.write("other", "not attested\n")?;
    stack.write("predicate.json", r#"{"tested":true}"#)?;
    for signer in [&real, &cosign()] {
        let token = stack.token(WHO)?;
        let attest = [
            "attest-blob",
            "--predicate",
            "predicate.json",
            "--type",
            KIND,
        ];
        let to = [
            "--output-signature",
            "a.sig",
            "--output-certificate",
            "a.crt",
        ];
        let attest = [&attest[..], &to, &["--identity-token", &token, "file"]].concat();
        sign(&stack, signer, &attest)?.expect(0)?;
        let online = |file: &str| {
            let parts = [
                "verify-blob-attestation",
                "--rekor-url",
                stack.url(),
                "--type",
                KIND,
            ];
            let files = ["--signature", "a.sig", "--certificate", "a.crt", file];
            let parts = [&parts[..], &files].concat();
            verify(&stack, &cosign(), &with(&parts, &alice))
        };
        online("file")?.expect(0)?.says("Verified OK")?;
        online("other")?.expect(1)?;
    }
    Ok(())
}

/// C09, C40: what a check needs is demanded by name, and nothing else takes its place.
#[test]
fn each_variable_that_a_check_needs_is_demanded() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let alice = who(&stack, WHO);
    stack.write("file", "signed by the real one\n")?;
    let token = stack.token(WHO)?;
    sign(
        &stack,
        &real,
        &["sign-blob", "--identity-token", &token, "file"],
    )?
    .expect(0)?;
    let ours = |missing: Option<&str>| {
        let mut command = by_files(&stack, &cosign())?;
        command
            .args(["verify-blob", "--bundle", "old.json", "file"])
            .args(&alice);
        if let Some(missing) = missing {
            command.env_remove(missing);
        }
        run(&mut command)
    };
    ours(None)?.expect(0)?.says("Verified OK")?;
    for (variable, check) in [
        ("SIGSTORE_ROOT_FILE", "the certificate's chain"),
        ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "the certificate's SCT"),
        ("SIGSTORE_REKOR_PUBLIC_KEY", "the transparency log's proof"),
    ] {
        ours(Some(variable))?
            .expect(1)?
            .says(&format!(
                "Error: incomplete trust material: {variable} is not set"
            ))?
            .says(check)?;
    }
    // Nothing is stamped, so nobody has to be believed for it.
    ours(Some("SIGSTORE_TSA_CERTIFICATE_FILE"))?.expect(0)?;
    Ok(())
}
