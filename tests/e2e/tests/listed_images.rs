//! Images that a Dockerfile or a Kubernetes manifest names, verified by our client and by real cosign v3.1.3.

use std::path::Path;

use anyhow::{Result, ensure};
use sigbox_e2e::{ImageScene, Outcome};

/// Files of which both read the same images, with the exit code. `SIGNED`, `ALSO` and `BARE` are images, the last one without
/// a signature; the variable `OUTER` is `SIGNED`.
const DOCKERFILES: [(&str, i32); 12] = [
    ("FROM SIGNED\n", 0),
    ("# syntax\n\nfrom SIGNED\nRUN true\n", 0),
    (
        "FROM SIGNED AS build\nFROM ALSO\nCOPY --from=build /a /b\n",
        0,
    ),
    ("FROM scratch\nCOPY --from=SIGNED /a /b\n", 0),
    ("FROM SIGNED AS build\nFROM build\nFROM scratch\n", 0),
    ("FROM --platform=linux/amd64 SIGNED\n", 0),
    ("ARG IMAGE=SIGNED\nFROM $IMAGE\n", 0),
    ("FROM ${OUTER}\n", 0),
    ("FROM SIGNED\nFROM BARE\n", 10),
    ("FROM BARE\n", 10),
    ("FROM scratch\n", 1),
    ("RUN true\n", 1),
];
const MANIFESTS: [(&str, i32); 7] = [
    ("kind: Pod\nspec:\n  containers:\n    - image: SIGNED\n", 0),
    (
        "kind: Pod\nspec:\n  initContainers: [{image: ALSO}]\n  containers: [{image: SIGNED}]\n",
        0,
    ),
    (
        "kind: Deployment\nspec: {template: {spec: {containers: [{image: SIGNED}]}}}\n---\nkind: Service\n",
        0,
    ),
    (
        "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: SIGNED}]}}}}}\n",
        0,
    ),
    (
        "kind: Pod\nspec: {containers: [{image: SIGNED}]}\n---\nkind: Pod\nspec: {containers: [{image: BARE}]}\n",
        10,
    ),
    ("kind: Pod\nspec: {containers: [{image: BARE}]}\n", 10),
    ("kind: Service\n", 1),
];

/// Two images that are signed under tags by the real client, and one that is not.
fn signed(scene: &ImageScene) -> Result<()> {
    scene.sign(&scene.real, "app:amd64", false)?;
    scene.sign(&scene.real, "app:arm64", false)?;
    scene.image("bare:v1", "amd64")
}

/// Has a client verify what a file names.
fn verify(scene: &ImageScene, program: &Path, words: &[&str], text: &str) -> Result<Outcome> {
    let named = [
        ("SIGNED", "app:amd64"),
        ("ALSO", "app:arm64"),
        ("BARE", "bare:v1"),
    ];
    let text = named.iter().fold(text.to_owned(), |text, (name, image)| {
        text.replace(name, &scene.name(image))
    });
    let file = if words.first() == Some(&"manifest") {
        "pod.yaml"
    } else {
        "Dockerfile"
    };
    scene.write(file, text)?;
    let flags = ["--key", "cosign.pub", "--insecure-ignore-tlog", file];
    let outer = scene.name("app:amd64");
    scene.attempt_with(program, &[words, &flags].concat(), &[("OUTER", &outer)])
}

/// The line that tells which images were found.
fn extracted(outcome: &Outcome) -> Option<&str> {
    let mut lines = outcome.stderr.lines();
    lines.find(|line| line.starts_with("Extracted image(s): "))
}

fn alike(scene: &ImageScene, words: &[&str], text: &str, code: i32) -> Result<()> {
    let real = verify(scene, &scene.real, words, text)?.expect(code)?;
    let ours = verify(scene, &scene.ours, words, text)?.expect(code)?;
    ensure!(extracted(&real) == extracted(&ours), "{real:?}\n{ours:?}");
    ensure!(code == 1 || extracted(&ours).is_some(), "{ours:?}");
    if code == 0 {
        ensure!(
            real.stdout.trim() == ours.stdout.trim(),
            "{words:?} {text}\n--- real\n{}\n--- ours\n{}",
            real.stdout,
            ours.stdout
        );
    }
    Ok(())
}

#[test]
fn compat_26_images_of_a_dockerfile_are_verified_alike() -> Result<()> {
    for scene in ImageScene::all()? {
        signed(&scene)?;
        for (text, code) in DOCKERFILES {
            alike(&scene, &["dockerfile", "verify"], text, code)?;
        }
        let base = ["dockerfile", "verify", "--base-image-only"];
        for (text, code) in [
            ("FROM BARE AS build\nFROM SIGNED\n", 0),
            ("FROM SIGNED AS build\nFROM BARE\n", 10),
        ] {
            alike(&scene, &base, text, code)?;
        }
    }
    Ok(())
}

#[test]
fn compat_26_images_of_a_manifest_are_verified_alike() -> Result<()> {
    for scene in ImageScene::all()? {
        signed(&scene)?;
        for (text, code) in MANIFESTS {
            alike(&scene, &["manifest", "verify"], text, code)?;
        }
    }
    Ok(())
}

/// What the real client leaves out, and so does not verify; and bundles, which it does not find from a file.
#[test]
fn compat_26_no_image_of_a_file_is_left_out_here() -> Result<()> {
    for scene in ImageScene::all()? {
        signed(&scene)?;
        let (docker, manifest) = (&["dockerfile", "verify"][..], &["manifest", "verify"][..]);
        for (words, text) in [
            (
                docker,
                "FROM SIGNED\nRUN --mount=from=BARE,target=/x true\n",
            ),
            (
                manifest,
                "kind: Pod\nspec:\n  containers: [{image: SIGNED}]\n  ephemeralContainers: [{image: BARE}]\n",
            ),
        ] {
            verify(&scene, &scene.real, words, text)?.expect(0)?;
            verify(&scene, &scene.ours, words, text)?.expect(10)?;
        }
        scene.image("bundled:v1", "amd64")?;
        let bundled = scene.name("bundled:v1");
        let sign = [
            "sign",
            "--key",
            "cosign.key",
            "--signing-config",
            "empty.json",
        ];
        scene.run(&scene.ours, &[&sign[..], &[&bundled]].concat())?;
        let from = format!("FROM {bundled}\n");
        verify(&scene, &scene.ours, docker, &from)?.expect(0)?;
        verify(&scene, &scene.real, docker, &from)?.expect(10)?;
    }
    Ok(())
}
