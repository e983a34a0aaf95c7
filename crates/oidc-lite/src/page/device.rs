//! The pages of the device flow.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{STYLE_PATH, answer};
use crate::api::Endpoint;
use crate::config::IssuerKind;
use crate::device::DeviceRequest;
use crate::user_code::UserCode;

/// What a page says about an earlier try.
#[derive(Default)]
pub(crate) struct DevicePrompt {
    typed: String,
    error: Option<String>,
}

impl DevicePrompt {
    /// What was typed did not hold.
    pub(crate) fn refused(typed: &str, error: String) -> Self {
        Self {
            typed: typed.to_owned(),
            error: Some(error),
        }
    }
}

/// Asks for the code or, once there is one, who signs the device in.
#[derive(Template)]
#[template(path = "device.html")]
pub(crate) struct DevicePage {
    style: &'static str,
    issuer: String,
    action: String,
    workload: bool,
    example: String,
    prompt: DevicePrompt,
    /// The code and the client of the device that waits.
    waiting: Option<(String, String)>,
}

impl DevicePage {
    /// The page that asks for the code.
    pub(crate) fn ask(endpoint: &Endpoint, prompt: DevicePrompt) -> Self {
        Self::new(endpoint, prompt, None)
    }

    /// The page with the buttons.
    pub(crate) fn confirm(
        endpoint: &Endpoint,
        code: &UserCode,
        request: &DeviceRequest,
        prompt: DevicePrompt,
    ) -> Self {
        let waiting = (code.to_string(), request.client_id.clone());
        Self::new(endpoint, prompt, Some(waiting))
    }

    fn new(endpoint: &Endpoint, prompt: DevicePrompt, waiting: Option<(String, String)>) -> Self {
        let (provider, kind) = (&endpoint.provider, endpoint.kind);
        Self {
            style: STYLE_PATH,
            issuer: provider.issuer(kind),
            action: format!("{}/device", kind.path()),
            workload: kind == IssuerKind::Workload,
            example: format!("{}/workload/build", provider.config().origin()),
            prompt,
            waiting,
        }
    }
}

impl IntoResponse for DevicePage {
    fn into_response(self) -> Response {
        let status = match self.prompt.error {
            Some(_) => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        };
        answer(status, self.render(), "form-action 'self'")
    }
}

/// Says that the person is done.
#[derive(Template)]
#[template(path = "device_done.html")]
pub(crate) struct OutcomePage {
    style: &'static str,
    approved: Option<String>,
}

impl OutcomePage {
    /// `approved` is who signed in; nobody, if the device was refused.
    pub(crate) fn new(approved: Option<String>) -> Self {
        Self {
            style: STYLE_PATH,
            approved,
        }
    }
}

impl IntoResponse for OutcomePage {
    fn into_response(self) -> Response {
        answer(StatusCode::OK, self.render(), "form-action 'none'")
    }
}
