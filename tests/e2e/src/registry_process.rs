//! A real registry as a process, on a port of its own, with its data in a directory of its own.

use std::io::{BufRead, BufReader, sink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// A running registry; killed when dropped.
pub struct RegistryProcess {
    child: Child,
    host: String,
    _data: TempDir,
}

impl RegistryProcess {
    /// CNCF Distribution, which deletes what it is asked to.
    pub fn distribution(program: &Path) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let config = data.path().join("config.yml");
        let storage = data.path().join("storage");
        let text = format!(
            "version: 0.1\nlog:\n  level: info\nhttp:\n  addr: 127.0.0.1:0\nstorage:\n  delete:\n    enabled: true\n  \
             filesystem:\n    rootdirectory: {}\n",
            storage.display()
        );
        std::fs::write(&config, text)?;
        let mut command = Command::new(program);
        command.arg("serve").arg(config);
        Self::start(command, data, "listening on 127.0.0.1:")
    }

    /// go-containerregistry's registry, which keeps lists of referrers.
    pub fn with_referrers(program: &Path) -> Result<Self> {
        let command = Command::new(program);
        Self::start(command, tempfile::tempdir()?, "serving on port ")
    }

    /// `crane registry serve`, which keeps none.
    pub fn crane(program: &Path) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut command = Command::new(program);
        command.args(["registry", "serve", "--address", "127.0.0.1:0"]);
        Self::start(command, data, "serving on port ")
    }

    /// Waits for the line that tells the port.
    fn start(mut command: Command, data: TempDir, before_port: &str) -> Result<Self> {
        let mut child = command
            .env("HOME", data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        let mut stderr = BufReader::new(child.stderr.take().context("no stderr")?);
        let mut said = String::new();
        loop {
            let mut line = String::new();
            if stderr.read_line(&mut line)? == 0 {
                child.wait()?;
                bail!("{command:?} ended before it served:\n{said}");
            }
            if let Some((_, rest)) = line.split_once(before_port) {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                // What it says from now on must not fill the pipe.
                std::thread::spawn(move || std::io::copy(&mut stderr, &mut sink()));
                return Ok(Self {
                    child,
                    host: format!("127.0.0.1:{port}"),
                    _data: data,
                });
            }
            said.push_str(&line);
        }
    }

    /// `host:port`, as in a repository's name.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for RegistryProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
