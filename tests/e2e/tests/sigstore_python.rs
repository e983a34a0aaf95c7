//! sigstore-python, unmodified, by the client trust configuration.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use anyhow::Result;
use sigbox_e2e::{Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";

#[test]
fn sigstore_python_signs_for_us_and_verifies_what_we_sign() -> Result<()> {
    let Some(python) = peers::sigstore_python() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let issuer = format!("{}/oidc", stack.url());
    let config = stack.data().join("trust/client_trust_config.json");
    let artifact = stack.write("artifact", "hello from both sides\n")?;
    let theirs = stack.file("theirs.sigstore.json");
    let ours = stack.file("ours.sigstore.json");

    let mut sign = stack.command(&python)?;
    sign.arg("--trust-config")
        .arg(&config)
        .args(["sign", "--identity-token", &stack.token(WHO)?, "--bundle"])
        .arg(&theirs)
        .arg(&artifact);
    run(&mut sign)?.expect(0)?;
    let mut verify = stack.command(&cosign())?;
    verify
        .args(["verify-blob", "--certificate-identity", WHO])
        .args(["--certificate-oidc-issuer", &issuer, "--bundle"])
        .arg(&theirs)
        .arg(&artifact);
    run(&mut verify)?.expect(0)?.says("Verified OK")?;

    let mut sign = stack.command(&cosign())?;
    sign.args([
        "sign-blob",
        "--identity-token",
        &stack.token(WHO)?,
        "--bundle",
    ])
    .arg(&ours)
    .arg(&artifact);
    run(&mut sign)?.expect(0)?;
    let verify = |who: &str| -> Result<_> {
        let mut verify = stack.command(&python)?;
        verify
            .arg("--trust-config")
            .arg(&config)
            .args(["verify", "identity", "--cert-identity", who])
            .args(["--cert-oidc-issuer", &issuer, "--bundle"])
            .arg(&ours)
            .arg(&artifact);
        run(&mut verify)
    };
    verify(WHO)?.expect(0)?;
    verify("mallory@example.com")?.expect(1)?;
    Ok(())
}
