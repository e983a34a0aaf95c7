//! How the registry behaves.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::refused;

/// How the registry behaves; honest by default.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is chosen by itself")]
pub struct Behaviour {
    /// Whether it keeps lists of referrers.
    pub referrers: ReferrersApi,
    /// Whether manifests have an `ETag` and writes are conditional.
    pub compares: bool,
    /// Whether manifests have an `ETag`, whatever that is worth.
    pub etag: bool,
    /// Who gets in.
    pub login: Login,
    /// Whose bytes are exchanged for others.
    pub swapped: Option<Swapped>,
    /// How blobs are sent.
    pub blob_body: BodyLie,
    /// How manifests are sent.
    pub manifest_body: BodyLie,
    /// Blobs are at this address and `/<digest>`.
    pub blobs_at: Option<String>,
    /// Manifests are at this address.
    pub manifests_at: Option<String>,
    /// Uploads go on at this address.
    pub uploads_at: Option<String>,
    /// Requests fail for a while.
    pub trouble: Option<Trouble>,
    /// Manifests are sent as this type.
    pub media_type: Option<String>,
    /// Every subject has this many referrers.
    pub referrer_count: Option<usize>,
    /// Entries of lists on one page; zero for all.
    pub page: usize,
    /// Where the next page is.
    pub next_page: NextPage,
    /// Nothing is deleted.
    pub keeps_everything: bool,
    /// An index is taken only if all that it lists is there.
    pub whole_indexes: bool,
}

/// Whether the registry keeps lists of referrers.
#[derive(Clone, Debug, Default)]
pub enum ReferrersApi {
    /// It does.
    #[default]
    Kept,
    /// It does, without telling so when a manifest is stored, and with the config's type for every manifest.
    Silent,
    /// It does not, and answers with this status.
    Absent(u16),
    /// It does, but for this repository, which another registry behind the same name has; 404 there.
    AbsentFor(&'static str),
    /// It does not, and answers with a page.
    Page,
}

/// Who gets in.
#[derive(Clone, Debug, Default)]
pub enum Login {
    /// Everybody.
    #[default]
    Open,
    /// Who has the password.
    Basic {
        /// User name and password with a colon between.
        pair: String,
    },
    /// Who has a token.
    Token {
        /// Where tokens are issued.
        realm: String,
        /// User name and password with a colon between.
        pair: String,
        /// Whether everybody may read.
        anonymous: bool,
    },
}

/// What other bytes are sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// Blobs (layers and configs).
    Blob,
    /// Manifests (and referrers' manifests).
    Manifest,
    /// Manifests, told apart by a wrong `Docker-Content-Digest`.
    ManifestHeader,
}

/// How a body is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyLie {
    /// As it is.
    #[default]
    Honest,
    /// Without end, after an announcement or none.
    Endless {
        /// `Content-Length`.
        announced: Option<u64>,
    },
    /// Without its last byte.
    Cut,
    /// With one byte more.
    Longer,
}

/// Requests fail for a while.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The status.
    pub status: u16,
    /// How many requests fail.
    pub times: usize,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// What the registry says.
    pub message: String,
}

/// Where the next page of a list is.
#[derive(Clone, Debug, Default)]
pub enum NextPage {
    /// Where it is.
    #[default]
    Honest,
    /// Where this one is.
    Same,
    /// Always at yet another place.
    Endless,
    /// At this address.
    Elsewhere(String),
}

impl Behaviour {
    pub(super) fn trouble_now(&mut self) -> Option<Response> {
        let trouble = self.trouble.as_mut()?;
        trouble.times = trouble.times.checked_sub(1)?;
        let status = StatusCode::from_u16(trouble.status).unwrap();
        let mut response = refused(status, "TROUBLE", &trouble.message);
        if let Some(seconds) = trouble.retry_after {
            let head = [(header::RETRY_AFTER, seconds.to_string())];
            response = (head, response).into_response();
        }
        Some(response)
    }
}
