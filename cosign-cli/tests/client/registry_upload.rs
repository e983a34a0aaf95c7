//! Files that are stored in a registry as they are: `upload`.

use crate::images::{World, refused};
use serde_json::Value;

fn run(world: &World, command: &[&str], image: &str) -> String {
    world.cosign(&[command, &[&world.name(image)]].concat())
}

fn manifest(world: &World, name: &str) -> String {
    String::from_utf8(world.registry.manifest("files", name).unwrap().to_vec()).unwrap()
}

fn said(file: &str, tag: &str, media_type: &str, digest: &str) -> String {
    format!(
        "Uploading file from [{file}] to [REG/files:{tag}] with media type [{media_type}]\nFile [{file}] is available directly \
         at [REG/v2/files/blobs/{digest}]\n"
    )
}

const HELLO: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const WASM: &str = "sha256:cd5d4935a48c0672cb06407bb443bc0087aff947c6b864bac886982c73b3027f";

/// The digests are those of the real client for the same files.
#[test]
fn one_file_is_an_image_of_one_layer() {
    let world = World::new();
    world.write("hello.txt", "hello\n");
    let shown = run(&world, &["upload", "blob", "-f", "hello.txt"], "files:v1");
    let expected = format!(
        "exit 0\n--- stdout\nREG/files@sha256:58e5ad0966f26e37881bf955d9a675d9e74b49e3b94b882a9d7f686447f7eede\n--- stderr\n{}Uploaded image to:\n",
        said("hello.txt", "v1", "text/plain", HELLO)
    );
    assert_eq!(shown, expected);
    let annotated = [
        "upload",
        "blob",
        "-f",
        "hello.txt:linux/amd64",
        "--ct",
        "foo/bar",
        "-a",
        "k=v",
    ];
    let shown = run(&world, &annotated, "files:v2");
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    let written: Value = serde_json::from_str(&manifest(&world, "v2")).unwrap();
    assert_eq!(written["annotations"], serde_json::json!({"k": "v"}));
    assert_eq!(written["layers"][0]["mediaType"], "foo/bar");
}

#[test]
fn several_files_are_an_index_of_platforms() {
    let world = World::new();
    world.write("hello.txt", "hello\n");
    world.write("m.wasm", "\0asm");
    let upload = [
        "upload",
        "blob",
        "-f",
        "hello.txt:linux",
        "-f",
        "m.wasm:darwin",
        "-a",
        "x=y",
        "--ct",
        "foo/bar",
    ];
    let shown = run(&world, &upload, "files:v2");
    let expected = format!(
        "exit 0\n--- stdout\n--- stderr\n{}{}Uploading multi-platform index to \
         REG/files@sha256:889aae631b1a58bf9181ee260e7968850d2cb8e13fbffdcca88c057ff1fdc78f\n",
        said("hello.txt", "v2", "foo/bar", HELLO),
        said("m.wasm", "v2", "foo/bar", WASM)
    );
    assert_eq!(shown, expected);
}

#[test]
fn a_module_has_its_own_types() {
    let world = World::new();
    world.write("m.wasm", "\0asm");
    let shown = run(&world, &["upload", "wasm", "-f", "m.wasm"], "files:v1");
    assert_eq!(
        shown,
        "exit 0\n--- stdout\n--- stderr\nUploading wasm file from [m.wasm] to [REG/files:v1].\n"
    );
    assert_eq!(
        manifest(&world, "v1"),
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.wasm.config.v1+json","size":115,"digest":"sha256:5b943e2b943f6c81dbbd4e2eca5121f4fcc39139e3d1219d6d89bd925b77d9fe"}},"layers":[{{"mediaType":"application/vnd.wasm.content.layer.v1+wasm","size":4,"digest":"{WASM}"}}]}}"#
        )
    );
}

#[test]
fn what_cannot_be_stored_is_refused_before_anything_is_sent() {
    let world = World::new();
    world.write("hello.txt", "hello\n");
    let at_digest = format!("files@{HELLO}");
    for (arguments, image, error) in [
        (
            &["blob"][..],
            "files:v1",
            "Error: required flag(s) \"files\" not set\n",
        ),
        (
            &["wasm"],
            "files:v1",
            "Error: required flag(s) \"file\" not set\n",
        ),
        (
            &["wasm", "-f", "none"],
            "files:v1",
            "Error: open none: no such file or directory\n",
        ),
        (
            &["blob", "-f", "hello.txt", "-f", "none"],
            "files:v1",
            "Error: each file must include a unique platform, hello.txt had no platform\n",
        ),
        (
            &["blob", "-f", "hello.txt:linux", "-f", "none:linux"],
            "files:v1",
            "Error: each file must include a unique platform, none has the platform of another: linux\n",
        ),
        (
            &["blob", "-f", "hello.txt:a/b/c/d"],
            "files:v1",
            "Error: parsing platform: too many slashes in platform spec: a/b/c/d\n",
        ),
        (
            &["blob", "-f", "hello.txt", "-a", "x"],
            "files:v1",
            "Error: invalid argument \"x\" for \"-a, --annotation\" flag: x must be formatted as key=value\n",
        ),
        (
            &["blob", "-f", "hello.txt"],
            &at_digest,
            "Error: REG/files@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 names a digest; what \
             is uploaded gets its own, so name a tag\n",
        ),
    ] {
        let shown = run(&world, &[&["upload"], arguments].concat(), image);
        refused(&shown, 1, error);
    }
    assert_eq!(world.registry.seen().len(), 0);
}
