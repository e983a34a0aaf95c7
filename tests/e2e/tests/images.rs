//! Images: the real cosign and ours sign and attest for each other, in real registries, as bundles and under tags.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_e2e::cosign;
use sigbox_e2e::images::{ALICE, BOB, KEY, Kept, OTHER, Scene, digest_of, elements};

const SLSA: &str = "slsaprovenance1";
const PREDICATE: &str = r#"{"buildDefinition":{"buildType":"https://example.com/b","externalParameters":{}},"runDetails":{"builder":{"id":"https://example.com/builder"}}}"#;

/// A scene in which something is to be attested.
fn with_predicate(scene: Scene) -> Result<Scene> {
    scene.stack.write("predicate.json", PREDICATE)?;
    Ok(scene)
}

/// Both directions, key and identity, signatures and attestations.
fn crosses_over(scene: &Scene, kept: Kept) -> Result<()> {
    let ours = cosign();
    let clients = [(&scene.real, &ours), (&ours, &scene.real), (&ours, &ours)];
    for (at, (maker, reader)) in clients.into_iter().enumerate() {
        for (who, kind) in [(KEY, "key"), (ALICE, "identity")] {
            let image = scene.image(&format!("app-{at}-{kind}"))?;
            signatures(scene, kept, (maker, reader), who, &image)?;
            attestations(scene, kept, (maker, reader), who, &image)?;
        }
    }
    Ok(())
}

/// Somebody else.
fn not(who: &str) -> &'static str {
    if who == KEY { OTHER } else { BOB }
}

fn signatures(
    scene: &Scene,
    kept: Kept,
    (maker, reader): (&Path, &Path),
    who: &str,
    image: &str,
) -> Result<()> {
    scene
        .sign(maker, who, kept, &["sign", "-a", "env=prod", image])?
        .expect(0)?;
    let verified = scene
        .verify(reader, who, kept, &["verify", "-a", "env=prod", image])?
        .expect(0)?
        .says("The specified annotations were verified.")?
        .says("The cosign claims were validated")?;
    let all = elements(&verified)?;
    ensure!(all.len() == 1, "{verified:?}");
    ensure!(all[0]["optional"]["env"] == "prod", "{verified:?}");
    ensure!(
        all[0]["critical"]["image"]["docker-manifest-digest"] == digest_of(image),
        "{verified:?}"
    );
    let code = scene.no_match(reader, kept);
    let annotated = ["verify", "-a", "env=test", image];
    scene.verify(reader, who, kept, &annotated)?.expect(code)?;
    scene
        .verify(reader, not(who), kept, &["verify", image])?
        .expect(code)?
        .says("no matching ")?;
    Ok(())
}

fn attestations(
    scene: &Scene,
    kept: Kept,
    (maker, reader): (&Path, &Path),
    who: &str,
    image: &str,
) -> Result<()> {
    let attest = [
        "attest",
        "--predicate",
        "predicate.json",
        "--type",
        SLSA,
        image,
    ];
    scene.sign(maker, who, kept, &attest)?.expect(0)?;
    let verify = ["verify-attestation", "--type", SLSA, image];
    let verified = scene.verify(reader, who, kept, &verify)?.expect(0)?;
    let lines: Vec<&str> = verified.stdout.lines().collect();
    ensure!(lines.len() == 1, "{verified:?}");
    let envelope: Value = serde_json::from_str(lines[0])?;
    ensure!(
        envelope["payloadType"] == "application/vnd.in-toto+json",
        "{verified:?}"
    );
    // The real client ends with 1 for every refusal of an attestation.
    let code = if reader == scene.real { 1 } else { 12 };
    let other = ["verify-attestation", "--type", "vuln", image];
    scene
        .verify(reader, who, kept, &other)?
        .expect(code)?
        .says("none of the attestations matched the predicate type: vuln, found: ")?;
    scene
        .verify(reader, not(who), kept, &verify)?
        .expect(code)?;
    Ok(())
}

#[test]
fn compat_16_bundles_cross_over_where_the_registry_keeps_lists() -> Result<()> {
    Scene::with_lists()?.map_or(Ok(()), |scene| {
        crosses_over(&with_predicate(scene)?, Kept::Bundle)
    })
}

#[test]
fn compat_16_bundles_cross_over_where_clients_keep_the_list() -> Result<()> {
    Scene::without_lists()?.map_or(Ok(()), |scene| {
        crosses_over(&with_predicate(scene)?, Kept::Bundle)
    })
}

#[test]
fn compat_17_signatures_under_tags_cross_over() -> Result<()> {
    for scene in Scene::all()? {
        crosses_over(&with_predicate(scene)?, Kept::Tag)?;
    }
    Ok(())
}

/// What `verify` prints of one statement, without what ours adds.
fn shared(element: &Value) -> Value {
    let mut shared = element.clone();
    // Signer, log entry and timestamp, which the real client leaves out for bundles.
    if let Some(optional) = shared["optional"].as_object_mut() {
        optional.retain(|name, _| name == "env");
    }
    shared
}

/// Signature and attestation on one digest: the same elements in any order; the attestation is no signature unless it is
/// asked for (`docs/spec-divergences.md`).
fn printed_alike(scene: &Scene) -> Result<()> {
    let ours = cosign();
    let image = scene.image("mixed")?;
    for (signer, kind) in [(&scene.real, "real"), (&ours, "ours")] {
        let annotation = format!("env={kind}");
        let sign = ["sign", "-a", &annotation, &image];
        scene.sign(signer, KEY, Kept::Bundle, &sign)?.expect(0)?;
        let attest = [
            "attest",
            "--predicate",
            "predicate.json",
            "--type",
            SLSA,
            &image,
        ];
        scene.sign(signer, KEY, Kept::Bundle, &attest)?.expect(0)?;
    }
    let printed = |program: &Path, more: &[&str]| -> Result<Vec<String>> {
        let verify = [&["verify"], more, &[image.as_str()]].concat();
        let verified = scene.verify(program, KEY, Kept::Bundle, &verify)?;
        let all = elements(&verified.expect(0)?)?;
        let mut all: Vec<String> = all.iter().map(|one| shared(one).to_string()).collect();
        all.sort_unstable();
        Ok(all)
    };
    let (real, all) = (
        printed(&scene.real, &[])?,
        printed(&ours, &["--accept-attestations"])?,
    );
    ensure!(real.len() == 4 && real == all, "{real:#?}\n{all:#?}");
    let signatures = printed(&ours, &[])?;
    ensure!(signatures.len() == 2, "{signatures:#?}");
    ensure!(
        signatures.iter().all(|one| real.contains(one)),
        "{signatures:#?}"
    );
    let attested = |program: &Path| -> Result<Vec<String>> {
        let verify = ["verify-attestation", "--type", SLSA, &image];
        let verified = scene.verify(program, KEY, Kept::Bundle, &verify)?;
        let mut lines: Vec<Value> = Vec::new();
        for line in verified.expect(0)?.stdout.lines() {
            lines.push(serde_json::from_str(line)?);
        }
        let mut lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        lines.sort_unstable();
        Ok(lines)
    };
    let (real, ours) = (attested(&scene.real)?, attested(&ours)?);
    ensure!(real.len() == 2 && real == ours, "{real:#?}\n{ours:#?}");
    Ok(())
}

#[test]
fn compat_23_signature_and_attestation_of_one_digest_are_printed_alike() -> Result<()> {
    for scene in Scene::all()? {
        printed_alike(&with_predicate(scene)?)?;
    }
    Ok(())
}
