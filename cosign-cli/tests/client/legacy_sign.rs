//! Signing in the format from before there were bundles, through the program.

use std::fs;

use crate::legacy_files::{Files, VARIABLES};
use sigbox_crypto::EncryptedKey;
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::{DsseEnvelope, LocalSignedPayload, parse_signed_timestamp};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const OUTPUT: &str =
    "please use --bundle to provide the output bundle location, which will include the";

const OLD_FORMAT: &str = "Flag --new-bundle-format has been deprecated, this will be the only supported format in future \
                          versions\n";

fn files() -> Files {
    let files = Files::new();
    let sealed = EncryptedKey::seal(&files.key, b"pw").unwrap().to_pem();
    files.write("cosign.key", sealed);
    files.write("empty.json", NO_SERVICES);
    files.write("pred.json", r#"{"a":1}"#);
    files
}

fn keyed(files: &Files, line: &str) -> String {
    files.cosign(line, &[("COSIGN_PASSWORD", "pw")])
}

#[test]
fn a_signature_goes_to_stdout_or_to_its_file() {
    let files = files();
    let sign = "sign-blob --key cosign.key --signing-config empty.json --new-bundle-format=false";
    let shown = keyed(&files, &format!("{sign} hello.txt"));
    let base64 = shown
        .strip_prefix("exit 0\n--- stdout\n")
        .and_then(|rest| rest.split_once("\n--- stderr\n"))
        .unwrap();
    assert_eq!(
        base64.1,
        format!("{OLD_FORMAT}Using payload from: hello.txt\nSigning artifact...\n")
    );
    let verify = "verify-blob --key cosign.pub --insecure-ignore-tlog hello.txt --signature";
    let good = keyed(&files, &format!("{verify} {}", base64.0));
    assert!(good.ends_with("\nVerified OK\n"), "{good}");
    let shown = keyed(
        &files,
        &format!("{sign} --output-signature h.sig --bundle old.json hello.txt"),
    );
    let expected = format!(
        "exit 0\n--- stdout\n--- stderr\n{OLD_FORMAT}Flag --output-signature has been deprecated, {OUTPUT} signature\nUsing payload \
         from: hello.txt\nSigning artifact...\nWrote bundle to file old.json\nWrote signature to file h.sig\n"
    );
    assert_eq!(shown, expected);
    let read = |name: &str| fs::read_to_string(files.path().join(name)).unwrap();
    let written = LocalSignedPayload::parse(read("old.json").as_bytes()).unwrap();
    assert_eq!(decode_base64(&read("h.sig")).unwrap(), written.signature);
    assert_eq!((written.certificate, written.entry), (None, None));
    let raw = keyed(
        &files,
        &format!("{sign} --b64=false --output raw.sig hello.txt"),
    );
    assert!(
        raw.ends_with("\nWrote signature to file raw.sig\n"),
        "{raw}"
    );
    let good = keyed(&files, &format!("{verify} raw.sig"));
    assert!(good.ends_with("\nVerified OK\n"), "{good}");
    // Where a bundle is written, the other files are not, and that is said.
    let shown = keyed(
        &files,
        "sign-blob --key cosign.key --signing-config empty.json --bundle b.json --output-signature no.sig hello.txt",
    );
    let ignored = "\nWARNING: --output-signature is deprecated when using --new-bundle-format and will be ignored\n";
    assert!(shown.contains(ignored), "{shown}");
    assert!(!files.path().join("no.sig").exists());
}

#[test]
fn an_attestation_goes_to_stdout_or_to_its_files() {
    let files = files();
    let attest = "attest-blob --key cosign.key --signing-config empty.json --new-bundle-format=false --predicate \
                  pred.json --type https://e.example/p";
    let shown = keyed(&files, &format!("{attest} hello.txt"));
    let json = shown
        .strip_prefix("exit 0\n--- stdout\n")
        .and_then(|rest| rest.split_once("\n--- stderr\n"))
        .unwrap()
        .0;
    let envelope = DsseEnvelope::parse(json.as_bytes()).unwrap();
    let shown = keyed(
        &files,
        &format!(
            "{attest} --output-signature a.sig --output-attestation a.json --bundle old.json hello.txt"
        ),
    );
    let end = "\nWrote bundle to file old.json\nSignature written in a.sig\nAttestation written in a.json\n";
    assert!(shown.ends_with(end), "{shown}");
    assert_eq!(
        fs::read(files.path().join("a.json")).unwrap(),
        envelope.payload
    );
    for given in ["--signature a.sig", "--bundle old.json"] {
        let verify = "verify-blob-attestation --key cosign.pub --insecure-ignore-tlog --type https://e.example/p";
        let good = keyed(&files, &format!("{verify} {given} hello.txt"));
        assert!(good.ends_with("\nVerified OK\n"), "{good}");
        let other = keyed(&files, &format!("{verify} {given} other.txt"));
        assert!(other.contains("\n  check: statement-subject\n"), "{other}");
    }
}

#[test]
fn a_log_must_promise_and_a_timestamp_has_its_file() {
    let files = files();
    let sign = "sign-blob --key cosign.key --new-bundle-format=false --bundle old.json hello.txt --signing-config";
    let shown = keyed(&files, &format!("{sign} signing_config.v0.2.json"));
    let expected = format!(
        "exit 1\n--- stdout\n--- stderr\n{OLD_FORMAT}Error: --new-bundle-format=false needs a log of version 1, whose \
         promise the old format holds; the signing config names none\n"
    );
    assert_eq!(shown, expected);
    assert_eq!(files.instance.requests(), Vec::<String>::new());
    let shown = keyed(
        &files,
        &format!("{sign} empty.json --rfc3161-timestamp t.json"),
    );
    let expected = format!(
        "exit 1\n--- stdout\n--- stderr\n{OLD_FORMAT}Flag --rfc3161-timestamp has been deprecated, {OUTPUT} signed timestamp\nError: \
         --rfc3161-timestamp needs a timestamp authority; the signing config names none\n"
    );
    assert_eq!(shown, expected);
    let shown = keyed(&files, &format!("{sign} signing_config.rekor_v1.json"));
    assert!(
        shown.ends_with("\nWrote bundle to file old.json\n"),
        "{shown}"
    );
    let verify = "verify-blob --key cosign.pub --bundle old.json hello.txt";
    assert_eq!(
        files.cosign(verify, &VARIABLES),
        crate::legacy_files::VERIFIED
    );
    let stamping = fs::read_to_string(files.path().join("signing_config.v0.2.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&stamping).unwrap();
    config["rekorTlogUrls"] = serde_json::json!([]);
    config["rekorTlogConfig"] = serde_json::json!({});
    files.write("stamping.json", config.to_string());
    let shown = keyed(
        &files,
        &format!("{sign} stamping.json --rfc3161-timestamp t.json --output-signature h.sig"),
    );
    assert!(
        shown.ends_with("\nWrote timestamp to file t.json\n"),
        "{shown}"
    );
    let attest = "attest-blob --key cosign.key --new-bundle-format=false --predicate pred.json --signing-config";
    let shown = keyed(
        &files,
        &format!("{attest} empty.json --rfc3161-timestamp-bundle a.json hello.txt"),
    );
    assert!(shown.starts_with(&format!(
        "exit 1\n--- stdout\n--- stderr\nFlag --new-bundle-format has been deprecated, this will be the only supported \
         format in future versions\nFlag --rfc3161-timestamp-bundle has been deprecated, {OUTPUT} signed \
         timestamp\nError: --rfc3161-timestamp-bundle needs a timestamp authority; the signing config names none\n"
    )), "{shown}");
    let shown = keyed(
        &files,
        &format!(
            "{attest} stamping.json --rfc3161-timestamp-bundle a.json --output-signature a.sig hello.txt"
        ),
    );
    assert!(
        shown.ends_with("\nWrote timestamp to file a.json\n"),
        "{shown}"
    );
    let verify = "verify-blob-attestation --key cosign.pub --insecure-ignore-tlog --signature a.sig --rfc3161-timestamp";
    let good = files.cosign(&format!("{verify} a.json hello.txt"), &VARIABLES);
    assert!(good.ends_with("\nVerified OK\n"), "{good}");
    let other = files.cosign(&format!("{verify} t.json hello.txt"), &VARIABLES);
    assert!(other.contains("\n  check: signed-time\n"), "{other}");
    let stamp = fs::read(files.path().join("t.json")).unwrap();
    assert!(parse_signed_timestamp(&stamp).unwrap().starts_with(&[0x30]));
    let verify = "verify-blob --key cosign.pub --insecure-ignore-tlog --signature h.sig --rfc3161-timestamp t.json";
    let good = files.cosign(&format!("{verify} hello.txt"), &VARIABLES);
    assert!(good.ends_with("\nVerified OK\n"), "{good}");
}
