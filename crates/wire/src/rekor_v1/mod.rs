//! Rekor v1: what its log is asked, and the exact bytes that it logs.
//!
//! Bodies as verifiers read them are [`crate::HashedRekordV001`], [`crate::DsseV001`] and [`crate::IntotoV002`].
//!
//! ```text
//! proposal   a proposed entry ── rekor-lite verifies ──▶ entry   its canonical body
//! envelope   the DSSE envelope that travels as text
//! spec       the JSON of the kinds
//! query      bodies of the retrieve and search requests
//! ```

mod entry;
mod envelope;
mod proposal;
mod query;
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
