//! TLS with certificates on both sides between the client and a timestamp authority.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use crate::command::Cosign;
use crate::instance::{Instance, Lie};
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

// {"alg":"RS256"}.{"sub":"alice@example.test"}.signature: the instance looks at nothing else.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLnRlc3QifQ.c2lnbmF0dXJl";
/// The only name that the authority's certificate has.
const NAME: &str = "--timestamp-server-name=tsa.test";
const TRUSTED: &str = "--timestamp-client-cacert=ca.pem";
const CLIENT: [&str; 2] = [
    "--timestamp-client-cert=client.pem",
    "--timestamp-client-key=client.key",
];
const STRANGER: [&str; 2] = [
    "--timestamp-client-cert=stranger.pem",
    "--timestamp-client-key=stranger.key",
];

/// A certificate authority of TLS peers.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        // Authorities of one name would be taken for each other until a signature is checked.
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn write(&self, directory: &Path, name: &str) {
        let (certificate, key) = self.issue(&format!("{name}.test"));
        let write = |ending: &str, pem: String| {
            std::fs::write(directory.join(format!("{name}.{ending}")), pem).unwrap();
        };
        write("pem", certificate.pem());
        write("key", key.serialize_pem());
    }
}

/// An instance whose timestamp authority also stands behind TLS, for those that show a certificate.
struct Place {
    directory: tempfile::TempDir,
    instance: Instance,
    authority: Authority,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let instance = Instance::start(now, Lie::None);
        instance.write_trust(directory.path());
        std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
        let (authority, other) = (Authority::new("right"), Authority::new("other"));
        let write = |name: &str, authority: &Authority| {
            std::fs::write(directory.path().join(name), authority.certificate.pem()).unwrap();
        };
        write("ca.pem", &authority);
        write("other.pem", &other);
        authority.write(directory.path(), "client");
        other.write(directory.path(), "stranger");
        Self {
            directory,
            instance,
            authority,
        }
    }

    /// Signs over this version of TLS: what the user sees, and how often the timestamp authority was reached.
    fn sign(&self, version: &'static SupportedProtocolVersion, flags: &[&str]) -> (String, usize) {
        let (leaf, key) = self.authority.issue("tsa.test");
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        let port = serve(Arc::new(config), self.instance.base_url());
        let url = format!("--timestamp-server-url=https://localhost:{port}/api/v1/timestamp");
        let before = self.stamps();
        let line = [
            &[
                "sign-blob",
                "--bundle=b.json",
                "hello.txt",
                "--identity-token",
                TOKEN,
                &url,
            ],
            flags,
        ]
        .concat();
        let shown = Cosign::new(&line)
            .directory(self.directory.path())
            .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
            .env("COSIGN_TRUSTED_ROOT", "trusted_root.json")
            // What a machine usually trusts, without the authority of this test.
            .env("SSL_CERT_FILE", "other.pem")
            .run();
        (shown, self.stamps() - before)
    }

    fn stamps(&self) -> usize {
        let requests = self.instance.requests();
        let stamp = |line: &&String| line.as_str() == "POST /api/v1/timestamp";
        requests.iter().filter(stamp).count()
    }
}

/// Speaks TLS on a free port and passes each request on.
fn serve(config: Arc<ServerConfig>, to: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            if pass_on(&mut stream, &to).is_none() {
                // The alert must reach the client before the connection is reset.
                let _ = stream.sock.shutdown(Shutdown::Write);
                let _ = stream.sock.read_to_end(&mut Vec::new());
            }
        }
    });
    port
}

/// One request and its answer; `None` if the client was not let in.
fn pass_on(stream: &mut StreamOwned<ServerConnection, TcpStream>, to: &str) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_complete(&request) {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&buffer[..count]);
    }
    let mut service = TcpStream::connect(to.strip_prefix("http://").unwrap()).unwrap();
    service.write_all(&request).unwrap();
    let mut answer = Vec::new();
    service.read_to_end(&mut answer).unwrap();
    stream.write_all(&answer).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    Some(())
}

fn is_complete(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = std::str::from_utf8(&request[..end])
        .unwrap()
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    request.len() >= end + 4 + length.unwrap().parse::<usize>().unwrap()
}

#[test]
fn a_timestamp_authority_that_knows_the_client_stamps() {
    let place = Place::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (shown, stamps) = place.sign(version, &[NAME, TRUSTED, CLIENT[0], CLIENT[1]]);
        assert!(shown.starts_with("exit 0\n"), "{shown}");
        assert!(shown.ends_with("Wrote bundle to file b.json\n"), "{shown}");
        assert_eq!(stamps, 1);
    }
}

#[test]
fn neither_side_speaks_to_a_stranger() {
    let place = Place::new();
    let [shown, strange] = [CLIENT, STRANGER];
    for (flags, message) in [
        (&[NAME, TRUSTED][..], "received fatal alert: "),
        (
            &[NAME, TRUSTED, strange[0], strange[1]],
            "received fatal alert: ",
        ),
        (
            &[NAME, shown[0], shown[1]],
            "invalid peer certificate: UnknownIssuer",
        ),
        (
            &[TRUSTED, shown[0], shown[1]],
            "certificate not valid for name \"localhost\"",
        ),
    ] {
        // In this version the client hears of it before it has sent its request.
        let (shown, stamps) = place.sign(&rustls::version::TLS12, flags);
        assert!(shown.starts_with("exit 3\n"), "{shown}");
        assert!(shown.contains(message), "{shown}");
        assert!(!place.directory.path().join("b.json").exists());
        assert_eq!(stamps, 0);
    }
}
