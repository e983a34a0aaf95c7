//! Judges a Sigstore bundle: bundle, artifact, policy, trust and time in, verdict out.
//!
//! No file, no socket, no clock, no configuration: everything is a parameter, and the crate never asks anyone. There is
//! no default that skips a check; what weakens one ends in `_unsafe`.
//!
//! ```text
//! verify            the recipe; each step consumes the type of the step before
//!   shape           Parsed              complete, in bounds, of a kind that is judged
//!   material                            somebody is trusted for each check that is asked for
//!   log             LogVerified         entries bound to the bundle; checkpoint, proof, promise
//!   time            TimesVerified       times by trusted parties, in their windows
//!   chain           ChainVerified       the certificate leads to a trusted authority at each time
//!   sct             SctVerified         trusted CT logs have seen the certificate
//!   signature       SignatureVerified   the key signed this artifact, or a statement about it
//!   identity        IdentityMatched     the certificate is that of the expected signer
//! policy, trust     what is demanded, who is believed
//! check, verdict    the names of the checks, the steps with their outcomes
//! error             VerifyError: the first broken rule, typed
//! ```

#![expect(
    clippy::result_large_err,
    reason = "one error a verification, and callers tell rules apart in one pattern, which boxes would break up"
)]

mod artifact;
mod chain;
mod check;
mod error;
mod identity;
mod log;
mod material;
mod policy;
mod sct;
mod shape;
mod signature;
mod statement;
mod time;
mod trust;
mod verdict;
mod verified;
mod verify;
mod window;

pub use artifact::{Artifact, ArtifactError, MAX_WHOLE_ARTIFACT_BYTES};
pub use chain::ChainFailure;
pub use check::Check;
pub use error::VerifyError;
pub use identity::IdentityError;
pub use log::{BoundField, EntryError, EntryKind, PromiseError, ProofError};
pub use material::NoTrustMaterial;
pub use policy::{CertificateIdentity, ExtensionMatch, PatternError, Policy, TextMatch};
pub use sct::SctFailure;
pub use shape::ShapeError;
pub use signature::SignatureFailure;
pub use statement::{MAX_SUBJECT_DIGESTS, MAX_SUBJECTS, StatementFailure};
pub use time::TimeError;
pub use trust::{
    CertificateAuthority, CtLog, SkipReason, Skipped, TimestampAuthority, TransparencyLog,
    TrustList, TrustMaterial, TrustMaterialError,
};
pub use verdict::{Evidence, Omission, Outcome, Step, Verdict};
pub use verified::{Identity, LogRecord, TimeSource, VerifiedBundle, VerifiedSigner, VerifiedTime};
pub use verify::verify;
