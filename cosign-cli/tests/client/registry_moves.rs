//! Images with all that is known about them: saved, verified from the directory, loaded, copied.

mod hostile;

use crate::images::{World, refused, statement, stderr, stdout};
use serde_json::Value;
use sigbox_testkit::lying_registry::{Behaviour, BodyLie, ReferrersApi};

const OK: &str = "exit 0\n--- stdout\n--- stderr\n";
const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";

fn index(world: &World) -> Value {
    serde_json::from_str(&world.read("saved/index.json")).unwrap()
}

fn sign(world: &World, storage: &str, image: &str) {
    let signed = world.sign(&["--storage", storage], image);
    assert!(signed.starts_with("exit 0\n"), "{signed}");
}

fn save(world: &World, image: &str) -> String {
    world.cosign(&["save", "--dir", "saved", &world.name(image)])
}

fn load(world: &World, image: &str) -> String {
    world.cosign(&["load", "--dir", "saved", &world.name(image)])
}

fn verify_local(world: &World, command: &str) -> String {
    let keyed = [
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
        "--local-image",
        "saved",
    ];
    world.cosign(&[&[command][..], &keyed].concat())
}

fn signatures(shown: &str) -> usize {
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    stdout(shown).matches("docker-manifest-digest").count()
}

/// How many signatures of an image hold, in both storages of its registry.
fn holding(world: &World, image: &str) -> Value {
    let shown = world.verify(&["--explain", "-o", "json"], image);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let report: Value = serde_json::from_str(stdout(&shown)).unwrap();
    report["holding"].clone()
}

#[test]
fn what_is_saved_verifies_in_the_directory_and_where_it_is_loaded() {
    let world = World::new();
    let digest = world.image("app");
    sign(&world, "both", "app:v1");
    let attestation = world.bundle(&statement(CUSTOM, &digest)).to_json().unwrap();
    world.attach("app", &digest, &attestation);
    assert_eq!(save(&world, "app:v1"), OK);
    let entries = index(&world);
    let kinds = entries["manifests"].as_array().unwrap().iter();
    let kinds: Vec<&str> = kinds
        .map(|one| one["annotations"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "dev.cosignproject.cosign/image",
            "dev.cosignproject.cosign/sigs"
        ]
    );
    assert_eq!(entries["manifests"][0]["digest"], digest);

    let verified = verify_local(&world, "verify");
    assert_eq!(signatures(&verified), 2);
    let head = "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability verification for the signature.\n\
        \nVerification for saved --\n";
    assert!(stderr(&verified).starts_with(head), "{verified}");
    let element = format!(
        r#"{{"critical":{{"identity":{{"docker-reference":""}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"https://sigstore.dev/cosign/sign/v1"}},"optional":{{}}}}"#
    );
    assert!(stdout(&verified).contains(&element), "{verified}");
    let attested = verify_local(&world, "verify-attestation");
    assert_eq!(stdout(&attested).lines().count(), 1, "{attested}");

    assert_eq!(load(&world, "moved:v2"), OK);
    assert_eq!(holding(&world, "moved:v2"), 2);
    let attested = world.verify_with("verify-attestation", &[], &format!("moved@{digest}"));
    assert_eq!(stdout(&attested).lines().count(), 1, "{attested}");
    // Again, nothing changes.
    assert_eq!(save(&world, "app:v1"), OK);
    assert_eq!(load(&world, "moved:v2"), OK);
    assert_eq!(holding(&world, "moved:v2"), 2);
}

#[test]
fn an_index_is_saved_with_its_images_and_the_signatures_of_each() {
    for referrers in [ReferrersApi::default(), ReferrersApi::Absent(404)] {
        let world = World::behaving(Behaviour {
            referrers,
            ..Behaviour::default()
        });
        let member = world.image("app");
        world.index("app", &[&member]);
        let signed = world.sign(&["--storage", "both", "--recursive"], "app:all");
        assert!(signed.starts_with("exit 0\n"), "{signed}");
        assert_eq!(save(&world, "app:all"), OK);
        let kind = index(&world)["manifests"][0]["annotations"]["kind"].clone();
        assert_eq!(kind, "dev.cosignproject.cosign/imageIndex");
        assert_eq!(signatures(&verify_local(&world, "verify")), 2);
        assert_eq!(load(&world, "moved:all"), OK);
        for image in ["moved:all".to_owned(), format!("moved@{member}")] {
            assert_eq!(holding(&world, &image), 2);
        }
    }
}

#[test]
fn signatures_that_are_there_stay_when_others_are_loaded() {
    let world = World::new();
    let digest = world.image("app");
    sign(&world, "tag", "app:v1");
    assert_eq!(save(&world, "app:v1"), OK);
    assert_eq!(world.image("app"), digest);
    world.tag("app", &digest, "sig", &[]);
    sign(&world, "tag", "app:v1");
    assert_eq!(holding(&world, "app:v1"), 1);
    assert_eq!(load(&world, "app:v1"), OK);
    assert_eq!(holding(&world, "app:v1"), 2);
}

#[test]
fn a_directory_that_is_none_is_refused_in_the_words_of_the_real_client() {
    let world = World::new();
    assert_eq!(
        world.cosign(&["load", "--dir", "none", &world.name("app:v1")]),
        "exit 1\n--- stdout\n--- stderr\nError: signed image index: stat none/index.json: no such file or directory\n"
    );
    assert_eq!(
        world.cosign(&["load", &world.name("app:v1")]),
        "exit 1\n--- stdout\n--- stderr\nError: required flag(s) \"dir\" not set\n"
    );
    let verified = world.cosign(&[
        "verify",
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
        "--local-image",
        "none",
    ]);
    assert!(
        stderr(&verified).ends_with(
            "\nError: checking local image format: loading OCI layout from none: stat none/index.json: no such file or directory\n"
        ),
        "{verified}"
    );
}

#[test]
fn an_interrupted_save_leaves_a_directory_without_an_image() {
    let world = World::new();
    world.image("app");
    world
        .registry
        .set(|behaviour| behaviour.blob_body = BodyLie::Cut);
    let broken = save(&world, "app:v1");
    assert!(broken.starts_with("exit 1\n"), "{broken}");
    assert_eq!(index(&world)["manifests"].as_array().unwrap().len(), 0);
    refused(
        &load(&world, "moved:v1"),
        1,
        "Error: the directory holds no image\n",
    );
    world
        .registry
        .set(|behaviour| *behaviour = Behaviour::default());
    assert_eq!(save(&world, "app:v1"), OK);
    assert_eq!(load(&world, "moved:v1"), OK);
}

#[test]
fn a_copy_has_signatures_in_both_storages_and_no_tag_too_many() {
    let world = World::new();
    let digest = world.image("app");
    sign(&world, "both", "app:v1");
    let copied = world.cosign(&["copy", &world.name("app:v1"), &world.name("copy:v2")]);
    let tag = digest.replace(':', "-");
    let lines: Vec<&str> = stderr(&copied).lines().collect();
    assert_eq!(lines.len(), 3, "{copied}");
    assert_eq!(
        lines[0],
        format!("Copying REG/app:{tag}.sig to REG/copy:{tag}.sig...")
    );
    assert_eq!(
        lines[2],
        format!("Copying REG/app@{digest} to REG/copy:v2...")
    );
    assert_eq!(holding(&world, "copy:v2"), 2);
    assert_eq!(world.registry.manifest("copy", &tag), None);
    // The image's tag comes last.
    let seen = world.registry.seen();
    let last = seen.iter().rev().find(|seen| seen.method == "PUT").unwrap();
    assert_eq!(last.target, "/v2/copy/manifests/v2");
}

#[test]
fn a_copy_replaces_another_image_on_demand_only() {
    let world = World::new();
    world.image("app");
    let other = world.image("other");
    let (from, to) = (world.name("app:v1"), world.name("other:v1"));
    refused(
        &world.cosign(&["copy", &from, &to]),
        1,
        "Error: image \"REG/other:v1\" already exists. Use `-f` to overwrite\n",
    );
    let there = world.registry.manifest("other", "v1").unwrap();
    assert_eq!(there, world.registry.manifest("other", &other).unwrap());
    assert!(
        world
            .cosign(&["copy", "-f", &from, &to])
            .starts_with("exit 0\n")
    );
    // The same image again replaces nothing.
    assert!(world.cosign(&["copy", &from, &to]).starts_with("exit 0\n"));
    assert_eq!(
        world.cosign(&["copy", &from]),
        "exit 1\n--- stdout\n--- stderr\nError: accepts 2 arg(s), received 1\n"
    );
}

#[test]
fn parts_are_copied_to_an_image_that_is_there() {
    let world = World::new();
    let digest = world.image("app");
    sign(&world, "both", "app:v1");
    let image = world.registry.manifest("app", &digest).unwrap();
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    world
        .registry
        .put_manifest("copy", Some("v1"), media_type, image);
    let (from, to) = (world.name("app:v1"), world.name("copy:v1"));
    assert_eq!(
        world.cosign(&["copy", "--only", "att,sbom", &from, &to]),
        OK
    );
    refused(
        &world.verify(&[], "copy:v1"),
        10,
        "Error: no signatures found\n",
    );
    let copied = world.cosign(&["copy", "--only=sig", &from, &to]);
    assert_eq!(stderr(&copied).lines().count(), 2, "{copied}");
    assert_eq!(holding(&world, "copy:v1"), 2);
}
