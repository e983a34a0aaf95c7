//! Which keys may have signed an entry, with which hash.

use sigbox_crypto::{HashAlgorithm, KeyAlgorithm};

/// A kind of key, the hash it signs with, and the name of the pair in configurations.
type Pair = (KeyAlgorithm, HashAlgorithm, &'static str);

/// The pairs that a hashedrekord can hold; the names are upstream's.
///
/// Source: sigstore `pkg/signature/algorithm_registry.go`. Pure Ed25519 is left out: it signs no digest.
const PAIRS: [Pair; 7] = [
    (
        KeyAlgorithm::Rsa { bits: 2048 },
        HashAlgorithm::Sha2_256,
        "rsa-sign-pkcs1-2048-sha256",
    ),
    (
        KeyAlgorithm::Rsa { bits: 3072 },
        HashAlgorithm::Sha2_256,
        "rsa-sign-pkcs1-3072-sha256",
    ),
    (
        KeyAlgorithm::Rsa { bits: 4096 },
        HashAlgorithm::Sha2_256,
        "rsa-sign-pkcs1-4096-sha256",
    ),
    (
        KeyAlgorithm::EcdsaP256,
        HashAlgorithm::Sha2_256,
        "ecdsa-sha2-256-nistp256",
    ),
    (
        KeyAlgorithm::EcdsaP384,
        HashAlgorithm::Sha2_384,
        "ecdsa-sha2-384-nistp384",
    ),
    (
        KeyAlgorithm::EcdsaP521,
        HashAlgorithm::Sha2_512,
        "ecdsa-sha2-512-nistp521",
    ),
    (KeyAlgorithm::Ed25519, HashAlgorithm::Sha2_512, "ed25519-ph"),
];

/// The pairs of key and hash that this log takes; all seven by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermittedAlgorithms {
    pairs: Vec<Pair>,
}

/// A configuration names a pair that no hashedrekord can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a signing algorithm of this log, expected one of {}", flags().join(", "))]
pub struct UnknownAlgorithmFlag {
    /// The name as configured.
    pub found: String,
}

fn flags() -> [&'static str; 7] {
    PAIRS.map(|(_, _, flag)| flag)
}

impl Default for PermittedAlgorithms {
    fn default() -> Self {
        Self {
            pairs: PAIRS.to_vec(),
        }
    }
}

impl PermittedAlgorithms {
    /// Takes the pairs named as upstream's `--client-signing-algorithms` names them, for example
    /// `ecdsa-sha2-256-nistp256`.
    ///
    /// # Errors
    /// [`UnknownAlgorithmFlag`] for the first name that is none.
    pub fn from_flags<'a>(
        flags: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, UnknownAlgorithmFlag> {
        let find = |flag: &str| PAIRS.into_iter().find(|(_, _, known)| *known == flag);
        let pairs = flags.into_iter().map(|flag| {
            find(flag).ok_or(UnknownAlgorithmFlag {
                found: flag.to_owned(),
            })
        });
        Ok(Self {
            pairs: pairs.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a key of this kind and size may have signed with this hash.
    pub fn permits(&self, key: KeyAlgorithm, hash: HashAlgorithm) -> bool {
        self.pairs
            .iter()
            .any(|(known_key, known_hash, _)| (*known_key, *known_hash) == (key, hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_takes_seven_pairs_and_no_other() {
        let all = PermittedAlgorithms::default();
        let keys = [1024, 2048, 2560, 3072, 4096].map(|bits| KeyAlgorithm::Rsa { bits });
        let curves = [
            KeyAlgorithm::EcdsaP256,
            KeyAlgorithm::EcdsaP384,
            KeyAlgorithm::EcdsaP521,
            KeyAlgorithm::Ed25519,
        ];
        let hashes = [
            HashAlgorithm::Sha2_256,
            HashAlgorithm::Sha2_384,
            HashAlgorithm::Sha2_512,
        ];
        let mut permitted = 0;
        for key in keys.into_iter().chain(curves) {
            for hash in hashes {
                let pair = all.permits(key, hash);
                assert_eq!(
                    pair,
                    PAIRS.iter().any(|known| (known.0, known.1) == (key, hash)),
                    "{key} {hash}"
                );
                permitted += usize::from(pair);
            }
        }
        assert_eq!(permitted, 7);
    }

    #[test]
    fn a_choice_is_made_by_upstream_s_names() {
        let only = PermittedAlgorithms::from_flags(["ecdsa-sha2-256-nistp256"]);
        let only = only.unwrap_or_default();
        assert!(only.permits(KeyAlgorithm::EcdsaP256, HashAlgorithm::Sha2_256));
        assert!(!only.permits(KeyAlgorithm::EcdsaP384, HashAlgorithm::Sha2_384));
        let refused = PermittedAlgorithms::from_flags(["ed25519"]);
        assert_eq!(
            refused,
            Err(UnknownAlgorithmFlag {
                found: "ed25519".to_owned()
            })
        );
    }
}
