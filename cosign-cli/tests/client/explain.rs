//! `verify-blob` and `verify-blob-attestation` with `--explain` and `--output json`, on bundles of the public conformance suite.

use std::fmt::Write as _;
use std::path::Path;

use crate::command::{Cosign, conformance};
use insta::assert_snapshot;
use serde_json::Value;

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const OLD_ROOT: &str = "../trusted_root.public-good.json";

/// Arguments that name a bundle, whom to believe and who must have signed.
fn by_identity(root: &Path, name: &str) -> Vec<String> {
    let (bundle, trust) = files(root, name);
    let mut all = vec![
        "--bundle".to_owned(),
        bundle,
        "--trusted-root".to_owned(),
        trust,
    ];
    let key = format!("{name}/key.pub");
    if root.join(&key).is_file() {
        all.extend(["--key".to_owned(), key]);
    } else {
        let signer = [
            "--certificate-identity",
            IDENTITY,
            "--certificate-oidc-issuer",
            ISSUER,
        ];
        all.extend(signer.map(ToOwned::to_owned));
    }
    all
}

fn files(root: &Path, name: &str) -> (String, String) {
    let own = format!("{name}/trusted_root.json");
    let trust = if root.join(&own).is_file() {
        own
    } else {
        OLD_ROOT.to_owned()
    };
    (format!("{name}/bundle.sigstore.json"), trust)
}

/// Runs a command and hides the machine's time.
fn run(root: &Path, command: &str, arguments: &[String], more: &[&str]) -> String {
    let mut all = vec![command];
    all.extend(arguments.iter().map(String::as_str));
    all.extend(more);
    let shown = Cosign::new(&all).directory(root).run();
    let hide = |line: &str| {
        if line.starts_with("Clock: ") {
            "Clock: NOW".to_owned()
        } else if line.starts_with("  \"clock\": ") {
            "  \"clock\": \"NOW\",".to_owned()
        } else {
            line.to_owned()
        }
    };
    shown.lines().map(hide).collect::<Vec<_>>().join("\n") + "\n"
}

fn explain(root: &Path, name: &str, more: &[&str]) -> String {
    let own = format!("{name}/artifact");
    let artifact = if root.join(&own).is_file() {
        &own
    } else {
        "a.txt"
    };
    let more = [&["--explain", artifact], more].concat();
    run(root, "verify-blob", &by_identity(root, name), &more)
}

fn stdout_of(shown: &str) -> &str {
    let (_, rest) = shown.split_once("--- stdout\n").unwrap();
    rest.split_once("--- stderr\n").unwrap().0
}

#[test]
fn the_whole_chain_of_evidence_is_told() {
    let Some(root) = conformance() else { return };
    for (name, case) in [
        ("version_two", "rekor2-happy-path"),
        ("version_one", "happy-path-v0.3"),
        ("cosigned", "rekor2-checkpoint-multiple-cosigs"),
        ("key", "managed-key-and-trusted-root"),
    ] {
        let shown = explain(&root, case, &[]);
        assert!(shown.starts_with("exit 0\n"), "{case}: {shown}");
        assert!(
            shown.ends_with("--- stderr\nVerified OK\n"),
            "{case}: {shown}"
        );
        assert_snapshot!(format!("explain_{name}"), shown);
    }
}

#[test]
fn what_is_switched_off_is_named_with_its_flag() {
    let Some(root) = conformance() else { return };
    for (name, case, flags) in [
        (
            "no_log",
            "rekor2-happy-path",
            &["--insecure-ignore-tlog"][..],
        ),
        (
            "no_log_old_name",
            "rekor2-happy-path",
            &["--private-infrastructure"],
        ),
        ("no_sct", "rekor2-happy-path", &["--insecure-ignore-sct"]),
        (
            "key_alone",
            "managed-key-and-trusted-root",
            &["--insecure-ignore-tlog"],
        ),
    ] {
        let shown = explain(&root, case, flags);
        assert!(shown.starts_with("exit 0\n"), "{name}: {shown}");
        assert_snapshot!(format!("explain_{name}"), shown);
    }
}

#[test]
fn an_attestation_is_told_with_its_statement() {
    let Some(root) = conformance() else { return };
    let arguments = by_identity(&root, "rekor2-dsse-happy-path");
    let kind = "https://slsa.dev/provenance/v1";
    for (name, code, more) in [
        ("attestation", 0, &["--type", kind, "a.txt"][..]),
        (
            "attestation_stamped",
            0,
            &["--type", kind, "--use-signed-timestamps", "a.txt"],
        ),
        (
            "attestation_any_subject",
            0,
            &["--type", kind, "--check-claims=false"],
        ),
        ("attestation_other_type", 1, &["a.txt"]),
        ("attestation_other_file", 1, &["--type", kind, "README.md"]),
    ] {
        let more = [&["--explain"], more].concat();
        let shown = run(&root, "verify-blob-attestation", &arguments, &more);
        assert!(
            shown.starts_with(&format!("exit {code}\n")),
            "{name}: {shown}"
        );
        assert_snapshot!(format!("explain_{name}"), shown);
    }
}

/// Of each refused case what stands in the explanation beside what passed, and the exit code.
#[test]
fn each_refusal_names_what_failed_and_what_was_not_made() {
    let Some(root) = conformance() else { return };
    let mut names: Vec<String> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("_fail"))
        .collect();
    names.sort();
    let mut told = String::new();
    for name in names {
        let shown = explain(&root, &name, &[]);
        assert!(shown.starts_with("exit 1\n"), "{name}: {shown}");
        assert!(!shown.contains("Verified"), "{name}: {shown}");
        let stdout = stdout_of(&shown);
        let last = stdout.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("Refused by ") || last.starts_with("Not judged: "),
            "{name}: {shown}"
        );
        let mut failed = false;
        writeln!(told, "# {name}").unwrap();
        for line in stdout.lines() {
            if line.starts_with("  ") && !line.starts_with("    ") {
                failed = line.starts_with("  failed");
            }
            if failed && line.starts_with("  ") {
                writeln!(told, "{line}").unwrap();
            }
        }
        writeln!(told, "{last}\n").unwrap();
    }
    assert_snapshot!("explain_refusals", told);
}

#[test]
fn what_could_not_be_judged_is_told_as_such() {
    let Some(root) = conformance() else { return };
    let good = by_identity(&root, "rekor2-happy-path");
    let with = |place: usize, value: &str| {
        let mut all = good.clone();
        value.clone_into(&mut all[place]);
        all
    };
    let cases = [
        ("no bundle", with(1, "none.json")),
        ("no trusted root", with(3, "none.json")),
        ("another signer", with(5, "bob@private.test\n  passed")),
    ];
    let mut told = String::new();
    for (name, arguments) in cases {
        for flags in [&["--explain", "a.txt"][..], &["--output", "json", "a.txt"]] {
            let shown = run(&root, "verify-blob", &arguments, flags);
            assert!(shown.starts_with("exit 1\n"), "{name}: {shown}");
            writeln!(told, "# {name}, {}\n{shown}", flags[0]).unwrap();
        }
    }
    // Without a bundle that can be read no key is wrong yet; a key that cannot be read is told before any check.
    let (bundle, trust) = files(&root, "managed-key-and-trusted-root");
    let arguments = [
        "--bundle",
        &bundle,
        "--trusted-root",
        &trust,
        "--key",
        "none.pub",
    ];
    let arguments = arguments.map(ToOwned::to_owned);
    for flags in [
        &["--explain", "a.txt"][..],
        &["-o", "json", "--explain", "a.txt"],
    ] {
        let shown = run(&root, "verify-blob", &arguments, flags);
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        writeln!(told, "# no key, {}\n{shown}", flags[0]).unwrap();
    }
    assert_snapshot!("explain_not_judged", told);
}

#[test]
fn the_outcome_is_json_if_that_is_asked_for() {
    let Some(root) = conformance() else { return };
    for (name, case) in [
        ("version_two", "rekor2-happy-path"),
        ("version_one", "happy-path-v0.3"),
        ("key", "managed-key-and-trusted-root"),
    ] {
        let shown = run(
            &root,
            "verify-blob",
            &by_identity(&root, case),
            &["-o", "json", "a.txt"],
        );
        assert!(shown.starts_with("exit 0\n"), "{shown}");
        let json: Value = serde_json::from_str(stdout_of(&shown)).unwrap();
        assert_eq!(json["verified"], true);
        assert_eq!(json.get("checks"), None);
        assert_snapshot!(format!("json_{name}"), shown);
    }
    let arguments = by_identity(&root, "rekor2-dsse-happy-path");
    let kind = ["--type", "https://slsa.dev/provenance/v1"];
    let any = [&kind[..], &["-o", "json", "--check-claims=false"]].concat();
    let shown = run(&root, "verify-blob-attestation", &arguments, &any);
    let json: Value = serde_json::from_str(stdout_of(&shown)).unwrap();
    // Nothing was compared with the statement, so no digest is told.
    assert_eq!((json.get("artifact"), json.get("digest")), (None, None));
    assert_eq!(json["statement"]["predicateType"], kind[1]);
}

#[test]
fn with_explain_the_json_holds_every_check() {
    let Some(root) = conformance() else { return };
    let verify = |case: &str| {
        let arguments = by_identity(&root, case);
        let more = ["--output=json", "--explain", "a.txt"];
        let shown = run(&root, "verify-blob", &arguments, &more);
        serde_json::from_str::<Value>(stdout_of(&shown)).unwrap()
    };
    let outcomes = |json: &Value, outcome: &str| {
        let checks = json["checks"].as_array().unwrap();
        checks
            .iter()
            .filter(|check| check["outcome"] == outcome)
            .count()
    };
    let good = verify("rekor2-happy-path");
    assert_eq!(
        ["passed", "failed", "not-made"].map(|outcome| outcomes(&good, outcome)),
        [12, 0, 3]
    );
    let bad = verify("rekor2-timestamp-with-incorrect-time_fail");
    assert_eq!(
        ["passed", "failed", "not-made"].map(|outcome| outcomes(&bad, outcome)),
        [6, 1, 8]
    );
    // A refusal tells no fact about signer, log or time as if it held.
    let members: Vec<&String> = bad.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "artifact", "bundle", "checks", "clock", "error", "trust", "verified"
        ]
    );
    assert_eq!(bad["error"]["check"], "certificate-chain");
}

#[test]
fn the_report_goes_to_the_output_file() {
    let Some(root) = conformance() else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.json");
    let file = file.to_str().unwrap();
    let arguments = by_identity(&root, "rekor2-happy-path");
    let more = ["-o", "json", "--output-file", file, "a.txt"];
    let shown = run(&root, "verify-blob", &arguments, &more);
    assert_eq!(shown, "exit 0\n--- stdout\n--- stderr\nVerified OK\n");
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(json["logEntries"][0]["logIndex"], 735);
    // What cannot be written is no success, and a refusal stays one.
    let unwritable = [
        "-o",
        "json",
        "--output-file",
        "/nonexistent/report",
        "a.txt",
    ];
    let shown = run(&root, "verify-blob", &arguments, &unwritable);
    assert_eq!(
        shown,
        "exit 1\n--- stdout\n--- stderr\nError: writing the output\n  cause: no such file or directory\n"
    );
    let refused = by_identity(&root, "rekor2-no-timestamp_fail");
    let shown = run(&root, "verify-blob", &refused, &unwritable);
    assert!(shown.contains("\n  check: signed-time\n"), "{shown}");
}
