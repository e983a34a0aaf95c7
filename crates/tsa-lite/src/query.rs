//! Both forms of a request become one checked [`TimeStampRequest`].

use sigbox_crypto::tsp::{Nonce, ObjectIdentifier, TimeStampRequest};
use sigbox_wire::{HashAlgorithm, TimestampJsonRequest};

use crate::body::Form;
use crate::refusal::{QueryError, Refusal};

/// Components that an object identifier may have; more have been sent to exhaust memory.
const MAX_OID_COMPONENTS: usize = 128;

/// 10^40, big-endian: a nonce of the JSON form has at most 40 digits, since reading digits is quadratic.
const JSON_NONCE_END: [u8; 17] = [
    0x1d, 0x63, 0x29, 0xf1, 0xc3, 0x5c, 0xa4, 0xbf, 0xab, 0xb9, 0xf5, 0x61, 0, 0, 0, 0, 0,
];

/// Reads a request; `policy` is the one that the authority stamps under.
pub(crate) fn parse(
    form: Form,
    body: &[u8],
    policy: ObjectIdentifier,
) -> Result<TimeStampRequest, Refusal> {
    let parsed = match form {
        Form::Der => TimeStampRequest::parse(body).map_err(QueryError::from),
        Form::Json => parse_json(body, policy),
    };
    parsed.map_err(Refusal::from)
}

fn parse_json(body: &[u8], policy: ObjectIdentifier) -> Result<TimeStampRequest, QueryError> {
    let sent = TimestampJsonRequest::parse(body)?;
    let hash = hash_named(&sent.hash_algorithm)?;
    let wanted = sent
        .tsa_policy_oid
        .map(|wanted| accept_policy(wanted, policy))
        .transpose()?;
    let mut request = TimeStampRequest::new(hash, sent.artifact_hash)?;
    if let Some(nonce) = sent.nonce {
        request = request.with_nonce(accept_nonce(&nonce)?);
    }
    if let Some(wanted) = wanted {
        request = request.with_policy(wanted);
    }
    if sent.certificates {
        request = request.with_certificates();
    }
    Ok(request)
}

fn hash_named(name: &str) -> Result<HashAlgorithm, QueryError> {
    match name.to_ascii_lowercase().as_str() {
        "sha256" => Ok(HashAlgorithm::Sha2_256),
        "sha384" => Ok(HashAlgorithm::Sha2_384),
        "sha512" => Ok(HashAlgorithm::Sha2_512),
        "sha1" => Err(QueryError::WeakHashName {
            found: name.to_owned(),
        }),
        _ => Err(QueryError::HashName {
            found: name.to_owned(),
        }),
    }
}

/// Compares the text: an identifier too long to be held is still only a policy that is not ours.
fn accept_policy(wanted: String, policy: ObjectIdentifier) -> Result<ObjectIdentifier, QueryError> {
    let components = wanted.split('.').count();
    if components > MAX_OID_COMPONENTS {
        return Err(QueryError::OidComponents {
            limit: MAX_OID_COMPONENTS,
            found: components,
        });
    }
    let well_formed = |component: &str| {
        let digits = !component.is_empty() && component.bytes().all(|byte| byte.is_ascii_digit());
        digits && (component == "0" || !component.starts_with('0'))
    };
    if components < 2 || !wanted.split('.').all(well_formed) {
        return Err(QueryError::OidForm { found: wanted });
    }
    if wanted == policy.to_string() {
        Ok(policy)
    } else {
        Err(QueryError::Policy {
            expected: policy,
            found: wanted,
        })
    }
}

fn accept_nonce(big_endian: &[u8]) -> Result<Nonce, QueryError> {
    let end = JSON_NONCE_END.as_slice();
    if big_endian.len() > end.len() || (big_endian.len() == end.len() && big_endian >= end) {
        return Err(QueryError::NonceDigits);
    }
    Ok(Nonce::from_unsigned(big_endian)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn ten_to_the(power: usize) -> Vec<u8> {
        let json = format!(
            r#"{{"artifactHash":"","hashAlgorithm":"sha256","nonce":1{}}}"#,
            "0".repeat(power)
        );
        TimestampJsonRequest::parse(json.as_bytes())
            .unwrap()
            .nonce
            .unwrap()
    }

    #[test]
    fn the_nonce_ends_before_its_41st_digit() {
        assert_eq!(ten_to_the(40), JSON_NONCE_END);
        let mut last = ten_to_the(40);
        for byte in last.iter_mut().rev() {
            let (lower, borrowed) = byte.overflowing_sub(1);
            *byte = lower;
            if !borrowed {
                break;
            }
        }
        assert_eq!(accept_nonce(&last).unwrap().der_octets(), last);
        for refused in [ten_to_the(40), ten_to_the(41), ten_to_the(200)] {
            assert!(matches!(
                accept_nonce(&refused),
                Err(QueryError::NonceDigits)
            ));
        }
    }

    #[test]
    fn policy_is_compared_as_a_dotted_identifier() {
        let policy = sigbox_crypto::tsp::DEFAULT_POLICY;
        assert_eq!(
            accept_policy("1.3.6.1.4.1.57264.2".to_owned(), policy).unwrap(),
            policy
        );
        for malformed in [
            "1", "1.", ".1", "1..2", "1.02", "1.2a", "1.-2", "1. 2", "１.2",
        ] {
            let error = accept_policy(malformed.to_owned(), policy).unwrap_err();
            assert!(
                matches!(error, QueryError::OidForm { found } if found == malformed),
                "{malformed}"
            );
        }
        let long = ["1"; 128].join(".");
        assert!(
            matches!(accept_policy(long.clone(), policy), Err(QueryError::Policy { found, .. }) if found == long)
        );
        assert!(matches!(
            accept_policy(["1"; 129].join("."), policy),
            Err(QueryError::OidComponents {
                limit: 128,
                found: 129
            })
        ));
    }
}
