//! An instance is a closed world: no configuration, no connection; with one, only its own host.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cases;
mod crooked;
mod every_command;
mod liar;
mod working;

use std::process::Command;

use anyhow::{Result, ensure};
use sigbox_e2e::{RecordingProxy, Stack, cosign, peers, run};

#[test]
fn without_configuration_the_client_says_what_to_configure_and_opens_no_connection() -> Result<()> {
    let Some(strace) = peers::on_path("strace") else {
        return Ok(());
    };
    let directory = tempfile::tempdir()?;
    let artifact = directory.path().join("artifact");
    std::fs::write(&artifact, "x")?;
    let trace = directory.path().join("trace");
    let mut command = Command::new(strace);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", directory.path())
        .args(["-f", "-e", "trace=socket,connect,sendto,sendmsg", "-o"])
        .arg(&trace)
        .arg(cosign())
        .args(["sign-blob", "--identity-token", "t", "--bundle"])
        .arg(directory.path().join("bundle.json"))
        .arg(&artifact);
    let outcome = run(&mut command)?.expect(1)?;
    for text in ["--signing-config", "COSIGN_SIGNING_CONFIG", "sigbox env"] {
        ensure!(
            outcome.stderr.contains(text),
            "expected `{text}` in:\n{}",
            outcome.stderr
        );
    }
    let calls = std::fs::read_to_string(&trace)?;
    let network: Vec<_> = calls
        .lines()
        .filter(|line| line.contains("AF_INET") || line.contains("connect("))
        .collect();
    ensure!(network.is_empty(), "opened: {network:?}");
    Ok(())
}

#[test]
fn with_configuration_a_recording_proxy_sees_the_instance_and_nobody_else() -> Result<()> {
    let stack = Stack::start_with(&["--base-url", "http://sigbox.test:8080"])?;
    let address = stack.address()?;
    let proxy = RecordingProxy::start("sigbox.test", address)?;
    let artifact = stack.write("artifact", "in a closed world\n")?;
    let bundle = stack.file("bundle.json");
    let mut sign = stack.command(&cosign())?;
    sign.env("HTTP_PROXY", proxy.url())
        .env("HTTPS_PROXY", proxy.url())
        .env("http_proxy", proxy.url())
        .env("https_proxy", proxy.url())
        .args([
            "sign-blob",
            "--identity-token",
            &stack.token("a@example.com")?,
        ])
        .arg("--bundle")
        .arg(&bundle)
        .arg(&artifact);
    run(&mut sign)?.expect(0)?;
    ensure!(
        proxy.hosts() == ["sigbox.test"],
        "expected the instance alone, found {:?}",
        proxy.hosts()
    );
    // Verification needs nobody at all.
    let silent = RecordingProxy::start("nobody", address)?;
    let mut verify = stack.command(&cosign())?;
    verify
        .env("HTTP_PROXY", silent.url())
        .env("HTTPS_PROXY", silent.url())
        .args(["verify-blob", "--certificate-identity", "a@example.com"])
        .args(["--certificate-oidc-issuer", "http://sigbox.test:8080/oidc"])
        .arg("--bundle")
        .arg(&bundle)
        .arg(&artifact);
    run(&mut verify)?.expect(0)?.says("Verified OK")?;
    ensure!(silent.hosts().is_empty(), "asked for {:?}", silent.hosts());
    Ok(())
}
