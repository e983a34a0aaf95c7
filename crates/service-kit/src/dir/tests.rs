use axum::body::Body;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

const ROOT: &str = r#"{"mediaType":"x"}"#;

struct Served {
    directory: tempfile::TempDir,
    app: Router,
}

fn served() -> Served {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("root.json"), ROOT).unwrap();
    std::fs::write(directory.path().join("log.pub"), "key").unwrap();
    std::fs::write(directory.path().join("secret.key"), "secret").unwrap();
    let names = ["root.json", "log.pub", "absent.pem"].map(|name| name.parse().unwrap());
    let app = Router::new().nest("/trust", router(directory.path(), names));
    Served { directory, app }
}

async fn send(app: &Router, request: http::request::Builder) -> (Response, String) {
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), text)
}

#[tokio::test]
async fn serves_a_named_file_with_type_and_tag() {
    let served = served();
    let (response, body) = send(&served.app, http::Request::get("/trust/root.json")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body, ROOT);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-cache");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let tag = headers["etag"].clone();

    for candidate in [
        tag.clone(),
        HeaderValue::from_static("*"),
        HeaderValue::from_str(&format!("\"other\", W/{}", tag.to_str().unwrap())).unwrap(),
    ] {
        let request = http::Request::get("/trust/root.json").header(IF_NONE_MATCH, candidate);
        let (response, body) = send(&served.app, request).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()["etag"], tag);
        assert_eq!(body, "");
    }

    let (response, body) = send(&served.app, http::Request::head("/trust/root.json")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body, "");
}

#[tokio::test]
async fn serves_a_replaced_file_at_once() {
    let served = served();
    let (before, _) = send(&served.app, http::Request::get("/trust/log.pub")).await;
    std::fs::write(served.directory.path().join("log.pub"), "rotated").unwrap();
    let request =
        http::Request::get("/trust/log.pub").header(IF_NONE_MATCH, &before.headers()["etag"]);
    let (after, body) = send(&served.app, request).await;
    assert_eq!(after.status(), StatusCode::OK);
    assert_eq!(body, "rotated");
    assert_eq!(after.headers()["content-type"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn every_other_path_is_not_found() {
    let served = served();
    for path in [
        "/trust/absent.pem",
        "/trust/secret.key",
        "/trust/../trust/secret.key",
        "/trust/%2e%2e/secret.key",
        "/trust/..%2fsecret.key",
        "/trust/root.json/",
        "/trust/root.json%00",
        "/trust//root.json",
        "/trust/sub/root.json",
    ] {
        let (response, body) = send(&served.app, http::Request::get(path)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/json",
            "{path}"
        );
        assert!(
            body.starts_with(r#"{"code":404,"message":"no file `"#),
            "{path}: {body}"
        );
    }
}

#[tokio::test]
async fn writes_are_not_allowed() {
    let served = served();
    let (response, body) = send(&served.app, http::Request::put("/trust/root.json")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body, r#"{"code":405,"message":"method not allowed"}"#);
}

#[tokio::test]
async fn a_directory_under_the_name_is_our_fault() {
    let served = served();
    std::fs::create_dir(served.directory.path().join("absent.pem")).unwrap();
    let (response, body) = send(&served.app, http::Request::get("/trust/absent.pem")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, r#"{"code":500,"message":"file cannot be read"}"#);
}

#[test]
fn names_are_plain() {
    for (name, error) in [
        ("", FileNameError::Length { found: 0 }),
        (".hidden", FileNameError::LeadingDot),
        ("..", FileNameError::LeadingDot),
        ("a/b", FileNameError::Character { found: '/' }),
        ("a\\b", FileNameError::Character { found: '\\' }),
        ("a\0", FileNameError::Character { found: '\0' }),
        ("{id}", FileNameError::Character { found: '{' }),
    ] {
        assert_eq!(name.parse::<FileName>(), Err(error), "{name:?}");
    }
    let long = "x".repeat(129);
    assert_eq!(
        long.parse::<FileName>(),
        Err(FileNameError::Length { found: 129 })
    );
    assert_eq!("a-b_c.1".parse::<FileName>().unwrap().as_str(), "a-b_c.1");
}
