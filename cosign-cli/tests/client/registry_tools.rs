//! Listing and removing what a registry holds about an image.

use crate::command::Cosign;
use crate::images::{World, stdout};
use serde_json::Value;
use sigbox_testkit::lying_registry::{Behaviour, LyingRegistry, ReferrersApi};

const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

fn tag(digest: &str, suffix: &str) -> String {
    format!("{}.{suffix}", digest.replace(':', "-"))
}

fn json(world: &World, name: &str) -> Value {
    serde_json::from_slice(&world.registry.manifest("app", name).unwrap()).unwrap()
}

/// An image with a signature in each storage; its digest.
fn signed(world: &World) -> String {
    let digest = world.image("app");
    for storage in ["tag", "referrers"] {
        let signed = world.sign(&["--storage", storage], &format!("app@{digest}"));
        assert!(signed.starts_with("exit 0\n"), "{signed}");
    }
    digest
}

/// The last manifest that was stored by its digest: the bundle's.
fn bundle_of(world: &World) -> String {
    let seen = world.registry.seen();
    let stored = seen.iter().rev().filter(|seen| seen.method == "PUT");
    let mut digests = stored.filter_map(|seen| seen.target.split_once("/manifests/sha256:"));
    format!("sha256:{}", digests.next().unwrap().1)
}

#[test]
fn a_tree_shows_both_storages() {
    for referrers in [ReferrersApi::default(), ReferrersApi::Absent(404)] {
        let world = World::behaving(Behaviour {
            referrers,
            ..Behaviour::default()
        });
        let digest = signed(&world);
        let bundle = bundle_of(&world);
        let layer = |name: &str| json(&world, name)["layers"][0]["digest"].clone();
        let (signature, in_bundle) = (layer(&tag(&digest, "sig")), layer(&bundle));
        let expected = format!(
            "exit 0\n--- stdout\n📦 Supply Chain Security Related artifacts for an image: REG/app:v1\n\
             └── 🔐 Signatures for an image tag: REG/app:{}\n   └── 🍒 {}\n\
             └── 🔗 {SIGN} artifacts via OCI referrer: REG/app@{bundle}\n   └── 🍒 {}\n--- stderr\n",
            tag(&digest, "sig"),
            signature.as_str().unwrap(),
            in_bundle.as_str().unwrap()
        );
        assert_eq!(world.cosign(&["tree", &world.name("app:v1")]), expected);
    }
}

#[test]
fn a_tree_of_nothing_says_so_and_one_of_no_image_fails() {
    let world = World::new();
    world.image("app");
    assert_eq!(
        world.cosign(&["tree", &world.name("app:v1")]),
        "exit 0\n--- stdout\n📦 Supply Chain Security Related artifacts for an image: REG/app:v1\n\
         No Supply Chain Security Related Artifacts found for image REG/app:v1,\n \
         start creating one with simply running$ cosign sign <img>\n--- stderr\n"
    );
    let missing = world.cosign(&["tree", &world.name("app:v2")]);
    let begins = "exit 1\n--- stdout\n--- stderr\nError: entity not found in registry, error: GET http://REG/v2/app/manifests/v2: MANIFEST_UNKNOWN: ";
    assert!(missing.starts_with(begins), "{missing}");
    assert_eq!(
        world.cosign(&["tree"]),
        "exit 1\n--- stdout\n--- stderr\nError: accepts 1 arg(s), received 0\n"
    );
}

#[test]
fn triangulate_names_tags_and_digests() {
    let world = World::new();
    let digest = world.image("app");
    let run = |kind: &str| world.cosign(&["triangulate", "--type", kind, &world.name("app:v1")]);
    let line = |name: &str| format!("exit 0\n--- stdout\n{name}\n--- stderr\n");
    for (kind, suffix) in [("signature", "sig"), ("attestation", "att")] {
        let name = format!("REG/app:{}", tag(&digest, suffix));
        assert_eq!(run(kind), line(&name));
    }
    assert_eq!(run("digest"), line(&format!("REG/app@{digest}")));
    assert_eq!(
        stdout(&run("sbom")),
        format!("REG/app:{}\n", tag(&digest, "sbom"))
    );
    assert_eq!(
        run("zz"),
        "exit 1\n--- stdout\n--- stderr\nError: unknown attachment type zz\n"
    );
    // A digest says it all: nobody is asked.
    let name = format!("127.0.0.1:9/app@{digest}");
    assert_eq!(
        Cosign::new(&["triangulate", &name]).run(),
        line(&format!("127.0.0.1:9/app:{}", tag(&digest, "sig")))
    );
}

#[test]
fn clean_removes_what_is_named_and_tells() {
    let world = World::new();
    let digest = signed(&world);
    let bundle = bundle_of(&world);
    let image = world.name("app:v1");
    let signatures = world.cosign(&["clean", "-f", "--type", "signature", &image]);
    assert_eq!(
        signatures,
        format!(
            "exit 0\n--- stdout\n--- stderr\nWARNING: image has referrers, consider using --type referrer\n\
             Removed REG/app:{} from REG/app:v1\n",
            tag(&digest, "sig")
        )
    );
    assert_eq!(world.registry.manifest("app", &tag(&digest, "sig")), None);
    assert_eq!(
        world.cosign(&["clean", "-f", &image]),
        format!("exit 0\n--- stdout\n--- stderr\nRemoved REG/app@{bundle} from REG/app:v1\n")
    );
    assert_eq!(world.registry.manifest("app", &bundle), None);
    assert_eq!(
        world.cosign(&["clean", "-f", &image]),
        "exit 0\n--- stdout\n--- stderr\n"
    );
    assert!(world.registry.manifest("app", "v1").is_some());
}

#[test]
fn clean_takes_a_bundle_off_the_list_at_the_tag() {
    let world = World::behaving(Behaviour {
        referrers: ReferrersApi::Absent(404),
        ..Behaviour::default()
    });
    let digest = signed(&world);
    let list = digest.replace(':', "-");
    assert_eq!(
        json(&world, &list)["manifests"].as_array().unwrap().len(),
        1
    );
    let bundle = bundle_of_list(&world.registry, &list);
    let cleaned = world.cosign(&["clean", "-f", "--type=referrer", &world.name("app:v1")]);
    assert_eq!(
        cleaned,
        format!("exit 0\n--- stdout\n--- stderr\nRemoved REG/app@{bundle} from REG/app:v1\n")
    );
    assert_eq!(
        json(&world, &list)["manifests"].as_array().unwrap().len(),
        0
    );
}

fn bundle_of_list(registry: &LyingRegistry, list: &str) -> String {
    let list: Value = serde_json::from_slice(&registry.manifest("app", list).unwrap()).unwrap();
    let digest = list["manifests"][0]["digest"].as_str();
    digest.unwrap().to_owned()
}

#[test]
fn clean_asks_first_and_knows_its_types() {
    let world = World::new();
    let digest = signed(&world);
    let image = world.name("app:v1");
    assert_eq!(
        world.cosign(&["clean", &image]),
        "exit 1\n--- stdout\n--- stderr\nWARNING: this will remove all signatures, SBOMs and attestations from the image\n\
         Are you sure you would like to continue? [y/N] \nError: user declined the prompt\n"
    );
    assert!(
        world
            .registry
            .manifest("app", &tag(&digest, "sig"))
            .is_some()
    );
    assert_eq!(
        world.cosign(&["clean", "-f", "--type", "zz", &image]),
        "exit 1\n--- stdout\n--- stderr\nError: invalid argument \"zz\" for \"--type\" flag: must be one of \"signature\", \
         \"attestation\", \"referrer\", \"sbom\", or \"all\"\n"
    );
}

#[test]
fn trees_and_names_of_tags_are_printed_for_programs_too() {
    let world = World::new();
    let digest = signed(&world);
    let bundle = bundle_of(&world);
    let name = world.name("app:v1");
    let shown = world.cosign(&["tree", "-o", "json", &name]);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let found: Value = serde_json::from_str(stdout(&shown)).unwrap();
    let layer = |name: &str| json(&world, name)["layers"][0]["digest"].clone();
    let sig = tag(&digest, "sig");
    assert_eq!(
        found,
        serde_json::json!({
            "image": "REG/app:v1",
            "digest": digest,
            "artifacts": [
                {"kind": "signature", "name": format!("REG/app:{sig}"), "layers": [layer(&sig)]},
                {"kind": "referrer", "name": format!("REG/app@{bundle}"), "type": SIGN, "layers": [layer(&bundle)]},
            ],
        })
    );
    world
        .registry
        .set(|behaviour| behaviour.referrer_count = Some(1));
    let shown = world.cosign(&["tree", "-o", "json", &name]);
    let found: Value = serde_json::from_str(stdout(&shown)).unwrap();
    assert_eq!(found["artifacts"][1]["type"], "a/b");
    assert!(
        found["artifacts"][1].get("layers").is_none(),
        "it is not there: {found}"
    );
    let shown = world.cosign(&["triangulate", "-o", "json", "--type", "attestation", &name]);
    let found: Value = serde_json::from_str(stdout(&shown)).unwrap();
    assert_eq!(
        found,
        serde_json::json!({
            "image": "REG/app:v1",
            "digest": digest,
            "type": "attestation",
            "name": format!("REG/app:{}", tag(&digest, "att")),
        })
    );
}
