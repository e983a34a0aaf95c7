//! No command reads its configuration from the directory that it is run in: that may be somebody else's checkout.
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
use sigbox_e2e::{Outcome, RegistryProcess, Stack, cosign, peers, run};

/// Names under which programs of this kind look for what configures them.
const BAIT: [&str; 22] = [
    ".cosign.yaml",
    ".cosign/config",
    ".config/sigbox/instances/default/trusted_root.json",
    ".docker/config.json",
    ".env",
    ".gitconfig",
    ".netrc",
    ".sigstore/root/tuf.json",
    "auth.json",
    "config.json",
    "cosign.key",
    "cosign.pub",
    "cosign.toml",
    "cosign.yaml",
    "cue",
    "cue.mod/module.cue",
    "index.json",
    "oci-layout",
    "sigbox.toml",
    "signing_config.json",
    "trusted_root.json",
    "openssl.cnf",
];
/// The calls that look at a file by its name, and the lookups that start programs.
const CALLS: &str = "trace=open,openat,openat2,stat,lstat,newfstatat,statx,access,faccessat,faccessat2,readlink,readlinkat,execve";

/// One run from each group of commands: its exit code, and its arguments, in which `@` is the folder of the files.
const RUNS: [(i32, &str); 27] = [
    (0, "version"),
    (0, "env"),
    (0, "completion bash"),
    (0, "instance list"),
    (0, "public-key --key @/key.key"),
    (0, "generate-key-pair --output-key-prefix @/second"),
    (
        0,
        "sign-blob --key @/key.key --signing-config @/empty.json --bundle @/b.json @/artifact",
    ),
    (
        0,
        "verify-blob --key @/key.pub --insecure-ignore-tlog --bundle @/b.json @/artifact",
    ),
    (
        0,
        "verify-blob --key @/key.pub --insecure-ignore-tlog @/artifact --bundle @/b.json --explain",
    ),
    (
        0,
        "attest-blob --key @/key.key --signing-config @/empty.json --predicate @/predicate.json --bundle @/a.json @/artifact",
    ),
    (
        0,
        "verify-blob-attestation --key @/key.pub --insecure-ignore-tlog --bundle @/a.json @/artifact",
    ),
    (0, "bundle inspect @/b.json"),
    (
        0,
        "sign-blob --identity-token TOKEN --bundle @/k.json @/artifact",
    ),
    (0, "verify-blob WHO --bundle @/k.json @/artifact"),
    (1, "verify-blob --key none.pub --bundle @/b.json @/artifact"),
    (
        0,
        "sign --key @/key.key --signing-config @/empty.json IMAGE",
    ),
    (0, "verify --key @/key.pub --insecure-ignore-tlog IMAGE"),
    (
        0,
        "attest --key @/key.key --signing-config @/empty.json --predicate @/predicate.json IMAGE",
    ),
    (
        0,
        "verify-attestation --key @/key.pub --insecure-ignore-tlog --policy @/p.rego IMAGE",
    ),
    (
        0,
        "verify-attestation --key @/key.pub --insecure-ignore-tlog --policy @/p.cue IMAGE",
    ),
    (0, "tree IMAGE"),
    (0, "triangulate IMAGE"),
    (0, "save --dir @/saved IMAGE"),
    (0, "load --dir @/saved IMAGE"),
    (0, "download attestation IMAGE"),
    (0, "attach sbom --sbom @/predicate.json IMAGE"),
    (0, "upload blob -f @/artifact IMAGE-file"),
];

struct Scene {
    stack: Stack,
    _registry: RegistryProcess,
    strace: PathBuf,
    cue: PathBuf,
    /// Somebody else's.
    checkout: tempfile::TempDir,
    image: String,
}

impl Scene {
    fn new() -> Result<Option<Self>> {
        let (Some(program), Some(crane), Some(strace), Some(cue)) = (
            peers::distribution(),
            peers::crane(),
            peers::on_path("strace"),
            peers::cue(),
        ) else {
            return Ok(None);
        };
        let stack = Stack::start()?;
        let registry = RegistryProcess::distribution(&program)?;
        let checkout = tempfile::tempdir()?;
        for name in BAIT {
            let path = checkout.path().join(name);
            std::fs::create_dir_all(path.parent().context("a parent")?)?;
            std::fs::write(path, "not what you want\n")?;
        }
        stack.write("artifact", "signed\n")?;
        stack.write("predicate.json", r#"{"a":1}"#)?;
        stack.write("empty.json", r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#)?;
        stack.write("p.rego", "package signature\nallow { input._type }")?;
        stack.write("p.cue", "_type: string")?;
        stack.write("layer.tar", [0; 1024])?;
        let image = format!("{}/app:v1", registry.host());
        let mut append = Command::new(crane);
        append
            .env_clear()
            .env("HOME", stack.file(""))
            .args(["append", "--new_tag", &image]);
        append.arg("--new_layer").arg(stack.file("layer.tar"));
        run(&mut append)?.expect(0)?;
        let mut generate = stack.command(&cosign())?;
        generate
            .env("COSIGN_PASSWORD", "pw")
            .args(["generate-key-pair", "--output-key-prefix"]);
        run(generate.arg(stack.file("key")))?.expect(0)?;
        Ok(Some(Self {
            stack,
            _registry: registry,
            strace,
            cue,
            checkout,
            image,
        }))
    }

    /// Runs a command in the checkout; what it said, and the names that it looked for there.
    fn traced(&self, line: &str) -> Result<(Outcome, Vec<String>)> {
        let trace = self.stack.file("trace");
        let mut command = self.stack.command(&self.strace)?;
        command
            .current_dir(self.checkout.path())
            .env("COSIGN_PASSWORD", "pw")
            .env("COSIGN_YES", "true")
            .env("COSIGN_CUE", &self.cue)
            .args(["-f", "-qq", "-s", "4096", "-e", CALLS, "-o"])
            .arg(&trace)
            .arg(cosign());
        let folder = self
            .stack
            .file("")
            .to_str()
            .context("a path")?
            .trim_end_matches('/')
            .to_owned();
        for word in line.split(' ') {
            match word {
                "TOKEN" => command.arg(self.stack.token("alice@example.com")?),
                "WHO" => command
                    .args(["--certificate-identity", "alice@example.com"])
                    .args([
                        "--certificate-oidc-issuer".to_owned(),
                        format!("{}/oidc", self.stack.url()),
                    ]),
                word => command.arg(word.replace('@', &folder).replace("IMAGE", &self.image)),
            };
        }
        let outcome = run(&mut command)?;
        let calls = std::fs::read_to_string(&trace)?;
        ensure!(calls.contains("execve("), "nothing was traced: {line}");
        let looked = calls.lines().filter_map(|call| self.here(call)).collect();
        Ok((outcome, looked))
    }

    /// The name in a call, if it is one of the checkout: relative to where the program runs, or below it.
    fn here(&self, call: &str) -> Option<String> {
        let (before, rest) = call.split_once('"')?;
        let (name, _) = rest.split_once('"')?;
        // A name beside an open directory is that directory's.
        let place = before.rsplit('(').next()?;
        let runs_here = place.is_empty() || place.starts_with("AT_FDCWD");
        let relative = runs_here && !(name.is_empty() || name.starts_with('/'));
        let below = Path::new(name).starts_with(self.checkout.path());
        (relative || below).then(|| name.to_owned())
    }
}

#[test]
fn adv_c58_no_command_reads_its_configuration_from_where_it_runs() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    for (code, line) in RUNS {
        let (outcome, looked) = scene.traced(line)?;
        outcome.expect(code)?;
        // What the command line names is looked for, and nothing else. The `cue` program runs in a folder of its own,
        // which holds what it is given.
        let allowed = |name: &String| {
            line.split(' ').any(|word| word == name)
                || (line.contains(".cue") && !BAIT.contains(&name.as_str()))
        };
        let unasked: Vec<&String> = looked.iter().filter(|name| !allowed(name)).collect();
        ensure!(unasked.is_empty(), "{line}: looked for {unasked:?}");
    }
    let (outcome, looked) =
        scene.traced("verify-blob --key none.pub --bundle b.json @/artifact")?;
    outcome.expect(1)?;
    ensure!(
        looked.contains(&"none.pub".to_owned()),
        "the trace shows relative names: {looked:?}"
    );
    Ok(())
}
