//! Promises P1 to P3 and P7 under `kill -9`, decided from the answers alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, ensure};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Promise, Stack, entry_request};
use tokio::sync::mpsc;

const ROUNDS: u64 = 20;
const WRITERS: u64 = 16;
/// Acknowledged entries after which a round's server is killed: another number each round.
const KILL_AFTER: [u64; 5] = [7, 40, 95, 150, 260];

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_under_load_loses_no_acknowledged_entry_and_forks_nothing() -> Result<()> {
    let mut stack = Stack::start()?;
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256)?);
    let number = Arc::new(AtomicU64::new(0));
    let mut promises: Vec<Promise> = Vec::new();
    let mut checkpoints = Vec::new();
    for round in 0..ROUNDS {
        let client = Client::new(stack.url())?;
        let (sender, mut answers) = mpsc::unbounded_channel();
        for _ in 0..WRITERS {
            let (client, key, number, sender) = (
                client.clone(),
                Arc::clone(&key),
                Arc::clone(&number),
                sender.clone(),
            );
            tokio::spawn(async move {
                loop {
                    let n = number.fetch_add(1, Ordering::Relaxed);
                    let Ok(request) = entry_request(&key, &n.to_be_bytes()) else {
                        return;
                    };
                    // The connection breaks when the server dies: that entry was not acknowledged.
                    let Ok((status, answer)) = client.log_entry(&request).await else {
                        return;
                    };
                    if sender.send((status, answer)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let kill_after = KILL_AFTER[usize::try_from(round)? % KILL_AFTER.len()];
        let mut acknowledged = 0;
        while let Some((status, answer)) = answers.recv().await {
            ensure!(
                status == 201,
                "round {round}: expected 201, found {status}: {answer}"
            );
            promises.push(Promise::of(&answer)?);
            acknowledged += 1;
            if acknowledged == kill_after {
                stack.kill()?;
            }
        }
        ensure!(
            acknowledged >= kill_after,
            "round {round}: the writers ended early"
        );
        stack.restart()?;
        let client = Client::new(stack.url())?;
        let newest = client.checkpoint().await?;
        let tree = client.tree(newest.size).await?;
        tree.has_seen(&newest)?;
        for promise in &promises {
            promise.kept_in(&tree)?;
        }
        for checkpoint in &checkpoints {
            tree.has_seen(checkpoint)?;
        }
        checkpoints.push(newest);
        stack.sigbox(&["status"])?.expect(0)?;
    }
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

#[tokio::test]
async fn sigterm_ends_cleanly_and_the_next_start_goes_on() -> Result<()> {
    let mut stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"before")?).await?;
    ensure!(status == 201, "expected 201, found {status}");
    let promise = Promise::of(&answer)?;
    ensure!(
        stack.terminate()? == Some(0),
        "expected exit code 0 after SIGTERM"
    );
    stack.restart()?;
    let client = Client::new(stack.url())?;
    let newest = client.checkpoint().await?;
    promise.kept_in(&client.tree(newest.size).await?)?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"after")?).await?;
    ensure!(status == 201, "expected 201, found {status}");
    ensure!(
        Promise::of(&answer)?.index == promise.index + 1,
        "expected the next index"
    );
    Ok(())
}
