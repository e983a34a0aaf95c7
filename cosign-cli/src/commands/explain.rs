//! Errors of the library in the words that users and their scripts know, with a way to find out more.

use super::explain_verify::trust_failure;
use super::unreachable;
use crate::args::ArgumentError;
use crate::http::HttpError;
use crate::oidc::{BrowserError, DeviceError, ProviderError, SourceError};
use crate::report::Failure;
use crate::services::{FulcioError, RekorError, TimestampError};
use crate::sign::SignError;
use crate::trust::{Supply, TrustSourceError};

pub(crate) const CONFIGURE: &str = "run `eval \"$(sigbox env)\"` where the instance is, or give";

/// A mistake on the command line.
pub(crate) fn argument_failure(error: &ArgumentError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        // The habit of hands: real cosign fetches its trust with it.
        ArgumentError::UnknownCommand { name } if name == "initialize" => failure
            .cause("the trust of a TUF repository cannot be fetched yet, and none is built in")
            .hint(
                "keep the trust files of an instance with `cosign instance add NAME --from DIR`, or make them with \
                 `cosign trusted-root create` and `cosign signing-config create`",
            ),
        ArgumentError::UnknownCommand { .. } => failure.hint("run 'cosign --help' for usage"),
        _ => failure,
    }
}

/// Signing without a signing config: there is no built-in instance to fall back to.
pub(super) fn no_signing_config(why: &str) -> Failure {
    Failure::new("no signing config: nothing says which services to sign with")
        .cause(why)
        .cause("no service is built in, and none was contacted")
        .hint(format!("{CONFIGURE} --signing-config FILE"))
}

/// A service that neither a signing config nor an address names.
pub(super) fn no_service(kind: &str, why: &str, hint: &str) -> Failure {
    Failure::new(format!("no {kind}: {why}"))
        .cause("no service is built in, and none was contacted")
        .hint(hint)
}

/// A blob that was not signed.
pub(super) fn signing(blob: &str, error: &SignError) -> Failure {
    if let SignError::Trust(error) = error {
        let failure = trust_failure(error);
        let headline = format!("signing {blob}: {}", failure.headline);
        return Failure {
            headline,
            ..failure
        };
    }
    let failure = Failure::new(format!("signing {blob}: {}", innermost_step(error)))
        .caused_by(error)
        .unreachable_if(unreachable::signing(error));
    match hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The step as one phrase: `getting payload: open x: no such file or directory`.
fn innermost_step(error: &SignError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn hint(error: &SignError) -> Option<String> {
    let text = match error {
        SignError::Identity(SourceError::NoToken | SourceError::NoProvider)
        | SignError::DeviceLogin(DeviceError::NoDeviceEndpoint) => {
            "give a token with --identity-token or SIGSTORE_ID_TOKEN; `sigbox token --email WHO` makes one for an \
             instance with the built-in provider"
        }
        SignError::Fulcio(FulcioError::Refused(refusal)) if refusal.status == 400 => {
            "tokens live for minutes only, and must be made for audience `sigstore` by a provider that the instance \
             trusts: get a fresh one and try again"
        }
        SignError::Fulcio(FulcioError::Http(error))
        | SignError::Timestamp(TimestampError::Http(error))
        | SignError::Rekor(RekorError::Http(error))
        | SignError::RekorV1(RekorError::Http(error))
        | SignError::Login(
            BrowserError::Http(error) | BrowserError::Provider(ProviderError::Http(error)),
        )
        | SignError::DeviceLogin(
            DeviceError::Http(error) | DeviceError::Provider(ProviderError::Http(error)),
        ) => {
            return http_hint(error);
        }
        SignError::Certificate(_) | SignError::SelfCheck(_) => {
            "trusted root and signing config may be of different instances, or one of them old: get both anew from \
             where the instance publishes them"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn http_hint(error: &HttpError) -> Option<String> {
    let text = match error {
        HttpError::NotAllowed { .. } => {
            "the signing config lists the services of the instance; if the host belongs to it, it has to stand there"
        }
        HttpError::Transport { .. } | HttpError::Timeout { .. } => {
            "see whether the instance is up (`sigbox status`); a private TLS authority is named by SSL_CERT_FILE, a \
             proxy by HTTPS_PROXY"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// How to come by what is missing.
pub(super) fn trust_hint(error: &TrustSourceError) -> Option<String> {
    match error {
        TrustSourceError::NotConfigured => Some(format!("{CONFIGURE} --trusted-root FILE")),
        TrustSourceError::Incomplete {
            supply: Supply::Variables,
            ..
        } => Some(format!(
            "{CONFIGURE} --trusted-root FILE instead of the variables"
        )),
        TrustSourceError::Incomplete { .. } => {
            Some("get the trusted root anew from where the instance publishes it".to_owned())
        }
        _ => None,
    }
}
