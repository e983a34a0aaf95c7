//! Attestations and bills of materials made elsewhere, and what limits and terminals make of attachments.

use super::{CUSTOM, DOWNLOADED, SBOM, exits, run};
use crate::images::{SIGNATURE_LAYER, World, refused, statement, stderr, stdout};
use serde_json::{Value, json};

#[test]
fn envelopes_are_stored_and_found_by_their_type() {
    let world = World::new();
    let image = world.image("app");
    let at_digest = format!("app@{image}");
    let envelope = |predicate_type: &str| {
        let bundle = world.bundle(&statement(predicate_type, &image));
        let bundle: Value = serde_json::from_str(&bundle.to_json().unwrap()).unwrap();
        bundle["dsseEnvelope"].clone()
    };
    let (custom, spdx) = (envelope(CUSTOM), envelope("https://spdx.dev/Document"));
    world.write("two.json", &format!("{custom}\n{spdx}\n"));
    let attach = ["attach", "attestation", "--attestation"];
    let shown = run(&world, &[&attach[..], &["two.json"]].concat(), &at_digest);
    exits(&shown, 0, "", "Using payload from: two.json\n");
    let line = |envelope: &Value| {
        format!(
            "{{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":{},\"signatures\":[{{\"keyid\":\"\",\"sig\":{}}}]}}\n",
            envelope["payload"], envelope["signatures"][0]["sig"]
        )
    };
    let download = ["download", "attestation"];
    let both = line(&custom) + &line(&spdx);
    exits(&run(&world, &download, "app:v1"), 0, &both, "");
    let typed = [&download[..], &["--predicate-type", "spdxjson"]].concat();
    exits(&run(&world, &typed, "app:v1"), 0, &line(&spdx), "");
    let typed = [&download[..], &["--predicate-type", "openvex"]].concat();
    refused(
        &run(&world, &typed, "app:v1"),
        1,
        "Error: no attestations with predicate type 'https://openvex.dev/ns' found\n",
    );
    let typed = [&download[..], &["--predicate-type", "zz"]].concat();
    refused(
        &run(&world, &typed, "app:v1"),
        1,
        "Error: invalid predicate type: zz\n",
    );
    assert!(
        world
            .verify_with("verify-attestation", &[], "app:v1")
            .starts_with("exit 0\n")
    );
    world.image("bare");
    exits(&run(&world, &download, "bare:v1"), 0, "", "");
    for (name, change, error) in [
        (
            "kind.json",
            ("payloadType", "kind"),
            "invalid payloadType  on envelope. Expected application/vnd.in-toto+json\n",
        ),
        (
            "unsigned.json",
            ("\"sig\"", "\"gis\""),
            "layer is not a DSSE envelope\n",
        ),
        (
            "empty.json",
            ("signatures", "none"),
            "could not attach attestation without having signatures\n",
        ),
    ] {
        world.write(name, &custom.to_string().replace(change.0, change.1));
        let shown = run(&world, &[&attach[..], &[name]].concat(), &at_digest);
        let begins =
            format!("Using payload from: {name}\nError: attaching payload from {name}: {error}");
        refused(&shown, 1, &begins);
    }
}

#[test]
fn a_bill_of_materials_comes_back_byte_for_byte() {
    let world = World::new();
    let image = world.image("app");
    let tag = format!("{}.sbom", image.replace(':', "-"));
    refused(
        &run(&world, &["download", "sbom"], "app:v1"),
        1,
        &format!("{SBOM}{DOWNLOADED}Error: no sbom attached to reference\n"),
    );
    world.write("sbom.json", "{\"spdxVersion\":\"SPDX-2.3\"}\n");
    world.write("sbom.xml", "<bom/>");
    for (file, kind, media_type) in [
        ("sbom.xml", "cyclonedx", "application/vnd.cyclonedx+xml"),
        ("sbom.json", "spdx", "text/spdx+json"),
    ] {
        let attach = ["attach", "sbom", "--sbom", file, "--type", kind];
        let said = format!(
            "{SBOM}WARNING: Attaching SBOMs this way does not sign them. To sign them, use 'cosign attest --predicate \
             {file} --key <key path>'.\nUploading SBOM file for [REG/app:v1] to [REG/app:{tag}] with mediaType \
             [{media_type}].\n\n"
        );
        exits(&run(&world, &attach, "app:v1"), 0, "", &said);
        let said = format!("{SBOM}{DOWNLOADED}Found SBOM of media type: {media_type}\n");
        let content = world.read(file);
        exits(
            &run(&world, &["download", "sbom"], "app:v1"),
            0,
            &content,
            &said,
        );
    }
    let platform = ["download", "sbom", "--platform", "linux/amd64"];
    refused(
        &run(&world, &platform, "app:v1"),
        1,
        &format!("{SBOM}{DOWNLOADED}Error: specified reference is not a multiarch image\n"),
    );
    let attach = ["attach", "sbom", "--sbom", "sbom.json", "--type", "zz"];
    refused(
        &run(&world, &attach, "app:v1"),
        1,
        &format!("{SBOM}Error: unknown SBOM type: \"zz\", expected (spdx|cyclonedx|syft)\n"),
    );
}

#[test]
fn abuse_b09_and_c53_attachments_have_limits() {
    let world = World::new();
    let image = world.image("app");
    world.write("sbom.json", "{\"spdxVersion\":\"SPDX-2.3\"}\n");
    run(&world, &["attach", "sbom", "--sbom", "sbom.json"], "app:v1");
    let name = world.name("app:v1");
    let limited = |limit| {
        world.cosign_with(
            "COSIGN_MAX_ATTACHMENT_SIZE",
            limit,
            &["download", "sbom", &name],
        )
    };
    refused(
        &limited("10"),
        1,
        &format!("{SBOM}{DOWNLOADED}Error: blob: at most 10 bytes are read, found 27\n"),
    );
    assert!(limited("27").starts_with("exit 0\n"));
    let layer = world.signed_layer("{}");
    world.tag("app", &image, "sig", &vec![layer.clone(); 1001]);
    let shown = run(&world, &["download", "signature"], "app:v1");
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(stderr(&shown).contains("1000"), "{shown}");
    world.tag("app", &image, "sig", &[layer]);
    let shown = run(&world, &["download", "signature"], "app:v1");
    assert_eq!(stdout(&shown).lines().count(), 1, "{shown}");
}

#[test]
fn abuse_b20_foreign_text_steers_no_terminal() {
    let world = World::new();
    let image = world.image("app");
    let digest = world.registry.put_blob("{}");
    let layer = |signature: &str, bundle: &str| {
        json!({
            "mediaType": SIGNATURE_LAYER, "size": 2, "digest": digest,
            "annotations": {"dev.cosignproject.cosign/signature": signature, "dev.sigstore.cosign/bundle": bundle},
        })
    };
    world.tag(
        "app",
        &image,
        "sig",
        &[layer("AQ\u{9b}2J\u{202e}", ""), layer("AQID", "\u{1b}[2J")],
    );
    let shown = run(&world, &["download", "signature"], "app:v1");
    assert!(
        stdout(&shown)
            .starts_with("{\"Base64Signature\":\"AQ\\u009b2J\\u202e\",\"Payload\":\"e30=\","),
        "{shown}"
    );
    assert_eq!(stdout(&shown).lines().count(), 1, "{shown}");
    assert!(
        stderr(&shown).starts_with("WARNING: not shown: sha256:"),
        "{shown}"
    );
}
