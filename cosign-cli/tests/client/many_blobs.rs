//! Several files in one call: a bundle beside each, one verdict for each, and all are judged.

use std::fs;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const SIGN: &str = "sign-blob --key cosign.key --signing-config empty.json";
const VERIFY: &str = "verify-blob --key cosign.pub --private-infrastructure";
const DEPRECATED: &str = "Flag --private-infrastructure has been deprecated, please use --insecure-ignore-tlog instead\n";

/// A key pair and files to sign.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        folder.write(
            "cosign.key",
            &EncryptedKey::seal(&key, b"pw").unwrap().to_pem(),
        );
        folder.write("cosign.pub", &key.public_key().to_pem());
        folder.write("empty.json", NO_SERVICES);
        fs::create_dir_all(folder.0.path().join("dist/sub")).unwrap();
        fs::create_dir(folder.0.path().join("nothing")).unwrap();
        for name in ["a", "b", "dist/x", "dist/sub/y", "dist/z.bundle"] {
            folder.write(name, name);
        }
        folder.write("list", "a\n\ndist/x\n");
        folder.write("empty", "");
        folder
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        self.0.path().join(name).exists()
    }

    fn run(&self, line: &str) -> String {
        Cosign::new(&line.split(' ').collect::<Vec<_>>())
            .directory(self.0.path())
            .env("COSIGN_PASSWORD", "pw")
            .run()
    }
}

#[test]
fn each_file_gets_a_bundle_and_is_verified_with_it() {
    let folder = Folder::new();
    let out = folder.run(&format!("{SIGN} a b dist"));
    let told = ["a", "b", "dist/sub/y", "dist/x", "dist/z.bundle"].map(|name| {
        format!("Using payload from: {name}\nSigning artifact...\nWrote bundle to file {name}.sigstore.json\n")
    });
    assert_eq!(
        out,
        format!("exit 0\n--- stdout\n--- stderr\n{}", told.concat())
    );
    let good = |names: &[&str]| {
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("{name}: Verified OK\n"))
            .collect();
        let lines = lines.concat();
        format!("exit 0\n--- stdout\n--- stderr\n{DEPRECATED}{lines}")
    };
    // Bundles are no files to verify, but a file may be called like one.
    let all = ["dist/sub/y", "dist/x", "dist/z.bundle", "a", "b"];
    assert_eq!(folder.run(&format!("{VERIFY} dist a b")), good(&all));
    assert_eq!(
        folder.run(&format!("{VERIFY} --max-workers 1 --files-from list")),
        good(&["a", "dist/x"])
    );
    let one = format!("exit 0\n--- stdout\n--- stderr\n{DEPRECATED}Verified OK\n");
    assert_eq!(folder.run(&format!("{VERIFY} a")), one);
    for suffix in ["sigstore", "bundle"] {
        fs::rename(
            folder.0.path().join("b.sigstore.json"),
            folder.0.path().join(format!("b.{suffix}")),
        )
        .unwrap();
        assert_eq!(folder.run(&format!("{VERIFY} b")), one);
        fs::rename(
            folder.0.path().join(format!("b.{suffix}")),
            folder.0.path().join("b.sigstore.json"),
        )
        .unwrap();
    }
}

#[test]
fn all_are_judged_and_one_refusal_fails_the_call() {
    let folder = Folder::new();
    assert!(
        folder
            .run(&format!("{SIGN} a b dist/x"))
            .starts_with("exit 0\n")
    );
    folder.write("a", "changed");
    folder.write("b.sigstore.json", "{}");
    let out = folder.run(&format!("{VERIFY} a b dist/sub/y dist/x"));
    let mut lines = out.lines().skip(4);
    assert!(
        out.starts_with(&format!("exit 1\n--- stdout\n--- stderr\n{DEPRECATED}")),
        "{out}"
    );
    let starts = [
        "a: FAILED: failed to verify signature: ",
        "b: FAILED: reading bundle b.sigstore.json",
        "dist/sub/y: FAILED: no bundle dist/sub/y.sigstore.json",
        "dist/x: Verified OK",
        "Error: 3 of 4 blobs were not verified",
    ];
    for start in starts {
        let line = lines.next().unwrap();
        assert!(line.starts_with(start), "{line}");
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_written() {
    let folder = Folder::new();
    let shared = "2 blobs cannot share one --bundle file: without --bundle, that of each is FILE.sigstore.json";
    for (line, text) in [
        (format!("{SIGN} --bundle x.json a b"), shared),
        (format!("{VERIFY} --bundle x.json a b"), shared),
        (
            format!("{SIGN} a -"),
            "stdin cannot be one of several blobs",
        ),
        (
            format!("{VERIFY} a -"),
            "stdin cannot be one of several blobs",
        ),
        (
            format!("{VERIFY} --max-workers 0 a b"),
            "please set the --max-workers flag to a value that is greater than 0",
        ),
        (
            format!("{VERIFY} --max-workers=0 a"),
            "please set the --max-workers flag to a value that is greater than 0",
        ),
        (format!("{SIGN} nothing"), "no files in nothing"),
        (format!("{VERIFY} --files-from empty"), "no files in empty"),
        (
            format!("{SIGN} --files-from none"),
            "open none: no such file or directory",
        ),
        (
            format!("{VERIFY} --explain a b"),
            "--explain is about one blob, and there are several",
        ),
        (
            format!("{VERIFY} --output json a b"),
            "--output json is about one blob, and there are several",
        ),
        (
            format!("{VERIFY} --signature x a b"),
            "--signature is about one blob, and there are several",
        ),
        (
            format!("{SIGN} a"),
            "must specify --bundle with --new-bundle-format",
        ),
    ] {
        let out = folder.run(&line);
        assert!(out.ends_with(&format!("Error: {text}\n")), "{line}: {out}");
        assert!(out.starts_with("exit 1\n"), "{line}: {out}");
    }
    let missing = folder.run(&format!("{SIGN} a none b"));
    assert!(
        missing.contains(
            "Error: signing none: getting payload: open none: no such file or directory\n"
        ),
        "{missing}"
    );
    assert!(!folder.has("a.sigstore.json") && !folder.has("x.json"));
    assert!(
        folder
            .run(&format!("{VERIFY} --signature-digest-algorithm sha256 a b"))
            .contains("a: FAILED: no bundle")
    );
}

#[test]
fn one_login_and_one_certificate_serve_all_files_of_a_call() {
    let folder = Folder::new();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let instance = Instance::start(now, Lie::None);
    instance.write_trust(folder.0.path());
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let token = format!(
        "{}.{}.{}",
        encode(r#"{"alg":"RS256"}"#),
        encode(&claims),
        encode("signature")
    );
    let out = folder.run(&format!(
        "sign-blob --signing-config signing_config.v0.2.json --trusted-root trusted_root.json --identity-token {token} a b"
    ));
    assert!(out.starts_with("exit 0\n"), "{out}");
    let requests = instance.requests();
    let asked = |path: &str| requests.iter().filter(|line| line.ends_with(path)).count();
    assert_eq!(
        (
            asked("/signingCert"),
            asked("/timestamp"),
            asked("/entries")
        ),
        (1, 2, 2)
    );
    let out = folder.run(&format!(
        "verify-blob --trusted-root trusted_root.json --certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER} a b"
    ));
    assert_eq!(
        out,
        "exit 0\n--- stdout\n--- stderr\na: Verified OK\nb: Verified OK\n"
    );
}
