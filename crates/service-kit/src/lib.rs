//! HTTP plumbing shared by the servers, with nothing of any product in it.
//!
//! A product builds an [`axum::Router`], wraps it once in [`stack::finish`] and hands it to
//! [`server::Bound::serve`]. What this crate deliberately is not: it knows no route, no wire format and no
//! policy of a product; every refusal that a client may parse is rendered by the product.
//!
//! | module | what it holds |
//! |---|---|
//! | [`limits`] | request bodies read under a hard limit, encodings refused |
//! | [`respond`] | JSON and text answers, the cause of a failure for the log |
//! | [`stack`] | the middleware every request passes |
//! | [`health`] | `/healthz` and `/readyz` |
//! | [`metrics`] | the Prometheus recorder and `/metrics` |
//! | [`logging`] | the log subscriber, [`logging::Untrusted`] for foreign text |
//! | [`server`] | listening, TLS, limits of a connection, graceful shutdown |
//! | [`dir`] | a router over a fixed set of files |
//! | [`retry`] | `Retry-After` with jitter |
//! | [`shutdown`] | the signals that end a server |

pub mod dir;
pub mod health;
pub mod limits;
pub mod logging;
pub mod metrics;
pub mod respond;
pub mod retry;
pub mod server;
pub mod shutdown;
pub mod stack;
