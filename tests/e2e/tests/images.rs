//! Images: the real cosign and ours sign and attest for each other, in real registries, as bundles and under tags.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::Value;
use sigbox_e2e::{Outcome, RegistryProcess, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const SLSA: &str = "slsaprovenance1";
const PREDICATE: &str = r#"{"buildDefinition":{"buildType":"https://example.com/b","externalParameters":{}},"runDetails":{"builder":{"id":"https://example.com/builder"}}}"#;

/// Where signatures are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Bundle,
    Tag,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signer {
    Key,
    Identity,
}

/// An instance, a registry and the real programs.
struct Scene {
    stack: Stack,
    registry: RegistryProcess,
    crane: PathBuf,
    real: PathBuf,
}

impl Scene {
    fn new(registry: RegistryProcess) -> Result<Option<Self>> {
        let (Some(crane), Some(real)) = (peers::crane(), peers::cosign()) else {
            return Ok(None);
        };
        let scene = Self {
            stack: Stack::start()?,
            registry,
            crane,
            real,
        };
        std::fs::write(scene.stack.file("layer.tar"), [0; 1024])?;
        scene.stack.write("predicate.json", PREDICATE)?;
        for name in ["key", "other"] {
            let arguments = ["generate-key-pair", "--output-key-prefix", name];
            scene.client(&cosign(), &arguments, &[])?.expect(0)?;
        }
        Ok(Some(scene))
    }

    /// Makes an image that is like no other; its name with its digest.
    fn image(&self, name: &str) -> Result<String> {
        let tag = format!("{}/{name}:v1", self.registry.host());
        let mut crane = std::process::Command::new(&self.crane);
        let home = self.stack.file("");
        crane.env_clear().env("HOME", &home).current_dir(&home);
        let append = ["append", "--new_layer", "layer.tar", "--new_tag", &tag];
        run(crane.args(append))?.expect(0)?;
        let mut crane = std::process::Command::new(&self.crane);
        crane.env_clear().env("HOME", &home);
        let label = format!("image={name}");
        let labelled =
            run(crane.args(["mutate", "--label", &label, "-t", &tag, &tag]))?.expect(0)?;
        Ok(labelled.stdout.trim().to_owned())
    }

    fn client(&self, program: &Path, arguments: &[&str], more: &[&str]) -> Result<Outcome> {
        let mut command = self.stack.command(program)?;
        command
            .env("COSIGN_PASSWORD", "pw")
            .current_dir(self.stack.file(""))
            .args(arguments)
            .args(more);
        run(&mut command)
    }

    /// `sign` or `attest`, with all that makes `program` use the instance and the storage.
    fn sign(
        &self,
        program: &Path,
        signer: Signer,
        kept: Kept,
        arguments: &[&str],
    ) -> Result<Outcome> {
        let mut command = self.stack.command(program)?;
        command
            .env("COSIGN_PASSWORD", "pw")
            .current_dir(self.stack.file(""))
            .args([arguments[0], "--yes"]);
        match signer {
            Signer::Key => command.args(["--key", "key.key"]),
            Signer::Identity => command.args(["--identity-token", &self.stack.token(WHO)?]),
        };
        if kept == Kept::Tag && program == self.real {
            let url = self.stack.url();
            command
                .env_remove("COSIGN_SIGNING_CONFIG")
                .env_remove("COSIGN_TRUSTED_ROOT")
                .args(["--new-bundle-format=false", "--use-signing-config=false"])
                .args(["--rekor-url", url, "--fulcio-url", url]);
        } else if kept == Kept::Tag {
            let config = self.stack.data().join("trust/signing_config.rekor_v1.json");
            command.args(["--new-bundle-format=false", "--signing-config"]);
            command.arg(config);
        }
        run(command.args(&arguments[1..]))
    }

    /// `verify` or `verify-attestation` for the holder of a key or an identity.
    fn verify(&self, program: &Path, who: &str, kept: Kept, arguments: &[&str]) -> Result<Outcome> {
        let mut command = self.stack.command(program)?;
        command.current_dir(self.stack.file("")).arg(arguments[0]);
        if kept == Kept::Tag && program == self.real {
            command.env_remove("COSIGN_TRUSTED_ROOT");
        }
        if who.contains('@') {
            let issuer = format!("{}/oidc", self.stack.url());
            command.args(["--certificate-identity", who]);
            command.args(["--certificate-oidc-issuer", &issuer]);
        } else {
            command.args(["--key", who]);
        }
        run(command.args(&arguments[1..]))
    }
}

/// Who has signed, and somebody else.
fn right_and_wrong(signer: Signer) -> (&'static str, &'static str) {
    match signer {
        Signer::Key => ("key.pub", "other.pub"),
        Signer::Identity => (WHO, "bob@example.com"),
    }
}

/// The elements that `verify` prints.
fn elements(outcome: &Outcome) -> Result<Vec<Value>> {
    Ok(serde_json::from_str(&outcome.stdout)?)
}

/// What the real client ends with where ours ends with 12: 1 for a bundle.
fn no_match(scene: &Scene, program: &Path, kept: Kept) -> i32 {
    if kept == Kept::Bundle && program == scene.real {
        1
    } else {
        12
    }
}

/// Both directions, key and identity, signatures and attestations.
fn crosses_over(scene: &Scene, kept: Kept) -> Result<()> {
    let ours = cosign();
    let clients = [(&scene.real, &ours), (&ours, &scene.real), (&ours, &ours)];
    for (at, (maker, reader)) in clients.into_iter().enumerate() {
        for signer in [Signer::Key, Signer::Identity] {
            let name = format!("app-{at}-{signer:?}").to_lowercase();
            let image = scene.image(&name)?;
            signatures(scene, kept, (maker, reader), signer, &image)?;
            attestations(scene, kept, (maker, reader), signer, &image)?;
        }
    }
    Ok(())
}

fn signatures(
    scene: &Scene,
    kept: Kept,
    (maker, reader): (&Path, &Path),
    signer: Signer,
    image: &str,
) -> Result<()> {
    scene
        .sign(maker, signer, kept, &["sign", "-a", "env=prod", image])?
        .expect(0)?;
    let (good, bad) = right_and_wrong(signer);
    let verified = scene
        .verify(reader, good, kept, &["verify", "-a", "env=prod", image])?
        .expect(0)?
        .says("The specified annotations were verified.")?
        .says("The cosign claims were validated")?;
    let all = elements(&verified)?;
    ensure!(all.len() == 1, "{verified:?}");
    ensure!(all[0]["optional"]["env"] == "prod", "{verified:?}");
    let (_, digest) = image.split_once('@').unwrap();
    ensure!(
        all[0]["critical"]["image"]["docker-manifest-digest"] == digest,
        "{verified:?}"
    );
    let code = no_match(scene, reader, kept);
    let annotated = ["verify", "-a", "env=test", image];
    scene.verify(reader, good, kept, &annotated)?.expect(code)?;
    scene
        .verify(reader, bad, kept, &["verify", image])?
        .expect(code)?
        .says("no matching ")?;
    Ok(())
}

fn attestations(
    scene: &Scene,
    kept: Kept,
    (maker, reader): (&Path, &Path),
    signer: Signer,
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
    scene.sign(maker, signer, kept, &attest)?.expect(0)?;
    let (good, bad) = right_and_wrong(signer);
    let verify = ["verify-attestation", "--type", SLSA, image];
    let verified = scene.verify(reader, good, kept, &verify)?.expect(0)?;
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
        .verify(reader, good, kept, &other)?
        .expect(code)?
        .says("none of the attestations matched the predicate type: vuln, found: ")?;
    scene.verify(reader, bad, kept, &verify)?.expect(code)?;
    Ok(())
}

fn on_distribution() -> Result<Option<Scene>> {
    let Some(program) = peers::distribution() else {
        return Ok(None);
    };
    Scene::new(RegistryProcess::distribution(&program)?)
}

#[test]
fn bundles_cross_over_where_the_registry_keeps_lists() -> Result<()> {
    let Some(program) = peers::referrers_registry() else {
        return Ok(());
    };
    let registry = RegistryProcess::with_referrers(&program)?;
    Scene::new(registry)?.map_or(Ok(()), |scene| crosses_over(&scene, Kept::Bundle))
}

#[test]
fn bundles_cross_over_where_clients_keep_the_list() -> Result<()> {
    on_distribution()?.map_or(Ok(()), |scene| crosses_over(&scene, Kept::Bundle))
}

#[test]
fn signatures_under_tags_cross_over() -> Result<()> {
    on_distribution()?.map_or(Ok(()), |scene| crosses_over(&scene, Kept::Tag))
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
        scene
            .sign(signer, Signer::Key, Kept::Bundle, &sign)?
            .expect(0)?;
        let attest = [
            "attest",
            "--predicate",
            "predicate.json",
            "--type",
            SLSA,
            &image,
        ];
        scene
            .sign(signer, Signer::Key, Kept::Bundle, &attest)?
            .expect(0)?;
    }
    let printed = |program: &Path, more: &[&str]| -> Result<Vec<String>> {
        let verify = [&["verify"], more, &[image.as_str()]].concat();
        let verified = scene.verify(program, "key.pub", Kept::Bundle, &verify)?;
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
        let verified = scene.verify(program, "key.pub", Kept::Bundle, &verify)?;
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
    let Some(program) = peers::referrers_registry() else {
        return Ok(());
    };
    let registry = RegistryProcess::with_referrers(&program)?;
    if let Some(scene) = Scene::new(registry)? {
        printed_alike(&scene)?;
    }
    on_distribution()?.map_or(Ok(()), |scene| printed_alike(&scene))
}

#[test]
fn exit_codes_are_those_of_the_real_client() -> Result<()> {
    let Some(scene) = on_distribution()? else {
        return Ok(());
    };
    let image = scene.image("codes")?;
    let host = scene.registry.host();
    let no_tag = format!("{host}/codes:none");
    for program in [&scene.real, &cosign()] {
        let verify = |image: &str| scene.verify(program, "key.pub", Kept::Tag, &["verify", image]);
        verify(&image)?
            .expect(10)?
            .says("Error: no signatures found")?;
        verify(&no_tag)?
            .expect(11)?
            .says("Error: image tag not found: ")?;
    }
    scene
        .sign(&cosign(), Signer::Key, Kept::Tag, &["sign", &image])?
        .expect(0)?;
    for program in [&scene.real, &cosign()] {
        let verify = |who| scene.verify(program, who, Kept::Tag, &["verify", &image]);
        verify("key.pub")?.expect(0)?;
        verify("other.pub")?
            .expect(12)?
            .says("Error: no matching signatures: ")?;
    }
    Ok(())
}

/// The layer of one image under the tag of another one: it verifies, and is not of that image.
#[test]
fn a_signature_that_is_put_under_another_image_is_refused_by_both() -> Result<()> {
    let Some(scene) = on_distribution()? else {
        return Ok(());
    };
    let (signed, other) = (scene.image("one")?, scene.image("two")?);
    scene
        .sign(&cosign(), Signer::Key, Kept::Tag, &["sign", &signed])?
        .expect(0)?;
    let tag = |image: &str| {
        let (repository, digest) = image.split_once('@').unwrap();
        format!("{repository}:{}.sig", digest.replace(':', "-"))
    };
    let mut crane = std::process::Command::new(&scene.crane);
    crane.env_clear().env("HOME", scene.stack.file(""));
    run(crane.args(["copy", &tag(&signed), &tag(&other)]))?.expect(0)?;
    for program in [&scene.real, &cosign()] {
        scene
            .verify(program, "key.pub", Kept::Tag, &["verify", &signed])?
            .expect(0)?;
        scene
            .verify(program, "key.pub", Kept::Tag, &["verify", &other])?
            .expect(12)?
            .says("invalid or missing digest in claim")?;
    }
    Ok(())
}

/// Signing again by the other client or by the same one adds nothing under the tag that is there already.
#[test]
fn a_signature_that_is_there_is_not_stored_again() -> Result<()> {
    let Some(scene) = on_distribution()? else {
        return Ok(());
    };
    let image = scene.image("again")?;
    let count = || -> Result<usize> {
        let verified = scene.verify(&cosign(), "key.pub", Kept::Tag, &["verify", &image])?;
        Ok(elements(&verified.expect(0)?)?.len())
    };
    let sign = |program: &Path, more: &[&str]| {
        let arguments = [&["sign"], more, &[image.as_str()]].concat();
        scene
            .sign(program, Signer::Key, Kept::Tag, &arguments)?
            .expect(0)
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
    let Some(scene) = on_distribution()? else {
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
                    scene
                        .sign(&cosign(), Signer::Key, Kept::Tag, &sign)?
                        .expect(0)?;
                    Ok(())
                })
            });
            signing
                .into_iter()
                .try_for_each(|one| one.join().expect("a signer panicked"))
        })?;
    }
    let verified = scene.verify(&scene.real, "key.pub", Kept::Tag, &["verify", &image])?;
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
