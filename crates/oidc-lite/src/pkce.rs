//! Proof Key for Code Exchange, S256 only. Source: RFC 7636.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The hash of a verifier that only the client knows yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge([u8; 32]);

/// Why a challenge is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChallengeError {
    /// `plain`, by name or by default, or anything else.
    #[error("code_challenge_method must be S256")]
    Method,
    /// Not the base64url of 32 bytes.
    #[error("code_challenge is not the base64url of a SHA-256")]
    Malformed,
    /// A method without a challenge.
    #[error("code_challenge is missing")]
    Missing,
}

impl Challenge {
    /// The challenge of an authorization request; `None` if it sends none.
    pub(crate) fn parse(
        challenge: Option<&str>,
        method: Option<&str>,
    ) -> Result<Option<Self>, ChallengeError> {
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ChallengeError::Missing),
            (Some(text), Some("S256")) => {
                let bytes = URL_SAFE_NO_PAD
                    .decode(text)
                    .map_err(|_| ChallengeError::Malformed)?;
                let hash = bytes.try_into().map_err(|_| ChallengeError::Malformed)?;
                Ok(Some(Self(hash)))
            }
            (Some(_), _) => Err(ChallengeError::Method),
        }
    }

    /// True if `verifier` is what the challenge was made from.
    pub(crate) fn matches(&self, verifier: &str) -> bool {
        let hash = digest(&SHA256, verifier.as_bytes());
        verify_slices_are_equal(&self.0, hash.as_ref()).is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn matches_the_example_of_the_specification() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256"))
            .unwrap()
            .unwrap();
        assert!(challenge.matches(VERIFIER));
        assert!(!challenge.matches(CHALLENGE));
        assert!(!challenge.matches(""));
    }

    #[test]
    fn takes_nothing_but_s256() {
        for (challenge, method, expected) in [
            (None, None, Ok(None)),
            (Some(CHALLENGE), None, Err(ChallengeError::Method)),
            (Some(CHALLENGE), Some("plain"), Err(ChallengeError::Method)),
            (Some(CHALLENGE), Some("s256"), Err(ChallengeError::Method)),
            (Some("short"), Some("S256"), Err(ChallengeError::Malformed)),
            (Some("!"), Some("S256"), Err(ChallengeError::Malformed)),
            (None, Some("S256"), Err(ChallengeError::Missing)),
        ] {
            assert_eq!(Challenge::parse(challenge, method), expected);
        }
    }
}
