//! Bits that flipped on the disk: each is named, with what was expected and found; no start and no check repairs them.

use std::path::Path;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sigbox_e2e::{Client, Stack};
use sigbox_tlog::{Hash, entry_bundle, leaf_hash, tile_hash};

use crate::{hex, log_entries, text, tool};

/// Flips a bit of every place of `file` that holds `bytes`; `at` counts within them. The byte that is there now.
///
/// A page that was rewritten may keep the bytes a second time where nobody reads them.
fn flip(file: &Path, bytes: &[u8], at: usize) -> Result<u8> {
    let mut content = std::fs::read(file)?;
    let windows = content.windows(bytes.len()).enumerate();
    let places: Vec<usize> = windows
        .filter(|(_, window)| *window == bytes)
        .map(|(place, _)| place)
        .collect();
    ensure!(!places.is_empty(), "the bytes are not in the file");
    for place in places {
        content[place + at] ^= 1;
    }
    std::fs::write(file, content)?;
    Ok(bytes[at] ^ 1)
}

async fn get(client: &Client, path: &str) -> Result<Vec<u8>> {
    let (status, _, body) = client.send("GET", path, None, Vec::new()).await?;
    ensure!(status == 200, "{path}: {status}");
    Ok(body)
}

/// A stopped instance of 520 entries, so that the newest full tile, which a start looks into, is not the first one.
async fn stopped() -> Result<(Stack, Vec<Vec<u8>>, Vec<u8>)> {
    let mut stack = Stack::start()?;
    log_entries(&stack, 520).await?;
    let client = Client::new(stack.url())?;
    let entries = entry_bundle::decode(&get(&client, "/tile/entries/000").await?)?;
    let tile = get(&client, "/tile/0/000").await?;
    stack.terminate()?;
    Ok((stack, entries, tile))
}

fn not_sound(check: &str, expected: &str, found: &str) -> String {
    format!("rekor-v2: NOT SOUND\n  {check}\n    expected: {expected}\n    found:    {found}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_f06_a_flipped_bit_of_an_entry_is_named_and_never_served() -> Result<()> {
    let (mut stack, entries, _) = stopped().await?;
    let file = stack.data().join("sigbox.db");
    let entry = &entries[40];
    // In the signature, which no index holds.
    let at = entry.len() / 2;
    let flipped = flip(&file, entry, at)?;
    let mut damaged = entry.clone();
    damaged[at] = flipped;

    let data = stack.data();
    let checked = tool(&["fsck", "--data", text(&data)])?.expect(1)?;
    let (expected, found) = (
        leaf_hash(entry).to_string(),
        leaf_hash(&damaged).to_string(),
    );
    ensure!(
        checked
            .stdout
            .ends_with(&not_sound("leaf hash of entry 40", &expected, &found)),
        "{checked:?}"
    );
    ensure!(
        checked.stdout.starts_with("ct: sound, 0 entries, "),
        "{checked:?}"
    );
    let checked = tool(&["fsck", "--data", text(&data), "--output", "json"])?.expect(1)?;
    let report: Value = serde_json::from_str(&checked.stdout)?;
    ensure!(
        report["logs"][2]["fault"]
            == json!({"check": "leaf hash of entry 40", "expected": expected, "found": found}),
        "{report}"
    );
    // A backup of it is none.
    let to = stack.file("backup.db");
    let refused = tool(&["backup", "--data", text(&data), "--to", text(&to)])?.expect(1)?;
    ensure!(
        refused.stderr
            == format!(
                "Error: the copy of log `rekor-v2` is not sound, and was removed; `fsck` tells whether the log is\n  \
                 cause: leaf hash of entry 40: expected {expected}, found {found}\n"
            ),
        "{refused:?}"
    );
    ensure!(!to.exists() && !stack.file("backup.db.part").exists());

    // The right edge is whole, so the server starts; what it cannot verify it does not serve.
    stack.restart()?;
    let client = Client::new(stack.url())?;
    let (status, _, body) = client
        .send("GET", "/tile/entries/000", None, Vec::new())
        .await?;
    ensure!(
        (status, body.as_slice())
            == (
                500,
                br#"{"code":13,"message":"internal error","details":[]}"#.as_slice()
            ),
        "{status} {}",
        String::from_utf8_lossy(&body)
    );
    get(&client, "/tile/entries/001").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_of_a_tile_is_named() -> Result<()> {
    let (stack, _, tile) = stopped().await?;
    let flipped = flip(&stack.data().join("sigbox.db"), &tile[32 * 9..32 * 12], 40)?;
    let hashes = |bytes: &[u8]| -> Vec<Hash> {
        let (hashes, _) = bytes.as_chunks::<32>();
        hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect()
    };
    let mut damaged = tile.clone();
    damaged[32 * 9 + 40] = flipped;
    let checked = tool(&["fsck", "--data", text(&stack.data())])?.expect(1)?;
    let (expected, found) = (tile_hash(&hashes(&tile)), tile_hash(&hashes(&damaged)));
    ensure!(
        checked.stdout.ends_with(&not_sound(
            "hash of tile 0/0",
            &expected.to_string(),
            &found.to_string()
        )),
        "{checked:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_checkpoint_that_was_changed_is_named() -> Result<()> {
    let mut stack = Stack::start()?;
    let promises = log_entries(&stack, 16).await?;
    log_entries(&stack, 1).await?;
    stack.terminate()?;
    let oldest = promises
        .iter()
        .map(|promise| &promise.checkpoint)
        .min_by_key(|checkpoint| checkpoint.size)
        .unwrap();
    let root = oldest.root.to_base64();
    let line = format!("\n{}\n{root}\n", oldest.size);
    // The first digit of the root: another digit of base64, whatever it is.
    let at = line.len() - root.len() - 1;
    flip(&stack.data().join("sigbox.db"), line.as_bytes(), at)?;
    let checked = tool(&["fsck", "--data", text(&stack.data())])?.expect(1)?;
    let check = format!("of the checkpoint of size {}\n", oldest.size);
    ensure!(
        checked.stdout.contains("rekor-v2: NOT SOUND\n") && checked.stdout.contains(&check),
        "{checked:?}"
    );
    Ok(())
}

/// Whoever writes to the database may put his own key there; the trusted root knows better.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_nobody_trusts_is_named() -> Result<()> {
    let mut stack = Stack::start()?;
    stack.terminate()?;
    let path = stack.data().join("trust/trusted_root.json");
    let mut root: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let logs = root["tlogs"].as_array_mut().unwrap();
    let removed = logs.remove(0);
    std::fs::write(&path, root.to_string())?;
    let spki = removed["publicKey"]["rawBytes"].as_str().unwrap();
    let id = hex(&sigbox_crypto::sha256(&BASE64_STANDARD.decode(spki)?));
    let checked = tool(&["fsck", "--data", text(&stack.data())])?.expect(1)?;
    let found = format!("key {id}");
    ensure!(
        checked.stdout.contains(&not_sound(
            "key of the log",
            "a key of trust/trusted_root.json",
            &found
        )),
        "{checked:?}"
    );
    Ok(())
}
