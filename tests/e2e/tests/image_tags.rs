//! What stands under an image's tag: each client reads, keeps and completes what the other one has put there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use sigbox_e2e::cosign;
use sigbox_e2e::images::{KEY, Kept, Scene, elements};

/// The layer of one image under the tag of another one: it verifies, and is not of that image.
#[test]
fn a_signature_that_is_put_under_another_image_is_refused_by_both() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let (signed, other) = (scene.image("one")?, scene.image("two")?);
    scene
        .sign(&cosign(), KEY, Kept::Tag, &["sign", &signed])?
        .expect(0)?;
    let tag = |image: &str| {
        let (repository, digest) = image.split_once('@').unwrap();
        format!("{repository}:{}.sig", digest.replace(':', "-"))
    };
    scene.crane(&format!("copy {} {}", tag(&signed), tag(&other)))?;
    for program in [&scene.real, &cosign()] {
        scene
            .verify(program, KEY, Kept::Tag, &["verify", &signed])?
            .expect(0)?;
        scene
            .verify(program, KEY, Kept::Tag, &["verify", &other])?
            .expect(12)?
            .says("invalid or missing digest in claim")?;
    }
    Ok(())
}

/// Signing again by the other client or by the same one adds nothing under the tag that is there already.
#[test]
fn a_signature_that_is_there_is_not_stored_again() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let image = scene.image("again")?;
    let count = || -> Result<usize> {
        let verified = scene.verify(&cosign(), KEY, Kept::Tag, &["verify", &image])?;
        Ok(elements(&verified.expect(0)?)?.len())
    };
    let sign = |program: &Path, more: &[&str]| {
        let arguments = [&["sign"], more, &[image.as_str()]].concat();
        scene.sign(program, KEY, Kept::Tag, &arguments)?.expect(0)
    };
    sign(&scene.real, &[])?;
    sign(&cosign(), &[])?;
    sign(&cosign(), &[])?;
    ensure!(count()? == 1);
    sign(&cosign(), &["-a", "who=me"])?;
    ensure!(count()? == 2);
    Ok(())
}

/// Two signers of one tag at once, on a registry that compares nothing.
#[test]
fn two_signers_of_one_tag_lose_nothing() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let image = scene.image("race")?;
    for round in 0..2 {
        std::thread::scope(|scope| {
            let signing = ["left", "right"].map(|side| {
                let (scene, image) = (&scene, &image);
                scope.spawn(move || -> Result<()> {
                    let annotation = format!("side={side}-{round}");
                    let sign = ["sign", "-a", &annotation, image];
                    scene.sign(&cosign(), KEY, Kept::Tag, &sign)?.expect(0)?;
                    Ok(())
                })
            });
            signing
                .into_iter()
                .try_for_each(|one| one.join().expect("a signer panicked"))
        })?;
    }
    let verified = scene.verify(&scene.real, KEY, Kept::Tag, &["verify", &image])?;
    let found = elements(&verified.expect(0)?)?;
    let mut sides: Vec<&str> = found
        .iter()
        .filter_map(|one| one["optional"]["side"].as_str())
        .collect();
    sides.sort_unstable();
    ensure!(
        sides == ["left-0", "left-1", "right-0", "right-1"],
        "{sides:?}"
    );
    Ok(())
}
