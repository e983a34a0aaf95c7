//! What strangers have put into directories: damage, links, archives, too much of it.

use super::{OK, index, load, save, sign};
use crate::images::{World, refused, stderr};
use std::fs;

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
