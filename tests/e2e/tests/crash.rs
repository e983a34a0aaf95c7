//! Promises P1 to P3 and P7 under `kill -9` and SIGTERM, decided from the answers alone.
//!
//! Short by default; `SIGBOX_KILLS=1000` makes the long form whose figures are in docs/reliability.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Promise, Stack, Swarm, entry_request};

const WRITERS: u64 = 64;

/// Acknowledged entries before the next kill: another number each time.
const GAIN: [u64; 7] = [1, 7, 40, 95, 150, 260, 3];

/// How many kills the long form has; the short form without the variable.
#[expect(
    clippy::disallowed_methods,
    reason = "the one command of the long form says how long"
)]
fn kills() -> Result<usize> {
    let given = std::env::var("SIGBOX_KILLS").ok();
    Ok(given.map_or(Ok(12), |text| text.parse())?)
}

/// The real program at moments that nobody chose; `crates/log-store/tests/crash_steps` dies at each step by name.
#[tokio::test(flavor = "multi_thread")]
async fn fault_f01_kill_9_under_64_writers_loses_no_acknowledged_entry_and_forks_nothing()
-> Result<()> {
    let mut stack = Stack::start()?;
    let swarm = Swarm::start(&[stack.own_url()], WRITERS)?;
    let (kills, started) = (kills()?, Instant::now());
    for kill in 0..kills {
        swarm.gain(GAIN[kill % GAIN.len()]).await?;
        stack.kill()?;
        stack.restart()?;
    }
    swarm.gain(50).await?;
    let tally = swarm.judge(&stack.own_url()).await?;
    stack.sigbox(&["status"])?.expect(0)?;
    let seconds = started.elapsed().as_secs_f64();
    // All of it derived anew, beside the server and without it.
    stack.sigbox(&["fsck"])?.expect(0)?;
    stack.terminate()?;
    stack.sigbox(&["fsck"])?.expect(0)?;
    eprintln!("kills: {kills} in {seconds:.0} s, {tally:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_entries_are_each_there_once() -> Result<()> {
    let stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256)?);
    let before = client.checkpoint().await?.size.0;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..1000_u64 {
        let (client, key) = (client.clone(), Arc::clone(&key));
        tasks.spawn(async move {
            let request = entry_request(&key, &n.to_be_bytes())?;
            client.log_entry(&request).await
        });
    }
    let mut promises = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        let (status, answer) = answer??;
        ensure!(status == 201, "expected 201, found {status}: {answer}");
        promises.push(Promise::of(&answer)?);
    }
    let newest = client.checkpoint().await?;
    ensure!(
        newest.size.0 == before + 1000,
        "expected 1000 more than {before}, found {}",
        newest.size
    );
    let tree = client.tree(newest.size).await?;
    tree.has_seen(&newest)?;
    let mut indexes: Vec<_> = promises.iter().map(|promise| promise.index).collect();
    indexes.sort_unstable();
    ensure!(
        indexes == (before..before + 1000).collect::<Vec<_>>(),
        "an index is doubled or missing"
    );
    for promise in &promises {
        promise.kept_in(&tree)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f41_sigterm_under_load_ends_cleanly_and_the_next_start_goes_on() -> Result<()> {
    let mut stack = Stack::start()?;
    let swarm = Swarm::start(&[stack.own_url()], WRITERS)?;
    for _ in 0..3 {
        swarm.gain(100).await?;
        ensure!(
            stack.terminate()? == Some(0),
            "expected exit code 0 after SIGTERM"
        );
        // What was committed is in the file and in the guard; no crash is mended at the next start.
        stack.sigbox(&["fsck"])?.expect(0)?;
        stack.restart()?;
    }
    swarm.gain(50).await?;
    swarm.judge(&stack.own_url()).await?;
    Ok(())
}

/// Connections that take every descriptor there is; whoever comes after they are gone is answered.
#[tokio::test(flavor = "multi_thread")]
async fn fault_f41_a_server_without_descriptors_lives_and_answers_again() -> Result<()> {
    let mut stack = Stack::start()?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let client = Client::new(stack.url())?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"before")?).await?;
    ensure!(status == 201, "expected 201, found {status}");
    let promise = Promise::of(&answer)?;
    drop(client);
    let limit = Command::new("prlimit")
        .args(["--nofile=64:64", "--pid", &stack.pid()?.to_string()])
        .status()?;
    ensure!(
        limit.success(),
        "prlimit sets the limit of a running process"
    );
    let address = stack.address()?;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(std::net::TcpStream::connect(address)?);
    }
    drop(open);
    let client = Client::new(stack.url())?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"after")?).await?;
    ensure!(status == 201, "expected 201, found {status}: {answer}");
    ensure!(Promise::of(&answer)?.index == promise.index + 1);
    let newest = client.checkpoint().await?;
    promise.kept_in(&client.tree(newest.size).await?)?;
    ensure!(stack.terminate()? == Some(0), "the process lived");
    Ok(())
}
