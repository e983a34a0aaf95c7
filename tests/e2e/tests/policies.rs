//! Policies: the real cosign and ours judge the same attestations by the same files, and say the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sigbox_e2e::{Outcome, RegistryProcess, cosign, peers, run};

const TYPE: &str = "slsaprovenance1";
const PREDICATE: &str = r#"{"buildDefinition":{"buildType":"https://example.com/b","externalParameters":{"n":5,"large":9007199254740993,"list":[1,"two",null]}},"runDetails":{"builder":{"id":"https://example.com/builder"}}}"#;
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const BUILD: &str = "input.predicate.buildDefinition";

/// An image with one attestation, signed by a key without any service.
struct Scene {
    registry: RegistryProcess,
    real: PathBuf,
    cue: PathBuf,
    files: tempfile::TempDir,
    image: String,
}

impl Scene {
    fn new() -> Result<Option<Self>> {
        let (Some(registry), Some(crane), Some(real), Some(cue)) = (
            peers::distribution(),
            peers::crane(),
            peers::cosign(),
            peers::cue(),
        ) else {
            return Ok(None);
        };
        let mut scene = Self {
            registry: RegistryProcess::distribution(&registry)?,
            real,
            cue,
            files: tempfile::tempdir()?,
            image: String::new(),
        };
        scene.write("layer.tar", [0; 1024])?;
        scene.write("predicate.json", PREDICATE)?;
        scene.write("empty.json", NO_SERVICES)?;
        let tag = format!("{}/app:v1", scene.registry.host());
        let append = ["append", "--new_layer", "layer.tar", "--new_tag", &tag];
        let appended = scene.run(&crane, &append)?.expect(0)?;
        appended.stdout.trim().clone_into(&mut scene.image);
        scene.run(&cosign(), &["generate-key-pair"])?.expect(0)?;
        scene.attest(TYPE)?;
        Ok(Some(scene))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        Ok(std::fs::write(self.files.path().join(name), content)?)
    }

    /// The root's file need not be there: that it is named keeps the real client from asking the public service.
    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(program);
        let home = self.files.path();
        command.env_clear().current_dir(home).env("HOME", home);
        command.env("COSIGN_PASSWORD", "pw");
        if program == cosign() {
            command.env("COSIGN_CUE", &self.cue);
        } else {
            command.env("SIGSTORE_ROOT_FILE", home.join("none.pem"));
        }
        run(command.args(arguments))
    }

    fn attest(&self, predicate_type: &str) -> Result<()> {
        let with = [
            "attest",
            "--key",
            "cosign.key",
            "--signing-config",
            "empty.json",
        ];
        let what = [
            "--type",
            predicate_type,
            "--predicate",
            "predicate.json",
            &self.image,
        ];
        self.run(&cosign(), &[&with[..], &what].concat())?
            .expect(0)?;
        Ok(())
    }

    fn verify(&self, program: &Path, predicate_type: &str, policies: &[&str]) -> Result<Outcome> {
        let with = [
            "verify-attestation",
            "--key",
            "cosign.pub",
            "--insecure-ignore-tlog",
        ];
        let policies = policies.iter().flat_map(|name| ["--policy", *name]);
        let policies: Vec<&str> = policies.collect();
        let what = ["--type", predicate_type, &self.image];
        self.run(program, &[&with[..], &policies, &what].concat())
    }

    /// What both say from the policies on, and how they end.
    fn both(&self, policies: &[&str]) -> Result<[(Option<i32>, String); 2]> {
        let said = |program: &Path| -> Result<(Option<i32>, String)> {
            let outcome = self.verify(program, TYPE, policies)?;
            let at = outcome.stderr.find("will be validating against");
            let text = at.map_or(outcome.stderr.as_str(), |at| &outcome.stderr[at..]);
            // What is beside the first error line differs on purpose, and so does the list of checks that were made.
            let text = text
                .split_once("\nerror during command execution")
                .map_or(text, |(text, _)| text);
            let text = text
                .split_once("\nVerification for ")
                .map_or(text, |(text, _)| text);
            ensure!(
                (outcome.stdout.lines().count() == 1) == (outcome.code == Some(0)),
                "{outcome:?}"
            );
            Ok((outcome.code, text.trim_end().to_owned()))
        };
        Ok([said(&self.real)?, said(&cosign())?])
    }

    /// Both end alike and say the same, which ends with `fault`, or pass without one.
    fn same(&self, policies: &[&str], fault: Option<&str>) -> Result<()> {
        let [real, ours] = self.both(policies)?;
        ensure!(real == ours, "{policies:?}\n{real:#?}\n{ours:#?}");
        ensure!(
            real.0 == Some(i32::from(fault.is_some())),
            "{policies:?}: {real:?}"
        );
        let end = fault.map(|fault| format!("\n\n- {fault}\nError: 1 validation errors occurred"));
        ensure!(
            real.1.ends_with(&end.unwrap_or_default()),
            "{policies:?}: {real:?}"
        );
        Ok(())
    }
}

const UNDEFINED: &str = "result is undefined for query 'data.signature.allow'";

#[test]
fn compat_24_rego_passes_fails_and_is_undefined_alike() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let not_true = |value: &str| format!("expression value, {value}, is not true");
    let cases = [
        (
            format!(
                "default allow = false\nallow {{ {BUILD}.buildType == \"https://example.com/b\" }}"
            ),
            None,
        ),
        (
            format!("import rego.v1\nallow if {BUILD}.externalParameters.n > 4"),
            None,
        ),
        (format!("allow {{ not {BUILD}.nothing }}"), None),
        (
            format!(
                "allow {{ startswith({BUILD}.buildType, \"https://\"); count(input.subject) == 1; input._type; input.predicateType == \"https://slsa.dev/provenance/v1\" }}"
            ),
            None,
        ),
        (
            format!(
                "allow {{ regex.match(\"^https://example[.]com/\", {BUILD}.buildType); time.now_ns() > time.parse_rfc3339_ns(\"2026-01-01T00:00:00Z\") }}"
            ),
            None,
        ),
        (
            format!(
                "allow {{ semver.compare(\"1.2.3\", \"1.10.0\") < 0; glob.match(\"https://*.com/*\", [], {BUILD}.buildType); base64.decode(\"YQ==\") == \"a\" }}"
            ),
            None,
        ),
        (
            format!("default allow = false\nallow {{ {BUILD}.buildType == \"zz\" }}"),
            Some(not_true("false")),
        ),
        (
            format!("allow {{ {BUILD}.buildType == \"zz\" }}"),
            Some(UNDEFINED.to_owned()),
        ),
        (
            format!("allow {{ to_number({BUILD}.buildType) > 0 }}"),
            Some(UNDEFINED.to_owned()),
        ),
        ("deny = true".to_owned(), Some(UNDEFINED.to_owned())),
        (
            format!("allow = {BUILD}.externalParameters.list"),
            Some(not_true("[1 two <nil>]")),
        ),
        (
            format!("allow = {BUILD}.externalParameters.n"),
            Some(not_true("5")),
        ),
        (
            format!("allow = {{\"b\": {{}}, \"a\": {BUILD}.buildType}}"),
            Some(not_true("map[a:https://example.com/b b:map[]]")),
        ),
        ("allow = \"true\"".to_owned(), Some(not_true("true"))),
        (
            "allow[x] { x := [1, 2][_] }".to_owned(),
            Some(not_true("[1 2]")),
        ),
    ];
    for (rules, fault) in &cases {
        scene.write("p.rego", format!("package signature\n{rules}\n"))?;
        scene
            .same(&["p.rego"], fault.as_deref())
            .context(rules.clone())?;
    }
    scene.same(
        &["none.rego"],
        Some("1 error occurred during loading: stat none.rego: no such file or directory"),
    )?;
    Ok(())
}

#[test]
fn compat_24_several_policies_are_asked_alike() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.write(
        "a.rego",
        format!("package signature\nallow {{ data.types.known[{BUILD}.buildType] }}"),
    )?;
    scene.write(
        "b.rego",
        "package types\nknown = {\"https://example.com/b\"}",
    )?;
    scene.write(
        "ok.cue",
        "predicate: buildDefinition: buildType: \"https://example.com/b\"",
    )?;
    scene.write(
        "more.cue",
        "predicateType: \"https://slsa.dev/provenance/v1\"",
    )?;
    scene.same(&["a.rego", "b.rego"], None)?;
    scene.same(&["a.rego", "ok.cue", "b.rego", "more.cue"], None)?;
    scene.same(&["a.rego", "ok.cue"], Some(UNDEFINED))?;
    // CUE comes first, and what it refuses Rego is not asked about.
    scene.write(
        "no.cue",
        "predicate: buildDefinition: externalParameters: n: <3",
    )?;
    let fault = "predicate.buildDefinition.externalParameters.n: invalid value 5 (out of bound <3)";
    scene.same(&["a.rego", "no.cue"], Some(fault))?;
    for program in [&scene.real, &cosign()] {
        let shown = scene.verify(program, TYPE, &["p.txt"])?.expect(1)?;
        shown.says("Error: invalid policy format, expected .cue or .rego")?;
    }
    Ok(())
}

#[test]
fn compat_24_cue_passes_and_fails_alike() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    for (policy, fault) in [
        (
            "predicate: buildDefinition: buildType: \"https://example.com/b\"",
            None,
        ),
        (
            "predicate: buildDefinition: buildType: =~\"^https://\"",
            None,
        ),
        (
            "import \"time\"\nafter: time.Parse(time.RFC3339, \"2026-01-01T00:00:00Z\")\npredicate: runDetails: builder: id: string",
            None,
        ),
        (
            "predicate: buildDefinition: externalParameters: n: <3",
            Some(
                "predicate.buildDefinition.externalParameters.n: invalid value 5 (out of bound <3)",
            ),
        ),
        (
            "predicate: #P\n#P: {runDetails: {...}}",
            Some("predicate.buildDefinition: field not allowed"),
        ),
        (
            "predicate: x!: string",
            Some("predicate.x: field is required but not present"),
        ),
        (
            "predicate: x: y",
            Some("predicate.x: reference \"y\" not found"),
        ),
        ("predicate: {", Some("expected '}', found 'EOF'")),
    ] {
        scene.write("p.cue", policy)?;
        scene.same(&["p.cue"], fault).context(policy)?;
    }
    // Which of two values is named first is the `cue` program's own affair.
    scene.write("p.cue", "predicate: buildDefinition: buildType: \"zz\"")?;
    let [real, ours] = scene.both(&["p.cue"])?;
    ensure!((real.0, ours.0) == (Some(1), Some(1)), "{real:?} {ours:?}");
    for (text, first, second) in [
        (real.1, "https://example.com/b", "zz"),
        (ours.1, "zz", "https://example.com/b"),
    ] {
        let fault = format!(
            "\n\n- predicate.buildDefinition.buildType: conflicting values \"{first}\" and \"{second}\"\n"
        );
        ensure!(text.contains(&fault), "{text}");
    }
    Ok(())
}

/// `docs/spec-divergences.md`: what a CUE policy demands must be there.
#[test]
fn a_field_that_is_missing_does_not_satisfy_a_cue_policy() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.write("p.cue", "predicate: signedOffBy: string")?;
    scene.verify(&scene.real, TYPE, &["p.cue"])?.expect(0)?;
    scene
        .verify(&cosign(), TYPE, &["p.cue"])?
        .expect(1)?
        .says("- predicate.signedOffBy: incomplete value string\n")?;
    Ok(())
}

/// `docs/spec-divergences.md`: policies see what was signed.
#[test]
fn a_policy_sees_members_that_the_real_client_drops() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.write(
        "predicate.json",
        r#"{"builder":{"id":"b"},"reviewed":true}"#,
    )?;
    scene.attest("slsaprovenance")?;
    scene.write(
        "p.rego",
        "package signature\nallow { input.predicate.reviewed }",
    )?;
    let verify = |program: &Path| scene.verify(program, "slsaprovenance", &["p.rego"]);
    verify(&scene.real)?.expect(1)?.says(UNDEFINED)?;
    verify(&cosign())?.expect(0)?;
    Ok(())
}
