//! A file of 1 GiB: signed and verified, beside `openssl dgst -sha256` of it.

use std::fs::File;
use std::io::Write as _;

use anyhow::{Context, Result};
use sigbox_e2e::peers;

use crate::measure::{Subject, in_turn};
use crate::scene::{Scene, WHO, do_once};
use crate::table;

const MIB: usize = 1024 * 1024;
const BYTES: usize = 1024 * MIB;

/// Writes the file; what is in it does not matter to a hash, and must not be a hole to a file system.
fn make(scene: &Scene) -> Result<()> {
    let piece: Vec<u8> = (0..u8::MAX).cycle().take(MIB).collect();
    let mut file = File::create(scene.stack.file("large"))?;
    for _ in 0..BYTES / MIB {
        file.write_all(&piece)?;
    }
    Ok(())
}

/// Four tables: verified by key and by identity, signed by key and by identity.
pub(crate) fn run(scene: &Scene, runs: usize) -> Result<()> {
    make(scene)?;
    let openssl = peers::on_path("openssl").context("openssl is missing")?;
    let digest = || scene.client_alone(&openssl, &["dgst", "-sha256", "large"]);
    let by_key = ["sign-blob", "--yes", "--key", "key.key", "--bundle"];
    let by_token = ["sign-blob", "--yes", "--bundle", "signed.bundle"];
    do_once({
        let mut command = scene.client(&scene.ours, &by_key)?;
        command.args(["key.bundle", "large"]);
        command
    })?;
    scene.sign_keyless("large", "keyless.bundle")?;
    let identity = scene.identity();

    let table = |title: &str, command: &dyn Fn(&std::path::Path) -> Result<_>| {
        let subjects = [
            Subject::new("ours", command(&scene.ours)?),
            Subject::new("`openssl dgst -sha256`", digest()),
            Subject::new("cosign v3.1.3", command(&scene.real)?),
        ];
        let medians = in_turn(&subjects, runs)?;
        table::print(title, &subjects, &medians);
        anyhow::Ok(())
    };
    table("1 GiB: `verify-blob --key`", &|program| {
        let arguments = ["verify-blob", "--key", "key.pub", "--bundle", "key.bundle"];
        let mut command = scene.client(program, &arguments)?;
        command.arg("large");
        Ok(command)
    })?;
    table("1 GiB: `verify-blob` of a keyless bundle", &|program| {
        let mut command = scene.client(program, &["verify-blob"])?;
        command.args(["--bundle", "keyless.bundle"]).args(&identity);
        command.arg("large");
        Ok(command)
    })?;
    table("1 GiB: `sign-blob --key`", &|program| {
        let mut command = scene.client(program, &by_key)?;
        command.args(["signed.bundle", "large"]);
        Ok(command)
    })?;
    // It lives for minutes, so it is made when it is needed.
    let token = scene.stack.token(WHO)?;
    table("1 GiB: keyless `sign-blob`", &|program| {
        let mut command = scene.client(program, &by_token)?;
        command.args(["--identity-token", &token, "large"]);
        Ok(command)
    })
}
