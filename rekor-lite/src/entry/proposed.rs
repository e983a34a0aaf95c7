//! A request as it was sent: read, not yet believed.

use serde::Deserialize;
use serde::de::IgnoredAny;
use sigbox_wire::{CreateEntryRequest, DsseRequest, HashedRekordRequest, RequestError};

use super::algorithms::PermittedAlgorithms;
use super::canonical::VerifiedEntry;
use super::error::{FieldError, ProposalError, RequestKind};
use super::field::Field;
use super::{dsse, hashedrekord};
use crate::config::{DssePolicy, RekorConfig};

/// What somebody wants to have logged; nothing of it has been checked but its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedEntry {
    request: CreateEntryRequest,
}

impl ProposedEntry {
    /// Reads the body of `POST /api/v2/log/entries` and applies the limits of its kind.
    ///
    /// # Errors
    /// [`ProposalError`]: [`ProposalError::Request`] for what is no request, [`ProposalError::Field`] with
    /// [`FieldError::Missing`] or [`FieldError::TwoKeys`] for what it lacks or has twice, [`ProposalError::TooLarge`],
    /// and the variants for a missing, doubled or unwanted kind.
    ///
    /// Source: rekor-tiles `rekor_service.proto`: CreateEntryRequest.
    pub fn parse(body: &[u8], config: &RekorConfig) -> Result<Self, ProposalError> {
        let request = CreateEntryRequest::parse(body).map_err(|error| refuse(error, body))?;
        match (&request, config.dsse) {
            (CreateEntryRequest::Dsse(_), DssePolicy::Reject) => Err(ProposalError::DsseNotTaken),
            (CreateEntryRequest::HashedRekord(_), _)
                if body.len() > config.limits.hashedrekord_bytes =>
            {
                Err(ProposalError::TooLarge {
                    limit: config.limits.hashedrekord_bytes,
                    found: body.len(),
                })
            }
            _ => Ok(Self { request }),
        }
    }

    /// Checks key, algorithm, digest and signature, in this order.
    ///
    /// # Errors
    /// [`ProposalError::Field`], which names the member and the rule.
    pub fn verify(self, algorithms: &PermittedAlgorithms) -> Result<VerifiedEntry, ProposalError> {
        match self.request {
            CreateEntryRequest::HashedRekord(request) => hashedrekord::verify(request, algorithms),
            CreateEntryRequest::Dsse(request) => dsse::verify(request, algorithms),
        }
    }
}

impl From<HashedRekordRequest> for ProposedEntry {
    fn from(request: HashedRekordRequest) -> Self {
        Self {
            request: CreateEntryRequest::HashedRekord(request),
        }
    }
}

impl From<DsseRequest> for ProposedEntry {
    fn from(request: DsseRequest) -> Self {
        Self {
            request: CreateEntryRequest::Dsse(request),
        }
    }
}

/// Names the member where the parser only says which rule is broken.
fn refuse(error: RequestError, body: &[u8]) -> ProposalError {
    match error {
        RequestError::UnknownType => ProposalError::NoRequest,
        RequestError::Conflict { oneof: "spec" } => ProposalError::TwoRequests,
        RequestError::Conflict { .. } => {
            ProposalError::field(kind_of(body), Field::Verifier, FieldError::TwoKeys)
        }
        RequestError::MissingField(name) => {
            ProposalError::field(kind_of(body), name.into(), FieldError::Missing)
        }
        other => ProposalError::Request(other),
    }
}

/// Which request the body is, for a message about it; only refused bodies are read a second time.
fn kind_of(body: &[u8]) -> RequestKind {
    #[derive(Deserialize)]
    struct Outline {
        #[serde(rename = "dsseRequestV002", alias = "dsse_request_v002")]
        dsse: Option<IgnoredAny>,
    }
    match serde_json::from_slice(body) {
        Ok(Outline { dsse: Some(_) }) => RequestKind::Dsse,
        _ => RequestKind::HashedRekord,
    }
}
