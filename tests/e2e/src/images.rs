//! Images in a real registry, an instance, and both clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::outcome::{Outcome, run};
use crate::peers;
use crate::registry_process::RegistryProcess;
use crate::stack::Stack;

/// Somebody who signs by an identity.
pub const ALICE: &str = "alice@example.com";
/// Somebody else who does.
pub const BOB: &str = "bob@example.com";
/// A key pair: `key.key` and `key.pub`.
pub const KEY: &str = "key";
/// Another key pair.
pub const OTHER: &str = "other";

/// Where signatures are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As bundles that refer to the image.
    Bundle,
    /// As layers under a tag.
    Tag,
}

/// An instance, a registry and the real programs.
pub struct Scene {
    /// The instance; its scratch directory is where the clients run.
    pub stack: Stack,
    /// The registry.
    pub registry: RegistryProcess,
    /// The real cosign.
    pub real: PathBuf,
    /// Whether the registry keeps lists of referrers; if not, clients keep them under a tag.
    pub lists: bool,
    crane: PathBuf,
}

impl Scene {
    /// One scene on each registry: with lists of referrers and without. What is missing is left out loudly.
    pub fn all() -> Result<Vec<Self>> {
        let scenes = [Self::with_lists()?, Self::without_lists()?];
        Ok(scenes.into_iter().flatten().collect())
    }

    /// On the registry that keeps lists of referrers.
    pub fn with_lists() -> Result<Option<Self>> {
        let Some(program) = peers::referrers_registry() else {
            return Ok(None);
        };
        Self::new(RegistryProcess::with_referrers(&program)?, true)
    }

    /// On CNCF Distribution, which keeps none.
    pub fn without_lists() -> Result<Option<Self>> {
        let Some(program) = peers::distribution() else {
            return Ok(None);
        };
        Self::new(RegistryProcess::distribution(&program)?, false)
    }

    fn new(registry: RegistryProcess, lists: bool) -> Result<Option<Self>> {
        let (Some(crane), Some(real)) = (peers::crane(), peers::cosign()) else {
            return Ok(None);
        };
        let scene = Self {
            stack: Stack::start()?,
            registry,
            real,
            lists,
            crane,
        };
        scene.stack.write("layer.tar", [0; 1024])?;
        for name in [KEY, OTHER] {
            let mut generate = scene.command(&crate::cosign())?;
            generate.args(["generate-key-pair", "--output-key-prefix", name]);
            run(&mut generate)?.expect(0)?;
        }
        Ok(Some(scene))
    }

    /// Both clients, the real one first.
    pub fn both(&self) -> [PathBuf; 2] {
        [self.real.clone(), crate::cosign()]
    }

    /// A name in the registry.
    pub fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.registry.host())
    }

    /// Runs crane, which must not fail; its data.
    pub fn crane(&self, line: &str) -> Result<String> {
        let home = self.stack.file("");
        let mut crane = Command::new(&self.crane);
        crane.env_clear().env("HOME", &home).current_dir(&home);
        let outcome = run(crane.args(line.split_whitespace()))?.expect(0)?;
        Ok(outcome.stdout.trim().to_owned())
    }

    /// Makes an image `name:v1` that is like no other; its name with its digest.
    pub fn image(&self, name: &str) -> Result<String> {
        let tag = self.name(&format!("{name}:v1"));
        self.crane(&format!("append --new_layer layer.tar --new_tag {tag}"))?;
        self.crane(&format!("mutate --label image={name} -t {tag} {tag}"))
    }

    /// A client in the scratch directory, under the instance's variables and with the password of the keys.
    pub fn command(&self, program: &Path) -> Result<Command> {
        let mut command = self.stack.command(program)?;
        command
            .env("COSIGN_PASSWORD", "pw")
            .current_dir(self.stack.file(""));
        Ok(command)
    }

    /// Runs it with a command line.
    pub fn client(&self, program: &Path, line: &str) -> Result<Outcome> {
        run(self.command(program)?.args(line.split_whitespace()))
    }

    /// `sign` or `attest` by `who`, with all that makes `program` use the instance and the storage.
    pub fn signing(
        &self,
        program: &Path,
        who: &str,
        kept: Kept,
        arguments: &[&str],
    ) -> Result<Command> {
        let mut command = self.command(program)?;
        let (verb, arguments) = arguments.split_first().context("no command")?;
        command.args([verb, "--yes"]);
        if who.contains('@') {
            command.args(["--identity-token", &self.stack.token(who)?]);
        } else {
            command.args(["--key", &format!("{who}.key")]);
        }
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
        command.args(arguments);
        Ok(command)
    }

    /// Runs it.
    pub fn sign(
        &self,
        program: &Path,
        who: &str,
        kept: Kept,
        arguments: &[&str],
    ) -> Result<Outcome> {
        run(&mut self.signing(program, who, kept, arguments)?)
    }

    /// `verify` or `verify-attestation` that `who` has signed.
    pub fn verifying(
        &self,
        program: &Path,
        who: &str,
        kept: Kept,
        arguments: &[&str],
    ) -> Result<Command> {
        let mut command = self.command(program)?;
        let (verb, arguments) = arguments.split_first().context("no command")?;
        command.arg(verb);
        if kept == Kept::Tag && program == self.real {
            command.env_remove("COSIGN_TRUSTED_ROOT");
        }
        if who.contains('@') {
            let issuer = format!("{}/oidc", self.stack.url());
            command.args(["--certificate-identity", who]);
            command.args(["--certificate-oidc-issuer", &issuer]);
        } else {
            command.args(["--key", &format!("{who}.pub")]);
        }
        command.args(arguments);
        Ok(command)
    }

    /// Runs it.
    pub fn verify(
        &self,
        program: &Path,
        who: &str,
        kept: Kept,
        arguments: &[&str],
    ) -> Result<Outcome> {
        run(&mut self.verifying(program, who, kept, arguments)?)
    }

    /// What `program` ends with when nothing matches: 1 for the real one and a bundle, else 12.
    pub fn no_match(&self, program: &Path, kept: Kept) -> i32 {
        if kept == Kept::Bundle && program == self.real {
            1
        } else {
            12
        }
    }

    /// The digests on the list that clients keep of what refers to an image.
    pub fn on_the_list(&self, image: &str) -> Result<Vec<String>> {
        let (repository, digest) = image.split_once('@').context("no digest")?;
        let tag = digest.replace(':', "-");
        let list: Value =
            serde_json::from_str(&self.crane(&format!("manifest {repository}:{tag}"))?)?;
        let entries = list.get("manifests").and_then(Value::as_array);
        let digests = entries.context("no list")?.iter().filter_map(|entry| {
            let digest = entry.get("digest").and_then(Value::as_str);
            digest.map(ToOwned::to_owned)
        });
        Ok(digests.collect())
    }

    /// The manifest under a tag of an image (`sig`, `att`).
    pub fn under_tag(&self, image: &str, kind: &str) -> Result<Value> {
        let (repository, digest) = image.split_once('@').context("no digest")?;
        let tag = format!("{}.{kind}", digest.replace(':', "-"));
        let manifest = self.crane(&format!("manifest {repository}:{tag}"))?;
        Ok(serde_json::from_str(&manifest)?)
    }
}

/// The elements that `verify` prints, of all images.
pub fn elements(outcome: &Outcome) -> Result<Vec<Value>> {
    let arrays = serde_json::Deserializer::from_str(&outcome.stdout).into_iter::<Vec<Value>>();
    let mut all = Vec::new();
    for array in arrays {
        all.extend(array?);
    }
    Ok(all)
}

/// The digest of an image's name.
pub fn digest_of(image: &str) -> &str {
    image.split_once('@').map_or(image, |(_, digest)| digest)
}
