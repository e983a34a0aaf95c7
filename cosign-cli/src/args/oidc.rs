//! How the signer proves who they are.

use std::fmt;
use std::path::PathBuf;

use clap::builder::TypedValueParser as _;

use super::suggested::{FLOWS, PROVIDERS};

/// Where the identity token comes from.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Identity")]
pub(crate) struct OidcArgs {
    /// The identity token itself, or a file that holds it
    #[arg(long, value_name = "TOKEN|FILE")]
    pub(crate) identity_token: Option<String>,

    /// How to get a token when none is given: normal (browser), device (a browser elsewhere; the choice without a
    /// terminal), client_credentials (by the client's own secret) or token (only a given token)
    #[arg(long, value_name = "FLOW", hide_possible_values = true,
          value_parser = FLOWS.try_map(|text| AuthFlow::parse(&text)))]
    pub(crate) fulcio_auth_flow: Option<AuthFlow>,

    /// The OpenID provider to log in with, instead of the signing config's
    #[arg(long, value_name = "URL")]
    pub(crate) oidc_issuer: Option<String>,

    /// The client id to log in as
    #[arg(long, value_name = "ID", default_value = "sigstore")]
    pub(crate) oidc_client_id: String,

    /// A file with the client's secret, for a client that has one
    #[arg(long, value_name = "FILE")]
    pub(crate) oidc_client_secret_file: Option<PathBuf>,

    /// Where the provider sends the browser back to, instead of a free port on this machine
    #[arg(long, value_name = "URL")]
    pub(crate) oidc_redirect_url: Option<String>,

    /// The only ambient provider to take a token from: filesystem, envvar (SIGSTORE_ID_TOKEN),
    /// github-actions, buildkite-agent, google-workload-identity or google-impersonate
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = PROVIDERS)]
    pub(crate) oidc_provider: Option<String>,

    /// Do not take a token from ambient providers, such as SIGSTORE_ID_TOKEN
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) oidc_disable_ambient_providers: bool,
}

/// Ways to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthFlow {
    /// The browser.
    Normal,
    /// A browser on another device.
    Device,
    /// The client's own secret.
    ClientCredentials,
    /// A token that is given, never a browser.
    Token,
}

/// A flow that is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthFlowError {
    #[error("unsupported oauth flow (known: normal, device, token, client_credentials)")]
    Unknown,
}

impl AuthFlow {
    fn parse(text: &str) -> Result<Self, AuthFlowError> {
        match text {
            "normal" => Ok(Self::Normal),
            "device" => Ok(Self::Device),
            "token" => Ok(Self::Token),
            "client_credentials" => Ok(Self::ClientCredentials),
            _ => Err(AuthFlowError::Unknown),
        }
    }
}

impl fmt::Debug for OidcArgs {
    /// The token is a credential and stays out of every dump.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcArgs")
            .field(
                "identity_token",
                &self.identity_token.as_ref().map(|_| "[redacted]"),
            )
            .field("fulcio_auth_flow", &self.fulcio_auth_flow)
            .field("oidc_issuer", &self.oidc_issuer)
            .field("oidc_client_id", &self.oidc_client_id)
            .field("oidc_client_secret_file", &self.oidc_client_secret_file)
            .field("oidc_redirect_url", &self.oidc_redirect_url)
            .field("oidc_provider", &self.oidc_provider)
            .field(
                "oidc_disable_ambient_providers",
                &self.oidc_disable_ambient_providers,
            )
            .finish()
    }
}
