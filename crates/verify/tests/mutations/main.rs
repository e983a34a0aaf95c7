//! Damages each part of good bundles: every one must be refused, by the rule that guards that part.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../good/mod.rs"]
mod good;

/// Damages a good bundle and demands the refusal.
macro_rules! refused {
    ($base:ident, $good:ident => $damage:expr, $pattern:pat $(if $guard:expr)?) => {
        if let Some(mut $good) = Good::$base() {
            $good.judge().unwrap();
            $damage;
            let error = $good.refused();
            assert!(matches!(&error, $pattern $(if $guard)?), "{}: {error:?}", stringify!($damage));
        }
    };
}

mod log;
mod shape;
mod signer;
