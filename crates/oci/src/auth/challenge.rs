//! `WWW-Authenticate`, read.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// What a registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A token from a token service.
    Bearer {
        realm: String,
        service: Option<String>,
    },
    /// User name and password.
    Basic,
}

/// The challenge that can be answered: a token before a password.
///
/// Source: RFC 9110, 11.6.1; Docker registry token authentication.
pub(crate) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let values: Vec<&str> = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let bearer = values.iter().find_map(|value| {
        let parameters = parameters(after_scheme(value, "bearer")?);
        let named = |wanted: &str| {
            let found = parameters.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        Some(Challenge::Bearer {
            realm: named("realm")?,
            service: named("service"),
        })
    });
    bearer.or_else(|| {
        values
            .iter()
            .any(|value| after_scheme(value, "basic").is_some())
            .then_some(Challenge::Basic)
    })
}

fn after_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = value.trim_start().split_once(' ').unwrap_or((value, ""));
    name.trim().eq_ignore_ascii_case(scheme).then_some(rest)
}

/// `name=value` or `name="va\"lue"`, comma separated; what follows something unreadable is left out.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            unquote(quoted)
        } else {
            let (value, after) = after.split_once(',').unwrap_or((after, ""));
            (value.trim().to_owned(), after)
        };
        found.push((name, value));
        rest = after;
    }
    found
}

/// The text up to the closing quotation mark, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&'static str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        challenge(&headers)
    }

    #[test]
    fn a_token_service_is_read_with_or_without_quotation_marks() {
        let wanted = Some(Challenge::Bearer {
            realm: "https://auth.example/token?a=b,c".to_owned(),
            service: Some("registry".to_owned()),
        });
        assert_eq!(
            read(&[
                "Bearer realm=\"https://auth.example/token?a=b,c\",service=\"registry\",scope=\"x\""
            ]),
            wanted
        );
        assert_eq!(
            read(&[
                "Basic realm=x",
                "bearer service=registry, realm=\"https://auth.example/token?a=b\\,c\""
            ]),
            wanted
        );
    }

    #[test]
    fn a_password_is_the_second_choice_and_other_schemes_none() {
        assert_eq!(read(&["Basic realm=\"x\""]), Some(Challenge::Basic));
        assert_eq!(read(&["Negotiate"]), None);
        assert_eq!(read(&["Bearer service=x"]), None);
        assert_eq!(read(&[]), None);
    }
}
