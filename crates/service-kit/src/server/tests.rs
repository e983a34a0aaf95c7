use std::future::pending;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;

const GRACE: Duration = Duration::from_secs(10);

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A server in a task, and the means to end it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

async fn run(listen: Listen, router: Router, grace: Duration) -> Running {
    let bound = listen.bind().await.unwrap();
    let address = bound.local_addr();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        let _ended_or_dropped = stopped.await;
    };
    let task = tokio::spawn(bound.serve(router, shutdown, grace));
    Running {
        address,
        stop,
        task,
    }
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello")).route(
        "/version",
        get(async |r: axum::extract::Request| format!("{:?}", r.version())),
    )
}

/// Writes `request` and reads until the server closes.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn knows_its_port_before_it_serves() {
    let bound = Listen::plain(loopback()).bind().await.unwrap();
    assert_ne!(bound.local_addr().port(), 0);
    assert_eq!(bound.scheme(), "http");
}

#[tokio::test]
async fn serves_http1_and_tells_the_peer() {
    let router = Router::new().route(
        "/",
        get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()),
    );
    let server = run(Listen::plain(loopback()), router, GRACE).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(server.address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn serves_http2_in_the_clear() {
    let server = run(Listen::plain(loopback()), hello(), GRACE).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}/version", server.address);
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "HTTP/2.0");
}

#[tokio::test]
async fn refuses_plain_http_beyond_loopback() {
    for text in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address = text.parse().unwrap();
        match Listen::plain(address).bind().await {
            Err(BindError::PlainHttpRefused { address: refused }) => assert_eq!(refused, address),
            other => panic!("{text}: {other:?}"),
        }
    }
    let allowed = Listen {
        insecure_http: true,
        ..Listen::plain("0.0.0.0:0".parse().unwrap())
    };
    assert_eq!(allowed.bind().await.unwrap().scheme(), "http");
}

#[tokio::test]
async fn tells_a_taken_address() {
    let first = Listen::plain(loopback()).bind().await.unwrap();
    let taken = first.local_addr();
    match Listen::plain(taken).bind().await {
        Err(BindError::Address { address, source }) => {
            assert_eq!(address, taken);
            assert_eq!(source.kind(), io::ErrorKind::AddrInUse);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_dripped_head_is_cut() {
    let mut listen = Listen::plain(loopback());
    listen.limits.header_timeout = Duration::from_millis(1);
    let server = run(listen, hello(), GRACE).await;
    for partial in [
        &b""[..],
        b"GET /",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"PRI * HTTP",
    ] {
        let answer = exchange(server.address, partial).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn endless_heads_are_refused() {
    let server = run(Listen::plain(loopback()), hello(), GRACE).await;
    let mut request = b"GET / HTTP/1.1\r\nhost: x\r\nx: ".to_vec();
    request.resize(65 * 1024, b'a');
    let answer = exchange(server.address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_is_refused_while_it_streams() {
    let refuse =
        |error: &crate::limits::BodyError| crate::respond::plain(error.status(), error.to_string());
    let limit = crate::limits::body_limit(8, refuse);
    let router = Router::new().route("/", post(async || "read").layer(limit));
    let server = run(Listen::plain(loopback()), router, GRACE).await;
    let head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head).await.unwrap();
    // The last chunk never comes: the answer must not wait for it.
    stream
        .write_all(b"5\r\nabcde\r\n5\r\nfghij\r\n")
        .await
        .unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

/// A route that reports when it was entered and answers when it is released.
fn slow() -> (Router, Arc<Notify>, Arc<Notify>) {
    let entered = Arc::new(Notify::new());
    let release = Arc::new(Notify::new());
    let (seen, wait) = (Arc::clone(&entered), Arc::clone(&release));
    let handler = move || async move {
        seen.notify_one();
        wait.notified().await;
        "finished"
    };
    (Router::new().route("/", get(handler)), entered, release)
}

#[tokio::test]
async fn requests_in_flight_finish_after_shutdown() {
    let (router, entered, release) = slow();
    let server = run(Listen::plain(loopback()), router, GRACE).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = tokio::spawn(async move { exchange(server.address, request).await });
    entered.notified().await;
    server.stop.send(()).unwrap();
    release.notify_one();
    assert!(answer.await.unwrap().ends_with("finished"));
    server.task.await.unwrap().unwrap();
    let error = TcpStream::connect(server.address).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn requests_that_outlast_the_grace_are_cut() {
    let (router, entered, _never_released) = slow();
    let server = run(Listen::plain(loopback()), router, Duration::from_millis(1)).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = tokio::spawn(async move { exchange(server.address, request).await });
    entered.notified().await;
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
    assert_eq!(answer.await.unwrap(), "");
}

#[tokio::test]
async fn dropping_the_server_cuts_its_connections() {
    let (router, entered, _never_released) = slow();
    let bound = Listen::plain(loopback()).bind().await.unwrap();
    let address = bound.local_addr();
    let task = tokio::spawn(bound.serve(router, pending(), GRACE));
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = tokio::spawn(async move { exchange(address, request).await });
    entered.notified().await;
    task.abort();
    assert_eq!(answer.await.unwrap(), "");
}

mod tls {
    use super::*;

    struct Issued {
        directory: tempfile::TempDir,
        certificate_pem: String,
    }

    impl Issued {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let certificate_pem = issued.cert.pem();
            std::fs::write(directory.path().join("tls.crt"), &certificate_pem).unwrap();
            let key = issued.signing_key.serialize_pem();
            std::fs::write(directory.path().join("tls.key"), key).unwrap();
            Self {
                directory,
                certificate_pem,
            }
        }

        fn files(&self) -> TlsFiles {
            TlsFiles {
                certificate: self.directory.path().join("tls.crt"),
                key: self.directory.path().join("tls.key"),
            }
        }

        fn client(&self) -> reqwest::ClientBuilder {
            let root = reqwest::Certificate::from_pem(self.certificate_pem.as_bytes()).unwrap();
            reqwest::Client::builder().tls_certs_only([root])
        }
    }

    #[tokio::test]
    async fn serves_both_protocols_over_tls() {
        let issued = Issued::new();
        let server = run(Listen::tls(loopback(), issued.files()), hello(), GRACE).await;
        let url = format!("https://localhost:{}/version", server.address.port());
        for (client, version) in [
            (issued.client(), "HTTP/2.0"),
            (issued.client().http1_only(), "HTTP/1.1"),
        ] {
            let answer = client.build().unwrap().get(&url).send().await.unwrap();
            assert_eq!(answer.text().await.unwrap(), version);
        }
    }

    #[tokio::test]
    async fn plain_http_on_a_tls_port_gets_nothing() {
        let issued = Issued::new();
        let server = run(Listen::tls(loopback(), issued.files()), hello(), GRACE).await;
        let answer = reqwest::Client::new()
            .get(format!("http://{}/", server.address))
            .send()
            .await;
        assert!(answer.unwrap_err().is_request());
    }

    #[tokio::test]
    async fn tls_may_listen_beyond_loopback() {
        let issued = Issued::new();
        let listen = Listen::tls("0.0.0.0:0".parse().unwrap(), issued.files());
        assert_eq!(listen.bind().await.unwrap().scheme(), "https");
    }

    async fn refused(files: TlsFiles) -> TlsError {
        match Listen::tls(loopback(), files).bind().await {
            Err(BindError::Tls(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn names_the_file_that_does_not_serve() {
        let issued = Issued::new();
        let missing = TlsFiles {
            key: issued.directory.path().join("absent"),
            ..issued.files()
        };
        let expected = missing.key.clone();
        match refused(missing).await {
            TlsError::Read { path, .. } => assert_eq!(path, expected),
            other => panic!("{other:?}"),
        }

        let swapped = TlsFiles {
            certificate: issued.files().key,
            key: issued.files().certificate,
        };
        let expected = swapped.certificate.clone();
        match refused(swapped).await {
            TlsError::NoCertificate { path } => assert_eq!(path, expected),
            other => panic!("{other:?}"),
        }

        let no_key = TlsFiles {
            key: issued.files().certificate,
            ..issued.files()
        };
        let expected = no_key.key.clone();
        match refused(no_key).await {
            TlsError::Pem { path, .. } => assert_eq!(path, expected),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn refuses_a_key_of_another_certificate() {
        let issued = Issued::new();
        let other = Issued::new();
        let mixed = TlsFiles {
            key: other.files().key,
            ..issued.files()
        };
        match refused(mixed).await {
            TlsError::Unusable { source } => assert_eq!(
                source,
                rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)
            ),
            other => panic!("{other:?}"),
        }
    }
}
