//! `verify-blob` on bundles of the public conformance suite: verdict, words and exit code.

use std::path::Path;

use crate::command::{Cosign, conformance};
use insta::assert_snapshot;

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const A_TXT: &str = "sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf";

/// `verify-blob` of one case, run in the folder of all cases.
struct Case<'a> {
    root: &'a Path,
    bundle: String,
    trusted_root: String,
    identity: &'a str,
    issuer: &'a str,
}

impl<'a> Case<'a> {
    fn new(root: &'a Path, name: &str) -> Self {
        Self {
            root,
            bundle: format!("{name}/bundle.sigstore.json"),
            trusted_root: format!("{name}/trusted_root.json"),
            identity: IDENTITY,
            issuer: ISSUER,
        }
    }

    fn command(&self, blob: &str) -> Cosign {
        Cosign::new(&[
            "verify-blob",
            "--bundle",
            &self.bundle,
            "--trusted-root",
            &self.trusted_root,
            "--certificate-identity",
            self.identity,
            "--certificate-oidc-issuer",
            self.issuer,
            blob,
        ])
        .directory(self.root)
    }
}

const VERIFIED: &str = "exit 0\n--- stdout\n--- stderr\nVerified OK\n";

#[test]
fn a_good_bundle_verifies_by_file_digest_and_stdin() {
    let Some(root) = conformance() else { return };
    let case = Case::new(&root, "rekor2-happy-path");
    assert_eq!(case.command("a.txt").run(), VERIFIED);
    assert_eq!(case.command(A_TXT).run(), VERIFIED);
    assert_eq!(case.command("-").stdin(&root.join("a.txt")).run(), VERIFIED);
}

#[test]
fn flags_come_from_variables_too() {
    let Some(root) = conformance() else { return };
    let cosign = Cosign::new(&["verify-blob", "a.txt"])
        .env("COSIGN_BUNDLE", "rekor2-happy-path/bundle.sigstore.json")
        .env("COSIGN_TRUSTED_ROOT", "rekor2-happy-path/trusted_root.json")
        .env(
            "COSIGN_CERTIFICATE_IDENTITY_REGEXP",
            "^https://github.com/sigstore-conformance/.*$",
        )
        .env("COSIGN_CERTIFICATE_OIDC_ISSUER", ISSUER);
    assert_eq!(cosign.directory(&root).run(), VERIFIED);
}

#[test]
fn refusals_name_the_check_what_was_expected_and_what_was_found() {
    let Some(root) = conformance() else { return };
    let good = || Case::new(&root, "rekor2-happy-path");
    let zeros = format!("sha256:{}", "0".repeat(64));
    for (name, shown) in [
        ("wrong_artifact", good().command("README.md").run()),
        ("wrong_digest", good().command(&zeros).run()),
        (
            "wrong_identity",
            Case {
                identity: "bob@private.test",
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
        (
            "wrong_issuer",
            Case {
                issuer: "http://ISSUERx",
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
        (
            "no_timestamp",
            Case::new(&root, "rekor2-no-timestamp_fail")
                .command("a.txt")
                .run(),
        ),
        (
            "no_log_signature",
            Case::new(&root, "rekor2-checkpoint-missing-log-signature_fail")
                .command("a.txt")
                .run(),
        ),
        (
            "wrong_time",
            Case::new(&root, "rekor2-timestamp-with-incorrect-time_fail")
                .command("a.txt")
                .run(),
        ),
        ("missing_artifact", good().command("none.txt").run()),
        (
            "missing_bundle",
            Case {
                bundle: "none.json".to_owned(),
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
        (
            "not_a_bundle",
            Case {
                bundle: "a.txt".to_owned(),
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
        (
            "missing_root",
            Case {
                trusted_root: "none.json".to_owned(),
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
        (
            "not_a_root",
            Case {
                trusted_root: "a.txt".to_owned(),
                ..good()
            }
            .command("a.txt")
            .run(),
        ),
    ] {
        assert!(
            shown.starts_with("exit 1\n--- stdout\n--- stderr\nError: "),
            "{shown}"
        );
        assert_snapshot!(name, shown);
    }
}

#[test]
fn a_pattern_that_is_none_is_refused() {
    let cosign = Cosign::new(&[
        "verify-blob",
        "--bundle",
        "b",
        "--trusted-root",
        "r",
        "--certificate-identity-regexp",
        "(",
        "--certificate-oidc-issuer",
        ISSUER,
        "x",
    ]);
    assert_snapshot!("pattern_syntax", cosign.run());
}

#[test]
fn abuse_b20_foreign_text_cannot_steer_the_terminal() {
    let Some(root) = conformance() else { return };
    let identity = "\u{1b}[2J\u{202e}evil\nVerified OK";
    let shown = Case {
        identity,
        ..Case::new(&root, "rekor2-happy-path")
    }
    .command("a.txt")
    .run();
    assert!(!shown.contains("\nVerified OK"), "{shown}");
    assert_snapshot!("hostile_identity", shown);

    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(
        directory.join("b.json"),
        r#"{"mediaType":"\u001b]0;title\u0007\u009b31m"}"#,
    )
    .unwrap();
    let case = Case {
        bundle: "b.json".to_owned(),
        ..Case::new(&directory, "x")
    };
    assert_snapshot!("hostile_bundle", case.command("\u{1b}[31mx").run());
}

#[test]
fn claims_of_a_workflow_are_compared_one_by_one() {
    let Some(root) = conformance() else { return };
    let claims = [
        ("trigger", "workflow_dispatch"),
        ("sha", "9739798945b2a848e911bcf1dddb97298cade0b1"),
        ("name", "Extremely dangerous OIDC beacon"),
        (
            "repository",
            "sigstore-conformance/extremely-dangerous-public-oidc-beacon",
        ),
        ("ref", "refs/heads/main"),
    ];
    let verify = |values: &[(&str, &str)]| {
        let case = Case::new(&root, "rekor2-happy-path");
        let variable = |claim: &str| {
            let claim = claim.to_ascii_uppercase();
            format!("COSIGN_CERTIFICATE_GITHUB_WORKFLOW_{claim}")
        };
        values
            .iter()
            .fold(case.command("a.txt"), |cosign, (claim, value)| {
                cosign.env(&variable(claim), value)
            })
            .run()
    };
    assert_eq!(verify(&claims), VERIFIED);
    for (index, (claim, value)) in claims.iter().enumerate() {
        assert_eq!(verify(&[(claim, value)]), VERIFIED, "{claim}");
        let mut wrong = claims;
        wrong[index].1 = "another";
        let shown = verify(&wrong);
        assert!(
            shown.starts_with("exit 1\n") && shown.contains("check: certificate-extension"),
            "{claim}: {shown}"
        );
    }
}

#[test]
fn a_logged_bundle_by_a_key_verifies_with_that_key_only() {
    let Some(root) = conformance() else { return };
    let verify = |key: &str, bundle: &str, more: &[&str]| {
        let key = format!("{key}/key.pub");
        let bundle = format!("{bundle}/bundle.sigstore.json");
        let trusted_root = "managed-key-and-trusted-root/trusted_root.json";
        let arguments = ["verify-blob", "--key", &key, "--bundle", &bundle];
        let trust = ["--trusted-root", trusted_root, "a.txt"];
        Cosign::new(&[&arguments, more, &trust].concat())
            .directory(&root)
            .run()
    };
    let good = "managed-key-and-trusted-root";
    assert_eq!(verify(good, good, &[]), VERIFIED);
    assert!(verify(good, good, &["--insecure-ignore-tlog"]).starts_with("exit 0\n"));
    let wrong = "managed-key-wrong-key_fail";
    let shown = [
        ("a key that is none", verify(wrong, wrong, &[])),
        ("a certificate", verify(good, "happy-path-v0.3", &[])),
        (
            "no timestamp authority",
            verify(good, good, &["--use-signed-timestamps"]),
        ),
    ];
    let shown = shown.map(|(name, shown)| format!("# {name}\n{shown}"));
    assert_snapshot!("with_a_key", shown.join("\n"));
}
