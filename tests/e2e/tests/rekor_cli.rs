//! rekor-cli against the version 1 log: every kind that the log takes, uploaded, read, verified and searched.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use sigbox_e2e::{Client, Outcome, Stack, cosign, peers, run};

/// What is expected on stdout, where this client says everything.
trait Prints: Sized {
    fn prints(self, text: &str) -> Result<Self>;
}

impl Prints for Outcome {
    fn prints(self, text: &str) -> Result<Self> {
        ensure!(
            self.stdout.contains(text),
            "expected {text:?}: {}",
            self.stdout
        );
        Ok(self)
    }
}

/// The log, the client, and what the client keeps between two calls.
struct Bench {
    stack: Stack,
    rekor: PathBuf,
}

impl Bench {
    fn start() -> Result<Option<Self>> {
        let Some(rekor) = peers::rekor_cli() else {
            return Ok(None);
        };
        let stack = Stack::start()?;
        stack.write("artifact", "logged by rekor-cli\n")?;
        Ok(Some(Self { stack, rekor }))
    }

    /// Runs the client in the folder of the stack's files, which is its home too.
    fn cli(&self, arguments: &[&str]) -> Result<Outcome> {
        let mut command = self.stack.command(&self.rekor)?;
        let folder = self.stack.file("");
        command.current_dir(&folder).env("HOME", &folder);
        command
            .args(arguments)
            .args(["--rekor_server", self.stack.url()]);
        run(&mut command)
    }

    fn tool(&self, program: &Path, arguments: &[&str]) -> Result<Outcome> {
        let mut command = self.stack.command(program)?;
        command.current_dir(self.stack.file("")).args(arguments);
        run(&mut command)?.expect(0)
    }

    /// Uploads twice, reads by UUID and index, verifies, searches by the artifact's digest, and gives the body.
    fn whole_life(&self, kind: &str, files: &[&str], search: &[&str]) -> Result<Value> {
        let upload = [&["upload", "--type", kind], files].concat();
        let said = self.cli(&upload)?.expect(0)?;
        let created = "Created entry at index ";
        let said = said.stdout;
        let (index, url) = said
            .split_once(created)
            .and_then(|(_, rest)| rest.split_once(", available at: "))
            .with_context(|| said.clone())?;
        let uuid = url.trim().rsplit('/').next().context("a UUID")?;
        self.cli(&upload)?
            .expect(0)?
            .prints("Entry already exists")?;

        let by_index = self.cli(&["get", "--format", "json", "--log-index", index])?;
        let by_uuid = self.cli(&["get", "--format", "json", "--uuid", uuid])?;
        let (by_index, by_uuid) = (by_index.expect(0)?.stdout, by_uuid.expect(0)?.stdout);
        let entry: Value = serde_json::from_str(&by_uuid)?;
        ensure!(
            serde_json::from_str::<Value>(&by_index)? == entry,
            "{by_index}"
        );
        ensure!(entry["UUID"] == uuid, "{entry}");
        ensure!(entry["LogIndex"] == index.parse::<u64>()?, "{entry}");

        // It ends with 0 if the root that it computes is the one that the log signed.
        let by_uuid = self.cli(&["verify", "--uuid", uuid])?.expect(0)?;
        by_uuid.prints("Computed Root Hash: ")?;
        let verify = [&["verify", "--type", kind], files].concat();
        let by_files = self.cli(&verify)?.expect(0)?;
        by_files.prints("Computed Root Hash: ")?;
        let found = self.cli(&[&["search"], search].concat())?.expect(0)?;
        found.prints(uuid)?;
        Ok(entry["Body"].clone())
    }
}

/// A P-256 key in `key.pem` and `pub.pem`, and its signature over `artifact` in `sig`.
fn openssl_files(bench: &Bench) -> Result<bool> {
    let Some(openssl) = peers::on_path("openssl") else {
        return Ok(false);
    };
    let key = ["ecparam", "-name", "prime256v1", "-genkey", "-noout"];
    bench.tool(&openssl, &[&key[..], &["-out", "key.pem"]].concat())?;
    bench.tool(
        &openssl,
        &["ec", "-in", "key.pem", "-pubout", "-out", "pub.pem"],
    )?;
    let sign = ["dgst", "-sha256", "-sign", "key.pem", "-out", "sig"];
    bench.tool(&openssl, &[&sign[..], &["artifact"]].concat())?;
    Ok(true)
}

#[test]
fn a_bare_signature_is_logged_as_hashedrekord_and_as_rekord() -> Result<()> {
    let Some(bench) = Bench::start()? else {
        return Ok(());
    };
    if !openssl_files(&bench)? {
        return Ok(());
    }
    let files = [
        "--artifact",
        "artifact",
        "--signature",
        "sig",
        "--public-key",
        "pub.pem",
    ];
    let digest = ["--artifact", "artifact"];
    let body = bench.whole_life("hashedrekord:0.0.1", &files, &digest)?;
    ensure!(
        body["HashedRekordObj"]["data"]["hash"]["algorithm"] == "sha256",
        "{body}"
    );
    let files = [&files[..], &["--pki-format", "x509"]].concat();
    let key = ["--public-key", "pub.pem", "--pki-format", "x509"];
    let body = bench.whole_life("rekord:0.0.1", &files, &key)?;
    ensure!(body["RekordObj"]["signature"]["format"] == "x509", "{body}");
    Ok(())
}

#[test]
fn ssh_and_minisign_signatures_are_logged_as_rekord() -> Result<()> {
    let Some(bench) = Bench::start()? else {
        return Ok(());
    };
    let (Some(ssh), Some(minisign)) = (peers::on_path("ssh-keygen"), peers::on_path("minisign"))
    else {
        return Ok(());
    };
    bench.tool(
        &ssh,
        &[
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            "alice@example.com",
            "-f",
            "ssh",
        ],
    )?;
    bench.tool(
        &ssh,
        &["-q", "-Y", "sign", "-n", "file", "-f", "ssh", "artifact"],
    )?;
    bench.tool(&minisign, &["-G", "-W", "-p", "mini.pub", "-s", "mini.key"])?;
    bench.tool(
        &minisign,
        &["-S", "-s", "mini.key", "-m", "artifact", "-x", "mini.sig"],
    )?;
    for (format, signature, key) in [
        ("ssh", "artifact.sig", "ssh.pub"),
        ("minisign", "mini.sig", "mini.pub"),
    ] {
        let key = ["--public-key", key, "--pki-format", format];
        let files = [
            &["--artifact", "artifact", "--signature", signature],
            &key[..],
        ]
        .concat();
        let body = bench.whole_life("rekord:0.0.1", &files, &key)?;
        ensure!(body["RekordObj"]["signature"]["format"] == format, "{body}");
    }
    bench
        .cli(&["search", "--email", "alice@example.com"])?
        .expect(0)?;
    Ok(())
}

#[test]
fn an_envelope_is_logged_as_dsse_and_as_intoto() -> Result<()> {
    let Some(bench) = Bench::start()? else {
        return Ok(());
    };
    bench.stack.write("predicate", r#"{"tested":true}"#)?;
    let attest = |arguments: &[&str]| -> Result<Outcome> {
        let mut command = bench.stack.command(&cosign())?;
        command
            .env("COSIGN_PASSWORD", "")
            .current_dir(bench.stack.file(""))
            .args(arguments);
        run(&mut command)?.expect(0)
    };
    attest(&["generate-key-pair", "--output-key-prefix", "own"])?;
    attest(&[
        "attest-blob",
        "--key",
        "own.key",
        "--tlog-upload=false",
        "--new-bundle-format=false",
        "--predicate",
        "predicate",
        "--type",
        "https://example.com/tested",
        "--output-signature",
        "envelope",
        "artifact",
    ])?;
    let files = ["--artifact", "envelope", "--public-key", "own.pub"];
    let search = ["--artifact", "artifact"];
    let body = bench.whole_life("dsse:0.0.1", &files, &search)?;
    ensure!(
        body["DSSEObj"]["payloadHash"]["algorithm"] == "sha256",
        "{body}"
    );
    for (version, member) in [("0.0.2", "content"), ("0.0.1", "publicKey")] {
        let body = bench.whole_life(&format!("intoto:{version}"), &files, &search)?;
        ensure!(!body["IntotoObj"][member].is_null(), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_timestamp_is_logged_as_rfc3161() -> Result<()> {
    let Some(bench) = Bench::start()? else {
        return Ok(());
    };
    let Some(openssl) = peers::on_path("openssl") else {
        return Ok(());
    };
    let query = [
        "ts", "-query", "-sha256", "-cert", "-data", "artifact", "-out", "query",
    ];
    bench.tool(&openssl, &query)?;
    let query = std::fs::read(bench.stack.file("query"))?;
    let kind = Some("application/timestamp-query");
    let client = Client::new(bench.stack.url())?;
    let answer = client.send("POST", "/api/v1/timestamp", kind, query);
    let (status, _, response) = answer.await?;
    ensure!(status == 200, "{status}");
    bench.stack.write("stamp", response)?;
    let body = bench.whole_life(
        "rfc3161:0.0.1",
        &["--artifact", "stamp"],
        &["--artifact", "stamp"],
    )?;
    ensure!(body["Rfc3161Obj"]["tsr"]["content"].is_string(), "{body}");
    Ok(())
}

#[test]
fn the_log_is_followed_from_one_state_to_the_next() -> Result<()> {
    let Some(bench) = Bench::start()? else {
        return Ok(());
    };
    let info = bench.cli(&["loginfo"])?.expect(0)?;
    info.prints("Verification Successful!")?
        .prints("Total Tree Size:        1")?;
    if !openssl_files(&bench)? {
        return Ok(());
    }
    let files = [
        "--artifact",
        "artifact",
        "--signature",
        "sig",
        "--public-key",
        "pub.pem",
    ];
    bench.cli(&[&["upload"], &files[..]].concat())?.expect(0)?;
    // The state that was kept leads to the new one by a consistency proof.
    let info = bench.cli(&["loginfo"])?.expect(0)?;
    info.prints("Verification Successful!")?
        .prints("Total Tree Size:        2")?;
    let proof = bench.cli(&["logproof", "--first-size", "1", "--last-size", "2"])?;
    proof.expect(0)?.prints("Root Hash")?;
    Ok(())
}
