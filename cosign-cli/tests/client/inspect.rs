//! `cosign bundle inspect`: what a bundle holds, as text and as JSON.

use std::fs;
use std::path::Path;

use crate::command::Cosign;
use insta::assert_snapshot;
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, DsseSignature, InclusionProof, KindVersion,
    TransparencyLogEntry, VerificationContent, VerificationMaterial,
};

fn inspect(directory: &Path, arguments: &[&str]) -> String {
    let all = [&["bundle", "inspect"], arguments].concat();
    Cosign::new(&all).directory(directory).run()
}

/// A bundle whose every text wants to steer the terminal, and whose every part in a form of its own is damaged.
fn hostile() -> Bundle {
    let content = VerificationContent::Certificate(vec![1, 2, 3]);
    let entry = TransparencyLogEntry {
        log_index: 7,
        log_id: vec![0xab; 2],
        kind_version: KindVersion {
            kind: "\u{1b}[2J".to_owned(),
            version: "0.0.2\nVerified OK".to_owned(),
        },
        integrated_time: i64::MAX,
        inclusion_promise: Some(vec![1]),
        inclusion_proof: Some(InclusionProof {
            log_index: -1,
            root_hash: Vec::new(),
            tree_size: 3,
            hashes: vec![vec![0; 32]],
            checkpoint: "no note".to_owned(),
        }),
        canonicalized_body: vec![0; 5],
    };
    let material = VerificationMaterial {
        content,
        tlog_entries: vec![entry],
        rfc3161_timestamps: vec![vec![0x30]],
    };
    let statement = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a\u001b[1m","digest":{"sha256":"00"}}],"predicateType":"p\nq"}"#;
    let envelope = DsseEnvelope {
        payload: statement.as_bytes().to_vec(),
        payload_type: "application/vnd.in-toto+json".to_owned(),
        signatures: vec![DsseSignature {
            sig: vec![1],
            keyid: String::new(),
        }],
    };
    Bundle::new_v0_3(material, BundleContent::DsseEnvelope(envelope))
}

#[test]
fn a_damaged_bundle_is_shown_as_far_as_it_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("b.json");
    fs::write(&file, hostile().to_json().unwrap()).unwrap();
    fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    let runs = [
        &["b.json"][..],
        &["b.json", "--output", "json"],
        &["hello.txt"],
        &["none.json"],
        &["b.json", "-o", "yaml"],
    ];
    let shown = runs.map(|arguments| {
        let command = arguments.join(" ");
        let out = inspect(directory.path(), arguments);
        format!("$ cosign bundle inspect {command}\n{out}")
    });
    assert_snapshot!("inspecting", shown.join("\n"));
}

#[test]
fn a_key_alone_has_a_hint_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"qrs="},"signature":"AA=="}}"#;
    fs::write(directory.path().join("b.json"), bundle).unwrap();
    let out = inspect(directory.path(), &["b.json"]);
    let (_, rest) = out.split_once("--- stdout\n").unwrap();
    let (stdout, stderr) = rest.split_once("--- stderr\n").unwrap();
    assert_eq!(
        stdout,
        "- Bundle Media Type: application/vnd.dev.sigstore.bundle.v0.3+json\n\
         - Verification Material:\n  - Content: Public Key Identifier\n    - Hint: x\n\
         - Content:\n  - Type: Message Signature\n  - Message Digest:\n    - Algorithm: SHA2_256\n    - Digest: aabb\n"
    );
    assert_eq!(
        stderr,
        "WARNING: This command only inspects the contents of the bundle.\n\
         It does not perform cryptographic verification or verify log inclusion.\n"
    );
}
