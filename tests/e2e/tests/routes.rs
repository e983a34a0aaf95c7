//! One table over the whole router: wrong method, unknown path, wrong content type, a body past the route's limit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sigbox_e2e::{Client, Stack};

const JSON: Option<&str> = Some("application/json");
const TEXT: Option<&str> = Some("text/plain");
const QUERY: Option<&str> = Some("application/timestamp-query");

/// What an answer's body must be.
enum Body {
    /// JSON with this `code` and a `message` that starts so.
    Coded(u64, &'static str),
    /// JSON of any other form with this member.
    Member(&'static str),
    /// Text that starts so.
    Text(&'static str),
}
use Body::{Coded, Member, Text};

struct Row {
    method: &'static str,
    path: &'static str,
    content_type: Option<&'static str>,
    size: usize,
    status: u16,
    body: Body,
}

const fn row(
    method: &'static str,
    path: &'static str,
    content_type: Option<&'static str>,
    size: usize,
    status: u16,
    body: Body,
) -> Row {
    Row {
        method,
        path,
        content_type,
        size,
        status,
        body,
    }
}

const KIB: usize = 1024;

/// A body of `size` bytes is spaces: it is empty to a JSON reader, and too long is seen before that.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Certificate authority: gRPC codes, 501 for a wrong method; the content type is not looked at.
    row("GET", "/api/v2/signingCert", None, 0, 501, Coded(12, "Method Not Allowed")),
    row("PUT", "/api/v2/signingCert", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v2/trustBundle", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v2/configuration", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v2/nope", JSON, 2, 404, Coded(5, "Not Found")),
    row("POST", "/api/v2/signingCert/", JSON, 2, 404, Coded(5, "Not Found")),
    row("POST", "/api/v2/signingCert", TEXT, 0, 400, Coded(3, "There was an error processing the identity token")),
    row("POST", "/api/v2/signingCert", JSON, 64 * KIB + 1, 413, Coded(3, "http: request body too large")),
    row("GET", "/api/v1/signingCert", None, 0, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v1/rootCert", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v1/signingCert/", JSON, 2, 404, Coded(5, "Not Found")),
    row("POST", "/api/v1/signingCert", TEXT, 0, 400, Coded(3, "There was an error processing the identity token")),
    row("POST", "/api/v1/signingCert", JSON, 64 * KIB + 1, 413, Coded(3, "http: request body too large")),
    // Signature log.
    row("GET", "/api/v2/log/entries", None, 0, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v2/checkpoint", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/tile/0/000.p/1", JSON, 2, 501, Coded(12, "Method Not Allowed")),
    row("POST", "/api/v2/log/nope", JSON, 2, 404, Coded(5, "Not Found")),
    row("POST", "/api/v2/log/entries/", JSON, 2, 404, Coded(5, "Not Found")),
    row("GET", "/tile/0/999", None, 0, 404, Coded(5, "Not Found")),
    row("GET", "/tile/0/../0/000", None, 0, 404, Coded(5, "Not Found")),
    row("POST", "/api/v2/log/entries", TEXT, 0, 400, Coded(3, "invalid type, must be hashedrekord")),
    row("POST", "/api/v2/log/entries", JSON, 4 * KIB * KIB + 1, 413, Coded(3, "http: request body too large")),
    // Certificate transparency log: plain text.
    row("GET", "/ct/v1/add-pre-chain", None, 0, 405, Text("Method Not Allowed")),
    row("POST", "/ct/v1/get-roots", JSON, 2, 405, Text("Method Not Allowed")),
    row("GET", "/ct/v1/nope", None, 0, 404, Text("Not Found")),
    row("POST", "/ct/v1/add-pre-chain", TEXT, 0, 400, Text("Bad Request")),
    row("POST", "/ct/v1/add-pre-chain", JSON, 128 * KIB + 1, 413, Text("Payload Too Large")),
    // Timestamp authority: the one that looks at the content type.
    row("GET", "/api/v1/timestamp", None, 0, 405, Coded(405, "method GET is not allowed, but [POST] are")),
    row("POST", "/api/v1/timestamp/certchain", JSON, 2, 405, Coded(405, "method POST is not allowed, but [GET] are")),
    row("GET", "/api/v1/timestamp/nope", None, 0, 404, Coded(404, "path /api/v1/timestamp/nope was not found")),
    row("POST", "/api/v1/timestamp", TEXT, 2, 415, Coded(415, "unsupported media type \"text/plain\"")),
    row("POST", "/api/v1/timestamp", None, 2, 415, Coded(415, "unsupported media type")),
    row("POST", "/api/v1/timestamp", JSON, 0, 422, Coded(602, "request in body is required")),
    row("POST", "/api/v1/timestamp", JSON, KIB + 1, 413, Coded(413, "")),
    row("POST", "/api/v1/timestamp", QUERY, 10 * KIB + 1, 413, Coded(413, "")),
    // Signature log, version 1: go-openapi errors; the content type is not looked at.
    row("PUT", "/api/v1/log/entries", JSON, 2, 405, Coded(405, "method PUT is not allowed, but [POST,GET] are")),
    row("GET", "/api/v1/log/entries/retrieve", None, 0, 405, Coded(405, "method GET is not allowed, but [POST] are")),
    row("POST", "/api/v1/log", JSON, 2, 405, Coded(405, "method POST is not allowed, but [GET] are")),
    row("GET", "/api/v1/log/nope", None, 0, 404, Coded(404, "path /api/v1/log/nope was not found")),
    row("GET", "/api/v1/index/nope", None, 0, 404, Coded(404, "path /api/v1/index/nope was not found")),
    row("POST", "/api/v1/log/entries", TEXT, 2, 400, Coded(400, "error processing entry: not a valid entry")),
    row("POST", "/api/v1/log/entries/retrieve/", JSON, 0, 422, Coded(602, "entry in body is required")),
    row("POST", "/api/v1/index/retrieve", JSON, 64 * KIB + 1, 413, Coded(413, "Request Entity Too Large")),
    // OpenID provider: RFC 6749 errors.
    row("GET", "/oidc/token", None, 0, 405, Member("message")),
    row("POST", "/oidc/.well-known/openid-configuration", JSON, 2, 405, Member("message")),
    row("GET", "/oidc/device/code", None, 0, 405, Member("message")),
    row("POST", "/oidc/device/code", TEXT, 2, 400, Member("error")),
    row("GET", "/oidc/nope", None, 0, 404, Member("message")),
    row("POST", "/oidc/token", Some("application/x-www-form-urlencoded"), 64 * KIB + 1, 413, Member("error")),
    // Trust files and operations.
    row("POST", "/trust/trusted_root.json", JSON, 2, 405, Member("message")),
    row("GET", "/trust/nope.json", None, 0, 404, Member("message")),
    row("POST", "/healthz", JSON, 2, 405, Member("message")),
    row("POST", "/metrics", JSON, 2, 405, Member("message")),
    row("GET", "/nope", None, 0, 404, Member("message")),
];

#[tokio::test]
async fn every_route_answers_what_its_reference_says() -> Result<()> {
    let stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let before = client.checkpoint().await?;
    let mut wrong = Vec::new();
    for row in ROWS {
        let answer = client
            .send(row.method, row.path, row.content_type, vec![b' '; row.size])
            .await
            .with_context(|| format!("{} {}", row.method, row.path))?;
        if let Err(error) = check(row, &answer) {
            wrong.push(format!(
                "{} {} ({:?}, {} bytes): {error}",
                row.method, row.path, row.content_type, row.size
            ));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(
        client.checkpoint().await? == before,
        "a refused request changed the log"
    );
    Ok(())
}

fn check(
    row: &Row,
    (status, headers, body): &(u16, reqwest::header::HeaderMap, Vec<u8>),
) -> Result<()> {
    let text = String::from_utf8_lossy(body);
    ensure!(
        *status == row.status,
        "expected {}, found {status}: {text}",
        row.status
    );
    if row.status == 405 {
        ensure!(headers.contains_key("allow"), "expected an Allow header");
    }
    match row.body {
        Text(start) => ensure!(
            text.starts_with(start),
            "expected `{start}…`, found `{text}`"
        ),
        Member(name) => {
            let json: Value = serde_json::from_slice(body).context("expected JSON")?;
            ensure!(
                json[name].is_string(),
                "expected member `{name}`, found {json}"
            );
        }
        Coded(code, message) => {
            let json: Value = serde_json::from_slice(body).context("expected JSON")?;
            ensure!(json["code"] == code, "expected code {code}, found {json}");
            let found = json["message"].as_str().unwrap_or_default();
            ensure!(
                found.starts_with(message),
                "expected message `{message}…`, found `{found}`"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn operations_answer_as_documented() -> Result<()> {
    let stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let get = async |path: &str| client.send("GET", path, None, Vec::new()).await;
    let (status, _, body) = get("/healthz").await?;
    ensure!(
        (status, body.as_slice()) == (200, br#"{"status":"SERVING"}"#),
        "/healthz"
    );
    let (status, _, body) = get("/readyz").await?;
    let ready: Value = serde_json::from_slice(&body)?;
    ensure!(
        status == 200 && ready["status"] == "READY",
        "/readyz: {ready}"
    );
    for log in ["rekor-v1", "rekor-v2"] {
        ensure!(ready["checks"][log]["status"] == "ok", "/readyz: {ready}");
    }
    let (status, _, body) = get("/metrics").await?;
    let text = String::from_utf8(body)?;
    ensure!(
        status == 200
            && text.contains("http_requests_total{")
            && text.contains("route=\"/readyz\""),
        "/metrics: {text}"
    );
    for file in [
        "trusted_root.json",
        "signing_config.v0.2.json",
        "signing_config.rekor_v1.json",
        "client_trust_config.json",
        "rekor.pub",
    ] {
        let (status, _, body) = get(&format!("/trust/{file}")).await?;
        ensure!(status == 200 && body == stack.trust(file)?, "/trust/{file}");
    }
    Ok(())
}
