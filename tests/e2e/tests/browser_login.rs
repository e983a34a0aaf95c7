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
use std::process::{Child, ChildStderr, ChildStdin, Stdio};

use anyhow::{Context, Result, bail, ensure};
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
    let mut signer = Signer::start(&stack, &cosign(), Launcher::Missing)?;
    let url = signer.url_after(OPENED)?;
    ensure!(signer.url_after(NOT_OPENED)? == url, "two addresses");
    log_in(&browser, &url).await?;
    browser.sees("You are logged in").await?;
    let said = signer.finish()?.expect(0)?;
    said.says("error opening browser: ")?
        .says("Wrote bundle to file")?;
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
async fn the_real_cosign_signs_with_the_code_that_the_page_shows() -> Result<()> {
    let (Some(peer), Some(real)) = (peers::chromedriver(), peers::cosign()) else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    let mut signer = Signer::start(&stack, &real, Launcher::Missing)?;
    let url = signer.url_after(NOT_OPENED)?;
    ensure!(query(&url, "redirect_uri")? == "urn:ietf:wg:oauth:2.0:oob");
    log_in(&browser, &url).await?;
    browser.sees("Your verification code").await?;
    let code = browser.read("code").await?;
    writeln!(signer.stdin, "{code}")?;
    signer.finish()?.expect(0)?;
    verify(&stack)
}

#[tokio::test]
async fn a_refused_login_ends_the_client_and_a_forged_one_does_not() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    for (answer, page, message) in [
        (
            // No scope that the provider knows: it is the provider that sends the browser back.
            with(&["scope", "profile"]),
            "The login was refused",
            "the provider refused the login: invalid_scope: scope must contain openid",
        ),
        (
            back_with(&["error", "access_denied", "error_description", "not today"]),
            "The login was refused",
            "the provider refused the login: access_denied: not today",
        ),
        (
            back_with(&["code", "forged"]),
            "You are logged in",
            "the provider refused to exchange the code: ",
        ),
    ] {
        let mut signer = Signer::start(&stack, &cosign(), Launcher::Missing)?;
        let url = signer.url_after(OPENED)?;
        // Any page could send the browser here; without the state it means nothing.
        let mut forged = Url::parse(&query(&url, "redirect_uri")?)?;
        forged.set_query(Some("error=access_denied&code=forged&state=forged"));
        browser.open(forged.as_str()).await?;
        browser.sees("Not found").await?;
        browser.open(answer(&url)?.as_str()).await?;
        browser.sees(page).await?;
        signer.finish()?.expect(1)?.says(message)?;
        ensure!(!bundle(&stack).exists(), "a bundle without a login");
    }
    Ok(())
}
