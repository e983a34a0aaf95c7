//! `verify-blob --rekor-url`: a signature without a bundle, its entry from a log that may answer anything.

use crate::bundle_tools::{answered, log};
use crate::legacy_files::{Files, VARIABLES, VERIFIED, certificate, signature};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sigbox_tlog::leaf_hash;
use sigbox_wire::{Bundle, TransparencyLogEntry};

const CERTIFICATE: &str = "Flag --certificate has been deprecated, please use --bundle with --trusted-root to provide the public certificate\n";
const SIGNATURE: &str =
    "Flag --signature has been deprecated, please use --bundle to provide a signature\n";

const LOG: &str = "Flag --rekor-url has been deprecated, please use --bundle, which includes the Rekor inclusion proof\n";

fn entry(bundle: &Bundle) -> TransparencyLogEntry {
    bundle.verification_material.tlog_entries[0].clone()
}

/// An entry under the ID of its body.
fn named(entry: &TransparencyLogEntry, change: impl FnOnce(&mut Value)) -> Value {
    let message = answered(entry, change);
    let body = BASE64_STANDARD
        .decode(message["body"].as_str().unwrap())
        .unwrap();
    json!({ leaf_hash(&body).to_string(): message })
}

/// The files of a signature by an identity or by a key.
fn write(files: &Files, name: &str, bundle: &Bundle) {
    let signature = BASE64_STANDARD.encode(signature(bundle));
    files.write(&format!("{name}.sig"), signature);
    if let Some(pem) = certificate(bundle) {
        files.write(&format!("{name}.crt"), pem);
    }
}

fn refused(shown: &str, code: u8, says: &str) {
    assert!(
        shown.starts_with(&format!("exit {code}\n--- stdout\n--- stderr\n")),
        "{shown}"
    );
    assert!(shown.contains(says), "expected `{says}`: {shown}");
    assert!(!shown.contains("Verified OK"), "{shown}");
}

#[test]
fn adv_c44_an_entry_of_the_same_key_about_another_payload_is_passed_over() {
    let files = Files::new();
    let (hello, other) = (files.keyed("hello.txt"), files.keyed("other.txt"));
    write(&files, "hello", &hello);
    let (good, foreign) = (named(&entry(&hello), |_| {}), named(&entry(&other), |_| {}));
    let verify = |answer: &Value| {
        let line = "verify-blob --key cosign.pub --signature hello.sig hello.txt --rekor-url";
        let line = format!("{line} {}", log(200, answer));
        let shown = files.cosign(&line, &VARIABLES);
        shown.replace(SIGNATURE, "").replace(LOG, "")
    };
    // Beside the right one, before it and after it, it does nothing.
    for answer in [
        json!([good]),
        json!([foreign, good]),
        json!([good, foreign]),
        json!([{}, good]),
    ] {
        assert_eq!(verify(&answer), VERIFIED);
    }
    // Alone it is no entry, and neither is nothing.
    for answer in [
        json!([foreign]),
        json!([foreign, foreign]),
        json!([]),
        Value::Null,
    ] {
        let none = "Error: signature not found in transparency log\n";
        refused(&verify(&answer), 1, none);
    }
}

#[test]
fn adv_c44_an_entry_of_the_same_identity_about_another_payload_is_passed_over() {
    let files = Files::new();
    let (hello, other) = (files.keyless("hello.txt"), files.keyless("other.txt"));
    write(&files, "hello", &hello);
    let (good, foreign) = (named(&entry(&hello), |_| {}), named(&entry(&other), |_| {}));
    let verify = |answer: &Value| {
        let line =
            "verify-blob @ID --signature hello.sig --certificate hello.crt hello.txt --rekor-url";
        let line = format!("{line} {}", log(200, answer));
        let shown = files.cosign(&line, &VARIABLES);
        let told = [SIGNATURE, CERTIFICATE, LOG];
        told.iter()
            .fold(shown, |shown, line| shown.replace(line, ""))
    };
    assert_eq!(verify(&json!([foreign, good])), VERIFIED);
    refused(
        &verify(&json!([foreign])),
        1,
        "Error: signature not found in transparency log\n",
    );
}

#[test]
fn what_was_looked_up_is_judged_as_if_it_had_come_with_the_signature() {
    let files = Files::new();
    let hello = files.keyed("hello.txt");
    write(&files, "hello", &hello);
    let hello = entry(&hello);
    let verify = |answer: &Value| {
        let line = "verify-blob --key cosign.pub --signature hello.sig hello.txt --rekor-url";
        let line = format!("{line} {}", log(200, answer));
        files.cosign(&line, &VARIABLES)
    };
    // The right body, with somebody else's promise, at another time, of another log, under another ID.
    let promise = |message: &mut Value| {
        message["verification"]["signedEntryTimestamp"] = json!("MAYCAQECAQE=");
    };
    let later = |message: &mut Value| {
        let time = message["integratedTime"].as_i64().unwrap();
        message["integratedTime"] = json!(time - 1);
    };
    let unknown = |message: &mut Value| message["logID"] = json!("00".repeat(32));
    for (change, says) in [
        (
            &promise as &dyn Fn(&mut Value),
            "  check: inclusion-promise\n",
        ),
        (&later, "  check: inclusion-promise\n"),
        (&unknown, "  check: "),
    ] {
        refused(&verify(&json!([named(&hello, change)])), 1, says);
    }
    let elsewhere = json!([{ "0".repeat(64): answered(&hello, |_| {}) }]);
    refused(
        &verify(&elsewhere),
        1,
        "Error: the log answered with another entry than the one that was sent\n",
    );
}

#[test]
fn a_log_is_asked_only_if_it_is_named_and_needed() {
    let files = Files::new();
    let hello = files.keyed("hello.txt");
    write(&files, "hello", &hello);
    files.write("hello.sigstore.json", hello.to_json().unwrap());
    let verify = "verify-blob --key cosign.pub";
    // Nobody answers at this address.
    let named = "--rekor-url http://127.0.0.1:1";
    let bundle = files.cosign(
        &format!("{verify} --bundle hello.sigstore.json {named} hello.txt"),
        &VARIABLES,
    );
    assert_eq!(bundle.replace(LOG, ""), VERIFIED);
    let detached = format!("{verify} --signature hello.sig hello.txt");
    for skipped in ["--insecure-ignore-tlog", "--private-infrastructure"] {
        let shown = files.cosign(&format!("{detached} {named} {skipped}"), &VARIABLES);
        assert!(shown.starts_with("exit 0\n"), "{shown}");
    }
    let shown = files.cosign(&format!("{detached} {named}"), &VARIABLES);
    refused(&shown, 3, "connect: connection refused");
    let offline = files.cosign(&format!("{detached} {named} --offline"), &VARIABLES);
    let unnamed = files.cosign(&detached, &VARIABLES);
    refused(&unnamed, 1, "  check: ");
    assert_eq!(offline.replace(LOG, ""), unnamed);
    let nobody = files.cosign(&format!("{detached} --offline=false"), &VARIABLES);
    refused(
        &nobody,
        1,
        "Error: --offline=false needs the address of the log that may be asked: --rekor-url\n",
    );
    let busy = log(503, &Value::Null);
    let shown = files.cosign(
        &format!("{detached} --offline=false --rekor-url {busy}"),
        &VARIABLES,
    );
    refused(&shown, 3, "Error: ");
    let wrong = files.cosign(&format!("{detached} --rekor-url ftp://x"), &VARIABLES);
    refused(
        &wrong,
        1,
        "Error: invalid argument \"ftp://x\" for --rekor-url: not an http or https URL\n",
    );
}
