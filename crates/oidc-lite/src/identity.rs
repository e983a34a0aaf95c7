//! Who a token speaks about, judged by the rules that the certificate authority applies later.

use std::fmt::{self, Display, Formatter};

use url::Url;

use crate::config::{IssuerKind, ProviderConfig};

/// RFC 5321 §4.5.3.1.3, without the angle brackets.
const MAX_EMAIL_BYTES: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_PART_BYTES: usize = 64;
/// RFC 1035 §2.3.4.
const MAX_LABEL_BYTES: usize = 63;
/// Longer names than this belong to no workload.
const MAX_URI_BYTES: usize = 2048;

/// A checked identity: the subject of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Email(String),
    Uri(String),
}

/// Why a text is no identity of its issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Nothing was given.
    #[error("identity is empty")]
    Empty,
    /// Longer than any real one.
    #[error("identity has {found_bytes} bytes, expected at most {most_bytes}")]
    TooLong {
        /// Bytes given.
        found_bytes: usize,
        /// Bytes allowed.
        most_bytes: usize,
    },
    /// Not `local@domain` in the plain ASCII form that a certificate can hold.
    #[error("not an email address of the form `name@example.com`")]
    NotAnEmail,
    /// Not an absolute URI of plain ASCII.
    #[error("not an absolute URI")]
    NotAUri,
    /// The URI is on another host, or of another scheme, than the issuer answers for.
    #[error("URI must start with `{expected}`")]
    ForeignUri {
        /// Scheme and host that the issuer answers for.
        expected: String,
    },
}

impl Identity {
    /// An email address, as the email issuer attests it.
    ///
    /// ASCII only and with a dot in the domain: it must fit the certificate's rfc822Name, and clients refuse the rest.
    ///
    /// # Errors
    /// [`IdentityError::Empty`], [`IdentityError::TooLong`] or [`IdentityError::NotAnEmail`].
    pub fn email(text: &str) -> Result<Self, IdentityError> {
        check_length(text, MAX_EMAIL_BYTES)?;
        let (local, domain) = text.rsplit_once('@').ok_or(IdentityError::NotAnEmail)?;
        if is_local_part(local) && is_domain(domain) {
            Ok(Self(Kind::Email(text.to_owned())))
        } else {
            Err(IdentityError::NotAnEmail)
        }
    }

    /// A URI whose scheme and host are those of the base URL, as the workload issuer attests it; kept byte for byte.
    ///
    /// # Errors
    /// [`IdentityError::Empty`], [`IdentityError::TooLong`], [`IdentityError::NotAUri`] or
    /// [`IdentityError::ForeignUri`].
    pub fn workload(text: &str, config: &ProviderConfig) -> Result<Self, IdentityError> {
        check_length(text, MAX_URI_BYTES)?;
        // Characters that URL parsers drop or rewrite, and so read differently, are refused before parsing.
        if !text.bytes().all(is_uri_byte) {
            return Err(IdentityError::NotAUri);
        }
        let uri = Url::parse(text).map_err(|_| IdentityError::NotAUri)?;
        let prefix = format!("{}://", config.scheme());
        let plain =
            text.starts_with(&prefix) && uri.username().is_empty() && uri.password().is_none();
        let ours = uri.scheme() == config.scheme() && uri.host() == config.host();
        if plain && ours {
            return Ok(Self(Kind::Uri(text.to_owned())));
        }
        let host = config.host().map(|host| host.to_string());
        Err(IdentityError::ForeignUri {
            expected: format!("{prefix}{}", host.unwrap_or_default()),
        })
    }

    /// Parses `text` as an identity of the issuer `kind`.
    ///
    /// # Errors
    /// Those of [`Self::email`] or [`Self::workload`].
    pub fn of(
        kind: IssuerKind,
        text: &str,
        config: &ProviderConfig,
    ) -> Result<Self, IdentityError> {
        match kind {
            IssuerKind::Email => Self::email(text),
            IssuerKind::Workload => Self::workload(text, config),
        }
    }

    /// The issuer that attests this identity.
    pub fn issuer(&self) -> IssuerKind {
        match self.0 {
            Kind::Email(_) => IssuerKind::Email,
            Kind::Uri(_) => IssuerKind::Workload,
        }
    }

    /// The `sub` claim: the address or the URI itself.
    pub fn subject(&self) -> &str {
        match &self.0 {
            Kind::Email(text) | Kind::Uri(text) => text,
        }
    }

    /// The `email` claim. A workload has none: clients would sign it instead of the subject.
    pub fn email_claim(&self) -> Option<&str> {
        match &self.0 {
            Kind::Email(text) => Some(text),
            Kind::Uri(_) => None,
        }
    }
}

impl Display for Identity {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(self.subject())
    }
}

fn check_length(text: &str, most_bytes: usize) -> Result<(), IdentityError> {
    match text.len() {
        0 => Err(IdentityError::Empty),
        found_bytes if found_bytes > most_bytes => Err(IdentityError::TooLong {
            found_bytes,
            most_bytes,
        }),
        _ => Ok(()),
    }
}

/// Source: RFC 5321 §4.1.2 (`Dot-string`; quoted strings are left out).
fn is_local_part(text: &str) -> bool {
    let is_atext =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.len() <= MAX_LOCAL_PART_BYTES
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.contains('.') && text.split('.').all(is_label)
}

/// Source: RFC 3986 §2 (reserved, unreserved and `%`).
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn takes_plain_addresses() {
        for text in [
            "alice@example.com",
            "a.b+tag@sub.example.test",
            "o'neil@x-y.io",
        ] {
            let identity = Identity::email(text).unwrap();
            assert_eq!(identity.subject(), text);
            assert_eq!(identity.email_claim(), Some(text));
            assert_eq!(identity.issuer(), IssuerKind::Email);
        }
    }

    #[test]
    fn refuses_other_addresses() {
        for text in [
            "alice",
            "@example.com",
            "alice@",
            "alice@localhost",
            "al ice@example.com",
            "alice@exam ple.com",
            "alice@example..com",
            ".alice@example.com",
            "a@b@example.com",
            "alice@-example.com",
            "älice@example.com",
            "alice@exämple.com",
            "alice@example.com\n",
            "\"quoted\"@example.com",
        ] {
            assert_eq!(
                Identity::email(text),
                Err(IdentityError::NotAnEmail),
                "{text}"
            );
        }
        assert_eq!(Identity::email(""), Err(IdentityError::Empty));
        let long = format!("a@{}.com", "x".repeat(250));
        assert_eq!(
            Identity::email(&long),
            Err(IdentityError::TooLong {
                found_bytes: 256,
                most_bytes: 254
            })
        );
    }

    #[test]
    fn takes_uris_of_its_own_host_byte_for_byte() {
        let config = ProviderConfig::new("http://localhost:8080").unwrap();
        for text in [
            "http://localhost/ci/build",
            "http://localhost:8080/ci",
            "http://localhost:1/x?y=z#f",
            "http://localhost",
        ] {
            let identity = Identity::workload(text, &config).unwrap();
            assert_eq!(identity.subject(), text);
            assert_eq!(identity.email_claim(), None);
            assert_eq!(identity.issuer(), IssuerKind::Workload);
        }
    }

    #[test]
    fn refuses_uris_of_others() {
        let config = ProviderConfig::new("https://sigbox.test").unwrap();
        for text in [
            "http://sigbox.test/ci",
            "https://other.test/ci",
            "https://sigbox.test.other.test/ci",
            "https://sigbox.test@other.test/ci",
            "https://user@sigbox.test/ci",
            "https:sigbox.test/ci",
            "spiffe://sigbox.test/ci",
        ] {
            assert_eq!(
                Identity::workload(text, &config),
                Err(IdentityError::ForeignUri {
                    expected: "https://sigbox.test".to_owned()
                }),
                "{text}"
            );
        }
        for text in [
            "ci",
            "/ci",
            "https://sigbox.test\\ci",
            "https://sigbox.test/a b",
            "https://sigbox.test/\n",
            "https://sigbox.test/ü",
        ] {
            assert_eq!(
                Identity::workload(text, &config),
                Err(IdentityError::NotAUri),
                "{text}"
            );
        }
    }
}
