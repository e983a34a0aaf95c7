//! `dockerfile verify` and `manifest verify`: every image that a file names is verified, or the command fails.

use crate::images::{World, refused, stderr, stdout};

const WARNING: &str = "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
     verification for the signature.\n";
const UNREADABLE: &str = "Error: unable to extract the container image references in the manifest unable to decode the manifest\n";

/// A world with two images: `one` is signed in both storages, `two` is not.
fn world() -> World {
    let world = World::new();
    world.image("one");
    world.image("two");
    let signed = world.sign(&["--storage", "both"], "one:v1");
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    world
}

fn verify(world: &World, command: &str, extra: &[&str], file: &str) -> String {
    let keyed = [
        command,
        "verify",
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
    ];
    world.cosign(&[&keyed, extra, &[file]].concat())
}

fn dockerfile(world: &World, extra: &[&str], text: &str) -> String {
    world.write(
        "Dockerfile",
        &text.replace("REG", &world.name("")).replace("//", "/"),
    );
    verify(world, "dockerfile", extra, "Dockerfile")
}

fn manifest(world: &World, text: &str) -> String {
    world.write(
        "all.yaml",
        &text.replace("REG", &world.name("")).replace("//", "/"),
    );
    verify(world, "manifest", &[], "all.yaml")
}

#[test]
fn images_of_a_dockerfile_are_verified() {
    let world = world();
    let alone = world.cosign(&[
        "verify",
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
        &world.name("one:v1"),
    ]);
    let shown = dockerfile(&world, &[], "FROM REG/one:v1 AS a\nFROM a\nFROM scratch\n");
    assert_eq!(stdout(&shown), stdout(&alone));
    let told =
        "- stage reference ignored: a\n- scratch image ignored\nExtracted image(s): REG/one:v1\n";
    assert_eq!(stderr(&shown), format!("{told}{}", stderr(&alone)));
    // As text, and with an annotation that was not signed.
    let text = dockerfile(&world, &["-o", "text"], "FROM REG/one:v1\n");
    assert!(text.starts_with("exit 0\n"), "{text}");
    let annotated = dockerfile(&world, &["-a", "k=v"], "FROM REG/one:v1\n");
    assert!(annotated.starts_with("exit 12\n"), "{annotated}");
}

#[test]
fn one_image_that_does_not_verify_is_enough() {
    let world = world();
    let shown = dockerfile(&world, &[], "FROM REG/one:v1\nCOPY --from=REG/two:v1 a b\n");
    assert!(shown.starts_with("exit 10\n"), "{shown}");
    let begins = format!("Extracted image(s): REG/one:v1, REG/two:v1\n{WARNING}");
    assert!(stderr(&shown).starts_with(&begins), "{shown}");
    assert!(
        stderr(&shown).ends_with("Error: no signatures found\n  image: REG/two:v1\n"),
        "{shown}"
    );
    let missing = dockerfile(&world, &[], "FROM REG/one:none\n");
    assert!(missing.starts_with("exit 11\n"), "{missing}");
    let base = ["--base-image-only"];
    let shown = dockerfile(
        &world,
        &base,
        "FROM REG/one:v1\nCOPY --from=REG/two:v1 a b\n",
    );
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert!(
        stderr(&shown).starts_with("Extracted image(s): REG/one:v1\n"),
        "{shown}"
    );
}

#[test]
fn arguments_of_the_build_are_those_of_the_verification() {
    let world = world();
    let text = "ARG NAME=two\nFROM REG/$NAME:v1\n";
    assert!(dockerfile(&world, &[], text).starts_with("exit 10\n"));
    let given = ["--build-arg", "NAME=one"];
    assert!(dockerfile(&world, &given, text).starts_with("exit 0\n"));
    let shown = world.cosign_with(
        "NAME",
        "one",
        &[
            "dockerfile",
            "verify",
            "--key",
            "cosign.pub",
            "--insecure-ignore-tlog",
            "Dockerfile",
        ],
    );
    assert!(
        shown.starts_with("exit 10\n"),
        "the file's default wins: {shown}"
    );
    world.write(
        "Dockerfile",
        &format!(
            "ARG NAME\nFROM {}/$NAME:v1\n",
            world.name("").trim_end_matches('/')
        ),
    );
    let shown = world.cosign_with(
        "NAME",
        "one",
        &[
            "dockerfile",
            "verify",
            "--key",
            "cosign.pub",
            "--insecure-ignore-tlog",
            "Dockerfile",
        ],
    );
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    refused(
        &dockerfile(&world, &["--build-arg", "NAME"], text),
        1,
        "Error: --build-arg: expected NAME=VALUE, found NAME\n",
    );
}

#[test]
fn a_dockerfile_whose_images_cannot_be_told_is_refused() {
    let world = world();
    for (text, says) in [
        ("", "no images found in Dockerfile"),
        ("# FROM a\n", "no images found in Dockerfile"),
        ("FROM scratch\n", "no images found in Dockerfile"),
        (
            "FROM\n",
            "failed extracting images from Dockerfile: no image found in line \"FROM\" (is a build arg missing from the environment?)",
        ),
        (
            "FROM REG/one:$V\n",
            "failed extracting images from Dockerfile: line 1: variable V has no value (is a build arg missing from the environment?)",
        ),
        (
            "FROM REG/one:v1\nRUN <<\u{1b}E\n",
            "failed extracting images from Dockerfile: line 2: the document `\\u{1b}E` has no end",
        ),
    ] {
        let shown = dockerfile(&world, &[], text);
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(
            stderr(&shown).ends_with(&format!("Error: {says}\n")),
            "{shown}"
        );
        assert_eq!(stdout(&shown), "");
    }
    let shown = dockerfile(
        &world,
        &["--base-image-only"],
        "FROM scratch\nCOPY --from=REG/one:v1 a b\n",
    );
    assert!(
        stderr(&shown).ends_with("Error: no base image found in Dockerfile\n"),
        "{shown}"
    );
}

#[test]
fn images_of_a_manifest_are_verified() {
    let world = world();
    let pod = "kind: Pod\nspec:\n  containers: [{image: REG/one:v1}]\n";
    let shown = manifest(&world, pod);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert!(
        stderr(&shown).starts_with("Extracted image(s): REG/one:v1\n"),
        "{shown}"
    );
    for more in [
        "---\nkind: List\nitems: [{kind: Pod, spec: {containers: [{image: REG/two:v1}]}}]\n",
        "  ephemeralContainers: [{image: REG/two:v1}]\n",
        "  initContainers: [{image: REG/two:v1}]\n",
        "---\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: REG/two:v1}]}}}}}\n",
    ] {
        let shown = manifest(&world, &format!("{pod}{more}"));
        assert!(shown.starts_with("exit 10\n"), "{shown}");
        assert!(stderr(&shown).ends_with("  image: REG/two:v1\n"), "{shown}");
    }
}

#[test]
fn a_manifest_that_cannot_be_read_in_one_way_is_refused() {
    let world = world();
    let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let all = vec![format!("*a{}", level - 1); 10].join(",");
        bomb += &format!("a{level}: &a{level} [{all}]\n");
    }
    for (text, cause) in [
        (
            "kind: Pod\nkind: Pod\n",
            "member `kind` stands twice in one object",
        ),
        (&deep, "values nest deeper than 64 levels"),
        (&bomb, "there are more than 200000 values"),
        (
            "spec: {containers: [{image: [a]}]}",
            "`image` of a container is no text",
        ),
        (
            "spec: {containers: [{image: !!binary cg==}]}",
            "a tag of values is not read: binary",
        ),
    ] {
        refused(
            &manifest(&world, text),
            1,
            &format!("{UNREADABLE}  cause: {cause}\n"),
        );
    }
    refused(&manifest(&world, "kind: ["), 1, UNREADABLE);
    refused(
        &manifest(&world, "kind: ConfigMap\n"),
        1,
        "Error: no images found in manifest\n",
    );
    refused(
        &manifest(&world, ""),
        1,
        "Error: no images found in manifest\n",
    );
    world.write("large.yaml", &"#\n".repeat(8 * 1024 * 1024 + 1));
    let shown = verify(&world, "manifest", &[], "large.yaml");
    refused(
        &shown,
        1,
        "Error: could not read manifest: large.yaml is larger than 16777216 bytes\n",
    );
}

#[test]
fn files_that_are_not_there_are_named() {
    let world = World::new();
    for (command, file, says) in [
        (
            "dockerfile",
            "none",
            "could not open Dockerfile: open none: no such file or directory",
        ),
        (
            "manifest",
            "none.yml",
            "could not read manifest: open none.yml: no such file or directory",
        ),
        (
            "manifest",
            "none.txt",
            "check if extension is valid: only [.yaml .yml] manifests are supported at this time",
        ),
    ] {
        refused(
            &verify(&world, command, &[], file),
            1,
            &format!("Error: {says}\n"),
        );
        for (files, count) in [(&[][..], 0), (&["a.yaml", "b.yaml"], 2)] {
            let shown = world.cosign(&[&[command, "verify"], files].concat());
            refused(
                &shown,
                1,
                &format!("Error: accepts 1 arg(s), received {count}\n"),
            );
        }
    }
    assert_eq!(world.registry.seen(), []);
}
