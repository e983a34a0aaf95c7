//! Keyless signing without a terminal: the login is approved in a browser elsewhere, as the page asks for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Url;
use sigbox_e2e::{Client, Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const WORKLOAD: &str = "http://localhost/ci/build";

#[tokio::test]
async fn compat_31_ours_signs_without_a_terminal() -> Result<()> {
    signs(&Stack::start()?, &cosign(), "/oidc", WHO).await
}

#[tokio::test]
async fn compat_31_the_real_cosign_signs_without_a_terminal() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    signs(&Stack::start()?, &real, "/oidc", WHO).await
}

#[tokio::test]
async fn compat_31_a_workload_signs_by_its_own_issuer() -> Result<()> {
    signs(&Stack::start()?, &cosign(), "/oidc/workload", WORKLOAD).await
}

#[tokio::test]
async fn compat_31_a_refused_login_signs_nothing() -> Result<()> {
    let stack = Stack::start()?;
    let mut programs = vec![cosign()];
    programs.extend(peers::cosign());
    for program in programs {
        let mut signer = Signer::start(&stack, &program, "/oidc")?;
        let page = Page::open(&stack, &signer.link()?).await?;
        let said = page.press("deny", "").await?;
        ensure!(said.contains("The device was refused"), "{said}");
        let outcome = signer.finish()?.expect(1)?;
        outcome.says("access_denied")?;
        ensure!(!bundle(&stack).exists(), "a bundle without a login");
    }
    Ok(())
}

/// Signs, approves what the program shows, and verifies.
async fn signs(stack: &Stack, program: &Path, issuer: &str, who: &str) -> Result<()> {
    let mut signer = Signer::start(stack, program, issuer)?;
    let link = signer.link()?;
    let page = Page::open(stack, &link).await?;
    ensure!(
        page.html.contains(&signer.user_code),
        "another code: {}",
        page.html
    );
    let said = page.press("approve", who).await?;
    ensure!(said.contains("The device is signed in"), "{said}");
    let outcome = signer.finish()?.expect(0)?;
    ensure!(
        outcome.stdout == format!("{}Token received!\n", signer.shown()),
        "{}",
        outcome.stdout
    );
    let outcome = outcome.says("Non-interactive mode detected, using device flow.\n");
    outcome?.says("Wrote bundle to file")?;
    for (identity, code) in [(who, 0), ("mallory@example.com", 1)] {
        let mut verify = stack.command(&cosign())?;
        verify
            .args(["verify-blob", "--certificate-identity", identity])
            .arg("--certificate-oidc-issuer")
            .arg(format!("{}{issuer}", stack.url()))
            .arg("--bundle")
            .args([bundle(stack), stack.file("artifact")]);
        run(&mut verify)?.expect(code)?;
    }
    Ok(())
}

fn bundle(stack: &Stack) -> PathBuf {
    stack.file("bundle.json")
}

/// The page behind the link, as a browser would use it.
struct Page {
    client: Client,
    html: String,
}

impl Page {
    async fn open(stack: &Stack, link: &Url) -> Result<Self> {
        let client = Client::new(stack.url())?;
        let path = link.as_str().strip_prefix(stack.url());
        let path = path.with_context(|| format!("a foreign link: {link}"))?;
        let (status, _, html) = client.send("GET", path, None, Vec::new()).await?;
        let html = String::from_utf8(html)?;
        ensure!(status == 200, "expected 200, found {status}: {html}");
        Ok(Self { client, html })
    }

    /// Fills the form in and sends it where it says.
    async fn press(&self, decision: &str, login: &str) -> Result<String> {
        let action = self.between("<form method=\"post\" action=\"", "\"")?;
        let code = self.between("name=\"user_code\" value=\"", "\"")?;
        let mut form = Url::parse("http://form")?;
        form.query_pairs_mut()
            .append_pair("user_code", code)
            .append_pair("login", login)
            .append_pair("decision", decision);
        let body = form.query().unwrap_or_default().as_bytes().to_vec();
        let kind = Some("application/x-www-form-urlencoded");
        let (status, _, html) = self.client.send("POST", action, kind, body).await?;
        let html = String::from_utf8(html)?;
        ensure!(status == 200, "expected 200, found {status}: {html}");
        Ok(html)
    }

    fn between(&self, before: &str, after: &str) -> Result<&str> {
        let found = self.html.split_once(before);
        let found = found.and_then(|(_, rest)| rest.split_once(after));
        Ok(found
            .with_context(|| format!("no {before} in {}", self.html))?
            .0)
    }
}

/// A program that waits for its approval; killed when dropped.
struct Signer {
    child: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
    user_code: String,
}

impl Signer {
    fn start(stack: &Stack, program: &Path, issuer: &str) -> Result<Self> {
        let mut command = stack.command(program)?;
        command.arg("sign-blob");
        // The other issuer is that of the signing config, and the real cosign takes no second one beside it.
        if issuer != "/oidc" {
            let issuer = format!("{}{issuer}", stack.url());
            command.args(["--oidc-issuer", &issuer]);
        }
        let mut child = command
            .args(["--yes", "--bundle"])
            .arg(bundle(stack))
            .arg(stack.write("artifact", "signed without a terminal\n")?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        Ok(Self {
            child,
            stdout,
            said: String::new(),
            user_code: String::new(),
        })
    }

    /// The link that it shows, after the code.
    fn link(&mut self) -> Result<Url> {
        let line = self.line()?;
        let rest = line.strip_prefix("Enter the verification code ");
        let found = rest.and_then(|rest| rest.split_once(" in your browser at: "));
        let Some((code, link)) = found else {
            bail!(
                "expected the code and the link, found {line:?}: {}",
                self.stderr()?
            );
        };
        code.clone_into(&mut self.user_code);
        let validity = self.line()?;
        ensure!(
            validity == "Code will be valid for 300 seconds",
            "{validity}"
        );
        Ok(Url::parse(link)?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        self.said.push_str(&line);
        Ok(line.trim_end().to_owned())
    }

    /// What it has shown up to here.
    fn shown(&self) -> String {
        self.said.clone()
    }

    fn stderr(&mut self) -> Result<String> {
        let mut text = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut text)?;
        }
        Ok(text)
    }

    /// Waits for its end.
    fn finish(&mut self) -> Result<Outcome> {
        let mut stdout = self.said.clone();
        self.stdout.read_to_string(&mut stdout)?;
        let stderr = self.stderr()?;
        Ok(Outcome {
            command: "cosign sign-blob without a terminal".to_owned(),
            code: self.child.wait()?.code(),
            stdout,
            stderr,
        })
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
