//! The timestamp authority: RFC 3161 over HTTP, in the DER form and in the JSON form of Sigstore's clients.
//!
//! ```text
//! router   every route
//! api      the handlers: read → parse → stamp → reply
//! body     media type and size of a request
//! query    both request forms become one checked request
//! state    key, chain, limits and the guard that keeps issued times from going back
//! refusal  every way to say no: status, JSON, message
//! ```
//!
//! What it is not: it reads no clock (the caller hands one in), stores nothing (the guard of issued times lives as
//! long as the process), and knows no log and no certificate authority.

mod api;
mod body;
mod query;
mod refusal;
mod router;
mod state;

pub use router::{router, standalone};
pub use state::{Limits, NotReady, Tsa};
