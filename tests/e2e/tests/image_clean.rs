//! What is attached to an image, removed type by type by our client and by real cosign v3.1.3, on a registry with the referrers
//! API and on CNCF Distribution, which has none.
#![allow(clippy::indexing_slicing, reason = "tests")]

use anyhow::{Result, ensure};
use sigbox_e2e::ImageScene;

const TYPES: [&str; 5] = ["signature", "attestation", "sbom", "referrer", "all"];
/// What the real client recommends has another name; it says so of images without referrers too.
const ADVICE: &str = "WARNING: image has referrers, consider using --";

/// Files that the clients attach: a signed payload, a signed statement and a bundle of the image `app:amd64`.
fn material(scene: &ImageScene) -> Result<()> {
    let image = scene.name(&format!("app@{}", scene.digest("app:amd64")?));
    let old = [
        "--use-signing-config=false",
        "--tlog-upload=false",
        "--new-bundle-format=false",
    ];
    let payload = scene.run(&scene.real, &["generate", &image])?.stdout;
    scene.write("pay.json", payload)?;
    let sign = [
        "sign-blob",
        "--key",
        "cosign.key",
        "-y",
        "--output-signature",
        "pay.sig",
    ];
    scene.run(&scene.real, &[&sign[..], &old, &["pay.json"]].concat())?;
    scene.write("predicate.json", r#"{"p":1}"#)?;
    let attest = [
        "attest-blob",
        "--key",
        "cosign.key",
        "-y",
        "--predicate",
        "predicate.json",
    ];
    let attest = [&attest[..], &["--output-signature", "a.dsse"], &old].concat();
    scene.run(&scene.real, &[&attest[..], &["layer.tar"]].concat())?;
    scene.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#)?;
    let sign = [
        "sign",
        "--key",
        "cosign.key",
        "--signing-config",
        "empty.json",
    ];
    let sign = [
        &sign[..],
        &["--upload=false", "--bundle", "bundle.json", &image],
    ]
    .concat();
    scene.run(&scene.ours, &sign).map(drop)
}

/// The image in a repository of its own, with one of everything attached.
fn furnish(scene: &ImageScene, repository: &str) -> Result<String> {
    let image = scene.name(&format!("{repository}:v1"));
    scene.crane(&["copy", &scene.name("app:amd64"), &image])?;
    for attach in [
        &[
            "signature",
            "--payload",
            "pay.json",
            "--signature",
            "pay.sig",
        ][..],
        &["attestation", "--attestation", "a.dsse"],
        &["sbom", "--sbom", "sbom.json"],
        &["signature", "--payload", "bundle.json"],
    ] {
        scene.run(&scene.ours, &[&["attach"], attach, &[&image]].concat())?;
    }
    Ok(image)
}

/// A line without the digest of what was removed: a bundle's manifest says when it was stored.
fn nameless(line: &str) -> String {
    match line.split_once("@sha256:") {
        Some((before, after)) => format!(
            "{before}@DIGEST{}",
            after.trim_start_matches(|c: char| c.is_ascii_hexdigit())
        ),
        None => line.to_owned(),
    }
}

/// What is left: the tags, and how many manifests refer to the image.
fn left(scene: &ImageScene, repository: &str) -> Result<(Vec<String>, usize)> {
    let list = scene.digest("app:amd64")?.replace(':', "-");
    let mut tags = scene.tags(repository)?;
    // The list of a registry that keeps none: ours leaves an empty one where the real client removes it.
    tags.retain(|tag| *tag != list);
    let tree = scene.run(
        &scene.real,
        &["tree", &scene.name(&format!("{repository}:v1"))],
    )?;
    Ok((tags, tree.stdout.matches("via OCI referrer").count()))
}

#[test]
fn compat_26_each_type_is_cleaned_as_the_real_client_does() -> Result<()> {
    for scene in ImageScene::all()? {
        material(&scene)?;
        let list = scene.digest("app:amd64")?.replace(':', "-");
        for kind in TYPES {
            let mut found = Vec::new();
            for (program, who) in [(&scene.real, "real"), (&scene.ours, "ours")] {
                let repository = format!("{who}-{kind}");
                let image = furnish(&scene, &repository)?;
                let list = scene.digest(&format!("{repository}:{list}")).ok();
                let said = scene.run(program, &["clean", "-f", "--type", kind, &image])?;
                ensure!(said.stdout.is_empty(), "{said:?}");
                let advice = said.stderr.lines().any(|line| line.starts_with(ADVICE));
                let told = said.stderr.lines().filter(|line| !line.starts_with(ADVICE));
                // And the list goes as a whole there.
                let is_list = |line: &str| list.as_ref().is_some_and(|list| line.contains(list));
                let told = told.filter(|line| !is_list(line));
                let mut told: Vec<String> = told
                    .map(|line| nameless(&line.replace(&repository, "REPOSITORY")))
                    .collect();
                told.sort_unstable();
                found.push((left(&scene, &repository)?, advice, told));
            }
            ensure!(found[0] == found[1], "{kind}: {found:#?}");
        }
    }
    Ok(())
}
