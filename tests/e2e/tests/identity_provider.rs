//! Identity providers that answer otherwise than the built-in one: what a client without a person is given, another login's
//! token, a provider without PKCE, and what a device is told while it waits; by ours and by real cosign v3.1.3.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Result, ensure};
use reqwest::Url;
use serde_json::{Value, json};
use sigbox_e2e::login::{Launcher, OPENED, PendingLogin, callback, with};
use sigbox_e2e::{Client, Front, Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const TOKEN: &str = "POST /oidc/token";

fn programs() -> Vec<PathBuf> {
    peers::cosign().into_iter().chain([cosign()]).collect()
}

fn sign(stack: &Stack, program: &Path, flags: &[&str]) -> Result<Outcome> {
    let mut sign = stack.command(program)?;
    sign.arg("sign-blob").args(flags);
    sign.args(["--yes", "--bundle"]).arg(stack.file("b.json"));
    run(sign.arg(stack.write("artifact", "signed by whoever this is\n")?))
}

/// The bundle verifies for who signed, and is gone then.
fn verified(stack: &Stack, bundle: &str) -> Result<()> {
    let bundle = stack.file(bundle);
    for (identity, code) in [(WHO, 0), ("mallory@example.com", 1)] {
        let mut verify = stack.command(&cosign())?;
        verify.args(["verify-blob", "--certificate-identity", identity]);
        verify.arg("--certificate-oidc-issuer");
        verify.arg(format!("{}/oidc", stack.url())).arg("--bundle");
        run(verify.args([&bundle, &stack.file("artifact")]))?.expect(code)?;
    }
    Ok(std::fs::remove_file(bundle)?)
}

fn tokens(token: &str) -> Value {
    json!({"id_token": token, "access_token": token, "token_type": "bearer", "expires_in": 300})
}

#[test]
fn compat_31_a_client_signs_by_its_own_secret() -> Result<()> {
    let front = Front::start()?;
    let stack = &front.stack;
    stack.write("secret", "s3cret\n")?;
    stack.write("other", "another\n")?;
    let token = stack.token(WHO)?;
    front.answer(move |asked| {
        if asked.line != TOKEN || !asked.body.contains("grant_type=client_credentials") {
            return None;
        }
        // The real client shows its secret in the form, ours in the header of RFC 6749 §2.3.1 (`sigstore:s3cret`).
        let known = asked.body.contains("client_secret=s3cret")
            || asked
                .headers
                .contains(&"basic c2lnc3RvcmU6czNjcmV0".to_lowercase());
        Some(if known {
            (200, tokens(&token))
        } else {
            (401, json!({"error": "invalid_client"}))
        })
    });
    for program in programs() {
        let with = |secret: &str| {
            let secret = format!("--oidc-client-secret-file={}", stack.file(secret).display());
            sign(
                stack,
                &program,
                &["--fulcio-auth-flow=client_credentials", &secret],
            )
        };
        let signed = with("secret")?.expect(0)?;
        ensure!(signed.stdout == "Token received!\n", "{signed:?}");
        verified(stack, "b.json")?;
        with("other")?.expect(1)?.says("invalid_client")?;
        ensure!(!stack.file("b.json").exists());
    }
    front.answer(|asked| (asked.line == TOKEN).then(|| (200, json!({"access_token": "a"}))));
    for program in programs() {
        let secret = format!(
            "--oidc-client-secret-file={}",
            stack.file("secret").display()
        );
        let flags = ["--fulcio-auth-flow=client_credentials", &secret];
        sign(stack, &program, &flags)?.expect(1)?;
        ensure!(!stack.file("b.json").exists());
    }
    Ok(())
}

/// Sends the login page's form as a browser does, and follows it to where the client waits.
async fn log_in(stack: &Stack, asked: &Url) -> Result<()> {
    let form = with(asked.clone(), "login", WHO);
    let body = form.query().unwrap_or_default().as_bytes().to_vec();
    let kind = Some("application/x-www-form-urlencoded");
    let (status, _, page) = Client::new(stack.url())?
        .send("POST", asked.path(), kind, body)
        .await?;
    let page = String::from_utf8_lossy(&page);
    ensure!(matches!(status, 200 | 502), "{status}: {page}");
    Ok(())
}

#[tokio::test]
async fn compat_31_a_token_of_another_login_signs_nothing() -> Result<()> {
    let stack = Stack::start()?;
    for program in programs() {
        let mut signer = PendingLogin::start(&stack, &program, Launcher::DoesNothing)?;
        let asked = signer.url_after(OPENED)?;
        log_in(&stack, &with(asked, "nonce", "another")).await?;
        signer.finish()?.expect(1)?.says("nonce")?;
        ensure!(!stack.file("bundle.json").exists());
        let mut signer = PendingLogin::start(&stack, &program, Launcher::DoesNothing)?;
        let asked = signer.url_after(OPENED)?;
        log_in(&stack, &asked).await?;
        signer.finish()?.expect(0)?;
        verified(&stack, "bundle.json")?;
    }
    Ok(())
}

/// Any page of the same browser can call the client's address; with another state that ends the real client's wait.
#[tokio::test]
async fn compat_31_a_call_with_another_state_signs_nothing() -> Result<()> {
    let stack = Stack::start()?;
    for program in programs() {
        let mut signer = PendingLogin::start(&stack, &program, Launcher::DoesNothing)?;
        let asked = signer.url_after(OPENED)?;
        let forged = with(with(callback(&asked)?, "code", "forged"), "state", "forged");
        let host = format!("http://localhost:{}", forged.port().unwrap());
        let target = format!("{}?{}", forged.path(), forged.query().unwrap());
        let client = Client::new(&host)?;
        client.send("GET", &target, None, Vec::new()).await?;
        if program == cosign() {
            log_in(&stack, &asked).await?;
            signer.finish()?.expect(0)?;
            verified(&stack, "bundle.json")?;
        } else {
            signer.finish()?.expect(1)?.says("invalid state token")?;
            ensure!(!stack.file("bundle.json").exists());
        }
    }
    Ok(())
}

#[tokio::test]
async fn compat_31_a_provider_without_pkce_is_not_used() -> Result<()> {
    let front = Front::start()?;
    front.hide("code_challenge_methods_supported").await?;
    for program in programs() {
        for flow in ["normal", "device"] {
            let flow = format!("--fulcio-auth-flow={flow}");
            sign(&front.stack, &program, &[&flow])?
                .expect(1)?
                .says("PKCE")?;
            ensure!(!front.stack.file("b.json").exists());
        }
    }
    Ok(())
}

#[test]
fn compat_31_a_device_waits_and_is_told_the_end() -> Result<()> {
    let front = Front::start()?;
    let stack = &front.stack;
    let token = stack.token(WHO)?;
    for program in programs() {
        for (last, code) in [("expired_token", 1), ("access_denied", 1), ("", 0)] {
            // Asked three times: twice nobody has decided yet.
            let (told, tokens) = (Mutex::new(0), tokens(&token));
            front.answer(move |asked| {
                if asked.line != TOKEN {
                    return None;
                }
                let mut told = told.lock().unwrap();
                *told += 1;
                Some(match (*told, last) {
                    (1 | 2, _) => (400, json!({"error": "authorization_pending"})),
                    (_, "") => (200, tokens.clone()),
                    (_, error) => (400, json!({"error": error})),
                })
            });
            let outcome = sign(stack, &program, &["--fulcio-auth-flow=device"])?.expect(code)?;
            ensure!(
                outcome.stdout.contains("Enter the verification code "),
                "{outcome:?}"
            );
            if code == 0 {
                verified(stack, "b.json")?;
            } else {
                outcome.says(last)?;
                ensure!(!stack.file("b.json").exists());
            }
        }
    }
    Ok(())
}
