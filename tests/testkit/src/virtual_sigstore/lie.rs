//! The lies.

/// A place in which a [`super::VirtualSigstore`] lies; all else holds and fits together.
///
/// Each is one that a careful verifier must refuse, and the comment says at which question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lie {
    /// None: the bundle verifies.
    None,

    /// Signature: made by another key than the certificate's.
    WrongSignature,
    /// Artifact: the bundle's own digest is of another one (no effect on an envelope).
    WrongMessageDigest,

    /// Certificate chain: issued by an authority with the same names and other keys.
    UntrustedCa,
    /// Certificate chain: ended 50 minutes before the time of signing.
    ExpiredCert,
    /// Certificate chain: begins an hour after the time of signing.
    FutureCert,
    /// Certificate chain: the trusted root's window of the authority ended before the time of signing.
    CaOutsideWindow,
    /// Certificate transparency: the SCT is of a log that the trusted root does not hold.
    WrongCtKey,
    /// Certificate transparency: the SCT names the trusted log, but says another time than was signed.
    ForgedSct,
    /// Certificate transparency: the certificate has no SCT.
    NoSct,
    /// Certificate transparency: the trusted root's window of the CT log ended before the SCT.
    CtLogOutsideWindow,

    /// Signed time: there is none.
    NoTimestamp,
    /// Signed time: none but an integrated time that nobody signed.
    UnauthenticatedTime,
    /// Signed time: over another signature.
    WrongImprint,
    /// Signed time: by an authority with the same names and other keys.
    UntrustedTsa,
    /// Signed time: a bit of the token's signature is changed.
    ForgedTimestamp,
    /// Signed time: the trusted root's window of the timestamp authority ended before the token's time.
    TimestampOutsideWindow,
    /// Certificate chain: a sound timestamp, one second after the end of the certificate.
    TimestampOutsideCert,
    /// Bundle shape: the same timestamp twice.
    DuplicateTimestamp,

    /// Entry binding: the entry holds another valid signature of the same artifact by the same key.
    OtherSignature,
    /// Entry binding: the entry is about another artifact.
    OtherDigest,
    /// Entry binding: the entry holds another key.
    OtherKey,
    /// Entry binding: kind and version beside the body are not those of the body.
    WrongKind,
    /// Entry binding: the body says the same, but is not spelt as the bundle's content spells it.
    BodySpelling,

    /// Transparency log: there is no entry.
    NoEntry,
    /// Bundle shape: the same entry twice.
    DuplicateEntry,
    /// Transparency log: the log is not in the trusted root.
    UnknownLog,
    /// Transparency log: the trusted root's window of the log ended before the time of signing.
    LogOutsideWindow,
    /// Inclusion proof: there is none.
    NoInclusionProof,
    /// Inclusion proof: for the neighbouring index.
    WrongIndex,
    /// Inclusion proof: one hash is changed.
    WrongProofHash,
    /// Inclusion proof: the last hash is missing.
    ShortProof,
    /// Checkpoint: signed by the log, but over another root than the proof leads to.
    WrongCheckpointRoot,
    /// Checkpoint: signed by the log, but of another size than the proof is for.
    WrongCheckpointSize,
    /// Checkpoint: of another origin, signed by the log's key.
    WrongCheckpointOrigin,
    /// Checkpoint: under the log's name and key hint, but signed by another key.
    WrongCheckpointKey,
    /// Checkpoint: signed by the log, under another key hint.
    WrongKeyHint,
    /// Checkpoint: there is none.
    NoCheckpoint,
}

impl Lie {
    /// Every lie; [`Lie::None`] is not among them.
    pub const ALL: [Self; 37] = [
        Self::WrongSignature,
        Self::WrongMessageDigest,
        Self::UntrustedCa,
        Self::ExpiredCert,
        Self::FutureCert,
        Self::CaOutsideWindow,
        Self::WrongCtKey,
        Self::ForgedSct,
        Self::NoSct,
        Self::CtLogOutsideWindow,
        Self::NoTimestamp,
        Self::UnauthenticatedTime,
        Self::WrongImprint,
        Self::UntrustedTsa,
        Self::ForgedTimestamp,
        Self::TimestampOutsideWindow,
        Self::TimestampOutsideCert,
        Self::DuplicateTimestamp,
        Self::OtherSignature,
        Self::OtherDigest,
        Self::OtherKey,
        Self::WrongKind,
        Self::BodySpelling,
        Self::NoEntry,
        Self::DuplicateEntry,
        Self::UnknownLog,
        Self::LogOutsideWindow,
        Self::NoInclusionProof,
        Self::WrongIndex,
        Self::WrongProofHash,
        Self::ShortProof,
        Self::WrongCheckpointRoot,
        Self::WrongCheckpointSize,
        Self::WrongCheckpointOrigin,
        Self::WrongCheckpointKey,
        Self::WrongKeyHint,
        Self::NoCheckpoint,
    ];
}
