//! A router over a fixed set of named files of one directory.
//!
//! The names are known when the router is built and become literal routes, so nothing of a request is ever used
//! as a path and traversal has no place to happen. Files are read anew for each request: what an operator
//! replaces (by rename) is served at once.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use http::{HeaderName, StatusCode};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::respond::{JsonError, with_cause, with_type};

/// Larger files are not served; the largest we hand out is a trusted root, some tens of KiB.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Longest file name, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Bytes of the SHA-256 that make an entity tag.
const ETAG_BYTES: usize = 16;

const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NO_SNIFF: (HeaderName, HeaderValue) = (
    http::header::X_CONTENT_TYPE_OPTIONS,
    HeaderValue::from_static("nosniff"),
);

/// The name of a file within the directory: 1 to 128 of `A-Z a-z 0-9 . _ -`, not starting with a dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

/// Why a text is not a [`FileName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileNameError {
    /// Empty, or longer than 128 bytes.
    #[error("file name has {found} bytes, expected 1 to {MAX_NAME_BYTES}")]
    Length {
        /// Bytes of the name given.
        found: usize,
    },
    /// It would be hidden, or climb.
    #[error("file name starts with a dot")]
    LeadingDot,
    /// A character outside the alphabet.
    #[error("file name contains {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
}

impl FileName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn content_type(&self) -> HeaderValue {
        let extension = self
            .0
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension);
        HeaderValue::from_static(match extension {
            "json" => "application/json",
            "pem" => "application/x-pem-file",
            "pub" | "txt" | "sha256" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        })
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(FileNameError::Length { found: name.len() });
        }
        if name.starts_with('.') {
            return Err(FileNameError::LeadingDot);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        match name.chars().find(|c| !allowed(*c)) {
            Some(found) => Err(FileNameError::Character { found }),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// Serves `names` out of `directory`, each as `/<name>`; every other path is a 404 in JSON.
///
/// Mount it with `nest`. A name whose file is absent at the moment is a 404 too; a file that cannot be read is a
/// 500 whose cause goes to the request log.
pub fn router(directory: impl Into<PathBuf>, names: impl IntoIterator<Item = FileName>) -> Router {
    let directory: Arc<Path> = Arc::from(directory.into());
    let mut router = Router::new();
    for name in names {
        let directory = Arc::clone(&directory);
        let path = format!("/{}", name.as_str());
        router = router.route(
            &path,
            get(move |headers: HeaderMap| serve(directory, name, headers)),
        );
    }
    router
        .fallback(async |request: Request| not_found(request.uri().path()))
        .method_not_allowed_fallback(async || {
            JsonError::plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        })
}

async fn serve(directory: Arc<Path>, name: FileName, request: HeaderMap) -> Response {
    match read(&directory.join(name.as_str())).await {
        Ok(bytes) => {
            let tag = entity_tag(&bytes);
            let mut response = if matches_tag(&request, &tag) {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                with_type(StatusCode::OK, name.content_type(), bytes)
            };
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, NO_CACHE);
            headers.insert(NO_SNIFF.0, NO_SNIFF.1);
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                headers.insert(ETAG, tag);
            }
            response
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => not_found(name.as_str()),
        Err(error) => with_cause(
            JsonError::plain(StatusCode::INTERNAL_SERVER_ERROR, "file cannot be read")
                .into_response(),
            &error,
        ),
    }
}

async fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .await?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

fn not_found(path: &str) -> Response {
    let path = path.trim_start_matches('/');
    let message = format!("no file `{}`", crate::logging::Untrusted(path));
    JsonError::plain(StatusCode::NOT_FOUND, &message).into_response()
}

fn entity_tag(bytes: &[u8]) -> String {
    let mut tag = String::from('"');
    for byte in Sha256::digest(bytes).iter().take(ETAG_BYTES) {
        // Writing to a string cannot fail.
        let _infallible = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Source: RFC 9110 §13.1.2 (weak comparison, a list or `*`).
fn matches_tag(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate.trim_start_matches("W/") == tag)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
