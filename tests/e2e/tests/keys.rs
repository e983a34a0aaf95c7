//! Keys of one's own: the real cosign's key files and ours cross over, with the log and without.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::Result;
use sigbox_crypto::{KeyAlgorithm, SigningKey, pem};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

/// Runs a command of a client with the password of all keys here.
fn client(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command.env("COSIGN_PASSWORD", "pw").args(arguments);
    run(&mut command)
}

/// A path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A key pair in two files.
struct Pair {
    private: PathBuf,
    public: PathBuf,
}

fn generate(stack: &Stack, maker: &Path, name: &str) -> Result<Pair> {
    let prefix = stack.file(name);
    let arguments = ["generate-key-pair", "--output-key-prefix", text(&prefix)];
    client(stack, maker, &arguments)?
        .expect(0)?
        .says("Private key written to")?;
    Ok(Pair {
        private: stack.file(&format!("{name}.key")),
        public: stack.file(&format!("{name}.pub")),
    })
}

#[test]
fn compat_01_02_every_key_file_signs_and_verifies_with_every_client() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let artifact = stack.write("artifact", "signed with a key\n")?;
    let other = stack.write("other", "not signed\n")?;
    let bundle = stack.file("bundle.json");
    let pairs = [
        generate(&stack, &real, "real")?,
        generate(&stack, &ours, "ours")?,
    ];
    for (signer, verifier) in [
        (&real, &ours),
        (&ours, &real),
        (&ours, &ours),
        (&real, &real),
    ] {
        for (index, pair) in pairs.iter().enumerate() {
            let sign = [
                "sign-blob",
                "--yes",
                "--key",
                text(&pair.private),
                "--bundle",
                text(&bundle),
                text(&artifact),
            ];
            client(&stack, signer, &sign)?.expect(0)?;
            let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&bundle)?)?;
            let material = &json["verificationMaterial"];
            assert_eq!(
                material["tlogEntries"][0]["kindVersion"]["version"],
                "0.0.2"
            );
            assert!(material["publicKey"]["hint"].is_string(), "{material}");
            let verify = |key: &Path, artifact: &Path| -> Result<Outcome> {
                let (key, artifact) = (text(key), text(artifact));
                let arguments = [
                    "verify-blob",
                    "--key",
                    key,
                    "--bundle",
                    text(&bundle),
                    artifact,
                ];
                client(&stack, verifier, &arguments)
            };
            verify(&pair.public, &artifact)?
                .expect(0)?
                .says("Verified OK")?;
            verify(&pair.public, &other)?.expect(1)?.says("Error: ")?;
            let stranger = &pairs[1 - index].public;
            verify(stranger, &artifact)?.expect(1)?.says("Error: ")?;
        }
    }
    Ok(())
}

#[test]
fn compat_01_04_both_clients_read_and_refuse_the_same_key_files() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    for (name, maker) in [("real", &real), ("ours", &ours)] {
        let pair = generate(&stack, maker, name)?;
        let file = std::fs::read_to_string(&pair.private)?;
        let json = String::from_utf8(pem::decode_one(&file)?.der.to_vec())?;
        assert!(
            json.contains(r#""params":{"N":65536,"r":8,"p":1}"#),
            "{json}"
        );
        let absurd = json.replace("\"N\":65536", "\"N\":1073741824");
        let label = "ENCRYPTED SIGSTORE PRIVATE KEY";
        let absurd = stack.write("absurd.key", pem::encode(label, absurd.as_bytes()))?;
        let old = stack.write(
            "old.key",
            pem::encode("ENCRYPTED COSIGN PRIVATE KEY", json.as_bytes()),
        )?;
        let label = stack.write("label.key", pem::encode("PRIVATE KEY", json.as_bytes()))?;
        let public = std::fs::read_to_string(&pair.public)?;
        for reader in [&real, &ours] {
            let read = |key: &Path| client(&stack, reader, &["public-key", "--key", text(key)]);
            assert_eq!(read(&pair.private)?.expect(0)?.stdout, public);
            assert_eq!(read(&old)?.expect(0)?.stdout, public);
            read(&absurd)?
                .expect(1)?
                .says("unsupported scrypt parameters")?;
            read(&label)?
                .expect(1)?
                .says("unsupported pem type: PRIVATE KEY")?;
            let mut wrong = stack.command(reader)?;
            wrong
                .env("COSIGN_PASSWORD", "PW")
                .args(["public-key", "--key", text(&pair.private)]);
            run(&mut wrong)?
                .expect(1)?
                .says("Error: decrypt: encrypted: decryption failed")?;
            let mut variable = stack.command(reader)?;
            variable
                .env("COSIGN_PASSWORD", "pw")
                .env("SIGNING_KEY", &file)
                .args(["public-key", "--key", "env://SIGNING_KEY"]);
            assert_eq!(run(&mut variable)?.expect(0)?.stdout, public);
        }
    }
    Ok(())
}

#[test]
fn compat_03_imported_keys_cross_over() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let bundle = stack.file("bundle.json");
    // The real client takes SHA-256 for every key unless it is told otherwise. With Ed25519 it refuses what it has
    // signed for the log itself, so that there only its key files cross over.
    let sha384: &[&str] = &["--signature-digest-algorithm", "sha384"];
    for (algorithm, name, told) in [
        (KeyAlgorithm::Rsa { bits: 2048 }, "rsa", Some(&[][..])),
        (KeyAlgorithm::EcdsaP256, "p256", Some(&[][..])),
        (KeyAlgorithm::EcdsaP384, "p384", Some(sha384)),
        (KeyAlgorithm::Ed25519, "ed25519", None),
    ] {
        let key = SigningKey::generate(algorithm)?;
        let plain = stack.write(&format!("{name}.pem"), key.to_pkcs8_pem()?.as_bytes())?;
        for (turn, (importer, signer)) in [(&real, &ours), (&ours, &real), (&ours, &ours)]
            .into_iter()
            .enumerate()
        {
            // RSA and Ed25519 sign the same thing in the same way, and the log takes it once.
            let artifact = stack.write("artifact", format!("{name} {turn}"))?;
            let prefix = stack.file(name);
            let import = [
                "import-key-pair",
                "--yes",
                "--key",
                text(&plain),
                "--output-key-prefix",
                text(&prefix),
            ];
            client(&stack, importer, &import)?.expect(0)?;
            let (private, public) = (
                stack.file(&format!("{name}.key")),
                stack.file(&format!("{name}.pub")),
            );
            assert_eq!(std::fs::read_to_string(&public)?, key.public_key().to_pem());
            let sign = [
                "sign-blob",
                "--yes",
                "--key",
                text(&private),
                "--bundle",
                text(&bundle),
                text(&artifact),
            ];
            let signer = if told.is_some() { signer } else { &ours };
            client(&stack, signer, &sign)?.expect(0)?;
            let verify = [
                "verify-blob",
                "--key",
                text(&public),
                "--bundle",
                text(&bundle),
                text(&artifact),
            ];
            client(&stack, &ours, &verify)?
                .expect(0)?
                .says("Verified OK")?;
            if let Some(told) = told {
                client(&stack, &real, &[&verify, told].concat())?
                    .expect(0)?
                    .says("Verified OK")?;
            }
        }
    }
    Ok(())
}

#[test]
fn compat_05_a_key_signs_without_any_service() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let pair = generate(&stack, &ours, "ours")?;
    let artifact = stack.write("artifact", "signed in a sealed room\n")?;
    let bundle = stack.file("bundle.json");
    // The config that the real client writes for this: it names no service.
    let config = client(&stack, &real, &["signing-config", "create"])?.expect(0)?;
    let config = stack.write("empty.json", config.stdout)?;
    for (signer, verifier) in [(&real, &ours), (&ours, &real), (&ours, &ours)] {
        let sign = [
            "sign-blob",
            "--key",
            text(&pair.private),
            "--signing-config",
            text(&config),
            "--bundle",
            text(&bundle),
            text(&artifact),
        ];
        client(&stack, signer, &sign)?.expect(0)?;
        let verify = |more: &[&str]| -> Result<Outcome> {
            let arguments = [
                "verify-blob",
                "--key",
                text(&pair.public),
                "--bundle",
                text(&bundle),
                text(&artifact),
            ];
            client(&stack, verifier, &[&arguments, more].concat())
        };
        verify(&["--insecure-ignore-tlog"])?
            .expect(0)?
            .says("WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability verification for the blob.")?
            .says("Verified OK")?;
        verify(&[])?
            .expect(1)?
            .says("not enough verified log entries from transparency log: 0 < 1")?;
        verify(&["--insecure-ignore-tlog", "--use-signed-timestamps"])?
            .expect(1)?
            .says("threshold not met for verified signed timestamps: 0 < 1")?;
    }
    Ok(())
}
