//! `bundle create` and `bundle upgrade` against a log that answers what a test has written: every answer is held against the question.

mod create;

use std::fs;
use std::path::Path;

use crate::command::{Cosign, conformance};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sigbox_tlog::leaf_hash;
use sigbox_wire::{Bundle, BundleContent, TransparencyLogEntry, VerificationContent};

const CASE: &str = "happy-path-v0.3";

/// A log that answers every request with one text.
pub(crate) fn log(status: u16, answer: &Value) -> String {
    let answer = answer.to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            let status = http::StatusCode::from_u16(status).unwrap();
            let router = axum::Router::new().fallback(async move || (status, answer));
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{}", receiver.recv().unwrap())
}

/// What real cosign says of `bundle create --rekor-url`.
const DEPRECATED: &str = "Flag --rekor-url has been deprecated, please use a signing config to specify a rekor url; see `cosign \
                          signing-config --help`\n";

/// A bundle of version 0.3 with its parts in files, and as version 0.1 without its proof.
struct Parts {
    directory: tempfile::TempDir,
    bundle: Bundle,
}

impl Parts {
    fn new(root: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let bundle = fs::read(root.join(CASE).join("bundle.sigstore.json")).unwrap();
        let bundle = Bundle::parse(&bundle).unwrap();
        let VerificationContent::Certificate(leaf) = &bundle.verification_material.content else {
            panic!("a certificate was expected");
        };
        let BundleContent::MessageSignature(message) = &bundle.content else {
            panic!("a signature was expected");
        };
        let encode = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            encode(leaf)
        );
        fs::write(path("cert.pem"), pem).unwrap();
        fs::write(path("sig"), encode(&message.signature)).unwrap();
        fs::copy(root.join("a.txt"), path("a.txt")).unwrap();
        let mut old: Value = serde_json::from_str(&bundle.to_json().unwrap()).unwrap();
        old["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
        let material = old["verificationMaterial"].as_object_mut().unwrap();
        let leaf = material.remove("certificate").unwrap();
        material.insert(
            "x509CertificateChain".to_owned(),
            json!({ "certificates": [leaf] }),
        );
        let entry = material["tlogEntries"][0].as_object_mut().unwrap();
        entry.remove("inclusionProof").unwrap();
        fs::write(path("old.json"), old.to_string()).unwrap();
        Self { directory, bundle }
    }

    fn entry(&self) -> &TransparencyLogEntry {
        &self.bundle.verification_material.tlog_entries[0]
    }

    /// The entry as the log answers it, after a change.
    fn answer(&self, change: impl FnOnce(&mut Value)) -> Value {
        answered(self.entry(), change)
    }

    /// The file that signing wrote before there were bundles, after a change.
    fn old_file(&self, change: impl FnOnce(&mut Value)) -> String {
        let entry = self.entry();
        let read = |name: &str| fs::read_to_string(self.directory.path().join(name)).unwrap();
        let mut old = json!({
            "base64Signature": read("sig"),
            "cert": BASE64_STANDARD.encode(read("cert.pem")),
            "rekorBundle": {
                "SignedEntryTimestamp": BASE64_STANDARD.encode(entry.inclusion_promise.as_ref().unwrap()),
                "Payload": {
                    "body": BASE64_STANDARD.encode(&entry.canonicalized_body),
                    "integratedTime": entry.integrated_time,
                    "logIndex": entry.log_index,
                    "logID": hex::encode(&entry.log_id),
                },
            },
        });
        change(&mut old);
        old.to_string()
    }

    /// An entry under the ID of its body.
    fn named(&self, change: impl FnOnce(&mut Value)) -> Value {
        let message = self.answer(change);
        let body = BASE64_STANDARD
            .decode(message["body"].as_str().unwrap())
            .unwrap();
        json!({ leaf_hash(&body).to_string(): message })
    }

    fn run(&self, arguments: &[&str]) -> String {
        let all = [&["bundle"], arguments].concat();
        let shown = Cosign::new(&all).directory(self.directory.path()).run();
        shown.replacen(DEPRECATED, "", 1)
    }

    fn upgrade(&self, log: &str) -> String {
        self.run(&["upgrade", "old.json", "--rekor-url", log])
    }

    fn create(&self, log: &str) -> String {
        let files = ["create", "--artifact", "a.txt", "--signature", "sig"];
        let more = ["--certificate", "cert.pem", "--rekor-url", log];
        self.run(&[&files[..], &more].concat())
    }
}

/// An entry as a log answers it, after a change.
pub(crate) fn answered(entry: &TransparencyLogEntry, change: impl FnOnce(&mut Value)) -> Value {
    let proof = entry.inclusion_proof.as_ref().unwrap();
    let mut message = json!({
        "body": BASE64_STANDARD.encode(&entry.canonicalized_body),
        "integratedTime": entry.integrated_time,
        "logID": hex::encode(&entry.log_id),
        "logIndex": entry.log_index,
        "verification": {
            "inclusionProof": {
                "checkpoint": proof.checkpoint,
                "hashes": proof.hashes.iter().map(hex::encode).collect::<Vec<_>>(),
                "logIndex": proof.log_index,
                "rootHash": hex::encode(&proof.root_hash),
                "treeSize": proof.tree_size,
            },
            "signedEntryTimestamp": BASE64_STANDARD.encode(entry.inclusion_promise.as_ref().unwrap()),
        },
    });
    change(&mut message);
    message
}

fn printed(shown: &str) -> Bundle {
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let (_, rest) = shown.split_once("--- stdout\n").unwrap();
    Bundle::parse(rest.split_once("\n--- stderr\n").unwrap().0.as_bytes()).unwrap()
}

/// Another body of the same signer: a search may find it, and a log may answer with it.
fn foreign(message: &mut Value) {
    let body = BASE64_STANDARD
        .decode(message["body"].as_str().unwrap())
        .unwrap();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    body["spec"]["data"]["hash"]["value"] = json!("00".repeat(32));
    message["body"] = json!(BASE64_STANDARD.encode(body.to_string()));
}

const OTHER: &str = "the log answered with another entry than the one that was asked for";

#[test]
fn a_missing_proof_is_taken_only_if_it_is_of_this_entry() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    let upgraded = printed(&parts.upgrade(&log(200, &parts.named(|_| {}))));
    assert_eq!(
        upgraded.media_type,
        "application/vnd.dev.sigstore.bundle.v0.3+json"
    );
    assert_eq!(
        upgraded.verification_material,
        parts.bundle.verification_material
    );
    assert_eq!(upgraded.content, parts.bundle.content);
    let change =
        |member: &'static str, value: Value| parts.named(move |message| message[member] = value);
    let in_proof = |member: &'static str, value: Value| {
        parts.named(move |message| message["verification"]["inclusionProof"][member] = value)
    };
    let two = json!({"a": parts.answer(|_| {}), "b": parts.answer(|_| {})});
    for (answer, why) in [
        (change("logIndex", json!(7)), OTHER),
        (change("logID", json!("00".repeat(32))), OTHER),
        (change("integratedTime", json!(7)), OTHER),
        (parts.named(foreign), OTHER),
        (json!({ "0".repeat(64): parts.answer(|_| {}) }), OTHER),
        (two, OTHER),
        (json!({}), OTHER),
        (
            change("verification", json!({})),
            "the log's answer has no signed entry timestamp",
        ),
        (
            in_proof("hashes", json!([])),
            "the log's inclusion proof does not hold",
        ),
        (
            in_proof("logIndex", json!(1)),
            "the log's inclusion proof does not hold",
        ),
        (
            in_proof("checkpoint", json!("")),
            "the log's checkpoint is malformed",
        ),
    ] {
        let shown = parts.upgrade(&log(200, &answer));
        let expected = format!("\nError: upgrading bundle: fetching log entry by index: {why}\n");
        assert!(
            shown.starts_with("exit 1\n--- stdout\n--- stderr\n"),
            "{shown}"
        );
        assert!(shown.contains(&expected), "{expected}{shown}");
    }
    let shown = parts.upgrade(&log(404, &json!({})));
    assert!(
        shown.contains("signature not found in transparency log"),
        "{shown}"
    );
}

#[test]
fn an_upgrade_tells_its_steps_and_asks_no_log_that_nobody_named() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    let steps = "Upgrading from v0.1 to v0.3...\n\
                 Truncating certificate chain to only the leaf certificate...\n  \
                 Certificate 0 Identity: https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main\n\
                 Fetching missing inclusion proof from Rekor for log index 79571823...\n";
    assert_eq!(
        parts.run(&["upgrade", "old.json"]),
        format!(
            "exit 1\n--- stdout\n--- stderr\n{steps}Error: no transparency log is named\n  \
             cause: no log is built in, and none was contacted\n\
             hint: give the address of the log that has the signature with --rekor-url\n"
        )
    );
    let address = log(200, &parts.named(|_| {}));
    let to_file = [
        "upgrade",
        "old.json",
        "--rekor-url",
        &address,
        "--out",
        "new.json",
    ];
    assert_eq!(
        parts.run(&to_file),
        format!(
            "exit 0\n--- stdout\n--- stderr\n{steps}Successfully upgraded bundle written to new.json\n"
        )
    );
    // What is up to date stays what it is.
    let shown = parts.run(&["upgrade", "new.json"]);
    assert_eq!(
        printed(&shown).verification_material,
        parts.bundle.verification_material
    );
    assert!(
        shown.ends_with("--- stderr\nBundle is already at v0.3, no upgrade needed.\n"),
        "{shown}"
    );
    let shown = parts.run(&["upgrade", "old.json", "--rekor-url", "ftp://x"]);
    assert!(
        shown.contains(
            "Error: invalid argument \"ftp://x\" for --rekor-url: not an http or https URL\n"
        ),
        "{shown}"
    );
}
