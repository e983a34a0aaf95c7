//! `sign-blob --key` of a large file, which is hashed while the key file is opened: before it is known by which hash.

use crate::images::{World, refused, stderr};
use serde_json::Value;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};

const LARGE: usize = 2 * 1024 * 1024;

#[test]
fn the_hash_is_the_keys_whatever_was_guessed() {
    let world = World::new();
    world.write("large", &"x".repeat(LARGE));
    world.write("other", &"y".repeat(LARGE));
    for (algorithm, hash) in [
        (KeyAlgorithm::EcdsaP256, "SHA2_256"),
        (KeyAlgorithm::EcdsaP384, "SHA2_384"),
    ] {
        let key = SigningKey::generate(algorithm).unwrap();
        world.write("my.key", &EncryptedKey::seal(&key, b"pw").unwrap().to_pem());
        world.write("my.pub", &key.public_key().to_pem());
        let sign = [
            "sign-blob",
            "--key=my.key",
            "--signing-config=empty.json",
            "--bundle=my.json",
        ];
        let signed = world.cosign(&[&sign[..], &["large"]].concat());
        assert!(signed.starts_with("exit 0\n"), "{signed}");
        let bundle: Value = serde_json::from_str(&world.read("my.json")).unwrap();
        assert_eq!(
            bundle["messageSignature"]["messageDigest"]["algorithm"],
            hash
        );
        let verify = [
            "verify-blob",
            "--key=my.pub",
            "--insecure-ignore-tlog",
            "--bundle=my.json",
        ];
        let verified = world.cosign(&[&verify[..], &["large"]].concat());
        assert!(stderr(&verified).ends_with("Verified OK\n"), "{verified}");
        let other = world.cosign(&[&verify[..], &["other"]].concat());
        assert!(other.starts_with("exit 1\n"), "{other}");
    }
}

#[test]
fn a_wrong_password_is_said_before_the_file_is_hashed() {
    let world = World::new();
    world.write("large", &"x".repeat(LARGE));
    let sign = [
        "sign-blob",
        "--key=cosign.key",
        "--signing-config=empty.json",
        "--bundle=my.json",
        "large",
    ];
    let shown = world.cosign_with("COSIGN_PASSWORD", "no", &sign);
    let says = "Error: signing large: getting keypair and token: getting signer: reading key: decrypt: encrypted: decryption failed\n";
    refused(&shown, 1, says);
    assert!(!world.directory().join("my.json").exists());
}
