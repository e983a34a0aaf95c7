//! The device flow, as the person sees it: a page in any browser that asks for the code and for the identity.
//!
//! Source: RFC 8628 §3.3.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::HeaderMap;
use sigbox_service_kit::logging::Untrusted;

use super::Endpoint;
use super::authorize::is_own_form;
use crate::authorization::PageError;
use crate::device::{Decision, DeviceRequest};
use crate::identity::Identity;
use crate::page::{DevicePage, DevicePrompt, OutcomePage, RefusalPage};
use crate::params::Params;
use crate::user_code::UserCode;

const UNKNOWN_CODE: &str = "no device waits with this code, or it waits no longer";

/// `GET /device`: asks for the code, or shows the one of the link; nothing is decided by following a link.
pub(crate) async fn ask(State(endpoint): State<Endpoint>, RawQuery(query): RawQuery) -> Response {
    let params = match Params::parse(query.unwrap_or_default().as_bytes()) {
        Ok(params) => params,
        Err(error) => return RefusalPage::new(StatusCode::BAD_REQUEST, error).into_response(),
    };
    let Some(typed) = params.get("user_code") else {
        return DevicePage::ask(&endpoint, DevicePrompt::default()).into_response();
    };
    match find(&endpoint, typed) {
        Some((code, request)) => {
            let prompt = DevicePrompt::default();
            DevicePage::confirm(&endpoint, &code, &request, prompt).into_response()
        }
        None => unknown(&endpoint, typed),
    }
}

/// `POST /device`: a button was pressed.
pub(crate) async fn decide(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    form: Bytes,
) -> Response {
    let own_origin = endpoint.provider.config().origin();
    let refused = |error: PageError| RefusalPage::new(StatusCode::BAD_REQUEST, error);
    if !is_own_form(&headers, &own_origin) {
        return refused(PageError::ForeignOrigin { own_origin }).into_response();
    }
    let params = match Params::parse(&form) {
        Ok(params) => params,
        Err(error) => return refused(error.into()).into_response(),
    };
    let typed_code = params.get("user_code").unwrap_or_default();
    let Some((code, request)) = find(&endpoint, typed_code) else {
        return unknown(&endpoint, typed_code);
    };
    let typed = params.get("login").unwrap_or_default().trim();
    let decision = match params.get("decision") {
        Some("deny") => Decision::Denied,
        // Only the button itself approves: a form of the code alone leads to the page with the button.
        Some("approve") => match Identity::of(endpoint.kind, typed, endpoint.provider.config()) {
            Ok(identity) => Decision::Approved(identity),
            Err(error) => {
                let prompt = DevicePrompt::refused(typed, error.to_string());
                return DevicePage::confirm(&endpoint, &code, &request, prompt).into_response();
            }
        },
        _ => {
            let prompt = DevicePrompt::default();
            return DevicePage::confirm(&endpoint, &code, &request, prompt).into_response();
        }
    };
    conclude(&endpoint, &code, &request, decision)
}

fn conclude(
    endpoint: &Endpoint,
    code: &UserCode,
    request: &DeviceRequest,
    decision: Decision,
) -> Response {
    let approved = match &decision {
        Decision::Approved(identity) => Some(identity.subject().to_owned()),
        Decision::Denied => None,
    };
    let provider = &endpoint.provider;
    if !provider
        .devices()
        .decide(endpoint.kind, code, decision, provider.now())
    {
        return unknown(endpoint, &code.to_string());
    }
    tracing::info!(
        identity = approved.as_deref().map(|subject| tracing::field::display(Untrusted(subject))),
        client = %Untrusted(&request.client_id),
        approved = approved.is_some(),
        "device login decided"
    );
    OutcomePage::new(approved).into_response()
}

fn find(endpoint: &Endpoint, typed: &str) -> Option<(UserCode, DeviceRequest)> {
    let code = UserCode::parse(typed)?;
    let provider = &endpoint.provider;
    let request = provider
        .devices()
        .find(endpoint.kind, &code, provider.now())?;
    Some((code, request))
}

fn unknown(endpoint: &Endpoint, typed: &str) -> Response {
    let prompt = DevicePrompt::refused(typed, UNKNOWN_CODE.to_owned());
    DevicePage::ask(endpoint, prompt).into_response()
}
