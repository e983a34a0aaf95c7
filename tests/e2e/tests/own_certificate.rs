//! Certificates of an authority of the signer's own, between the real cosign and ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const OWN: [&str; 6] = [
    "--key",
    "own.key",
    "--certificate",
    "leaf.pem",
    "--certificate-chain",
    "chain.pem",
];

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// Writes the authority's files and the signer's key, and what a trusted root says that holds this authority alone.
fn write_authority(stack: &Stack) -> Result<()> {
    let (params, key) = (authority("own root"), KeyPair::generate()?);
    let root = params.self_signed(&key)?;
    let root_issuer = Issuer::new(params, key);
    let (params, key) = (authority("own intermediate"), KeyPair::generate()?);
    let intermediate = params.signed_by(&key, &root_issuer)?;
    let issuer = Issuer::new(params, key);
    let mut params = base("leaf");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params.subject_alt_names = vec![SanType::Rfc822Name("build@example.com".try_into()?)];
    let key = KeyPair::generate()?;
    let leaf = params.signed_by(&key, &issuer)?;
    stack.write("plain.pem", key.serialize_pem())?;
    stack.write("leaf.pem", leaf.pem())?;
    stack.write("root.pem", root.pem())?;
    stack.write("intermediate.pem", intermediate.pem())?;
    let chain = format!("{}{}", intermediate.pem(), root.pem());
    stack.write("chain.pem", chain)?;
    let mut trusted: serde_json::Value =
        serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
    let raw = |certificate: &Certificate| serde_json::json!({"rawBytes": BASE64_STANDARD.encode(certificate.der())});
    trusted["certificateAuthorities"][0]["certChain"]["certificates"] =
        serde_json::json!([raw(&intermediate), raw(&root)]);
    stack.write("trusted.json", trusted.to_string())?;
    cosign_in(
        stack,
        &cosign(),
        &[&[
            "import-key-pair",
            "--key",
            "plain.pem",
            "--output-key-prefix",
            "own",
        ]],
    )?
    .expect(0)?;
    Ok(())
}

/// Runs a cosign without a trusted root, in the scratch directory.
fn cosign_in(stack: &Stack, program: &Path, arguments: &[&[&str]]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env("COSIGN_PASSWORD", "secret")
        .current_dir(stack.data().parent().unwrap())
        .args(arguments.concat());
    run(&mut command)
}

fn who(identity: &str) -> [&str; 5] {
    [
        "--certificate-identity",
        identity,
        "--certificate-oidc-issuer-regexp",
        ".*",
        "--insecure-ignore-sct",
    ]
}

#[test]
fn the_real_one_signs_with_its_own_certificate_and_ours_verifies() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_authority(&stack)?;
    stack.write("file", "signed by the real one\n")?;
    stack.write("other", "not signed\n")?;
    let (build, bob) = (who("build@example.com"), who("bob@example.com"));
    let sign = ["sign-blob", "--yes", "--bundle", "b.json", "file"];
    // To a log of version 2 the real one sends the certificate as a public key, which no log takes.
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let config = ["--signing-config", config.to_str().unwrap()];
    cosign_in(&stack, &real, &[&sign, &OWN, &config])?.expect(0)?;
    let bundle = [
        "verify-blob",
        "--bundle",
        "b.json",
        "--allow-certificate-chain",
    ];
    let roots = ["--ca-roots", "root.pem"];
    let ours = |parts: &[&[&str]]| cosign_in(&stack, &cosign(), parts);
    ours(&[&bundle, &roots, &build, &["file"]])?
        .expect(0)?
        .says("Verified OK")?;
    ours(&[&bundle, &roots, &build, &["other"]])?.expect(1)?;
    ours(&[&bundle, &roots, &bob, &["file"]])?
        .expect(1)?
        .says("check: certificate-identity")?;
    ours(&[&bundle, &build, &["file"]])?
        .expect(1)?
        .says("check: certificate-chain")?;
    // A trusted root's authority has to name an issuer.
    ours(&[&bundle, &build, &["--trusted-root", "trusted.json", "file"]])?
        .expect(1)?
        .says("the certificate names no OpenID issuer")?;
    // Without the chain the intermediate comes from the verifier.
    cosign_in(&stack, &real, &[&sign, &OWN[..4], &config])?.expect(0)?;
    let more = ["--ca-intermediates", "intermediate.pem"];
    ours(&[&bundle[..3], &roots, &more, &build, &["file"]])?
        .expect(0)?
        .says("Verified OK")?;
    ours(&[&bundle[..3], &roots, &build, &["file"]])?
        .expect(1)?
        .says("check: certificate-chain")?;
    Ok(())
}

#[test]
fn ours_signs_with_its_own_certificate_and_the_real_one_verifies() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    write_authority(&stack)?;
    stack.write("file", "signed by ours\n")?;
    stack.write("other", "not signed\n")?;
    let (build, bob) = (who("build@example.com"), who("bob@example.com"));
    let sign = ["sign-blob", "--bundle", "b.json", "file"];
    // Checked against the logs and the timestamp authority of the instance, and the chain that is given.
    let root = stack.data().join("trust/trusted_root.json");
    let root = ["--trusted-root", root.to_str().unwrap()];
    let signed = cosign_in(&stack, &cosign(), &[&sign, &OWN, &root])?.expect(0)?;
    assert!(!signed.stderr.contains("WARNING"), "{}", signed.stderr);
    let theirs = |parts: &[&[&str]]| cosign_in(&stack, &real, parts);
    let bundle = [
        "verify-blob",
        "--bundle",
        "b.json",
        "--allow-certificate-chain",
        "--trusted-root",
        "trusted.json",
    ];
    theirs(&[&bundle, &build, &["file"]])?
        .expect(0)?
        .says("Verified OK")?;
    theirs(&[&bundle, &build, &["other"]])?.expect(1)?;
    theirs(&[&bundle, &bob, &["file"]])?.expect(1)?;
    // In the old format, by the chain.
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let old = [
        "--signing-config",
        config.to_str().unwrap(),
        "--new-bundle-format=false",
        "--output-certificate",
        "c.pem",
    ];
    cosign_in(&stack, &cosign(), &[&sign, &OWN, &root, &old])?.expect(0)?;
    let by = [
        "verify-blob",
        "--bundle",
        "b.json",
        "--certificate",
        "c.pem",
    ];
    let chain = ["--certificate-chain", "chain.pem"];
    theirs(&[&by, &chain, &build, &["file"]])?
        .expect(0)?
        .says("Verified OK")?;
    theirs(&[&by, &chain, &build, &["other"]])?.expect(1)?;
    theirs(&[&by, &chain, &bob, &["file"]])?.expect(1)?;
    Ok(())
}
