//! What is stored beside an image by `attach` and as files by `upload`, compared with real cosign byte for byte, in CNCF
//! Distribution; and each client's `download` of what the other has stored.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sigbox_e2e::{Outcome, RegistryProcess, peers, run};

/// A registry with one image in two repositories, and both clients.
struct Scene {
    registry: RegistryProcess,
    crane: PathBuf,
    real: PathBuf,
    files: tempfile::TempDir,
    digest: String,
}

/// Whose program stores, and in which repository.
#[derive(Clone, Copy)]
enum Who {
    Ours,
    Real,
}

impl Who {
    fn repository(self) -> &'static str {
        match self {
            Self::Ours => "team/ours",
            Self::Real => "team/real",
        }
    }
}

impl Scene {
    fn new() -> Result<Option<Self>> {
        let (Some(registry), Some(crane), Some(real)) =
            (peers::distribution(), peers::crane(), peers::cosign())
        else {
            return Ok(None);
        };
        let mut scene = Self {
            registry: RegistryProcess::distribution(&registry)?,
            crane,
            real,
            files: tempfile::tempdir()?,
            digest: String::new(),
        };
        let layer = scene.write("layer.tar", &[0; 1024])?;
        let first = scene.name(Who::Ours, ":v1");
        scene.crane(&["append", "--new_layer", &layer, "--new_tag", &first])?;
        scene.crane(&["copy", &first, &scene.name(Who::Real, ":v1")])?;
        let digest = scene.crane(&["digest", &first])?.stdout;
        digest.trim().clone_into(&mut scene.digest);
        Ok(Some(scene))
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<String> {
        let path = self.files.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_str().context("a path is text")?.to_owned())
    }

    fn name(&self, who: Who, rest: &str) -> String {
        format!("{}/{}{rest}", self.registry.host(), who.repository())
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.files.path())
            .env("COSIGN_PASSWORD", "pw")
            .current_dir(self.files.path())
            .args(arguments);
        run(&mut command)
    }

    fn crane(&self, arguments: &[&str]) -> Result<Outcome> {
        self.run(&self.crane, arguments)?.expect(0)
    }

    /// One client's run on its own repository.
    fn cosign(&self, who: Who, arguments: &[&str], rest: &str) -> Result<Outcome> {
        let program = match who {
            Who::Ours => sigbox_e2e::cosign(),
            Who::Real => self.real.clone(),
        };
        let image = self.name(who, rest);
        self.run(&program, &[arguments, &[&image]].concat())
    }

    /// Both clients do the same; what they print is the same, but for the repository's name.
    fn both(&self, arguments: &[&str], rest: &str) -> Result<()> {
        let shown = |who: Who| -> Result<(String, String)> {
            let outcome = self.cosign(who, arguments, rest)?.expect(0)?;
            let same = |text: String| text.replace(who.repository(), "REPOSITORY");
            Ok((same(outcome.stdout), same(outcome.stderr)))
        };
        let (ours, real) = (shown(Who::Ours)?, shown(Who::Real)?);
        assert_eq!(ours, real, "{arguments:?}");
        Ok(())
    }

    /// The manifests under a tag are the same bytes.
    fn same_manifest(&self, tag: &str) -> Result<()> {
        let manifest = |who| self.crane(&["manifest", &self.name(who, &format!(":{tag}"))]);
        let (ours, real) = (manifest(Who::Ours)?, manifest(Who::Real)?);
        assert_eq!(ours.stdout, real.stdout, "{tag}");
        Ok(())
    }

    fn tag(&self, kind: &str) -> String {
        format!("{}.{kind}", self.digest.replace(':', "-"))
    }
}

#[test]
fn compat_26_attached_signatures_are_the_real_clients() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.run(&scene.real, &["generate-key-pair"])?.expect(0)?;
    // The payload names one repository; both store the same bytes.
    let payload = scene.cosign(Who::Real, &["generate"], ":v1")?.expect(0)?;
    let ours = scene.cosign(Who::Ours, &["generate"], ":v1")?.expect(0)?;
    let renamed = ours
        .stdout
        .replace(Who::Ours.repository(), Who::Real.repository());
    assert_eq!(renamed, payload.stdout);
    assert_eq!(ours.stderr, payload.stderr);
    scene.write("pay.json", payload.stdout.as_bytes())?;
    let sign = [
        "sign-blob",
        "--key",
        "cosign.key",
        "--use-signing-config=false",
        "--tlog-upload=false",
    ];
    let sign = [&sign[..], &["--new-bundle-format=false", "pay.json"]].concat();
    let signature = scene.run(&scene.real, &sign)?.expect(0)?.stdout;
    scene.write("pay.sig", signature.as_bytes())?;
    scene.both(
        &[
            "attach",
            "signature",
            "--payload",
            "pay.json",
            "--signature",
            "pay.sig",
        ],
        ":v1",
    )?;
    scene.same_manifest(&scene.tag("sig"))?;
    scene.both(&["download", "signature"], ":v1")?;
    for who in [Who::Ours, Who::Real] {
        let key = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
        scene.cosign(who, &key, ":v1")?.expect(0)?;
    }
    scene.write("sbom.json", b"{\"spdxVersion\":\"SPDX-2.3\"}\n")?;
    scene.both(&["attach", "sbom", "--sbom", "sbom.json"], ":v1")?;
    scene.same_manifest(&scene.tag("sbom"))?;
    scene.both(&["download", "sbom"], ":v1")
}

#[test]
fn compat_26_attached_attestations_are_the_real_clients() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.run(&scene.real, &["generate-key-pair"])?.expect(0)?;
    scene.write("predicate.json", b"{\"p\":1}")?;
    let attest = [
        "attest-blob",
        "--key",
        "cosign.key",
        "--use-signing-config=false",
        "--tlog-upload=false",
    ];
    let rest = [
        "--new-bundle-format=false",
        "--predicate",
        "predicate.json",
        "--output-signature",
        "a.dsse",
        "predicate.json",
    ];
    scene
        .run(&scene.real, &[&attest[..], &rest].concat())?
        .expect(0)?;
    let at_digest = format!("@{}", scene.digest);
    for who in [Who::Ours, Who::Real] {
        scene
            .cosign(
                who,
                &["attach", "attestation", "--attestation", "a.dsse"],
                &at_digest,
            )?
            .expect(0)?;
    }
    scene.same_manifest(&scene.tag("att"))?;
    scene.both(&["download", "attestation"], ":v1")?;
    scene.both(
        &["download", "attestation", "--predicate-type", "custom"],
        ":v1",
    )
}

#[test]
fn compat_26_uploaded_files_are_the_real_clients() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.write("hello.txt", b"hello\n")?;
    scene.write("m.wasm", b"\0asm")?;
    scene.write("page.html", b"<html><body>")?;
    for (arguments, tag) in [
        (&["blob", "-f", "hello.txt"][..], "b1"),
        (&["blob", "-f", "m.wasm:linux/amd64", "-a", "k=v"], "b2"),
        (&["blob", "-f", "page.html", "--ct", "foo/bar"], "b3"),
        (&["blob", "-f", "page.html"], "b4"),
        (
            &[
                "blob",
                "-f",
                "hello.txt:linux/amd64",
                "-f",
                "m.wasm:darwin",
                "-a",
                "x=<y>",
            ],
            "b5",
        ),
        (&["wasm", "-f", "m.wasm"], "w1"),
    ] {
        scene.both(&[&["upload"], arguments].concat(), &format!(":{tag}"))?;
        scene.same_manifest(tag)?;
    }
    Ok(())
}

#[test]
fn compat_26_an_attached_bundle_is_found_by_the_other_client() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.run(&scene.real, &["generate-key-pair"])?.expect(0)?;
    scene.write("empty.json", br#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#)?;
    scene.write(
        "root.json",
        br#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#,
    )?;
    let sign = [
        "sign",
        "--key",
        "cosign.key",
        "--signing-config",
        "empty.json",
        "--trusted-root",
        "root.json",
    ];
    let sign = [&sign[..], &["--upload=false", "--bundle", "image.json"]].concat();
    scene
        .cosign(Who::Real, &sign, &format!("@{}", scene.digest))?
        .expect(0)?;
    for who in [Who::Ours, Who::Real] {
        let attach = ["attach", "signature", "--payload", "image.json"];
        let attached = scene.cosign(who, &attach, ":v1")?.expect(0)?;
        assert_eq!(
            (attached.stdout, attached.stderr),
            (String::new(), String::new())
        );
    }
    scene.both(&["download", "signature"], ":v1")?;
    // Each reads the other's repository; the real client asks for a trusted root also where only the key is believed.
    let ours = sigbox_e2e::cosign();
    let root = ["--trusted-root", "root.json"];
    for (program, who, extra) in [
        (&ours, Who::Real, &[][..]),
        (&scene.real, Who::Ours, &root[..]),
    ] {
        let image = scene.name(who, ":v1");
        let verify = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
        scene
            .run(program, &[&verify[..], extra, &[&image]].concat())?
            .expect(0)?;
    }
    Ok(())
}
