//! What OpenSSL says about the certificates that we issue, and ours about its.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use std::{path::Path, process::Command};

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, LeafRequest, LeafSubject, Unlinted,
    make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::{Certificate, Csr, CsrError, KeyAlgorithm, Sct, SctEntry, SigningKey};
use sigbox_tlog::UnixMillis;

fn start() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn request(common_name: &str, days: i64) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: "example.com".into(),
            common_name: common_name.into(),
        },
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24 * days),
        serial: [0x42; 20],
    }
}

fn key(algorithm: KeyAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

/// Whether there is an OpenSSL to ask; a continuous integration run without one is broken.
#[allow(
    clippy::disallowed_methods,
    reason = "a test asks its environment whether a skip is allowed"
)]
fn openssl_is_there() -> bool {
    if Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "no openssl on the PATH");
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no openssl on the PATH\n"),
    );
    false
}

/// Runs openssl in `folder` and gives what it prints.
fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "openssl {arguments:?}\n{text}\n{errors}"
    );
    text
}

fn write(folder: &Path, name: &str, certificate: &Certificate) {
    std::fs::write(folder.join(name), certificate.to_pem()).unwrap();
}

fn issue(
    ca: &Certificate,
    ca_key: &SigningKey,
    subject_key: &SigningKey,
    subject: LeafSubject,
) -> Certificate {
    let request = LeafRequest {
        key: subject_key.public_key().clone(),
        subject,
        issuer: "https://issuer.example".into(),
        token_subject: "repo:octo/wf:ref:refs/heads/main".into(),
        not_before: start(),
        not_after: start() + SignedDuration::from_mins(10),
    };
    let linted = Unlinted::build(ca, request, [0x77; 20])
        .unwrap()
        .lint()
        .unwrap();
    let precert = linted.sign_precert(ca_key).unwrap();
    let log_key = key(KeyAlgorithm::EcdsaP256);
    let entry = SctEntry::Precert {
        issuer_key_hash: precert.issuer_key_hash(),
        tbs: precert.tbs(),
    };
    let sct = Sct::sign(&log_key, UnixMillis(1_795_521_600_165), entry, Vec::new()).unwrap();
    precert.issue(&[sct], log_key.public_key(), ca_key).unwrap()
}

#[test]
fn openssl_verifies_and_prints_what_we_issue() {
    if !openssl_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (root_key, ca_key) = (key(KeyAlgorithm::EcdsaP384), key(KeyAlgorithm::EcdsaP256));
    let root = make_root(&root_key, &request("example root", 3650)).unwrap();
    let issuer = Issuer {
        certificate: &root,
        signer: &root_key,
    };
    let kind = IntermediateKind::CodeSigning;
    let ca = make_intermediate(
        &issuer,
        ca_key.public_key(),
        &request("example ca", 1000),
        kind,
    )
    .unwrap();
    write(folder, "root.pem", &root);
    write(folder, "ca.pem", &ca);
    // OpenSSL counts the last second as past already; our own tests cover both ends.
    let within = (start() + SignedDuration::from_mins(5))
        .as_second()
        .to_string();
    let subjects = [
        (
            KeyAlgorithm::EcdsaP256,
            LeafSubject::Email("alice@example.com".into()),
            "email:alice@example.com",
        ),
        (
            KeyAlgorithm::EcdsaP384,
            LeafSubject::Uri("spiffe://td/ns".into()),
            "URI:spiffe://td/ns",
        ),
        (
            KeyAlgorithm::Ed25519,
            LeafSubject::Uri("https://a/b.yml@refs/heads/x".into()),
            "URI:https://a/b.yml@refs",
        ),
    ];
    for (algorithm, subject, shown) in subjects {
        write(
            folder,
            "leaf.pem",
            &issue(&ca, &ca_key, &key(algorithm), subject),
        );
        let verified = openssl(
            folder,
            &[
                "verify",
                "-x509_strict",
                "-attime",
                &within,
                "-CAfile",
                "root.pem",
                "-untrusted",
                "ca.pem",
                "leaf.pem",
            ],
        );
        assert_eq!(verified, "leaf.pem: OK\n");
        let text = openssl(folder, &["x509", "-in", "leaf.pem", "-noout", "-text"]);
        for expected in [
            "Version: 3 (0x2)",
            "Signature Algorithm: ecdsa-with-SHA256",
            "Issuer: O = example.com, CN = example ca",
            "Not Before: Nov 24 12:00:00 2026 GMT",
            "Not After : Nov 24 12:10:00 2026 GMT",
            "Subject: \n",
            "X509v3 Subject Alternative Name: critical",
            "X509v3 Key Usage: critical\n                Digital Signature\n",
            "X509v3 Extended Key Usage: \n                Code Signing\n",
            "CT Precertificate SCTs: ",
            "Version   : v1 (0x0)",
            "Timestamp : Nov 24 12:00:00.165 2026 GMT",
            shown,
        ] {
            assert!(text.contains(expected), "`{expected}` is not in\n{text}");
        }
        assert!(!text.contains("Poison"), "{text}");
    }
}

#[test]
fn openssl_accepts_the_timestamping_chain_for_its_purpose_alone() {
    if !openssl_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (root_key, ca_key, tsa_key) = (
        key(KeyAlgorithm::EcdsaP384),
        key(KeyAlgorithm::EcdsaP384),
        key(KeyAlgorithm::EcdsaP256),
    );
    let root = make_root(&root_key, &request("example root", 3650)).unwrap();
    let issuer = Issuer {
        certificate: &root,
        signer: &root_key,
    };
    let kind = IntermediateKind::TimeStamping;
    let ca =
        make_intermediate(&issuer, ca_key.public_key(), &request("tsa ca", 1000), kind).unwrap();
    let issuer = Issuer {
        certificate: &ca,
        signer: &ca_key,
    };
    let tsa = make_tsa_leaf(&issuer, tsa_key.public_key(), &request("tsa", 900)).unwrap();
    write(folder, "root.pem", &root);
    write(folder, "ca.pem", &ca);
    write(folder, "tsa.pem", &tsa);
    let at = start().as_second().to_string();
    let arguments = |purpose| {
        let chain = ["-CAfile", "root.pem", "-untrusted", "ca.pem", "tsa.pem"];
        [
            &[
                "verify",
                "-x509_strict",
                "-attime",
                &at,
                "-purpose",
                purpose,
            ],
            chain.as_slice(),
        ]
        .concat()
    };
    assert_eq!(
        openssl(folder, &arguments("timestampsign")),
        "tsa.pem: OK\n"
    );
    let refused = Command::new("openssl")
        .current_dir(folder)
        .args(arguments("sslserver"))
        .output()
        .unwrap();
    assert!(!refused.status.success());
}

#[test]
fn reads_the_requests_that_openssl_makes() {
    if !openssl_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cases: [(&[&str], &str, bool); 6] = [
        (
            &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "-sha256",
            true,
        ),
        (
            &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "-sha384",
            true,
        ),
        (
            &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "-sha256",
            false,
        ),
        (
            &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
            "-sha512",
            true,
        ),
        (
            &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
            "-sha256",
            true,
        ),
        (
            &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
            "-sha512",
            false,
        ),
    ];
    for (kind, digest, permitted) in cases {
        openssl(
            folder,
            &[&["genpkey", "-out", "key.pem", "-algorithm"], kind].concat(),
        );
        for form in ["-new", "-newhdr"] {
            let mut arguments = vec![
                "req",
                "-new",
                "-key",
                "key.pem",
                "-subj",
                "/CN=mallory",
                digest,
            ];
            arguments.extend((form != "-new").then_some(form));
            let csr = Csr::from_pem(openssl(folder, &arguments).as_bytes()).unwrap();
            csr.verify().unwrap();
            match csr.check_hash() {
                Ok(()) => assert!(permitted, "{kind:?} {digest}"),
                Err(CsrError::HashNotPermitted { .. }) => assert!(!permitted, "{kind:?} {digest}"),
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}
