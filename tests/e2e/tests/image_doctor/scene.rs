//! A registry, a key and the programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, RegistryProcess, RegistryTransport, cosign, peers, run};
use sigbox_oci::credentials::CredentialStore;
use sigbox_oci::transport::Body;
use sigbox_oci::{Descriptor, RawManifest, Reference, Registry, RegistryOptions, media_type};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

pub(crate) struct Scene {
    registry: RegistryProcess,
    crane: PathBuf,
    pub(crate) real: PathBuf,
    files: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new(registry: RegistryProcess) -> Result<Option<Self>> {
        let (Some(crane), Some(real)) = (peers::crane(), peers::cosign()) else {
            return Ok(None);
        };
        let scene = Self {
            registry,
            crane,
            real,
            files: tempfile::tempdir()?,
        };
        let write =
            |name: &str, content: &[u8]| std::fs::write(scene.files.path().join(name), content);
        write("layer.tar", &[0; 1024])?;
        write("FILE", b"{}")?;
        write("empty.json", NO_SERVICES.as_bytes())?;
        write("sbom.json", br#"{"spdxVersion":"SPDX-2.3"}"#)?;
        let pair = ["generate-key-pair", "--output-key-prefix", "key"];
        scene.run(&cosign(), &pair)?.expect(0)?;
        Ok(Some(scene))
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        self.run_with(&[], program, arguments)
    }

    /// A run of a program with variables.
    pub(crate) fn run_with(
        &self,
        variables: &[(&str, &str)],
        program: &Path,
        arguments: &[&str],
    ) -> Result<Outcome> {
        let home = self.files.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", home)
            .env("COSIGN_PASSWORD", "pw")
            .envs(variables.iter().copied());
        run(command.current_dir(home).args(arguments))
    }

    /// The real client, without trust material: the key alone counts.
    pub(crate) fn real(&self, arguments: &[&str]) -> Result<Outcome> {
        self.run(&self.real, arguments)
    }

    /// Makes an image that is like no other; its name with its digest.
    pub(crate) fn image(&self, name: &str) -> Result<String> {
        let tag = format!("{}/{name}:v1", self.registry.host());
        let append = ["append", "--new_layer", "layer.tar", "--new_tag", &tag];
        self.run(&self.crane, &append)?.expect(0)?;
        let label = format!("image={name}");
        let mutate = ["mutate", "--label", &label, "-t", &tag, &tag];
        let made = self.run(&self.crane, &mutate)?.expect(0)?;
        Ok(made.stdout.trim().to_owned())
    }

    /// Our `sign` or `attest`, with the key and without a log.
    pub(crate) fn signing(&self, words: &[&str]) -> Result<()> {
        let keyed = ["--key", "key.key", "--signing-config", "empty.json"];
        let arguments = [&words[..1], &keyed, &words[1..]].concat();
        self.run(&cosign(), &arguments)?.expect(0)?;
        Ok(())
    }

    /// What the doctor says of an image.
    pub(crate) fn doctor(&self, image: &str, code: i32) -> Result<Value> {
        let arguments = ["image", "doctor", "-o", "json", image];
        let outcome = self.run(&cosign(), &arguments)?.expect(code)?;
        Ok(serde_json::from_str(&outcome.stdout)?)
    }

    pub(crate) fn attach_sbom(&self, image: &str) -> Result<()> {
        let arguments = ["attach", "sbom", "--sbom", "sbom.json", image];
        self.run(&cosign(), &arguments)?.expect(0)?;
        Ok(())
    }

    pub(crate) fn delete(&self, name: &str) -> Result<()> {
        self.run(&self.crane, &["delete", name])?.expect(0)?;
        Ok(())
    }

    /// Lets something refer to an image that says it is a bundle, and is none.
    pub(crate) async fn attach_garbage(&self, image: &str) -> Result<()> {
        let client = Registry::new(
            Arc::new(RegistryTransport::new()?),
            Arc::new(CredentialStore::anonymous()),
            RegistryOptions::default(),
        );
        let image: Reference = image.parse()?;
        let subject = client.resolve(&image).await?;
        let repository = &image.repository;
        let mut pushed = Vec::new();
        for (kind, content) in [(media_type::OCI_EMPTY, &b"{}"[..]), (BUNDLE, b"no bundle")] {
            let descriptor = Descriptor::of(kind, content);
            let body = Body::Bytes(content.into());
            client.push_blob(repository, &descriptor, body).await?;
            pushed.push(descriptor);
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "artifactType": BUNDLE,
            "config": pushed.first().context("pushed")?,
            "layers": pushed.get(1..).context("pushed")?,
            "subject": subject,
        });
        let raw = RawManifest::new(media_type::OCI_MANIFEST, manifest.to_string());
        client.attach_referrer(repository, &raw).await?;
        Ok(())
    }
}
