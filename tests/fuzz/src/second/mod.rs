//! Second implementations: slow, short, and none of their code shared with the first.

mod der_form;
mod json;
mod tree;

pub(crate) use der_form::is_strict_der;
pub(crate) use json::canonical_json;
pub(crate) use tree::{consistency, inclusion, root};
