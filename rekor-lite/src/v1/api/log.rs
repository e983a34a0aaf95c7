//! The log itself: head, consistency, key, version.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use sigbox_log_engine::ReadError;
use sigbox_service_kit::respond::with_type;
use sigbox_tlog::TreeSize;

use super::super::problem::{PEM_TYPE, Problem};
use super::super::service::RekorV1;
use super::super::shard::Shard;
use super::{json, number, parameter};

/// The heads of all shards: the active one's own, the others in a list.
///
/// Source: rekor `openapi.yaml`, LogInfo.
#[derive(Serialize)]
struct Info {
    /// Oldest first; null if there are none.
    #[serde(rename = "inactiveShards")]
    inactive_shards: Option<Vec<ShardState>>,
    #[serde(flatten)]
    active: ShardState,
}

/// Source: rekor `openapi.yaml`, InactiveShardLogInfo.
#[derive(Serialize)]
struct ShardState {
    #[serde(rename = "rootHash")]
    root_hash: String,
    #[serde(rename = "signedTreeHead")]
    signed_tree_head: String,
    #[serde(rename = "treeID")]
    tree_id: String,
    #[serde(rename = "treeSize")]
    tree_size: u64,
}

impl ShardState {
    fn of(shard: &Shard) -> Self {
        let snapshot = shard.log().snapshot();
        Self {
            root_hash: snapshot.root.to_string(),
            signed_tree_head: snapshot.checkpoint.to_string(),
            tree_id: shard.tree().to_string(),
            tree_size: snapshot.size.0,
        }
    }
}

/// Source: rekor `openapi.yaml`, ConsistencyProof.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    hashes: Vec<String>,
    /// Of the tree as it is now, not of `lastSize`.
    root_hash: String,
}

/// The names of the answer that upstream once gave.
#[derive(Serialize)]
struct Build {
    builddate: &'static str,
    commit: &'static str,
    treestate: &'static str,
    version: &'static str,
}

/// `GET /api/v1/log`; the parameter `stable` of old clients is ignored.
pub(in super::super) async fn info(State(rekor): State<RekorV1>) -> Result<Response, Problem> {
    let inactive: Vec<ShardState> = rekor.inactive().iter().map(ShardState::of).collect();
    let info = Info {
        inactive_shards: (!inactive.is_empty()).then_some(inactive),
        active: ShardState::of(rekor.active()),
    };
    json(StatusCode::OK, &info)
}

/// `GET /api/v1/log/proof?firstSize=&lastSize=&treeID=`.
pub(in super::super) async fn proof(
    State(rekor): State<RekorV1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.as_deref();
    let first = number(query, "firstSize", 1)?.unwrap_or(1);
    let last = number(query, "lastSize", 1)?
        .ok_or_else(|| Problem::invalid(602, "lastSize in query is required"))?;
    let shard = asked_shard(&rekor, query)?
        .map_err(|tree| Problem::bad_request(format!("no log range found for tree ID {tree}")))?;
    if first > last {
        return Err(Problem::bad_request(format!(
            "firstSize({first}) must be less than lastSize({last})"
        )));
    }
    let snapshot = shard.log().snapshot();
    if last > snapshot.size.0 {
        return Err(Problem::bad_request(format!(
            "the tree size requested({last}) was greater than what is currently observable({})",
            snapshot.size
        )));
    }
    let hashes = shard
        .log()
        .consistency_proof(TreeSize(first), TreeSize(last));
    let hashes = hashes
        .await
        .map_err(|error: ReadError| Problem::internal(error))?;
    let proof = Proof {
        hashes: hashes.iter().map(ToString::to_string).collect(),
        root_hash: snapshot.root.to_string(),
    };
    json(StatusCode::OK, &proof)
}

/// `GET /api/v1/log/publicKey?treeID=`.
pub(in super::super) async fn public_key(
    State(rekor): State<RekorV1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let shard = asked_shard(&rekor, query.as_deref())?.map_err(|_| Problem::no_key())?;
    let pem = shard.public_key().to_pem();
    Ok(with_type(StatusCode::OK, PEM_TYPE, pem))
}

/// `GET /api/v1/version`.
pub(in super::super) async fn version() -> Result<Response, Problem> {
    let build = Build {
        builddate: "",
        commit: "",
        treestate: "",
        version: env!("CARGO_PKG_VERSION"),
    };
    json(StatusCode::OK, &build)
}

/// The shard that a query is about, the active one if it names none; otherwise the number of a tree that is not there.
fn asked_shard<'a, 'q>(
    rekor: &'a RekorV1,
    query: Option<&'q str>,
) -> Result<Result<&'a Shard, &'q str>, Problem> {
    let Some(text) = parameter(query, "treeID") else {
        return Ok(Ok(rekor.active()));
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::invalid(
            605,
            "treeID in query should match '^[0-9]+$'",
        ));
    }
    let mut shards = rekor.shards();
    let asked = shards.find(|shard| text.parse() == Ok(shard.tree().get()));
    Ok(asked.ok_or(text))
}
