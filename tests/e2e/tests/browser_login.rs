//! Keyless signing with a login in a real browser: the login page, the redirect, the client's listener.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};

use anyhow::{Context, Result, ensure};
use reqwest::Url;
use sigbox_e2e::{Browser, Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const OPENED: &str = "Your browser will now be opened to:";
const NOT_OPENED: &str = "Go to the following link in a browser:";

#[tokio::test]
async fn ours_signs_after_a_login_in_the_browser() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    let mut signer = Signer::start(&stack, &cosign(), Launcher::DoesNothing)?;
    let url = signer.url_after(OPENED)?;
    log_in(&browser, &url).await?;
    browser.sees("You are logged in").await?;
    signer.finish()?.expect(0)?.says("Wrote bundle to file")?;
    verify(&stack)
}

#[tokio::test]
async fn the_real_cosign_signs_after_the_redirect() -> Result<()> {
    let (Some(peer), Some(real)) = (peers::chromedriver(), peers::cosign()) else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    let mut signer = Signer::start(&stack, &real, Launcher::DoesNothing)?;
    let url = signer.url_after(OPENED)?;
    log_in(&browser, &url).await?;
    signer.finish()?.expect(0)?;
    verify(&stack)
}

#[tokio::test]
async fn ours_signs_with_the_code_that_the_page_shows() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let said = sign_with_a_code(&Browser::start(&peer).await?, &cosign()).await?;
    said.says("error opening browser: no program that opens addresses is installed here")?
        .says("Enter verification code: ")?;
    Ok(())
}

#[tokio::test]
async fn the_real_cosign_signs_with_the_code_that_the_page_shows() -> Result<()> {
    let (Some(peer), Some(real)) = (peers::chromedriver(), peers::cosign()) else {
        return Ok(());
    };
    sign_with_a_code(&Browser::start(&peer).await?, &real).await?;
    Ok(())
}

/// A client that can open no browser gets the code from one elsewhere, and what it has signed verifies.
async fn sign_with_a_code(browser: &Browser, client: &Path) -> Result<Outcome> {
    let stack = Stack::start()?;
    let mut signer = Signer::start(&stack, client, Launcher::Missing)?;
    let url = signer.url_after(NOT_OPENED)?;
    ensure!(parameter(&url, "redirect_uri")? == "urn:ietf:wg:oauth:2.0:oob");
    log_in(browser, &url).await?;
    browser.sees("Your verification code").await?;
    signer.enter(&browser.read("code").await?)?;
    let said = signer.finish()?.expect(0)?;
    verify(&stack)?;
    Ok(said)
}

/// Where a browser is sent instead of the login page, what it reads there, and what the client says.
type Refusal = (fn(&Url) -> Result<Url>, &'static str, &'static str);

const REFUSALS: [Refusal; 3] = [
    (
        // It is the provider that sends the browser back.
        |asked| Ok(with(asked.clone(), "scope", "profile")),
        "The login was refused",
        "the provider refused the login: invalid_scope: scope must contain openid",
    ),
    (
        |asked| Ok(with(callback(asked)?, "error", "access_denied")),
        "The login was refused",
        "the provider refused the login: access_denied",
    ),
    (
        |asked| Ok(with(callback(asked)?, "code", "forged")),
        "The login failed: nothing was signed.",
        "the provider refused to exchange the code: invalid_grant",
    ),
];

#[tokio::test]
async fn a_refused_login_ends_the_client_and_a_forged_one_does_not() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    for (sent_to, page, message) in REFUSALS {
        let mut signer = Signer::start(&stack, &cosign(), Launcher::DoesNothing)?;
        let asked = signer.url_after(OPENED)?;
        // Any page could send the browser here; with another state that means nothing.
        for name in ["error", "code"] {
            let forged = with(callback(&asked)?, name, "forged");
            let forged = with(forged, "state", "forged");
            browser.open(forged.as_str()).await?;
            browser.sees("Not found").await?;
        }
        browser.open(sent_to(&asked)?.as_str()).await?;
        browser.sees(page).await?;
        signer.finish()?.expect(1)?.says(message)?;
        ensure!(!bundle(&stack).exists(), "a bundle without a login");
    }
    Ok(())
}

/// Types the address into the login page and presses the button.
async fn log_in(browser: &Browser, asked: &Url) -> Result<()> {
    browser.open(asked.as_str()).await?;
    browser.sees("Sign in for development").await?;
    browser.fill("#login", WHO).await?;
    browser.press("button[type=submit]").await
}

/// The bundle verifies for who logged in, and for nobody else.
fn verify(stack: &Stack) -> Result<()> {
    for (identity, code) in [(WHO, 0), ("mallory@example.com", 1)] {
        let mut verify = stack.command(&cosign())?;
        verify
            .args(["verify-blob", "--certificate-identity", identity])
            .arg("--certificate-oidc-issuer")
            .arg(format!("{}/oidc", stack.url()))
            .arg("--bundle")
            .args([bundle(stack), stack.file("artifact")]);
        run(&mut verify)?.expect(code)?;
    }
    Ok(())
}

fn bundle(stack: &Stack) -> PathBuf {
    stack.file("bundle.json")
}

/// Where the client has asked to be answered, with the state that it waits for.
fn callback(asked: &Url) -> Result<Url> {
    let callback = Url::parse(&parameter(asked, "redirect_uri")?)?;
    Ok(with(callback, "state", &parameter(asked, "state")?))
}

fn parameter(url: &Url, name: &str) -> Result<String> {
    let found = url.query_pairs().find(|(key, _)| key == name);
    let (_, value) = found.with_context(|| format!("no {name} in {url}"))?;
    Ok(value.into_owned())
}

/// The address with one parameter set.
fn with(mut url: Url, name: &str, value: &str) -> Url {
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.retain(|(key, _)| key != name);
    pairs.push((name.to_owned(), value.to_owned()));
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

/// What the client finds when it looks for a program that opens a browser.
enum Launcher {
    Missing,
    /// One that says it has opened the page.
    DoesNothing,
}

/// A client that waits for a login; killed when dropped.
struct Signer {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Signer {
    fn start(stack: &Stack, cosign: &Path, launcher: Launcher) -> Result<Self> {
        let launchers = stack.file("launchers");
        std::fs::create_dir_all(&launchers)?;
        if matches!(launcher, Launcher::DoesNothing) {
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
            .arg(bundle(stack))
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
    fn url_after(&mut self, line: &str) -> Result<Url> {
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

    fn enter(&mut self, text: &str) -> Result<()> {
        let mut stdin = self.child.stdin.take().context("no stdin")?;
        Ok(writeln!(stdin, "{text}")?)
    }

    /// Waits for its end.
    fn finish(&mut self) -> Result<Outcome> {
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

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
