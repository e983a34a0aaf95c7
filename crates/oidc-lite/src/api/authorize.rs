//! The login: a page that asks who signs in, and the answer that sends the browser back to the client.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN};
use sigbox_service_kit::logging::Untrusted;

use super::Endpoint;
use crate::authorization::{AuthorizationRequest, PageError, Refusal};
use crate::code::Grant;
use crate::identity::Identity;
use crate::page::{CodePage, LoginPage, RefusalPage};
use crate::params::Params;
use crate::problem::{ErrorCode, OAuthError, uncached};
use crate::redirect::RedirectUri;

/// Browsers tell where a request was started. Source: W3C Fetch Metadata, `Sec-Fetch-Site`.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// `GET /auth`: the login page.
pub(crate) async fn ask(State(endpoint): State<Endpoint>, RawQuery(query): RawQuery) -> Response {
    match parse(&endpoint, query.unwrap_or_default().as_bytes()) {
        Ok((request, params)) => LoginPage::new(&endpoint.provider, endpoint.kind, &request)
            .typed(params.get("login_hint").unwrap_or_default())
            .into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// `POST /auth`: the button was pressed.
pub(crate) async fn decide(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    let own_origin = endpoint.provider.config().origin();
    if !is_own_form(&headers, &own_origin) {
        return Refusal::from(PageError::ForeignOrigin { own_origin }).into_response();
    }
    let (request, params) = match parse(&endpoint, &form) {
        Ok(parsed) => parsed,
        Err(refusal) => return refusal.into_response(),
    };
    let typed = params.get("login").unwrap_or_default().trim();
    match Identity::of(endpoint.kind, typed, endpoint.provider.config()) {
        Ok(identity) => {
            grant(&endpoint, request, identity).unwrap_or_else(IntoResponse::into_response)
        }
        Err(error) => LoginPage::new(&endpoint.provider, endpoint.kind, &request)
            .typed(typed)
            .refused(error.to_string())
            .into_response(),
    }
}

fn parse(endpoint: &Endpoint, encoded: &[u8]) -> Result<(AuthorizationRequest, Params), Refusal> {
    let params = Params::parse(encoded).map_err(PageError::from)?;
    let request = AuthorizationRequest::parse(&params, endpoint.provider.config())?;
    Ok((request, params))
}

fn grant(
    endpoint: &Endpoint,
    request: AuthorizationRequest,
    identity: Identity,
) -> Result<Response, Refusal> {
    let AuthorizationRequest {
        client_id,
        redirect_uri,
        state,
        nonce,
        challenge,
        ..
    } = request;
    tracing::info!(identity = %Untrusted(identity.subject()), client = %Untrusted(&client_id), "signed in");
    let grant = Grant {
        identity,
        client_id,
        redirect_uri: redirect_uri.clone(),
        challenge,
        nonce,
    };
    match keep(endpoint, grant) {
        Ok(code) => Ok(deliver(&redirect_uri, &code, state.as_deref())),
        Err(error) => Err(Refusal::Client {
            redirect_uri,
            state,
            error,
        }),
    }
}

fn keep(endpoint: &Endpoint, grant: Grant) -> Result<String, OAuthError> {
    let provider = &endpoint.provider;
    let code = provider.random_text().map_err(OAuthError::server)?;
    provider
        .codes()
        .put(&code, grant, provider.now())
        .map_err(|full| {
            tracing::warn!(error = %full, "login refused");
            OAuthError::new(
                ErrorCode::TemporarilyUnavailable,
                "too many logins are pending",
            )
        })?;
    Ok(code)
}

fn deliver(redirect_uri: &RedirectUri, code: &str, state: Option<&str>) -> Response {
    let mut parameters = vec![("code", code)];
    parameters.extend(state.map(|state| ("state", state)));
    match redirect_uri.with(&parameters) {
        Some(target) => see_other(target.as_str()),
        None => CodePage::new(code).into_response(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (redirect_uri, state, error) = match self {
            Self::Page(error) => {
                return RefusalPage::new(StatusCode::BAD_REQUEST, error).into_response();
            }
            Self::Client {
                redirect_uri,
                state,
                error,
            } => (redirect_uri, state, error),
        };
        let mut parameters = vec![
            ("error", error.code.as_str()),
            ("error_description", error.description.as_str()),
        ];
        parameters.extend(state.as_deref().map(|state| ("state", state)));
        match redirect_uri.with(&parameters) {
            Some(target) => see_other(target.as_str()),
            None => RefusalPage::new(StatusCode::BAD_REQUEST, error.description).into_response(),
        }
    }
}

/// True unless a browser says that another web page sent the form.
///
/// Programs send neither header. The origin is compared with the configured one, so a page that reached this
/// server under a name of its own (DNS rebinding) is a foreign one too.
pub(super) fn is_own_form(headers: &HeaderMap, own_origin: &str) -> bool {
    let same = |name: &HeaderName, allowed: &[&str]| {
        headers
            .get_all(name)
            .iter()
            .all(|value| value.to_str().is_ok_and(|value| allowed.contains(&value)))
    };
    same(&ORIGIN, &[own_origin]) && same(&SEC_FETCH_SITE, &["same-origin", "none"])
}

/// 303, so that a browser fetches the target with GET and does not send the form on.
fn see_other(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(target) => {
            let mut response = uncached(StatusCode::SEE_OTHER.into_response());
            response.headers_mut().insert(LOCATION, target);
            response
        }
        // A serialised URL is visible ASCII, so this is not reached.
        Err(error) => OAuthError::server(error).into_response(),
    }
}
