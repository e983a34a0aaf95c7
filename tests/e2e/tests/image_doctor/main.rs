//! What `cosign image doctor` says of who finds what, proved by the real client's two ways to look, on registries with and without
//! lists of referrers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod scene;

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_e2e::{RegistryProcess, cosign, peers};

use self::scene::Scene;

const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
const PAYLOAD: &str = "cosign container image signature";

/// How the real client looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As version 3 does by itself.
    Today,
    /// As versions 1 and 2 do: `--new-bundle-format=false`.
    Legacy,
}

impl Way {
    fn reader(self) -> &'static str {
        match self {
            Self::Today => "cosign-v3",
            Self::Legacy => "cosign-v2",
        }
    }
}

/// The registries that are there, and what the doctor says of their lists before and after there is something to list.
fn scenes() -> Result<Vec<(Scene, [&'static str; 2])>> {
    let mut scenes = Vec::new();
    if let Some(program) = peers::distribution() {
        let registry = RegistryProcess::distribution(&program)?;
        scenes.extend(Scene::new(registry)?.map(|scene| (scene, ["nobody", "tag"])));
    }
    if let Some(program) = peers::referrers_registry() {
        let registry = RegistryProcess::with_referrers(&program)?;
        scenes.extend(Scene::new(registry)?.map(|scene| (scene, ["registry", "registry"])));
    }
    Ok(scenes)
}

/// What the doctor says that a reader finds: of signatures the type in the real client's JSON, of attestations their own type.
fn said(diagnosis: &Value, reader: &str, command: &str) -> Vec<String> {
    let found = diagnosis["found"].as_array().unwrap().iter();
    let by = found.filter(|one| {
        one["foundBy"]
            .as_array()
            .unwrap()
            .iter()
            .any(|by| by == reader)
    });
    let types = by.filter_map(|one| {
        let of = one["predicateType"].as_str();
        match (command, one["storage"].as_str()?, one["kind"].as_str()?) {
            ("verify", "tag", "signature") => Some(PAYLOAD.to_owned()),
            // The real client counts every statement about the image as a signature of it.
            ("verify", "referrer", _) | ("verify-attestation", _, "attestation") => {
                of.map(str::to_owned)
            }
            _ => None,
        }
    });
    let mut types: Vec<String> = types.collect();
    types.sort();
    types
}

/// What the real client finds, if anything.
fn seen(scene: &Scene, way: Way, command: &str, image: &str) -> Result<Vec<String>> {
    let mut arguments = vec![command, "--key", "key.pub", "--insecure-ignore-tlog"];
    if way == Way::Legacy {
        arguments.push("--new-bundle-format=false");
    }
    if command == "verify-attestation" {
        arguments.extend(["--type", "custom"]);
    }
    arguments.push(image);
    let outcome = scene.real(&arguments)?;
    if outcome.code != Some(0) {
        let none = [
            "no signatures found",
            "no matching attestations",
            "none of the attestations matched the predicate type",
        ];
        ensure!(
            none.iter().any(|text| outcome.stderr.contains(text)),
            "{outcome:?}"
        );
        return Ok(Vec::new());
    }
    let mut types: Vec<String> = if command == "verify" {
        let all: Vec<Value> = serde_json::from_str(outcome.stdout.trim())?;
        let types = all
            .iter()
            .map(|one| one["critical"]["type"].as_str().unwrap().to_owned());
        types.collect()
    } else {
        outcome.stdout.lines().map(|_| CUSTOM.to_owned()).collect()
    };
    types.sort();
    Ok(types)
}

/// The doctor's word against what the real client does, both ways, for signatures and attestations.
fn compare(scene: &Scene, image: &str, code: i32) -> Result<Value> {
    let diagnosis = scene.doctor(image, code)?;
    for way in [Way::Today, Way::Legacy] {
        for command in ["verify", "verify-attestation"] {
            let (said, seen) = (
                said(&diagnosis, way.reader(), command),
                seen(scene, way, command, image)?,
            );
            ensure!(
                said == seen,
                "{way:?} {command}: the doctor says {said:?}, the real client finds {seen:?}\n{diagnosis:#}"
            );
        }
    }
    Ok(diagnosis)
}

/// Runs what is advised; then nothing is missing, and the real client finds each form where it looks.
fn follow(scene: &Scene, image: &str, diagnosis: &Value, code: i32) -> Result<()> {
    for missing in diagnosis["missing"].as_array().unwrap() {
        let command = missing["command"].as_str().unwrap();
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        scene.signing(&words)?;
    }
    let after = compare(scene, image, code)?;
    ensure!(after["missing"] == Value::Array(Vec::new()), "{after:#}");
    ensure!(said(&after, "cosign-v3", "verify").contains(&SIGN.to_owned()));
    ensure!(
        said(&after, "cosign-v2", "verify") == [PAYLOAD],
        "{after:#}"
    );
    Ok(())
}

const ATTEST: [&str; 4] = ["attest", "--predicate", "FILE", "--storage"];

#[test]
fn what_the_doctor_says_is_what_the_real_client_finds() -> Result<()> {
    for (scene, [empty, full]) in scenes()? {
        for (name, steps) in [
            ("unsigned", &[][..]),
            ("tag", &["sign tag"]),
            ("bundle", &["sign referrers"]),
            ("both", &["sign both"]),
            ("attested-hidden", &["sign tag", "attest referrers"]),
            ("attested-tag", &["sign referrers", "attest tag"]),
            ("attested-only", &["attest tag"]),
            ("everything", &["sign both", "attest both"]),
        ] {
            let image = scene.image(name)?;
            let mut keeper = empty;
            for step in steps {
                let (command, storage) = step.split_once(' ').unwrap();
                let first = if command == "sign" {
                    &["sign", "--storage"][..]
                } else {
                    &ATTEST
                };
                scene.signing(&[first, &[storage, &image]].concat())?;
                if storage != "tag" {
                    keeper = full;
                }
            }
            let diagnosis = compare(&scene, &image, 0)?;
            ensure!(diagnosis["referrers"] == keeper, "{name}: {diagnosis:#}");
            follow(&scene, &image, &diagnosis, 0)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_bundle_hides_nothing_from_the_real_client_and_is_named() -> Result<()> {
    for (scene, _) in scenes()? {
        let image = scene.image("damaged")?;
        scene.signing(&["sign", "--storage", "tag", &image])?;
        scene.attach_garbage(&image).await?;
        let diagnosis = compare(&scene, &image, 1)?;
        let found = diagnosis["found"].as_array().unwrap();
        ensure!(
            found[0]["problems"][0] == "not a Sigstore bundle",
            "{diagnosis:#}"
        );
        ensure!(found[0]["foundBy"] == Value::Array(Vec::new()));
        // No bundle that it can read: version 3 falls back to the tags.
        ensure!(said(&diagnosis, "cosign-v3", "verify") == [PAYLOAD]);
        follow(&scene, &image, &diagnosis, 1)?;
    }
    Ok(())
}

#[test]
fn an_entry_whose_manifest_was_deleted_hides_nothing_either_and_is_named() -> Result<()> {
    let Some(program) = peers::distribution() else {
        return Ok(());
    };
    let Some(scene) = Scene::new(RegistryProcess::distribution(&program)?)? else {
        return Ok(());
    };
    let image = scene.image("deleted")?;
    scene.signing(&["sign", "--storage", "both", &image])?;
    let before = compare(&scene, &image, 0)?;
    scene.delete(before["found"][0]["name"].as_str().unwrap())?;
    let diagnosis = compare(&scene, &image, 1)?;
    let found = diagnosis["found"].as_array().unwrap();
    ensure!(
        found[0]["problems"][0] == "it is listed, but its manifest is not there",
        "{diagnosis:#}"
    );
    ensure!(said(&diagnosis, "cosign-v3", "verify") == [PAYLOAD]);
    // This registry takes no list with such an entry: who signs again takes it off.
    follow(&scene, &image, &diagnosis, 0)
}

#[test]
fn a_bill_of_materials_under_a_tag_is_found_by_the_real_client_too() -> Result<()> {
    for (scene, _) in scenes()? {
        let image = scene.image("sbom")?;
        scene.signing(&["sign", "--storage", "both", &image])?;
        scene.attach_sbom(&image)?;
        let diagnosis = scene.doctor(&image, 0)?;
        let found = diagnosis["found"].as_array().unwrap();
        let sbom = found.iter().find(|one| one["kind"] == "sbom").unwrap();
        ensure!(sbom["foundBy"][1] == "cosign-v3", "{diagnosis:#}");
        let read = scene.real(&["download", "sbom", &image])?.expect(0)?;
        ensure!(read.stdout.contains("SPDX-2.3"), "{read:?}");
    }
    Ok(())
}

/// Variables that other commands go by: neither client refuses to verify an image because of them.
#[test]
fn a_variable_for_another_command_stops_neither_client() -> Result<()> {
    let variables = [
        ("COSIGN_REKOR_URL", "http://127.0.0.1:1"),
        ("COSIGN_FULCIO_URL", "http://127.0.0.1:1"),
        ("COSIGN_SLOT", "signature"),
        ("COSIGN_SK", "false"),
        ("COSIGN_K8S_KEYCHAIN", "false"),
    ];
    for (scene, _) in scenes()? {
        let image = scene.image("variables")?;
        scene.signing(&["sign", "--storage", "both", &image])?;
        let verify = [
            "verify",
            "--key",
            "key.pub",
            "--insecure-ignore-tlog",
            &image,
        ];
        for program in [&scene.real, &cosign()] {
            scene.run_with(&variables, program, &verify)?.expect(0)?;
        }
    }
    Ok(())
}
