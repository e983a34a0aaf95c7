//! A file by its address: of the host that the user named and of no other, with its status looked at.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::http::{ClosedWorld, HttpError, HttpOptions, Request};
use crate::ui::Escaped;

/// For the whole transfer; a large file over a slow line takes its time.
const DEADLINE: Duration = Duration::from_hours(1);
/// How many pieces wait for their reader, each of what one read of the connection gave.
const PIECES: usize = 4;

/// A file could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is no answer, or it leads elsewhere.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What came is the page that goes with a failure, and not the file.
    #[error("GET {}: the server answers {status}, so what it sent is not the file", Escaped(.url))]
    Status {
        /// The address.
        url: String,
        /// The answer's status.
        status: StatusCode,
    },
    /// The transfer could not be started.
    #[error("starting the transfer")]
    Start(#[source] io::Error),
}

/// The address, if the text is one that files are fetched from.
pub(crate) fn address(text: &str) -> Option<Url> {
    let scheme = text.split_once("://")?.0;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

/// A file on its way.
pub(crate) struct Fetched {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
}

/// Asks for a file and gives its bytes as they come; redirects are not followed.
///
/// The transfer has a thread of its own, with a runtime of its own, so that a caller needs none.
///
/// # Errors
/// [`FetchError`]; an answer with any status but 200 is [`FetchError::Status`].
///
/// Source: RFC 9110 §15.3.1; cosign issue 4877, where an error page became a key.
pub(crate) fn open(url: &Url) -> Result<Fetched, FetchError> {
    let (opened, is_open) = sync_channel(1);
    let (sender, pieces) = sync_channel(PIECES);
    let url = url.clone();
    let transfer = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(transfer(&url, &opened, &sender)),
            Err(error) => drop(opened.send(Err(FetchError::Start(error)))),
        }
    };
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(transfer)
        .map_err(FetchError::Start)?;
    match is_open.recv() {
        Ok(outcome) => outcome?,
        Err(_) => return Err(FetchError::Start(io::ErrorKind::BrokenPipe.into())),
    }
    Ok(Fetched {
        pieces,
        piece: io::Cursor::default(),
    })
}

/// Sends the outcome of the head, then the body; whoever no longer listens ends it.
async fn transfer(
    url: &Url,
    opened: &SyncSender<Result<(), FetchError>>,
    pieces: &SyncSender<io::Result<Vec<u8>>>,
) {
    let mut response = match head(url).await {
        Ok(response) => response,
        Err(error) => return drop(opened.send(Err(error))),
    };
    drop(opened.send(Ok(())));
    loop {
        let piece = match response.chunk().await {
            Ok(Some(piece)) => Ok(piece.to_vec()),
            Ok(None) => return,
            Err(error) => Err(io::Error::other(error)),
        };
        let is_last = piece.is_err();
        if pieces.send(piece).is_err() || is_last {
            return;
        }
    }
}

async fn head(url: &Url) -> Result<reqwest::Response, FetchError> {
    let mut world = ClosedWorld::new(HttpOptions::default());
    world.allow(url);
    let request = Request {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Vec::new(),
        deadline: DEADLINE,
    };
    let response = world.open(&request).await?;
    match response.status() {
        StatusCode::OK => Ok(response),
        status => Err(FetchError::Status {
            url: crate::http::without_query(url),
            status,
        }),
    }
}

impl Read for Fetched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.pieces.recv() {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                // The transfer has ended, and not by a failure: that would have been sent.
                Err(_) => return Ok(0),
            }
        }
    }
}
