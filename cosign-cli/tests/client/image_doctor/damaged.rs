//! Registries that hold what cannot be read, or lists of what is not there.

use super::{doctor, found, refers_to};
use crate::images::{ENVELOPE_LAYER, SIGN, World, payload, statement, stderr, stdout};
use serde_json::{Value, json};
use sigbox_testkit::lying_registry::{Behaviour, ReferrersApi, Swapped, Trouble};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const OTHER: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// All problems, those of the image first.
fn problems(json: &Value) -> Vec<String> {
    let found = json["found"].as_array().unwrap().iter();
    let all = std::iter::once(json).chain(found);
    let texts = all.flat_map(|one| one["problems"].as_array().unwrap());
    texts.map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The doctor fails, and says this alone.
#[track_caller]
fn damaged(world: &World, expected: &str) -> Value {
    let (code, json) = doctor(world, &[], "app:v1");
    assert_eq!(code, "exit 1", "{json}");
    assert_eq!(problems(&json), [expected]);
    json
}

fn without_api() -> World {
    World::behaving(Behaviour {
        referrers: ReferrersApi::Absent(404),
        ..Behaviour::default()
    })
}

/// Puts a list at the tag where clients keep it.
fn list_at_tag(world: &World, image: &str, entries: &[Value]) {
    let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
    let tag = image.replace(':', "-");
    world
        .registry
        .put_manifest("app", Some(&tag), INDEX, list.to_string());
}

fn entry(digest: &str, size: usize) -> Value {
    json!({"mediaType": MANIFEST, "digest": digest, "size": size, "artifactType": BUNDLE})
}

#[test]
fn a_bundle_that_is_none_is_damage_beside_one_that_is_good() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    world.attach("app", &image, "no bundle");
    let json = damaged(&world, "not a Sigstore bundle");
    let mut all = found(&json);
    all.sort();
    assert_eq!(
        all,
        [
            "referrer other: ",
            "referrer signature: cosign-v3 this-cosign",
            "tag signature: cosign-v2 this-cosign"
        ]
    );
    assert_eq!(json["missing"], json!([]));
    let shown = world.cosign(&["image", "doctor", &world.name("app:v1")]);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(stdout(&shown).contains("\n  found by: nobody\n  problem: not a Sigstore bundle\n"));
    assert_eq!(
        stderr(&shown),
        "Error: what is stored about REG/app:v1 is damaged: 1 problem\n"
    );
}

#[test]
fn a_damaged_bundle_is_no_signature_and_is_advised_against_by_a_new_one() {
    let world = World::new();
    let image = world.image("app");
    world.attach(
        "app",
        &image,
        &world.bundle("no statement").to_json().unwrap(),
    );
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 1");
    assert_eq!(problems(&json), ["payload is not an in-toto statement"]);
    // The real client reads the bundle, and then no tag.
    assert_eq!(found(&json), ["referrer other: cosign-v3 this-cosign"]);
    let advice = format!("cosign sign --storage both REG/app@{image}");
    assert_eq!(json["missing"][0]["command"], json!(advice));
}

#[test]
fn content_that_was_exchanged_is_damage() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    world
        .registry
        .set(|behaviour| behaviour.swapped = Some(Swapped::Blob));
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 1", "{json}");
    let all = problems(&json);
    assert_eq!(all.len(), 2, "{all:?}");
    for one in all {
        assert!(one.starts_with("digest of blob: expected sha256:"), "{one}");
    }
    assert_eq!(found(&json), ["referrer other: ", "tag other: "]);
}

#[test]
fn an_entry_of_a_manifest_that_is_not_there_is_damage() {
    let world = without_api();
    let image = world.image("app");
    list_at_tag(&world, &image, &[entry(OTHER, 100)]);
    damaged(&world, "it is listed, but its manifest is not there");
    // The registry's own list.
    let world = World::new();
    world.image("app");
    world
        .registry
        .set(|behaviour| behaviour.referrer_count = Some(1));
    damaged(&world, "it is listed, but its manifest is not there");
}

#[test]
fn an_entry_that_is_no_bundle_of_this_image_is_damage() {
    let world = without_api();
    let image = world.image("app");
    let index = world.index("app", &[&image]);
    let list = |digest: &str| list_at_tag(&world, &image, &[stored(&world, digest)]);
    list(&refers_to(&world, &image, BUNDLE, "application/json"));
    damaged(
        &world,
        "it says that it is a bundle, and has not one layer with a bundle",
    );
    let bundle = world.bundle(&statement(SIGN, &index)).to_json().unwrap();
    list(&world.attach("app", &index, &bundle));
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 1");
    assert_eq!(
        problems(&json),
        [
            format!("it is listed, but refers to {index}"),
            "its statement is not about this image".to_owned()
        ]
    );
    list(&image);
    damaged(&world, "it is listed, but refers to nothing");
}

/// The entry of a manifest that is there.
fn stored(world: &World, digest: &str) -> Value {
    let size = world.registry.manifest("app", digest).unwrap().len();
    entry(digest, size)
}

#[test]
fn what_only_the_list_at_the_tag_knows_is_lost_on_a_registry_with_a_list() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    list_at_tag(&world, &image, &[entry(OTHER, 100)]);
    let tag = image.replace(':', "-");
    damaged(
        &world,
        &format!(
            "{OTHER} is listed at REG/app:{tag} only, where nobody looks: this registry keeps the list itself, and does not list it"
        ),
    );
    // A list that repeats the registry's is harmless.
    let (_, json) = doctor(&world, &[], "app:v1");
    let known = json["found"][0]["digest"].as_str().unwrap();
    list_at_tag(&world, &image, &[stored(&world, known)]);
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!((code.as_str(), problems(&json)), ("exit 0", Vec::new()));
}

#[test]
fn an_image_in_the_place_of_the_list_is_damage_where_it_is_read() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    let tag = image.replace(':', "-");
    let bytes = world.registry.manifest("app", &image).unwrap();
    world
        .registry
        .put_manifest("app", Some(&tag), MANIFEST, bytes.clone());
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 0");
    assert_eq!(
        json["notes"],
        json!([format!(
            "REG/app:{tag} is an image; on a registry that keeps no list of referrers it would stand in the place of that list"
        )])
    );
    world
        .registry
        .set(|behaviour| behaviour.referrers = ReferrersApi::Absent(404));
    let json = damaged(
        &world,
        &format!(
            "the list of what refers to the image cannot be read: the manifest is ambiguous: expected {INDEX}, found {MANIFEST}"
        ),
    );
    assert_eq!(
        found(&json),
        ["tag signature: cosign-v2 cosign-v3 this-cosign"]
    );
}

#[test]
fn tags_and_layers_of_wrong_types_are_damage() {
    let world = World::new();
    let image = world.image("app");
    let tag = format!("{}.sig", image.replace(':', "-"));
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []});
    world
        .registry
        .put_manifest("app", Some(&tag), INDEX, index.to_string());
    damaged(
        &world,
        &format!("REG/app:{tag}: an index, in which nobody looks for signatures"),
    );
    world.tag("app", &image, "sig", &[]);
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 0");
    assert_eq!(
        json["notes"],
        json!([format!("REG/app:{tag} is there, and holds nothing")])
    );
    let mut envelope = world.signed_layer(&payload(&image));
    envelope["mediaType"] = json!(ENVELOPE_LAYER);
    world.tag("app", &image, "sig", &[envelope]);
    damaged(
        &world,
        "expected a layer of type application/vnd.dev.cosign.simplesigning.v1+json, found application/vnd.dsse.envelope.v1+json",
    );
    let mut unsigned = world.signed_layer(&payload(&image));
    unsigned["annotations"] = json!({});
    world.tag("app", &image, "sig", &[unsigned]);
    damaged(&world, "layer has no signature");
    world.tag("app", &image, "sig", &[world.signed_layer(&payload(OTHER))]);
    damaged(&world, &format!("its payload is about {OTHER}"));
    let mut gone = world.signed_layer(&payload(&image));
    gone["digest"] = json!(OTHER);
    world.tag("app", &image, "sig", &[gone.clone()]);
    damaged(&world, "it is listed, but it is not there");
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(&image))],
    );
    world.tag("app", &image, "sbom", &[gone]);
    damaged(&world, "it is listed, but it is not there");
}

#[test]
fn a_registry_that_does_not_answer_is_not_the_images_fault() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    world.registry.set(|behaviour| {
        behaviour.trouble = Some(Trouble {
            status: 500,
            times: 100,
            retry_after: None,
            message: "on fire".to_owned(),
        });
    });
    let shown = world.cosign(&["image", "doctor", &world.name("app:v1")]);
    assert!(shown.starts_with("exit 3\n"), "{shown}");
    assert!(stdout(&shown).is_empty(), "{shown}");
    world.registry.set(|behaviour| {
        behaviour.trouble = None;
        behaviour.referrers = ReferrersApi::Absent(403);
    });
    let shown = world.cosign(&["image", "doctor", &world.name("app:v1")]);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(stdout(&shown).is_empty(), "{shown}");
}
