//! `docker-credential-…` programs.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use super::{CredentialError, Credentials, HelperFault};
use crate::foreign::Foreign;

const MAX_ANSWER: u64 = 64 * 1024;
/// Long enough for a person to unlock a key ring.
const TIMEOUT: Duration = Duration::from_mins(1);
/// What helpers print when they know nothing about a registry.
const NOT_FOUND: &str = "credentials not found in native keychain";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    #[serde(deserialize_with = "super::secret")]
    secret: Option<Zeroizing<String>>,
}

/// Asks a helper about a registry.
///
/// Source: docker-credential-helpers, "get": the address on stdin, JSON on stdout.
pub(super) async fn get(
    name: &str,
    server: &str,
    search: Option<&OsStr>,
) -> Result<Option<Credentials>, CredentialError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.bytes().all(plain) {
        return Err(CredentialError::HelperName {
            found: Foreign::new(name),
        });
    }
    let failed = |reason| CredentialError::Helper {
        name: Foreign::new(name),
        reason,
    };
    let mut command = Command::new(format!("docker-credential-{name}"));
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    if let Some(path) = search {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|error| failed(error.into()))?;
    let timeout = |_| HelperFault::Timeout {
        seconds: TIMEOUT.as_secs(),
    };
    let (success, output) = tokio::time::timeout(TIMEOUT, talk(&mut child, server))
        .await
        .map_err(timeout)
        .and_then(|talked| talked)
        .map_err(failed)?;
    read_answer(success, &output).map_err(failed)
}

/// The exit code, nothing for success, and what was printed.
async fn talk(
    child: &mut Child,
    server: &str,
) -> Result<(Option<i32>, Zeroizing<Vec<u8>>), HelperFault> {
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that needs no input may have closed it.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut output = Zeroizing::new(Vec::new());
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_ANSWER + 1).read_to_end(&mut output).await?;
    }
    if output.len() as u64 > MAX_ANSWER {
        return Err(HelperFault::TooLarge { limit: MAX_ANSWER });
    }
    let status = child.wait().await?;
    let code = (!status.success()).then(|| status.code().unwrap_or(-1));
    Ok((code, output))
}

fn read_answer(code: Option<i32>, output: &[u8]) -> Result<Option<Credentials>, HelperFault> {
    if let Some(status) = code {
        let said = String::from_utf8_lossy(output);
        return if said.trim() == NOT_FOUND {
            Ok(None)
        } else {
            Err(HelperFault::Failed { status })
        };
    }
    let answer: Answer = serde_json::from_slice(output).map_err(|_| HelperFault::Answer)?;
    let secret = answer.secret.unwrap_or_default();
    if answer.username.is_empty() && secret.is_empty() {
        return Ok(None);
    }
    Ok(Some(if answer.username == "<token>" {
        Credentials::IdentityToken(secret)
    } else {
        Credentials::Basic {
            username: answer.username,
            password: secret,
        }
    }))
}
