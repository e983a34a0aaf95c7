//! Verifying a small blob, and signing one keylessly.

use anyhow::Result;

use crate::measure::{Subject, beside_this_program, in_turn};
use crate::scene::{Scene, WHO};
use crate::table;

/// `verify-blob` of a small keyless bundle: ours, the least that the crate can do, and the real one; and what a process costs.
pub(crate) fn verify(scene: &Scene, runs: usize) -> Result<()> {
    scene.stack.write("small.txt", "a small file\n")?;
    scene.sign_keyless("small.txt", "small.bundle")?;
    let root = scene.stack.data().join("trust/trusted_root.json");
    let identity = scene.identity();
    let verify = |program| -> Result<_> {
        let mut command = scene.client_alone(program, &["verify-blob", "--bundle", "small.bundle"]);
        command.args(&identity).arg("--trusted-root").arg(&root);
        command.arg("small.txt");
        Ok(command)
    };
    let mut bare = scene.client_alone(&beside_this_program("examples/bare_verify")?, &[]);
    bare.arg(&root);
    bare.args(["small.bundle", WHO, &scene.issuer(), "small.txt"]);
    let subjects = [
        Subject::new("ours", verify(&scene.ours)?),
        Subject::new("bare program over sigstore-verify 0.15.1", bare),
        Subject::new("cosign v3.1.3", verify(&scene.real)?),
        Subject::new("`/bin/true`", scene.client_alone("/bin/true".as_ref(), &[])),
    ];
    let medians = in_turn(&subjects, runs)?;
    table::print(
        "`verify-blob` of a small keyless bundle",
        &subjects,
        &medians,
    );
    Ok(())
}

/// `sign-blob` with an identity token, against the running instance.
pub(crate) fn sign(scene: &Scene, runs: usize) -> Result<()> {
    scene.stack.write("small.txt", "a small file\n")?;
    let token = scene.stack.token(WHO)?;
    let sign = |program| {
        let arguments = ["sign-blob", "--yes", "--identity-token", &token];
        let mut command = scene.client(program, &arguments)?;
        command.args(["--bundle", "signed.bundle", "small.txt"]);
        anyhow::Ok(command)
    };
    let subjects = [
        Subject::new("ours", sign(&scene.ours)?),
        Subject::new("cosign v3.1.3", sign(&scene.real)?),
    ];
    let medians = in_turn(&subjects, runs)?;
    table::print(
        "keyless `sign-blob` of a small file, against a running sigbox",
        &subjects,
        &medians,
    );
    Ok(())
}
