//! Keyless signing with a login in a real browser: the login page, the redirect, the client's listener.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use reqwest::Url;
use sigbox_e2e::login::{Launcher, NOT_OPENED, OPENED, PendingLogin, callback, parameter, with};
use sigbox_e2e::{Browser, Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";

#[tokio::test]
async fn compat_31_ours_signs_after_a_login_in_the_browser() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    let mut signer = PendingLogin::start(&stack, &cosign(), Launcher::DoesNothing)?;
    let url = signer.url_after(OPENED)?;
    log_in(&browser, &url).await?;
    browser.sees("You are logged in").await?;
    signer.finish()?.expect(0)?.says("Wrote bundle to file")?;
    verify(&stack)
}

#[tokio::test]
async fn compat_31_the_real_cosign_signs_after_the_redirect() -> Result<()> {
    let (Some(peer), Some(real)) = (peers::chromedriver(), peers::cosign()) else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    let mut signer = PendingLogin::start(&stack, &real, Launcher::DoesNothing)?;
    let url = signer.url_after(OPENED)?;
    log_in(&browser, &url).await?;
    signer.finish()?.expect(0)?;
    verify(&stack)
}

#[tokio::test]
async fn compat_31_ours_signs_with_the_code_that_the_page_shows() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let said = sign_with_a_code(&Browser::start(&peer).await?, &cosign()).await?;
    said.says("error opening browser: no program that opens addresses is installed here")?
        .says("Enter verification code: ")?;
    Ok(())
}

#[tokio::test]
async fn compat_31_the_real_cosign_signs_with_the_code_that_the_page_shows() -> Result<()> {
    let (Some(peer), Some(real)) = (peers::chromedriver(), peers::cosign()) else {
        return Ok(());
    };
    sign_with_a_code(&Browser::start(&peer).await?, &real).await?;
    Ok(())
}

/// A client that can open no browser gets the code from one elsewhere, and what it has signed verifies.
async fn sign_with_a_code(browser: &Browser, client: &Path) -> Result<Outcome> {
    let stack = Stack::start()?;
    let mut signer = PendingLogin::start(&stack, client, Launcher::Missing)?;
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
async fn compat_31_a_refused_login_ends_the_client_and_a_forged_one_does_not() -> Result<()> {
    let Some(peer) = peers::chromedriver() else {
        return Ok(());
    };
    let (stack, browser) = (Stack::start()?, Browser::start(&peer).await?);
    for (sent_to, page, message) in REFUSALS {
        let mut signer = PendingLogin::start(&stack, &cosign(), Launcher::DoesNothing)?;
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
