//! Backups beside a running server, and the way back: never behind what was signed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Promise, Stack, Swarm, entry_request};

use crate::{Heads, log_entries, root, text, tool};

const HINT: &str = "hint: entries that were answered are not in this backup. Look for a newer one, or for the lost database itself with its -wal file \
    (`fsck --database FILE` tells how many entries it has). If they are gone for good, this log may only be read from now on: go on with a new shard, \
    under a new key and a new origin (`sigbox shard new --help`)\n";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Takes the database away, as a disk that dies does; where it is now.
fn lose_database(stack: &Stack) -> Result<PathBuf> {
    let away = stack.file("lost");
    fs::create_dir(&away)?;
    for name in ["sigbox.db", "sigbox.db-wal", "sigbox.db-shm"] {
        let path = stack.data().join(name);
        if path.exists() {
            fs::rename(path, away.join(name))?;
        }
    }
    Ok(away)
}

fn sizes(heads: &Heads) -> String {
    let line = |(name, size, root)| format!("  {name}: {size} entries, root {root}\n");
    heads.all().map(line).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_running_server_is_whole() -> Result<()> {
    let stack = Stack::start()?;
    let swarm = Swarm::start(&[stack.own_url()], 16)?;
    swarm.gain(100).await?;
    let data = stack.data();
    let to = stack.file("backup.db");
    let before = swarm.acknowledged();
    let made = tool(&["backup", "--data", text(&data), "--to", text(&to)])?.expect(0)?;
    ensure!(mode(&to) == 0o600);
    // Whatever was acknowledged before it began is in it.
    let line = made.stdout.lines().find_map(|line| {
        let sizes = line.strip_prefix("  rekor-v2: ")?;
        sizes.split_once(" entries, ")?.0.parse::<u64>().ok()
    });
    ensure!(line.is_some_and(|size| size > before), "{made:?}");
    let checked = tool(&["fsck", "--database", text(&to)])?.expect(0)?;
    ensure!(
        checked
            .stdout
            .ends_with("not compared: guard and trusted keys, for no --data was given\n")
    );
    // It is a prefix of the log: the guard of the instance is ahead of it by now, and says so.
    swarm.gain(100).await?;
    swarm.judge(&stack.own_url()).await?;
    let again = tool(&["backup", "--data", text(&data), "--to", text(&to)])?.expect(1)?;
    ensure!(
        again.stderr
            == format!(
                "Error: `{}` is there already; nothing is ever overwritten\n",
                to.display()
            ),
        "{again:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_holds_all_but_the_keys_unless_they_are_asked_for() -> Result<()> {
    let mut stack = Stack::start()?;
    log_entries(&stack, 20).await?;
    let heads = Heads::of(&stack).await?;
    let data = stack.data();
    for with_keys in [false, true] {
        let to = stack.file(if with_keys { "with" } else { "without" });
        fs::create_dir(&to)?;
        let mut arguments = vec!["backup", "--to", text(&to)];
        if with_keys {
            arguments.push("--with-keys");
        }
        let made = stack.sigbox(&arguments)?.expect(0)?;
        let entries: Vec<PathBuf> = fs::read_dir(&to)?
            .map(|entry| entry.unwrap().path())
            .collect();
        let [backup] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        let keys = if with_keys {
            "The signing keys are in it: whoever can read it can sign\n"
        } else {
            "The signing keys are not in it: keep keys/ elsewhere, encrypted\n"
        };
        ensure!(
            made.stdout
                == format!(
                    "Backed up to {}\n{}Verified: every leaf hash, tile, root and checkpoint, derived anew from the copy\n{keys}",
                    backup.display(),
                    sizes(&heads)
                ),
            "{made:?}"
        );
        ensure!(backup.join("keys").exists() == with_keys && !backup.join("guard").exists());
        ensure!(mode(backup) == 0o700 && mode(&backup.join("sigbox.db")) == 0o600);
        if with_keys {
            ensure!(
                mode(&backup.join("keys")) == 0o700 && mode(&backup.join("keys/ca.key")) == 0o600
            );
        }
    }
    let file = stack.file("backup.db");
    let refused = tool(&[
        "backup",
        "--data",
        text(&data),
        "--to",
        text(&file),
        "--with-keys",
    ])?
    .expect(1)?;
    ensure!(
        refused.stderr
            == "Error: --with-keys: expected --to DIRECTORY, found a file name; a file holds the logs alone\n",
        "{refused:?}"
    );

    // The whole instance on another machine; the guard did not come along, so it is vouched for by hand.
    stack.terminate()?;
    let backup = fs::read_dir(stack.file("with"))?.next().unwrap()?.path();
    let elsewhere = stack.file("elsewhere");
    let restored = tool(&["restore", text(&backup), "--data", text(&elsewhere)])?.expect(0)?;
    let (v1_size, v1_root) = heads.v1.clone();
    let v2 = &heads.v2;
    let vouched = [
        format!("rekor-v1:{v1_size}:{v1_root}"),
        format!("rekor-v2:{}:{}", v2.size, root(v2.root)),
    ];
    ensure!(
        restored.stdout
            == format!(
                "Restored into {place}\n{}There is no guard, so nothing tells whether this is all that was signed. Put the guard file back; or compare with the\n\
                 newest checkpoint or bundle that anybody kept, and if nothing is newer, vouch for it once:\n  sigbox up --data {place} \\\n    \
                 --accept-new-guard {} \\\n    --accept-new-guard {}\n",
                sizes(&heads),
                vouched[0],
                vouched[1],
                place = elsewhere.display(),
            ),
        "{restored:?}"
    );
    fs::rename(stack.data(), stack.file("old"))?;
    fs::rename(&elsewhere, stack.data())?;
    // Without those words it serves what it has, and signs nothing.
    stack.restart()?;
    let client = Client::new(stack.url())?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let (status, _) = client.log_entry(&entry_request(&key, b"x")?).await?;
    ensure!(status == 503, "{status}");
    stack.terminate()?;
    stack.restart_with(&[
        "--accept-new-guard",
        &vouched[0],
        "--accept-new-guard",
        &vouched[1],
    ])?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"x")?).await?;
    ensure!(
        status == 201 && Promise::of(&answer)?.index == v2.size.0,
        "{answer}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f17_an_older_backup_is_not_put_back_and_a_copied_one_is_only_read() -> Result<()> {
    let mut stack = Stack::start()?;
    log_entries(&stack, 20).await?;
    let old = Heads::of(&stack).await?;
    let backup = stack.file("backup.db");
    let data = stack.data();
    tool(&["backup", "--data", text(&data), "--to", text(&backup)])?.expect(0)?;
    // One more entry is enough.
    let promises = log_entries(&stack, 1).await?;
    let new = Heads::of(&stack).await?;
    let running = tool(&["restore", text(&backup), "--data", text(&data)])?.expect(1)?;
    ensure!(
        running.stderr.starts_with(&format!(
            "Error: `{}` is in use by process {} on ",
            data.join("sigbox.db").display(),
            stack.pid()?
        )),
        "{running:?}"
    );
    stack.terminate()?;
    let present = tool(&["restore", text(&backup), "--data", text(&data)])?.expect(1)?;
    ensure!(
        present.stderr
            == format!(
                "Error: `{}` is there already; nothing is ever overwritten: move it away first, with its -wal and -shm\n",
                data.join("sigbox.db").display()
            ),
        "{present:?}"
    );

    let lost = lose_database(&stack)?;
    let refused = tool(&["restore", text(&backup), "--data", text(&data)])?.expect(1)?;
    let rollback = format!(
        "log `rekor-v2` of the backup has {} entries, {} were signed",
        old.v2.size, new.v2.size
    );
    ensure!(
        refused.stderr == format!("Error: rollback: {rollback}\n{HINT}"),
        "{refused:?}"
    );
    ensure!(!data.join("sigbox.db").exists() && !data.join("sigbox.db.part").exists());
    // Nor does sigbox put it back.
    let same = stack.sigbox(&["restore", text(&backup)])?.expect(1)?;
    ensure!(same.stderr == refused.stderr, "{same:?}");

    // Copied by hand, it is told by fsck, and served for reading only.
    fs::copy(&backup, data.join("sigbox.db"))?;
    let checked = tool(&["fsck", "--data", text(&data)])?.expect(1)?;
    ensure!(
        checked.stdout.ends_with(&format!(
            "rekor-v2: NOT SOUND\n  rollback\n    expected: at least {} entries, which were signed\n    found:    {}\n",
            new.v2.size, old.v2.size
        )),
        "{checked:?}"
    );
    stack.restart()?;
    let both = format!(
        "rollback detected: database size {} < last signed {}",
        old.v2.size, new.v2.size
    );
    ensure!(stack.log()?.contains(&both), "{}", stack.log()?);
    let client = Client::new(stack.url())?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"x")?).await?;
    ensure!(
        status == 503 && answer["message"] == format!("the log is read-only: {both}"),
        "{status} {answer}"
    );
    let (status, _, ready) = client.send("GET", "/readyz", None, Vec::new()).await?;
    ensure!(status == 503 && String::from_utf8_lossy(&ready).contains(&both));
    let seen = client.checkpoint().await?;
    ensure!(
        seen.size == old.v2.size,
        "it signed something: {}",
        seen.size
    );
    client.tree(seen.size).await?.has_seen(&old.v2)?;
    stack.sigbox(&["status"])?.expect(1)?;
    stack.terminate()?;

    // The way out: the lost database itself, in which the last entry is.
    for name in ["sigbox.db", "sigbox.db-wal", "sigbox.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    let found = lost.join("sigbox.db");
    let restored = tool(&["restore", text(&found), "--data", text(&data)])?.expect(0)?;
    ensure!(
        restored.stdout
            == format!(
                "Restored into {}\n{}The guard has seen nothing newer\n",
                data.display(),
                sizes(&new)
            ),
        "{restored:?}"
    );
    stack.restart()?;
    let tree = client.tree(new.v2.size).await?;
    promises[0].kept_in(&tree)?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"x")?).await?;
    ensure!(
        status == 201 && Promise::of(&answer)?.index == new.v2.size.0,
        "{answer}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f07_a_database_without_its_wal_is_only_read() -> Result<()> {
    let mut stack = Stack::start()?;
    log_entries(&stack, 40).await?;
    let new = Heads::of(&stack).await?;
    // The guard follows within a second; it is certain once the log has gone on after that.
    log_entries(&stack, 40).await?;
    stack.kill()?;
    let wal = stack.data().join("sigbox.db-wal");
    ensure!(wal.exists(), "a killed server leaves its WAL");
    for name in ["sigbox.db-wal", "sigbox.db-shm"] {
        fs::remove_file(stack.data().join(name))?;
    }
    let checked = tool(&["fsck", "--data", text(&stack.data())])?.expect(1)?;
    ensure!(
        checked.stdout.contains("rollback\n    expected: at least "),
        "{checked:?}"
    );
    stack.restart()?;
    let client = Client::new(stack.url())?;
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let (status, answer) = client.log_entry(&entry_request(&key, b"x")?).await?;
    let message = answer["message"].as_str().unwrap();
    ensure!(
        status == 503
            && message.starts_with("the log is read-only: rollback detected: database size "),
        "{status} {answer}"
    );
    ensure!(client.checkpoint().await?.size < new.v2.size);
    Ok(())
}

/// A backup of one instance is not put into another, whatever its guard says.
#[tokio::test(flavor = "multi_thread")]
async fn logs_of_another_instance_are_refused() -> Result<()> {
    let first = Stack::start()?;
    let backup = first.file("backup.db");
    tool(&[
        "backup",
        "--data",
        text(&first.data()),
        "--to",
        text(&backup),
    ])?
    .expect(0)?;
    let mut second = Stack::start()?;
    second.terminate()?;
    lose_database(&second)?;
    fs::remove_file(second.data().join("guard"))?;
    let refused = tool(&["restore", text(&backup), "--data", text(&second.data())])?.expect(1)?;
    ensure!(
        refused.stderr.starts_with(
            "Error: log `ct` of the backup is not sound\n  cause: key of the log: expected a key of trust/trusted_root.json, found key "
        ),
        "{refused:?}"
    );
    ensure!(!second.data().join("sigbox.db").exists());
    Ok(())
}
