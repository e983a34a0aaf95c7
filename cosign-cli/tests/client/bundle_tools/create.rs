//! Bundles put together from signatures and old files.

use super::{OTHER, Parts, foreign, log, printed};
use crate::command::conformance;
use serde_json::{Value, json};
use std::fs;

#[test]
fn of_what_a_search_finds_only_the_entry_of_this_signature_is_taken() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    let (good, other) = (parts.named(|_| {}), parts.named(foreign));
    let created = printed(&parts.create(&log(200, &json!([other, good]))));
    assert_eq!(
        created.media_type,
        "application/vnd.dev.sigstore.bundle+json;version=0.3"
    );
    assert_eq!(
        created.verification_material,
        parts.bundle.verification_material
    );
    assert_eq!(created.content, parts.bundle.content);
    for (answer, why) in [
        (json!([other]), "signature not found in transparency log"),
        (json!([]), "signature not found in transparency log"),
        (Value::Null, "signature not found in transparency log"),
        (
            json!([good, good]),
            "too many tlog entries; should only have 1, found 2",
        ),
        (
            json!([{ "0".repeat(64): parts.answer(|_| {}) }]),
            "the log answered with another entry than the one that was sent",
        ),
    ] {
        assert_eq!(
            parts.create(&log(200, &answer)),
            format!("exit 1\n--- stdout\n--- stderr\nError: finding the log entry: {why}\n")
        );
    }
}

#[test]
fn of_an_old_bundle_the_promised_entry_is_proved_and_no_other() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    let old = parts.old_file(|_| {});
    fs::write(parts.directory.path().join("old.bundle"), &old).unwrap();
    let create = |log: &str, more: &[&str]| {
        let files = ["create", "--artifact", "a.txt", "--bundle", "old.bundle"];
        parts.run(&[&files[..], &["--rekor-url", log], more].concat())
    };
    let good = log(200, &parts.named(|_| {}));
    let created = printed(&create(&good, &[]));
    assert_eq!(
        created.verification_material,
        parts.bundle.verification_material
    );
    assert_eq!(created.content, parts.bundle.content);
    // Nothing is asked of the log where its entry is not wanted.
    let unlogged = printed(&create("http://127.0.0.1:1", &["--ignore-tlog"]));
    assert!(unlogged.verification_material.tlog_entries.is_empty());
    let refused = |shown: String, why: &str| {
        let expected = format!("exit 1\n--- stdout\n--- stderr\nError: {why}\n");
        assert!(shown.starts_with(&expected), "{expected}{shown}");
    };
    let other = log(200, &parts.named(|message| message["logIndex"] = json!(7)));
    refused(
        create(&other, &[]),
        &format!("fetching the log entry by index: {OTHER}"),
    );
    refused(
        create(&good, &["--signature", "sig"]),
        "--bundle and --signature contradict each other",
    );
    refused(
        create(&good, &["--certificate", "cert.pem"]),
        "--bundle and --certificate contradict each other",
    );
    fs::write(
        parts.directory.path().join("old.bundle"),
        parts.old_file(foreign_payload),
    )
    .unwrap();
    refused(
        create(&good, &[]),
        "the log entry in the file of --bundle is not about this artifact, signature and signer",
    );
    fs::write(parts.directory.path().join("old.bundle"), "{}").unwrap();
    refused(create(&good, &[]), "reading old.bundle");
}

fn foreign_payload(old: &mut Value) {
    foreign(&mut old["rekorBundle"]["Payload"]);
}

#[test]
fn a_log_that_is_down_is_no_refusal() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    let down = parts.create(&log(503, &json!({"message": "later"})));
    assert_eq!(
        down,
        "exit 3\n--- stdout\n--- stderr\nError: finding the log entry: Rekor returned 503: later\n"
    );
    let gone = parts.create("http://127.0.0.1:1");
    assert_eq!(
        gone,
        "exit 3\n--- stdout\n--- stderr\nError: finding the log entry: \
         POST http://127.0.0.1:1/api/v1/log/entries/retrieve: connect: connection refused\n"
    );
}

#[test]
fn what_a_bundle_is_made_of_must_be_there() {
    let Some(root) = conformance() else { return };
    let parts = Parts::new(&root);
    fs::write(parts.directory.path().join("none"), "?").unwrap();
    let signed = ["create", "--artifact", "a.txt", "--signature", "sig"];
    let with = |more: &[&str]| parts.run(&[&signed[..], more].concat());
    let unlogged = with(&["--certificate", "cert.pem", "--ignore-tlog"]);
    assert!(
        printed(&unlogged)
            .verification_material
            .tlog_entries
            .is_empty()
    );
    for (shown, why) in [
        (parts.run(&["create"]), "must supply --artifact"),
        (
            parts.run(&["create", "--artifact", "a.txt"]),
            "must at least supply signature via --bundle, --signature or --attestation",
        ),
        (
            with(&[]),
            "must supply the signer via --certificate or --key",
        ),
        (
            with(&["--certificate", "none"]),
            "unable to decode provided certificate",
        ),
        (
            with(&["--certificate", "cert.pem"]),
            "no transparency log is named",
        ),
        (
            parts.run(&[
                "create",
                "--artifact",
                "a.txt",
                "--signature",
                "none",
                "--certificate",
                "cert.pem",
            ]),
            "the signature is not base64",
        ),
        (
            with(&[
                "--certificate",
                "cert.pem",
                "--ignore-tlog",
                "--rfc3161-timestamp",
                "none",
            ]),
            "the file of --rfc3161-timestamp is no timestamp",
        ),
    ] {
        assert!(
            shown.starts_with(&format!("exit 1\n--- stdout\n--- stderr\nError: {why}\n")),
            "{why}: {shown}"
        );
    }
}
