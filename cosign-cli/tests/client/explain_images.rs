//! `verify` and `verify-attestation` with `--explain`: the whole chain of evidence of each signature of an image.

use crate::images::{SIGN, World, payload, statement, stdout};
use crate::masked::masked;
use insta::assert_snapshot;
use serde_json::Value;

const OTHER_IMAGE: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
const V1: &str = "signing_config.rekor_v1.json";
const V2: &str = "signing_config.v0.2.json";

fn signed(shown: &str) {
    assert!(shown.starts_with("exit 0\n"), "{shown}");
}

fn json(shown: &str) -> Value {
    serde_json::from_str(stdout(shown)).unwrap()
}

#[test]
fn a_bundle_of_an_identity() {
    let world = World::new();
    let _instance = world.instance();
    world.image("app");
    signed(&world.sign_keyless(V2, &[], "app:v1"));
    let shown = world.verify_keyless(&["--explain"], "app:v1");
    assert_snapshot!("image_bundle", masked(&shown));
    let shown = world.verify_keyless(&["--explain", "-o", "json"], "app:v1");
    assert_snapshot!("image_bundle_json", masked(&shown));
}

#[test]
fn a_layer_of_an_identity() {
    let world = World::new();
    let _instance = world.instance();
    world.image("app");
    let extra = ["--storage", "tag", "-a", "stage=prod"];
    signed(&world.sign_keyless(V1, &extra, "app:v1"));
    let shown = world.verify_keyless(&["--explain", "-a", "stage=prod"], "app:v1");
    assert_snapshot!("image_layer", masked(&shown));
    let shown = world.verify_keyless(&["--explain", "-o", "json"], "app:v1");
    assert_snapshot!("image_layer_json", masked(&shown));
    // A refusal tells what was expected and found, and what it left open.
    let shown = world.verify_keyless(&["--explain", "-a", "stage=test"], "app:v1");
    assert_snapshot!("image_annotation", masked(&shown));
    let world_of = "--certificate-identity-regexp=^bob@";
    let name = world.name("app:v1");
    let shown = world.cosign(&[
        "verify",
        "--trusted-root=trusted_root.json",
        world_of,
        "--certificate-oidc-issuer-regexp=.*",
        "--explain",
        "-o",
        "json",
        &name,
    ]);
    assert_snapshot!("image_identity_json", masked(&shown));
}

#[test]
fn one_that_holds_among_some_that_do_not() {
    let world = World::new();
    let image = world.image("app");
    let bundle = |text: &str| world.bundle(text).to_json().unwrap();
    world.attach("app", &image, &bundle(&statement(SIGN, OTHER_IMAGE)));
    world.attach("app", &image, &bundle(&statement(CUSTOM, &image)));
    world.attach("app", &image, "{\"mediaType\":\"damaged\"}");
    let layers = [
        payload(OTHER_IMAGE),
        payload(&image),
        "no payload".to_owned(),
    ];
    let layers = layers.map(|payload| world.signed_layer(&payload));
    world.tag("app", &image, "sig", &layers);
    let shown = world.verify(&["--explain"], "app:v1");
    assert_snapshot!("image_mixed", masked(&shown));
    let report = json(&world.verify(&["--explain", "-o", "json"], "app:v1"));
    assert_eq!(report["verified"], true);
    assert_eq!(report["holding"], 1);
    assert_eq!(report["passedOver"], 1);
    assert_eq!(report["unreadable"].as_array().unwrap().len(), 1);
    let verified = report["signatures"].as_array().unwrap().iter();
    let verified: Vec<_> = verified.map(|one| one["verified"].clone()).collect();
    assert_eq!(verified, [false, false, true, false]);
    // Claims that are not checked are not told as if they were.
    let unchecked = world.verify(&["--explain", "--check-claims=false"], "app:v1");
    let off = "not made  claimed-image: switched off by --check-claims=false\n";
    assert_eq!(unchecked.matches(off).count(), 2, "{unchecked}");
    // What is not verified with the flag is not verified without it, and the other way round.
    let plain = world.verify(&[], "app:v1");
    assert!(plain.starts_with("exit 0\n"), "{plain}");
}

#[test]
fn refusals() {
    let world = World::new();
    let image = world.image("app");
    let mut shown = Vec::new();
    let mut run = |what: &str, ran: String| shown.push(format!("# {what}\n{}", masked(&ran)));
    run("no signature", world.verify(&["--explain"], "app:v1"));
    run("no tag", world.verify(&["--explain"], "app:v2"));
    let bundle = world.bundle(&statement(CUSTOM, &image));
    world.attach("app", &image, &bundle.to_json().unwrap());
    run("an attestation", world.verify(&["--explain"], "app:v1"));
    signed(&world.sign(&[], "app:v1"));
    let name = world.name("app:v1");
    let other = ["verify", "--key=other.pub", "--insecure-ignore-tlog"];
    let other = [&other[..], &["--explain", &name]].concat();
    run("another key", world.cosign(&other));
    let _instance = world.instance();
    let identity = [
        "verify",
        "--certificate-identity=a",
        "--certificate-oidc-issuer=b",
        "--explain",
        &name,
    ];
    let root = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
    world.write("root.json", root);
    for (what, root) in [
        ("no certificate", "trusted_root.json"),
        ("nobody to believe", "root.json"),
    ] {
        run(
            what,
            world.cosign_with("COSIGN_TRUSTED_ROOT", root, &identity),
        );
    }
    assert_snapshot!("image_refusals", shown.join("\n"));
}

#[test]
fn attestations_by_their_type() {
    let world = World::new();
    world.image("app");
    world.write("predicate.json", r#"{"a":1}"#);
    let name = world.name("app:v1");
    for storage in ["referrers", "tag"] {
        let keyed = ["attest", "--key=cosign.key", "--signing-config=empty.json"];
        let what = ["--storage", storage, "--predicate=predicate.json", &name];
        signed(&world.cosign(&[&keyed[..], &what].concat()));
    }
    let verify = |extra: &[&str]| {
        let extra = [&["--explain"], extra].concat();
        masked(&world.verify_with("verify-attestation", &extra, "app:v1"))
    };
    assert_snapshot!("image_attestations", verify(&[]));
    assert_snapshot!(
        "image_attestations_other_type",
        verify(&["--type=spdxjson", "-o=json"])
    );
}

#[test]
fn the_accounts_of_all_images_go_to_one_file() {
    let world = World::new();
    let names = ["one", "two"].map(|name| {
        world.image(name);
        signed(&world.sign(&[], &format!("{name}:v1")));
        world.name(&format!("{name}:v1"))
    });
    let [one, two] = &names;
    let keyed = [
        "verify",
        "--key=cosign.pub",
        "--insecure-ignore-tlog",
        "--output-file=out",
    ];
    let shown = world.cosign(&[&keyed[..], &["--explain", one, two]].concat());
    assert!(
        shown.starts_with("exit 0\n--- stdout\n--- stderr\n"),
        "{shown}"
    );
    let text = world.read("out");
    assert_eq!(
        text.matches("\nImage verified: 1 of 1 signatures hold\n")
            .count(),
        2,
        "{text}"
    );
    // So do the signatures themselves.
    let shown = world.cosign(&[&keyed[..], &[one, two]].concat());
    assert!(
        shown.starts_with("exit 0\n--- stdout\n--- stderr\n"),
        "{shown}"
    );
    let lines = world
        .read("out")
        .lines()
        .filter(|line| !line.is_empty())
        .count();
    assert_eq!(lines, 2);
}
