//! What others may send, and where they may send us: the limits of the client, by the numbers of their rows.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::command::Cosign;
use crate::images::{World, stderr};
use serde_json::json;

/// `hello` and a line's end, compressed by gzip.
const COMPRESSED: [u8; 26] = [
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 2, 0, 0x20, 0x30, 0x3a,
    0x36, 6, 0, 0, 0,
];
const MAX_ATTACHMENT: u64 = 128 * 1024 * 1024;

#[test]
fn abuse_b09_what_is_attached_is_not_inflated_and_has_a_size() {
    let world = World::new();
    let image = world.image("app");
    let digest = world.registry.put_blob(COMPRESSED.to_vec());
    let attach = |size: u64| {
        let layer = json!({"mediaType": "text/spdx", "size": size, "digest": digest});
        world.tag("app", &image, "sbom", &[layer]);
    };
    let name = world.name("app:v1");
    let download = ["download", "sbom", "--output-file", "out", &name];
    attach(COMPRESSED.len() as u64);
    let shown = world.cosign(&download);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let written = fs::read(world.directory().join("out")).unwrap();
    assert_eq!(written, COMPRESSED);
    let asked = world.registry.seen().len();
    attach(MAX_ATTACHMENT + 1);
    let shown = world.cosign(&download);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    let says = "Error: blob: at most 134217728 bytes are read, found 134217729\n";
    assert!(stderr(&shown).ends_with(says), "{shown}");
    let blobs = world.registry.seen();
    let mut blobs = blobs[asked..].iter();
    assert!(
        !blobs.any(|seen| seen.target.contains("/blobs/")),
        "it was not even asked for"
    );
}

fn snapshots(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            snapshots(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "snap") {
            found.push(path);
        }
    }
}

#[test]
fn abuse_b20_no_snapshot_holds_what_steers_a_terminal() {
    let mut found = Vec::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    snapshots(&repository, &mut found);
    assert!(found.len() > 100, "{} snapshots", found.len());
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let steers = |character: char| {
            (character.is_control() && character != '\n')
                || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}')
        };
        let wrong = text.chars().find(|character| steers(*character));
        assert_eq!(wrong, None, "{}", path.display());
    }
}

#[test]
fn abuse_b21_no_name_leads_out_of_its_directory() {
    let world = World::new();
    let _services = world.instance();
    let home = tempfile::tempdir().unwrap();
    let add = |name: &str| {
        Cosign::new(&["instance", "add", name, "--from", "."])
            .directory(world.directory())
            .env("HOME", home.path())
            .run()
    };
    let too_long = "a".repeat(65);
    for name in [
        "..", "../out", "/tmp/out", "a/b", "a\\b", "%2e%2e", "a%2fb", ".hidden", "A", &too_long,
    ] {
        let shown = add(name);
        assert!(shown.starts_with("exit 1\n"), "{name}: {shown}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "{name}");
    }
    assert!(add("in.side-1").starts_with("exit 0\n"));
    let kept = home.path().join(".config/sigbox/instances/in.side-1");
    assert!(kept.is_dir());
}

/// A server that sends everybody to `location`; its address.
fn sends_to(location: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            let head = format!(
                "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn abuse_b23_nothing_is_fetched_from_where_a_server_points() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let target = elsewhere.local_addr().unwrap();
    let public_key = |reference: &str| Cosign::new(&["public-key", "--key", reference]).run();
    for location in [
        format!("http://{target}/cosign.key"),
        format!("//{target}/cosign.key"),
        format!("http://user:pw@{target}/"),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let named = sends_to(location.clone());
        let shown = public_key(&format!("http://{named}/cosign.key"));
        let says = format!(
            "exit 1\n--- stdout\n--- stderr\nError: GET http://{named}/cosign.key: the server redirects (302) to {location}, which is not followed\n"
        );
        assert!(shown.starts_with(&says), "{shown}");
        let called = elsewhere.accept().map(drop).unwrap_err();
        assert_eq!(called.kind(), ErrorKind::WouldBlock, "{location}");
    }
    // Addresses of other kinds are none that keys are fetched from.
    for reference in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/k",
        "gopher://127.0.0.1/k",
    ] {
        let shown = public_key(reference);
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        let (scheme, _) = reference.split_once(':').unwrap();
        assert!(stderr(&shown).contains(&format!("{scheme}://")), "{shown}");
    }
}

#[test]
fn abuse_b13_a_pattern_that_is_too_large_is_refused_before_anything_is_read() {
    let verify = |pattern: &str| {
        Cosign::new(&[
            "verify-blob",
            "--bundle",
            "none.json",
            "--trusted-root",
            "none.json",
            "--certificate-identity-regexp",
            pattern,
            "--certificate-oidc-issuer",
            "https://issuer.example",
            "none",
        ])
        .run()
    };
    for (pattern, says) in [
        ("a".repeat(4097), "4097 bytes, at most 4096 are taken"),
        ("(a{1000}){1000}".to_owned(), "more than 1048576 bytes"),
    ] {
        let shown = verify(&pattern);
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(shown.contains(says), "{shown}");
    }
    // A good one: now the files are missed.
    assert!(verify("^alice@").contains("none.json"));
}
