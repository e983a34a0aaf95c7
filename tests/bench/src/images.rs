//! A hundred images verified in one call, from a real registry.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use sigbox_e2e::{RegistryProcess, peers, run};

use crate::distance::farther_away;
use crate::measure::{Subject, in_turn};
use crate::scene::{Scene, WHO, do_once};
use crate::table;

const IMAGES: usize = 100;
/// How far away a registry in the same country is.
const EACH_WAY: Duration = Duration::from_millis(5);
/// Runs that take seconds.
const FEW: usize = 5;

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

/// `verify` of all of them, by identity: beside the registry, whose own work counts then, and from a distance.
pub(crate) fn verify(scene: &Scene, runs: usize) -> Result<()> {
    let program = peers::distribution().context("the registry is missing")?;
    let registry = RegistryProcess::distribution(&program)?;
    let names = make(scene, &registry)?;
    let title = format!("`verify` of {IMAGES} images in one call, Distribution v3.1.2");
    compare(scene, runs, &format!("{title} on this machine"), &names)?;
    let far = farther_away(registry.host(), EACH_WAY)?;
    let names: Vec<String> = names
        .iter()
        .map(|name| name.replace(registry.host(), &far))
        .collect();
    let away = EACH_WAY.as_millis();
    let title = format!("{title} {away} ms away, each way");
    compare(scene, runs.min(FEW), &title, &names)
}

fn compare(scene: &Scene, runs: usize, title: &str, names: &[String]) -> Result<()> {
    let verify = |program| {
        let mut command = scene.client(program, &["verify"])?;
        command.args(scene.identity()).args(names);
        anyhow::Ok(command)
    };
    let subjects = [
        Subject::new("ours", verify(&scene.ours)?),
        Subject::new("cosign v3.1.3", verify(&scene.real)?),
    ];
    let medians = in_turn(&subjects, runs)?;
    table::print(title, &subjects, &medians);
    Ok(())
}
