//! The operator's tools on real instances: `fsck`, `backup`, `restore`, of both programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod backups;
mod damage;
mod sound;
mod tiles;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_e2e::{Client, Outcome, Promise, Stack, entry_request, rekor_lite, run};
use sigbox_tlog::{Checkpoint, Hash};

/// Runs `rekor-lite` with nothing of the caller's environment.
fn tool(arguments: &[&str]) -> Result<Outcome> {
    let mut command = Command::new(rekor_lite());
    command.env_clear().args(arguments);
    run(&mut command)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Logs `count` entries through 16 writers; what each was promised.
async fn log_entries(stack: &Stack, count: u64) -> Result<Vec<Promise>> {
    let client = Client::new(stack.url())?;
    let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256)?);
    let mut writers = Vec::new();
    for first in 0..16 {
        let (client, key) = (client.clone(), key.clone());
        writers.push(tokio::spawn(async move {
            let mut promises = Vec::new();
            for number in (first..count).step_by(16) {
                let request = entry_request(&key, &number.to_be_bytes())?;
                let (status, answer) = client.log_entry(&request).await?;
                ensure!(status == 201, "{answer}");
                promises.push(Promise::of(&answer)?);
            }
            Ok(promises)
        }));
    }
    let mut promises = Vec::new();
    for writer in writers {
        promises.extend(writer.await??);
    }
    Ok(promises)
}

/// Size and root of each log as the server tells them, in the order of their names.
struct Heads {
    ct: Checkpoint,
    v1: (u64, String),
    v2: Checkpoint,
}

impl Heads {
    async fn of(stack: &Stack) -> Result<Self> {
        let client = Client::new(stack.url())?;
        let get = async |path: &str| -> Result<String> {
            let (status, _, body) = client.send("GET", path, None, Vec::new()).await?;
            ensure!(status == 200, "{path}: {status}");
            Ok(String::from_utf8(body)?)
        };
        let info: Value = serde_json::from_str(&get("/api/v1/log").await?)?;
        Ok(Self {
            ct: sigbox_e2e::checkpoint(&get("/ct/checkpoint").await?)?,
            v1: (
                info["treeSize"].as_u64().context("treeSize")?,
                info["rootHash"].as_str().context("rootHash")?.to_owned(),
            ),
            v2: client.checkpoint().await?,
        })
    }

    fn all(&self) -> [(&'static str, u64, String); 3] {
        let of = |name, checkpoint: &Checkpoint| (name, checkpoint.size.0, root(checkpoint.root));
        let (v1_size, v1_root) = &self.v1;
        [
            of("ct", &self.ct),
            ("rekor-v1", *v1_size, v1_root.clone()),
            of("rekor-v2", &self.v2),
        ]
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn root(hash: Hash) -> String {
    hash.to_string()
}
