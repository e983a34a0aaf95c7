//! Two signers of one image: whoever is asked for is found, and an annotation chooses among what one of them has signed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use sigbox_e2e::images::{ALICE, BOB, KEY, Kept, OTHER, Scene, elements};

/// Who signs what; each client takes every second turn.
const SIGNED: [(&str, &str); 4] = [
    (ALICE, "env=prod"),
    (BOB, "env=test"),
    (ALICE, "env=stage"),
    (KEY, "env=prod"),
];

/// The values of `env` that a client finds by a signer, with more flags.
fn found(
    scene: &Scene,
    kept: Kept,
    reader: &Path,
    who: &str,
    more: &[&str],
    image: &str,
) -> Result<Vec<String>> {
    let arguments = [&["verify"], more, &[image]].concat();
    let verified = scene.verify(reader, who, kept, &arguments)?.expect(0)?;
    let mut values: Vec<String> = elements(&verified)?
        .iter()
        .map(|one| one["optional"]["env"].as_str().unwrap().to_owned())
        .collect();
    values.sort_unstable();
    Ok(values)
}

fn one_image(scene: &Scene, kept: Kept, makers: [&Path; 2], image: &str) -> Result<()> {
    for (at, (who, annotation)) in SIGNED.into_iter().enumerate() {
        let sign = ["sign", "-a", annotation, image];
        scene.sign(makers[at % 2], who, kept, &sign)?.expect(0)?;
    }
    for reader in scene.both() {
        let found = |who: &str, more: &[&str]| found(scene, kept, &reader, who, more, image);
        ensure!(found(ALICE, &[])? == ["prod", "stage"]);
        ensure!(found(BOB, &[])? == ["test"]);
        ensure!(found(KEY, &[])? == ["prod"]);
        ensure!(found(ALICE, &["-a", "env=prod"])? == ["prod"]);
        ensure!(found(ALICE, &["-a", "env=stage"])? == ["stage"]);
        for (who, annotation) in [
            (ALICE, "env=test"),
            (BOB, "env=prod"),
            (KEY, "env=stage"),
            (OTHER, "env=prod"),
        ] {
            let verify = ["verify", "-a", annotation, image];
            let code = scene.no_match(&reader, kept);
            let refused = scene.verify(&reader, who, kept, &verify)?.expect(code)?;
            ensure!(refused.stdout.is_empty(), "{refused:?}");
        }
    }
    Ok(())
}

fn chosen(kept: Kept) -> Result<()> {
    for scene in Scene::all()? {
        let [real, ours] = &scene.both();
        for (name, makers) in [("first", [real, ours]), ("second", [ours, real])] {
            let image = scene.image(name)?;
            one_image(&scene, kept, makers.map(|one| &**one), &image)?;
        }
    }
    Ok(())
}

#[test]
fn compat_18_bundles_of_two_signers_are_chosen_by_signer_and_annotation() -> Result<()> {
    chosen(Kept::Bundle)
}

#[test]
fn compat_18_tags_of_two_signers_are_chosen_by_signer_and_annotation() -> Result<()> {
    chosen(Kept::Tag)
}
