//! Where a browser may be sent with a code: to the client's own machine, or nowhere.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Shows the code on a page instead of sending it anywhere.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// A checked redirect target. Two spellings of one URL are equal (`http://localhost:1` and `http://localhost:1/`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RedirectUri {
    /// `http`, on a loopback host, any port, any path.
    Loopback(Box<Url>),
    /// No redirect: a person carries the code.
    OutOfBand,
}

/// Why a redirect target is refused; the browser is then sent nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RedirectError {
    #[error("redirect_uri is missing")]
    Missing,
    #[error("redirect_uri is not a URL")]
    Malformed,
    #[error("redirect_uri must be http on localhost, 127.0.0.1 or [::1], or {OUT_OF_BAND}")]
    NotLoopback,
    #[error("redirect_uri must not contain a user or a fragment")]
    Decorated,
}

impl RedirectUri {
    /// Source: RFC 8252 §7.3 (loopback, the port chosen by the client) and §8.3.
    pub(crate) fn parse(text: &str) -> Result<Self, RedirectError> {
        if text == OUT_OF_BAND {
            return Ok(Self::OutOfBand);
        }
        let url = Url::parse(text).map_err(|_| RedirectError::Malformed)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
            None => false,
        };
        if url.scheme() != "http" || !loopback {
            return Err(RedirectError::NotLoopback);
        }
        let decorated =
            !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
        if decorated {
            return Err(RedirectError::Decorated);
        }
        Ok(Self::Loopback(Box::new(url)))
    }

    /// The target with `parameters` added to its query; `None` out of band.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> Option<Url> {
        match self {
            Self::OutOfBand => None,
            Self::Loopback(url) => {
                let mut url = Url::clone(url);
                url.query_pairs_mut().extend_pairs(parameters);
                Some(url)
            }
        }
    }

    /// What a page must allow in `form-action` so that the answer to its form may redirect here.
    ///
    /// Browsers apply `form-action` to redirects too, and its grammar has no IPv6 hosts, so those get the scheme.
    /// Source: Content Security Policy Level 3, §6.4.2 and §2.3.1.
    pub(crate) fn form_action(&self) -> Option<String> {
        match self {
            Self::OutOfBand => None,
            Self::Loopback(url) => Some(match url.host() {
                Some(Host::Ipv6(_)) => "http:".to_owned(),
                _ => url.origin().ascii_serialization(),
            }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn takes_what_clients_send() {
        for text in [
            "http://localhost:41173/auth/callback",
            "http://localhost:41173/Callback",
            "http://127.0.0.1:41173/callback",
            "http://localhost:41173",
            "http://localhost",
            "http://[::1]:41173/cb?keep=1",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            RedirectUri::parse(text).unwrap();
        }
        assert_eq!(
            RedirectUri::parse("http://localhost:1").unwrap(),
            RedirectUri::parse("http://localhost:1/").unwrap()
        );
    }

    #[test]
    fn refuses_every_other_place() {
        for (text, expected) in [
            ("", RedirectError::Malformed),
            ("/callback", RedirectError::Malformed),
            ("https://localhost/", RedirectError::NotLoopback),
            ("http://example.com/", RedirectError::NotLoopback),
            ("http://localhost.example.com/", RedirectError::NotLoopback),
            ("http://localhost@example.com/", RedirectError::NotLoopback),
            ("http://localhost.:1/", RedirectError::NotLoopback),
            ("http://127.0.0.2/", RedirectError::NotLoopback),
            ("http://0.0.0.0/", RedirectError::NotLoopback),
            ("javascript:alert(1)", RedirectError::NotLoopback),
            ("urn:ietf:wg:oauth:2.0:oob:auto", RedirectError::NotLoopback),
            ("http://user@localhost/", RedirectError::Decorated),
            ("http://:pw@localhost/", RedirectError::Decorated),
            ("http://localhost/#fragment", RedirectError::Decorated),
        ] {
            assert_eq!(RedirectUri::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn adds_to_the_query_and_escapes() {
        let target = RedirectUri::parse("http://localhost:1/cb?keep=1").unwrap();
        let url = target
            .with(&[("code", "a&b"), ("state", "x y=z\r\n")])
            .unwrap();
        assert_eq!(
            url.as_str(),
            "http://localhost:1/cb?keep=1&code=a%26b&state=x+y%3Dz%0D%0A"
        );
    }

    #[test]
    fn names_the_origin_for_form_action() {
        for (text, expected) in [
            ("http://localhost:1/cb", Some("http://localhost:1")),
            ("http://127.0.0.1:1", Some("http://127.0.0.1:1")),
            ("http://[::1]:1/", Some("http:")),
            ("urn:ietf:wg:oauth:2.0:oob", None),
        ] {
            let target = RedirectUri::parse(text).unwrap();
            assert_eq!(target.form_action().as_deref(), expected);
        }
    }
}
