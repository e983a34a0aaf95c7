//! An identity token as the client needs it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An identity token (compact JWS), with the claims that the proof of possession needs.
///
/// The claims are read without checking the signature: the certificate authority verifies the token,
/// and the certificate says what it found. `Debug` shows no part of the token.
#[derive(Clone)]
pub struct IdentityToken {
    raw: String,
    challenge: String,
}

/// A text that cannot serve as identity token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not three base64url parts with a JSON header.
    #[error("the identity token is not a compact JWS (three base64url parts)")]
    Form,
    /// The claims are not the JSON object of an identity token.
    #[error("the identity token's claims cannot be read")]
    Claims,
    /// There is an e-mail address, but the provider did not check it.
    #[error("the token's e-mail address is not verified by identity provider")]
    EmailNotVerified,
    /// Neither `email` nor `sub` is there.
    #[error("the identity token names no subject")]
    NoSubject,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "alg")]
    _alg: String,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    email_verified: Flag,
}

/// Some providers write the boolean as a string.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(String),
    #[default]
    Absent,
}

impl IdentityToken {
    /// Takes a token; white space around it is removed.
    ///
    /// # Errors
    /// [`TokenError`] if it has not the form of a token, or names nobody.
    ///
    /// Source: RFC 7519 §7.2 (form); Fulcio's challenge rule: a verified `email`, else `sub`.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let raw = text.trim();
        let parts: Vec<&str> = raw.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(TokenError::Form);
        };
        let header = decode(header).ok_or(TokenError::Form)?;
        object::<Header>(&header).ok_or(TokenError::Form)?;
        decode(signature)
            .filter(|signature| !signature.is_empty())
            .ok_or(TokenError::Form)?;
        let claims = decode(claims).ok_or(TokenError::Form)?;
        let claims: Claims = object(&claims).ok_or(TokenError::Claims)?;
        Ok(Self {
            challenge: challenge(claims)?,
            raw: raw.to_owned(),
        })
    }

    /// Whether a text has the form of a token; a file name has not.
    pub(crate) fn looks_like_one(text: &str) -> bool {
        !matches!(Self::parse(text), Err(TokenError::Form))
    }

    /// The token as it is sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.raw
    }

    /// What the proof of possession signs: the e-mail address, else the subject.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }
}

impl fmt::Debug for IdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityToken([redacted])")
    }
}

fn challenge(claims: Claims) -> Result<String, TokenError> {
    if !claims.email.is_empty() {
        return match claims.email_verified {
            Flag::Bool(true) => Ok(claims.email),
            Flag::Text(text) if text == "true" => Ok(claims.email),
            _ => Err(TokenError::EmailNotVerified),
        };
    }
    if claims.sub.is_empty() {
        return Err(TokenError::NoSubject);
    }
    Ok(claims.sub)
}

/// A JSON object; a struct alone would be read from an array of values as well.
pub(super) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    let members: Map<String, Value> = serde_json::from_slice(json).ok()?;
    serde_json::from_value(Value::Object(members)).ok()
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{IdentityToken, TokenError, URL_SAFE_NO_PAD};
    use base64::Engine as _;

    fn token(claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            encode(r#"{"alg":"RS256"}"#),
            encode(claims),
            encode("signature")
        )
    }

    #[test]
    fn the_challenge_is_a_verified_email_else_the_subject() {
        for (claims, expected) in [
            (
                r#"{"sub":"s","email":"a@b.c","email_verified":true}"#,
                Ok("a@b.c"),
            ),
            (
                r#"{"sub":"s","email":"a@b.c","email_verified":"true"}"#,
                Ok("a@b.c"),
            ),
            (r#"{"sub":"s"}"#, Ok("s")),
            (
                r#"{"sub":"s","email":"a@b.c","email_verified":false}"#,
                Err(TokenError::EmailNotVerified),
            ),
            (
                r#"{"sub":"s","email":"a@b.c"}"#,
                Err(TokenError::EmailNotVerified),
            ),
            ("{}", Err(TokenError::NoSubject)),
            ("\"text\"", Err(TokenError::Claims)),
            (r#"["s"]"#, Err(TokenError::Claims)),
        ] {
            let parsed = IdentityToken::parse(&token(claims));
            let challenge = parsed.as_ref().map(IdentityToken::challenge);
            assert_eq!(challenge, expected.as_ref().copied(), "{claims}");
        }
    }

    #[test]
    fn white_space_of_a_token_file_is_not_part_of_the_token() {
        let text = token(r#"{"sub":"s"}"#);
        let parsed = IdentityToken::parse(&format!("{text}\n")).unwrap();
        assert_eq!(parsed.as_str(), text);
    }

    #[test]
    fn a_file_name_is_no_token() {
        for name in ["token", "a.b.c", "token.jwt.txt", "/tmp/x.y.z", ""] {
            assert_eq!(
                IdentityToken::parse(name).err(),
                Some(TokenError::Form),
                "{name}"
            );
            assert!(!IdentityToken::looks_like_one(name), "{name}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let parsed = IdentityToken::parse(&token(r#"{"sub":"secret-subject"}"#)).unwrap();
        assert_eq!(format!("{parsed:?}"), "IdentityToken([redacted])");
    }
}
