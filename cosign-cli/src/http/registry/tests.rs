//! The connections to registries against TLS servers of our own, which note what they are shown.

mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use sigbox_oci::transport::{Body, Deadline, Reason, Request, Transport as _, TransportErrorKind};
use url::Url;

use self::server::{Authority, Server, Shown};
use super::{RegistryTls, RegistryTlsError, RegistryTransport};
use crate::http::HttpOptions;

const LONG: Duration = Duration::from_secs(30);

fn request(method: Method, url: &Url, reason: Reason, body: Body) -> Request {
    Request {
        method,
        url: url.clone(),
        headers: HeaderMap::new(),
        body,
        reason,
        deadline: Deadline {
            idle: LONG,
            total: LONG,
        },
    }
}

async fn get(
    transport: &RegistryTransport,
    url: &Url,
    reason: Reason,
) -> Result<StatusCode, (TransportErrorKind, String)> {
    let request = request(Method::GET, url, reason, Body::Empty);
    let answer = transport.send(request).await;
    answer
        .map(|response| response.status)
        .map_err(|error| (error.kind, error.reason.to_string()))
}

/// A folder with the authority's certificate and a client's.
struct Files(tempfile::TempDir);

impl Files {
    fn new(authority: &Authority) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = authority.issue(&["client.test"]);
        for (name, text) in [
            ("ca.pem", authority.pem()),
            ("client.pem", certificate.pem()),
            ("client.key", key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn tls(&self) -> RegistryTls {
        RegistryTls {
            authorities: Some(self.path("ca.pem")),
            identity: Some((self.path("client.pem"), self.path("client.key"))),
            ..RegistryTls::default()
        }
    }
}

fn transport(named: &Url, tls: &RegistryTls) -> RegistryTransport {
    RegistryTransport::new(std::slice::from_ref(named), HttpOptions::default(), tls).unwrap()
}

#[tokio::test]
async fn only_the_named_registry_is_shown_the_client_certificate() {
    let authority = Authority::new();
    let files = Files::new(&authority);
    let registry = Server::start(&authority, &["127.0.0.1"]).await;
    let elsewhere = Server::start(&authority, &["127.0.0.1"]).await;
    let transport = transport(&registry.url, &files.tls());
    let ok = Ok(StatusCode::OK);
    assert_eq!(get(&transport, &registry.url, Reason::Registry).await, ok);
    for reason in [Reason::BlobRedirect, Reason::TokenRealm] {
        assert_eq!(get(&transport, &elsewhere.url, reason).await, ok);
        // A registry that points to itself is still the one that was named.
        assert_eq!(get(&transport, &registry.url, reason).await, ok);
    }
    let certificates = |shown: Vec<Shown>| -> Vec<bool> {
        shown.iter().map(|shown| shown.client_certificate).collect()
    };
    assert_eq!(certificates(registry.shown()), [true]);
    assert_eq!(certificates(elsewhere.shown()), [false]);
}

#[tokio::test]
async fn only_the_named_registry_may_have_a_certificate_that_does_not_verify() {
    let unknown = Authority::new();
    let registry = Server::start(&unknown, &["127.0.0.1"]).await;
    let elsewhere = Server::start(&unknown, &["127.0.0.1"]).await;
    let tls = RegistryTls {
        insecure: true,
        ..RegistryTls::default()
    };
    let insecure = transport(&registry.url, &tls);
    assert_eq!(
        get(&insecure, &registry.url, Reason::Registry).await,
        Ok(StatusCode::OK)
    );
    for reason in [Reason::BlobRedirect, Reason::TokenRealm] {
        assert_eq!(
            get(&insecure, &elsewhere.url, reason).await,
            Err((
                TransportErrorKind::Connect,
                "invalid peer certificate: UnknownIssuer".to_owned()
            ))
        );
    }
    assert_eq!(elsewhere.shown(), []);
    let files = Files::new(&unknown);
    let tls = RegistryTls {
        authorities: Some(files.path("ca.pem")),
        insecure: true,
        ..RegistryTls::default()
    };
    let known = transport(&registry.url, &tls);
    assert_eq!(
        get(&known, &elsewhere.url, Reason::BlobRedirect).await,
        Ok(StatusCode::OK)
    );
}

#[tokio::test]
async fn the_certificate_may_hold_another_name_if_that_name_is_given() {
    let authority = Authority::new();
    let files = Files::new(&authority);
    let registry = Server::start(&authority, &["registry.internal"]).await;
    let named = |name: Option<&str>| {
        let tls = RegistryTls {
            server_name: name.map(str::to_owned),
            ..files.tls()
        };
        transport(&registry.url, &tls)
    };
    let given = named(Some("registry.internal"));
    for _ in 0..2 {
        assert_eq!(
            get(&given, &registry.url, Reason::Registry).await,
            Ok(StatusCode::OK)
        );
    }
    let shown = registry.shown();
    assert_eq!(shown.len(), 1, "the connection is kept: {shown:?}");
    assert_eq!(shown[0].server_name.as_deref(), Some("registry.internal"));
    assert_eq!(registry.hosts(), vec![registry.url.authority(); 2]);
    for other in [None, Some("other.internal")] {
        let (kind, reason) = get(&named(other), &registry.url, Reason::Registry)
            .await
            .unwrap_err();
        assert_eq!(kind, TransportErrorKind::Connect);
        let says = "invalid peer certificate: certificate not valid for name";
        assert!(reason.starts_with(says), "{reason}");
    }
    assert_eq!(registry.shown().len(), 1);
}

#[test]
fn an_address_is_no_server_name() {
    let named = Url::parse("https://registry.example/v2/").unwrap();
    for found in ["127.0.0.1", "[::1]", "a/b", "a:5000", ""] {
        let tls = RegistryTls {
            server_name: Some(found.to_owned()),
            ..RegistryTls::default()
        };
        let error =
            RegistryTransport::new(std::slice::from_ref(&named), HttpOptions::default(), &tls)
                .err()
                .unwrap();
        assert!(
            matches!(&error, RegistryTlsError::ServerName { found: told } if told == found),
            "{error}"
        );
    }
}

async fn upload(path: &Path, length: u64) -> (Result<StatusCode, String>, Server) {
    let authority = Authority::new();
    let files = Files::new(&authority);
    let registry = Server::start(&authority, &["127.0.0.1"]).await;
    let body = Body::File {
        path: path.to_owned(),
        length,
    };
    let transport = transport(&registry.url, &files.tls());
    let request = request(Method::PUT, &registry.url, Reason::Registry, body);
    let answer = transport.send(request).await;
    let answer = answer.map(|response| response.status);
    (
        answer.map_err(|error| format!("{:?} {}", error.kind, error.reason)),
        registry,
    )
}

#[tokio::test]
async fn a_file_is_sent_as_it_is_with_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer");
    let content: Vec<u8> = (0..u8::MAX).cycle().take(1_000_003).collect();
    std::fs::write(&path, &content).unwrap();
    let (answer, registry) = upload(&path, 1_000_003).await;
    assert_eq!(answer, Ok(StatusCode::OK));
    let bodies = registry.bodies();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0] == content);
}

#[tokio::test]
async fn a_file_that_has_changed_is_a_fault_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer");
    std::fs::write(&path, "12345").unwrap();
    let (answer, registry) = upload(&path, 6).await;
    assert_eq!(
        answer,
        Err("Local the file has changed: expected 6 bytes, found 5".to_owned())
    );
    assert_eq!(registry.shown(), []);
}

#[tokio::test]
async fn abuse_b11_a_registry_that_never_answers_is_not_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}/v2/")).unwrap();
    let transport = transport(&url, &RegistryTls::default());
    for body in [Body::Empty, Body::Bytes("12345".into())] {
        let mut silent = request(Method::PUT, &url, Reason::Registry, body);
        silent.deadline.idle = Duration::from_millis(20);
        let error = transport.send(silent).await.unwrap_err();
        assert_eq!(
            (error.kind, error.reason.to_string().as_str()),
            (TransportErrorKind::Timeout, "no bytes in time")
        );
    }
}

/// Gives the head of a body of this length and three bytes of it, then whatever `more` writes.
fn begins(length: &'static str, more: fn(std::net::TcpStream)) -> (RegistryTransport, Request) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/v2/", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\n{length}\r\n\r\nabc");
        stream.write_all(head.as_bytes()).unwrap();
        more(stream);
    });
    let transport = transport(&url, &RegistryTls::default());
    let request = request(Method::GET, &url, Reason::Registry, Body::Empty);
    (transport, request)
}

async fn reads_to_its_end(transport: &RegistryTransport, request: Request) -> TransportErrorKind {
    let mut response = transport.send(request).await.unwrap();
    loop {
        match response.body.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it has no end"),
            Err(error) => return error.kind,
        }
    }
}

#[tokio::test]
async fn abuse_b11_a_body_that_stops_or_never_ends_is_not_waited_for() {
    // It holds the connection and says nothing more.
    let silent = |stream: std::net::TcpStream| std::mem::forget(stream);
    let (transport, mut request) = begins("Content-Length: 9", silent);
    request.deadline.idle = Duration::from_millis(500);
    assert_eq!(
        reads_to_its_end(&transport, request).await,
        TransportErrorKind::Timeout
    );
    // It is never idle, and never done.
    let endless = |mut stream: std::net::TcpStream| {
        use std::io::Write as _;
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    };
    let (transport, mut request) = begins("Connection: close", endless);
    request.deadline.total = Duration::from_secs(1);
    assert_eq!(
        reads_to_its_end(&transport, request).await,
        TransportErrorKind::Timeout
    );
}
