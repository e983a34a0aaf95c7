//! Instances by name: kept, chosen, and used alone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Cosign;
use crate::instance::{Instance, Lie};
use crate::sign_blob::{token, wall_clock};

/// A home with an instance `prod`, and a directory with a file to sign; nothing else of the machine is seen.
struct Home {
    directory: tempfile::TempDir,
    _services: Instance,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let services = Instance::start(wall_clock(), Lie::None);
        for name in ["trust", "work"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        services.write_trust(&directory.path().join("trust"));
        fs::write(directory.path().join("work/hello.txt"), "hello").unwrap();
        let home = Self {
            directory,
            _services: services,
        };
        let kept = home.instances().join("prod");
        assert_eq!(
            home.run("instance add prod --from ../trust", &[]),
            format!(
                "exit 0\n--- stdout\n--- stderr\nAdded instance prod in {}\n",
                kept.display()
            )
        );
        home
    }

    fn instances(&self) -> PathBuf {
        self.directory.path().join(".config/sigbox/instances")
    }

    fn work(&self, name: &str) -> PathBuf {
        self.directory.path().join("work").join(name)
    }

    /// Runs a command line in `work`, with these variables.
    fn run(&self, line: &str, variables: &[(&str, &str)]) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut cosign = Cosign::new(&words)
            .directory(&self.directory.path().join("work"))
            .env("HOME", self.directory.path());
        for (name, value) in variables {
            cosign = cosign.env(name, value);
        }
        cosign.run()
    }

    fn using(&self) -> String {
        format!(
            "Using instance prod ({})\n",
            self.instances().join("prod").display()
        )
    }
}

const SIGN: &str = "sign-blob --bundle b.json hello.txt";

fn verify(more: &str) -> String {
    format!(
        "verify-blob --bundle b.json --certificate-identity-regexp .* --certificate-oidc-issuer-regexp .* {more} hello.txt"
    )
}

fn refused(shown: &str, why: &str, hint: &str) {
    assert_eq!(
        shown,
        format!("exit 1\n--- stdout\n--- stderr\nError: {why}\nhint: {hint}\n")
    );
}

const ADD: &str = "`cosign instance add NAME --from DIR` keeps the trust files of an instance";
const ONE: &str = "leave one of the two out";

#[test]
fn an_instance_signs_and_verifies_by_its_name_alone() {
    let home = Home::new();
    let token = token();
    let signed = home.run(
        SIGN,
        &[("COSIGN_INSTANCE", "prod"), ("SIGSTORE_ID_TOKEN", &token)],
    );
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    assert!(signed.contains(&home.using()), "{signed}");
    assert!(!signed.contains("WARNING"), "{signed}");
    let verified = home.run(&verify("--instance prod"), &[]);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    assert!(verified.contains(&home.using()), "{verified}");
    assert!(verified.ends_with("Verified OK\n"), "{verified}");
    // Data for programs name it themselves.
    let json = home.run(&verify("--instance prod --output json"), &[]);
    assert!(json.contains("\n  \"instance\": \"prod\",\n"), "{json}");
    assert!(!json.contains("Using instance"), "{json}");
    // A flag wins over its variable.
    let flag = home.run(&verify("--instance prod"), &[("COSIGN_INSTANCE", "other")]);
    assert!(flag.ends_with("Verified OK\n"), "{flag}");
    let env = home.run(
        "env --show-descriptions=false",
        &[("COSIGN_INSTANCE", "prod")],
    );
    assert!(env.contains("\nCOSIGN_INSTANCE=prod\n"), "{env}");
}

#[test]
fn an_instance_is_the_only_source_of_trust_and_services() {
    let home = Home::new();
    let root = home.directory.path().join("trust/trusted_root.json");
    let root = root.to_str().unwrap();
    for (line, variables, why) in [
        (
            verify(&format!("--instance prod --trusted-root {root}")),
            vec![],
            "--instance prod and --trusted-root contradict each other: an instance is used alone",
        ),
        (
            verify("--instance prod"),
            vec![("COSIGN_TRUSTED_ROOT", root)],
            "--instance prod and COSIGN_TRUSTED_ROOT contradict each other: an instance is used alone",
        ),
        (
            verify(""),
            vec![("COSIGN_INSTANCE", "prod"), ("SIGSTORE_ROOT_FILE", root)],
            "COSIGN_INSTANCE=prod and SIGSTORE_ROOT_FILE contradict each other: an instance is used alone",
        ),
        (
            format!("{SIGN} --instance prod --signing-config s.json"),
            vec![],
            "--instance prod and --signing-config contradict each other: an instance is used alone",
        ),
        (
            format!("{SIGN} --instance prod --use-signing-config=false"),
            vec![],
            "--instance prod and --use-signing-config=false contradict each other: an instance is used alone",
        ),
        (
            format!("{SIGN} --instance prod --rekor-url http://other.test"),
            vec![],
            "--instance prod and --rekor-url contradict each other: an instance is used alone",
        ),
    ] {
        refused(&home.run(&line, &variables), why, ONE);
    }
    assert!(!home.work("b.json").exists());
}

#[test]
fn an_unknown_name_is_answered_with_the_names_there_are() {
    let home = Home::new();
    refused(
        &home.run(&verify("--instance prdo"), &[]),
        "no instance \"prdo\": there are prod",
        ADD,
    );
    let elsewhere = home.work("empty");
    let elsewhere = elsewhere.to_str().unwrap();
    refused(
        &home.run(
            &verify("--instance prod"),
            &[("XDG_CONFIG_HOME", elsewhere)],
        ),
        "no instance \"prod\": there are none",
        ADD,
    );
    for name in ["../prod", "/etc", "..", "Prod"] {
        assert_eq!(
            home.run(&verify(&format!("--instance {name}")), &[]),
            format!(
                "exit 1\n--- stdout\n--- stderr\nError: invalid instance name \"{name}\": expected 1 to 64 lower-case \
                 letters, digits, '-', '_' and '.', the first a letter or digit\n"
            )
        );
    }
}

#[test]
fn nothing_is_read_from_the_working_directory() {
    let home = Home::new();
    // What a stranger's repository could hold, under every name that is looked for.
    for place in [
        ".config/sigbox/instances/prod",
        "sigbox/instances/prod",
        "prod",
    ] {
        let place = home.work(place);
        fs::create_dir_all(&place).unwrap();
        for file in fs::read_dir(home.directory.path().join("trust")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), place.join(file.file_name())).unwrap();
        }
    }
    home.run("instance remove prod", &[]);
    for config in ["", ".", ".config"] {
        refused(
            &home.run(&verify("--instance prod"), &[("XDG_CONFIG_HOME", config)]),
            "no instance \"prod\": there are none",
            ADD,
        );
    }
    // A relative home is no home either.
    assert_eq!(
        home.run("instance list", &[("HOME", ".")]),
        "exit 1\n--- stdout\n--- stderr\nError: no place for instances: neither XDG_CONFIG_HOME nor HOME is an absolute path\n"
    );
}

#[test]
fn instances_are_added_whole_listed_shown_and_removed() {
    let home = Home::new();
    let list = |home: &Home| home.run("instance list", &[]);
    assert_eq!(list(&home), "exit 0\n--- stdout\nprod\n--- stderr\n");
    assert_eq!(
        home.run("instance add prod --from ../trust", &[]),
        "exit 1\n--- stdout\n--- stderr\nError: instance \"prod\" exists already\n"
    );
    let shown = home.run("instance show prod", &[]);
    assert!(
        shown.starts_with("exit 0\n--- stdout\nName: prod\nDirectory: "),
        "{shown}"
    );
    assert!(shown.contains("\nLog: http://"), "{shown}");
    // A damaged directory leaves nothing behind, not even a part.
    let damaged = home.directory.path().join("damaged");
    fs::create_dir(&damaged).unwrap();
    let missing = home.run("instance add half --from ../damaged", &[]);
    assert_eq!(
        missing,
        "exit 1\n--- stdout\n--- stderr\nError: ../damaged/trusted_root.json: no such file or directory\n"
    );
    fs::write(damaged.join("trusted_root.json"), "{").unwrap();
    let damaged = home.run("instance add half --from ../damaged", &[]);
    assert!(
        damaged.starts_with("exit 1\n--- stdout\n--- stderr\nError: instance \"half\": "),
        "{damaged}"
    );
    assert_eq!(names(&home.instances()), ["prod"]);
    // An instance without a signing config is for verifying.
    fs::remove_file(home.directory.path().join("trust/signing_config.v0.2.json")).unwrap();
    home.run("instance add readers --from ../trust", &[]);
    let shown = home.run("instance show readers", &[]);
    assert!(
        shown.contains("\nServices: none: this instance is for verifying\n"),
        "{shown}"
    );
    assert_eq!(
        list(&home),
        "exit 0\n--- stdout\nprod\nreaders\n--- stderr\n"
    );
    assert_eq!(
        home.run("instance remove prod", &[]),
        "exit 0\n--- stdout\n--- stderr\nRemoved instance prod\n"
    );
    assert_eq!(names(&home.instances()), ["readers"]);
    refused(
        &home.run("instance remove prod", &[]),
        "no instance \"prod\": there are readers",
        ADD,
    );
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
