//! The signature algorithms a token may have: public-key ones only.

use jsonwebtoken::Algorithm;

/// A signature algorithm of an identity token; HMAC and `none` have no place in this type.
///
/// Source: RFC 7518 §3.1 without HS*; ES512 is missing because the JWT library lacks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenAlgorithm(Algorithm);

impl TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, what a provider signs with that lists nothing.
    pub const RS256: Self = Self(Algorithm::RS256);

    /// The algorithm of this name, if it is one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        Some(Self(match name {
            "RS256" => Algorithm::RS256,
            "RS384" => Algorithm::RS384,
            "RS512" => Algorithm::RS512,
            "PS256" => Algorithm::PS256,
            "PS384" => Algorithm::PS384,
            "PS512" => Algorithm::PS512,
            "ES256" => Algorithm::ES256,
            "ES384" => Algorithm::ES384,
            "EdDSA" => Algorithm::EdDSA,
            _ => return None,
        }))
    }

    /// What a provider's list comes to: the names we know, RS256 if it lists none at all.
    ///
    /// Source: OpenID Connect Discovery 1.0 §3, `id_token_signing_alg_values_supported`.
    pub fn accepted(names: &[String]) -> Vec<Self> {
        if names.is_empty() {
            return vec![Self::RS256];
        }
        names.iter().filter_map(|name| Self::parse(name)).collect()
    }

    pub(super) fn library(self) -> Algorithm {
        self.0
    }
}

impl std::fmt::Display for TokenAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_public_key_algorithms_only() {
        for name in [
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ] {
            assert_eq!(
                TokenAlgorithm::parse(name)
                    .map(|a| a.to_string())
                    .as_deref(),
                Some(name)
            );
        }
        for name in [
            "none", "None", "", "HS256", "HS384", "HS512", "rs256", "ES512", "ES256K",
        ] {
            assert_eq!(TokenAlgorithm::parse(name), None, "{name}");
        }
    }

    #[test]
    fn an_empty_list_means_rs256_and_a_list_of_strangers_nothing() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(TokenAlgorithm::accepted(&[]), [TokenAlgorithm::RS256]);
        assert_eq!(
            TokenAlgorithm::accepted(&names(&["HS256", "RS256", "none"])),
            [TokenAlgorithm::RS256]
        );
        assert_eq!(TokenAlgorithm::accepted(&names(&["HS256"])), []);
    }
}
