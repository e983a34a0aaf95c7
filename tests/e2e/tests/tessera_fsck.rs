//! The logs' tiles as another implementation reads them: Tessera's `fsck` fetches every tile and entry bundle, hashes every entry
//! and rebuilds the tree up to the signed checkpoint.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::Arc;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Outcome, Stack, entry_request, peers, run};

/// Enough for a full tile, a partial one, and a second level.
const ENTRIES: u64 = 300;

/// The key of the log of version 2, which the trusted root names first, as checkpoints are verified:
/// `NAME+HINT+base64(0x02 || SPKI)`.
fn verifier_key(stack: &Stack, name: &str) -> Result<String> {
    let root: Value = serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
    let spki = root["tlogs"][0]["publicKey"]["rawBytes"].as_str().unwrap();
    let spki = BASE64_STANDARD.decode(spki)?;
    let [one, two, three, four, ..] = sigbox_crypto::sha256(&spki);
    let hint = u32::from_be_bytes([one, two, three, four]);
    let key = BASE64_STANDARD.encode([&[2], spki.as_slice()].concat());
    Ok(format!("{name}+{hint:08x}+{key}"))
}

async fn filled() -> Result<Stack> {
    let stack = Stack::start()?;
    let client = Client::new(stack.url())?;
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256)?);
    let mut writers = Vec::new();
    for first in 0..16 {
        let (client, key) = (client.clone(), key.clone());
        writers.push(tokio::spawn(async move {
            for number in (first..ENTRIES).step_by(16) {
                let request = entry_request(&key, &number.to_be_bytes())?;
                let (status, answer) = client.log_entry(&request).await?;
                ensure!(status == 201, "{answer}");
            }
            Ok(())
        }));
    }
    for writer in writers {
        writer.await??;
    }
    Ok(stack)
}

/// Checks the log at `url`; the program ends with 0 whatever it finds, and says on stderr what that was.
fn fsck(stack: &Stack, url: &str, key: &str) -> Result<Option<Outcome>> {
    let Some(program) = peers::tessera_fsck() else {
        return Ok(None);
    };
    let file = stack.write("log.vkey", key)?;
    let mut command = stack.command(&program)?;
    command
        .args(["-ui=false", "-logtostderr", "-v=1", "-N=2"])
        .args(["-storage_url", url, "-public_key"])
        .arg(file);
    Ok(Some(run(&mut command)?.expect(0)?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tessera_rebuilds_the_log_from_its_tiles() -> Result<()> {
    let stack = filled().await?;
    let name = "localhost";
    let key = verifier_key(&stack, name)?;
    for prefix in ["", "/api/v2"] {
        let url = format!("{}{prefix}/", stack.url());
        let Some(found) = fsck(&stack, &url, &key)? else {
            return Ok(());
        };
        let text = &found.stderr;
        ensure!(!text.contains("fsck failed"), "{text}");
        ensure!(text.contains("Completed ranges"), "{text}");
    }
    // The same check, with the key of another instance: it can fail.
    let other = Stack::start()?;
    let url = format!("{}/", stack.url());
    let found = fsck(&stack, &url, &verifier_key(&other, name)?)?.unwrap();
    ensure!(found.stderr.contains("fsck failed"), "{}", found.stderr);
    Ok(())
}
