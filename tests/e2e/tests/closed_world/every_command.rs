//! Every command of the client behind a proxy that writes down whom it asks for.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use clap::Command as Definition;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Outcome, RecordingProxy, RegistryProcess, Stack, cosign, peers, run};

use crate::cases::Case;
use crate::crooked::CROOKED;
use crate::liar;
use crate::working::WORKING;

/// Variables that name an instance.
const NAMING: [&str; 6] = [
    "COSIGN_SIGNING_CONFIG",
    "COSIGN_TRUSTED_ROOT",
    "SIGSTORE_ROOT_FILE",
    "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
    "SIGSTORE_REKOR_PUBLIC_KEY",
    "SIGSTORE_TSA_CERTIFICATE_FILE",
];

/// An instance, a registry and a liar, each under a made-up name that the proxy alone knows.
struct World {
    stack: Stack,
    _registry: RegistryProcess,
    hosts: Vec<(&'static str, SocketAddr)>,
    token: String,
}

impl World {
    fn new(registry: RegistryProcess) -> Result<Self> {
        let stack = Stack::start_with(&["--base-url", "http://sigbox.test:8080"])?;
        for name in ["artifact", "predicate"] {
            stack.write(name, r#"{"a":1}"#)?;
        }
        stack.write("artifact.sig", "AAAA")?;
        stack.write("artifact.wasm", b"\0asm\x01\0\0\0")?;
        stack.write("Dockerfile", "FROM registry.test/app:v1\n")?;
        stack.write(
            "pod.yaml",
            "kind: Pod\nspec:\n  containers:\n    - image: registry.test/app:v1\n",
        )?;
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
        stack.write("plain.pem", &*key.to_pkcs8_pem()?)?;
        std::fs::create_dir(stack.file("man"))?;
        let hosts = vec![
            ("sigbox.test", stack.address()?),
            ("registry.test", registry.host().parse()?),
            ("liar.test", liar::start()?),
        ];
        let token = stack.token("a@example.com")?;
        let world = Self {
            stack,
            _registry: registry,
            hosts,
            token,
        };
        world.run_line("instance add spare --from data/trust")?;
        Ok(world)
    }

    fn run_line(&self, line: &str) -> Result<Outcome> {
        let mut command = self.stack.command(&cosign())?;
        command
            .current_dir(self.stack.file(""))
            .args(line.split(' '));
        run(&mut command)?.expect(0)
    }

    /// Runs a case, with an instance by its name in the place of the variables if one is given; what it said.
    fn check(&self, case: &Case, instance: Option<&str>) -> Result<Outcome> {
        let proxy = RecordingProxy::start_with(&self.hosts)?;
        let mut command = self.stack.command(&cosign())?;
        command
            .current_dir(self.stack.file(""))
            .args(case.command.split(' '))
            .args(self.arguments(case.arguments)?)
            .env("COSIGN_ALLOW_HTTP_REGISTRY", "true")
            .env("COSIGN_YES", "true");
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(name, proxy.url());
        }
        if case.bare || instance.is_some() {
            for name in NAMING {
                command.env_remove(name);
            }
        }
        if let Some(name) = instance {
            command.args(["--instance", name]);
        }
        command.envs(case.variables.iter().copied());
        let what = format!("{} {} ({instance:?})", case.command, case.arguments);
        let outcome = run(&mut command)?
            .expect(case.exit)
            .with_context(|| what.clone())?;
        ensure!(
            proxy.hosts() == case.hosts,
            "{what}: expected {:?}, found {:?}\n{}",
            case.hosts,
            proxy.hosts(),
            outcome.stderr
        );
        Ok(outcome)
    }

    fn arguments(&self, text: &str) -> Result<Vec<String>> {
        let mut all = Vec::new();
        let trust = |name: &str| self.stack.data().join("trust").join(name);
        let text_of = |path: std::path::PathBuf| path.to_str().map(str::to_owned).context("a path");
        for word in text.split_whitespace() {
            match word {
                "@token" => all.push(self.token.clone()),
                "@config" => all.push(text_of(trust("signing_config.v0.2.json"))?),
                "@root" => all.push(text_of(trust("trusted_root.json"))?),
                "@who" => all.extend(
                    [
                        "--certificate-identity",
                        "a@example.com",
                        "--certificate-oidc-issuer",
                        "http://sigbox.test:8080/oidc",
                    ]
                    .map(str::to_owned),
                ),
                other => all.push(other.to_owned()),
            }
        }
        Ok(all)
    }
}

/// Every command that does something, hidden ones too, with its words as they are typed.
fn commands(command: &Definition, name: &str, visitor: &mut dyn FnMut(&str, &Definition)) {
    let mut inner = command.get_subcommands().peekable();
    if inner.peek().is_none() {
        visitor(name, command);
    }
    for one in inner.filter(|one| one.get_name() != "help") {
        let name = format!("{name} {}", one.get_name());
        commands(one, name.trim_start(), visitor);
    }
}

#[test]
fn every_command_has_a_row() {
    let mut defined = BTreeSet::new();
    commands(&cosign_cli::command_line(), "", &mut |name, _| {
        defined.insert(name.to_owned());
    });
    let rows: BTreeSet<String> = WORKING.iter().map(|case| case.command.to_owned()).collect();
    assert_eq!(
        defined, rows,
        "left: commands of the client, right: rows of the table in working.rs"
    );
}

#[test]
fn abuse_b23_every_command_contacts_the_hosts_that_it_is_told_and_no_other() -> Result<()> {
    let Some(registry) = peers::referrers_registry() else {
        return Ok(());
    };
    let world = World::new(RegistryProcess::with_referrers(&registry)?)?;
    for case in WORKING {
        world.check(case, None)?;
    }
    let bundle = std::fs::read_to_string(world.stack.file("b.json"))?;
    ensure!(
        bundle.contains("sigbox.test"),
        "the checkpoint names its log"
    );
    let elsewhere = bundle.replace("sigbox.test", "elsewhere.test");
    world.stack.write("elsewhere.json", elsewhere)?;
    let wrong: Vec<String> = CROOKED
        .iter()
        .filter_map(|case| world.check(case, None).err())
        .map(|error| format!("{error:#}"))
        .collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(
        !world.stack.file("n.json").exists(),
        "a signing that was refused has written a bundle"
    );
    Ok(())
}

#[test]
fn every_command_that_uses_an_instance_takes_it_by_name_and_says_so() -> Result<()> {
    let Some(registry) = peers::referrers_registry() else {
        return Ok(());
    };
    let world = World::new(RegistryProcess::with_referrers(&registry)?)?;
    let mut using = BTreeSet::new();
    commands(&cosign_cli::command_line(), "", &mut |name, command| {
        let mut arguments = command.get_arguments();
        if arguments.any(|argument| argument.get_id() == "trusted_root") {
            using.insert(name.to_owned());
        }
    });
    ensure!(using.contains("verify") && using.contains("attest"));
    for case in WORKING {
        // The suite's protocol names its files, and a file beside an instance is a contradiction.
        if !using.contains(case.command) || case.command.starts_with("conformance") {
            world.check(case, None)?;
            continue;
        }
        let outcome = world.check(case, Some("spare"))?;
        let directory = world.stack.file(".config/sigbox/instances/spare");
        outcome.says(&format!("Using instance spare ({})\n", directory.display()))?;
    }
    Ok(())
}
