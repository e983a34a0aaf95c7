//! A TLS server that answers everything with 200 and notes what it is shown.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use url::Url;

/// An authority for tests.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    pub(super) fn issue(&self, names: &[&str]) -> (Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}

/// What one connection showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) client_certificate: bool,
    pub(super) server_name: Option<String>,
}

#[derive(Default)]
struct Notes {
    shown: Vec<Shown>,
    hosts: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

/// The server, until its runtime ends.
pub(super) struct Server {
    pub(super) url: Url,
    notes: Arc<Mutex<Notes>>,
}

impl Server {
    /// Starts at a free port of 127.0.0.1, with a certificate that holds these names.
    pub(super) async fn start(authority: &Authority, names: &[&str]) -> Self {
        let acceptor = acceptor(authority, names);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let notes = Arc::new(Mutex::new(Notes::default()));
        let server = Self {
            url: Url::parse(&format!("https://{address}/v2/")).unwrap(),
            notes: Arc::clone(&notes),
        };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not take the certificate is gone here.
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(serve(stream, Arc::clone(&notes)));
                }
            }
        });
        server
    }

    pub(super) fn shown(&self) -> Vec<Shown> {
        self.notes.lock().unwrap().shown.clone()
    }

    /// The `Host` of each request.
    pub(super) fn hosts(&self) -> Vec<String> {
        self.notes.lock().unwrap().hosts.clone()
    }

    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        self.notes.lock().unwrap().bodies.clone()
    }
}

fn acceptor(authority: &Authority, names: &[&str]) -> TlsAcceptor {
    let (certificate, key) = authority.issue(names);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.as_ref().der().clone()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(mut stream: TlsStream<TcpStream>, notes: Arc<Mutex<Notes>>) {
    let (_, connection) = stream.get_ref();
    let shown = Shown {
        client_certificate: connection.peer_certificates().is_some(),
        server_name: connection.server_name().map(str::to_owned),
    };
    notes.lock().unwrap().shown.push(shown);
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if !matches!(stream.read_buf(&mut read).await, Ok(count) if count > 0) {
                return;
            }
        };
        let head = String::from_utf8(read.drain(..end).collect()).unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find_map(|(found, value)| {
                found.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let length: usize = header("content-length").map_or(0, |text| text.parse().unwrap());
        while read.len() < length {
            if !matches!(stream.read_buf(&mut read).await, Ok(count) if count > 0) {
                return;
            }
        }
        let body: Vec<u8> = read.drain(..length).collect();
        {
            let mut notes = notes.lock().unwrap();
            notes.hosts.push(header("host").unwrap());
            notes.bodies.push(body);
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}
