//! `rfc3161` 0.0.1: a timestamp response.

use serde::{Deserialize, Serialize};

use super::entry::Content as LoggedContent;
use super::proposal::{Proposal, ProposalError};
use super::spec::{Content, base64, given};

/// The members of an `rfc3161` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rfc3161Entry {
    /// DER of the `TimeStampResp`, as it was sent.
    pub response: Vec<u8>,
}

#[derive(Deserialize)]
pub(super) struct Rfc3161Message {
    tsr: Option<Content>,
}

impl Rfc3161Message {
    pub(super) fn entry(self) -> Result<Proposal, ProposalError> {
        let response = given(self.tsr.as_ref(), "tsr")?;
        Ok(Proposal::Rfc3161(Rfc3161Entry {
            response: base64(response.content.as_deref(), "tsr.content")?,
        }))
    }
}

#[derive(Serialize)]
pub(super) struct Rfc3161Spec {
    tsr: LoggedContent,
}

impl Rfc3161Spec {
    pub(super) fn of(entry: &Rfc3161Entry) -> Self {
        Self {
            tsr: LoggedContent::of(&entry.response),
        }
    }
}
