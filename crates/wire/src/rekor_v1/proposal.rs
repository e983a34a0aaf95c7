//! The body of `POST /api/v1/log/entries`: a proposed entry.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::entry::{DsseEntry, HashedRekordEntry, IntotoEntry, IntotoV001Entry};
use super::envelope::EnvelopeError;
use super::rekord::{FORMATS, RekordMessage, RekordProposal};
use super::rfc3161::{Rfc3161Entry, Rfc3161Message};
use super::spec::{DsseSpec, HashedRekordSpec, IntotoSpec, IntotoV001Spec};
use crate::algorithm::HashAlgorithm;
use crate::proto_json::{ReadFault, read};

/// The kinds and versions that may be logged, for messages.
pub const TAKEN: &str =
    "hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, rekord 0.0.1, rfc3161 0.0.1";

/// The kinds in [`TAKEN`].
const KINDS: [&str; 5] = ["hashedrekord", "dsse", "intoto", "rekord", "rfc3161"];

/// The kinds that upstream knows besides those in [`TAKEN`].
const OTHER_KINDS: [&str; 6] = ["helm", "jar", "rpm", "alpine", "cose", "tuf"];

/// An entry as it is proposed, or as it is logged already; nothing in it has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proposal {
    /// `hashedrekord` 0.0.1, which looks the same in both forms.
    HashedRekord(HashedRekordEntry),
    /// `dsse` 0.0.1.
    Dsse(DsseProposal),
    /// `intoto` 0.0.2.
    Intoto(IntotoProposal),
    /// `intoto` 0.0.1.
    IntotoV001(IntotoV001Proposal),
    /// `rekord` 0.0.1.
    Rekord(RekordProposal),
    /// `rfc3161` 0.0.1, which looks the same in both forms.
    Rfc3161(Rfc3161Entry),
}

/// The two forms of a `dsse` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DsseProposal {
    /// To be logged.
    Proposed {
        /// The envelope's text.
        envelope: String,
        /// PEM texts of keys and certificates, at least one.
        verifiers: Vec<Vec<u8>>,
    },
    /// As it is logged.
    Logged(DsseEntry),
}

/// An `intoto` 0.0.2: as it is logged, and the payload if it is to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoProposal {
    /// The members that are logged; of a proposal with payload, the payload's hash is all zero, for the log to fill in.
    pub entry: IntotoEntry,
    /// The signatures, decoded, in their order.
    pub signatures: Vec<Vec<u8>>,
    /// The payload; absent in the logged form.
    pub payload: Option<Vec<u8>>,
}

/// The two forms of an `intoto` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntotoV001Proposal {
    /// As it was proposed.
    Proposed {
        /// The envelope's text.
        envelope: String,
        /// PEM text of the key or certificate.
        public_key: Vec<u8>,
    },
    /// As it is logged.
    Logged(IntotoV001Entry),
}

/// Why a text is not an entry that a Rekor v1 log takes; all texts are fit for the caller to see.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProposalError {
    /// Not JSON, or a repeated member or a wrong type in it.
    #[error("not a valid entry: {0}")]
    Json(serde_json::Error),
    /// It nests too deep.
    #[error("JSON nests deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
    /// Where an object belongs stands something else.
    #[error("not a valid entry: value at line {line} column {column} is not a JSON object")]
    NotAnObject {
        /// The line, counted from 1.
        line: usize,
        /// How many bytes of the line had been read.
        column: usize,
    },
    /// `kind`, `apiVersion` or `spec` is missing.
    #[error("{0} in body is required")]
    MissingHeader(&'static str),
    /// A kind that no log has.
    #[error("invalid kind value: \"{found}\"; this log takes {TAKEN}")]
    UnknownKind {
        /// The kind as sent.
        found: String,
    },
    /// A kind of other logs.
    #[error(
        "entry kind '{found}' is not enabled for submission on this server; this log takes {TAKEN}"
    )]
    KindNotTaken {
        /// The kind as sent.
        found: &'static str,
    },
    /// A version of a known kind that is not taken.
    #[error("version \"{found}\" of entry kind '{kind}' is not supported; this log takes {TAKEN}")]
    Version {
        /// The kind.
        kind: &'static str,
        /// The version as sent.
        found: String,
    },
    /// A member of `spec` is missing, null or empty.
    #[error("validation failure list:\n{0} in body is required")]
    Missing(&'static str),
    /// A member that only the log may set.
    #[error("{0} in body must not be set beside proposedContent")]
    Surplus(&'static str),
    /// A member that is not padded base64 of the standard alphabet.
    #[error("{0} in body is not standard base64")]
    Base64(&'static str),
    /// A hash that the kind does not have.
    #[error("{member} in body should be one of [sha256 sha384 sha512], found \"{found}\"")]
    HashAlgorithm {
        /// The member.
        member: &'static str,
        /// The hash as sent.
        found: String,
    },
    /// A digest that is not hexadecimal of its hash's length.
    #[error("value of {algorithm} in body should be {} hexadecimal digits, found \"{found}\"", 2 * algorithm.digest_len())]
    HashValue {
        /// The hash.
        algorithm: HashAlgorithm,
        /// The digest as sent.
        found: String,
    },
    /// A format of signatures that upstream does not have either, or that this log does not read.
    #[error("signature format '{found}' is not enabled on this server; this log takes {FORMATS}")]
    Format {
        /// The format as sent.
        found: String,
    },
    /// The envelope inside is none.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl From<ReadFault> for ProposalError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::TooDeep { limit } => Self::TooDeep { limit },
            ReadFault::NotAnObject { line, column } => Self::NotAnObject { line, column },
            ReadFault::Json(error) => Self::Json(error),
        }
    }
}

/// Kind and version alone, so that another kind is named instead of failing on its members.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    kind: Option<String>,
    api_version: Option<String>,
    spec: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Body<S> {
    spec: S,
}

impl Proposal {
    /// Reads an entry; unknown members are ignored, repeated ones refused, `null` counts as absent.
    ///
    /// # Errors
    /// [`ProposalError`], one variant for each rule.
    ///
    /// Source: rekor `openapi.yaml`, ProposedEntry, and the schemas of the kinds.
    pub fn parse(json: &[u8]) -> Result<Self, ProposalError> {
        let header: Header = read(json)?;
        // The order in which upstream's reader finds them missing.
        let kind = header.kind.ok_or(ProposalError::MissingHeader("kind"))?;
        let version = header
            .api_version
            .ok_or(ProposalError::MissingHeader("apiVersion"))?;
        header.spec.ok_or(ProposalError::MissingHeader("spec"))?;
        match (kind.as_str(), version.as_str()) {
            ("hashedrekord", "0.0.1") => read::<Body<HashedRekordSpec>>(json)?.spec.entry(),
            ("dsse", "0.0.1") => read::<Body<DsseSpec>>(json)?.spec.proposal(),
            ("intoto", "0.0.2") => read::<Body<IntotoSpec>>(json)?.spec.proposal(),
            ("intoto", "0.0.1") => read::<Body<IntotoV001Spec>>(json)?.spec.proposal(),
            ("rekord", "0.0.1") => read::<Body<RekordMessage>>(json)?.spec.proposal(),
            ("rfc3161", "0.0.1") => read::<Body<Rfc3161Message>>(json)?.spec.entry(),
            _ => Err(refuse(kind, version)),
        }
    }
}

fn refuse(kind: String, found: String) -> ProposalError {
    if let Some(kind) = KINDS.into_iter().find(|known| *known == kind) {
        return ProposalError::Version { kind, found };
    }
    match OTHER_KINDS.into_iter().find(|known| *known == kind) {
        Some(found) => ProposalError::KindNotTaken { found },
        None => ProposalError::UnknownKind { found: kind },
    }
}
