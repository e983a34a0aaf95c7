//! The order in which an identity token is looked for.

use std::io::Read as _;
use std::path::PathBuf;

use super::browser::BrowserLogin;
use super::token::{IdentityToken, TokenError};
use crate::environment;
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
    /// A browser login makes no sense without somebody to log in.
    #[error("no identity token, and no terminal from which to log in with a browser")]
    NotInteractive,
    /// Neither the signing config nor the command line names a provider.
    #[error("no identity token, and the signing config names no OpenID provider to log in with")]
    NoProvider,
}

/// The token of the flag or of `SIGSTORE_ID_TOKEN`, if one of them is given.
///
/// # Errors
/// [`SourceError`] if one is given that cannot be used; the next source is not tried then.
pub(crate) fn given_token(
    flag: Option<&str>,
    ambient: bool,
) -> Result<Option<IdentityToken>, SourceError> {
    if let Some(value) = flag.filter(|value| !value.is_empty()) {
        let text = if IdentityToken::looks_like_one(value) {
            value.to_owned()
        } else {
            read_file(value)?
        };
        return usable(&text, "the token of --identity-token cannot be used").map(Some);
    }
    match environment::text("SIGSTORE_ID_TOKEN") {
        Some(value) if ambient => {
            usable(&value, "the token of SIGSTORE_ID_TOKEN cannot be used").map(Some)
        }
        _ => Ok(None),
    }
}

fn usable(text: &str, origin: &'static str) -> Result<IdentityToken, SourceError> {
    IdentityToken::parse(text).map_err(|source| SourceError::Token { origin, source })
}

fn read_file(value: &str) -> Result<String, SourceError> {
    let path = PathBuf::from(value);
    let mut text = String::new();
    let read = std::fs::File::open(&path)
        .and_then(|file| file.take(MAX_TOKEN_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        // All JWS headers start so; a cut token must not end up in a log as a file name.
        Err(_) if value.starts_with("eyJ") => Err(SourceError::DamagedToken),
        Err(source) => Err(SourceError::File { path, source }),
    }
}
