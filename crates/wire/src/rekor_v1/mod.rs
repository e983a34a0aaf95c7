//! Rekor v1: what its log is asked, and the exact bytes that it logs.
//!
//! Bodies as verifiers read them are [`crate::HashedRekordV001`], [`crate::DsseV001`] and [`crate::IntotoV002`].
//!
//! ```text
//! proposal   a proposed entry ── rekor-lite verifies ──▶ entry   its canonical body
//! envelope   the DSSE envelope that travels as text
//! spec       the JSON of the kinds
//! rekord     rekord 0.0.1, in both forms
//! rfc3161    rfc3161 0.0.1
//! query      bodies of the retrieve and search requests
//! ```

mod entry;
mod envelope;
mod proposal;
mod query;
mod rekord;
mod rfc3161;
mod spec;

pub use entry::{
    DsseEntry, DsseEntrySignature, HashedRekordEntry, IntotoEntry, IntotoEntrySignature,
    IntotoV001Entry, LogEntry,
};
pub use envelope::{Envelope, EnvelopeError, EnvelopeSignature};
pub use proposal::{
    DsseProposal, IntotoProposal, IntotoV001Proposal, Proposal, ProposalError, TAKEN,
};
pub use query::{QueryError, RetrieveQuery, SearchKey, SearchQuery};
pub use rekord::{FORMATS, RekordEntry, RekordProposal, SignatureFormat};
pub use rfc3161::Rfc3161Entry;
