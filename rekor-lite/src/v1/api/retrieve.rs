//! Several entries, by name, by content or by index.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use sigbox_service_kit::limits;
use sigbox_wire::rekor_v1::{Proposal, RetrieveQuery};

use super::super::entry::{self, CanonicalEntry, EntryError};
use super::super::id::AskedId;
use super::super::problem::Problem;
use super::super::service::RekorV1;
use super::super::shard::Found;
use super::json;

/// Most entries a request may ask for.
///
/// Source: rekor `pkg/api/entries.go`, maxSearchQueries.
const MAX_ITEMS: usize = 10;

/// `POST /api/v1/log/entries/retrieve`.
pub(in super::super) async fn retrieve(
    State(rekor): State<RekorV1>,
    request: Request,
) -> Result<Response, Problem> {
    limits::refuse_content_encoding(request.headers())?;
    let body = limits::read_body(request, rekor.config().limits.body_bytes).await?;
    if body.trim_ascii().is_empty() {
        return Err(Problem::invalid(602, "entry in body is required"));
    }
    let query = RetrieveQuery::parse(&body)?;
    check_counts(&query)?;
    let mut found = Vec::new();
    // What is not there is left out. Names with a tree go first, as upstream has it.
    for id in asked(query.entry_uuids)? {
        found.extend(rekor.find(id.tree, id.leaf_hash).await?);
    }
    let proposals = query.entries.unwrap_or_default();
    for leaf in tokio::task::spawn_blocking({
        let rekor = rekor.clone();
        move || canonical(&rekor, proposals)
    })
    .await
    .map_err(Problem::internal)??
    {
        found.extend(rekor.find(None, leaf.leaf_hash()).await?);
    }
    for index in query.log_indexes.unwrap_or_default() {
        if let Ok(index) = u64::try_from(index) {
            found.extend(rekor.at(index).await?);
        }
    }
    answer(&rekor, &found).await
}

/// All proofs in the active shard are in the tree of one snapshot, taken after the last entry was found.
async fn answer(rekor: &RekorV1, found: &[Found<'_>]) -> Result<Response, Problem> {
    let active = rekor.active();
    let snapshot = active.log().snapshot();
    let mut entries = Vec::with_capacity(found.len());
    for found in found {
        entries.push(if found.shard.tree() == active.tree() {
            found.within(&snapshot).await?
        } else {
            found.to_json().await?
        });
    }
    json(StatusCode::OK, &entries)
}

fn check_counts(query: &RetrieveQuery) -> Result<(), Problem> {
    let counts = [
        ("entries", query.entries.as_ref().map(Vec::len)),
        ("entryUUIDs", query.entry_uuids.as_ref().map(Vec::len)),
        ("logIndexes", query.log_indexes.as_ref().map(Vec::len)),
    ];
    let mut total = 0;
    for (name, count) in counts {
        let Some(count) = count else { continue };
        if count == 0 {
            let message = format!("{name} in body should have at least 1 items");
            return Err(Problem::invalid(612, message));
        }
        if count > MAX_ITEMS {
            let message = format!("{name} in body should have at most {MAX_ITEMS} items");
            return Err(Problem::invalid(611, message));
        }
        total += count;
    }
    let indexes = query.log_indexes.iter().flatten().enumerate();
    for (place, index) in indexes {
        if *index < 0 {
            let message =
                format!("logIndexes.{place} in body should be greater than or equal to 0");
            return Err(Problem::invalid(609, message));
        }
    }
    if total > MAX_ITEMS {
        return Err(Problem::too_many(format!(
            "more than max allowed {MAX_ITEMS} entries in request"
        )));
    }
    Ok(())
}

/// The names, those with a tree before those without.
fn asked(names: Option<Vec<String>>) -> Result<Vec<AskedId>, Problem> {
    let names = names.unwrap_or_default();
    let ids = names.iter().map(|name| {
        AskedId::parse(name).map_err(|_| Problem::bad_request(format!("invalid entryID {name}")))
    });
    let ids: Vec<AskedId> = ids.collect::<Result<_, _>>()?;
    let (mut ids, hashes): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| id.tree.is_some());
    ids.extend(hashes);
    Ok(ids)
}

/// What the given entries are or would become in the log; one that is none fails the whole request.
fn canonical(rekor: &RekorV1, entries: Vec<Value>) -> Result<Vec<CanonicalEntry>, Problem> {
    let one = |entry: Value| -> Result<CanonicalEntry, EntryError> {
        let proposal = Proposal::parse(entry.to_string().as_bytes())?;
        entry::canonical_of(proposal, &rekor.config().algorithms)?.canonicalize()
    };
    let leaves = entries.into_iter().map(|entry| match one(entry) {
        Err(error @ EntryError::Encode(_)) => Err(Problem::internal(error)),
        other => other.map_err(|error| Problem::unprocessed(&error)),
    });
    leaves.collect()
}
