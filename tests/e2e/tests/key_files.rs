//! Key files and plain blobs: what one client makes, takes or is given in another form, the other one takes as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::Result;
use sigbox_crypto::{PublicKey, pem, sha256};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};
use sigbox_tlog::Hash;

/// Plain private keys in all forms that the real client imports.
const PLAIN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../cosign-cli/tests/plain_keys"
);
/// Each of them, and whether the real client has to be told its hash.
const FORMS: [(&str, bool); 4] = [
    ("rsa_pkcs1.pem", false),
    ("ec_sec1.pem", false),
    ("p384_pkcs8.pem", true),
    ("ed25519.pem", false),
];
const NO_LOG: &str = "--insecure-ignore-tlog";

/// Runs a client in the scratch directory with this password, and without the trust of the instance if `alone`.
fn client(
    stack: &Stack,
    program: &Path,
    password: &str,
    alone: bool,
    line: &str,
) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    if alone {
        command
            .env_remove("COSIGN_TRUSTED_ROOT")
            .env_remove("COSIGN_SIGNING_CONFIG");
    }
    command
        .current_dir(stack.file("."))
        .env("COSIGN_PASSWORD", password)
        .args(line.split_whitespace());
    run(&mut command)
}

/// An instance, `file` and `other`, and a signing config without any service.
fn scene() -> Result<Stack> {
    let stack = Stack::start()?;
    stack.write("file", "signed\n")?;
    stack.write("other", "not signed\n")?;
    stack.write(
        "empty.json",
        r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#,
    )?;
    Ok(stack)
}

/// Each client signs with `NAME.key`, and each verifies it with `NAME.pub`.
fn crosses_over(stack: &Stack, real: &Path, name: &str, password: &str, told: &str) -> Result<()> {
    for signer in [real, &cosign()] {
        let sign = format!(
            "sign-blob --yes --key {name}.key --signing-config empty.json --bundle b.json file"
        );
        client(stack, signer, password, true, &sign)?.expect(0)?;
        for (verifier, told) in [(real, told), (&cosign(), "")] {
            let verify = |blob: &str| {
                let line =
                    format!("verify-blob --key {name}.pub --bundle b.json {NO_LOG} {told} {blob}");
                client(stack, verifier, password, true, &line)
            };
            verify("file")?.expect(0)?.says("Verified OK")?;
            verify("other")?.expect(1)?;
        }
    }
    Ok(())
}

#[test]
fn compat_01_an_empty_password_and_the_old_label_sign_for_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = scene()?;
    for (name, maker) in [("real", &real), ("ours", &cosign())] {
        let make = format!("generate-key-pair --output-key-prefix {name}");
        client(&stack, maker, "", true, &make)?.expect(0)?;
        crosses_over(&stack, &real, name, "", "")?;
        let file = std::fs::read_to_string(stack.file(&format!("{name}.key")))?;
        let old = pem::encode("ENCRYPTED COSIGN PRIVATE KEY", &pem::decode_one(&file)?.der);
        stack.write("old.key", old)?;
        std::fs::copy(stack.file(&format!("{name}.pub")), stack.file("old.pub"))?;
        crosses_over(&stack, &real, "old", "", "")?;
        for program in [&real, &cosign()] {
            client(
                &stack,
                program,
                "x",
                true,
                &format!("public-key --key {name}.key"),
            )?
            .expect(1)?
            .says("decryption failed")?;
        }
    }
    Ok(())
}

#[test]
fn compat_03_keys_in_every_plain_form_are_imported_by_both_and_sign_for_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = scene()?;
    let sha384 = "--signature-digest-algorithm sha384";
    for (file, told) in FORMS {
        let told = if told { sha384 } else { "" };
        std::fs::copy(format!("{PLAIN}/{file}"), stack.file("plain.pem"))?;
        let mut public = Vec::new();
        for (name, importer) in [("real", &real), ("ours", &cosign())] {
            let import =
                format!("import-key-pair --yes --key plain.pem --output-key-prefix {name}");
            client(&stack, importer, "pw", true, &import)?.expect(0)?;
            public.push(std::fs::read_to_string(stack.file(&format!("{name}.pub")))?);
            // What the real client signs with Ed25519 and no log it does not verify itself.
            if !file.starts_with("ed25519") {
                crosses_over(&stack, &real, name, "pw", told)?;
            }
        }
        assert_eq!(public[0], public[1], "{file}");
    }
    Ok(())
}

#[test]
fn compat_04_the_public_key_of_a_pair_is_the_same_for_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = scene()?;
    for (file, _) in FORMS {
        std::fs::copy(format!("{PLAIN}/{file}"), stack.file("plain.pem"))?;
        let import = "import-key-pair --yes --key plain.pem --output-key-prefix pair";
        client(&stack, &real, "pw", true, import)?.expect(0)?;
        let pair = std::fs::read_to_string(stack.file("pair.pub"))?;
        for program in [&real, &cosign()] {
            let shown =
                client(&stack, program, "pw", true, "public-key --key pair.key")?.expect(0)?;
            assert_eq!(shown.stdout, pair, "{file}");
            client(
                &stack,
                program,
                "pw",
                true,
                "public-key --key pair.key --outfile out.pub",
            )?
            .expect(0)?;
            assert_eq!(
                std::fs::read_to_string(stack.file("out.pub"))?,
                pair,
                "{file}"
            );
            std::fs::remove_file(stack.file("out.pub"))?;
        }
        PublicKey::from_pem(&pair)?;
    }
    Ok(())
}

#[test]
fn compat_06_what_was_not_signed_so_is_refused_by_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = scene()?;
    for name in ["one", "two"] {
        let make = format!("generate-key-pair --output-key-prefix {name}");
        client(&stack, &cosign(), "pw", true, &make)?.expect(0)?;
        let sign = format!("sign-blob --yes --key {name}.key --bundle {name}.json file");
        client(&stack, &cosign(), "pw", false, &sign)?.expect(0)?;
    }
    let sign =
        "sign-blob --yes --key one.key --signing-config empty.json --bundle unlogged.json file";
    client(&stack, &cosign(), "pw", true, sign)?.expect(0)?;
    // A root that does not know the log.
    let create = "trusted-root create --out stranger.json";
    client(&stack, &cosign(), "pw", true, create)?.expect(0)?;
    for program in [&real, &cosign()] {
        let verify =
            |line: &str| client(&stack, program, "pw", false, &format!("verify-blob {line}"));
        verify("--key one.pub --bundle one.json file")?
            .expect(0)?
            .says("Verified OK")?;
        for wrong in [
            "--key one.pub --bundle one.json other",
            "--key one.pub --bundle two.json file",
            "--key two.pub --bundle one.json file",
            "--key one.pub --bundle unlogged.json file",
            "--key one.pub --bundle one.json --trusted-root stranger.json file",
        ] {
            verify(wrong)?.expect(1)?.says("Error: ")?;
        }
    }
    Ok(())
}

#[test]
fn compat_07_08_a_digest_and_standard_input_stand_for_the_file() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = scene()?;
    client(&stack, &real, "pw", true, "generate-key-pair")?.expect(0)?;
    let digest = |name: &str| -> Result<String> {
        let digest = Hash::from_bytes(sha256(&std::fs::read(stack.file(name))?));
        Ok(format!("sha256:{digest}"))
    };
    let piped = |program: &Path, name: &str, line: &str| -> Result<Outcome> {
        let mut command = stack.command(Path::new("/bin/sh"))?;
        command
            .current_dir(stack.file("."))
            .env("COSIGN_PASSWORD", "pw")
            .args(["-c", r#"from="$0" && exec "$@" < "$from""#, name])
            .arg(program)
            .args(line.split_whitespace());
        run(&mut command)
    };
    for (turn, signer) in [&real, &cosign()].into_iter().enumerate() {
        stack.write("file", format!("signed {turn}\n"))?;
        piped(
            signer,
            "file",
            "sign-blob --yes --key cosign.key --bundle b.json -",
        )?
        .expect(0)?;
        for verifier in [&real, &cosign()] {
            let line = "verify-blob --key cosign.pub --bundle b.json";
            let by = |blob: &str| client(&stack, verifier, "pw", false, &format!("{line} {blob}"));
            by("file")?.expect(0)?.says("Verified OK")?;
            by(&digest("file")?)?.expect(0)?.says("Verified OK")?;
            by(&digest("other")?)?.expect(1)?;
            piped(verifier, "file", &format!("{line} -"))?
                .expect(0)?
                .says("Verified OK")?;
            piped(verifier, "other", &format!("{line} -"))?.expect(1)?;
        }
    }
    Ok(())
}
