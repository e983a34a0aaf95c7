//! Who finds what an image has, and what would add what is missing: on honest registries.

mod damaged;
mod hostile;

use crate::images::{World, refused, statement, stderr, stdout};
use serde_json::{Value, json};
use sigbox_testkit::lying_registry::{Behaviour, ReferrersApi};

const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";

/// What the doctor says of an image, as JSON, and its exit code.
fn doctor(world: &World, extra: &[&str], image: &str) -> (String, Value) {
    let name = world.name(image);
    let arguments = [&["image", "doctor", "-o", "json"], extra, &[&name]].concat();
    let shown = world.cosign(&arguments);
    let json = serde_json::from_str(stdout(&shown)).unwrap_or_else(|_| panic!("{shown}"));
    let code = shown.lines().next().unwrap().to_owned();
    (code, json)
}

/// Storage, kind and readers of everything that was found.
fn found(json: &Value) -> Vec<String> {
    let all = json["found"].as_array().unwrap().iter();
    let text = |one: &Value| one.as_str().unwrap().to_owned();
    all.map(|one| {
        let readers: Vec<String> = one["foundBy"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        let (storage, kind) = (text(&one["storage"]), text(&one["kind"]));
        format!("{storage} {kind}: {}", readers.join(" "))
    })
    .collect()
}

fn no_problem(code: &str, json: &Value) {
    assert_eq!(code, "exit 0", "{json}");
    assert_eq!(json["problems"], json!([]), "{json}");
    for one in json["found"].as_array().unwrap() {
        assert_eq!(one["problems"], json!([]), "{json}");
    }
}

/// Runs the commands that are advised, with the key and a predicate.
fn follow(world: &World, json: &Value) {
    let host = world.name("");
    for missing in json["missing"].as_array().unwrap() {
        let command = missing["command"].as_str().unwrap();
        let command = command
            .replace("FILE", "predicate.json")
            .replace("REG/", &host);
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let keyed = ["--key", "cosign.key", "--signing-config", "empty.json"];
        let shown = world.cosign(&[&words[..1], &keyed, &words[1..]].concat());
        assert!(shown.starts_with("exit 0\n"), "{command}: {shown}");
    }
}

#[test]
fn an_image_without_signatures_is_told_how_to_get_one() {
    let world = World::new();
    let image = world.image("app");
    let name = world.name("app:v1");
    assert_eq!(
        world.cosign(&["image", "doctor", &name]),
        format!(
            "exit 0\n--- stdout\nREG/app:v1\n  digest: {image}\n  list of referrers: kept by the registry\n\n\
             nothing is signed or attested\n\nmissing: a signature in either form\n  \
             to add it: cosign sign --storage both REG/app@{image}\n--- stderr\n"
        )
    );
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 0");
    assert_eq!(
        json,
        json!({
            "image": "REG/app:v1", "digest": image, "referrers": "registry", "found": [], "problems": [], "notes": [],
            "missing": [{
                "kind": "signature", "storage": ["referrer", "tag"],
                "command": format!("cosign sign --storage both REG/app@{image}"),
            }],
        })
    );
    follow(&world, &json);
    let (code, json) = doctor(&world, &[], "app:v1");
    no_problem(&code, &json);
    assert_eq!(json["missing"], json!([]), "{json}");
}

#[test]
fn readers_follow_from_what_there_is_and_the_advice_adds_the_rest() {
    let bundle = "referrer signature: cosign-v3 this-cosign";
    for api in [
        ReferrersApi::Kept,
        ReferrersApi::Silent,
        ReferrersApi::Absent(404),
    ] {
        for (storage, before, command) in [
            ("referrers", bundle, "sign --storage tag"),
            (
                "tag",
                "tag signature: cosign-v2 cosign-v3 this-cosign",
                "sign --storage referrers",
            ),
        ] {
            let world = World::behaving(Behaviour {
                referrers: api.clone(),
                ..Behaviour::default()
            });
            let image = world.image("app");
            let signed = world.sign(&["--storage", storage], &format!("app@{image}"));
            assert!(signed.starts_with("exit 0\n"), "{signed}");
            let (code, json) = doctor(&world, &[], "app:v1");
            no_problem(&code, &json);
            assert_eq!(found(&json), [before], "{api:?} {json}");
            let advice = format!("cosign {command} REG/app@{image}");
            assert_eq!(json["missing"][0]["command"], json!(advice));
            follow(&world, &json);
            let (code, json) = doctor(&world, &[], "app:v1");
            no_problem(&code, &json);
            // Once there is a bundle, version 3 of the real client reads no tag.
            assert_eq!(
                found(&json),
                [bundle, "tag signature: cosign-v2 this-cosign"]
            );
            assert_eq!(json["missing"], json!([]));
        }
    }
}

#[test]
fn attestations_are_told_apart_by_their_types() {
    let world = World::new();
    let image = world.image("app");
    world.write("predicate.json", "{}");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    let attest = |storage: &str, of: &str| {
        let name = world.name(&format!("app@{image}"));
        let keyed = [
            "attest",
            "--key",
            "cosign.key",
            "--signing-config",
            "empty.json",
        ];
        let what = [
            "--predicate",
            "predicate.json",
            "--storage",
            storage,
            "--type",
            of,
            &name,
        ];
        let shown = world.cosign(&[&keyed[..], &what].concat());
        assert!(shown.starts_with("exit 0\n"), "{shown}");
    };
    attest("tag", "custom");
    attest("referrers", "https://example.test/a?b=c&d");
    let (code, json) = doctor(&world, &[], "app:v1");
    no_problem(&code, &json);
    let missing = |at: usize, name: &str| json["missing"][at][name].clone();
    assert_eq!(missing(0, "predicateType"), json!(CUSTOM));
    assert_eq!(
        missing(0, "command"),
        json!(format!(
            "cosign attest --storage referrers --type custom --predicate FILE REG/app@{image}"
        ))
    );
    // What a shell would take for more than one word is quoted.
    assert_eq!(
        missing(1, "command"),
        json!(format!(
            "cosign attest --storage tag --type 'https://example.test/a?b=c&d' --predicate FILE REG/app@{image}"
        ))
    );
    assert_eq!(json["missing"].as_array().unwrap().len(), 2);
    attest("referrers", "custom");
    attest("tag", "https://example.test/a?b=c&d");
    let (code, json) = doctor(&world, &[], "app:v1");
    no_problem(&code, &json);
    assert_eq!(json["missing"], json!([]), "{json}");
    let attestations = found(&json)
        .into_iter()
        .filter(|one| one.contains("attestation"));
    assert_eq!(
        attestations.collect::<Vec<_>>(),
        [
            "referrer attestation: cosign-v3 this-cosign",
            "referrer attestation: cosign-v3 this-cosign",
            "tag attestation: cosign-v2 this-cosign",
            "tag attestation: cosign-v2 this-cosign"
        ]
    );
}

#[test]
fn an_attestation_as_a_bundle_hides_a_signature_under_the_tag() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "tag"], &format!("app@{image}"));
    let bundle = world.bundle(&statement(CUSTOM, &image));
    world.attach("app", &image, &bundle.to_json().unwrap());
    let (code, json) = doctor(&world, &[], "app:v1");
    no_problem(&code, &json);
    assert_eq!(
        found(&json),
        [
            "referrer attestation: cosign-v3 this-cosign",
            "tag signature: cosign-v2 this-cosign"
        ]
    );
    let advice = format!("cosign sign --storage referrers REG/app@{image}");
    assert_eq!(json["missing"][0]["command"], json!(advice));
}

#[test]
fn a_prefix_of_tags_is_looked_for_and_advised() {
    let world = World::new();
    let image = world.image("app");
    let prefix = ["--attachment-tag-prefix", "ci-"];
    let sign = [&["--storage", "both"], &prefix[..]].concat();
    world.sign(&sign, &format!("app@{image}"));
    let (_, with) = doctor(&world, &prefix, "app:v1");
    assert_eq!(with["missing"], json!([]), "{with}");
    let (_, without) = doctor(&world, &[], "app:v1");
    assert_eq!(
        without["missing"][0]["command"],
        json!(format!("cosign sign --storage tag REG/app@{image}"))
    );
    let world = World::new();
    let image = world.image("app");
    let (_, json) = doctor(&world, &prefix, "app:v1");
    assert_eq!(
        json["missing"][0]["command"],
        json!(format!(
            "cosign sign --storage both --attachment-tag-prefix ci- REG/app@{image}"
        ))
    );
}

#[test]
fn a_bill_of_materials_and_other_things_are_named_and_are_no_damage() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    world.write("sbom.json", "{}");
    let name = world.name("app:v1");
    let attached = world.cosign(&["attach", "sbom", "--sbom", "sbom.json", &name]);
    assert!(attached.starts_with("exit 0\n"), "{attached}");
    refers_to(
        &world,
        &image,
        "application/vnd.example.notes",
        "application/json",
    );
    refers_to(
        &world,
        &image,
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.dev.cosign.simplesigning.v1+json",
    );
    let (code, json) = doctor(&world, &[], "app:v1");
    no_problem(&code, &json);
    let mut all = found(&json);
    all.sort();
    assert_eq!(
        all,
        [
            "referrer other: ",
            "referrer signature: ",
            "referrer signature: cosign-v3 this-cosign",
            "tag sbom: cosign-v2 cosign-v3 this-cosign",
            "tag signature: cosign-v2 this-cosign",
        ]
    );
    assert_eq!(json["missing"], json!([]));
}

/// Puts something that is no bundle into a manifest that refers to an image; that manifest's digest.
fn refers_to(world: &World, image: &str, kind: &str, layer: &str) -> String {
    let config = world.registry.put_blob("{}");
    let size = world.registry.manifest("app", image).unwrap().len();
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": manifest_type, "artifactType": kind,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": config},
        "layers": [{"mediaType": layer, "size": 2, "digest": config}],
        "subject": {"mediaType": manifest_type, "size": size, "digest": image},
    });
    world
        .registry
        .put_manifest("app", None, manifest_type, manifest.to_string())
}

#[test]
fn what_is_no_image_is_refused_and_a_file_takes_the_data() {
    let world = World::new();
    world.image("app");
    let missing = world.cosign(&["image", "doctor", &world.name("app:none")]);
    let says = "Error: entity not found in registry, error: GET http://REG/v2/app/manifests/none: ";
    refused(&missing, 1, says);
    refused(
        &world.cosign(&["image", "doctor"]),
        1,
        "Error: accepts 1 arg(s), received 0\n",
    );
    let name = world.name("app:v1");
    let to_file = world.cosign(&["image", "doctor", "--output-file", "out.txt", &name]);
    assert_eq!(to_file, "exit 0\n--- stdout\n--- stderr\n");
    assert!(
        world
            .read("out.txt")
            .contains("nothing is signed or attested")
    );
    let unknown = world.cosign(&["image", "doctor", "-o", "yaml", &name]);
    assert!(
        stderr(&unknown).contains("must be one of text, json"),
        "{unknown}"
    );
    let none = world.cosign(&["image"]);
    assert!(stdout(&none).contains("doctor"), "{none}");
}
