//! A timestamp over the signature, from a timestamp authority.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use sigbox_crypto::tsp::{Nonce, TimeStampRequest, TimeStampResponse, TspError, TspRequestError};
use sigbox_crypto::{HashAlgorithm, RandomError, random_bytes, sha256};
use url::Url;

use super::Refusal;
use crate::http::{ClosedWorld, HttpError, Request};

const DEADLINE: Duration = Duration::from_secs(30);

/// The timestamp authority gave no usable timestamp.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// It could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The request could not be made.
    #[error("the timestamp request could not be made")]
    Request(#[from] TspRequestError),
    /// No randomness for the nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The answer is not a granted timestamp over our signature with our nonce.
    #[error("the timestamp authority's answer cannot be used")]
    Answer(#[from] TspError),
}

/// Asks for a timestamp over the raw signature bytes and gives the DER `TimeStampResp`.
///
/// Imprint and nonce of the answer are ours; its signature has not been checked.
///
/// # Errors
/// [`TimestampError`].
///
/// Source: RFC 3161 §2.4, §3.4; servers answer 200 or 201.
pub(crate) async fn request(
    world: &ClosedWorld,
    authority: &Url,
    signature: &[u8],
) -> Result<Vec<u8>, TimestampError> {
    let nonce = Nonce::from_unsigned(&random_bytes::<8>()?)?;
    let query = TimeStampRequest::new(HashAlgorithm::Sha2_256, sha256(signature).to_vec())?
        .with_nonce(nonce);
    let answer = world
        .send_to_timestamp_authority(Request {
            method: Method::POST,
            url: authority,
            headers: HeaderMap::from_iter([
                (
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/timestamp-query"),
                ),
                (
                    ACCEPT,
                    HeaderValue::from_static("application/timestamp-reply"),
                ),
            ]),
            body: query.to_der()?,
            deadline: DEADLINE,
        })
        .await?;
    if !matches!(answer.status.as_u16(), 200 | 201) {
        return Err(Refusal::new("the timestamp authority", &answer).into());
    }
    TimeStampResponse::parse(&answer.body)?.check_answers(&query)?;
    Ok(answer.body)
}
