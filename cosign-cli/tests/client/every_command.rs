//! What every command says when it works and when it refuses, word for word. A command without either fails the test.

mod table;

use std::collections::BTreeSet;
use std::fs;

use self::table::{ROWS, Row};
use crate::command::commands;
use crate::images::{World, payload};
use crate::masked::masked;
use insta::assert_snapshot;
use sigbox_crypto::{KeyAlgorithm, SigningKey};

/// An instance, a registry with images, and files.
struct Place {
    world: World,
    _instance: crate::instance::Instance,
}

impl Place {
    fn new() -> Self {
        let world = World::new();
        let instance = world.instance();
        let image = world.image("app");
        for name in ["tagged", "keyless", "attested", "unsigned", "empty"] {
            world.image(name);
        }
        for (name, content) in [
            ("hello.txt", "hello"),
            ("other.txt", "other"),
            ("hello.sig", "AAAA"),
            ("damaged.json", "{"),
            ("predicate.json", r#"{"a":1}"#),
            ("module.wasm", "\0asm\u{1}\0\0\0"),
            ("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#),
            ("policy.rego", "package signature\n\ndefault allow = true\n"),
        ] {
            world.write(name, content);
        }
        world.write("payload.json", &payload(&image));
        world.write("Dockerfile", "ARG IMAGE\nFROM $IMAGE\n");
        let pod = format!(
            "spec: {{containers: [{{image: '{}'}}]}}\n",
            world.name("app:v1")
        );
        world.write("pod.yaml", &pod);
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        world.write("plain.pem", &key.to_pkcs8_pem().unwrap());
        fs::create_dir(world.directory().join("man")).unwrap();
        fs::create_dir(world.directory().join("trust")).unwrap();
        instance.write_trust(&world.directory().join("trust"));
        Self {
            world,
            _instance: instance,
        }
    }

    /// What a user would see of a command line, in which `REG` stands for the registry.
    fn run(&self, command: &str, rest: &str) -> String {
        let registry = self.world.name("");
        let line = format!("{command} {rest}");
        let line = line.trim_end();
        let words = line.replace("REG/", &registry);
        let words: Vec<&str> = words.split_whitespace().collect();
        let home = self.world.directory().to_str().unwrap();
        let shown = self.world.cosign_with("HOME", home, &words);
        let shown = masked(&shown.replace(home, "HOME"));
        format!("$ cosign {line}\n{shown}")
    }
}

fn starts(shown: &str, code: &str) -> bool {
    let (_, rest) = shown.split_once('\n').unwrap();
    rest.starts_with(&format!("exit {code}\n"))
}

#[test]
fn compat_37_every_command_works_and_refuses_as_it_is_written_down() {
    let mut defined = BTreeSet::new();
    commands(
        &cosign_cli::command_line(),
        &mut Vec::new(),
        &mut |words, holds_others| {
            if !holds_others {
                defined.insert(words.join(" "));
            }
        },
    );
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.command.to_owned()).collect();
    assert_eq!(
        defined, rows,
        "left: commands of the client, right: rows of the table"
    );
    let place = Place::new();
    let mut wrong = Vec::new();
    for Row {
        command,
        works,
        refuses,
    } in ROWS
    {
        assert!(!works.is_empty() && !refuses.is_empty(), "{command}");
        let name = command.replace([' ', '-'], "_");
        let works: Vec<String> = works.iter().map(|rest| place.run(command, rest)).collect();
        let refuses: Vec<String> = refuses
            .iter()
            .map(|rest| place.run(command, rest))
            .collect();
        wrong.extend(works.iter().filter(|shown| !starts(shown, "0")).cloned());
        let taken = |shown: &&String| starts(shown, "0") || starts(shown, "2");
        wrong.extend(refuses.iter().filter(taken).cloned());
        // What makes pages and scripts of the whole definition is compared with them elsewhere.
        if !matches!(
            *command,
            "docs reference" | "docs flags" | "completion" | "version"
        ) {
            assert_snapshot!(format!("works_{name}"), works.join("\n"));
        }
        assert_snapshot!(format!("refuses_{name}"), refuses.join("\n"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
