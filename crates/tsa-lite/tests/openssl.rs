//! The second opinion: `openssl ts` asks and verifies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod authority;

use std::path::Path;
use std::process::{Command, Output};

use authority::{Authority, DER, STAMPED};

/// Whether `openssl` is there; without it this is a loud skip, and a failure where CI says that nothing may be missing.
fn openssl_is_there() -> bool {
    let found = Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "openssl is not on the PATH"
        );
        // Past the test runner, which keeps what a passing test prints.
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("SKIPPED: openssl is not on the PATH\n"),
        );
    }
    found
}

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = openssl(folder, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {text}{talk}"
    );
    text + &talk
}

#[tokio::test]
async fn openssl_asks_and_verifies() {
    if !openssl_is_there() {
        return;
    }
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pem = |name: &str, at: usize| {
        std::fs::write(folder.join(name), authority.chain.get(at).unwrap().to_pem()).unwrap();
    };
    pem("leaf.pem", 0);
    pem("intermediate.pem", 1);
    pem("root.pem", 2);
    let untrusted = format!(
        "{}{}",
        authority.chain.first().unwrap().to_pem(),
        authority.chain.get(1).unwrap().to_pem()
    );
    std::fs::write(folder.join("untrusted.pem"), untrusted).unwrap();
    std::fs::write(folder.join("data"), STAMPED).unwrap();
    std::fs::write(folder.join("other"), b"other").unwrap();

    for (hash, flags) in [
        ("-sha256", ["-cert", "-sha256"]),
        ("-sha384", ["-no_nonce", "-sha384"]),
        ("-sha512", ["-cert", "-sha512"]),
    ] {
        let mut query = vec!["ts", "-query", "-data", "data", "-out", "q.tsq"];
        query.extend_from_slice(&flags);
        succeed(folder, &query);
        let answer = authority
            .post(DER, std::fs::read(folder.join("q.tsq")).unwrap())
            .await;
        assert_eq!(answer.status.as_u16(), 200);
        std::fs::write(folder.join("r.tsr"), answer.body).unwrap();

        let trust = [
            "-in",
            "r.tsr",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "untrusted.pem",
        ];
        for subject in [["-data", "data"], ["-queryfile", "q.tsq"]] {
            let mut verify = vec!["ts", "-verify"];
            verify.extend_from_slice(&subject);
            verify.extend_from_slice(&trust);
            let said = succeed(folder, &verify);
            assert!(
                said.contains("Verification: OK"),
                "{hash} {subject:?}: {said}"
            );
        }
        let mut verify = vec!["ts", "-verify", "-data", "other"];
        verify.extend_from_slice(&trust);
        assert!(
            !openssl(folder, &verify).status.success(),
            "{hash}: another file must not verify"
        );

        let shown = succeed(folder, &["ts", "-reply", "-in", "r.tsr", "-text"]);
        for line in [
            "Status: Granted.",
            "Policy OID: 1.3.6.1.4.1.57264.2",
            "Time stamp: Nov 23 00:43:59 2026 GMT",
            "Accuracy: 0x01 seconds, unspecified millis, unspecified micros",
            "Ordering: no",
            "TSA: DirName:/O=example.test/CN=Timestamping",
        ] {
            assert!(shown.contains(line), "{hash}: {line} is missing in {shown}");
        }
    }
}
