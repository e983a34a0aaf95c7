//! Who signs: identity tokens, and the ways to one.
//!
//! ```text
//! token      an identity token and the claims that the client needs (the CA verifies it, not the client)
//! source     the order in which a token is looked for
//! browser    authorization code flow with PKCE, state and nonce
//! loopback   the listener that the browser is sent back to
//! ```

pub(crate) mod browser;
mod loopback;
mod provider;
mod source;
mod token;

pub use browser::{BrowserError, BrowserLogin, BrowserOpener, system_browser};
pub use loopback::LoopbackError;
pub use provider::ProviderError;
pub(crate) use source::given_token;
pub use source::{IdentitySource, SourceError};
pub use token::{IdentityToken, TokenError};
