//! A client that signs after a login in a browser, and the addresses that such a login goes through.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use anyhow::{Context, Result, ensure};
use reqwest::Url;

use crate::outcome::Outcome;
use crate::peers;
use crate::stack::Stack;

/// The line before the address of the login page, when it was opened.
pub const OPENED: &str = "Your browser will now be opened to:";
/// The same when it could not be.
pub const NOT_OPENED: &str = "Go to the following link in a browser:";

/// What the client finds when it looks for a program that opens a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// Nothing.
    Missing,
    /// One that says it has opened the page.
    DoesNothing,
}

/// A client that waits for a login, to sign the file `artifact` into `bundle.json`; killed when dropped.
pub struct PendingLogin {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl PendingLogin {
    /// Starts the client.
    pub fn start(stack: &Stack, cosign: &Path, launcher: Launcher) -> Result<Self> {
        let launchers = stack.file("launchers");
        std::fs::create_dir_all(&launchers)?;
        if launcher == Launcher::DoesNothing {
            let nothing = peers::on_path("true").context("no `true`")?;
            let launcher = launchers.join("xdg-open");
            if !launcher.exists() {
                std::os::unix::fs::symlink(nothing, launcher)?;
            }
        }
        let mut child = stack
            .command(cosign)?
            .env("PATH", &launchers)
            .args(["sign-blob", "--yes", "--fulcio-auth-flow", "normal"])
            .arg("--bundle")
            .arg(stack.file("bundle.json"))
            .arg(stack.write("artifact", "signed after a login\n")?)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = BufReader::new(child.stderr.take().context("no stderr")?);
        Ok(Self {
            child,
            stderr,
            said: String::new(),
        })
    }

    /// Reads up to the address that follows a line.
    pub fn url_after(&mut self, line: &str) -> Result<Url> {
        while self.line()? != line {}
        loop {
            let next = self.line()?;
            if !next.is_empty() {
                return Ok(Url::parse(&next)?);
            }
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let length = self.stderr.read_line(&mut line)?;
        self.said.push_str(&line);
        ensure!(length > 0, "the client ended:\n{}", self.said);
        Ok(line.trim().to_owned())
    }

    /// Types a line.
    pub fn enter(&mut self, text: &str) -> Result<()> {
        let mut stdin = self.child.stdin.take().context("no stdin")?;
        Ok(writeln!(stdin, "{text}")?)
    }

    /// Waits for its end.
    pub fn finish(&mut self) -> Result<Outcome> {
        drop(self.child.stdin.take());
        self.stderr.read_to_string(&mut self.said)?;
        Ok(Outcome {
            command: "cosign sign-blob --fulcio-auth-flow normal".to_owned(),
            code: self.child.wait()?.code(),
            stdout: String::new(),
            stderr: self.said.clone(),
        })
    }
}

impl Drop for PendingLogin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the client has asked to be answered, with the state that it waits for.
pub fn callback(asked: &Url) -> Result<Url> {
    let callback = Url::parse(&parameter(asked, "redirect_uri")?)?;
    Ok(with(callback, "state", &parameter(asked, "state")?))
}

/// A parameter of an address.
pub fn parameter(url: &Url, name: &str) -> Result<String> {
    let found = url.query_pairs().find(|(key, _)| key == name);
    let (_, value) = found.with_context(|| format!("no {name} in {url}"))?;
    Ok(value.into_owned())
}

/// The address with one parameter set.
pub fn with(mut url: Url, name: &str, value: &str) -> Url {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.retain(|(key, _)| key != name);
    pairs.push((name.to_owned(), value.to_owned()));
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}
