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

#[test]
fn completions_know_the_values_that_flags_take() {
    for (shell, text) in [
        ("bash", "ecdsa-sha2-384-nistp384"),
        ("zsh", "ecdsa-sha2-384-nistp384"),
        ("fish", "ecdsa-sha2-384-nistp384"),
        ("powershell", "--signing-algorithm"),
        ("bash", "--instance"),
    ] {
        let script = printed(&["completion", shell]);
        assert!(script.contains(text), "{shell}: {text}");
    }
}
