//! A log of which an auditor has the tiles alone: over HTTP, and as files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sigbox_e2e::{Client, Stack};
use sigbox_tlog::{Hash, TilePath, TileRef, TreeSize, entry_bundle, leaf_hash};

use crate::{Heads, hex, log_entries, root, text, tool};

/// The key of the log of version 2, as `NAME+HASH+KEY` and as PEM.
fn keys(stack: &Stack) -> Result<(PathBuf, PathBuf)> {
    let json: Value = serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
    let spki = json["tlogs"][0]["publicKey"]["rawBytes"].as_str().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
    let spki = BASE64_STANDARD.decode(spki)?;
    let hash = hex(&sigbox_crypto::sha256(&spki)[..4]);
    let key = BASE64_STANDARD.encode([&[2], spki.as_slice()].concat());
    Ok((
        stack.write("log.vkey", format!("localhost+{hash}+{key}\n"))?,
        stack.write("log.pem", pem)?,
    ))
}

/// Every tile and bundle that a log of this size has.
fn paths(size: u64) -> Vec<TilePath> {
    let mut paths = Vec::new();
    for index in 0..size.div_ceil(256) {
        let tile = TileRef::at_size(0, index, TreeSize(size)).unwrap();
        paths.push(TilePath::Tile(tile));
        paths.push(TilePath::Entries {
            index,
            width: tile.width,
        });
    }
    paths.extend(TileRef::at_size(1, 0, TreeSize(size)).map(TilePath::Tile));
    paths
}

async fn download(client: &Client, size: u64, to: &Path) -> Result<()> {
    let names = paths(size).into_iter().map(|path| format!("tile/{path}"));
    for name in names.chain(["checkpoint".to_owned()]) {
        let (status, _, body) = client
            .send("GET", &format!("/{name}"), None, Vec::new())
            .await?;
        ensure!(status == 200, "{name}: {status}");
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, body)?;
    }
    Ok(())
}

fn not_sound(check: &str, expected: &str, found: &str) -> String {
    format!(
        "tiles: NOT SOUND\n  {check}\n    expected: {expected}\n    found:    {found}\n\
         not compared: older checkpoints, which tiles do not hold\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_rebuilt_from_its_tiles_and_the_first_wrong_one_is_named() -> Result<()> {
    let stack = Stack::start()?;
    log_entries(&stack, 520).await?;
    let heads = Heads::of(&stack).await?;
    let size = heads.v2.size.0;
    let client = Client::new(stack.url())?;
    let (vkey, pem) = keys(&stack)?;
    let sound = format!(
        "tiles: sound, {size} entries, 1 checkpoints, root {}\nnot compared: older checkpoints, which tiles do not hold\n",
        root(heads.v2.root)
    );
    for url in [stack.own_url(), format!("{}/api/v2/", stack.own_url())] {
        let checked = tool(&["fsck", "--tiles", &url, "--key", text(&vkey)])?.expect(0)?;
        ensure!(checked.stdout == sound, "{checked:?}");
    }
    let directory = stack.file("tiles");
    download(&client, size, &directory).await?;
    let check = |origin: &str, key: &Path| {
        tool(&[
            "fsck",
            "--tiles",
            text(&directory),
            "--origin",
            origin,
            "--key",
            text(key),
        ])
    };
    ensure!(check("localhost", &pem)?.expect(0)?.stdout == sound);

    // Each damage is undone before the next.
    let damage = |name: &str, at: usize| -> Result<(Vec<u8>, Vec<u8>)> {
        let path = directory.join(name);
        let whole = fs::read(&path)?;
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged)?;
        Ok((whole, damaged))
    };
    let (whole, damaged) = damage("tile/entries/001", 700)?;
    let hashes = |bundle: &[u8]| -> Result<Vec<Hash>> {
        Ok(entry_bundle::decode(bundle)?
            .iter()
            .map(|entry| leaf_hash(entry))
            .collect())
    };
    let (good, bad) = (hashes(&whole)?, hashes(&damaged)?);
    let at = good.iter().zip(&bad).position(|(a, b)| a != b).unwrap();
    let found = check("localhost", &pem)?.expect(1)?;
    ensure!(
        found.stdout
            == not_sound(
                &format!("leaf hash of entry {}", 256 + at),
                &good[at].to_string(),
                &bad[at].to_string()
            ),
        "{found:?}"
    );
    fs::write(directory.join("tile/entries/001"), whole)?;

    let (whole, damaged) = damage("tile/1/000.p/2", 40)?;
    let hash = |bytes: &[u8]| Hash::try_from_slice(&bytes[32..64]).unwrap().to_string();
    let found = check("localhost", &pem)?.expect(1)?;
    ensure!(
        found.stdout == not_sound("hash 1 of tile 1/000.p/2", &hash(&whole), &hash(&damaged)),
        "{found:?}"
    );
    fs::write(directory.join("tile/1/000.p/2"), whole)?;

    let last = paths(size)[4].to_string();
    fs::remove_file(directory.join(format!("tile/{last}")))?;
    let found = check("localhost", &pem)?.expect(1)?;
    ensure!(!found.stdout.contains("tiles: sound"), "{found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_origin_and_another_key_are_refused() -> Result<()> {
    let stack = Stack::start()?;
    let (vkey, pem) = keys(&stack)?;
    let url = stack.own_url();
    let other = tool(&[
        "fsck",
        "--tiles",
        &url,
        "--origin",
        "log.example",
        "--key",
        text(&pem),
    ])?
    .expect(1)?;
    ensure!(
        other.stdout.starts_with(
            "tiles: NOT SOUND\n  signature of the newest checkpoint\n    expected: one of the log's key\n    \
             found:    no signature line of `log.example` with key hint "
        ),
        "{other:?}"
    );
    let stranger = Stack::start()?;
    let (_, strange) = keys(&stranger)?;
    let refused = tool(&[
        "fsck",
        "--tiles",
        &url,
        "--origin",
        "localhost",
        "--key",
        text(&strange),
    ])?
    .expect(1)?;
    ensure!(
        refused
            .stdout
            .starts_with("tiles: NOT SOUND\n  signature of the newest checkpoint"),
        "{refused:?}"
    );
    let nameless = tool(&["fsck", "--tiles", &url, "--key", text(&pem)])?.expect(1)?;
    ensure!(
        nameless.stderr == "Error: --tiles: expected --origin, for this key has no name\n",
        "{nameless:?}"
    );
    let keyless = tool(&["fsck", "--tiles", &url])?.expect(2)?;
    ensure!(keyless.stderr.contains("--key <FILE>"), "{keyless:?}");
    let forged = fs::read_to_string(&vkey)?.replacen('+', "+0", 1);
    let forged = stack.write("forged.vkey", forged)?;
    let refused = tool(&["fsck", "--tiles", &url, "--key", text(&forged)])?.expect(1)?;
    ensure!(
        refused.stderr.contains("cause: hash in the key: expected "),
        "{refused:?}"
    );
    Ok(())
}
