//! Every path with every method, and the read side byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use axum::body::Body;
use axum::routing::get;
use http::Request;
use rekor_lite::RekorConfig;
use support::{Answer, Bench, json, p256, request};

async fn bench_with_entries(count: u8) -> Bench {
    let bench = Bench::new().await;
    let key = p256();
    for number in 0..count {
        let answer = bench.post(json(&request(&key, &[number]))).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    }
    bench
}

#[tokio::test]
async fn methods_and_paths() {
    let bench = bench_with_entries(1).await;
    let table = [
        (
            "/api/v2/log/entries",
            ["501", "501", "400", "501", "501", "501"],
        ),
        ("/api/v2/log/entries/", ["404"; 6]),
        ("/api/v2/log/entries/0", ["404"; 6]),
        ("/api/v2/log/other", ["404"; 6]),
        ("/checkpoint", ["200", "200", "501", "501", "501", "501"]),
        (
            "/api/v2/checkpoint",
            ["200", "200", "501", "501", "501", "501"],
        ),
        ("/checkpoint/", ["404"; 6]),
        (
            "/tile/0/000.p/1",
            ["200", "200", "501", "501", "501", "501"],
        ),
        (
            "/api/v2/tile/0/000.p/1",
            ["200", "200", "501", "501", "501", "501"],
        ),
        (
            "/tile/entries/000.p/1",
            ["200", "200", "501", "501", "501", "501"],
        ),
        ("/tile/0/000", ["404", "404", "501", "501", "501", "501"]),
        ("/tile", ["404"; 6]),
        ("/api/v1/log", ["404"; 6]),
        ("/nothing", ["404"; 6]),
        ("/", ["404"; 6]),
    ];
    for (path, statuses) in table {
        for (method, status) in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
            .into_iter()
            .zip(statuses)
        {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::empty())
                .unwrap();
            let answer = bench.send(request).await;
            assert_eq!(answer.status.as_str(), status, "{method} {path}");
            match (method, status) {
                ("HEAD", _) => assert_eq!(answer.text(), "", "{path}"),
                (_, "404") => answer.assert_error(404, 5, "Not Found"),
                (_, "501") => answer.assert_error(501, 12, "Method Not Allowed"),
                _ => {}
            }
        }
    }
    assert_eq!(bench.size(), 1);
}

#[tokio::test]
async fn the_checkpoint_is_the_note_as_signed_and_must_not_be_cached() {
    let bench = Bench::new().await;
    let empty = bench.checkpoint(bench.get("/checkpoint").await.text());
    assert_eq!((empty.size.0, empty.root), (0, sigbox_tlog::empty_root()));
    bench.post(json(&request(&p256(), b"x"))).await;
    for path in ["/checkpoint", "/api/v2/checkpoint"] {
        let answer = bench.get(path).await;
        assert_eq!(answer.text(), &*bench.log.snapshot().checkpoint);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(bench.checkpoint(answer.text()).size.0, 1);
    }
}

#[tokio::test]
async fn tiles_are_octets_that_never_change() {
    let bench = bench_with_entries(3).await;
    let three = bench.get("/tile/0/000.p/3").await;
    assert_eq!(three.body.len(), 96);
    assert_eq!(three.header("content-type"), "application/octet-stream");
    assert_eq!(three.header("cache-control"), "max-age=604800, immutable");
    // Every width of an older checkpoint stays readable.
    for width in 1..=3_usize {
        let tile = bench.get(&format!("/api/v2/tile/0/000.p/{width}")).await;
        assert_eq!(tile.body, three.body[..32 * width]);
        let bundle = bench.get(&format!("/tile/entries/000.p/{width}")).await;
        assert_eq!(bundle.header("content-type"), "application/octet-stream");
        assert_eq!(bundle.header("cache-control"), "max-age=604800, immutable");
        let entries = sigbox_tlog::entry_bundle::decode(&bundle.body).unwrap();
        let hashes: Vec<u8> = entries
            .iter()
            .flat_map(|entry| *sigbox_tlog::leaf_hash(entry).as_bytes())
            .collect();
        assert_eq!(hashes, tile.body);
    }
}

#[tokio::test]
async fn abuse_b21_what_is_not_there_or_is_no_tile_path_is_404_and_must_not_be_cached() {
    let bench = bench_with_entries(3).await;
    let missing = [
        "0/000.p/4",
        "0/000",
        "0/001.p/1",
        "1/000.p/1",
        "63/000.p/1",
        "0/x018/x446/x744/x073/x709/x551/615",
        "entries/000",
        "entries/000.p/4",
        "entries/x018/x446/x744/x073/x709/x551/615.p/1",
    ];
    let malformed = [
        "0/000.p/03",
        "0/000.p/0",
        "0/000.p/256",
        "0/0",
        "00/000.p/3",
        "0/000.p%2f3",
        "0%2f000.p/3",
        "0/00%30.p/3",
        "0/../0/000.p/3",
        "%2e%2e/0/000.p/3",
        "entries/../0/000.p/3",
        "0/000.p/3/",
        "0//000.p/3",
        "%00",
        "%ff",
    ];
    for path in missing.into_iter().chain(malformed) {
        for prefix in ["/tile/", "/api/v2/tile/"] {
            let answer = bench.get(&format!("{prefix}{path}")).await;
            answer.assert_error(404, 5, "Not Found");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
}

/// On one authority with other services only what is ours answers for us.
#[tokio::test]
async fn merges_with_other_services() {
    let bench = Bench::new().await;
    let log_id = bench.log_id;
    let rekor = rekor_lite::Rekor::new(
        bench.log.clone(),
        "rekor.local".to_owned(),
        log_id,
        RekorConfig::default(),
    );
    assert_eq!((rekor.origin(), rekor.log_id()), ("rekor.local", &log_id));
    let router = rekor_lite::router(rekor)
        .route("/api/v2/trustBundle", get(|| async { "theirs" }))
        .fallback(|| async { "nobody's" });
    for (path, text) in [
        ("/api/v2/trustBundle", "theirs"),
        ("/api/v2/other", "nobody's"),
        ("/", "nobody's"),
    ] {
        let answer = Answer::of(
            router.clone(),
            Request::get(path).body(Body::empty()).unwrap(),
        )
        .await;
        assert_eq!(answer.text(), text, "{path}");
    }
    let answer = Answer::of(
        router,
        Request::get("/api/v2/log/x").body(Body::empty()).unwrap(),
    )
    .await;
    answer.assert_error(404, 5, "Not Found");
}
