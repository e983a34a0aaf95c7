//! The claims that decide about a token, read with their exact JSON types.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::TokenError;

/// How far an issuer's clock may differ from ours for `nbf` and `iat`, as upstream's token library has it.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Claims as the token shows them; whether they are true is another matter.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audience: Vec<String>,
    pub(super) expires_at: Timestamp,
    not_before: Option<Timestamp>,
    pub(super) issued_at: Option<Timestamp>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<Value>,
}

impl Claims {
    /// Reads the claims: each has its JSON type or is absent; `iss`, `sub`, `aud` and `exp` must be there.
    pub(super) fn read(members: &Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self {
            issuer: required(members, "iss", text)?,
            subject: required(members, "sub", text)?,
            audience: required(members, "aud", audience)?,
            expires_at: required(members, "exp", time)?,
            not_before: optional(members, "nbf", time)?,
            issued_at: optional(members, "iat", time)?,
            email: optional(members, "email", text)?,
            email_verified: members.get("email_verified").cloned(),
        })
    }

    /// Judges audience and times, the cheap half of the check; the signature comes after it.
    pub(super) fn check(&self, audience: &str, now: Timestamp) -> Result<(), TokenError> {
        if !self.audience.iter().any(|found| found == audience) {
            return Err(TokenError::Audience {
                expected: audience.to_owned(),
                found: self.audience.join(", "),
            });
        }
        if self.expires_at <= now {
            return Err(TokenError::Expired {
                expired: self.expires_at,
                now,
            });
        }
        let latest = now.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
        if let Some(not_before) = self.not_before.filter(|time| *time > latest) {
            return Err(TokenError::NotYetValid { not_before, now });
        }
        if let Some(issued) = self.issued_at.filter(|time| *time > latest) {
            return Err(TokenError::IssuedInFuture { issued, now });
        }
        Ok(())
    }
}

type Reader<T> = fn(&'static str, &Value) -> Result<T, TokenError>;

fn required<T>(
    members: &Map<String, Value>,
    claim: &'static str,
    read: Reader<T>,
) -> Result<T, TokenError> {
    read(
        claim,
        members.get(claim).ok_or(TokenError::Missing { claim })?,
    )
}

fn optional<T>(
    members: &Map<String, Value>,
    claim: &'static str,
    read: Reader<T>,
) -> Result<Option<T>, TokenError> {
    members
        .get(claim)
        .map(|value| read(claim, value))
        .transpose()
}

fn text(claim: &'static str, value: &Value) -> Result<String, TokenError> {
    match value {
        Value::String(text) if text.is_empty() => Err(TokenError::Missing { claim }),
        Value::String(text) => Ok(text.clone()),
        _ => Err(TokenError::ClaimType {
            claim,
            expected: "a string",
        }),
    }
}

fn audience(claim: &'static str, value: &Value) -> Result<Vec<String>, TokenError> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    let wrong = || TokenError::ClaimType {
        claim,
        expected: "a string or an array of strings",
    };
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
        .collect()
}

/// A `NumericDate`: seconds since 1970, whole or with a fraction, which is dropped.
///
/// Source: RFC 7519 §2.
fn time(claim: &'static str, value: &Value) -> Result<Timestamp, TokenError> {
    let wrong = || TokenError::ClaimType {
        claim,
        expected: "a number of seconds since 1970",
    };
    let seconds = match value.as_i64() {
        Some(whole) => whole,
        None => whole_seconds(value.as_f64().ok_or_else(wrong)?).ok_or_else(wrong)?,
    };
    if seconds < 0 {
        return Err(wrong());
    }
    Timestamp::from_second(seconds).map_err(|_| wrong())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked and the fraction is meant to go"
)]
fn whole_seconds(seconds: f64) -> Option<i64> {
    // Past the year 9999 no time type of ours reaches.
    (seconds.is_finite() && (0.0..2.6e11).contains(&seconds)).then_some(seconds as i64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(change: impl FnOnce(&mut Map<String, Value>)) -> Map<String, Value> {
        let Value::Object(mut members) = json!({
            "iss": "https://idp.example", "sub": "s", "aud": "sigstore", "exp": 1000,
        }) else {
            unreachable!()
        };
        change(&mut members);
        members
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_claim_of_another_type_is_not_an_absent_claim() {
        let wrong = [
            json!(null),
            json!(true),
            json!({}),
            json!([1]),
            json!(-1),
            json!("1000"),
        ];
        for claim in ["iss", "sub", "aud", "exp", "nbf", "iat", "email"] {
            for value in &wrong {
                let fits = value.is_string() && !matches!(claim, "exp" | "nbf" | "iat");
                let read = Claims::read(&members(|m| {
                    m.insert(claim.to_owned(), value.clone());
                }));
                match read {
                    Ok(_) => assert!(fits, "{claim}: {value}"),
                    Err(TokenError::ClaimType { claim: named, .. }) => {
                        assert_eq!((named, fits), (claim, false), "{value}");
                    }
                    Err(other) => assert_eq!(other.to_string(), "a type error", "{claim}: {value}"),
                }
            }
        }
        for claim in ["iss", "sub", "aud", "exp"] {
            let read = Claims::read(&members(|m| {
                m.remove(claim);
            }));
            assert_eq!(read.unwrap_err(), TokenError::Missing { claim });
        }
    }

    #[test]
    fn times_are_numbers_in_range() {
        let exp = |value: Value| {
            Claims::read(&members(|m| {
                m.insert("exp".to_owned(), value);
            }))
            .map(|claims| claims.expires_at.as_second())
        };
        assert_eq!(exp(json!(1_700_000_000)), Ok(1_700_000_000));
        assert_eq!(exp(json!(1_700_000_000.9)), Ok(1_700_000_000));
        let wrong = TokenError::ClaimType {
            claim: "exp",
            expected: "a number of seconds since 1970",
        };
        for value in [
            json!(-0.5),
            json!(1e300),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(2_u64.pow(63)),
        ] {
            assert_eq!(exp(value.clone()), Err(wrong.clone()), "{value}");
        }
    }

    #[test]
    fn audience_is_exact_and_expiry_strict() {
        let claims = |change: fn(&mut Map<String, Value>)| Claims::read(&members(change)).unwrap();
        let plain = claims(|_| ());
        assert_eq!(plain.check("sigstore", at(999)), Ok(()));
        assert_eq!(
            plain.check("sigstore", at(1000)),
            Err(TokenError::Expired {
                expired: at(1000),
                now: at(1000)
            })
        );
        assert_eq!(
            plain.check("sigstor", at(0)),
            Err(TokenError::Audience {
                expected: "sigstor".to_owned(),
                found: "sigstore".to_owned()
            })
        );
        let many = claims(|m| {
            m.insert("aud".to_owned(), json!(["a", "sigstore"]));
        });
        assert_eq!(many.check("sigstore", at(0)), Ok(()));
    }

    #[test]
    fn clocks_may_differ_by_five_minutes() {
        for (claim, late) in [
            (
                "nbf",
                TokenError::NotYetValid {
                    not_before: at(801),
                    now: at(500),
                },
            ),
            (
                "iat",
                TokenError::IssuedInFuture {
                    issued: at(801),
                    now: at(500),
                },
            ),
        ] {
            let with = |second: i64| {
                Claims::read(&members(|m| {
                    m.insert(claim.to_owned(), json!(second));
                }))
                .unwrap()
                .check("sigstore", at(500))
            };
            assert_eq!(with(800), Ok(()));
            assert_eq!(with(801), Err(late));
        }
    }
}
