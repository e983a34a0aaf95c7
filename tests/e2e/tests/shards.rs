//! A log goes on in a new shard: what both shards hold is read, verified and followed by real clients, and a frozen log says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sigbox_e2e::{Client, Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";

/// Signs a file of this name into the newest shard of a log.
fn sign(stack: &Stack, program: &Path, config: &str, name: &str) -> Result<Outcome> {
    let artifact = stack.write(name, name)?;
    let mut sign = stack.command(program)?;
    sign.args(["sign-blob", "--yes", "--identity-token", &stack.token(WHO)?])
        .arg("--signing-config")
        .arg(stack.data().join("trust").join(config))
        .arg("--bundle")
        .arg(stack.file(&format!("{name}.json")))
        .arg(artifact);
    run(&mut sign)?.expect(0)
}

fn verify(stack: &Stack, program: &Path, name: &str) -> Result<Outcome> {
    let mut verify = stack.command(program)?;
    verify
        .args(["verify-blob", "--certificate-identity", WHO])
        .args([
            "--certificate-oidc-issuer",
            &format!("{}/oidc", stack.url()),
        ])
        .arg("--trusted-root")
        .arg(stack.data().join("trust/trusted_root.json"))
        .arg("--bundle")
        .arg(stack.file(&format!("{name}.json")))
        .arg(stack.file(name));
    run(&mut verify)?.expect(0)?.says("Verified OK")
}

/// The number and the index in its shard of the entry in a bundle.
fn indexes(stack: &Stack, name: &str) -> Result<(String, String)> {
    let bundle = std::fs::read(stack.file(&format!("{name}.json")))?;
    let bundle: Value = serde_json::from_slice(&bundle)?;
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    let text = |value: &Value| value.as_str().unwrap_or("0").to_owned();
    Ok((
        text(&entry["logIndex"]),
        text(&entry["inclusionProof"]["logIndex"]),
    ))
}

#[tokio::test]
async fn entries_of_two_shards_are_verified_and_followed_by_real_clients() -> Result<()> {
    let (Some(real), Some(rekor)) = (peers::cosign(), peers::rekor_cli()) else {
        return Ok(());
    };
    let ours = cosign();
    let mut stack = Stack::start()?;
    let v1 = "signing_config.rekor_v1.json";
    let rekor_cli = |stack: &Stack, arguments: &[&str]| -> Result<Outcome> {
        let mut command = stack.command(&rekor)?;
        command.env("HOME", stack.file("")).args(arguments);
        run(command.args(["--rekor_server", stack.url()]))?.expect(0)
    };
    sign(&stack, &real, v1, "one")?;
    rekor_cli(&stack, &["loginfo"])?;
    let info = stack_info(&stack).await?;
    let old_tree = info["treeID"].as_str().context("a tree")?.to_owned();

    // While it runs, its file is its own.
    let refused = stack.sigbox(&["shard", "new", "rekor-v1"])?.expect(1)?;
    refused.says("is in use by process")?;
    ensure!(stack.terminate()? == Some(0));
    let made = stack.sigbox(&["shard", "new", "rekor-v1"])?.expect(0)?;
    ensure!(
        made.stdout
            .starts_with("Frozen: rekor-v1 at 2 entries\nNew: rekor-v1-2 at http://"),
        "{}",
        made.stdout
    );
    let checked = stack.sigbox(&["fsck"])?.expect(0)?.stdout;
    ensure!(checked.contains("rekor-v1-2"), "{checked}");
    stack.restart()?;

    sign(&stack, &real, v1, "two")?;
    sign(&stack, &ours, v1, "three")?;
    // The first entry of each shard is the log's own.
    for (name, number, index) in [("one", "1", "1"), ("two", "3", "1"), ("three", "4", "2")] {
        ensure!(
            indexes(&stack, name)? == (number.to_owned(), index.to_owned()),
            "{name}"
        );
        verify(&stack, &real, name)?;
        verify(&stack, &ours, name)?;
        let entry = rekor_cli(&stack, &["get", "--format", "json", "--log-index", number])?;
        let entry: Value = serde_json::from_str(&entry.stdout)?;
        let logged = entry["LogIndex"].to_string();
        ensure!(logged == number, "{entry}");
        let uuid = entry["UUID"].as_str().context("a UUID")?;
        let verified = rekor_cli(&stack, &["verify", "--uuid", uuid])?;
        ensure!(
            verified.stdout.contains("Computed Root Hash: "),
            "{}",
            verified.stdout
        );
    }

    // The state of the old shard, kept by the client, leads to the heads of both.
    let info = rekor_cli(&stack, &["loginfo"])?;
    ensure!(
        info.stdout.contains("Verification Successful!"),
        "{}",
        info.stdout
    );
    ensure!(
        info.stdout.contains("Total Tree Size:        5"),
        "{}",
        info.stdout
    );
    let proof = [
        "logproof",
        "--first-size",
        "1",
        "--last-size",
        "2",
        "--tree-id",
    ];
    rekor_cli(&stack, &[&proof[..], &[&old_tree]].concat())?;
    let info = stack_info(&stack).await?;
    ensure!(info["inactiveShards"][0]["treeID"] == old_tree, "{info}");
    Ok(())
}

async fn stack_info(stack: &Stack) -> Result<Value> {
    let client = Client::new(stack.url())?;
    let (_, _, body) = client.send("GET", "/api/v1/log", None, Vec::new()).await?;
    Ok(serde_json::from_slice(&body)?)
}

#[tokio::test]
async fn a_frozen_log_of_version_two_goes_on_at_another_host() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let ours = cosign();
    let mut stack = Stack::start()?;
    let v2 = "signing_config.v0.2.json";
    sign(&stack, &real, v2, "one")?;
    ensure!(stack.terminate()? == Some(0));
    let made = ["shard", "new", "rekor-v2", "--host", "127.0.0.1"];
    stack.sigbox(&made)?.expect(0)?;
    let again = stack.sigbox(&made)?.expect(1)?;
    again.says("--host: expected a host that no shard has, found 127.0.0.1")?;
    stack.restart()?;

    // The old address tells that the log has ended.
    let client = Client::new(stack.url())?;
    let (status, headers, body) = client
        .send("POST", "/api/v2/log/entries", None, b"{}".to_vec())
        .await?;
    ensure!(status == 405, "{status}");
    ensure!(headers["content-type"] == "text/plain; charset=utf-8");
    ensure!(body == b"This log has been frozen, please switch to the latest log.\n");
    let (_, _, note) = client.send("GET", "/checkpoint", None, Vec::new()).await?;
    let note = String::from_utf8(note)?;
    ensure!(note.starts_with("localhost\n2\n"), "{note}");
    ensure!(note.contains("\nLog frozen \u{2014} "), "{note}");

    sign(&stack, &real, v2, "two")?;
    sign(&stack, &ours, v2, "three")?;
    for (name, index) in [("one", "1"), ("two", "1"), ("three", "2")] {
        ensure!(indexes(&stack, name)?.0 == index, "{name}");
        verify(&stack, &real, name)?;
        verify(&stack, &ours, name)?;
    }
    ensure!(stack.terminate()? == Some(0));
    let listed = stack.sigbox(&["shard", "list"])?.expect(0)?.stdout;
    let lines: Vec<&str> = listed.lines().collect();
    ensure!(lines.len() == 3, "{listed}");
    ensure!(
        lines[1].starts_with("rekor-v2: 2 entries, frozen "),
        "{listed}"
    );
    ensure!(
        lines[2].starts_with("rekor-v2-2: 3 entries, active, http://127.0.0.1:"),
        "{listed}"
    );
    Ok(())
}
