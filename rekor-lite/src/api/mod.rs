//! Handlers.

pub(crate) mod read;
pub(crate) mod v2;

use crate::problem::Problem;

/// An unknown path under a prefix of ours.
pub(crate) async fn not_found() -> Problem {
    Problem::not_found()
}

/// A known path with a method that it does not have.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}
