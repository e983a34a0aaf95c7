//! Promises P1 to P3 and P7 on Postgres: servers and databases that die under load, several instances of one log, a standby
//! that takes over; decided from the answers alone.
//!
//! Short by default. `SIGBOX_KILLS=200` and `SIGBOX_MINUTES=10` make the long form whose figures are in docs/reliability.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sigbox_e2e::{Client, Stack, Swarm};
use sigbox_testkit::postgres::Postgres;

const WRITERS: u64 = 64;

/// Acknowledged entries before the next fault: another number each time.
const GAIN: [u64; 5] = [7, 40, 95, 150, 260];

fn instance(url: &str) -> Result<Stack> {
    Stack::start_with(&["--database", url])
}

/// How long the long form is; the short form without the variable.
#[expect(
    clippy::disallowed_methods,
    reason = "the one command of the long form says how long"
)]
fn setting(name: &str, short: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(short, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f01_kills_of_server_and_database_lose_no_acknowledged_entry() -> Result<()> {
    let Some(database) = Postgres::start() else {
        return Ok(());
    };
    let mut stack = instance(&database.database())?;
    let swarm = Swarm::start(&[stack.own_url()], WRITERS)?;
    let kills = setting("SIGBOX_KILLS", 6);
    let started = Instant::now();
    for kill in 0..kills {
        swarm
            .gain(GAIN[usize::try_from(kill)? % GAIN.len()])
            .await?;
        match kill % 3 {
            0 => {
                stack.kill()?;
                stack.restart()?;
            }
            1 => {
                database.crash();
                database.start_again();
            }
            _ => {
                database.kill();
                database.start_again();
            }
        }
    }
    swarm.gain(50).await?;
    let tally = swarm.judge(&stack.own_url()).await?;
    stack.sigbox(&["status"])?.expect(0)?;
    eprintln!(
        "kills: {kills} in {:.0} s, {tally:?}",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn four_instances_killed_at_random_make_one_tree() -> Result<()> {
    let Some(database) = Postgres::start() else {
        return Ok(());
    };
    let first = instance(&database.database())?;
    let mut stacks = vec![first.join()?, first.join()?, first.join()?];
    stacks.push(first);
    let urls: Vec<String> = stacks.iter().map(Stack::own_url).collect();
    let swarm = Swarm::start(&urls, WRITERS)?;
    let started = Instant::now();
    let end = Duration::from_secs(60 * setting("SIGBOX_MINUTES", 0)).max(Duration::from_secs(5));
    let mut kills = 0usize;
    while started.elapsed() < end {
        swarm.gain(GAIN[kills % GAIN.len()]).await?;
        kills += 1;
        let killed = (kills * 7 + kills / 3) % stacks.len();
        stacks[killed].kill()?;
        stacks[killed].restart()?;
    }
    swarm.gain(50).await?;
    let tally = swarm.judge(&urls[kills % urls.len()]).await?;
    eprintln!(
        "four instances: {kills} kills in {:.0} s, {tally:?}",
        started.elapsed().as_secs_f64()
    );
    // Every instance has come to the same tree.
    for url in &urls {
        let client = Client::new(url)?;
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut seen = client.checkpoint().await?;
        while seen.size.0 < tally.size && Instant::now() < deadline {
            tokio::task::yield_now().await;
            seen = client.checkpoint().await?;
        }
        ensure!(seen.size.0 >= tally.size, "{url} stays at {}", seen.size);
        client.tree(seen.size).await?.has_seen(&seen)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronous_standby_that_is_promoted_has_everything() -> Result<()> {
    let Some(first) = Postgres::start() else {
        return Ok(());
    };
    let url = first.database();
    let name = Postgres::name(&url).to_owned();
    let second = first.standby();
    let hosts = format!(
        "postgres://postgres@localhost/{name}?host={},{}",
        first.socket().display(),
        second.socket().display()
    );
    let stack = instance(&hosts)?;
    let swarm = Swarm::start(&[stack.own_url()], WRITERS)?;
    let promotions = setting("SIGBOX_PROMOTIONS", 2);
    let (mut primary, mut standby) = (&first, &second);
    for promotion in 0..promotions {
        swarm
            .gain(GAIN[usize::try_from(promotion)? % GAIN.len()])
            .await?;
        primary.crash();
        standby.promote();
        // Entries are taken again when the new primary has a standby.
        standby.follow_with(primary);
        std::mem::swap(&mut primary, &mut standby);
    }
    swarm.gain(50).await?;
    let tally = swarm.judge(&stack.own_url()).await?;
    eprintln!("promotions: {promotions}, {tally:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f09_a_second_process_on_one_data_directory_is_refused() -> Result<()> {
    let Some(database) = Postgres::start() else {
        return Ok(());
    };
    let stack = instance(&database.database())?;
    let second = stack.sigbox(&["up", "--dev", "--listen", "127.0.0.1:0"])?;
    let second = second.expect(1)?;
    let holder = format!("is in use by process {} on ", stack.pid()?);
    ensure!(second.stderr.contains(&holder), "{}", second.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_never_begun_in_a_database_that_has_one() -> Result<()> {
    let Some(database) = Postgres::start() else {
        return Ok(());
    };
    let url = database.database();
    let stack = instance(&url)?;
    let other = tempfile::tempdir()?;
    let data = other.path().join("data");
    let mut init = std::process::Command::new(sigbox_e2e::sigbox());
    init.args([
        "init",
        "--base-url",
        "http://localhost:1",
        "--database",
        &url,
        "--data",
    ])
    .arg(&data);
    let refused = sigbox_e2e::run(&mut init)?.expect(1)?;
    ensure!(
        refused
            .stderr
            .starts_with("Error: the database holds log `"),
        "{}",
        refused.stderr
    );
    ensure!(!data.exists(), "something was left behind");
    // Nor does an instance begin anew in an empty one.
    let empty = database.database();
    let mut stack = stack;
    stack.terminate()?;
    let refused = stack.sigbox(&["up", "--database", &empty])?.expect(1)?;
    ensure!(
        refused
            .stderr
            .contains("the database holds no log of this instance"),
        "{}",
        refused.stderr
    );
    Ok(())
}
