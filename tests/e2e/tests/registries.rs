//! The registry client on real registries, seen through another client's eyes: CNCF Distribution and
//! `crane registry serve`, which keep no lists of referrers, and go-containerregistry's with its referrers API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, RegistryProcess, RegistryTransport, peers, run};
use sigbox_oci::credentials::CredentialStore;
use sigbox_oci::transport::Body;
use sigbox_oci::{
    Descriptor, Manifest, RawManifest, ReferrersSource, Registry, RegistryOptions, Repository,
    media_type,
};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A registry, our client of it and crane.
struct Scene {
    registry: RegistryProcess,
    client: Registry,
    repository: Repository,
    crane: PathBuf,
    files: tempfile::TempDir,
    /// Whether the registry takes a blob over from another repository.
    mounts: bool,
}

impl Scene {
    fn new(registry: RegistryProcess, crane: PathBuf) -> Result<Self> {
        let client = Registry::new(
            Arc::new(RegistryTransport::new()?),
            Arc::new(CredentialStore::anonymous()),
            RegistryOptions::default(),
        );
        Ok(Self {
            repository: format!("{}/team/app", registry.host()).parse()?,
            registry,
            client,
            crane,
            files: tempfile::tempdir()?,
            mounts: false,
        })
    }

    fn name(&self, rest: &str) -> String {
        format!("{}/team/app{rest}", self.registry.host())
    }

    fn crane(&self, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(&self.crane);
        command
            .env_clear()
            .env("HOME", self.files.path())
            .args(arguments);
        run(&mut command)?.expect(0)
    }

    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.files.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    async fn push_file(&self, content: &[u8]) -> Result<Descriptor> {
        let descriptor = Descriptor::of("application/octet-stream", content);
        let body = Body::File {
            path: self.file("blob", content)?,
            length: content.len() as u64,
        };
        self.client
            .push_blob(&self.repository, &descriptor, body)
            .await?;
        Ok(descriptor)
    }

    async fn push_bytes(&self, media_type: &str, content: &'static [u8]) -> Result<Descriptor> {
        let descriptor = Descriptor::of(media_type, content);
        let body = Body::Bytes(content.into());
        self.client
            .push_blob(&self.repository, &descriptor, body)
            .await?;
        Ok(descriptor)
    }

    async fn push_image(&self, layer: &Descriptor, tag: &str) -> Result<RawManifest> {
        let config = self.push_bytes(media_type::OCI_CONFIG, b"{}").await?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": config,
            "layers": [layer],
        });
        let raw = RawManifest::new(media_type::OCI_MANIFEST, manifest.to_string());
        self.client
            .put_manifest(&self.repository, Some(&tag.parse()?), &raw)
            .await?;
        Ok(raw)
    }

    async fn attach(
        &self,
        subject: &RawManifest,
        mark: &str,
    ) -> Result<(RawManifest, ReferrersSource)> {
        let empty = self.push_bytes(media_type::OCI_EMPTY, b"{}").await?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "artifactType": BUNDLE,
            "config": empty,
            "layers": [self.push_bytes(BUNDLE, b"a bundle").await?],
            "subject": subject.descriptor(),
            "annotations": {"mark": mark},
        });
        let raw = RawManifest::new(media_type::OCI_MANIFEST, manifest.to_string());
        let attached = self.client.attach_referrer(&self.repository, &raw).await?;
        ensure!(attached.descriptor == raw.referrer_descriptor()?);
        Ok((raw, attached.source))
    }
}

/// The registries that are there, and where referrers are listed in each; a missing one is loud.
fn scenes() -> Result<Vec<(Scene, ReferrersSource)>> {
    let Some(crane) = peers::crane() else {
        return Ok(Vec::new());
    };
    let mut scenes = Vec::new();
    if let Some(program) = peers::referrers_registry() {
        let registry = RegistryProcess::with_referrers(&program)?;
        scenes.push((Scene::new(registry, crane.clone())?, ReferrersSource::Api));
    }
    if let Some(program) = peers::distribution() {
        let registry = RegistryProcess::distribution(&program)?;
        let mut scene = Scene::new(registry, crane.clone())?;
        scene.mounts = true;
        scenes.push((scene, ReferrersSource::TagSchema));
    }
    let registry = RegistryProcess::crane(&crane)?;
    scenes.push((Scene::new(registry, crane)?, ReferrersSource::TagSchema));
    Ok(scenes)
}

#[tokio::test]
async fn what_is_pushed_is_what_crane_sees() -> Result<()> {
    for (scene, _) in scenes()? {
        let content: Vec<u8> = (0..8_u32 << 20).map(|at| (at % 251) as u8).collect();
        let layer = scene.push_file(&content).await?;
        let raw = scene.push_image(&layer, "v1").await?;
        let resolved = scene.client.resolve(&scene.name(":v1").parse()?).await?;
        assert_eq!(resolved, raw.descriptor());
        let digest = scene.crane(&["digest", &scene.name(":v1")])?.stdout;
        assert_eq!(digest.trim(), raw.digest.to_string());
        let manifest = scene.crane(&["manifest", &scene.name(":v1")])?.stdout;
        assert_eq!(manifest.trim_end().as_bytes(), raw.bytes);
        let read = scene
            .client
            .blob(&scene.repository, &layer, layer.size)
            .await?;
        assert_eq!(read, content);
        let other: Repository = format!("{}/team/other", scene.registry.host()).parse()?;
        let mounted = scene
            .client
            .mount_blob(&other, &scene.repository, &layer.digest)
            .await?;
        assert_eq!(mounted, scene.mounts);
        assert!(scene.client.has_blob(&other, &layer.digest).await?);
    }
    Ok(())
}

#[tokio::test]
async fn what_crane_pushes_is_read() -> Result<()> {
    for (scene, _) in scenes()? {
        let tar = scene.file("layer.tar", &[0; 1024])?;
        let image = scene.name(":crane");
        let tar = tar.to_str().unwrap();
        let pushed = scene.crane(&["append", "--new_layer", tar, "--new_tag", &image])?;
        let raw = scene.client.fetch(&image.parse()?).await?;
        assert_eq!(
            pushed.stdout.trim(),
            scene.name(&format!("@{}", raw.digest))
        );
        let Manifest::Image(parsed) = Manifest::parse(&raw)? else {
            panic!("an index");
        };
        for blob in parsed.layers.iter().chain([&parsed.config]) {
            let read = scene.client.blob(&scene.repository, blob, 1 << 20).await?;
            assert_eq!(read.len() as u64, blob.size);
        }
        for number in 0..3 {
            scene.crane(&["tag", &image, &format!("t{number}")])?;
        }
        let mut tags = scene.client.tags(&scene.repository).await?;
        tags.sort();
        let tags: Vec<&str> = tags.iter().map(sigbox_oci::Tag::as_str).collect();
        assert_eq!(tags, ["crane", "t0", "t1", "t2"]);
    }
    Ok(())
}

#[tokio::test]
async fn referrers_are_attached_listed_and_detached() -> Result<()> {
    for (scene, source) in scenes()? {
        let layer = scene.push_file(b"layer").await?;
        let subject = scene.push_image(&layer, "v1").await?;
        let mut attached = Vec::new();
        for mark in ["one", "two"] {
            let (raw, found) = scene.attach(&subject, mark).await?;
            assert_eq!(found, source);
            attached.push(raw);
        }
        let listed = scene
            .client
            .referrers(&scene.repository, &subject.digest, Some(BUNDLE))
            .await?;
        assert_eq!(listed.source, source);
        let mut marks: Vec<&str> = listed
            .descriptors
            .iter()
            .map(|one| one.annotations["mark"].as_str())
            .collect();
        marks.sort_unstable();
        assert_eq!(marks, ["one", "two"]);
        if source == ReferrersSource::TagSchema {
            check_tag(&scene, &subject, &attached)?;
        }
        let (first, second) = (&attached[0], &attached[1]);
        scene
            .client
            .detach_referrer(&scene.repository, &subject.digest, &first.digest)
            .await?;
        let left = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await?;
        let left: Vec<_> = left.descriptors.iter().map(|one| &one.digest).collect();
        assert_eq!(left, [&second.digest]);
    }
    Ok(())
}

/// The list at the tag, as crane reads it.
fn check_tag(scene: &Scene, subject: &RawManifest, attached: &[RawManifest]) -> Result<()> {
    let tag = scene.name(&format!(":{}", subject.digest.referrers_tag()));
    let index: Value = serde_json::from_str(&scene.crane(&["manifest", &tag])?.stdout)?;
    assert_eq!(index["mediaType"], media_type::OCI_INDEX);
    for (entry, raw) in index["manifests"].as_array().unwrap().iter().zip(attached) {
        assert_eq!(*entry, serde_json::to_value(raw.referrer_descriptor()?)?);
    }
    Ok(())
}

#[tokio::test]
async fn two_signers_at_once_lose_nothing_on_real_registries() -> Result<()> {
    for (scene, source) in scenes()? {
        let layer = scene.push_file(b"layer").await?;
        let subject = scene.push_image(&layer, "v1").await?;
        // The blobs are there before both start.
        scene.attach(&subject, "first").await?;
        for round in 0..3 {
            let (left, right) = (format!("left {round}"), format!("right {round}"));
            let (left, right) = tokio::join!(
                scene.attach(&subject, &left),
                scene.attach(&subject, &right)
            );
            assert_eq!((left?.1, right?.1), (source, source));
        }
        let listed = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await?;
        assert_eq!(listed.descriptors.len(), 7);
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_not_there_is_not_found() -> Result<()> {
    for (scene, _) in scenes()? {
        let error = scene
            .client
            .resolve(&scene.name(":none").parse()?)
            .await
            .unwrap_err();
        assert!(error.is_not_found(), "{error}");
        let none = sigbox_oci::Digest::sha256(b"none");
        let listed = scene
            .client
            .referrers(&scene.repository, &none, None)
            .await?;
        assert_eq!(listed.descriptors, []);
    }
    Ok(())
}
