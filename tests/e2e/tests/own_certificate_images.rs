//! Certificates of an authority of the signer's own, on images, between the real cosign and ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use serde_json::{Value, json};
use sigbox_e2e::{Outcome, RegistryProcess, Stack, cosign, peers, run};

const OWN: &str = "--key own.key --certificate leaf.pem --certificate-chain chain.pem";
const BUILD: &str = "--certificate-identity build@example.com --certificate-oidc-issuer-regexp .* --insecure-ignore-sct";
const BOB: &str = "--certificate-identity bob@example.com --certificate-oidc-issuer-regexp .* --insecure-ignore-sct";

/// An instance, a registry, and an authority that the instance knows nothing of.
struct Scene {
    stack: Stack,
    registry: RegistryProcess,
    crane: PathBuf,
    real: PathBuf,
}

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Scene {
    fn new() -> Result<Option<Self>> {
        let (Some(program), Some(crane), Some(real)) =
            (peers::distribution(), peers::crane(), peers::cosign())
        else {
            return Ok(None);
        };
        let scene = Self {
            stack: Stack::start()?,
            registry: RegistryProcess::distribution(&program)?,
            crane,
            real,
        };
        std::fs::write(scene.stack.file("layer.tar"), [0; 1024])?;
        scene.write_authority()?;
        Ok(Some(scene))
    }

    /// The authority's files, the signer's key, and a trusted root that holds this authority alone.
    fn write_authority(&self) -> Result<()> {
        let stack = &self.stack;
        let (params, key) = (authority("own root"), KeyPair::generate()?);
        let root = params.self_signed(&key)?;
        let above = Issuer::new(params, key);
        let (params, key) = (authority("own intermediate"), KeyPair::generate()?);
        let intermediate = params.signed_by(&key, &above)?;
        let issuer = Issuer::new(params, key);
        let mut params = base("leaf");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.subject_alt_names = vec![SanType::Rfc822Name("build@example.com".try_into()?)];
        let key = KeyPair::generate()?;
        stack.write("plain.pem", key.serialize_pem())?;
        stack.write("leaf.pem", params.signed_by(&key, &issuer)?.pem())?;
        stack.write("root.pem", root.pem())?;
        stack.write("intermediate.pem", intermediate.pem())?;
        stack.write("chain.pem", format!("{}{}", intermediate.pem(), root.pem()))?;
        let raw = |one: &Certificate| json!({"rawBytes": BASE64_STANDARD.encode(one.der())});
        let mut trusted: Value = serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
        trusted["certificateAuthorities"][0]["certChain"]["certificates"] =
            json!([raw(&intermediate), raw(&root)]);
        stack.write("trusted.json", trusted.to_string())?;
        let v1 = stack.trust("signing_config.rekor_v1.json")?;
        stack.write("v1.json", v1)?;
        let import = "import-key-pair --key plain.pem --output-key-prefix own";
        self.client(&cosign(), import)?.expect(0)?;
        Ok(())
    }

    /// Runs a client in the scratch directory, with the `SIGSTORE_…` files of the instance and no signing config.
    fn client(&self, program: &Path, line: &str) -> Result<Outcome> {
        let mut command = self.stack.command(program)?;
        command
            .env_remove("COSIGN_TRUSTED_ROOT")
            .env_remove("COSIGN_SIGNING_CONFIG")
            .env("COSIGN_PASSWORD", "secret")
            .current_dir(self.stack.file("."))
            .args(line.split_whitespace());
        run(&mut command)
    }

    /// Makes an image that is like no other; its name with its digest.
    fn image(&self, name: &str) -> Result<String> {
        let tag = format!("{}/{name}:v1", self.registry.host());
        let home = self.stack.file("");
        let crane = |line: String| -> Result<Outcome> {
            let mut crane = std::process::Command::new(&self.crane);
            crane.env_clear().env("HOME", &home).current_dir(&home);
            run(crane.args(line.split_whitespace()))?.expect(0)
        };
        crane(format!("append --new_layer layer.tar --new_tag {tag}"))?;
        let labelled = crane(format!("mutate --label image={name} -t {tag} {tag}"))?;
        Ok(labelled.stdout.trim().to_owned())
    }

    fn both(&self) -> [PathBuf; 2] {
        [self.real.clone(), cosign()]
    }
}

#[test]
fn a_bundle_with_a_certificate_of_ones_own_crosses_over_on_images() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    for (at, signer) in scene.both().iter().enumerate() {
        let image = scene.image(&format!("bundle-{at}"))?;
        // To a log of version 2 the real one sends the certificate as a public key, which no log takes.
        let sign = format!("sign --yes {OWN} --signing-config v1.json {image}");
        scene.client(signer, &sign)?.expect(0)?;
        // A trusted root's authority has to name an issuer for ours; one that is brought along does not.
        let ours = "verify --allow-certificate-chain --ca-roots root.pem";
        let verify = |who: &str| scene.client(&cosign(), &format!("{ours} {who} {image}"));
        verify(BUILD)?
            .expect(0)?
            .says("The cosign claims were validated")?;
        verify(BOB)?.expect(12)?.says("no matching ")?;
        let bare = format!("verify --allow-certificate-chain {BUILD} {image}");
        scene.client(&cosign(), &bare)?.expect(12)?;
        let refused = format!("verify --ca-roots root.pem {BUILD} {image}");
        scene.client(&cosign(), &refused)?.expect(12)?;
        let theirs = "verify --allow-certificate-chain --trusted-root trusted.json";
        let verify = |who: &str| scene.client(&scene.real, &format!("{theirs} {who} {image}"));
        verify(BUILD)?.expect(0)?;
        verify(BOB)?.expect(1)?;
    }
    Ok(())
}

#[test]
fn a_certificate_of_ones_own_crosses_over_under_tags() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let url = scene.stack.url();
    for (at, signer) in scene.both().iter().enumerate() {
        let image = scene.image(&format!("tag-{at}"))?;
        let way = if *signer == scene.real {
            format!("--use-signing-config=false --rekor-url {url}")
        } else {
            "--signing-config v1.json".to_owned()
        };
        let sign = format!("sign --yes {OWN} --new-bundle-format=false {way} {image}");
        scene.client(signer, &sign)?.expect(0)?;
        for verifier in scene.both() {
            for roots in [
                "--certificate-chain chain.pem",
                "--ca-roots root.pem --ca-intermediates intermediate.pem",
            ] {
                let verify =
                    |who: &str| scene.client(&verifier, &format!("verify {roots} {who} {image}"));
                verify(BUILD)?
                    .expect(0)?
                    .says("The cosign claims were validated")?;
                verify(BOB)?.expect(12)?.says("no matching ")?;
            }
            // The instance's own authority has not certified the signer.
            let bare = format!("verify {BUILD} {image}");
            scene.client(&verifier, &bare)?.expect(12)?;
        }
    }
    Ok(())
}

/// The log's entry names the bare key, for nothing else was known when it was made.
#[test]
fn a_certificate_that_was_not_stored_is_brought_to_a_keys_signature() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let url = scene.stack.url();
    for (at, signer) in scene.both().iter().enumerate() {
        let image = scene.image(&format!("bare-{at}"))?;
        let way = if *signer == scene.real {
            format!("--use-signing-config=false --rekor-url {url}")
        } else {
            "--signing-config v1.json".to_owned()
        };
        let sign = format!("sign --yes --key own.key --new-bundle-format=false {way} {image}");
        scene.client(signer, &sign)?.expect(0)?;
        for verifier in scene.both() {
            let given = "--certificate leaf.pem --certificate-chain chain.pem";
            let verify =
                |who: &str| scene.client(&verifier, &format!("verify {given} {who} {image}"));
            verify(BUILD)?
                .expect(0)?
                .says("The cosign claims were validated")?;
            // The real client judges the certificate before it looks for signatures.
            let code = if verifier == scene.real { 1 } else { 12 };
            verify(BOB)?.expect(code)?;
        }
        let bare = format!("verify --certificate-chain chain.pem {BUILD} {image}");
        scene.client(&cosign(), &bare)?.expect(13)?;
    }
    Ok(())
}
