//! What is attached to an image, downloaded by our client and by real cosign v3.1.3, on a registry with the referrers API and on
//! CNCF Distribution, which has none.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sigbox_e2e::{ImageScene, Outcome};

/// What stands on stdout, each line as JSON, in no order; what else was said, without the real client's repetition.
fn said(outcome: &Outcome) -> Result<(Vec<String>, Vec<String>, Option<i32>)> {
    let mut lines = Vec::new();
    for line in outcome.stdout.lines() {
        let json: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        lines.push(json.to_string());
    }
    lines.sort_unstable();
    let talk = outcome.stderr.lines();
    let talk = talk.filter(|line| !line.starts_with("error during command execution: "));
    // What a registry adds to its message in words of its own is not repeated here.
    let talk = talk.filter_map(|line| line.split("; unknown tag=").next());
    Ok((lines, talk.map(str::to_owned).collect(), outcome.code))
}

fn alike(scene: &ImageScene, arguments: &[&str]) -> Result<()> {
    let download = |program: &Path| scene.attempt(program, &[&["download"], arguments].concat());
    let [real, ours] = [
        said(&download(&scene.real)?)?,
        said(&download(&scene.ours)?)?,
    ];
    ensure!(
        real == ours,
        "{arguments:?}\nreal {real:#?}\nours {ours:#?}"
    );
    Ok(())
}

/// Attests an image of `app` by its digest, as a bundle or under a tag.
fn attest(scene: &ImageScene, image: &str, kind: &str, bundle: bool) -> Result<()> {
    let name = scene.name(&format!("app@{}", scene.digest(image)?));
    scene.write("predicate.json", r#"{"p":1}"#)?;
    let attest = [
        "attest",
        "--key",
        "cosign.key",
        "-y",
        "--predicate",
        "predicate.json",
        "--type",
        kind,
    ];
    let how: &[&str] = if bundle {
        &[
            "--signing-config",
            "empty.json",
            "--trusted-root",
            "root.json",
        ]
    } else {
        &[
            "--use-signing-config=false",
            "--tlog-upload=false",
            "--new-bundle-format=false",
        ]
    };
    scene
        .run(&scene.real, &[&attest[..], how, &[&name]].concat())
        .map(drop)
}

const OTHER: &str = "https://example.com/other/v1";

fn every_way(scene: &ImageScene, image: &str) -> Result<()> {
    let name = scene.name(image);
    alike(scene, &["signature", &name])?;
    alike(scene, &["attestation", &name])?;
    for kind in ["custom", OTHER, "slsaprovenance1"] {
        alike(scene, &["attestation", "--predicate-type", kind, &name])?;
    }
    Ok(())
}

#[test]
fn compat_26_signatures_and_attestations_are_downloaded_alike() -> Result<()> {
    for scene in ImageScene::all()? {
        every_way(&scene, "app:amd64").context("nothing is attached")?;
        scene.sign(&scene.real, "app:amd64", false)?;
        attest(&scene, "app:amd64", "custom", false)?;
        attest(&scene, "app:amd64", OTHER, false)?;
        every_way(&scene, "app:amd64").context("under tags")?;
        scene.sign(&scene.real, "app:arm64", true)?;
        attest(&scene, "app:arm64", "custom", true)?;
        every_way(&scene, "app:arm64").context("as bundles")?;
        scene.sign(&scene.real, "app:amd64", true)?;
        attest(&scene, "app:amd64", OTHER, true)?;
        every_way(&scene, "app:amd64").context("both")?;
        every_way(&scene, "app:none").context("no such image")?;
    }
    Ok(())
}

#[test]
fn compat_26_platforms_of_an_index_are_told_apart_alike() -> Result<()> {
    for scene in ImageScene::all()? {
        attest(&scene, "app:arm64", "custom", false)?;
        scene.write("sbom.json", "{\"spdxVersion\":\"SPDX-2.3\"}\n")?;
        let attach = [
            "attach",
            "sbom",
            "--sbom",
            "sbom.json",
            &scene.name("app:arm64"),
        ];
        scene.run(&scene.ours, &attach)?;
        let (index, image) = (scene.name("app:all"), scene.name("app:arm64"));
        for platform in ["linux/arm64", "linux/amd64", "linux/s390x", "linux"] {
            for kind in ["attestation", "sbom"] {
                alike(&scene, &[kind, "--platform", platform, &index])?;
            }
        }
        alike(&scene, &["attestation", &index])?;
        // The platforms to choose from are told by both, each in its words.
        for program in [&scene.real, &scene.ours] {
            scene
                .attempt(program, &["download", "sbom", &index])?
                .expect(1)?
                .says("Error: no SBOM found attached to image index")?
                .says("linux/amd64, linux/arm64")?;
        }
        alike(&scene, &["sbom", &image])?;
        alike(
            &scene,
            &["attestation", "--platform", "linux/arm64", &image],
        )?;
    }
    Ok(())
}
