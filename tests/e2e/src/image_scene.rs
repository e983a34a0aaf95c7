//! Images in a real registry, a key pair that signs without any service, and both clients; `images` has a scene with an instance.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};
use tempfile::TempDir;

use crate::outcome::{Outcome, run};
use crate::{RegistryProcess, cosign, peers};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const NO_TRUST: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// A registry with the images `app:amd64`, `app:arm64` and their index `app:all`; the key pair `cosign` in a folder.
pub struct ImageScene {
    /// The registry.
    pub registry: RegistryProcess,
    /// The real client.
    pub real: PathBuf,
    /// Our client.
    pub ours: PathBuf,
    /// Whether the registry keeps lists of referrers.
    pub lists: bool,
    crane: PathBuf,
    files: TempDir,
}

impl ImageScene {
    /// One on a registry with the referrers API, one on CNCF Distribution, which has none; those whose programs are there.
    pub fn all() -> Result<Vec<Self>> {
        let mut scenes = Vec::new();
        if let Some(program) = peers::referrers_registry() {
            let registry = RegistryProcess::with_referrers(&program)?;
            scenes.extend(Self::new(registry, true)?);
        }
        if let Some(program) = peers::distribution() {
            let registry = RegistryProcess::distribution(&program)?;
            scenes.extend(Self::new(registry, false)?);
        }
        Ok(scenes)
    }

    fn new(registry: RegistryProcess, lists: bool) -> Result<Option<Self>> {
        let (Some(real), Some(crane)) = (peers::cosign(), peers::crane()) else {
            return Ok(None);
        };
        let scene = Self {
            registry,
            real,
            ours: cosign(),
            lists,
            crane,
            files: tempfile::tempdir()?,
        };
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
        scene.write("cosign.key", EncryptedKey::seal(&key, b"pw")?.to_pem())?;
        scene.write("cosign.pub", key.public_key().to_pem())?;
        scene.write("empty.json", NO_SERVICES)?;
        scene.write("root.json", NO_TRUST)?;
        scene.write("layer.tar", [0; 1024])?;
        for architecture in ["amd64", "arm64"] {
            scene.image(&format!("app:{architecture}"), architecture)?;
        }
        let [all, amd64, arm64] =
            ["app:all", "app:amd64", "app:arm64"].map(|image| scene.name(image));
        scene.crane(&["index", "append", "-t", &all, "-m", &amd64, "-m", &arm64])?;
        Ok(Some(scene))
    }

    /// Puts an image of Linux into the registry that is like no other.
    pub fn image(&self, name: &str, architecture: &str) -> Result<()> {
        let (image, note) = (self.name(name), format!("name={name}"));
        let platform = format!("linux/{architecture}");
        self.crane(&["append", "--new_layer", "layer.tar", "--new_tag", &image])?;
        let mutate = ["mutate", &image, "--annotation", &note];
        let mutate = [&mutate[..], &["--set-platform", &platform, "-t", &image]].concat();
        self.crane(&mutate).map(drop)
    }

    /// The name of an image in this registry.
    pub fn name(&self, image: &str) -> String {
        format!("{}/{image}", self.registry.host())
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        Ok(std::fs::write(self.files.path().join(name), content)?)
    }

    /// Runs a program in the folder; no proxy, and so no other host, is reached.
    pub fn attempt(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        self.attempt_with(program, arguments, &[])
    }

    /// The same with variables.
    pub fn attempt_with(
        &self,
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Outcome> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.files.path())
            .env("COSIGN_PASSWORD", "pw")
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .envs(variables.iter().copied())
            .current_dir(self.files.path())
            .args(arguments);
        run(&mut command)
    }

    /// The same, demanding success.
    pub fn run(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        self.attempt(program, arguments)?.expect(0)
    }

    /// Runs the registry client; what it prints.
    pub fn crane(&self, arguments: &[&str]) -> Result<String> {
        let said = self.run(&self.crane, arguments)?.stdout;
        Ok(said.trim().to_owned())
    }

    /// The digest that a name stands for.
    pub fn digest(&self, image: &str) -> Result<String> {
        self.crane(&["digest", &self.name(image)])
    }

    /// The tags of a repository, sorted; none if there is no such repository.
    pub fn tags(&self, repository: &str) -> Result<Vec<String>> {
        let listed = self.attempt(&self.crane, &["ls", &self.name(repository)])?;
        if listed.stderr.contains("NAME_UNKNOWN") {
            return Ok(Vec::new());
        }
        let mut tags: Vec<String> = listed
            .expect(0)?
            .stdout
            .lines()
            .map(str::to_owned)
            .collect();
        tags.sort_unstable();
        Ok(tags)
    }

    /// Signs an image of `app` by its digest, as a bundle or under a tag.
    pub fn sign(&self, program: &Path, image: &str, bundles: bool) -> Result<()> {
        let name = self.name(&format!("app@{}", self.digest(image)?));
        let mut arguments = vec!["sign", "--key", "cosign.key", "-y"];
        if bundles {
            arguments.extend(["--signing-config", "empty.json"]);
            if program == self.real {
                arguments.extend(["--trusted-root", "root.json"]);
            }
        } else if program == self.real {
            arguments.extend([
                "--use-signing-config=false",
                "--tlog-upload=false",
                "--new-bundle-format=false",
            ]);
        } else {
            arguments.extend(["--signing-config", "empty.json", "--storage", "tag"]);
        }
        arguments.push(&name);
        self.run(program, &arguments).map(drop)
    }

    /// How many signatures of an image a client accepts.
    pub fn verify(&self, program: &Path, extra: &[&str], image: &str) -> Result<usize> {
        let keyed = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
        let verified = self.run(program, &[&keyed, extra, &[image]].concat())?;
        Ok(verified.stdout.matches("docker-manifest-digest").count())
    }
}
