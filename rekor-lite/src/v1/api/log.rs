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
use super::{json, number, parameter};

/// The head, without shards of the past: there are none yet.
///
/// Source: rekor `openapi.yaml`, LogInfo.
#[derive(Serialize)]
struct Info<'a> {
    #[serde(rename = "inactiveShards")]
    inactive_shards: Option<[(); 0]>,
    #[serde(rename = "rootHash")]
    root_hash: String,
    #[serde(rename = "signedTreeHead")]
    signed_tree_head: &'a str,
    #[serde(rename = "treeID")]
    tree_id: String,
    #[serde(rename = "treeSize")]
    tree_size: u64,
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
    let snapshot = rekor.log().snapshot();
    let info = Info {
        inactive_shards: None,
        root_hash: snapshot.root.to_string(),
        signed_tree_head: &snapshot.checkpoint,
        tree_id: rekor.tree_id().to_string(),
        tree_size: snapshot.size.0,
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
    if let Asked::Unknown(tree) = asked_tree(&rekor, query)? {
        let message = format!("no log range found for tree ID {tree}");
        return Err(Problem::bad_request(message));
    }
    if first > last {
        return Err(Problem::bad_request(format!(
            "firstSize({first}) must be less than lastSize({last})"
        )));
    }
    let snapshot = rekor.log().snapshot();
    if last > snapshot.size.0 {
        return Err(Problem::bad_request(format!(
            "the tree size requested({last}) was greater than what is currently observable({})",
            snapshot.size
        )));
    }
    let hashes = rekor
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
    match asked_tree(&rekor, query.as_deref())? {
        Asked::Ours => Ok(with_type(
            StatusCode::OK,
            PEM_TYPE,
            rekor.public_key().to_pem(),
        )),
        Asked::Unknown(_) => Err(Problem::no_key()),
    }
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

/// Which tree a query is about.
enum Asked<'a> {
    Ours,
    Unknown(&'a str),
}

fn asked_tree<'a>(rekor: &RekorV1, query: Option<&'a str>) -> Result<Asked<'a>, Problem> {
    let Some(text) = parameter(query, "treeID") else {
        return Ok(Asked::Ours);
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::invalid(
            605,
            "treeID in query should match '^[0-9]+$'",
        ));
    }
    let ours = text.parse() == Ok(rekor.tree_id().get());
    Ok(if ours {
        Asked::Ours
    } else {
        Asked::Unknown(text)
    })
}
