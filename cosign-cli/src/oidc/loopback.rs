//! The listener that the browser is sent back to after the login.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::ui::Escaped;

/// A request line and its headers; a browser's are far smaller.
const MAX_REQUEST_BYTES: usize = 16 * 1024;
/// A connection that sends nothing must not hold up the one that does.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
const CALLBACK_PATH: &str = "/auth/callback";

const SUCCESS_PAGE: &str = include_str!("success.html");
const FAILURE_PAGE: &str = "<!doctype html><title>cosign</title><p>The login failed: nothing was signed. The terminal says more.";
const REFUSED_PAGE: &str =
    "<!doctype html><title>cosign</title><p>The login was refused. The terminal says more.";
const NOT_FOUND_PAGE: &str = "<!doctype html><title>cosign</title><p>Not found.";

/// The browser did not come back with a login.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopbackError {
    /// `--oidc-redirect-url` is not an address on this machine that can be listened on.
    #[error("the redirect address {} cannot be listened on: it needs http, a host and a port", Escaped(.0))]
    Address(String),
    /// The listener could not be opened.
    #[error("cannot listen on {}", Escaped(.address))]
    Listen {
        /// Host and port.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The provider sent the browser back with a refusal.
    #[error("the provider refused the login: {}{}", Escaped(.code), Escaped(.description))]
    Refused {
        /// The OAuth error code.
        code: String,
        /// `: ` and the provider's explanation, or nothing.
        description: String,
    },
    /// Nobody came back.
    #[error("no login within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// A listener and the address the provider must send the browser to.
#[derive(Debug)]
pub(super) struct Loopback {
    listener: TcpListener,
    redirect: Url,
}

impl Loopback {
    /// Listens on a free port, or where the user's redirect address says.
    ///
    /// # Errors
    /// [`LoopbackError::Address`], [`LoopbackError::Listen`].
    pub(super) async fn bind(redirect: Option<&str>) -> Result<Self, LoopbackError> {
        let listen = |address: String| async move {
            TcpListener::bind(&address)
                .await
                .map_err(|source| LoopbackError::Listen { address, source })
        };
        if let Some(text) = redirect {
            let invalid = || LoopbackError::Address(text.to_owned());
            let redirect = Url::parse(text).map_err(|_| invalid())?;
            let host = redirect.host_str().ok_or_else(invalid)?;
            let port = redirect.port_or_known_default().ok_or_else(invalid)?;
            if redirect.scheme() != "http" {
                return Err(invalid());
            }
            let listener = listen(format!("{host}:{port}")).await?;
            return Ok(Self { listener, redirect });
        }
        let listener = listen("127.0.0.1:0".to_owned()).await?;
        let port = listener
            .local_addr()
            .map_err(|source| LoopbackError::Listen {
                address: "127.0.0.1".to_owned(),
                source,
            })?;
        let text = format!("http://localhost:{}{CALLBACK_PATH}", port.port());
        let redirect = Url::parse(&text).map_err(|_| LoopbackError::Address(text))?;
        Ok(Self { listener, redirect })
    }

    /// Where the provider must send the browser.
    pub(super) fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the browser to come back with this `state`, and gives the code it brings, with the browser still
    /// waiting for its page.
    ///
    /// A call with another state, another path or no HTTP at all is answered and forgotten: any page
    /// the user has open can make one, and must not be able to end the login.
    ///
    /// # Errors
    /// [`LoopbackError::Refused`] if the provider says no, [`LoopbackError::Timeout`] after `patience`.
    pub(super) async fn wait(
        self,
        state: impl Into<String>,
        patience: Duration,
    ) -> Result<Arrival, LoopbackError> {
        let state = state.into();
        let comes_back = async {
            // Browsers open idle connections ahead of need, so each gets a task of its own.
            let mut visits = JoinSet::new();
            loop {
                let outcome = tokio::select! {
                    accepted = self.listener.accept() => {
                        if let Ok((stream, _)) = accepted {
                            visits.spawn(receive(stream, self.redirect.clone(), state.clone()));
                        }
                        continue;
                    }
                    Some(Ok(outcome)) = visits.join_next() => outcome,
                };
                match outcome {
                    (Visit::Code(code), stream) => return Ok(Arrival { code, stream }),
                    (Visit::Refused { code, description }, _) => {
                        return Err(LoopbackError::Refused { code, description });
                    }
                    (Visit::Foreign, _) => {}
                }
            }
        };
        match tokio::time::timeout(patience, comes_back).await {
            Ok(result) => result,
            Err(_) => Err(LoopbackError::Timeout(patience)),
        }
    }
}

/// What a call to the listener means.
#[derive(Debug, PartialEq, Eq)]
enum Visit {
    Code(String),
    Refused { code: String, description: String },
    Foreign,
}

/// A browser that has brought a code and waits for its page.
#[derive(Debug)]
pub(super) struct Arrival {
    /// The code.
    pub(super) code: String,
    stream: TcpStream,
}

impl Arrival {
    /// Shows the page for how the login has ended.
    pub(super) async fn show(mut self, logged_in: bool) {
        let (status, page) = if logged_in {
            ("200 OK", SUCCESS_PAGE)
        } else {
            ("502 Bad Gateway", FAILURE_PAGE)
        };
        answer(&mut self.stream, status, page).await;
    }
}

/// Reads one call, answers it unless it brings the code, and says what it meant.
async fn receive(mut stream: TcpStream, redirect: Url, state: String) -> (Visit, TcpStream) {
    let target = tokio::time::timeout(READ_TIMEOUT, read_target(&mut stream)).await;
    let outcome = match target {
        Ok(Some(target)) => judge(&redirect, &target, &state),
        _ => Visit::Foreign,
    };
    match &outcome {
        Visit::Code(_) => {}
        Visit::Refused { .. } => answer(&mut stream, "200 OK", REFUSED_PAGE).await,
        Visit::Foreign => answer(&mut stream, "404 Not Found", NOT_FOUND_PAGE).await,
    }
    (outcome, stream)
}

fn judge(redirect: &Url, target: &str, state: &str) -> Visit {
    let Ok(url) = redirect.join(target) else {
        return Visit::Foreign;
    };
    // What is said twice is not said: which of the two counts is not for us to guess.
    let parameter = |name: &str| {
        let mut values = url.query_pairs().filter(|(key, _)| key == name);
        let (_, value) = values.next()?;
        values.next().is_none().then(|| value.into_owned())
    };
    if url.origin() != redirect.origin()
        || url.path() != redirect.path()
        || parameter("state").as_deref() != Some(state)
    {
        return Visit::Foreign;
    }
    if let Some(code) = parameter("error") {
        let description =
            parameter("error_description").map_or_else(String::new, |text| format!(": {text}"));
        return Visit::Refused { code, description };
    }
    parameter("code")
        .filter(|code| !code.is_empty())
        .map_or(Visit::Foreign, Visit::Code)
}

/// The target of a GET request, once its head is complete.
async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > MAX_REQUEST_BYTES || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    target.starts_with('/').then(|| target.to_owned())
}

async fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // The browser's page is a courtesy: the login does not depend on it.
    drop(stream.write_all(response.as_bytes()).await);
    drop(stream.shutdown().await);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::{Arrival, Loopback, LoopbackError, Url, Visit, judge};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    #[test]
    fn adv_c47_only_the_right_path_and_state_count() {
        let redirect = Url::parse("http://localhost:1234/auth/callback").unwrap();
        let refused = Visit::Refused {
            code: "access_denied".to_owned(),
            description: ": no\u{1b}".to_owned(),
        };
        for (target, expected) in [
            (
                "/auth/callback?state=s&code=c%2Fd",
                Visit::Code("c/d".to_owned()),
            ),
            ("/auth/callback?state=other&code=c", Visit::Foreign),
            ("/auth/callback?code=c", Visit::Foreign),
            ("/auth/callback?state=s&state=s&code=c", Visit::Foreign),
            ("/auth/callback?state=s&state=other&code=c", Visit::Foreign),
            ("/auth/callback?state=other&state=s&code=c", Visit::Foreign),
            ("/auth/callback?state=s&code=c&code=d", Visit::Foreign),
            ("/auth/callback?state=&code=c", Visit::Foreign),
            ("/auth/callback?state=s&code=", Visit::Foreign),
            ("/favicon.ico?state=s&code=c", Visit::Foreign),
            ("//evil.test/auth/callback?state=s&code=c", Visit::Foreign),
            (
                "/auth/callback?state=s&error=access_denied&error_description=no%1B",
                refused,
            ),
        ] {
            assert_eq!(judge(&redirect, target, "s"), expected, "{target}");
        }
    }

    async fn call(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn adv_c47_a_foreign_call_does_not_end_the_login_and_none_is_heard_after_it() {
        let loopback = Loopback::bind(None).await.unwrap();
        let port = loopback.redirect().port().unwrap();
        let waiting = tokio::spawn(loopback.wait("s", Duration::from_secs(30)));
        let foreign = call(port, "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(foreign.starts_with("HTTP/1.1 404 "), "{foreign}");
        let right = page_of(port, waiting, true).await;
        assert!(right.starts_with("HTTP/1.1 200 OK\r\n"), "{right}");
        assert!(right.ends_with(super::SUCCESS_PAGE), "{right}");
        let second = TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
        assert_eq!(second.kind(), std::io::ErrorKind::ConnectionRefused);
    }

    /// Brings the code, and gives the page that the browser sees once the login has ended so.
    async fn page_of(
        port: u16,
        waiting: tokio::task::JoinHandle<Result<Arrival, LoopbackError>>,
        logged_in: bool,
    ) -> String {
        let brought = call(
            port,
            "GET /auth/callback?code=c&state=s HTTP/1.1\r\nHost: x\r\n\r\n",
        );
        let told = async {
            let arrival = waiting.await.unwrap().unwrap();
            assert_eq!(arrival.code, "c");
            arrival.show(logged_in).await;
        };
        tokio::join!(brought, told).0
    }

    #[tokio::test]
    async fn a_login_that_fails_after_all_is_not_called_a_success() {
        let loopback = Loopback::bind(None).await.unwrap();
        let port = loopback.redirect().port().unwrap();
        let waiting = tokio::spawn(loopback.wait("s", Duration::from_secs(30)));
        let page = page_of(port, waiting, false).await;
        assert!(page.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{page}");
        assert!(page.ends_with(super::FAILURE_PAGE), "{page}");
    }

    #[tokio::test]
    async fn patience_ends() {
        let loopback = Loopback::bind(None).await.unwrap();
        let outcome = loopback.wait("s", Duration::ZERO).await;
        assert!(
            matches!(outcome, Err(LoopbackError::Timeout(_))),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn a_redirect_address_must_be_plain_http() {
        let outcome = Loopback::bind(Some("https://localhost:1/x")).await;
        assert!(
            matches!(outcome, Err(LoopbackError::Address(_))),
            "{outcome:?}"
        );
    }
}
