//! Which failures lie with the network or with a service that is down: the same command may succeed later.
//!
//! Whatever a peer answers in so many words, and whatever is refused here, is not among them.

use sigbox_oci::RegistryError;
use sigbox_oci::transport::TransportErrorKind;

use crate::artifact::ArtifactError;
use crate::fetch::FetchError;
use crate::http::{HttpError, is_outage};
use crate::keys::KeyError;
use crate::oidc::{AmbientError, BrowserError, ClientCredentialsError, DeviceError, ProviderError};
use crate::services::{FulcioError, Refusal, RekorError, TimestampError};
use crate::sign::SignError;
use crate::verify::VerifyError;

/// No connection, or no answer in time.
pub(super) fn http(error: &HttpError) -> bool {
    matches!(
        error,
        HttpError::Transport { .. } | HttpError::Timeout { .. } | HttpError::Unavailable { .. }
    )
}

fn refusal(refusal: &Refusal) -> bool {
    is_outage(refusal.status)
}

/// A registry that could not be reached, or is down.
pub(super) fn registry(error: &RegistryError) -> bool {
    match error {
        RegistryError::Transport(error) => matches!(
            error.kind,
            TransportErrorKind::Connect | TransportErrorKind::Timeout | TransportErrorKind::Broken
        ),
        other => other
            .status()
            .is_some_and(|found| is_outage(found.as_u16())),
    }
}

/// A log that could not be asked.
pub(super) fn log(error: &RekorError) -> bool {
    match error {
        RekorError::Http(error) => http(error),
        RekorError::Refused(answer) => refusal(answer),
        _ => false,
    }
}

/// A file that could not be fetched.
fn fetch(error: &FetchError) -> bool {
    match error {
        FetchError::Http(error) => http(error),
        FetchError::Status { status: found, .. } => is_outage(found.as_u16()),
        FetchError::Start(_) => false,
    }
}

/// A key that could not be fetched.
pub(super) fn key(error: &KeyError) -> bool {
    match error {
        KeyError::Fetch(error) => fetch(error),
        KeyError::Transfer { .. } => true,
        _ => false,
    }
}

fn artifact(error: &ArtifactError) -> bool {
    match error {
        ArtifactError::Fetch(error) => fetch(error),
        ArtifactError::Transfer { .. } => true,
        _ => false,
    }
}

/// An artifact that could not be had, so that nothing was verified.
pub(super) fn verifying(error: &VerifyError) -> bool {
    matches!(error, VerifyError::Artifact(error) if artifact(error))
}

fn provider(error: &ProviderError) -> bool {
    matches!(error, ProviderError::Http(error) if http(error))
}

/// A service that could not be asked for its part of a signature.
pub(super) fn signing(error: &SignError) -> bool {
    match error {
        SignError::Deadline => true,
        SignError::Artifact(error) => artifact(error),
        SignError::Fulcio(FulcioError::Http(error))
        | SignError::Timestamp(TimestampError::Http(error))
        | SignError::Login(BrowserError::Http(error))
        | SignError::DeviceLogin(DeviceError::Http(error))
        | SignError::ClientCredentials(ClientCredentialsError::Http(error))
        | SignError::Ambient(AmbientError::Http(error)) => http(error),
        SignError::Fulcio(FulcioError::Refused(answer))
        | SignError::Timestamp(TimestampError::Refused(answer)) => refusal(answer),
        SignError::Rekor(error) | SignError::RekorV1(error) => log(error),
        SignError::Login(BrowserError::Provider(error))
        | SignError::DeviceLogin(DeviceError::Provider(error))
        | SignError::ClientCredentials(ClientCredentialsError::Provider(error)) => provider(error),
        SignError::DeviceLogin(DeviceError::Refused { status: found, .. })
        | SignError::ClientCredentials(ClientCredentialsError::Refused { status: found, .. })
        | SignError::Ambient(AmbientError::Refused { status: found }) => is_outage(*found),
        _ => false,
    }
}
