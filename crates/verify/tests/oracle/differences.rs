//! Where the verdicts differ: each class with the clause that settles it, a row of docs/spec-divergences.md ("Verifier").
//!
//! The oracle is `sigstore-verify` 0.15.1. Nothing of ours is loosened to agree with it.

use sigbox_tlog::NoteError;
use sigbox_verify::{EntryError, ProofError, ShapeError, TimeError, VerifyError as E};
use sigbox_wire::BundleError;

use super::judges::Refusal;

/// A bundle on which the verifiers do not agree.
pub(crate) struct Observed<'a> {
    /// JSON pointer of the damaged member; empty for the whole and for a lie.
    pub(crate) path: &'a str,
    pub(crate) what: &'a str,
    /// Whether a public key is expected, not a certificate.
    pub(crate) by_key: bool,
    pub(crate) verdicts: Verdicts,
}

/// Who refuses, and why.
#[derive(Debug)]
pub(crate) enum Verdicts {
    OnlyOursRefuses(Refusal),
    OnlyTheOracleRefuses(String),
}

/// A reason for which verdicts may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// ProtoJSON, `int64`: a decimal string; `+5`, `05` are none.
    NumberText,
    /// ProtoJSON: unknown members are errors; RFC 8259 §4: a member has one value.
    Members,
    /// ProtoJSON, enums: the name as the `.proto` file writes it.
    EnumName,
    /// `sigstore_bundle.proto`, `media_type`: one of the registered types.
    MediaType,
    /// `sigstore_bundle.proto`, `content`: the lone certificate belongs to version 0.3.
    LoneCertificate,
    /// ProtoJSON, `bytes`: base64, so 64 hex digits are 48 bytes.
    HexDigits,
    /// Client specification §4.6: entries of one log must not both count.
    Twice,
    /// `sigstore_rekor.proto`, `log_id`: the identifier of the log that vouches, in v2 too.
    LogId,
    /// `sigstore_rekor.proto`, `InclusionProof`: index, size and root are those of the signed checkpoint, in v2 too.
    ProofCopies,
    /// Rekor v2 specification §7.2: the log's key and the expected name; C2SP signed-note.
    CheckpointNote,
    /// `sigstore_trustroot.proto`, `valid_for`: a log is believed for the times at which it was trusted.
    LogWindow,
    /// Rekor v2 specification §6.1.1: entries are canonicalised before they are hashed.
    BodySpelling,
    /// RFC 5652 §5.3, RFC 3161 §2.4.2: what the token says of its certificate and algorithms is so.
    TokenForm,
    /// ProtoJSON: readers also take the names of the `.proto` file (client specification §5: they should not).
    SnakeCase,
    /// ProtoJSON: `null` stands for the default.
    NullMember,
    /// ProtoJSON, enums: readers also take the number (client specification §5: they should not).
    EnumNumber,
    /// Line breaks inside base64 do not change the bytes; the reference client skips them.
    LineBreaks,
    /// With a key no time is demanded; a timestamp of an unknown authority is worth what none is worth.
    TimeForKey,
}

impl Class {
    /// Those that only a lying deployment reaches, on every run.
    pub(crate) const BY_LIE: [Self; 2] = [Self::LogWindow, Self::BodySpelling];

    /// Those that damage reaches, on every run.
    pub(crate) const BY_DAMAGE: [Self; 16] = [
        Self::NumberText,
        Self::Members,
        Self::EnumName,
        Self::MediaType,
        Self::LoneCertificate,
        Self::HexDigits,
        Self::Twice,
        Self::LogId,
        Self::ProofCopies,
        Self::CheckpointNote,
        Self::TokenForm,
        Self::SnakeCase,
        Self::NullMember,
        Self::EnumNumber,
        Self::LineBreaks,
        Self::TimeForKey,
    ];

    /// The class that a difference belongs to; `None` is a finding.
    pub(crate) fn of(seen: &Observed<'_>) -> Option<Self> {
        match &seen.verdicts {
            Verdicts::OnlyOursRefuses(Refusal::Key) => None,
            Verdicts::OnlyOursRefuses(Refusal::Unreadable(error)) => Self::of_reading(error),
            Verdicts::OnlyOursRefuses(Refusal::Check(error)) => Self::of_refusal(error),
            Verdicts::OnlyTheOracleRefuses(reason) => Self::of_acceptance(seen, reason),
        }
    }

    fn of_reading(error: &BundleError) -> Option<Self> {
        Some(match error {
            BundleError::MediaType { .. } => Self::MediaType,
            BundleError::HashAlgorithm { .. } => Self::EnumName,
            BundleError::Json(error) => {
                let text = error.to_string();
                if text.contains("64-bit integer") {
                    Self::NumberText
                } else if text.contains("unknown field") || text.contains("duplicate field") {
                    Self::Members
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }

    fn of_refusal(error: &E) -> Option<Self> {
        Some(match error {
            E::Shape(ShapeError::Duplicate { .. }) => Self::Twice,
            E::Shape(ShapeError::CertificateInOldVersion { .. }) => Self::LoneCertificate,
            E::Entry(EntryError::UnknownLog { .. }) => Self::LogId,
            E::Entry(EntryError::Window { .. }) => Self::LogWindow,
            E::Entry(EntryError::NotCanonical) => Self::BodySpelling,
            // Of a hash in hex; a hash of another length is refused by both.
            E::Proof(ProofError::HashLength { found: 48, .. }) => Self::HexDigits,
            E::Proof(
                ProofError::IndexMismatch { .. }
                | ProofError::Size { .. }
                | ProofError::Root { .. }
                | ProofError::HashLength {
                    what: "root hash", ..
                },
            ) => Self::ProofCopies,
            E::Proof(
                ProofError::Note(NoteError::MissingFinalNewline | NoteError::SecondBlankLine)
                | ProofError::Origin { .. }
                | ProofError::NoSignature { .. }
                | ProofError::KeyHint { .. },
            ) => Self::CheckpointNote,
            E::Time(TimeError::Timestamp { .. } | TimeError::Malformed { .. }) => Self::TokenForm,
            _ => return None,
        })
    }

    fn of_acceptance(seen: &Observed<'_>, reason: &str) -> Option<Self> {
        let unread = reason.starts_with("json: ");
        Some(match seen.what {
            "renamed to snake case" => Self::SnakeCase,
            "null" if unread => Self::NullMember,
            "re-encoded as number" if unread && seen.path.ends_with("/algorithm") => {
                Self::EnumNumber
            }
            "re-encoded in lines" if unread => Self::LineBreaks,
            _ if seen.by_key && reason.starts_with("invalid RFC 3161 timestamp") => {
                Self::TimeForKey
            }
            _ => return None,
        })
    }
}
