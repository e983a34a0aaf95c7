//! The texts that a request brings along.

use crate::{
    oid,
    profile::{LeafRequest, LeafSubject, LintError},
};

/// Longest path of an address in mail (RFC 5321 §4.5.3.1.3, without the brackets).
const MAX_EMAIL_CHARACTERS: usize = 254;

/// ASCII characters that a URI cannot hold unescaped (RFC 3986 §2).
const NOT_IN_URIS: &[u8] = b"\"<>\\^`{|}";

/// Judges alternative name, issuer and token subject.
pub(super) fn check(request: &LeafRequest) -> Result<(), LintError> {
    match &request.subject {
        LeafSubject::Email(text) => check_email(text)?,
        LeafSubject::Uri(text) => check_uri(text)?,
    }
    if request.issuer.is_empty() || request.issuer.chars().any(char::is_control) {
        return Err(LintError::Text {
            oid: oid::FULCIO_ISSUER_V2,
        });
    }
    if request.token_subject.chars().any(char::is_control) {
        return Err(LintError::Text {
            oid: oid::FULCIO_TOKEN_SUBJECT,
        });
    }
    Ok(())
}

fn check_email(text: &str) -> Result<(), LintError> {
    if !text.is_ascii() {
        return Err(LintError::EmailNotAscii);
    }
    let plain = text.bytes().all(|b| b.is_ascii_graphic()) && text.len() <= MAX_EMAIL_CHARACTERS;
    let two_parts = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if plain && two_parts {
        Ok(())
    } else {
        Err(LintError::EmailSyntax)
    }
}

fn check_uri(text: &str) -> Result<(), LintError> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_graphic() && !NOT_IN_URIS.contains(&b));
    let absolute = text
        .split_once(':')
        .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    if plain && absolute {
        Ok(())
    } else {
        Err(LintError::UriSyntax)
    }
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}
