//! An issuer's public keys.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use super::{JwksError, TokenAlgorithm, TokenError};
use sigbox_wire::strict_json::parse_message;

/// Where an issuer's keys come from.
#[async_trait]
pub trait JwksSource: Send + Sync {
    /// The issuer's keys, those known or newer ones if `kid` is not among the known.
    ///
    /// An implementation that fetches keeps what it has when a fetch fails, and bounds how often it tries.
    ///
    /// # Errors
    /// [`JwksError`] if there are no keys at all.
    async fn key_set(&self, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, JwksError>;
}

/// The keys of one issuer and the algorithms it signs with.
pub struct KeySet {
    algorithms: Vec<TokenAlgorithm>,
    keys: Vec<VerificationKey>,
}

struct VerificationKey {
    kid: Option<String>,
    /// Algorithms that go with the key's type, curve and `alg` member.
    algorithms: Vec<TokenAlgorithm>,
    decoding: DecodingKey,
}

#[derive(Deserialize)]
struct SetMessage {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct KeyMessage {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a JSON Web Key Set; keys of other types, curves and uses are left out.
    ///
    /// # Errors
    /// [`JwksError::KeySet`], [`JwksError::DuplicateKid`], [`JwksError::NoKey`], [`JwksError::NoAlgorithm`].
    ///
    /// Source: RFC 7517 §4 and §5, RFC 7518 §6, RFC 8037 §2.
    pub fn from_json(json: &[u8], algorithms: Vec<TokenAlgorithm>) -> Result<Self, JwksError> {
        if algorithms.is_empty() {
            return Err(JwksError::NoAlgorithm);
        }
        let message: SetMessage = parse_message(json).map_err(|_| JwksError::KeySet)?;
        let keys: Vec<_> = message
            .keys
            .into_iter()
            .filter_map(VerificationKey::read)
            .collect();
        if keys.is_empty() {
            return Err(JwksError::NoKey);
        }
        let mut seen = HashSet::new();
        for kid in keys.iter().filter_map(|key| key.kid.as_deref()) {
            if !seen.insert(kid) {
                return Err(JwksError::DuplicateKid {
                    kid: kid.to_owned(),
                });
            }
        }
        Ok(Self { algorithms, keys })
    }

    /// Whether a key of this id is there; every set satisfies a token that names none.
    pub(super) fn satisfies(&self, kid: Option<&str>) -> bool {
        kid.is_none() || self.keys.iter().any(|key| key.kid.as_deref() == kid)
    }

    /// The key for a token: the one of its `kid`, or the only one that fits if it names none.
    pub(super) fn find(
        &self,
        kid: Option<&str>,
        algorithm: TokenAlgorithm,
    ) -> Result<&DecodingKey, TokenError> {
        if !self.algorithms.contains(&algorithm) {
            let expected: Vec<_> = self.algorithms.iter().map(ToString::to_string).collect();
            return Err(TokenError::Algorithm {
                expected: expected.join(" or "),
                found: algorithm.to_string(),
            });
        }
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .filter(|key| key.algorithms.contains(&algorithm));
        match (fitting.next(), fitting.count(), kid) {
            (Some(key), 0, _) => Ok(&key.decoding),
            (_, _, Some(kid)) => Err(TokenError::UnknownKey {
                kid: kid.to_owned(),
                algorithm: algorithm.to_string(),
            }),
            (first, more, None) => Err(TokenError::AmbiguousKey {
                found: more + usize::from(first.is_some()),
                algorithm: algorithm.to_string(),
            }),
        }
    }
}

impl VerificationKey {
    fn read(value: Value) -> Option<Self> {
        if !value.is_object() {
            return None;
        }
        let message: KeyMessage = serde_json::from_value(value).ok()?;
        if message.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let (names, decoding): (&[&str], _) = match (message.kty.as_str(), message.crv.as_deref()) {
            ("RSA", _) => (
                &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
                DecodingKey::from_rsa_components(message.n.as_deref()?, message.e.as_deref()?),
            ),
            ("EC", Some("P-256")) => (
                &["ES256"],
                DecodingKey::from_ec_components(message.x.as_deref()?, message.y.as_deref()?),
            ),
            ("EC", Some("P-384")) => (
                &["ES384"],
                DecodingKey::from_ec_components(message.x.as_deref()?, message.y.as_deref()?),
            ),
            ("OKP", Some("Ed25519")) => (
                &["EdDSA"],
                DecodingKey::from_ed_components(message.x.as_deref()?),
            ),
            _ => return None,
        };
        let algorithms: Vec<_> = names
            .iter()
            .filter(|name| message.alg.as_deref().is_none_or(|alg| alg == **name))
            .filter_map(|name| TokenAlgorithm::parse(name))
            .collect();
        Some(Self {
            kid: message.kid,
            algorithms,
            decoding: decoding.ok()?,
        })
    }
}

/// Keys that are handed over in the process, by a provider that runs in it or from a file.
pub struct StaticJwks(RwLock<Arc<KeySet>>);

impl StaticJwks {
    /// The keys of this JSON Web Key Set.
    ///
    /// # Errors
    /// As [`KeySet::from_json`].
    pub fn new(json: &[u8], algorithms: Vec<TokenAlgorithm>) -> Result<Self, JwksError> {
        Ok(Self(RwLock::new(Arc::new(KeySet::from_json(
            json, algorithms,
        )?))))
    }

    /// Puts other keys in their place, after the provider has rotated.
    pub fn replace(&self, keys: KeySet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }
}

#[async_trait]
impl JwksSource for StaticJwks {
    async fn key_set(&self, _kid: Option<&str>, _now: Timestamp) -> Result<Arc<KeySet>, JwksError> {
        Ok(self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    const P256_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const P256_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn algorithms() -> Vec<TokenAlgorithm> {
        ["RS256", "ES256", "EdDSA"]
            .into_iter()
            .filter_map(TokenAlgorithm::parse)
            .collect()
    }

    fn set(keys: &Value) -> Result<KeySet, JwksError> {
        KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes(), algorithms())
    }

    fn rsa(kid: &str) -> Value {
        json!({"kty":"RSA","use":"sig","alg":"RS256","kid":kid,"n":"yX9sgXUB","e":"AQAB"})
    }

    #[test]
    fn finds_by_exact_kid_and_fitting_algorithm() {
        let ec = json!({"kty":"EC","crv":"P-256","kid":"b","x":P256_X,"y":P256_Y});
        let keys = set(&json!([rsa("a"), ec])).unwrap();
        let es256 = TokenAlgorithm::parse("ES256").unwrap();
        let unknown = |kid: &str, algorithm: &str| TokenError::UnknownKey {
            kid: kid.to_owned(),
            algorithm: algorithm.to_owned(),
        };
        assert!(keys.find(Some("a"), TokenAlgorithm::RS256).is_ok());
        assert!(keys.find(Some("b"), es256).is_ok());
        assert!(keys.find(None, es256).is_ok());
        assert_eq!(
            keys.find(Some("b"), TokenAlgorithm::RS256).unwrap_err(),
            unknown("b", "RS256")
        );
        assert_eq!(
            keys.find(Some("A"), TokenAlgorithm::RS256).unwrap_err(),
            unknown("A", "RS256")
        );
        assert_eq!(
            keys.find(Some("a"), TokenAlgorithm::parse("PS256").unwrap())
                .unwrap_err(),
            TokenError::Algorithm {
                expected: "RS256 or ES256 or EdDSA".to_owned(),
                found: "PS256".to_owned()
            }
        );
        assert!(keys.satisfies(None) && keys.satisfies(Some("a")) && !keys.satisfies(Some("c")));
    }

    #[test]
    fn a_token_without_kid_needs_exactly_one_key() {
        let keys = set(&json!([rsa("a"), rsa("b")])).unwrap();
        let ambiguous = |found, algorithm: &str| TokenError::AmbiguousKey {
            found,
            algorithm: algorithm.to_owned(),
        };
        assert_eq!(
            keys.find(None, TokenAlgorithm::RS256).unwrap_err(),
            ambiguous(2, "RS256")
        );
        let eddsa = TokenAlgorithm::parse("EdDSA").unwrap();
        assert_eq!(keys.find(None, eddsa).unwrap_err(), ambiguous(0, "EdDSA"));
    }

    #[test]
    fn leaves_out_what_it_cannot_use_and_refuses_confusion() {
        let strange = json!([
            {"kty":"oct","k":"AAAA","kid":"a"},
            {"kty":"EC","crv":"P-521","kid":"a","x":P256_X,"y":P256_Y},
            {"kty":"RSA","use":"enc","kid":"a","n":"yX9s","e":"AQAB"},
            "text",
            ["RSA", "sig", "RS256", "a", null, "yX9s", "AQAB"],
        ]);
        assert_eq!(set(&strange).err(), Some(JwksError::NoKey));
        assert_eq!(
            set(&json!([rsa("a"), rsa("a")])).err(),
            Some(JwksError::DuplicateKid {
                kid: "a".to_owned()
            })
        );
        assert_eq!(
            KeySet::from_json(b"<html>", algorithms()).err(),
            Some(JwksError::KeySet)
        );
        assert_eq!(
            KeySet::from_json(b"{\"keys\":[]}", vec![]).err(),
            Some(JwksError::NoAlgorithm)
        );
    }
}
