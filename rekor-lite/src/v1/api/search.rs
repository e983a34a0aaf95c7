//! Entries by digest, name and key.

use std::error::Error;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use sigbox_crypto::sha256;
use sigbox_service_kit::limits;
use sigbox_wire::rekor_v1::{SearchKey, SearchQuery, SignatureFormat};

use super::super::entry::key::EntryKey;
use super::super::entry::rekord;
use super::super::problem::{Problem, chain};
use super::super::promise::hex;
use super::super::search::key_digest;
use super::super::service::RekorV1;
use super::super::shard::Shard;
use super::json;

/// Formats of keys that the interface knows.
const FORMATS: [&str; 5] = ["x509", "pgp", "minisign", "ssh", "tuf"];
/// Longest `subject`.
const MAX_SUBJECT: usize = 512;

/// `POST /api/v1/index/retrieve`.
pub(in super::super) async fn search(
    State(rekor): State<RekorV1>,
    request: Request,
) -> Result<Response, Problem> {
    limits::refuse_content_encoding(request.headers())?;
    let config = rekor.config().limits;
    let body = limits::read_body(request, config.search_body_bytes).await?;
    if body.trim_ascii().is_empty() {
        return Err(Problem::invalid(602, "query in body is required"));
    }
    let query = SearchQuery::parse(&body)?;
    let all = match query.operator.as_deref() {
        None | Some("" | "or") => false,
        Some("and") => true,
        Some(_) => {
            let message = "operator in body should be one of [and or]";
            return Err(Problem::invalid(606, message));
        }
    };
    let keys = search_keys(query)?;
    let mut ids = Vec::new();
    for shard in rekor.shards() {
        ids.extend(search_shard(shard, &keys, all, config.search_results).await?);
    }
    // The newest ones.
    let surplus = ids.len().saturating_sub(config.search_results);
    ids.drain(..surplus);
    json(StatusCode::OK, &ids)
}

async fn search_shard(
    shard: &Shard,
    keys: &[String],
    all: bool,
    limit: usize,
) -> Result<Vec<String>, Problem> {
    let mut index = shard.index().lock().await;
    // Taken first: what is published while the index catches up is not asked for.
    let size = shard.log().snapshot().size;
    index.catch_up(shard.log()).await?;
    let found = index.search(keys, all, limit, size);
    drop(index);
    let found = found.map_err(|incomplete| Problem::not_indexed(incomplete.entries))?;
    let ids = found.into_iter().map(|hash| shard.entry_id(hash));
    Ok(ids.map(|id| id.to_string()).collect())
}

fn search_keys(query: SearchQuery) -> Result<Vec<String>, Problem> {
    let mut keys = Vec::new();
    if let Some(email) = query.email.filter(|text| !text.is_empty()) {
        let parts = email.rsplit_once('@');
        let sound = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        if !sound || email.contains(char::is_whitespace) {
            let message = format!("email in body must be of type email: {email:?}");
            return Err(Problem::invalid(601, message));
        }
        keys.push(email);
    }
    if let Some(subject) = query.subject.filter(|text| !text.is_empty()) {
        if subject.len() > MAX_SUBJECT {
            let message = format!("subject in body should be at most {MAX_SUBJECT} chars long");
            return Err(Problem::invalid(603, message));
        }
        keys.push(subject);
    }
    if let Some(hash) = query.hash.filter(|text| !text.is_empty()) {
        keys.push(prefixed(&hash).ok_or_else(|| {
            Problem::invalid(
                605,
                "hash in body should match '^(sha512:)?[0-9a-fA-F]{128}$|^(sha256:)?[0-9a-fA-F]{64}$|^(sha1:)?[0-9a-fA-F]{40}$'",
            )
        })?);
    }
    if let Some(key) = query.public_key {
        keys.push(searched_key(&key)?);
    }
    Ok(keys)
}

/// A digest with the name of its hash, which its length tells.
fn prefixed(hash: &str) -> Option<String> {
    let (name, digits) = match hash.split_once(':') {
        Some((name, digits)) => (Some(name), digits),
        None => (None, hash),
    };
    let expected = match digits.len() {
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => return None,
    };
    let sound = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sound = sound && name.is_none_or(|name| name == expected);
    sound.then(|| format!("{expected}:{digits}"))
}

fn searched_key(key: &SearchKey) -> Result<String, Problem> {
    if key.url.is_some() {
        let message = "publicKey.url in body is not followed; send publicKey.content";
        return Err(Problem::bad_request(message));
    }
    let format = key.format.as_deref().unwrap_or_default();
    if format.is_empty() {
        return Err(Problem::invalid(
            602,
            "publicKey.format in body is required",
        ));
    }
    if !FORMATS.contains(&format) {
        let message = format!("publicKey.format in body should be one of {FORMATS:?}");
        return Err(Problem::invalid(606, message.replace(['"', ','], "")));
    }
    let content = STANDARD.decode(key.content.as_deref().unwrap_or_default());
    let content =
        content.map_err(|_| Problem::bad_request("publicKey.content in body is not base64"))?;
    let invalid = |error: &(dyn Error + 'static)| {
        Problem::bad_request(format!("invalid public key: {}", chain(error)))
    };
    let format = match format {
        "x509" => {
            let key = EntryKey::read(&content).map_err(|error| invalid(&error))?;
            return Ok(key_digest(&key));
        }
        "ssh" => SignatureFormat::Ssh,
        "minisign" => SignatureFormat::Minisign,
        other => {
            let message =
                format!("this log holds x509, ssh and minisign keys, found format {other}");
            return Err(Problem::bad_request(message));
        }
    };
    let canonical = rekord::canonical_key(format, &content).map_err(|error| invalid(&error))?;
    Ok(hex(&sha256(&canonical.unwrap_or_default())))
}
