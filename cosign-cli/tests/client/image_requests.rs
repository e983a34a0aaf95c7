//! What a registry is asked for when images are verified: nothing that cannot change the verdict, and all of it before a refusal.

use crate::images::{SIGN, World, statement, stderr, stdout};
use serde_json::json;
use sigbox_testkit::lying_registry::{Behaviour, ReferrersApi};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What was asked for since `before`, one word a request.
fn asked(world: &World, before: usize) -> Vec<&'static str> {
    let kind = |target: &str| match target {
        "/v2/" => "ping",
        target if target.contains("/referrers/") => "list",
        target if target.contains(".sig") => "signatures",
        target if target.contains("/manifests/sha256-") => "list tag",
        target if target.contains("/blobs/") => "blob",
        target if target.contains("/manifests/sha256:") => "manifest",
        target if target.contains("/manifests/") => "name",
        _ => "other",
    };
    let seen = world.registry.seen();
    let since = seen.iter().skip(before);
    since.map(|seen| kind(&seen.target)).collect()
}

fn absent() -> World {
    World::behaving(Behaviour {
        referrers: ReferrersApi::Absent(404),
        ..Behaviour::default()
    })
}

/// Verifies both images in one call, one after the other.
fn verify_both(world: &World, extra: &[&str]) -> String {
    let key = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
    let (one, two) = (world.name("one:v1"), world.name("two:v1"));
    let images = ["--max-workers=1", &one, &two];
    world.cosign(&[&key[..], extra, &images].concat())
}

#[test]
fn an_image_whose_bundle_holds_takes_the_fewest_requests() {
    let world = World::new();
    for image in ["one", "two"] {
        world.image(image);
        world.sign(&["--storage", "both"], &format!("{image}:v1"));
    }
    let before = world.registry.seen().len();
    let verified = verify_both(&world, &[]);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let each = ["name", "list", "manifest", "blob"];
    assert_eq!(asked(&world, before), [each, each].concat());

    // Who wants to be told of all signatures is told of all.
    let before = world.registry.seen().len();
    let told = verify_both(&world, &["--explain"]);
    assert_eq!(
        stdout(&told)
            .matches("\nImage verified: 2 of 2 signatures hold\n")
            .count(),
        2,
        "{told}"
    );
    let each = ["name", "list", "manifest", "blob", "signatures", "blob"];
    assert_eq!(asked(&world, before), [each, each].concat());
}

#[test]
fn a_registry_without_lists_is_asked_for_one_once() {
    let world = absent();
    for image in ["one", "two"] {
        world.image(image);
        world.sign(&[], &format!("{image}:v1"));
    }
    let before = world.registry.seen().len();
    let verified = verify_both(&world, &[]);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    assert_eq!(
        asked(&world, before),
        [
            &["name", "list", "list tag", "manifest", "blob"][..],
            &["name", "list tag", "manifest", "blob"],
        ]
        .concat()
    );
}

#[test]
fn an_image_is_not_refused_before_all_was_asked_for() {
    let world = absent();
    world.image("one");
    world.sign(&[], "one:v1");
    let image = world.image("two");
    let other = ["sign", "--key=other.key", "--signing-config=empty.json"];
    let signed = world.cosign(&[&other[..], &[&world.name("two:v1")]].concat());
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let before = world.registry.seen().len();
    let refusal = "\nError: no matching signatures: ";
    let shown = verify_both(&world, &[]);
    assert!(stderr(&shown).contains(refusal), "{shown}");
    assert_eq!(
        asked(&world, before),
        [
            &["name", "list", "list tag", "manifest", "blob"][..],
            &["name", "list tag", "manifest", "blob"],
            &["list", "list tag", "signatures"],
        ]
        .concat()
    );
    // A signature under the tag beside a bundle that does not hold.
    world.sign(&["--storage", "tag"], "two:v1");
    let verified = verify_both(&world, &[]);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    assert_eq!(world.image("two"), image);
}

#[test]
fn adv_c41_one_registry_without_lists_does_not_hide_those_of_another_behind_the_same_name() {
    let world = World::behaving(Behaviour {
        referrers: ReferrersApi::AbsentFor("one"),
        ..Behaviour::default()
    });
    world.image("one");
    world.sign(&["--storage", "both"], "one:v1");
    let image = world.image("two");
    // A list at the tag that nobody keeps any more, as from before the registry kept lists: of nothing that counts.
    let stale = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).to_string();
    let tag = image.replace(':', "-");
    world.registry.put_manifest("two", Some(&tag), INDEX, stale);
    let bundle = world.bundle(&statement(SIGN, &image)).to_json().unwrap();
    let shown = verify_both(&world, &[]);
    assert!(shown.starts_with("exit 10\n"), "{shown}");
    world.attach("two", &image, &bundle);
    let before = world.registry.seen().len();
    let verified = verify_both(&world, &[]);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let second = ["name", "list tag", "list", "manifest", "blob", "signatures"];
    assert_eq!(asked(&world, before).last_chunk(), Some(&second));
    // Everything that there is was looked at, and still a stranger's key is refused.
    let other = ["verify", "--key=other.pub", "--insecure-ignore-tlog"];
    let names = ["--max-workers=1", &world.name("two:v1")];
    let stranger = world.cosign(&[&other[..], &names].concat());
    assert!(stranger.starts_with("exit 12\n"), "{stranger}");
}
