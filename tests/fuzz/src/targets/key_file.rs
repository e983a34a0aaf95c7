//! cosign's private key file: what is read is written and read again as the same, and no file chooses what opening costs.
//!
//! No file is opened here: what a password costs is tested with the crate itself.

use std::str::from_utf8;

use serde_json::Value;
use sigbox_crypto::{EncryptedKey, PublicKey, SigningKey, pem};

use super::choose;
use crate::bounds::{bounded, twice};

/// The costs that a released cosign has written.
const COSTS: [u64; 3] = [1 << 15, 1 << 16, 1 << 17];

pub(super) fn target(data: &[u8]) {
    match choose(data, 3) {
        Some((0, rest)) => encrypted(rest),
        // The engine cannot see through base64, so that it is spared the armour.
        Some((1, rest)) => {
            let armoured = pem::encode("ENCRYPTED SIGSTORE PRIVATE KEY", rest);
            encrypted(armoured.as_bytes());
        }
        Some((_, rest)) => plain(rest),
        None => {}
    }
}

fn encrypted(text: &[u8]) {
    let Ok(text) = from_utf8(text) else { return };
    let Some(key) = twice(text.len(), || EncryptedKey::parse(text)) else {
        return;
    };
    let written = key.to_pem();
    assert_eq!(EncryptedKey::parse(&written).unwrap(), key);
    let block = pem::decode_one(&written).unwrap();
    let json: Value = serde_json::from_slice(&block.der).unwrap();
    let parameters = &json["kdf"]["params"];
    assert!(COSTS.map(Value::from).contains(&parameters["N"]));
    assert_eq!(parameters["r"], 8);
    assert_eq!(parameters["p"], 1);
}

/// Keys that are not encrypted, and the armour itself.
fn plain(text: &[u8]) {
    let Ok(text) = from_utf8(text) else { return };
    if let Ok(blocks) = bounded(text.len(), || pem::decode_all(text)) {
        assert!((1..=32).contains(&blocks.len()));
        for block in &blocks {
            let again = pem::decode_all(&pem::encode("X", &block.der)).unwrap();
            assert_eq!(again[0].der, block.der);
        }
    }
    if let Ok(key) = bounded(text.len(), || SigningKey::from_pem(text)) {
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.public_key().spki_der(), key.public_key().spki_der());
    }
    if let Ok(key) = bounded(text.len(), || PublicKey::from_pem(text)) {
        let again = PublicKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.spki_der(), key.spki_der());
    }
}
