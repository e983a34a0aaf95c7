//! The certificates that this project issues, byte for byte: root, intermediates, timestamping leaf, signing leaf.
//!
//! A signing leaf passes through types that consume each other, so that nothing unlinted is signed and nothing is
//! issued without its SCT:
//!
//! ```text
//! Unlinted::build ─► Unlinted ─lint─► Linted ─sign_precert─► SignedPrecert ─issue─► Certificate
//! ```

mod authority;
mod error;
mod extensions;
mod leaf;
mod lint;
mod subject;
mod template;

pub use self::{
    authority::{
        CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root,
        make_tsa_leaf,
    },
    error::{IssueError, LintError, ProfileError},
    leaf::{LeafRequest, LeafSubject, Linted, Precertificate, SignedPrecert, Unlinted},
    lint::MAX_LEAF_VALIDITY,
};

#[cfg(test)]
mod tests;
