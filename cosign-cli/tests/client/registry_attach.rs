//! What is stored beside an image and read again as it stands: `attach`, `download`, `generate`.

mod attachments;

use crate::images::{SIGN, SIGNATURE_LAYER, World, refused, statement, stdout};
use serde_json::{Value, json};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{
    Bundle, BundleContent, MessageSignature, VerificationContent, VerificationMaterial,
};

const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
const DEPRECATED: &str = "Command \"generate\" is deprecated, generate will be removed in v4.0.0 (see \
     https://github.com/sigstore/cosign/issues/4696). Instead, please use in-toto tooling\n";
const SBOM: &str = "WARNING: SBOM attachments are deprecated and support will be removed in a Cosign release soon after \
     2024-02-22 (see https://github.com/sigstore/cosign/issues/2755). Instead, please use SBOM attestations.\n";
const DOWNLOADED: &str = "WARNING: Downloading SBOMs this way does not ensure its authenticity. If you want to ensure a \
     tamper-proof SBOM, download it using 'cosign download attestation <image uri>'.\n";

fn exits(shown: &str, code: u8, out: &str, err: &str) {
    assert_eq!(
        shown,
        format!("exit {code}\n--- stdout\n{out}--- stderr\n{err}")
    );
}

fn payload(reference: &str, image: &str) -> String {
    crate::images::payload(image).replace("REG/app", reference)
}

fn run(world: &World, command: &[&str], image: &str) -> String {
    world.cosign(&[command, &[&world.name(image)]].concat())
}

/// The manifest under a tag of an image.
fn tagged(world: &World, image: &str, kind: &str) -> Value {
    let tag = format!("{}.{kind}", image.replace(':', "-"));
    serde_json::from_slice(&world.registry.manifest("app", &tag).unwrap()).unwrap()
}

#[test]
fn generate_prints_the_bytes_that_are_signed() {
    let world = World::new();
    let image = world.image("app");
    let expected = payload("REG/app", &image);
    exits(
        &run(&world, &["generate"], "app:v1"),
        0,
        &expected,
        DEPRECATED,
    );
    let annotated = expected.replace("null", r#"{"a":"1","b":"\u003c2"}"#);
    let shown = run(&world, &["generate", "-a", "b=<2,a=1"], "app:v1");
    exits(&shown, 0, &annotated, DEPRECATED);
    refused(
        &run(&world, &["generate"], "app:none"),
        1,
        &format!("{DEPRECATED}Error: GET http://REG/v2/app/manifests/none: "),
    );
    refused(
        &world.cosign(&["generate"]),
        1,
        &format!("{DEPRECATED}Error: accepts 1 arg(s), received 0\n"),
    );
}

#[test]
fn a_signature_made_elsewhere_is_stored_shown_and_verified() {
    let world = World::new();
    let image = world.image("app");
    let payload = payload(&world.name("app"), &image);
    let signature = encode_base64(&world.key.sign(payload.as_bytes()).unwrap()) + "\n";
    world.write("payload.json", &payload);
    world.write("payload.sig", &signature);
    let attach = [
        "attach",
        "signature",
        "--payload",
        "payload.json",
        "--signature",
        "payload.sig",
    ];
    exits(&run(&world, &attach, "app:v1"), 0, "", "");
    let manifest = tagged(&world, &image, "sig");
    let layers = &manifest["layers"];
    assert_eq!(layers[0]["mediaType"], SIGNATURE_LAYER);
    assert_eq!(
        layers[0]["annotations"],
        json!({"dev.cosignproject.cosign/signature": signature}),
        "as the file has it"
    );
    let line = format!(
        "{{\"Base64Signature\":{},\"Payload\":\"{}\",\"Cert\":null,\"Chain\":null,\"Bundle\":null,\"RFC3161Timestamp\":null}}\n",
        json!(signature),
        encode_base64(payload.as_bytes())
    );
    exits(
        &run(&world, &["download", "signature"], "app:v1"),
        0,
        &line,
        "",
    );
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
    // Without a payload it is that of `generate`: the same signature, which is not stored twice.
    let implied = ["attach", "signature", "--signature", "payload.sig"];
    let warning = format!(
        "WARNING: using obsolete implied signature payload data (with digested reference REG/app@{image}); specify it \
         explicitly with --payload instead\n"
    );
    exits(&run(&world, &implied, "app:v1"), 0, "", &warning);
    let shown = run(&world, &["download", "signature"], "app:v1");
    exits(&shown, 0, &line, "");
    // Another one comes after it.
    world.write("other.sig", "AQID");
    let other = [&attach[..4], &["--signature", "other.sig"]].concat();
    exits(&run(&world, &other, "app:v1"), 0, "", "");
    let shown = run(&world, &["download", "signature"], "app:v1");
    let other = line.replace(&json!(signature).to_string(), "\"AQID\"");
    exits(&shown, 0, &format!("{line}{other}"), "");
}

/// On a registry that compares nothing, and on one that does.
#[test]
fn signatures_attached_at_the_same_time_are_all_there() {
    for compares in [false, true] {
        let world = World::new();
        world
            .registry
            .set(|behaviour| behaviour.compares = compares);
        let image = world.image("app");
        std::thread::scope(|scope| {
            for at in 0..4 {
                let world = &world;
                scope.spawn(move || {
                    let file = format!("{at}.sig");
                    world.write(&file, &encode_base64(&[at]));
                    let attach = ["attach", "signature", "--signature", &file];
                    let shown = run(world, &attach, "app:v1");
                    assert!(shown.starts_with("exit 0\n"), "{shown}");
                });
            }
        });
        let manifest = tagged(&world, &image, "sig");
        let layers = manifest["layers"].as_array().unwrap().iter();
        let signatures = layers
            .map(|layer| layer["annotations"]["dev.cosignproject.cosign/signature"].to_string());
        let mut signatures: Vec<String> = signatures.collect();
        signatures.sort_unstable();
        let expected: Vec<String> = (0..4)
            .map(|at| json!(encode_base64(&[at])).to_string())
            .collect();
        assert_eq!(signatures, expected);
    }
}

#[test]
fn what_belongs_to_a_signature_is_stored_with_it() {
    let world = World::new();
    let image = world.image("app");
    let _instance = world.instance();
    world.write("payload.sig", "AQID");
    let entry = r#"{"SignedEntryTimestamp":"AQID","Payload":{"body":"eyJhcGlWZXJzaW9uIjoiMC4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIn0=","integratedTime":17,"logIndex":3,"logID":"ac5e"}}"#;
    world.write("entry.json", entry);
    world.write("stamp.der", "0\u{1}\u{2}");
    let mut attach = vec!["attach", "signature", "--signature", "payload.sig"];
    attach.extend(["--rekor-response", "entry.json", "--tsr", "stamp.der"]);
    let shown = run(&world, &attach, "app:v1");
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let manifest = tagged(&world, &image, "sig");
    assert_eq!(
        manifest["layers"][0]["annotations"],
        json!({
            "dev.cosignproject.cosign/signature": "AQID",
            "dev.sigstore.cosign/bundle": entry,
            "dev.sigstore.cosign/rfc3161timestamp": "{\"SignedRFC3161Timestamp\":\"MAEC\"}",
        })
    );
    let shown = run(&world, &["download", "signature"], "app:v1");
    let tail = format!(
        "\"Bundle\":{entry},\"RFC3161Timestamp\":{{\"SignedRFC3161Timestamp\":\"MAEC\"}}}}\n"
    );
    assert!(stdout(&shown).ends_with(&tail), "{shown}");
}

#[test]
fn what_is_no_signature_is_not_stored() {
    let world = World::new();
    let image = world.image("app");
    world.write("words", "no signature");
    world.write("good.sig", "AQID");
    world.write("other.json", "{\"a\":1}");
    for (arguments, error) in [
        (
            &["--payload", "words"][..],
            "Error: required flag(s) \"signature\" not set\n",
        ),
        (
            &["--signature", "words"],
            "Error: words: the signature is not base64\n",
        ),
        (
            &["--signature", "none"],
            "Error: open none: no such file or directory\n",
        ),
        (
            &["--bundle", "other.json"],
            "Error: other.json: not a bundle\n",
        ),
        (
            &["--payload", "words", "--bundle", "words"],
            "Error: --payload and --bundle are two names of one file\n",
        ),
        (
            &["--signature", "good.sig", "--certificate", "words"],
            "Error: words\n  cause: not a certificate in PEM\n",
        ),
        (
            &["--signature", "good.sig", "--certificate-chain", "words"],
            "Error: --certificate-chain needs the certificate that it is above: --certificate\n",
        ),
        (
            &["--signature", "good.sig", "--rekor-response", "other.json"],
            "Error: other.json\n  cause: neither a log's answer nor a log entry of cosign\n",
        ),
    ] {
        let shown = run(
            &world,
            &[&["attach", "signature"], arguments].concat(),
            "app:v1",
        );
        refused(&shown, 1, error);
    }
    let tag = format!("{}.sig", image.replace(':', "-"));
    assert_eq!(world.registry.manifest("app", &tag), None);
    refused(
        &run(&world, &["download", "signature"], "app:v1"),
        1,
        "Error: REG/app:v1: no signatures associated\n",
    );
    refused(
        &run(&world, &["download", "signature"], "app:none"),
        1,
        "Error: entity not found in registry, error: GET http://REG/v2/app/manifests/none: ",
    );
}

#[test]
fn a_bundle_is_stored_as_a_referrer_and_verified() {
    let world = World::new();
    let image = world.image("app");
    let json = world.bundle(&statement(SIGN, &image)).to_json().unwrap();
    let pretty: Value = serde_json::from_str(&json).unwrap();
    world.write(
        "image.json",
        &serde_json::to_string_pretty(&pretty).unwrap(),
    );
    for flag in ["--payload", "--bundle"] {
        let shown = run(
            &world,
            &["attach", "signature", flag, "image.json"],
            "app:v1",
        );
        exits(&shown, 0, "", "");
    }
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
    for kind in ["signature", "attestation"] {
        let shown = run(&world, &["download", kind], "app:v1");
        // The same bundle twice in two manifests, if a second passed between them, and once if none did.
        let lines: Vec<&str> = stdout(&shown).lines().collect();
        assert!(matches!(lines.len(), 1 | 2), "{shown}");
        assert!(lines.iter().all(|line| *line == json), "{shown}");
    }
    let material = VerificationMaterial {
        content: VerificationContent::PublicKeyHint("key".to_owned()),
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    let message = MessageSignature {
        message_digest: None,
        signature: vec![1],
    };
    let blob = Bundle::new_v0_3(material, BundleContent::MessageSignature(message));
    world.write("blob.json", &blob.to_json().unwrap());
    refused(
        &run(
            &world,
            &["attach", "signature", "--payload", "blob.json"],
            "app:v1",
        ),
        1,
        "Error: blob.json: a bundle of a file's signature; only bundles with a statement are stored beside an image\n",
    );
    world.write("broken.json", &json.replace("dsseEnvelope", "dsseLetter"));
    refused(
        &run(
            &world,
            &["attach", "signature", "--payload", "broken.json"],
            "app:v1",
        ),
        1,
        "Error: broken.json: not a bundle that can be read\n  cause: ",
    );
}
