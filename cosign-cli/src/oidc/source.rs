//! Where the signer's identity comes from.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sigbox_crypto::SigningKey;

use super::browser::BrowserLogin;
use super::buildkite::Buildkite;
use super::client_credentials::ClientCredentials;
use super::client_secret::ClientSecretError;
use super::device::DeviceLogin;
use super::github_actions::GithubActions;
use super::google::GoogleWorkload;
use super::token::{IdentityToken, TokenError};
use crate::sign::OwnCertificate;
use crate::ui::{Escaped, io_reason};

/// A token file is read no further than this: tokens are a few kilobytes.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// Where the signer's identity comes from.
#[derive(Debug)]
#[non_exhaustive]
pub enum IdentitySource {
    /// A token that is already there.
    Token(IdentityToken),
    /// A login in the browser.
    Browser(BrowserLogin),
    /// A login through another device.
    Device(DeviceLogin),
    /// A login of the client itself.
    ClientCredentials(ClientCredentials),
    /// The token that a CI job may ask for.
    GithubActions(GithubActions),
    /// The token that a Buildkite job may ask for.
    Buildkite(Buildkite),
    /// The token that a workload on Google Cloud may ask for.
    Google(GoogleWorkload),
    /// No identity: a key of the signer's own, that verifiers know.
    Key(Arc<SigningKey>),
    /// A key of the signer's own, and a certificate that ties it to an identity.
    CertifiedKey(Arc<SigningKey>, Box<IdentitySource>),
    /// A key of the signer's own, with a certificate that an authority of the signer's own gave.
    Certified(Arc<OwnCertificate>),
}

/// There is no token, or the one that was given cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// `--identity-token` is neither a token nor a readable file.
    #[error("getting id token: open {}: {}", Escaped(&.path.to_string_lossy()), io_reason(.source))]
    File {
        /// The flag's value.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The value looks like a token that was damaged; it is not repeated, because it may be a secret.
    #[error("the value of --identity-token is neither an identity token nor a file")]
    DamagedToken,
    /// The token cannot be used.
    #[error("{origin}")]
    Token {
        /// Where it came from.
        origin: &'static str,
        /// What is wrong with it.
        source: TokenError,
    },
    /// The flow `token` was chosen, but no token is there.
    #[error(
        "--fulcio-auth-flow=token needs a token: give --identity-token or set SIGSTORE_ID_TOKEN"
    )]
    NoToken,
    /// The flow `client_credentials` was chosen without a secret.
    #[error("--fulcio-auth-flow=client_credentials needs --oidc-client-secret-file")]
    NoSecret,
    /// `--oidc-provider` names a provider that this version has not.
    #[error("the ambient provider `{}` is not built yet", Escaped(.name))]
    ProviderNotBuilt {
        /// The flag's value.
        name: String,
    },
    /// `--oidc-provider` names a provider that has nothing to offer here.
    #[error("the ambient provider `{}` is not enabled here; enabled: {enabled}", Escaped(.name))]
    ProviderNotEnabled {
        /// The flag's value.
        name: String,
        /// Those that are, comma separated.
        enabled: String,
    },
    /// `--oidc-client-secret-file` cannot be used.
    #[error(transparent)]
    ClientSecret(#[from] ClientSecretError),
    /// Neither the signing config nor the command line names a provider.
    #[error(
        "no identity token, and neither the signing config nor --oidc-issuer names an OpenID provider to log in with"
    )]
    NoProvider,
}

/// The token of the flag, if it is given.
///
/// # Errors
/// [`SourceError`] if one is given that cannot be used; the next source is not tried then.
pub(crate) fn given_token(flag: Option<&str>) -> Result<Option<IdentityToken>, SourceError> {
    let Some(value) = flag.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = if IdentityToken::looks_like_one(value) {
        value.to_owned()
    } else {
        read_token_file(Path::new(value))?
    };
    usable(&text, "the token of --identity-token cannot be used").map(Some)
}

pub(super) fn usable(text: &str, origin: &'static str) -> Result<IdentityToken, SourceError> {
    IdentityToken::parse(text).map_err(|source| SourceError::Token { origin, source })
}

pub(super) fn read_token_file(path: &Path) -> Result<String, SourceError> {
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(MAX_TOKEN_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        // All JWS headers start so; a cut token must not end up in a log as a file name.
        Err(_) if path.to_string_lossy().starts_with("eyJ") => Err(SourceError::DamagedToken),
        Err(source) => Err(SourceError::File {
            path: path.to_owned(),
            source,
        }),
    }
}
