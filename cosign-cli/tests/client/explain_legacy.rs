//! `--explain` on signatures in files from before there were bundles.

use crate::legacy_files::{Files, VARIABLES, certificate, old, signature};
use crate::masked::masked;
use insta::assert_snapshot;
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{LocalSignedPayload, signed_timestamp_json};

#[test]
fn an_old_bundle() {
    let files = Files::new();
    let bundle = files.keyless("hello.txt");
    files.write("old.json", old(&bundle).to_json().unwrap());
    let explained = |more: &str| {
        let line = format!("verify-blob --explain --bundle old.json @ID {more}");
        masked(&files.cosign(&line, &VARIABLES))
    };
    assert_snapshot!("old_bundle", explained("hello.txt"));
    assert_snapshot!("old_bundle_json", explained("-o json hello.txt"));
    assert_snapshot!("old_bundle_other_file", explained("other.txt"));
    let unlogged = LocalSignedPayload {
        entry: None,
        ..old(&bundle)
    };
    files.write("old.json", unlogged.to_json().unwrap());
    assert_snapshot!("old_bundle_without_entry", explained("hello.txt"));
}

#[test]
fn detached_files() {
    let files = Files::new();
    let bundle = files.stamped("hello.txt");
    files.write("hello.sig", encode_base64(&signature(&bundle)));
    files.write("hello.pem", certificate(&bundle).unwrap());
    let stamp = bundle
        .verification_material
        .rfc3161_timestamps
        .first()
        .unwrap();
    files.write("hello.tsr", signed_timestamp_json(stamp).unwrap());
    let line = "verify-blob --explain --insecure-ignore-tlog --signature hello.sig --certificate hello.pem \
                --rfc3161-timestamp hello.tsr @ID";
    let explained = |file: &str| masked(&files.cosign(&format!("{line} {file}"), &VARIABLES));
    assert_snapshot!("detached", explained("hello.txt"));
    assert_snapshot!("detached_other_file", explained("other.txt"));
    let keyed = files.keyed("hello.txt");
    files.write("key.sig", encode_base64(&signature(&keyed)));
    let line = "verify-blob --explain --insecure-ignore-tlog --signature key.sig --key cosign.pub hello.txt";
    assert_snapshot!("detached_key", masked(&files.cosign(line, &VARIABLES)));
}
