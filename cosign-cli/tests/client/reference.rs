//! What is published about the command line is what the program accepts.

use std::fs;
use std::path::Path;

use crate::command::Cosign;

/// The program's own output, without the frame that a run is shown in.
fn printed(arguments: &[&str]) -> String {
    let shown = Cosign::new(arguments).run();
    let rest = shown.strip_prefix("exit 0\n--- stdout\n").expect("success");
    rest.strip_suffix("--- stderr\n")
        .expect("no talk")
        .to_owned()
}

#[test]
fn the_reference_is_that_of_this_program() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cli.md");
    let expected = printed(&["docs", "reference"]);
    if std::env::var_os("SIGBOX_BLESS").is_some() {
        fs::write(&page, &expected).unwrap();
    }
    let found = fs::read_to_string(&page).unwrap();
    assert!(
        found == expected,
        "docs/reference/cli.md is older than the program: write it anew with SIGBOX_BLESS=1"
    );
    for text in [
        "\n## cosign sign-blob\n",
        "\n## cosign instance add\n",
        "`--signing-config FILE`",
    ] {
        assert!(found.contains(text), "{text}");
    }
    for text in [
        "## cosign conformance",
        "## cosign docs",
        "--private-infrastructure",
    ] {
        assert!(!found.contains(text), "{text}");
    }
}

#[test]
fn every_command_has_a_man_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    assert_eq!(printed(&["docs", "man", path]), "");
    let page = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    for name in ["cosign.1", "cosign-sign-blob.1", "cosign-instance-add.1"] {
        assert!(page(name).contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(page("cosign-sign-blob.1").contains("signing\\-config"));
    assert!(!directory.path().join("cosign-conformance.1").exists());
}

/// Every long flag that takes a value, of every command.
fn flags<'a>(command: &'a clap::Command, found: &mut Vec<&'a clap::Arg>) {
    let all = command.get_arguments();
    found.extend(all.filter(|one| one.get_long().is_some() && one.get_action().takes_values()));
    for inner in command.get_subcommands() {
        flags(inner, found);
    }
}

/// What is fixed about a flag's values; nothing of a switch.
fn values(flag: &clap::Arg) -> Vec<String> {
    let all = flag.get_possible_values().into_iter();
    let names: Vec<String> = all.map(|one| one.get_name().to_owned()).collect();
    if names.iter().any(|name| name == "true") {
        return Vec::new();
    }
    names
}

#[test]
fn completions_know_every_value_that_is_fixed() {
    let whole = cosign_cli::command_line();
    let mut all = Vec::new();
    flags(&whole, &mut all);
    let (bash, zsh, fish) = (
        printed(&["completion", "bash"]),
        printed(&["completion", "zsh"]),
        printed(&["completion", "fish"]),
    );
    let mut seen = std::collections::BTreeSet::new();
    for flag in all {
        let (long, values) = (flag.get_long().unwrap(), values(flag));
        if values.is_empty() {
            continue;
        }
        seen.insert(long);
        let words = values.join(" ");
        let case = format!(
            "--{long})\n                    COMPREPLY=($(compgen -W \"{words}\" -- \"${{cur}}\"))"
        );
        assert!(bash.contains(&case), "bash: --{long} {words}");
        let begins = format!("--{long}=[");
        let mut lines = zsh.split("\n'").filter(|line| line.contains(&begins));
        let knows = |text: &str| values.iter().all(|value| text.contains(value));
        assert!(lines.any(knows), "zsh: --{long} {words}");
        let begins = format!(" -l {long} ");
        let mut lines = fish
            .split("\ncomplete ")
            .filter(|line| line.contains(&begins));
        assert!(lines.any(knows), "fish: --{long} {words}");
    }
    for known in [
        "output",
        "storage",
        "only",
        "type",
        "signing-algorithm",
        "fulcio-auth-flow",
        "oidc-provider",
    ] {
        assert!(seen.contains(known), "{known}: {seen:?}");
    }
}

#[test]
fn completions_know_which_values_are_files() {
    let whole = cosign_cli::command_line();
    let mut all = Vec::new();
    flags(&whole, &mut all);
    let (zsh, fish) = (
        printed(&["completion", "zsh"]),
        printed(&["completion", "fish"]),
    );
    let mut count = 0;
    for flag in all {
        let long = flag.get_long().unwrap();
        let (files, complete) = match flag.get_value_hint() {
            clap::ValueHint::AnyPath | clap::ValueHint::FilePath => (":_files", " -r -F"),
            clap::ValueHint::DirPath => (":_files -/", "__fish_complete_directories"),
            _ => continue,
        };
        count += 1;
        let begins = format!("--{long}=[");
        let mut lines = zsh.lines().filter(|line| line.contains(&begins));
        assert!(lines.any(|line| line.contains(files)), "zsh: --{long}");
        let begins = format!(" -l {long} ");
        let mut lines = fish.lines().filter(|line| line.contains(&begins));
        assert!(lines.any(|line| line.contains(complete)), "fish: --{long}");
    }
    assert!(count > 100, "{count}");
    for long in [
        "key",
        "bundle",
        "trusted-root",
        "certificate",
        "predicate",
        "output-file",
    ] {
        let begins = format!(" -l {long} ");
        let mut lines = fish.lines().filter(|line| line.contains(&begins));
        assert!(lines.all(|line| line.contains(" -r -F")), "{long}");
    }
}
