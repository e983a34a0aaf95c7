//! `docs/coming-from-cosign.md` says of every flag of the real client what it does here: from both programs, so that it cannot be stale.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sigbox_e2e::{cosign, peers, run};

const SIGN: [&str; 4] = ["sign", "sign-blob", "attest", "attest-blob"];
const VERIFY: [&str; 4] = [
    "verify",
    "verify-attestation",
    "verify-blob",
    "verify-blob-attestation",
];
const IMAGES: [&str; 4] = ["sign", "attest", "verify", "verify-attestation"];

/// Deprecated flags that the real client takes and hides from its help.
const HIDDEN: [(&[&str], &[&str]); 11] = [
    (&IMAGES, &["attachment-tag-prefix"]),
    (
        &SIGN,
        &[
            "insecure-skip-verify",
            "oidc-issuer",
            "fulcio-url",
            "rekor-url",
            "tlog-upload",
            "timestamp-server-url",
            "new-bundle-format",
            "issue-certificate",
        ],
    ),
    (
        &VERIFY,
        &[
            "certificate",
            "certificate-chain",
            "ca-roots",
            "ca-intermediates",
            "sct",
            "new-bundle-format",
            "offline",
            "private-infrastructure",
            "timestamp-certificate-chain",
            "experimental-oci11",
            "rekor-url",
            "signature-digest-algorithm",
        ],
    ),
    (
        &["sign"],
        &[
            "output-signature",
            "output-payload",
            "output-certificate",
            "payload",
            "attachment",
            "sign-container-identity",
            "record-creation-timestamp",
        ],
    ),
    (
        &["sign-blob"],
        &[
            "b64",
            "output-signature",
            "output",
            "output-certificate",
            "rfc3161-timestamp",
        ],
    ),
    (
        &["attest"],
        &["replace", "record-creation-timestamp", "rekor-entry-type"],
    ),
    (
        &["attest-blob"],
        &[
            "output-signature",
            "output-attestation",
            "output-certificate",
            "rfc3161-timestamp-bundle",
        ],
    ),
    (&["verify"], &["attachment", "signature", "payload"]),
    (
        &["verify-blob", "verify-blob-attestation"],
        &["signature", "rfc3161-timestamp"],
    ),
    (&["bundle create"], &["rekor-url"]),
    (&["copy"], &["sig-only"]),
];

/// Deprecated commands that stand in no list of the real client's help.
const UNLISTED: [&str; 7] = [
    "copy",
    "triangulate",
    "attach",
    "generate",
    "upload",
    "dockerfile",
    "manifest",
];

/// What is better here, by command.
const BETTER: [(&str, &str); 17] = [
    (
        "sign",
        "`--storage both` for readers of either form; signers at once lose nothing; on a terminal, how far uploads have come",
    ),
    (
        "sign-blob",
        "several files and directories with one login; on a terminal, how far hashing has come",
    ),
    (
        "verify-attestation",
        "both forms alike; `--recursive`; `--explain` tells every check",
    ),
    (
        "tree",
        "also as JSON; `cosign image doctor` says who finds what, what is damaged, and what would add what is missing",
    ),
    ("copy", "bundles too, of every image of an index"),
    ("save", "indexes with the signatures of each image"),
    ("load", "everything is hashed before anything is stored"),
    ("clean", "takes a bundle off the list that clients keep"),
    (
        "verify",
        "bundles and tags alike, with the exit codes 10 to 13 for both; `--recursive`; `--explain` tells every check on every signature",
    ),
    (
        "dockerfile verify",
        "bundles as well; the file is read as a build reads it",
    ),
    (
        "manifest verify",
        "bundles as well; every container at any depth",
    ),
    (
        "verify-blob",
        "several files at once; `--explain` and `--output json` tell every check",
    ),
    (
        "verify-blob-attestation",
        "`--explain` and `--output json` tell every check",
    ),
    (
        "attest-blob",
        "predicates are checked against their type and signed as they are",
    ),
    (
        "bundle create",
        "only the log that you name is asked, and its answer must be the very entry",
    ),
    ("bundle upgrade", "only the log that you name is asked"),
    ("bundle inspect", "also as JSON"),
];

const INTRODUCTION: &str = "\
# Coming from cosign

Every command and flag of cosign v3.1.3, deprecated and hidden ones included, and what it does here. Trust and services come from
your instance and never from a public service: see `cosign instance --help`. Differences in behaviour, with reasons, are in
[spec-divergences.md](spec-divergences.md).

`taken`: the flag works as its explanation says. `refused`: it is an error that says why, so that nothing you ask for is dropped
in silence. `not yet`: it is an unknown flag or command. Both programs were asked by `tests/e2e/tests/coming_from_cosign.rs`, which
fails when this page is older than they are (`SIGBOX_BLESS=1` writes it anew).
";

/// Long flags and commands that a help text lists.
fn listed(help: &str) -> (BTreeSet<String>, Vec<String>) {
    let (mut flags, mut commands, mut in_commands) = (BTreeSet::new(), Vec::new(), false);
    for line in help.lines() {
        if line.starts_with("Available Commands:") {
            in_commands = true;
        } else if line.trim().is_empty() {
            in_commands = false;
        } else if in_commands {
            commands.extend(line.split_whitespace().next().map(ToOwned::to_owned));
        } else if line.starts_with("    -")
            && let Some((_, flag)) = line.split_once("--")
        {
            let flag = flag.split(['=', ':', ' ']).next().unwrap_or_default();
            flags.insert(flag.to_owned());
        }
    }
    (flags, commands)
}

fn help(program: &Path, words: &[&str]) -> Result<String> {
    let outcome = run(Command::new(program).args(words).arg("--help"))?.expect(0)?;
    Ok(format!("{}\n{}", outcome.stdout, outcome.stderr))
}

/// Every command of the real client with its flags; the program's own under the empty name.
fn harvest(real: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let (top, mut waiting) = listed(&help(real, &[])?);
    ensure!(
        waiting.iter().any(|name| name == "sign-blob"),
        "{waiting:?}"
    );
    waiting.extend(UNLISTED.map(ToOwned::to_owned));
    let mut all = BTreeMap::from([(String::new(), top.clone())]);
    while let Some(name) = waiting.pop() {
        if name == "help" || name.starts_with("completion ") {
            continue;
        }
        let words: Vec<&str> = name.split(' ').collect();
        let (flags, inner) = listed(&help(real, &words)?);
        waiting.extend(inner.iter().map(|inner| format!("{name} {inner}")));
        all.insert(name, flags.difference(&top).cloned().collect());
    }
    for (commands, flags) in HIDDEN {
        for command in commands {
            for flag in flags {
                // What is called hidden must be there.
                let mut words: Vec<&str> = command.split(' ').collect();
                let long = format!("--{flag}=x");
                words.push(&long);
                let outcome = run(Command::new(real).args(&words).arg("--help"))?;
                ensure!(!outcome.stderr.contains("unknown flag"), "{command} {long}");
                all.get_mut(*command)
                    .with_context(|| format!("no command {command}"))?
                    .insert((*flag).to_owned());
            }
        }
    }
    Ok(all)
}

/// What our client does with a flag that it does not take.
fn refused(command: &str, flag: &str) -> Result<(&'static str, String)> {
    let mut ours = Command::new(cosign());
    ours.env_clear().args(command.split_whitespace());
    let outcome = run(ours.arg(format!("--{flag}")))?.expect(1)?;
    let line = outcome
        .stderr
        .lines()
        .find(|line| line.starts_with("Error: "));
    let line = line.context("no error")?.to_owned();
    if let Some((_, why)) = line.split_once(" is not supported: ") {
        return Ok(("refused", why.to_owned()));
    }
    ensure!(
        line == format!("Error: unknown flag: --{flag}"),
        "{command}: {line}"
    );
    Ok(("not yet", String::new()))
}

fn page(real: &Path) -> Result<String> {
    let flags = run(Command::new(cosign()).args(["docs", "flags"]))?.expect(0)?;
    let ours: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&flags.stdout)?;
    let ours_of = |name: &str| ours.get(format!("cosign {name}").trim_end());
    let real = harvest(real)?;
    let mut text = INTRODUCTION.to_owned();
    text += "\n## Commands\n\n| cosign | here | better |\n| --- | --- | --- |\n";
    for name in real.keys().filter(|name| !name.is_empty()) {
        let here = if ours_of(name).is_some() {
            "taken"
        } else {
            "not yet"
        };
        let better = BETTER.iter().find(|(command, _)| command == name);
        let better = better.map_or("", |(_, better)| better);
        text += &format!("| `cosign {name}` | {here} | {better} |\n");
    }
    for (name, flags) in &real {
        let Some(known) = ours_of(name).filter(|_| !flags.is_empty()) else {
            continue;
        };
        let title = if name.is_empty() {
            "Every command"
        } else {
            name
        };
        text += &format!(
            "\n## {title}\n\n| flag | here | what it does, or why not |\n| --- | --- | --- |\n"
        );
        for flag in flags {
            let (here, what) = match known.get(flag) {
                Some(help) => ("taken", help.replace('\n', " ").replace('|', "\\|")),
                None if flag == "help" => ("taken", "Print the help".to_owned()),
                None => refused(name, flag)?,
            };
            text += &format!("| `--{flag}` | {here} | {what} |\n");
        }
    }
    Ok(text)
}

#[test]
fn the_page_says_what_both_programs_do() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coming-from-cosign.md");
    let expected = page(&real)?;
    if std::env::var_os("SIGBOX_BLESS").is_some() {
        std::fs::write(&file, &expected)?;
    }
    let found = std::fs::read_to_string(&file)?;
    ensure!(
        found == expected,
        "docs/coming-from-cosign.md is older than the programs: write it anew with SIGBOX_BLESS=1"
    );
    Ok(())
}
