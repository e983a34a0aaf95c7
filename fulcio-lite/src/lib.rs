//! A Fulcio-compatible certificate authority with its CT log.
//!
//! It sells one thing: a certificate of ten minutes that binds a fresh key to the identity in an OpenID token. What it
//! deliberately is not: it stores no user, keeps no key of a client, and opens no connection except to the configured
//! issuers.
//!
//! ```text
//! request ─► identity: token ─► Principal ─► challenge: proof ─► ProvenKey
//!         ─► issue: profile, lint, precertificate ─► ctlog: SCT ─► issue: certificate ─► respond
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`identity`] | tokens, issuers and their keys |
//! | `challenge` | proof of possession, weak keys |
//! | `issue` | the way of a certificate from names to signature |
//! | [`ctlog`] | the CT log: leaf format, submission, read side |
//! | `router`, `api` | the HTTP face, Fulcio's v2 and v1 |
//! | `wanted_key` | the key as it was sent, by either version |
//! | `problem` | refusals in the words of the real server |
//! | `setup`, `state`, `config` | what is checked before the start, what the handlers share, what is configured |

mod api;
mod challenge;
mod config;
pub mod ctlog;
pub mod identity;
mod issue;
mod problem;
mod router;
mod setup;
mod state;
mod wanted_key;

pub use config::{FulcioConfig, MAX_BACKDATE, MAX_LIFETIME};
pub use router::{router, standalone};
pub use setup::SetupError;
pub use state::{Fulcio, FulcioParts, NotReady};
