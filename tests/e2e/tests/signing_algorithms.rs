//! Keys of every kind that ours makes for an identity: the real cosign verifies what they sign.
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
const ALGORITHMS: [&str; 6] = [
    "ecdsa-sha2-256-nistp256",
    "ecdsa-sha2-384-nistp384",
    "ecdsa-sha2-512-nistp521",
    "rsa-sign-pkcs1-2048-sha256",
    "rsa-sign-pkcs1-3072-sha256",
    "rsa-sign-pkcs1-4096-sha256",
];

#[test]
fn the_real_client_verifies_what_keys_of_every_kind_sign() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let issuer = format!("{}/oidc", stack.url());
    let artifact = stack.write("artifact", "signed by a key of every kind\n")?;
    let other = stack.write("other", "not signed\n")?;
    let bundle = stack.file("bundle.json");
    for algorithm in ALGORITHMS {
        let token = stack.token(WHO)?;
        let mut sign = stack.command(&ours)?;
        sign.args(["sign-blob", "--yes", "--identity-token", &token])
            .args(["--signing-algorithm", algorithm, "--bundle"])
            .args([&bundle, &artifact]);
        run(&mut sign)?.expect(0)?;
        for verifier in [&real, &ours] {
            let verify = |artifact| -> Result<_> {
                let mut verify = stack.command(verifier)?;
                verify
                    .args(["verify-blob", "--certificate-identity", WHO])
                    .args(["--certificate-oidc-issuer", &issuer, "--bundle"])
                    .args([&bundle, artifact]);
                run(&mut verify)
            };
            verify(&artifact)?.expect(0)?.says("Verified OK")?;
            verify(&other)?.expect(1)?.says("Error: ")?;
        }
    }
    Ok(())
}
