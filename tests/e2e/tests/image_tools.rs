//! Images with what is signed about them, moved by our client and by real cosign v3.1.3, both ways, on a registry with the
//! referrers API and on CNCF Distribution, which has none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};
use sigbox_e2e::{Outcome, RegistryProcess, cosign, peers, run};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const NO_TRUST: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// A registry, a key pair, and two clients.
struct Scene {
    registry: RegistryProcess,
    files: tempfile::TempDir,
    real: PathBuf,
    crane: PathBuf,
    /// Whether the registry keeps lists of referrers.
    lists: bool,
}

impl Scene {
    fn new(registry: RegistryProcess, real: PathBuf, crane: PathBuf) -> Result<Self> {
        let files = tempfile::tempdir()?;
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
        let write = |name: &str, text: &str| std::fs::write(files.path().join(name), text);
        write("cosign.key", &EncryptedKey::seal(&key, b"pw")?.to_pem())?;
        write("cosign.pub", &key.public_key().to_pem())?;
        write("empty.json", NO_SERVICES)?;
        write("root.json", NO_TRUST)?;
        std::fs::write(files.path().join("layer.tar"), [0; 1024])?;
        let scene = Self {
            registry,
            files,
            real,
            crane,
            lists: false,
        };
        scene.image("app:amd64")?;
        scene.image("app:arm64")?;
        let members = ["app:amd64", "app:arm64"].map(|name| scene.name(name));
        let index = scene.name("app:all");
        let all = [
            "index",
            "append",
            "-t",
            &index,
            "-m",
            &members[0],
            "-m",
            &members[1],
        ];
        scene.run(&scene.crane, &all)?;
        Ok(scene)
    }

    fn image(&self, name: &str) -> Result<()> {
        let (image, note) = (self.name(name), format!("name={name}"));
        let appended = ["append", "--new_layer", "layer.tar", "--new_tag", &image];
        self.run(&self.crane, &appended)?;
        self.run(
            &self.crane,
            &["mutate", &image, "--annotation", &note, "-t", &image],
        )?;
        Ok(())
    }

    fn name(&self, image: &str) -> String {
        format!("{}/{image}", self.registry.host())
    }

    fn attempt(&self, program: &PathBuf, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.files.path())
            .env("COSIGN_PASSWORD", "pw")
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .current_dir(self.files.path())
            .args(arguments);
        run(&mut command)
    }

    fn run(&self, program: &PathBuf, arguments: &[&str]) -> Result<Outcome> {
        self.attempt(program, arguments)?.expect(0)
    }

    fn digest(&self, image: &str) -> Result<String> {
        let digest = self
            .run(&self.crane, &["digest", &self.name(image)])?
            .stdout;
        Ok(digest.trim().to_owned())
    }

    /// Signs an image by its digest, as bundles or under tags.
    fn sign(&self, program: &PathBuf, image: &str, bundles: bool) -> Result<()> {
        let name = self.name(&format!("app@{}", self.digest(image)?));
        let mut arguments = vec!["sign", "--key", "cosign.key", "-y"];
        if bundles {
            arguments.extend(["--signing-config", "empty.json"]);
            if program == &self.real {
                arguments.extend(["--trusted-root", "root.json"]);
            }
        } else if program == &self.real {
            arguments.extend([
                "--use-signing-config=false",
                "--tlog-upload=false",
                "--new-bundle-format=false",
            ]);
        } else {
            arguments.extend(["--signing-config", "empty.json", "--storage", "tag"]);
        }
        arguments.push(&name);
        self.run(program, &arguments)?;
        Ok(())
    }

    /// How many signatures a client accepts.
    fn verify(&self, program: &PathBuf, extra: &[&str], image: &str) -> Result<usize> {
        let keyed = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
        let arguments = [&keyed, extra, &[image]].concat();
        let verified = self.run(program, &arguments)?;
        Ok(verified.stdout.matches("docker-manifest-digest").count())
    }
}

fn scenes() -> Result<Vec<Scene>> {
    let (Some(real), Some(crane)) = (peers::cosign(), peers::crane()) else {
        return Ok(Vec::new());
    };
    let mut scenes = Vec::new();
    if let Some(program) = peers::referrers_registry() {
        let registry = RegistryProcess::with_referrers(&program)?;
        let mut scene = Scene::new(registry, real.clone(), crane.clone())?;
        scene.lists = true;
        scenes.push(scene);
    }
    if let Some(program) = peers::distribution() {
        let registry = RegistryProcess::distribution(&program)?;
        scenes.push(Scene::new(registry, real, crane)?);
    }
    Ok(scenes)
}

#[test]
fn what_one_client_saves_the_other_verifies_and_loads() -> Result<()> {
    let ours = cosign();
    for scene in scenes()? {
        let real = scene.real.clone();
        for (image, bundles) in [("app:amd64", true), ("app:arm64", false)] {
            scene.sign(&real, image, bundles)?;
            scene.sign(&ours, image, bundles)?;
            // Under a tag, the same key's signature of the same payload is there already.
            let signatures = if bundles { 2 } else { 1 };
            for (saver, loader, at) in [(&real, &ours, "one"), (&ours, &real, "two")] {
                let (tag, directory) = (image.replace("app:", ""), image.replace(':', "-") + at);
                scene.run(saver, &["save", "--dir", &directory, &scene.name(image)])?;
                for verifier in [&real, &ours] {
                    let found = scene.verify(verifier, &["--local-image"], &directory)?;
                    ensure!(found == signatures, "{directory}: {found}");
                }
                let moved = scene.name(&format!("{at}:{tag}"));
                let load = ["load", "--dir", &directory, &moved];
                if loader == &real && bundles && !scene.lists {
                    // It stores a bundle's manifest before the bundle, also of what it has saved itself.
                    let own = image.replace(':', "-") + "one";
                    for directory in [&directory, &own] {
                        let load = ["load", "--dir", directory, &moved];
                        let refused = scene.attempt(&real, &load)?;
                        refused.expect(1)?.says("MANIFEST_BLOB_UNKNOWN")?;
                    }
                    continue;
                }
                scene.run(loader, &load)?;
                for verifier in [&real, &ours] {
                    let found = scene.verify(verifier, &[], &moved)?;
                    ensure!(found == signatures, "{moved}: {found}");
                }
                ensure!(scene.digest(&format!("{at}:{tag}"))? == scene.digest(image)?);
            }
        }
    }
    Ok(())
}

#[test]
fn an_index_with_bundles_is_moved_and_verifies_in_the_directory() -> Result<()> {
    let ours = cosign();
    for scene in scenes()? {
        let real = scene.real.clone();
        for image in ["app:all", "app:amd64"] {
            scene.sign(&real, image, true)?;
        }
        scene.run(&ours, &["save", "--dir", "ours", &scene.name("app:all")])?;
        scene.run(&real, &["save", "--dir", "real", &scene.name("app:all")])?;
        for directory in ["ours", "real"] {
            ensure!(scene.verify(&ours, &["--local-image"], directory)? == 1);
        }
        // What ours is better at.
        let local = ["--insecure-ignore-tlog", "--local-image", "real"];
        let local = [&["verify", "--key", "cosign.pub"][..], &local].concat();
        scene
            .attempt(&real, &local)?
            .says("no signatures associated with the image saved in real")?;
        let moved = scene.name("moved:all");
        scene.run(&ours, &["load", "--dir", "ours", &moved])?;
        let member = scene.name(&format!("moved@{}", scene.digest("app:amd64")?));
        for image in [&moved, &member] {
            for verifier in [&real, &ours] {
                ensure!(scene.verify(verifier, &[], image)? == 1, "{image}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_copy_verifies_by_both_clients() -> Result<()> {
    let ours = cosign();
    for scene in scenes()? {
        let real = scene.real.clone();
        scene.sign(&ours, "app:amd64", true)?;
        scene.sign(&ours, "app:arm64", false)?;
        for tag in ["amd64", "arm64"] {
            let (from, to) = (
                scene.name(&format!("app:{tag}")),
                scene.name(&format!("copy:{tag}")),
            );
            scene.run(&ours, &["copy", &from, &to])?;
            for verifier in [&real, &ours] {
                ensure!(scene.verify(verifier, &[], &to)? == 1, "{to}");
            }
        }
        let other = scene.attempt(
            &ours,
            &["copy", &scene.name("app:amd64"), &scene.name("copy:arm64")],
        )?;
        let theirs = scene.attempt(
            &real,
            &["copy", &scene.name("app:amd64"), &scene.name("copy:arm64")],
        )?;
        let message = format!(
            "image \"{}\" already exists. Use `-f` to overwrite",
            scene.name("copy:arm64")
        );
        other.expect(1)?.says(&message)?;
        // On a registry without lists of referrers the real client names the tag of the list instead.
        theirs
            .expect(1)?
            .says("already exists. Use `-f` to overwrite")?;
    }
    Ok(())
}

#[test]
fn lists_and_names_are_those_of_the_real_client() -> Result<()> {
    let ours = cosign();
    for scene in scenes()? {
        let real = scene.real.clone();
        let compare = |arguments: &[&str]| -> Result<()> {
            let (mine, theirs) = (scene.run(&ours, arguments)?, scene.run(&real, arguments)?);
            let (mine, theirs) = (mine.stdout, theirs.stdout);
            ensure!(
                mine.trim_end() == theirs.trim_end(),
                "{arguments:?}\n--- ours\n{mine}\n--- real\n{theirs}"
            );
            Ok(())
        };
        compare(&["tree", &scene.name("app:amd64")])?;
        scene.sign(&real, "app:amd64", true)?;
        scene.sign(&real, "app:arm64", false)?;
        for image in ["app:amd64", "app:arm64"] {
            let name = scene.name(image);
            compare(&["tree", &name])?;
            for kind in ["signature", "attestation", "sbom", "digest"] {
                compare(&["triangulate", "--type", kind, &name])?;
            }
        }
        for image in ["app:amd64", "app:arm64"] {
            let by_digest = scene.name(&format!("app@{}", scene.digest(image)?));
            let cleaned = scene.run(&ours, &["clean", "-f", &by_digest])?;
            ensure!(
                cleaned.stderr.lines().count() == 1,
                "{image}: {}",
                cleaned.stderr
            );
            let left = scene.attempt(
                &real,
                &[
                    "verify",
                    "--key",
                    "cosign.pub",
                    "--insecure-ignore-tlog",
                    &by_digest,
                ],
            )?;
            left.expect(10)?;
        }
    }
    Ok(())
}
