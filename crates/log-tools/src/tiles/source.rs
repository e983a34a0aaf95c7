//! Where tiles are read: over HTTP, or in a directory that was copied.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Where tiles are read.
pub enum TileSource {
    /// Below a URL that ends with a slash.
    Http {
        /// The client; it follows no redirects.
        client: reqwest::Client,
        /// The prefix.
        base: Url,
    },
    /// Below a directory, under the same names.
    Directory(PathBuf),
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The text is not a URL of HTTP.
    #[error("`{text}` is no URL of tiles")]
    Url {
        /// The text.
        text: String,
        /// What is wrong with it.
        #[source]
        source: url::ParseError,
    },
    /// No answer.
    #[error("no answer")]
    Http(#[from] reqwest::Error),
    /// Neither 200 nor 404.
    #[error("status: expected 200, found {found}")]
    Status {
        /// The status.
        found: u16,
    },
    /// More than it can be.
    #[error("length: expected at most {limit} bytes, found more")]
    TooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl TileSource {
    /// What a command line names: a URL with `http://` or `https://`, else a directory.
    ///
    /// # Errors
    /// [`SourceError::Url`] or [`SourceError::Http`].
    pub fn named(text: &str) -> Result<Self, SourceError> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Directory(PathBuf::from(text)));
        }
        let base = Url::parse(&format!("{}/", text.trim_end_matches('/')));
        let base = base.map_err(|source| SourceError::Url {
            text: text.to_owned(),
            source,
        })?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self::Http { client, base })
    }

    /// Its name in reports.
    pub fn label(&self) -> String {
        match self {
            Self::Http { base, .. } => base.to_string(),
            Self::Directory(path) => path.display().to_string(),
        }
    }

    /// At most `limit` bytes of what has this name; `None` if it is not there.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Http { client, base } => {
                let url = base.join(name).map_err(|source| SourceError::Url {
                    text: name.to_owned(),
                    source,
                })?;
                get(client, url, limit).await
            }
            Self::Directory(directory) => {
                let path = directory.join(name);
                read_file(&path, limit).map_err(|source| SourceError::File { path, source })
            }
        }
    }
}

async fn get(
    client: &reqwest::Client,
    url: Url,
    limit: usize,
) -> Result<Option<Vec<u8>>, SourceError> {
    let mut answer = client.get(url).send().await?;
    match answer.status().as_u16() {
        200 => {}
        404 => return Ok(None),
        found => return Err(SourceError::Status { found }),
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > limit {
            return Err(SourceError::TooLong { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

fn read_file(path: &std::path::Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("length: expected at most {limit} bytes, found more"),
        ));
    }
    Ok(Some(bytes))
}
