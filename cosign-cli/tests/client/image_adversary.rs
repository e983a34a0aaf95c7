//! Registries and signers that want to be believed: the rows of the advisories, each with what is accepted beside it.

mod limits;

use crate::images::{ENVELOPE_LAYER, SIGN, World, payload, refused, statement, stderr, stdout};
use serde_json::{Value, json};
use sigbox_testkit::lying_registry::Swapped;

const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
const OTHER_IMAGE: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

fn attach(world: &World, image: &str, payload: &str) {
    let bundle = world.bundle(payload).to_json().unwrap();
    world.attach("app", image, &bundle);
}

#[test]
fn adv_c06_an_attestation_of_another_type_satisfies_no_type() {
    let world = World::new();
    let image = world.image("app");
    attach(&world, &image, &statement(CUSTOM, &image));
    let other = world.verify_with("verify-attestation", &["--type", "spdxjson"], "app:v1");
    refused(
        &other,
        12,
        &format!(
            "Error: none of the attestations matched the predicate type: spdxjson, found: {CUSTOM}\n"
        ),
    );
    attach(
        &world,
        &image,
        &statement("https://spdx.dev/Document", &image),
    );
    let spdx = world.verify_with("verify-attestation", &["--type", "spdxjson"], "app:v1");
    assert_eq!(
        stdout(&spdx).lines().count(),
        1,
        "only the one that was asked for: {spdx}"
    );
    let custom = world.verify_with("verify-attestation", &[], "app:v1");
    assert_eq!(stdout(&custom).lines().count(), 1, "{custom}");
}

#[test]
fn adv_c06_an_attestation_is_no_signature() {
    let world = World::new();
    let image = world.image("app");
    attach(&world, &image, &statement(CUSTOM, &image));
    refused(
        &world.verify(&[], "app:v1"),
        10,
        "Error: no signatures found\n",
    );
    attach(&world, &image, &statement(SIGN, &image));
    let verified = world.verify(&[], "app:v1");
    assert_eq!(
        stdout(&verified).matches("docker-manifest-digest").count(),
        1,
        "{verified}"
    );
}

#[test]
fn adv_c07_what_is_no_statement_verifies_as_none() {
    let (good, image) = {
        let world = World::new();
        let image = world.image("app");
        (statement(CUSTOM, &image), image)
    };
    for bad in [
        "not json".to_owned(),
        good.replace("predicateType", "predicateKind"),
        good.replace("Statement/v1", "Link/v1"),
    ] {
        let world = World::new();
        assert_eq!(world.image("app"), image);
        attach(&world, &image, &bad);
        let shown = world.verify_with("verify-attestation", &[], "app:v1");
        refused(
            &shown,
            12,
            "Error: no matching attestations: failed to verify signature: ",
        );
        // The same under a tag.
        let world = World::new();
        world.image("app");
        world.tag("app", &image, "att", &[envelope_layer(&world, &bad)]);
        let shown = world.verify_with("verify-attestation", &[], "app:v1");
        refused(
            &shown,
            12,
            "Error: no matching attestations: failed to verify signature: ",
        );
    }
    let world = World::new();
    world.image("app");
    world.tag("app", &image, "att", &[envelope_layer(&world, &good)]);
    let shown = world.verify_with("verify-attestation", &[], "app:v1");
    assert!(shown.starts_with("exit 0\n"), "{shown}");
}

/// A layer with an envelope that the key has signed.
fn envelope_layer(world: &World, payload: &str) -> Value {
    let bundle: Value = serde_json::from_str(&world.bundle(payload).to_json().unwrap()).unwrap();
    let envelope = bundle["dsseEnvelope"].to_string();
    let digest = world.registry.put_blob(envelope.clone());
    json!({
        "mediaType": ENVELOPE_LAYER, "size": envelope.len(), "digest": digest,
        "annotations": {"dev.cosignproject.cosign/signature": "", "predicateType": CUSTOM},
    })
}

#[test]
fn adv_c08_a_signature_of_another_image_is_none_of_this_one() {
    let world = World::new();
    let image = world.image("app");
    attach(&world, &image, &statement(SIGN, OTHER_IMAGE));
    let subject = "Error: no matching signatures: failed to verify signature: provided artifact digests do not match digests \
                   in statement\n";
    refused(&world.verify(&[], "app:v1"), 12, subject);
    // The subject of a statement is looked at also where claims are not.
    let unchecked = world.verify(&["--check-claims=false"], "app:v1");
    assert!(unchecked.starts_with("exit 12\n"), "{unchecked}");
    let world = World::new();
    world.image("app");
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(OTHER_IMAGE))],
    );
    let claim = format!(
        "Error: no matching signatures: invalid or missing digest in claim: {OTHER_IMAGE}\n"
    );
    refused(&world.verify(&[], "app:v1"), 12, &claim);
    // Switched off, it passes, and that is said.
    let unchecked = world.verify(&["--check-claims=false"], "app:v1");
    assert!(unchecked.starts_with("exit 0\n"), "{unchecked}");
    assert!(
        stderr(&unchecked).starts_with("WARNING: claims are not checked"),
        "{unchecked}"
    );
    assert!(
        !stderr(&unchecked).contains("The cosign claims were validated"),
        "{unchecked}"
    );
    let world = World::new();
    world.image("app");
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(&image))],
    );
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
}

#[test]
fn adv_c42_a_refusal_is_an_exit_code() {
    let world = World::new();
    let image = world.image("app");
    refused(
        &world.verify(&[], "app:v1"),
        10,
        "Error: no signatures found\n",
    );
    let none = world.verify_with("verify-attestation", &[], "app:v1");
    refused(&none, 10, "Error: no matching attestations: \n");
    refused(
        &world.verify(&[], "app:none"),
        11,
        "Error: image tag not found: GET http://REG/v2/app/manifests/none: ",
    );
    refused(
        &world.verify(&[], "none:v1"),
        11,
        "Error: image tag not found: ",
    );
    attach(&world, &image, &statement(SIGN, &image));
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
    let other = world.cosign(&[
        "verify",
        "--key",
        "other.pub",
        "--private-infrastructure",
        &world.name("app:v1"),
    ]);
    assert!(other.starts_with("exit 12\n"), "{other}");
    assert!(
        stderr(&other).contains("Error: no matching signatures: failed to verify signature: "),
        "{other}"
    );
    let annotated = world.verify(&["-a", "who=me"], "app:v1");
    refused(
        &annotated,
        12,
        "Error: no matching signatures: missing or incorrect annotation\n  expected: who=me\n  found: who=nothing\n",
    );
    world.instance();
    let keyless = world.verify_keyless(&["--insecure-ignore-sct"], "app:v1");
    refused(
        &keyless,
        13,
        "Error: no matching signatures: no certificate found on signature\n",
    );
}

#[test]
fn adv_c42_who_signed_decides() {
    let world = World::new();
    let _instance = world.instance();
    world.image("app");
    let signed = world.sign_keyless("signing_config.v0.2.json", &[], "app:v1");
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    assert!(world.verify_keyless(&[], "app:v1").starts_with("exit 0\n"));
    let bob = world.cosign(&[
        "verify",
        "--trusted-root",
        "trusted_root.json",
        "--certificate-identity",
        "bob@example.test",
        "--certificate-oidc-issuer",
        crate::instance::ISSUER,
        &world.name("app:v1"),
    ]);
    refused(
        &bob,
        12,
        "Error: no matching signatures: failed to verify certificate identity: no matching CertificateIdentity found, last \
         error: ",
    );
}

#[test]
fn adv_c43_what_was_signed_is_what_is_used() {
    let world = World::new();
    let image = world.image("app");
    let good = payload(&image);
    // A second digest in the payload: one reader takes the first, another one the last.
    let twice = good.replace(
        "\"docker-manifest-digest\":",
        &format!("\"docker-manifest-digest\":\"{OTHER_IMAGE}\",\"docker-manifest-digest\":"),
    );
    world.tag("app", &image, "sig", &[world.signed_layer(&twice)]);
    refused(
        &world.verify(&[], "app:v1"),
        12,
        "Error: no matching signatures: error decoding the payload: payload is not JSON, or names a member twice\n",
    );
    let world = World::new();
    world.image("app");
    attach(
        &world,
        &image,
        &statement(SIGN, &image).replace(
            "\"predicateType\"",
            "\"predicateType\":\"x\",\"predicateType\"",
        ),
    );
    let shown = world.verify(&[], "app:v1");
    assert!(shown.starts_with("exit 12\n"), "{shown}");
    let world = World::new();
    world.image("app");
    // Other white space means the same, and is another payload than the one that was signed.
    let mut layer = world.signed_layer(&good);
    let spaced = good.replace(",\"optional\"", ", \"optional\"");
    layer["digest"] = json!(world.registry.put_blob(spaced.clone()));
    layer["size"] = json!(spaced.len());
    world.tag("app", &image, "sig", &[layer]);
    refused(
        &world.verify(&[], "app:v1"),
        12,
        "Error: no matching signatures: failed to verify signature: ",
    );
    world.tag("app", &image, "sig", &[world.signed_layer(&good)]);
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
}

#[test]
fn adv_c43_a_registry_that_swaps_content_is_found_out() {
    let world = World::new();
    let image = world.image("app");
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(&image))],
    );
    let verify = || world.verify(&[], &format!("app@{image}"));
    assert!(verify().starts_with("exit 0\n"));
    world
        .registry
        .set(|behaviour| behaviour.swapped = Some(Swapped::Blob));
    let shown = verify();
    assert!(shown.starts_with("exit 12\n"), "{shown}");
    assert!(stderr(&shown).contains("blob"), "{shown}");
}

#[test]
fn adv_c57_names_are_shown_harmless_and_compared_as_they_are() {
    let world = World::new();
    let image = world.image("app");
    let hostile = payload(&image)
        .replace("REG/app", "..\\u001b[2J/\u{202e}x")
        .replace("null", "{\"who\":\"\u{9b}me\"}");
    world.tag("app", &image, "sig", &[world.signed_layer(&hostile)]);
    for output in ["json", "text"] {
        let shown = world.verify(&["-o", output], "app:v1");
        assert!(shown.starts_with("exit 0\n"), "{shown}");
        assert!(
            stdout(&shown).contains(r#""docker-reference":"..\u001b[2J/\u202ex""#),
            "{shown}"
        );
        assert!(stdout(&shown).contains(r#""who":"\u009bme""#), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown}");
    }
    let plain = world.verify(&["-a", "who=me"], "app:v1");
    assert!(plain.starts_with("exit 12\n"), "{plain}");
    assert!(!plain.contains(['\u{1b}', '\u{9b}']), "{plain}");
    let exact = world.verify(&["-a", "who=\u{9b}me"], "app:v1");
    assert!(exact.starts_with("exit 0\n"), "{exact}");
}

#[test]
fn a_damaged_attachment_does_not_hide_a_good_one() {
    let world = World::new();
    let image = world.image("app");
    world.attach("app", &image, "no bundle");
    let mut odd = world.signed_layer(&payload(&image));
    odd["annotations"] = json!({});
    world.tag("app", &image, "sig", &[odd]);
    let shown = world.verify(&[], "app:v1");
    assert!(shown.starts_with("exit 12\n"), "{shown}");
    assert!(
        stderr(&shown).contains("not a Sigstore bundle")
            && stderr(&shown).contains("layer has no signature"),
        "{shown}"
    );
    attach(&world, &image, &statement(SIGN, &image));
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
}
