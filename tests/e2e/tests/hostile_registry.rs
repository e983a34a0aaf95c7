//! A registry that never stops sending, and how much memory it can make the client take.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Outcome, cosign, peers, run};
use sigbox_testkit::lying_registry::{Behaviour, BodyLie, LyingRegistry};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const SIGNATURE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const TEN_GIB: u64 = 10 << 30;
const LIMIT_KIB: u64 = 64 * 1024;
const ENDLESS: BodyLie = BodyLie::Endless { announced: None };
const VERIFY: &[&str] = &["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];

/// A registry in this process with an image `app:v1`, and a public key in a folder.
struct World {
    registry: LyingRegistry,
    host: String,
    files: tempfile::TempDir,
    time: PathBuf,
    _runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Result<Option<Self>> {
        let Some(time) = peers::on_path("time") else {
            return Ok(None);
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let registry = LyingRegistry::new();
        let host = runtime.block_on(registry.serve()).to_string();
        let files = tempfile::tempdir()?;
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
        std::fs::write(files.path().join("cosign.pub"), key.public_key().to_pem())?;
        Ok(Some(Self {
            registry,
            host,
            files,
            time,
            _runtime: runtime,
        }))
    }

    /// Puts a manifest with these layers under a tag; its digest.
    fn tag(&self, tag: &str, layers: &[Value]) -> String {
        let config = self.registry.put_blob("{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": 2, "digest": config}, "layers": layers,
        });
        let manifest = manifest.to_string();
        self.registry
            .put_manifest("app", Some(tag), MANIFEST, manifest)
    }

    fn layer(&self, media_type: &str, size: u64) -> Value {
        let digest = self.registry.put_blob("{}");
        let annotations = json!({"dev.cosignproject.cosign/signature": "AAAA"});
        json!({"mediaType": media_type, "size": size, "digest": digest, "annotations": annotations})
    }

    /// Runs the client; what came of it, and the most memory that it took, in KiB.
    fn measured(&self, arguments: &[&str]) -> Result<(Outcome, u64)> {
        let memory = self.files.path().join("memory");
        // Whoever waits for the end of what has none must not wait for ever.
        let mut command = Command::new("/usr/bin/timeout");
        command
            .env_clear()
            .env("HOME", self.files.path())
            .current_dir(self.files.path())
            .arg("60")
            .arg(&self.time)
            .args([Path::new("-f"), Path::new("%M"), Path::new("-o"), &memory])
            .arg(cosign())
            .args(arguments)
            .arg(format!("{}/app:v1", self.host));
        let outcome = run(&mut command)?;
        let said = std::fs::read_to_string(&memory)?;
        let most = said.lines().last().context("no memory is told")?;
        Ok((outcome, most.trim().parse()?))
    }

    /// It ends with this code, and within the bound.
    fn bounded(&self, what: &str, arguments: &[&str], code: i32) -> Result<()> {
        let (outcome, most) = self.measured(arguments)?;
        outcome.expect(code).with_context(|| what.to_owned())?;
        ensure!(most <= LIMIT_KIB, "{what}: {most} KiB");
        Ok(())
    }

    fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        self.registry.set(|behaviour| {
            *behaviour = Behaviour::default();
            change(behaviour);
        });
    }
}

#[test]
fn adv_c53_no_registry_makes_the_verifier_take_more_than_64_mib() -> Result<()> {
    let Some(world) = World::new()? else {
        return Ok(());
    };
    let image = world.tag("v1", &[]).replace(':', "-");
    let signatures = format!("{image}.sig");
    world.bounded("nothing", VERIFY, 10)?;
    world.tag(&signatures, &[world.layer(SIGNATURE, TEN_GIB)]);
    world.bounded("a layer of 10 GiB", VERIFY, 12)?;
    world.tag(&signatures, &[world.layer(SIGNATURE, 2)]);
    world.behave(|behaviour| behaviour.blob_body = ENDLESS);
    world.bounded("a layer without end", VERIFY, 12)?;
    world.behave(|behaviour| behaviour.manifest_body = ENDLESS);
    world.bounded("a manifest without end", VERIFY, 1)?;
    world.behave(|behaviour| behaviour.referrer_count = Some(10_000));
    world.bounded("referrers without end", VERIFY, 1)?;
    world.behave(|_| {});
    world.tag(&signatures, &vec![world.layer(SIGNATURE, 2); 100_000]);
    world.bounded("100,000 layers", VERIFY, 1)?;
    Ok(())
}

#[test]
fn abuse_b09_no_attachment_or_layer_makes_the_client_take_more_than_64_mib() -> Result<()> {
    let Some(world) = World::new()? else {
        return Ok(());
    };
    let image = world
        .tag("v1", &[world.layer(LAYER, TEN_GIB)])
        .replace(':', "-");
    world.tag(
        &format!("{image}.sbom"),
        &[world.layer("text/spdx", TEN_GIB)],
    );
    let (download, save) = (&["download", "sbom"][..], &["save", "--dir", "saved"][..]);
    world.bounded("an SBOM of 10 GiB", download, 1)?;
    world.behave(|behaviour| behaviour.blob_body = ENDLESS);
    world.tag(&format!("{image}.sbom"), &[world.layer("text/spdx", 2)]);
    world.bounded("an SBOM without end", download, 1)?;
    // A layer may be large: it goes through to the disk. This one is longer than it says.
    world.tag("v1", &[world.layer(LAYER, 2)]);
    world.bounded("a layer without end", save, 1)?;
    Ok(())
}
