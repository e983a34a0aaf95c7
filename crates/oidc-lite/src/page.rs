//! The pages: plain HTML from templates that escape everything, no script, nothing from elsewhere.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

use crate::authorization::AuthorizationRequest;
use crate::config::IssuerKind;
use crate::problem::{OAuthError, uncached};
use crate::provider::Provider;

mod device;

pub(crate) use device::{DevicePage, DevicePrompt, OutcomePage};

/// The style sheet that the pages name.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// Where the style sheet is served.
pub(crate) const STYLE_PATH: &str = "/oidc/style.css";

/// Asks who signs in.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    style: &'static str,
    issuer: String,
    action: String,
    client_id: &'a str,
    carried: &'a [(&'static str, String)],
    workload: bool,
    example: String,
    typed: &'a str,
    error: Option<String>,
    form_action: Option<String>,
}

impl<'a> LoginPage<'a> {
    pub(crate) fn new(
        provider: &Provider,
        kind: IssuerKind,
        request: &'a AuthorizationRequest,
    ) -> Self {
        Self {
            style: STYLE_PATH,
            issuer: provider.issuer(kind),
            action: format!("{}/auth", kind.path()),
            client_id: &request.client_id,
            carried: &request.carried,
            workload: kind == IssuerKind::Workload,
            example: format!("{}/workload/build", provider.config().origin()),
            typed: "",
            error: None,
            form_action: request.redirect_uri.form_action(),
        }
    }

    /// The same page with what was typed already, or suggested by the client.
    pub(crate) fn typed(self, typed: &'a str) -> Self {
        Self { typed, ..self }
    }

    /// The same page after an identity that does not hold.
    pub(crate) fn refused(self, error: String) -> Self {
        Self {
            error: Some(error),
            ..self
        }
    }
}

impl IntoResponse for LoginPage<'_> {
    fn into_response(self) -> Response {
        let status = if self.error.is_some() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        let client = self.form_action.clone().unwrap_or_default();
        let policy = format!("form-action 'self' {client}");
        answer(status, self.render(), policy.trim_end())
    }
}

/// Shows the code for the person to carry.
#[derive(Template)]
#[template(path = "code.html")]
pub(crate) struct CodePage<'a> {
    style: &'static str,
    code: &'a str,
}

impl<'a> CodePage<'a> {
    pub(crate) fn new(code: &'a str) -> Self {
        Self {
            style: STYLE_PATH,
            code,
        }
    }
}

impl IntoResponse for CodePage<'_> {
    fn into_response(self) -> Response {
        answer(StatusCode::OK, self.render(), "form-action 'none'")
    }
}

/// Says why the browser is sent nowhere.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(crate) struct RefusalPage {
    style: &'static str,
    status: StatusCode,
    message: String,
}

impl RefusalPage {
    pub(crate) fn new(status: StatusCode, message: impl ToString) -> Self {
        Self {
            style: STYLE_PATH,
            status,
            message: message.to_string(),
        }
    }
}

impl IntoResponse for RefusalPage {
    fn into_response(self) -> Response {
        answer(self.status, self.render(), "form-action 'none'")
    }
}

fn answer(status: StatusCode, rendered: askama::Result<String>, form_action: &str) -> Response {
    let html = match rendered {
        Ok(html) => html,
        Err(error) => return OAuthError::server(error).into_response(),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; {form_action}"
    );
    let mut response = uncached((status, html).into_response());
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    // The policy names only what this crate and a parsed URL's origin say, both visible ASCII.
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(
        "default-src 'none'; form-action 'none'",
    ));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: browsers would then send `Origin: null` with the login form.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
