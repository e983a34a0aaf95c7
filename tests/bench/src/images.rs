//! A hundred images verified in one call, from a real registry.

use std::process::Command;

use anyhow::{Context, Result};
use sigbox_e2e::{RegistryProcess, peers, run};

use crate::measure::{Subject, in_turn};
use crate::scene::{Scene, WHO, do_once};
use crate::table;

const IMAGES: usize = 100;

/// Makes the images and signs them keylessly, each with its own bundle; their names with digests.
fn make(scene: &Scene, registry: &RegistryProcess) -> Result<Vec<String>> {
    let crane = peers::crane().context("crane is missing")?;
    std::fs::write(scene.stack.file("layer.tar"), [0; 1024])?;
    let home = scene.stack.file("");
    let crane = |arguments: &[&str]| -> Result<String> {
        let mut command = Command::new(&crane);
        command.env_clear().env("HOME", &home).current_dir(&home);
        let done = run(command.args(arguments))?.expect(0)?;
        Ok(done.stdout.trim().to_owned())
    };
    let base = format!("{}/base:v1", registry.host());
    crane(&["append", "--new_layer", "layer.tar", "--new_tag", &base])?;
    let mut names = Vec::with_capacity(IMAGES);
    for number in 0..IMAGES {
        let label = format!("image={number}");
        let tag = format!("{}/app{number}:v1", registry.host());
        names.push(crane(&["mutate", "--label", &label, "-t", &tag, &base])?);
    }
    let token = scene.stack.token(WHO)?;
    let arguments = ["sign", "--yes", "--identity-token", &token];
    let mut sign = scene.client(&scene.ours, &arguments)?;
    sign.args(&names);
    do_once(sign)?;
    Ok(names)
}

/// `verify` of all of them, by identity.
pub(crate) fn verify(scene: &Scene, runs: usize) -> Result<()> {
    let program = peers::distribution().context("the registry is missing")?;
    let registry = RegistryProcess::distribution(&program)?;
    let names = make(scene, &registry)?;
    let verify = |program| {
        let mut command = scene.client(program, &["verify"])?;
        command.args(scene.identity()).args(&names);
        anyhow::Ok(command)
    };
    let subjects = [
        Subject::new("ours", verify(&scene.ours)?),
        Subject::new("cosign v3.1.3", verify(&scene.real)?),
    ];
    let medians = in_turn(&subjects, runs)?;
    table::print(
        &format!("`verify` of {IMAGES} images in one call, Distribution v3.1.2 on this machine"),
        &subjects,
        &medians,
    );
    Ok(())
}
