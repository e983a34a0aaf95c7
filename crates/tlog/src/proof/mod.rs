//! Inclusion and consistency proofs: which tiles they need, how they are built, how they are verified.
//!
//! `range` cuts a range of leaves into complete subtrees, `plan` names the tiles that hold them, `build` folds them;
//! `inclusion` and `consistency` verify, without any of the former.

mod build;
mod consistency;
mod inclusion;
mod plan;
mod range;

pub use build::SubtreeCache;
pub use consistency::{ConsistencyError, verify_consistency};
pub use inclusion::{InclusionError, root_from_inclusion, verify_inclusion};
pub use plan::{ProofError, ProofPlan, plan_consistency, plan_inclusion, plan_root};
