//! Keys and artifacts by their address: the status is looked at, and nothing else is contacted.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::command::Cosign;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

/// A web server that gives whatever the path says; the requests it saw.
pub(crate) fn serve(pem: &str, artifact: &[u8]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (requests, pem, artifact) = (Arc::clone(&seen), pem.to_owned(), artifact.to_owned());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..count]).into_owned();
            let path = text.split(' ').nth(1).unwrap().to_owned();
            requests.lock().unwrap().push(path.clone());
            let (status, more, body) = match path.trim_end_matches(".rego") {
                "/cosign.pub" => ("200 OK", "", pem.clone().into_bytes()),
                "/missing" => ("404 Not Found", "", pem.clone().into_bytes()),
                "/broken" => ("500 Internal Server Error", "", pem.clone().into_bytes()),
                "/elsewhere" => ("302 Found", "Location: /page\r\n", pem.clone().into_bytes()),
                "/partial" => ("206 Partial Content", "", pem.clone().into_bytes()),
                "/page" => (
                    "200 OK",
                    "Content-Type: text/html\r\n",
                    b"<html>no key</html>".to_vec(),
                ),
                "/large" => ("200 OK", "", vec![b'a'; 100_000]),
                "/artifact" => ("200 OK", "", artifact.clone()),
                _ => ("404 Not Found", "", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // The client may have read enough.
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
        }
    });
    (base, seen)
}

/// A key pair, a file of several pieces signed with it, and a server for both.
struct Site {
    directory: tempfile::TempDir,
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let artifact = vec![7; 300_000];
        let write =
            |name: &str, content: &[u8]| fs::write(directory.path().join(name), content).unwrap();
        write(
            "cosign.key",
            EncryptedKey::seal(&key, b"pw").unwrap().to_pem().as_bytes(),
        );
        write("cosign.pub", key.public_key().to_pem().as_bytes());
        write("empty.json", NO_SERVICES.as_bytes());
        write("artifact", &artifact);
        let (base, seen) = serve(&key.public_key().to_pem(), &artifact);
        let site = Self {
            directory,
            base,
            seen,
        };
        let signed = site.run("sign-blob --key cosign.key --signing-config empty.json --bundle artifact.sigstore.json artifact");
        assert!(signed.starts_with("exit 0\n"), "{signed}");
        site
    }

    /// Runs a command line, in which `BASE` is the server's address, and shows what it said with `BASE` again.
    fn run(&self, line: &str) -> String {
        let line = line.replace("BASE", &self.base);
        let out = Cosign::new(&line.split(' ').collect::<Vec<_>>())
            .directory(self.directory.path())
            .env("COSIGN_PASSWORD", "pw")
            .run();
        out.replace(&self.base, "BASE")
    }

    fn verify(&self, key: &str, blob: &str) -> String {
        self.run(&format!(
            "verify-blob --key {key} --private-infrastructure --bundle artifact.sigstore.json {blob}"
        ))
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

const DEPRECATED: &str = "Flag --private-infrastructure has been deprecated, please use --insecure-ignore-tlog instead\n";

fn good() -> String {
    format!("exit 0\n--- stdout\n--- stderr\n{DEPRECATED}Verified OK\n")
}

#[test]
fn adv_c41_a_key_by_its_address_verifies_and_a_page_of_failure_is_no_key() {
    let site = Site::new();
    assert_eq!(site.verify("cosign.pub", "artifact"), good());
    assert_eq!(site.verify("BASE/cosign.pub", "artifact"), good());
    assert_eq!(site.seen(), ["/cosign.pub"]);
    let loading = "loading verifier from key opts: loading public key: ";
    for (path, expected) in [
        (
            "missing",
            "GET BASE/missing: the server answers 404 Not Found, so what it sent is not the file",
        ),
        (
            "broken",
            "GET BASE/broken: the server answers 500 Internal Server Error, so what it sent is not the file",
        ),
        (
            "partial",
            "GET BASE/partial: the server answers 206 Partial Content, so what it sent is not the file",
        ),
        (
            "elsewhere",
            "GET BASE/elsewhere: the server redirects (302) to /page, which is not followed",
        ),
        ("page", "pem to public key: PEM decoding failed"),
        (
            "large",
            "BASE/large is larger than 65536 bytes, which no key is",
        ),
    ] {
        let out = site.verify(&format!("BASE/{path}"), "artifact");
        // A server that is down is trouble of the network; every other answer is a refusal.
        let code = if path == "broken" { 3 } else { 1 };
        let first = format!(
            "exit {code}\n--- stdout\n--- stderr\n{DEPRECATED}Error: {loading}{expected}\n"
        );
        assert!(out.starts_with(&first), "{out}");
        assert_eq!(site.seen(), [format!("/{path}")]);
    }
}

#[test]
fn adv_c41_an_artifact_by_its_address_is_verified_as_it_comes() {
    let site = Site::new();
    assert_eq!(site.verify("cosign.pub", "BASE/artifact"), good());
    assert_eq!(site.seen(), ["/artifact"]);
    let page = site.verify("cosign.pub", "BASE/page");
    assert!(
        page.contains("Error: failed to verify signature: "),
        "{page}"
    );
    let broken = site.verify("cosign.pub", "BASE/broken");
    assert!(
        broken.starts_with("exit 3\n--- stdout\n--- stderr\n"),
        "{broken}"
    );
    let unreachable = site.verify("cosign.pub", "http://127.0.0.1:1/artifact");
    let expected = format!(
        "exit 3\n--- stdout\n--- stderr\n{DEPRECATED}Error: GET http://127.0.0.1:1/artifact: connect: connection refused\n"
    );
    assert_eq!(unreachable, expected);
    let missing = site.verify("cosign.pub", "BASE/missing");
    let expected = format!(
        "exit 1\n--- stdout\n--- stderr\n{DEPRECATED}Error: GET BASE/missing: the server answers 404 Not Found, so what it sent is not the file\n"
    );
    assert_eq!(missing, expected);
}
