//! Logs that are sound: beside a running server, stopped, in Postgres.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sigbox_e2e::{Stack, Swarm};
use sigbox_testkit::postgres::Postgres;

use crate::{Heads, log_entries, text, tool};

/// What `fsck` prints of sound logs, without the number of their checkpoints, which depends on how entries met.
fn without_checkpoints(stdout: &str) -> String {
    let line = |line: &str| -> String {
        let parts: Vec<&str> = line.split(", ").collect();
        let kept = parts.iter().filter(|part| !part.ends_with(" checkpoints"));
        kept.copied().collect::<Vec<_>>().join(", ") + "\n"
    };
    stdout.lines().map(line).collect()
}

fn expected(heads: &Heads) -> String {
    let line = |(name, size, root)| format!("{name}: sound, {size} entries, root {root}\n");
    heads.all().map(line).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_instance_is_sound_beside_its_server_and_without_it() -> Result<()> {
    let mut stack = Stack::start()?;
    log_entries(&stack, 300).await?;
    let heads = Heads::of(&stack).await?;
    let data = stack.data();
    let beside = tool(&["fsck", "--data", text(&data)])?.expect(0)?;
    ensure!(
        without_checkpoints(&beside.stdout) == expected(&heads),
        "{beside:?}"
    );
    ensure!(beside.stderr.is_empty(), "{beside:?}");
    // The front door says the same.
    let same = stack.sigbox(&["fsck"])?.expect(0)?;
    ensure!(same.stdout == beside.stdout, "{same:?}");

    stack.terminate()?;
    let stopped = tool(&["fsck", "--data", text(&data), "--output", "json"])?.expect(0)?;
    let report: Value = serde_json::from_str(&stopped.stdout)?;
    ensure!(
        (
            &report["sound"],
            &report["guardCompared"],
            &report["trustedKeysCompared"]
        ) == (&json!(true), &json!(true), &json!(true)),
        "{report}"
    );
    let logs: Vec<(&str, u64, &str)> = report["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| {
            let text = |name: &str| log[name].as_str().unwrap();
            (text("log"), log["size"].as_u64().unwrap(), text("root"))
        })
        .collect();
    let heads = heads.all();
    let heads: Vec<(&str, u64, &str)> = heads
        .iter()
        .map(|(name, size, root)| (*name, *size, root.as_str()))
        .collect();
    ensure!(logs == heads, "{report}");
    // It left nothing behind that a start would trip over.
    stack.restart()?;
    stack.sigbox(&["status"])?.expect(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_grows_meanwhile_is_sound() -> Result<()> {
    let stack = Stack::start()?;
    let swarm = Swarm::start(&[stack.own_url()], 16)?;
    let data = stack.data();
    for _ in 0..5 {
        swarm.gain(40).await?;
        let checked = tool(&["fsck", "--data", text(&data)])?.expect(0)?;
        ensure!(checked.stdout.contains("rekor-v2: sound, "), "{checked:?}");
    }
    swarm.judge(&stack.own_url()).await?;
    Ok(())
}

#[tokio::test]
async fn nothing_to_check_is_said() -> Result<()> {
    let nothing = tool(&["fsck"])?.expect(1)?;
    ensure!(
        nothing.stderr
            == "Error: nothing to check: expected --data, --database or --tiles, found none\n",
        "{nothing:?}"
    );
    let scratch = tempfile::tempdir()?;
    let path = scratch.path().join("none.db");
    let missing = tool(&["fsck", "--database", text(&path)])?.expect(1)?;
    ensure!(
        missing.stderr
            == format!(
                "Error: database: expected readable, found cannot read `{}`: No such file or directory (os error 2)\n",
                path.display()
            ),
        "{missing:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_in_postgres_are_checked_beside_their_servers() -> Result<()> {
    let Some(database) = Postgres::start() else {
        return Ok(());
    };
    let url = database.database();
    let stack = Stack::start_with(&["--database", &url])?;
    log_entries(&stack, 300).await?;
    let heads = Heads::of(&stack).await?;
    let data = stack.data();
    let checked = tool(&["fsck", "--data", text(&data)])?.expect(0)?;
    ensure!(
        without_checkpoints(&checked.stdout) == expected(&heads),
        "{checked:?}"
    );
    let alone = tool(&["fsck", "--database", &url])?.expect(0)?;
    ensure!(
        without_checkpoints(&alone.stdout)
            == expected(&heads) + "not compared: guard and trusted keys, for no --data was given\n",
        "{alone:?}"
    );
    let to = stack.file("backup.db");
    let refused = tool(&["backup", "--data", text(&data), "--to", text(&to)])?.expect(1)?;
    ensure!(
        refused.stderr
            == "Error: the logs of this instance are in Postgres: expected a backup by the server's own means, pg_dump or \
                continuous archiving; `fsck --database URL` verifies the copy\n",
        "{refused:?}"
    );
    ensure!(!to.exists());
    Ok(())
}
