//! Keys of every kind that are made for an identity.

use std::fs;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sigbox_crypto::{Certificate, KeyAlgorithm};
use sigbox_wire::{Bundle, VerificationContent};

#[test]
fn every_algorithm_signs_and_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let instance = Instance::start(now, Lie::None);
    instance.write_trust(directory.path());
    fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let token = format!(
        "{}.{}.{}",
        encode(r#"{"alg":"RS256"}"#),
        encode(&claims),
        encode("signature")
    );
    let run = |line: &str| {
        Cosign::new(&line.split(' ').collect::<Vec<_>>())
            .directory(directory.path())
            .run()
    };
    let sign = |algorithm: &str| {
        run(&format!(
            "sign-blob --signing-config signing_config.v0.2.json --trusted-root trusted_root.json --identity-token {token} \
             --bundle b.json --signing-algorithm {algorithm} hello.txt"
        ))
    };
    for (name, algorithm) in [
        ("ecdsa-sha2-256-nistp256", KeyAlgorithm::EcdsaP256),
        ("ecdsa-sha2-384-nistp384", KeyAlgorithm::EcdsaP384),
        ("ecdsa-sha2-512-nistp521", KeyAlgorithm::EcdsaP521),
        (
            "rsa-sign-pkcs1-2048-sha256",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            "rsa-sign-pkcs1-3072-sha256",
            KeyAlgorithm::Rsa { bits: 3072 },
        ),
        (
            "rsa-sign-pkcs1-4096-sha256",
            KeyAlgorithm::Rsa { bits: 4096 },
        ),
    ] {
        let out = sign(name);
        assert!(out.starts_with("exit 0\n"), "{name}: {out}");
        let bundle = Bundle::parse(&fs::read(directory.path().join("b.json")).unwrap()).unwrap();
        let VerificationContent::Certificate(der) = &bundle.verification_material.content else {
            panic!("no certificate");
        };
        let certificate = Certificate::from_der(der).unwrap();
        assert_eq!(certificate.public_key().algorithm(), algorithm);
        let out = run(&format!(
            "verify-blob --trusted-root trusted_root.json --certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER} \
             --bundle b.json hello.txt"
        ));
        assert_eq!(
            out, "exit 0\n--- stdout\n--- stderr\nVerified OK\n",
            "{name}"
        );
    }
    let other = sign("ed25519-ph");
    assert_eq!(
        other,
        "exit 1\n--- stdout\n--- stderr\nError: invalid argument \"ed25519-ph\" for --signing-algorithm: must be one of \
         ecdsa-sha2-256-nistp256, ecdsa-sha2-384-nistp384, ecdsa-sha2-512-nistp521, rsa-sign-pkcs1-2048-sha256, \
         rsa-sign-pkcs1-3072-sha256, rsa-sign-pkcs1-4096-sha256\n"
    );
}
