//! Faults of the environment on the real program: what the client is told, and what never happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Outcome, Promise, Stack, entry_request, peers, run, sigbox};

const RETRY: &str = "the log cannot store the entry at the moment; retry";

/// Logs one entry; status and body of the answer.
async fn log(stack: &Stack, key: &SigningKey, message: &str) -> Result<(u16, Value)> {
    Client::new(stack.url())?
        .log_entry(&entry_request(key, message.as_bytes())?)
        .await
}

async fn logged(stack: &Stack, key: &SigningKey, message: &str) -> Result<Promise> {
    let (status, answer) = log(stack, key, message).await?;
    ensure!(status == 201, "expected 201, found {status}: {answer}");
    Promise::of(&answer)
}

fn key() -> Result<SigningKey> {
    Ok(SigningKey::generate(KeyAlgorithm::EcdsaP256)?)
}

/// Traces the running server and lets its syncs fail; `None` without strace.
fn failing_syncs(stack: &Stack, when: &str) -> Result<Option<Child>> {
    let Some(strace) = peers::on_path("strace") else {
        return Ok(None);
    };
    let mut child = Command::new(strace)
        .args(["-f", "-e", "trace=fsync,fdatasync", "-o", "/dev/null"])
        .arg(format!("--inject=fsync,fdatasync:error=EIO:when={when}"))
        .args(["-p", &stack.pid()?.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stderr.take().context("no stderr")?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    if !line.contains("attached") {
        bail!("strace: {line}");
    }
    // Whatever else it says is nobody's business, but a full pipe would stop it.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    Ok(Some(child))
}

/// A second sync proves nothing, so none is tried: 503, and the process ends.
#[tokio::test(flavor = "multi_thread")]
async fn fault_f04_a_failed_sync_is_never_answered_and_ends_the_process() -> Result<()> {
    for when in ["1", "1+"] {
        let mut stack = Stack::start()?;
        let key = key()?;
        let before = logged(&stack, &key, "before").await?;
        let Some(mut strace) = failing_syncs(&stack, when)? else {
            return Ok(());
        };
        // The connection may break when the process ends; a 201 is what must not come.
        if let Ok((status, answer)) = log(&stack, &key, "lost").await {
            ensure!(
                (status, &answer["message"]) == (503, &Value::from(RETRY)),
                "{status} {answer}"
            );
        }
        let code = stack.wait()?;
        strace.wait()?;
        ensure!(code == Some(1), "expected exit code 1, found {code:?}");
        let said = stack.log()?;
        ensure!(said.contains("a sync to stable storage failed"), "{said}");
        // On a disk that is well again the next start finds out what is there.
        stack.restart()?;
        let (status, answer) = log(&stack, &key, "lost").await?;
        ensure!(matches!(status, 201 | 409), "{status} {answer}");
        let client = Client::new(stack.url())?;
        let newest = client.checkpoint().await?;
        before.kept_in(&client.tree(newest.size).await?)?;
        stack.sigbox(&["fsck"])?.expect(0)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f09_a_second_process_on_one_sqlite_file_is_refused() -> Result<()> {
    let stack = Stack::start()?;
    let second = stack
        .sigbox(&["up", "--dev", "--listen", "127.0.0.1:0"])?
        .expect(1)?;
    let holder = format!("is in use by process {} on ", stack.pid()?);
    ensure!(second.stderr.contains(&holder), "{}", second.stderr);
    logged(&stack, &key()?, "the first goes on").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f18_without_its_guard_a_log_is_only_read_until_somebody_vouches() -> Result<()> {
    let mut stack = Stack::start()?;
    let key = key()?;
    logged(&stack, &key, "before").await?;
    let guard = stack.data().join("guard");
    for broken in [None, Some("{")] {
        stack.terminate()?;
        let whole = fs::read_to_string(&guard)?;
        match broken {
            None => fs::remove_file(&guard)?,
            Some(text) => fs::write(&guard, text)?,
        }
        let fsck = stack.sigbox(&["fsck"])?.expect(1)?;
        ensure!(
            fsck.stdout.contains("rekor-v2: NOT SOUND\n  guard\n"),
            "{fsck:?}"
        );
        stack.restart()?;
        let (status, answer) = log(&stack, &key, "refused").await?;
        let message = match broken {
            None => "the log is read-only: the guard does not hold this log of size ",
            Some(_) => "the log is read-only: the guard cannot be read: ",
        };
        ensure!(
            status == 503 && answer["message"].as_str().unwrap().starts_with(message),
            "{status} {answer}"
        );
        // Nothing was made in its place that would vouch for what was lost; of the empty log there is nothing to lose.
        let made = fs::read_to_string(&guard).unwrap_or_default();
        ensure!(
            broken.map_or(!made.contains("rekor"), |broken| made == broken),
            "{made}"
        );
        stack.terminate()?;
        let state: Value = serde_json::from_str(&whole)?;
        let logs = state["logs"].as_object().unwrap();
        let vouched = |wrong: u64| -> Vec<String> {
            let one = |(log, line): (&String, &Value)| {
                let size = line["size"].as_u64().unwrap() + wrong;
                format!("{log}:{size}:{}", line["root"].as_str().unwrap())
            };
            logs.iter().map(one).collect()
        };
        for (wrong, expected) in [(1, 503), (0, 201)] {
            let words = vouched(wrong);
            let flags = words
                .iter()
                .flat_map(|word| ["--accept-new-guard", word.as_str()]);
            stack.restart_with(&flags.collect::<Vec<_>>())?;
            let message = format!("{broken:?} {wrong}");
            let (status, answer) = log(&stack, &key, &message).await?;
            ensure!(status == expected, "{message}: {status} {answer}");
            stack.terminate()?;
        }
        stack.restart()?;
        logged(&stack, &key, &format!("{broken:?} later")).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f19_while_the_guard_cannot_be_written_nothing_is_answered() -> Result<()> {
    let stack = Stack::start()?;
    let key = key()?;
    logged(&stack, &key, "before").await?;
    // Where the next guard is written before it is renamed into place.
    let obstacle = stack.data().join("guard.new");
    fs::create_dir(&obstacle)?;
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut number = 0;
    // Answers may be a second ahead of the guard, no more.
    loop {
        number += 1;
        let (status, answer) = log(&stack, &key, &format!("{number}")).await?;
        if status == 503 {
            ensure!(answer["message"] == RETRY, "{answer}");
            break;
        }
        ensure!(
            status == 201 && Instant::now() < deadline,
            "{status} {answer}"
        );
    }
    for more in 0..5 {
        let (status, answer) = log(&stack, &key, &format!("more {more}")).await?;
        ensure!(status == 503, "{status} {answer}");
    }
    let size = Client::new(stack.url())?.checkpoint().await?.size;
    ensure!(
        stack.log()?.contains("the guard cannot be written"),
        "{}",
        stack.log()?
    );
    fs::remove_dir(&obstacle)?;
    // It mends itself.
    loop {
        let (status, answer) = log(&stack, &key, "after").await?;
        if status == 201 {
            ensure!(Promise::of(&answer)?.index >= size.0, "{answer}");
            break;
        }
        ensure!(
            status == 503 && Instant::now() < deadline,
            "{status} {answer}"
        );
    }
    stack.sigbox(&["fsck"])?.expect(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f20_another_key_in_a_logs_place_is_refused_and_changes_nothing() -> Result<()> {
    let mut stack = Stack::start()?;
    let trusted = stack.trust("trusted_root.json")?;
    for log_name in ["rekor-v2", "rekor-v1", "ct"] {
        let path = stack.data().join("keys").join(format!("{log_name}.key"));
        let own = fs::read(&path)?;
        fs::write(&path, key()?.to_pkcs8_pem()?.as_bytes())?;
        // The running process keeps the key that it has read.
        let key = key()?;
        logged(&stack, &key, log_name).await?;
        stack.sigbox(&["fsck"])?.expect(0)?;
        stack.terminate()?;
        let refused = stack
            .sigbox(&["up", "--listen", "127.0.0.1:0"])?
            .expect(1)?;
        ensure!(
            refused.stderr.ends_with(&format!(
                "Error: refusing to start: log `{log_name}`\n  cause: the configured key is not the key the log was created with\n"
            )),
            "{log_name}: {}",
            refused.stderr
        );
        ensure!(
            stack.trust("trusted_root.json")? == trusted,
            "{log_name}: the trust files were rewritten"
        );
        fs::write(&path, own)?;
        stack.restart()?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f21_a_key_that_is_missing_open_to_others_or_none_is_refused_by_name() -> Result<()> {
    let mut stack = Stack::start()?;
    stack.terminate()?;
    for role in ["rekor-v2", "rekor-v1", "ct", "ca", "tsa"] {
        let path = stack.data().join("keys").join(format!("{role}.key"));
        let own = fs::read(&path)?;
        let up = || stack.sigbox(&["up", "--listen", "127.0.0.1:0"])?.expect(1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        let open = up()?;
        let said = format!(
            "Error: key file {}: expected mode 0600, found 0644\n",
            path.display()
        );
        ensure!(open.stderr.ends_with(&said), "{role}: {}", open.stderr);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        fs::write(&path, "no key")?;
        let none = up()?;
        ensure!(
            none.stderr
                .contains(&format!("Error: key file {}\n  cause: ", path.display())),
            "{role}: {}",
            none.stderr
        );
        fs::remove_file(&path)?;
        let missing = up()?;
        let said = format!(
            "Error: reading key file {}\n  cause: No such file or directory (os error 2)\n",
            path.display()
        );
        ensure!(
            missing.stderr.ends_with(&said),
            "{role}: {}",
            missing.stderr
        );
        ensure!(!path.exists(), "{role}: a key was made in its place");
        fs::write(&path, own)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    stack.restart()?;
    logged(&stack, &key()?, "after").await?;
    Ok(())
}

/// A first start that is killed at any sync or rename: the next one needs no hand, and finds no half instance.
#[test]
fn fault_f01_a_first_start_that_is_killed_leaves_nothing_in_the_way() -> Result<()> {
    let Some(strace) = peers::on_path("strace") else {
        return Ok(());
    };
    let scratch = tempfile::tempdir()?;
    let mut killed = 0;
    for when in 1.. {
        let data = scratch.path().join(format!("{when}"));
        let init = |mut command: Command| -> Result<Outcome> {
            command.args(["init", "--base-url", "http://localhost:1", "--data"]);
            run(command.arg(&data))
        };
        let mut traced = Command::new(&strace);
        traced
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync,rename", "-o"])
            .arg("/dev/null")
            .arg(format!(
                "--inject=fsync,fdatasync,rename:signal=KILL:when={when}"
            ))
            .arg(sigbox());
        let ended = init(traced)?;
        if ended.code == Some(0) {
            break;
        }
        killed += 1;
        // Renamed into place, it is whole; before that there is nothing.
        if !data.exists() {
            init(Command::new(sigbox()))?.expect(0)?;
        }
        let mut fsck = Command::new(sigbox());
        run(fsck.args(["fsck", "--data"]).arg(&data))?.expect(0)?;
    }
    ensure!(killed >= 10, "only {killed} places to die at");
    Ok(())
}
