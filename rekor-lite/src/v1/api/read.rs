//! One entry, by index or by name.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::super::id::{AskedId, AskedIdError};
use super::super::problem::Problem;
use super::super::service::RekorV1;
use super::{json, number};

/// `GET /api/v1/log/entries?logIndex=`.
pub(in super::super) async fn by_index(
    State(rekor): State<RekorV1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let index = number(query.as_deref(), "logIndex", 0)?;
    let index = index.ok_or_else(|| Problem::invalid(602, "logIndex in query is required"))?;
    let found = rekor.at(index).await?.ok_or_else(Problem::no_entry)?;
    json(StatusCode::OK, &found.to_json().await?)
}

/// `GET /api/v1/log/entries/{id}`.
pub(in super::super) async fn by_id(
    State(rekor): State<RekorV1>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = AskedId::parse(&id).map_err(|error| match error {
        AskedIdError::Form => Problem::invalid(
            605,
            "entryUUID in path should match '^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$'",
        ),
        AskedIdError::TreeId { digits } => {
            Problem::bad_request(format!("validation error: {digits} is not a valid TreeID"))
        }
    })?;
    let found = rekor.find(id.tree, id.leaf_hash).await?;
    let found = found.first().ok_or_else(Problem::no_entry)?;
    json(StatusCode::OK, &found.to_json().await?)
}
