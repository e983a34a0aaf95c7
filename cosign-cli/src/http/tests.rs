//! The closed world against a listener of our own.

use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::{Answer, ClosedWorld, HttpError, HttpOptions, MAX_ANSWER_BYTES, Request};

/// Answers one connection after the other with the texts given, and gives back the request lines.
async fn server(answers: Vec<String>) -> (Url, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!(
        "http://{}/x?secret=1",
        listener.local_addr().unwrap()
    ))
    .unwrap();
    let requests = tokio::spawn(async move {
        let mut lines = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                stream.read_buf(&mut head).await.unwrap();
            }
            let head = String::from_utf8(head).unwrap();
            lines.push(head.lines().next().unwrap().to_owned());
            // A client that has seen enough may be gone already.
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
        lines
    });
    (url, requests)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn get(url: &Url, allowed: &[&Url]) -> Result<Answer, HttpError> {
    let mut world = ClosedWorld::new(HttpOptions {
        backoff: Duration::ZERO,
        trace: false,
        ..HttpOptions::default()
    });
    for url in allowed {
        world.allow(url);
    }
    let request = Request {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Vec::new(),
        deadline: Duration::from_secs(30),
    };
    world.send(request).await
}

#[tokio::test]
async fn an_origin_that_nobody_named_is_refused_before_anything_is_sent() {
    let named = Url::parse("http://box.test:8080/").unwrap();
    for other in [
        "https://box.test:8080/",
        "http://box.test/",
        "http://box.test.evil.test:8080/",
        "http://box.test@evil.test:8080/",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        let error = get(&Url::parse(other).unwrap(), &[&named])
            .await
            .unwrap_err();
        assert!(
            matches!(&error, HttpError::NotAllowed { allowed, .. } if allowed == "http://box.test:8080"),
            "{other}: {error:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_world_contacts_nobody() {
    let error = get(&Url::parse("http://127.0.0.1:9/").unwrap(), &[])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "refused to contact http://127.0.0.1:9: only the hosts that the signing config and the command line name may \
         be contacted (none)"
    );
}

#[tokio::test]
async fn an_answer_comes_back_with_status_and_body() {
    let (url, requests) = server(vec![answer("201 Created", "", "made")]).await;
    let got = get(&url, &[&url]).await.unwrap();
    assert_eq!(
        (got.status.as_u16(), got.body.as_slice()),
        (201, b"made".as_slice())
    );
    assert_eq!(requests.await.unwrap(), ["GET /x?secret=1 HTTP/1.1"]);
}

#[tokio::test]
async fn an_overloaded_service_is_asked_once_more() {
    for status in [
        "503 Service Unavailable",
        "429 Too Many Requests",
        "500 Internal Server Error",
    ] {
        let busy = answer(status, "Retry-After: 0\r\n", "");
        let (url, requests) = server(vec![busy, answer("200 OK", "", "ok")]).await;
        assert_eq!(get(&url, &[&url]).await.unwrap().body, b"ok", "{status}");
        assert_eq!(requests.await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_refusal_is_final() {
    for status in ["400 Bad Request", "409 Conflict", "501 Not Implemented"] {
        let (url, requests) = server(vec![answer(status, "", "no")]).await;
        let code: u16 = status.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(get(&url, &[&url]).await.unwrap().status.as_u16(), code);
        assert_eq!(requests.await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_to_an_allowed_host() {
    let (target, _unused) = server(Vec::new()).await;
    let redirect = answer("302 Found", &format!("Location: {target}\r\n"), "");
    let (url, _requests) = server(vec![redirect]).await;
    let error = get(&url, &[&url, &target]).await.unwrap_err();
    assert!(
        matches!(&error, HttpError::Redirect { status: 302, location, .. } if location == target.as_str()),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let long = "x".repeat(MAX_ANSWER_BYTES + 1);
    let (url, _requests) = server(vec![answer("200 OK", "", &long)]).await;
    let error = get(&url, &[&url]).await.unwrap_err();
    assert!(
        matches!(
            error,
            HttpError::TooLarge {
                limit: MAX_ANSWER_BYTES,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_failure_shows_no_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://user:pw@{}/x?code=secret",
        listener.local_addr().unwrap()
    );
    let url = Url::parse(&url).unwrap();
    drop(listener);
    let error = get(&url, &[&url]).await.unwrap_err();
    assert!(matches!(error, HttpError::Transport { .. }), "{error:?}");
    let shown = error.to_string();
    assert!(
        !shown.contains("secret") && !shown.contains("pw"),
        "{shown}"
    );
    assert!(
        shown.to_lowercase().contains("connection refused"),
        "{shown}"
    );
}
