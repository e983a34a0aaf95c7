//! Handlers, and what they share about parameters and answers.

pub(super) mod create;
pub(super) mod log;
pub(super) mod read;
pub(super) mod retrieve;
pub(super) mod search;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use sigbox_service_kit::respond::raw_json;

use super::problem::Problem;

/// Compact JSON and one line feed: sigstore-rs cuts the text at fixed places.
fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let mut text = serde_json::to_string(value).map_err(Problem::internal)?;
    text.push('\n');
    Ok(raw_json(status, text))
}

/// A parameter of the query as it was sent; `None` if it is absent or empty. Only numbers are asked for, so nothing is unescaped.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    (!value.is_empty()).then_some(value)
}

/// A number of the query that is at least `least`.
fn number(query: Option<&str>, name: &str, least: i64) -> Result<Option<u64>, Problem> {
    let Some(text) = parameter(query, name) else {
        return Ok(None);
    };
    let number: i64 = text.parse().map_err(|_| {
        Problem::invalid(
            601,
            format!("{name} in query must be of type int64: {text:?}"),
        )
    })?;
    match u64::try_from(number) {
        Ok(positive) if number >= least => Ok(Some(positive)),
        _ => Err(Problem::invalid(
            609,
            format!("{name} in query should be greater than or equal to {least}"),
        )),
    }
}
