//! The flags of version 2: one command line for both clients makes the same signatures under tags, and each takes the
//! other's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_e2e::images::{ALICE, BOB, KEY, OTHER, Scene, digest_of, elements};
use sigbox_e2e::{Outcome, run};

const OLD: &str = "--new-bundle-format=false --use-signing-config=false";
const NAMES: &str = "--sign-container-identity registry.example.com/app,mirror.example.com/app";
const NOTES: &str = "-a env=prod -a team=core,tier=web";

/// One way to sign, for both clients.
struct Way {
    name: &'static str,
    who: &'static str,
    logged: bool,
    /// What else is said when signing.
    flags: String,
    /// The names that are signed.
    names: &'static [&'static str],
}

fn ways() -> [Way; 4] {
    let both = &["registry.example.com/app", "mirror.example.com/app"];
    [
        Way {
            name: "key",
            who: KEY,
            logged: true,
            flags: NOTES.to_owned(),
            names: &[],
        },
        Way {
            name: "unlogged",
            who: KEY,
            logged: false,
            flags: format!("{NOTES} {NAMES}"),
            names: both,
        },
        Way {
            name: "identity",
            who: ALICE,
            logged: true,
            flags: NOTES.to_owned(),
            names: &[],
        },
        Way {
            name: "names",
            who: ALICE,
            logged: true,
            flags: format!("{NAMES} --record-creation-timestamp"),
            names: both,
        },
    ]
}

/// Runs a client with the trust of the `SIGSTORE_…` files alone.
fn by_files(scene: &Scene, program: &Path, line: &str) -> Result<Outcome> {
    let mut command = scene.command(program)?;
    command
        .env_remove("COSIGN_SIGNING_CONFIG")
        .env_remove("COSIGN_TRUSTED_ROOT");
    run(command.args(line.split_whitespace()))
}

fn sign(scene: &Scene, program: &Path, way: &Way, image: &str) -> Result<Outcome> {
    let url = scene.stack.url();
    let who = if way.who == ALICE {
        let token = scene.stack.token(ALICE)?;
        format!("--fulcio-url {url} --identity-token {token}")
    } else {
        format!("--key {}.key", way.who)
    };
    let log = if way.logged {
        format!("--rekor-url {url} --tlog-upload=true")
    } else {
        "--tlog-upload=false".to_owned()
    };
    let line = format!("sign --yes {OLD} {who} {log} {} {image}", way.flags);
    by_files(scene, program, &line)?.expect(0)
}

fn verify(
    scene: &Scene,
    program: &Path,
    way: &Way,
    who: &str,
    more: &str,
    image: &str,
) -> Result<Outcome> {
    let demand = if who.contains('@') {
        format!(
            "--certificate-identity {who} --certificate-oidc-issuer {}/oidc",
            scene.stack.url()
        )
    } else {
        format!("--key {who}.pub")
    };
    let log = if way.logged {
        ""
    } else {
        "--insecure-ignore-tlog"
    };
    by_files(
        scene,
        program,
        &format!("verify {demand} {log} {more} {image}"),
    )
}

/// What stands under the tag: payloads, and which annotations each has; the name of the repository is taken out.
fn stored(scene: &Scene, image: &str) -> Result<BTreeSet<(String, Vec<String>)>> {
    let (repository, _) = image.split_once('@').unwrap();
    let manifest = scene.under_tag(image, "sig")?;
    let mut all = BTreeSet::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let digest = layer["digest"].as_str().unwrap();
        let payload = scene.crane(&format!("blob {repository}@{digest}"))?;
        let named = layer["annotations"].as_object().unwrap();
        // An empty one says what an absent one does.
        let named = named.iter().filter(|(_, value)| *value != "");
        let named = named.map(|(name, _)| name.clone()).collect();
        all.insert((payload.replace(repository, "REPOSITORY"), named));
    }
    Ok(all)
}

/// What each client prints of an image, in an order of its own.
fn printed(outcome: &Outcome) -> Result<Vec<String>> {
    let mut all: Vec<String> = elements(outcome)?.iter().map(Value::to_string).collect();
    all.sort_unstable();
    Ok(all)
}

fn crosses_over(scene: &Scene, way: &Way) -> Result<()> {
    let [real, ours] = scene.both();
    let made = scene.image(&format!("real-{}", way.name))?;
    let (from, _) = made.split_once('@').unwrap();
    let copy = scene.name(&format!("ours-{}", way.name));
    scene.crane(&format!("copy {from}:v1 {copy}:v1"))?;
    let copied = format!("{copy}@{}", digest_of(&made));
    for (signer, image) in [(&real, &made), (&ours, &copied)] {
        let signed = sign(scene, signer, way, image)?;
        // To the registry it is pushed, and nothing is said of it on stdout.
        ensure!(signed.stdout.is_empty(), "{signed:?}");
        let (repository, _) = image.split_once('@').unwrap();
        signed.says(&format!("Pushing signature to: {repository}\n"))?;
    }
    let (theirs, mine) = (stored(scene, &made)?, stored(scene, &copied)?);
    ensure!(theirs == mine, "{theirs:#?}\n{mine:#?}");
    for image in [&made, &copied] {
        let mut shown = Vec::new();
        for verifier in [&real, &ours] {
            let good = verify(scene, verifier, way, way.who, "", image)?.expect(0)?;
            shown.push(printed(&good)?);
            let all = elements(&good)?;
            ensure!(all.len() == way.names.len().max(1), "{good:?}");
            for name in way.names {
                let named = |one: &&Value| one["critical"]["identity"]["docker-reference"] == *name;
                ensure!(all.iter().filter(named).count() == 1, "{name}: {good:?}");
            }
            if way.flags.contains("env=prod") {
                let notes = "-a env=prod -a team=core -a tier=web";
                verify(scene, verifier, way, way.who, notes, image)?.expect(0)?;
                verify(scene, verifier, way, way.who, "-a tier=db", image)?
                    .expect(12)?
                    .says("Error: no matching signatures: ")?;
            }
            let stranger = if way.who == KEY { OTHER } else { BOB };
            verify(scene, verifier, way, stranger, "", image)?
                .expect(12)?
                .says("Error: no matching signatures: ")?;
        }
        ensure!(shown[0] == shown[1], "{:#?}\n{:#?}", shown[0], shown[1]);
    }
    Ok(())
}

#[test]
fn compat_17_the_flags_of_version_two_sign_the_same_for_both() -> Result<()> {
    for scene in Scene::all()? {
        for way in &ways() {
            crosses_over(&scene, way)?;
        }
    }
    Ok(())
}
