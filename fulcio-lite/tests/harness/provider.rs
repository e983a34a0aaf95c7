//! An identity provider that signs whatever it is told to.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use der::{Decode as _, Reader as _, SliceReader, asn1::UintRef};
use fulcio_lite::identity::{StaticJwks, TokenAlgorithm};
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey};

pub struct Provider {
    pub url: String,
    pub key: SigningKey,
    pub kid: String,
}

impl Provider {
    pub fn new(url: &str, algorithm: KeyAlgorithm) -> Self {
        Self {
            url: url.to_owned(),
            key: SigningKey::generate(algorithm).unwrap(),
            kid: "k1".to_owned(),
        }
    }

    pub fn algorithm(&self) -> &'static str {
        match self.key.algorithm() {
            KeyAlgorithm::Rsa { .. } => "RS256",
            KeyAlgorithm::EcdsaP256 => "ES256",
            KeyAlgorithm::EcdsaP384 => "ES384",
            KeyAlgorithm::Ed25519 => "EdDSA",
            KeyAlgorithm::EcdsaP521 => panic!("no such provider"),
        }
    }

    pub fn jwks(&self) -> Value {
        json!({ "keys": [jwk(self.key.public_key(), &self.kid)] })
    }

    pub fn static_jwks(&self) -> StaticJwks {
        let algorithm = TokenAlgorithm::parse(self.algorithm()).unwrap();
        StaticJwks::new(self.jwks().to_string().as_bytes(), vec![algorithm]).unwrap()
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm(), "kid": self.kid, "typ": "JWT" })
    }

    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header().to_string(), &claims.to_string())
    }

    /// A token with exactly these texts, signed.
    pub fn token_with(&self, header: &str, claims: &str) -> String {
        let signed = signing_input(header, claims);
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        let signature = match self.key.algorithm() {
            KeyAlgorithm::EcdsaP256 => fixed(&signature, 32),
            KeyAlgorithm::EcdsaP384 => fixed(&signature, 48),
            _ => signature,
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub fn signing_input(header: &str, claims: &str) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

fn jwk(key: &PublicKey, kid: &str) -> Value {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let bits = key.subject_public_key_bits();
    match key.algorithm() {
        KeyAlgorithm::Rsa { .. } => {
            let (n, e) = two_integers(bits);
            json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": encode(&n), "e": encode(&e)})
        }
        KeyAlgorithm::Ed25519 => {
            json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encode(bits)})
        }
        other => {
            let (x, y) = bits[1..].split_at(bits.len() / 2);
            let crv = if other == KeyAlgorithm::EcdsaP256 {
                "P-256"
            } else {
                "P-384"
            };
            json!({"kty": "EC", "crv": crv, "kid": kid, "x": encode(x), "y": encode(y)})
        }
    }
}

/// The members of `SEQUENCE { INTEGER, INTEGER }`: an RSA key or an ECDSA signature.
fn two_integers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reader = SliceReader::new(der).unwrap();
    reader
        .sequence(|inner| -> der::Result<_> {
            Ok((
                UintRef::decode(inner)?.as_bytes().to_vec(),
                UintRef::decode(inner)?.as_bytes().to_vec(),
            ))
        })
        .unwrap()
}

/// `r || s` with `length` bytes each, as JWS has it.
fn fixed(der: &[u8], length: usize) -> Vec<u8> {
    let (r, s) = two_integers(der);
    let mut out = vec![0; 2 * length];
    out[length - r.len()..length].copy_from_slice(&r);
    out[2 * length - s.len()..].copy_from_slice(&s);
    out
}
