//! An instance, the programs that are compared, and what they work on.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sigbox_e2e::{Stack, cosign, peers, run};

/// Who signs.
pub(crate) const WHO: &str = "alice@example.com";
/// What a key file is opened with.
const PASSWORD: &str = "pw";

/// A running instance, and a directory with keys.
pub(crate) struct Scene {
    pub(crate) stack: Stack,
    /// The real cosign.
    pub(crate) real: PathBuf,
    pub(crate) ours: PathBuf,
}

impl Scene {
    /// Starts the instance, and makes a key pair.
    pub(crate) fn new() -> Result<Self> {
        let scene = Self {
            stack: Stack::start()?,
            real: peers::cosign().context("the real cosign is missing")?,
            ours: cosign(),
        };
        let pair = ["generate-key-pair", "--output-key-prefix", "key"];
        do_once(scene.client(&scene.ours, &pair)?)?;
        Ok(scene)
    }

    /// A client in the instance's directory, told of the instance by its variables.
    pub(crate) fn client(&self, program: &Path, arguments: &[&str]) -> Result<Command> {
        let mut command = self.stack.command(program)?;
        command
            .env("COSIGN_PASSWORD", PASSWORD)
            .current_dir(self.stack.file(""))
            .args(arguments);
        Ok(command)
    }

    /// A client that is told of no instance: nothing but a key.
    pub(crate) fn client_alone(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.stack.file(""))
            .env("COSIGN_PASSWORD", PASSWORD)
            .current_dir(self.stack.file(""))
            .args(arguments);
        command
    }

    /// The flags that demand the signer's identity.
    pub(crate) fn identity(&self) -> [String; 4] {
        [
            "--certificate-identity".to_owned(),
            WHO.to_owned(),
            "--certificate-oidc-issuer".to_owned(),
            self.issuer(),
        ]
    }

    /// The instance's OpenID issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/oidc", self.stack.url())
    }

    /// Signs a file keylessly with our client.
    pub(crate) fn sign_keyless(&self, file: &str, bundle: &str) -> Result<()> {
        let token = self.stack.token(WHO)?;
        let arguments = ["sign-blob", "--yes", "--identity-token", &token];
        let mut command = self.client(&self.ours, &arguments)?;
        command.args(["--bundle", bundle, file]);
        do_once(command)
    }
}

/// Runs what only prepares.
pub(crate) fn do_once(mut command: Command) -> Result<()> {
    run(&mut command)?.expect(0)?;
    Ok(())
}
