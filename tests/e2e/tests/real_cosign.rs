//! The real cosign, unmodified, configured by nothing but `eval "$(sigbox env)"`.
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
fn real_cosign_signs_and_ours_verifies_and_the_other_way_round() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    let ours = cosign();
    let issuer = format!("{}/oidc", stack.url());
    let artifact = stack.write("artifact", "signed by one, verified by the other\n")?;
    for (signer, verifier) in [
        (&real, &ours),
        (&ours, &real),
        (&ours, &ours),
        (&real, &real),
    ] {
        let bundle = stack.file("bundle.json");
        let token = stack.token(WHO)?;
        let mut sign = stack.command(signer)?;
        sign.args(["sign-blob", "--yes", "--identity-token", &token, "--bundle"])
            .arg(&bundle)
            .arg(&artifact);
        run(&mut sign)?.expect(0)?;
        let verify = |identity: &str, issuer: &str| -> Result<_> {
            let mut verify = stack.command(verifier)?;
            verify
                .args(["verify-blob", "--certificate-identity", identity])
                .args(["--certificate-oidc-issuer", issuer, "--bundle"])
                .arg(&bundle)
                .arg(&artifact);
            run(&mut verify)
        };
        verify(WHO, &issuer)?.expect(0)?.says("Verified OK")?;
        verify("mallory@example.com", &issuer)?
            .expect(1)?
            .says("expected SAN value \"mallory@example.com\", got \"alice@example.com\"")?;
        verify(WHO, "https://elsewhere.example")?
            .expect(1)?
            .says("expected issuer value \"https://elsewhere.example\"")?;
    }
    Ok(())
}
