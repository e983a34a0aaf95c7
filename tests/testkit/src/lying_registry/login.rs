//! Who gets in, and who issues tokens.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Asked, Inner, Login, refused};

impl Inner {
    /// A challenge for who must not get in.
    pub(super) fn challenge(&self, asked: &Asked, rest: &str) -> Option<Response> {
        let shown = asked.headers.get(header::AUTHORIZATION);
        let shown = shown.map(|value| value.to_str().unwrap().to_owned());
        let challenge = match &self.behaviour.login {
            Login::Open => return None,
            Login::Basic { pair } if shown.as_deref() == Some(&basic(pair)) => return None,
            Login::Basic { .. } => "Basic realm=\"registry\"".to_owned(),
            Login::Token { realm, .. } => {
                if shown.is_some_and(|shown| self.is_enough(&shown, asked, rest)) {
                    return None;
                }
                format!("Bearer realm=\"{realm}\",service=\"registry\",scope=\"none\"")
            }
        };
        let answer = refused(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            "authentication required",
        );
        Some(([(header::WWW_AUTHENTICATE, challenge)], answer).into_response())
    }

    fn is_enough(&self, shown: &str, asked: &Asked, rest: &str) -> bool {
        let action = match asked.method {
            Method::GET | Method::HEAD => "pull",
            Method::DELETE => "delete",
            _ => "push",
        };
        let issued = self
            .issued
            .iter()
            .find(|(token, _)| shown == format!("Bearer {token}"));
        issued.is_some_and(|(_, scopes)| {
            scopes.iter().any(|scope| {
                let parts: Vec<&str> = scope.split(':').collect();
                matches!(parts.as_slice(), ["repository", name, actions]
                    if rest.starts_with(&format!("{name}/")) && actions.split(',').any(|one| one == action))
            })
        })
    }

    pub(super) fn issue_token(&mut self, asked: &Asked) -> Response {
        let Login::Token {
            pair, anonymous, ..
        } = &self.behaviour.login
        else {
            return refused(StatusCode::NOT_FOUND, "NOT_FOUND", "no tokens here");
        };
        let shown = asked.headers.get(header::AUTHORIZATION);
        let known = shown.is_some_and(|value| *value == basic(pair));
        if !known && (shown.is_some() || !anonymous) {
            return refused(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "who are you");
        }
        let query = asked.uri.query().unwrap_or_default();
        let mut scopes: Vec<String> = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("scope="))
            .map(super::percent_decoded)
            .collect();
        if !known {
            for scope in &mut scopes {
                *scope = scope
                    .rsplit_once(':')
                    .map_or(String::new(), |(name, _)| format!("{name}:pull"));
            }
        }
        let token = format!("token-{}", self.issued.len());
        self.issued.push((token.clone(), scopes));
        let head = [(header::CONTENT_TYPE, "application/json")];
        (head, json!({"token": token}).to_string()).into_response()
    }
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}
