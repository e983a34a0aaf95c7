//! A client that writes its whole body before it reads still gets the refusal, not a broken connection.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use sigbox_service_kit::limits::read_body;
use sigbox_service_kit::server::Listen;
use sigbox_service_kit::stack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// More than the sockets' buffers hold.
const LIMIT: usize = 4 * 1024 * 1024;

async fn handler(request: Request) -> http::StatusCode {
    match read_body(request, LIMIT).await {
        Ok(_) => http::StatusCode::OK,
        Err(error) => error.status(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_just_past_the_limit_is_refused_with_an_answer() {
    let bound = Listen::plain("127.0.0.1:0".parse().unwrap())
        .bind()
        .await
        .unwrap();
    let address = bound.local_addr();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = stack::finish(Router::new().route("/", post(handler)));
    let served = tokio::spawn(bound.serve(
        router,
        async {
            let _ = stopped.await;
        },
        Duration::from_secs(1),
    ));
    for declared in [true, false] {
        for _ in 0..20 {
            let mut connection = TcpStream::connect(address).await.unwrap();
            let body = vec![b' '; LIMIT + 1];
            let framing = if declared {
                format!("Content-Length: {}", body.len())
            } else {
                "Transfer-Encoding: chunked".to_owned()
            };
            let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n");
            connection.write_all(head.as_bytes()).await.unwrap();
            if !declared {
                let size = format!("{:x}\r\n", body.len());
                connection.write_all(size.as_bytes()).await.unwrap();
            }
            connection.write_all(&body).await.unwrap();
            let mut answer = [0; 12];
            connection.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 413");
        }
    }
    drop(stop);
    served.await.unwrap().unwrap();
}
