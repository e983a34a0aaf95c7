//! Signatures that are kept somewhere else (`COSIGN_REPOSITORY`) or under other tags (`--attachment-tag-prefix`): both
//! clients store them in the same place and find them there, and only there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use sigbox_e2e::images::{ALICE, KEY, Kept, Scene, digest_of, elements};
use sigbox_e2e::{Outcome, cosign, run};

const PREDICATE: &str = "predicate.json";
const NOT_THERE: &str = "Error: no signatures found";

/// Signs or attests with the signatures kept in this repository.
fn sign_into(
    scene: &Scene,
    program: &Path,
    kept: Kept,
    place: &str,
    arguments: &[&str],
) -> Result<Outcome> {
    let mut command = scene.signing(program, KEY, kept, arguments)?;
    run(command.env("COSIGN_REPOSITORY", place))?.expect(0)
}

fn verify_from(
    scene: &Scene,
    program: &Path,
    kept: Kept,
    place: Option<&str>,
    arguments: &[&str],
) -> Result<Outcome> {
    let mut command = scene.verifying(program, KEY, kept, arguments)?;
    if let Some(place) = place {
        command.env("COSIGN_REPOSITORY", place);
    }
    run(&mut command)
}

fn another_repository(scene: &Scene, kept: Kept) -> Result<()> {
    scene.stack.write(PREDICATE, r#"{"tested":true}"#)?;
    for (name, maker) in [("real", &scene.real), ("ours", &cosign())] {
        let image = scene.image(&format!("team/{name}"))?;
        let place = scene.name(&format!("signatures/{name}"));
        let signed = sign_into(scene, maker, kept, &place, &["sign", &image])?;
        // Ours names where it goes; the real client names its path only, or for a bundle the image's repository.
        let named = match (maker == &scene.real, kept) {
            (false, _) => place.clone(),
            (true, Kept::Tag) => format!("signatures/{name}"),
            (true, Kept::Bundle) => scene.name(&format!("team/{name}")),
        };
        signed.says(&format!("Pushing signature to: {named}\n"))?;
        let attest = ["attest", "--predicate", PREDICATE, &image];
        sign_into(scene, maker, kept, &place, &attest)?;
        // The image's repository holds the image alone.
        let tags = scene.crane(&format!("ls {}", scene.name(&format!("team/{name}"))))?;
        ensure!(tags == "v1", "{tags}");
        let digest = digest_of(&image).replace(':', "-");
        if kept == Kept::Tag {
            let tags = scene.crane(&format!("ls {place}"))?;
            let mut tags: Vec<&str> = tags.lines().collect();
            tags.sort_unstable();
            ensure!(
                tags == [format!("{digest}.att"), format!("{digest}.sig")],
                "{tags:?}"
            );
        } else if !scene.lists {
            ensure!(scene.crane(&format!("ls {place}"))? == digest);
        }
        for reader in scene.both() {
            let from = |place, verb| verify_from(scene, &reader, kept, place, &[verb, &image]);
            let verified = from(Some(place.as_str()), "verify")?.expect(0)?;
            ensure!(
                elements(&verified)?[0]["critical"]["image"]["docker-manifest-digest"]
                    == digest_of(&image)
            );
            from(Some(place.as_str()), "verify-attestation")?.expect(0)?;
            from(None, "verify")?.expect(10)?.says(NOT_THERE)?;
            let elsewhere = scene.name("signatures/none");
            from(Some(elsewhere.as_str()), "verify")?
                .expect(10)?
                .says(NOT_THERE)?;
        }
    }
    Ok(())
}

#[test]
fn compat_20_bundles_in_another_repository_are_found_there_by_both() -> Result<()> {
    for scene in Scene::all()? {
        another_repository(&scene, Kept::Bundle)?;
    }
    Ok(())
}

#[test]
fn compat_20_tags_in_another_repository_are_found_there_by_both() -> Result<()> {
    for scene in Scene::all()? {
        another_repository(&scene, Kept::Tag)?;
    }
    Ok(())
}

#[test]
fn compat_20_tags_with_a_prefix_are_found_with_it_by_both() -> Result<()> {
    for scene in Scene::all()? {
        for (name, maker) in [("real", &scene.real), ("ours", &cosign())] {
            let image = scene.image(name)?;
            let sign = ["sign", "--attachment-tag-prefix", "ci-", &image];
            scene.sign(maker, ALICE, Kept::Tag, &sign)?.expect(0)?;
            let tags = scene.crane(&format!("ls {}", scene.name(name)))?;
            let mut tags: Vec<&str> = tags.lines().collect();
            tags.sort_unstable();
            let tag = format!("ci-{}.sig", digest_of(&image).replace(':', "-"));
            ensure!(tags == [tag.as_str(), "v1"], "{tags:?}");
            for reader in scene.both() {
                let verify = |more: &[&str]| {
                    let arguments = [&["verify"], more, &[image.as_str()]].concat();
                    scene.verify(&reader, ALICE, Kept::Tag, &arguments)
                };
                verify(&["--attachment-tag-prefix", "ci-"])?.expect(0)?;
                verify(&["--attachment-tag-prefix=cd-"])?
                    .expect(10)?
                    .says(NOT_THERE)?;
                verify(&[])?.expect(10)?.says(NOT_THERE)?;
            }
        }
    }
    Ok(())
}

/// A bundle is found by what it refers to, and has no tag that could begin with anything.
#[test]
fn compat_20_bundles_have_no_prefix() -> Result<()> {
    for scene in Scene::all()? {
        for (name, maker) in [("real", &scene.real), ("ours", &cosign())] {
            let image = scene.image(name)?;
            let sign = ["sign", "--attachment-tag-prefix", "ci-", &image];
            scene.sign(maker, KEY, Kept::Bundle, &sign)?.expect(0)?;
            for reader in scene.both() {
                for more in [&[][..], &["--attachment-tag-prefix", "cd-"]] {
                    let verify = [&["verify"], more, &[image.as_str()]].concat();
                    scene
                        .verify(&reader, KEY, Kept::Bundle, &verify)?
                        .expect(0)?;
                }
            }
        }
    }
    Ok(())
}
