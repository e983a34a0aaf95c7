//! Entries that a transparency log of version 1 holds already, and what they must be.
//!
//! A log may answer anything: each answer is held against the question before it is used.

use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use sigbox_wire::TransparencyLogEntry;
use sigbox_wire::proto_json::decode_base64;
use sigbox_wire::rekor_v1::LogEntry;
use url::Url;

use super::rekor::{RekorError, post};
use super::rekor_v1::{Answered, read_entry};
use super::{Refusal, endpoint};
use crate::http::{ClosedWorld, Request};

/// Looking up waits for nothing but the database.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is looked for: the leaf that the log must hold, and the question that finds it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) entry: LogEntry,
    pub(crate) proposal: Value,
    pub(crate) kind: &'static str,
}

/// Finds the one entry that is one of `wanted`, byte for byte.
///
/// # Errors
/// [`RekorError::NotFound`] if no entry is, [`RekorError::TooMany`] if several are.
pub(crate) async fn find(
    world: &ClosedWorld,
    log: &Url,
    wanted: &[Wanted],
) -> Result<TransparencyLogEntry, RekorError> {
    let mut found = search(world, log, wanted).await?;
    let count = found.len();
    match (found.pop(), count) {
        (None, _) => Err(RekorError::NotFound),
        (Some(entry), 1) => Ok(entry),
        (Some(_), found) => Err(RekorError::TooMany { found }),
    }
}

/// Finds the entry that is one of `wanted`, byte for byte; of several, which stand in several trees, the earliest.
///
/// # Errors
/// [`RekorError::NotFound`] if no entry is.
///
/// Source: cosign `pkg/cosign/verify.go`, `tlogValidateEntry`.
pub(crate) async fn find_earliest(
    world: &ClosedWorld,
    log: &Url,
    wanted: &[Wanted],
) -> Result<TransparencyLogEntry, RekorError> {
    let found = search(world, log, wanted).await?;
    found
        .into_iter()
        .min_by_key(|entry| entry.integrated_time)
        .ok_or(RekorError::NotFound)
}

/// Asks for the entries of `wanted`.
///
/// The search itself may return entries of the same key about something else; those are passed over.
///
/// Source: rekor `openapi.yaml`, searchLogQuery; GHSA-8pmp-678w-c8xx.
async fn search(
    world: &ClosedWorld,
    log: &Url,
    wanted: &[Wanted],
) -> Result<Vec<TransparencyLogEntry>, RekorError> {
    let proposals: Vec<&Value> = wanted.iter().map(|one| &one.proposal).collect();
    let question = serde_json::json!({ "entries": proposals }).to_string();
    let url = endpoint(log, "/api/v1/log/entries/retrieve");
    let answer = post(world, &url, question.into_bytes()).await?;
    if answer.status.as_u16() != 200 {
        return Err(Refusal::new("Rekor", &answer).into());
    }
    let answered: Option<Vec<Answered>> =
        serde_json::from_slice(&answer.body).map_err(RekorError::Json)?;
    let mut found = Vec::new();
    for (id, message) in answered.into_iter().flatten().flatten() {
        let body = decode_base64(&message.body).map_err(|_| RekorError::Encoding("body"))?;
        for one in wanted {
            if one.entry.canonical_body()? == body {
                found.push(read_entry(&id, message, body, one.kind)?);
                break;
            }
        }
    }
    Ok(found)
}

/// Gives a bundle's entry with the inclusion proof that it lacks.
///
/// The log must answer with the same body under the same index, time and log ID; its proof must lead to the root of its
/// checkpoint. All but the proof stays the bundle's own.
///
/// # Errors
/// [`RekorError::OtherThanAsked`] if the answer is about something else.
///
/// Source: rekor `openapi.yaml`, getLogEntryByIndex; sigstore/rekor#2799.
pub(crate) async fn prove(
    world: &ClosedWorld,
    log: &Url,
    entry: &TransparencyLogEntry,
) -> Result<TransparencyLogEntry, RekorError> {
    let mut url = endpoint(log, "/api/v1/log/entries");
    url.query_pairs_mut()
        .append_pair("logIndex", &entry.log_index.to_string());
    let json = HeaderValue::from_static("application/json");
    let request = Request {
        method: Method::GET,
        url: &url,
        headers: HeaderMap::from_iter([(ACCEPT, json)]),
        body: Vec::new(),
        deadline: DEADLINE,
    };
    let answer = world.send(request).await?;
    match answer.status.as_u16() {
        200 => {}
        404 => return Err(RekorError::NotFound),
        _ => return Err(Refusal::new("Rekor", &answer).into()),
    }
    let answered: Answered = serde_json::from_slice(&answer.body).map_err(RekorError::Json)?;
    let mut answered = answered.into_iter();
    let (Some((id, message)), None) = (answered.next(), answered.next()) else {
        return Err(RekorError::OtherThanAsked);
    };
    let body = entry.canonicalized_body.clone();
    let proved =
        read_entry(&id, message, body, &entry.kind_version.kind).map_err(|error| match error {
            RekorError::OtherEntry => RekorError::OtherThanAsked,
            other => other,
        })?;
    let same = proved.log_index == entry.log_index
        && proved.log_id == entry.log_id
        && proved.integrated_time == entry.integrated_time;
    if !same {
        return Err(RekorError::OtherThanAsked);
    }
    Ok(TransparencyLogEntry {
        inclusion_proof: proved.inclusion_proof,
        ..entry.clone()
    })
}
