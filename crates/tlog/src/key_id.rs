//! Key IDs: which key a signature line names.

use sha2::{Digest as _, Sha256};

use crate::note::KeyHint;

/// Signature types of the C2SP signed-note registry.
const TYPE_ED25519: u8 = 0x01;
const TYPE_RFC6962: u8 = 0x05;

/// Full key ID of an ECDSA log key: SHA-256 of its DER SubjectPublicKeyInfo.
///
/// Source: C2SP signed-note, signature type 0x02; Rekor uses it for v1 with every key type.
pub fn ecdsa(spki: &[u8]) -> [u8; 32] {
    Sha256::digest(spki).into()
}

/// Full key ID of an Ed25519 log key: SHA-256 of name, newline, `0x01` and the 32-byte key.
///
/// Source: C2SP signed-note, "Signature types".
pub fn ed25519(name: &str, key: &[u8; 32]) -> [u8; 32] {
    typed(name, TYPE_ED25519, key)
}

/// Full key ID of a CT log whose checkpoint carries an RFC 6962 tree head signature: SHA-256 of name, newline, `0x05`
/// and the 32-byte log ID.
///
/// Source: C2SP static-ct-api, "Checkpoints".
pub fn rfc6962(name: &str, log_id: &[u8; 32]) -> [u8; 32] {
    typed(name, TYPE_RFC6962, log_id)
}

/// The first four bytes of a key ID, as a signature line carries them.
pub fn hint(key_id: &[u8; 32]) -> KeyHint {
    let [a, b, c, d, ..] = *key_id;
    KeyHint([a, b, c, d])
}

fn typed(name: &str, signature_type: u8, key: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', signature_type])
        .chain_update(key)
        .finalize()
        .into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// `<name>+<8 hex hint>+<b64(0x01 || key)>`.
    fn ed25519_vkey(vkey: &str) -> ([u8; 32], KeyHint) {
        let mut parts = vkey.splitn(3, '+');
        let name = parts.next().unwrap();
        let hint = u32::from_str_radix(parts.next().unwrap(), 16)
            .unwrap()
            .to_be_bytes();
        let key = STANDARD.decode(parts.next().unwrap()).unwrap();
        let (signature_type, key) = key.split_first().unwrap();
        assert_eq!(*signature_type, TYPE_ED25519);
        (ed25519(name, key.try_into().unwrap()), KeyHint(hint))
    }

    #[test]
    fn ed25519_vectors() {
        let table = [
            (
                "rekor-local+d80b4420+AURLycjWRo1+gdwwCLg9wU4PayMFdNBmPF4ORVPiBQ1E",
                "2AtEIMfG6Y41yK0tcwRTBS2tjhOrjKGIpDkHFgp65g0=",
            ),
            (
                "rekor.local+42aa7e32+AbAapwfTnJSrmojTt1yGj6ePklVDI/Rmu8JsOUBu3yfV",
                "Qqp+Mk2DNDeLi2EMRbHKjFFeQdzNyNEhKCpluiQ/FsQ=",
            ),
        ];
        for (vkey, expected) in table {
            let (key_id, vkey_hint) = ed25519_vkey(vkey);
            assert_eq!(STANDARD.encode(key_id), expected);
            assert_eq!(hint(&key_id), vkey_hint);
        }
    }

    #[test]
    fn ecdsa_vector() {
        let spki = STANDARD
            .decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbE3Gr1NfzizG/HGR5ZxiH0m459Lq1XiDRZe24uF7JtNVPLmG9xW7pVqGeq8tPln76pJGaR4BqAcMgUi5WrT88w==")
            .unwrap();
        assert_eq!(
            STANDARD.encode(ecdsa(&spki)),
            "0cZQKvcmDihBiobpsIaDMa28Bb4G0KMMF4+HgiLk2ms="
        );
    }

    #[test]
    fn the_name_and_the_type_are_part_of_the_key_id() {
        let key = [7; 32];
        assert_ne!(ed25519("a", &key), ed25519("b", &key));
        assert_ne!(ed25519("a", &key), rfc6962("a", &key));
    }
}
