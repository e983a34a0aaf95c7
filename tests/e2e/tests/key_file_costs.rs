//! Private key files of every cost that cosign and the library below it have ever written, and of others.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crypto_secretbox::{AeadInPlace as _, Key, KeyInit as _, Nonce, XSalsa20Poly1305};
use scrypt::Params;
use sigbox_crypto::{KeyAlgorithm, SigningKey, pem};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const LABELS: [&str; 2] = [
    "ENCRYPTED SIGSTORE PRIVATE KEY",
    "ENCRYPTED COSIGN PRIVATE KEY",
];
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#;
/// Legacy, standard, OWASP.
const KNOWN: [u64; 3] = [1 << 15, 1 << 16, 1 << 17];
/// The costs of these have no name; the files are written without deriving anything.
const UNKNOWN: [(u64, u32, u32); 7] = [
    (1 << 14, 8, 1),
    (1 << 18, 8, 1),
    (65_535, 8, 1),
    (1 << 16, 9, 1),
    (1 << 16, 8, 2),
    (0, 8, 1),
    (1 << 40, 8, 1),
];

/// A key file as go-securesystemslib writes it, made without the code under test.
fn sealed(key: &SigningKey, password: &str, (n, r, p): (u64, u32, u32), derives: bool) -> String {
    let (salt, nonce) = ([7; 32], [9; 24]);
    let mut derived = [0; 32];
    if derives {
        let cost = Params::new(u8::try_from(n.ilog2()).unwrap(), r, p).unwrap();
        scrypt::scrypt(password.as_bytes(), &salt, &cost, &mut derived).unwrap();
    }
    let mut secret = key.to_pkcs8_der().unwrap().to_vec();
    let tag = XSalsa20Poly1305::new(Key::from_slice(&derived))
        .encrypt_in_place_detached(Nonce::from_slice(&nonce), &[], &mut secret)
        .unwrap();
    let [salt, nonce, text] = [&salt[..], &nonce, &[tag.as_slice(), &secret].concat()]
        .map(|bytes| BASE64_STANDARD.encode(bytes));
    format!(
        r#"{{"kdf":{{"name":"scrypt","params":{{"N":{n},"r":{r},"p":{p}}},"salt":"{salt}"}},"cipher":{{"name":"nacl/secretbox","nonce":"{nonce}"}},"ciphertext":"{text}"}}"#
    )
}

fn client(stack: &Stack, program: &Path, password: &str, line: &str) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env_remove("COSIGN_SIGNING_CONFIG")
        .current_dir(stack.file("."))
        .env("COSIGN_PASSWORD", password)
        .args(line.split_whitespace());
    run(&mut command)
}

#[test]
fn compat_01_keys_of_each_cost_sign_for_both_under_both_labels() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    stack.write("file", "signed\n")?;
    stack.write("empty.json", NO_SERVICES)?;
    for (n, label) in KNOWN.into_iter().zip(LABELS.into_iter().cycle()) {
        for password in ["pw", ""] {
            let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
            let file = sealed(&key, password, (n, 8, 1), true);
            stack.write("made.key", pem::encode(label, file.as_bytes()))?;
            let public = key.public_key().to_pem();
            stack.write("made.pub", &public)?;
            for (signer, verifier) in [(&real, &cosign()), (&cosign(), &real)] {
                let shown = client(&stack, signer, password, "public-key --key made.key")?;
                assert_eq!(shown.expect(0)?.stdout, public, "{n} {label}");
                let sign = "sign-blob --yes --key made.key --signing-config empty.json --bundle b.json file";
                client(&stack, signer, password, sign)?.expect(0)?;
                let verify =
                    "verify-blob --key made.pub --insecure-ignore-tlog --bundle b.json file";
                client(&stack, verifier, "", verify)?
                    .expect(0)?
                    .says("Verified OK")?;
                client(&stack, signer, "no", "public-key --key made.key")?
                    .expect(1)?
                    .says("decryption failed")?;
            }
        }
    }
    Ok(())
}

#[test]
fn compat_01_keys_of_any_other_cost_are_refused_by_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    for cost in UNKNOWN {
        let file = sealed(&key, "pw", cost, false);
        stack.write("made.key", pem::encode(LABELS[0], file.as_bytes()))?;
        for program in [&real, &cosign()] {
            client(&stack, program, "pw", "public-key --key made.key")?
                .expect(1)?
                .says("unsupported scrypt parameters")?;
        }
    }
    Ok(())
}
