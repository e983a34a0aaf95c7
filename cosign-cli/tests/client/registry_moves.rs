//! Images with all that is known about them: saved, verified from the directory, loaded, copied.

use std::fs;

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
fn adv_c52_a_damaged_directory_is_refused_before_anything_is_stored() {
    let world = World::new();
    world.image("app");
    sign(&world, "referrers", "app:v1");
    assert_eq!(save(&world, "app:v1"), OK);
    let blobs = world.directory().join("saved/blobs/sha256");
    let mut files: Vec<_> = fs::read_dir(&blobs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let good = fs::read(&file).unwrap();
        fs::write(&file, [&good[..], b" "].concat()).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let begins =
            format!("Error: digest of a blob in the layout: expected sha256:{name}, found sha256:");
        refused(&load(&world, "moved:v1"), 1, &begins);
        fs::write(&file, good).unwrap();
    }
    let stored = world.registry.seen();
    assert!(!stored.iter().any(|seen| seen.target.contains("/moved/")));
    assert_eq!(load(&world, "moved:v1"), OK);
}

#[test]
fn adv_c60_foreign_paths_and_links_are_refused() {
    let world = World::new();
    world.image("app");
    assert_eq!(save(&world, "app:v1"), OK);
    let blobs = world.directory().join("saved/blobs/sha256");
    world.write("secret", "outside");
    let foreign = blobs.join("a".repeat(64));
    std::os::unix::fs::symlink(world.directory().join("secret"), &foreign).unwrap();
    let name = "a".repeat(64);
    let message = |name: &str| {
        format!(
            "Error: saved/blobs/sha256/{name} is no blob: expected a regular file that is named by its digest\n"
        )
    };
    refused(&load(&world, "moved:v1"), 1, &message(&name));
    fs::remove_file(&foreign).unwrap();
    fs::write(blobs.join("..x"), "").unwrap();
    refused(&load(&world, "moved:v1"), 1, &message("..x"));
    fs::remove_file(blobs.join("..x")).unwrap();
    // The index names a path instead of a digest.
    let good = world.read("saved/index.json");
    let digest = index(&world)["manifests"][0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    world.write(
        "saved/index.json",
        &good.replace(&digest, "sha256:../../../secret"),
    );
    let damaged = load(&world, "moved:v1");
    refused(&damaged, 1, "Error: the index is malformed: ");
    world.write("saved/index.json", &good);
    assert_eq!(load(&world, "moved:v1"), OK);
}

/// One member of an archive, with its header as `ustar` has it.
fn member(name: &str, kind: u8, link: &str, declared: usize, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000777\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{declared:011o}\0"));
    put(136, "00000000000\0");
    put(148, "        ");
    put(157, link);
    put(257, "ustar\x0000");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// Archives in which readers of archives have been caught.
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let end = vec![0; 1024];
    let pax = member("pax", b'x', "", 13, b"13 size=4096\n");
    let hidden = member("blobs/sha256/hidden", b'0', "", 0, b"");
    let long = member("././@LongLink", b'L', "", 300, &[b'a'; 300]);
    let file = |name: &str| member(name, b'0', "", 1, b"x");
    [
        ("sizes-differ", [pax, file("index.json"), hidden].concat()),
        ("long-name", [long, file("short")].concat()),
        (
            "hard-link",
            member("index.json", b'1', "/etc/passwd", 0, b""),
        ),
        ("soft-link", member("blobs", b'2', "..", 0, b"")),
        ("device", member("index.json", b'3', "", 0, b"")),
        ("absolute", file("/tmp/absolute")),
        ("parent", file("../../escaped")),
    ]
    .map(|(name, members)| (name, [members, end.clone()].concat()))
    .to_vec()
}

/// What stands in a directory, at any depth.
fn listed(directory: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.to_string_lossy().into_owned());
        if path.is_dir() {
            names.extend(listed(&path));
        }
    }
    names.sort();
    names
}

/// `load` takes a directory; there is no reader of archives whose two readings could differ.
#[test]
fn adv_c59_an_archive_is_no_directory_whatever_its_headers_say() {
    let world = World::new();
    world.image("app");
    assert_eq!(save(&world, "app:v1"), OK);
    for (name, archive) in archives() {
        let file = format!("{name}.tar");
        fs::write(world.directory().join(&file), archive).unwrap();
        let before = listed(world.directory());
        let shown = world.cosign(&["load", "--dir", &file, &world.name("moved:v1")]);
        let begins =
            format!("Error: signed image index: stat {file}/index.json: not a directory\n");
        refused(&shown, 1, &begins);
        assert_eq!(listed(world.directory()), before, "{name}");
    }
    assert_eq!(load(&world, "moved:v1"), OK);
}

/// A layer is an archive, too: it is moved by its digest, byte for byte, and never opened.
#[test]
fn adv_c60_a_layer_is_moved_and_never_unpacked() {
    let world = World::new();
    for (name, archive) in archives() {
        let config = world.registry.put_blob("{}");
        let layer = world.registry.put_blob(archive.clone());
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": config},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": archive.len(), "digest": layer}],
        });
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest = manifest.to_string();
        world
            .registry
            .put_manifest("app", Some(name), kind, manifest);
        let image = world.name(&format!("app:{name}"));
        let directory = format!("saved-{name}");
        assert_eq!(world.cosign(&["save", "--dir", &directory, &image]), OK);
        let saved = world.directory().join(&directory).join("blobs/sha256");
        let saved = fs::read(saved.join(layer.trim_start_matches("sha256:"))).unwrap();
        assert_eq!(saved, archive, "{name}");
        let before = listed(world.directory());
        let moved = world.name(&format!("moved:{name}"));
        assert_eq!(world.cosign(&["load", "--dir", &directory, &moved]), OK);
        assert_eq!(listed(world.directory()), before, "{name}");
    }
}

#[test]
fn adv_c60_a_pipe_is_no_blob_and_a_hard_link_is_what_it_holds() {
    let world = World::new();
    world.image("app");
    assert_eq!(save(&world, "app:v1"), OK);
    let blobs = world.directory().join("saved/blobs/sha256");
    let name = "b".repeat(64);
    let pipe = blobs.join(&name);
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let no_blob = format!(
        "Error: saved/blobs/sha256/{name} is no blob: expected a regular file that is named by its digest\n"
    );
    refused(&load(&world, "moved:v1"), 1, &no_blob);
    fs::remove_file(&pipe).unwrap();
    world.write("secret", "outside");
    fs::hard_link(world.directory().join("secret"), blobs.join(&name)).unwrap();
    let other =
        format!("Error: digest of a blob in the layout: expected sha256:{name}, found sha256:");
    refused(&load(&world, "moved:v1"), 1, &other);
    fs::remove_file(blobs.join(&name)).unwrap();
    let good = fs::read_dir(&blobs)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let elsewhere = world.directory().join("elsewhere");
    fs::rename(&good, &elsewhere).unwrap();
    fs::hard_link(&elsewhere, &good).unwrap();
    assert_eq!(load(&world, "moved:v1"), OK);
}

/// Rows by the number of their limit: so many members, and no more.
#[test]
fn abuse_b10_a_directory_of_too_many_blobs_is_left() {
    let world = World::new();
    world.image("app");
    assert_eq!(save(&world, "app:v1"), OK);
    let blobs = world.directory().join("saved/blobs/sha512");
    fs::create_dir_all(&blobs).unwrap();
    // One file under many names: the names are counted before the content is looked at.
    let first = blobs.join("0".repeat(128));
    fs::write(&first, "").unwrap();
    let mut here = first.clone();
    for number in 1..=100_000_u32 {
        let path = blobs.join(format!("{number:0128x}"));
        // A file has a bounded number of names.
        if number % 30_000 == 0 {
            fs::write(&path, "").unwrap();
            here = path;
        } else {
            fs::hard_link(&here, &path).unwrap();
        }
    }
    let shown = load(&world, "moved:v1");
    refused(&shown, 1, "Error: ");
    assert!(stderr(&shown).contains("100000"), "{shown}");
    fs::remove_dir_all(&blobs).unwrap();
    assert_eq!(load(&world, "moved:v1"), OK);
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
