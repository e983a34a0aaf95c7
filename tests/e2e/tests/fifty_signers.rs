//! Many signers of one image at once, on a registry where clients keep the list: nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};

use anyhow::{Result, ensure};
use sigbox_e2e::cosign;
use sigbox_e2e::images::{ALICE, KEY, Kept, Scene, elements};

/// Signers on a list of referrers.
const LISTED: usize = 50;
/// Signers under one tag, whose manifest holds all of their certificates.
const TAGGED: usize = 20;

/// Starts all signers before one of them is waited for, those of the real client first; each signs an annotation of its own.
/// Ours must not fail. The others may: they write what they have read, whatever came between.
fn all_at_once(scene: &Scene, kept: Kept, counts: [usize; 2], image: &str) -> Result<()> {
    let mut ready: Vec<(bool, Command)> = Vec::new();
    for (program, count) in scene.both().iter().zip(counts) {
        let ours = *program == cosign();
        let name = if ours { "ours" } else { "real" };
        for number in 0..count {
            let annotation = format!("{name}={number}");
            let sign = ["sign", "-a", &annotation, image];
            let mut sign = scene.signing(program, ALICE, kept, &sign)?;
            sign.stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            ready.push((ours, sign));
        }
    }
    let start = |(ours, sign): &mut (bool, Command)| Ok((*ours, sign.spawn()?));
    let running: Vec<(bool, Child)> = ready.iter_mut().map(start).collect::<Result<_>>()?;
    let mut failed = Vec::new();
    for (ours, child) in running {
        let output = child.wait_with_output()?;
        if ours && !output.status.success() {
            failed.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

/// Each client finds what every signer of ours has signed, once.
fn none_is_lost(scene: &Scene, kept: Kept, count: usize, image: &str) -> Result<()> {
    for reader in scene.both() {
        let verified = scene.verify(&reader, ALICE, kept, &["verify", image])?;
        let mut numbers: Vec<usize> = elements(&verified.expect(0)?)?
            .iter()
            .filter_map(|one| one["optional"]["ours"].as_str()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        ensure!(numbers.iter().copied().eq(0..count), "{numbers:?}");
    }
    // They are Alice's, and nobody else's.
    let stranger = scene.verify(&cosign(), KEY, kept, &["verify", image])?;
    stranger.expect(12)?;
    Ok(())
}

#[test]
fn compat_42_fifty_signers_at_once_lose_no_entry_of_the_list() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let image = scene.image("app")?;
    all_at_once(&scene, Kept::Bundle, [0, LISTED], &image)?;
    let listed: BTreeSet<String> = scene.on_the_list(&image)?.into_iter().collect();
    ensure!(listed.len() == LISTED, "{} on the list", listed.len());
    none_is_lost(&scene, Kept::Bundle, LISTED, &image)
}

#[test]
fn compat_42_many_signers_at_once_lose_no_layer_of_the_tag() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let image = scene.image("app")?;
    all_at_once(&scene, Kept::Tag, [0, TAGGED], &image)?;
    let manifest = scene.under_tag(&image, "sig")?;
    let layers = manifest["layers"].as_array().unwrap().len();
    ensure!(layers == TAGGED, "{layers} layers");
    none_is_lost(&scene, Kept::Tag, TAGGED, &image)
}

#[test]
fn compat_42_real_signers_among_ours_take_nothing_of_ours_away() -> Result<()> {
    let Some(scene) = Scene::without_lists()? else {
        return Ok(());
    };
    let image = scene.image("app")?;
    all_at_once(&scene, Kept::Bundle, [2, TAGGED], &image)?;
    none_is_lost(&scene, Kept::Bundle, TAGGED, &image)
}
