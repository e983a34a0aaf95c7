//! A plain HTTP client for the servers' own interfaces.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sigbox_crypto::SigningKey;
use sigbox_tlog::{
    Checkpoint, Frontier, Hash, LeafIndex, SignedNote, TreeSize, leaf_hash, verify_inclusion,
};

/// The longest wait for an answer: one that was lost with a server that died must not be waited for for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of one instance.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// The body of a request to log a signature over `message`.
pub fn entry_request(key: &SigningKey, message: &[u8]) -> Result<Value> {
    let signature = key.sign(message)?;
    Ok(json!({"hashedRekordRequestV002": {
        "digest": BASE64_STANDARD.encode(sigbox_crypto::sha256(message)),
        "signature": {
            "content": BASE64_STANDARD.encode(signature),
            "verifier": {
                "publicKey": {"rawBytes": BASE64_STANDARD.encode(key.public_key().spki_der())},
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            },
        },
    }}))
}

impl Client {
    /// A client of the instance at `base`.
    pub fn new(base: &str) -> Result<Self> {
        // Two clients of one process may both try: the first one wins.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()?,
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Any request, as it is sent: status, headers and body of the answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<(u16, reqwest::header::HeaderMap, Vec<u8>)> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let response = request.body(body).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok((status, headers, response.bytes().await?.to_vec()))
    }

    /// Logs an entry: status and JSON of the answer.
    pub async fn log_entry(&self, request: &Value) -> Result<(u16, Value)> {
        let (status, _, body) = self
            .send(
                "POST",
                "/api/v2/log/entries",
                Some("application/json"),
                serde_json::to_vec(request)?,
            )
            .await?;
        Ok((status, serde_json::from_slice(&body)?))
    }

    /// The newest checkpoint.
    pub async fn checkpoint(&self) -> Result<Checkpoint> {
        let (status, _, body) = self
            .send("GET", "/api/v2/checkpoint", None, Vec::new())
            .await?;
        ensure!(status == 200, "checkpoint: expected 200, found {status}");
        checkpoint(std::str::from_utf8(&body)?)
    }

    /// The log up to `size`, from its tiles.
    pub async fn tree(&self, size: TreeSize) -> Result<Tree> {
        let mut hashes = Vec::new();
        while (hashes.len() as u64) < size.0 {
            let index = hashes.len() as u64 / 256;
            let width = (size.0 - index * 256).min(256);
            let path = sigbox_tlog::TilePath::Tile(sigbox_tlog::TileRef {
                level: 0,
                index,
                width: u16::try_from(width)?,
            });
            let (status, _, body) = self
                .send("GET", &format!("/tile/{path}"), None, Vec::new())
                .await?;
            ensure!(status == 200, "tile/{path}: expected 200, found {status}");
            for hash in body.chunks_exact(32) {
                hashes.push(Hash::try_from_slice(hash)?);
            }
        }
        Ok(Tree::of(hashes))
    }
}

/// Reads a checkpoint's note; the signature is not checked.
pub fn checkpoint(note: &str) -> Result<Checkpoint> {
    Ok(Checkpoint::parse(SignedNote::parse(note)?.text())?)
}

/// What an answer of 201 promised: index, leaf hash and checkpoint. Its proof is verified here.
pub struct Promise {
    /// The entry's index.
    pub index: u64,
    /// The entry's leaf hash.
    pub leaf: Hash,
    /// The checkpoint of the answer.
    pub checkpoint: Checkpoint,
}

impl Promise {
    /// Reads an answer and verifies its inclusion proof.
    pub fn of(answer: &Value) -> Result<Self> {
        let entry =
            sigbox_wire::TransparencyLogEntry::parse_response(&serde_json::to_vec(answer)?)?;
        let proof = entry.inclusion_proof.context("no inclusion proof")?;
        let checkpoint = checkpoint(&proof.checkpoint)?;
        let index = u64::try_from(entry.log_index)?;
        let leaf = leaf_hash(&entry.canonicalized_body);
        let hashes = proof
            .hashes
            .iter()
            .map(|hash| Hash::try_from_slice(hash))
            .collect::<Result<Vec<_>, _>>()?;
        verify_inclusion(
            leaf,
            LeafIndex(index),
            checkpoint.size,
            &hashes,
            checkpoint.root,
        )?;
        Ok(Self {
            index,
            leaf,
            checkpoint,
        })
    }

    /// Demands that the entry stands in the tree at its index, and that the promise's checkpoint is a prefix of it.
    pub fn kept_in(&self, tree: &Tree) -> Result<()> {
        let at = usize::try_from(self.index)?;
        ensure!(
            tree.leaves.get(at) == Some(&self.leaf),
            "entry {at}: expected leaf {}, found {:?}",
            self.leaf,
            tree.leaves.get(at)
        );
        tree.has_seen(&self.checkpoint)
    }
}

/// A log derived anew from its leaves: its root at every size.
pub struct Tree {
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
}

impl Tree {
    /// Derives every root.
    pub fn of(leaves: Vec<Hash>) -> Self {
        let mut frontier = Frontier::new();
        let mut roots = vec![frontier.root()];
        for leaf in &leaves {
            frontier.append(*leaf);
            roots.push(frontier.root());
        }
        Self { leaves, roots }
    }

    /// Demands that a checkpoint is a prefix of this tree.
    pub fn has_seen(&self, checkpoint: &Checkpoint) -> Result<()> {
        let root = self.roots.get(usize::try_from(checkpoint.size.0)?);
        ensure!(
            root == Some(&checkpoint.root),
            "checkpoint of size {}: expected root {}, found {root:?} in a log of {} leaves",
            checkpoint.size,
            checkpoint.root,
            self.leaves.len()
        );
        Ok(())
    }
}
