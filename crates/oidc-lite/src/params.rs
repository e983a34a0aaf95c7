//! The parameters of a query or a form.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// More parameters than any flow has.
const MAX_PARAMETERS: usize = 32;

/// Parameters by name, each at most once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParamsError {
    /// Source: RFC 6749 §3.1 and §3.2.
    #[error("a parameter is sent more than once")]
    Repeated,
    #[error("more than {MAX_PARAMETERS} parameters")]
    TooMany,
}

impl Params {
    /// Decodes `application/x-www-form-urlencoded`; a parameter without a value counts as not sent.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, ParamsError> {
        let mut params = BTreeMap::new();
        for (count, (name, value)) in form_urlencoded::parse(encoded).enumerate() {
            if count == MAX_PARAMETERS {
                return Err(ParamsError::TooMany);
            }
            if params
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(ParamsError::Repeated);
            }
        }
        Ok(Self(params))
    }

    /// Source: RFC 6749 §3.1 (parameters without a value are treated as omitted).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_leaves_out_the_empty() {
        let params = Params::parse(b"scope=openid+email&state=a%26b&client_secret=").unwrap();
        assert_eq!(params.get("scope"), Some("openid email"));
        assert_eq!(params.get("state"), Some("a&b"));
        assert_eq!(params.get("client_secret"), None);
        assert_eq!(params.get("nonce"), None);
    }

    #[test]
    fn refuses_repetition_and_floods() {
        let repeated = Params::parse(b"state=1&state=1").unwrap_err();
        assert_eq!(repeated, ParamsError::Repeated);
        let flood: Vec<String> = (0..33).map(|n| format!("p{n}=1")).collect();
        let too_many = Params::parse(flood.join("&").as_bytes()).unwrap_err();
        assert_eq!(too_many, ParamsError::TooMany);
    }
}
