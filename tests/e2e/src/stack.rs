//! `sigbox up --dev` as a process, in a directory of its own, on a port of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::outcome::{Outcome, run};

/// A running instance; killed when dropped.
pub struct Stack {
    directory: TempDir,
    child: Option<Child>,
    url: String,
    address: String,
}

impl Stack {
    /// Starts a fresh instance and waits until it says that it serves.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// The same with more arguments for `sigbox up`.
    pub fn start_with(arguments: &[&str]) -> Result<Self> {
        let mut stack = Self {
            directory: tempfile::tempdir()?,
            child: None,
            url: String::new(),
            address: String::new(),
        };
        let mut all = vec!["--listen", "127.0.0.1:0"];
        all.extend(arguments);
        stack.up(&all)?;
        Ok(stack)
    }

    /// Starts it again on the same directory and address.
    pub fn restart(&mut self) -> Result<()> {
        self.restart_with(&[])
    }

    /// The same with more arguments for `sigbox up`.
    pub fn restart_with(&mut self, arguments: &[&str]) -> Result<()> {
        let address = self.address.clone();
        let mut all = vec!["--listen", &address];
        all.extend(arguments);
        self.up(&all)
    }

    /// One more process of the same instance, on a copy of its data directory and an address of its own; they share a
    /// database.
    pub fn join(&self) -> Result<Self> {
        let mut stack = Self {
            directory: tempfile::tempdir()?,
            child: None,
            url: String::new(),
            address: String::new(),
        };
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(self.data()).arg(stack.data());
        ensure!(copy.status()?.success(), "the data directory is not copied");
        stack.up(&["--listen", "127.0.0.1:0"])?;
        Ok(stack)
    }

    /// Where this very process is reached; the base URL may lead to another one of the instance.
    pub fn own_url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn up(&mut self, arguments: &[&str]) -> Result<()> {
        let log = std::fs::File::create(self.directory.path().join("log"))?;
        let mut child = Command::new(crate::sigbox())
            .args(["up", "--dev", "--data"])
            .arg(self.data())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("starting sigbox")?;
        let stdout = child.stdout.take().context("no stdout")?;
        self.child = Some(child);
        for line in BufReader::new(stdout).lines() {
            // "Serving URL on ADDRESS"
            if let Some((url, address)) = line?
                .strip_prefix("Serving ")
                .and_then(|rest| rest.split_once(" on "))
            {
                url.clone_into(&mut self.url);
                address.clone_into(&mut self.address);
                return Ok(());
            }
        }
        bail!("sigbox up ended before it served:\n{}", self.log()?)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// A scratch file beside it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a scratch file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.file(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// What the server logged since its last start.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.directory.path().join("log"))?)
    }

    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    pub fn address(&self) -> Result<std::net::SocketAddr> {
        Ok(self.address.parse()?)
    }

    /// The process.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().context("not running")?.id())
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("not running")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// SIGTERM; the exit code.
    pub fn terminate(&mut self) -> Result<Option<i32>> {
        let mut child = self.child.take().context("not running")?;
        let pid = child.id().to_string();
        ensure!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()?
                .success()
        );
        Ok(child.wait()?.code())
    }

    /// Waits until it ends by itself; the exit code.
    pub fn wait(&mut self) -> Result<Option<i32>> {
        let mut child = self.child.take().context("not running")?;
        Ok(child.wait()?.code())
    }

    /// Runs a command of `sigbox` on this data directory.
    pub fn sigbox(&self, arguments: &[&str]) -> Result<Outcome> {
        let mut command = Command::new(crate::sigbox());
        command.args(arguments).arg("--data").arg(self.data());
        run(&mut command)
    }

    /// An identity token for an e-mail address.
    pub fn token(&self, email: &str) -> Result<String> {
        let outcome = self.sigbox(&["token", "--email", email])?.expect(0)?;
        Ok(outcome.stdout.trim().to_owned())
    }

    /// A program under `eval "$(sigbox env)"`, with nothing else of the caller's environment but PATH and a home of its own.
    pub fn command(&self, program: &Path) -> Result<Command> {
        let env = self.sigbox(&["env", "--shell", "json"])?.expect(0)?;
        let variables: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&env.stdout)?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.directory.path());
        for (name, value) in variables {
            command.env(name, value.as_str().context("a variable is text")?);
        }
        Ok(command)
    }

    /// Writes what sigstore-python reads to sign with the log of version 1; the path.
    pub fn trust_config_v1(&self) -> Result<PathBuf> {
        let document = |name: &str| -> Result<serde_json::Value> {
            Ok(serde_json::from_slice(&self.trust(name)?)?)
        };
        let mut config = document("client_trust_config.json")?;
        if let Some(signing) = config.get_mut("signingConfig") {
            *signing = document("signing_config.rekor_v1.json")?;
        }
        self.write("client_trust_config.rekor_v1.json", config.to_string())
    }

    /// Reads a file of `trust/`.
    pub fn trust(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.data().join("trust").join(name))?)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.child.is_some() {
            let _ = self.kill();
        }
    }
}
