//! RFC 3161 timestamps: the query, the answer of an authority, and the judgement of such an answer.
//!
//! ```text
//! request   TimeStampReq: parse, build              nothing about keys
//! issue     request + signer + time -> TimeStampResp   one exact form, §5.3 of the profile that clients share
//! response  TimeStampResp as sent, unjudged
//! verify    response + imprint input + trusted chain -> VerifiedTimestamp, or which rule is broken
//! ```
//!
//! Not here: HTTP, the clock, the window in which a trusted root lists an authority (whoever holds that root
//! compares it with the verified time), revocation.

mod asn1;
mod attributes;
mod error;
mod gen_time;
mod issue;
mod oid;
mod request;
mod response;
mod verify;

#[cfg(test)]
mod test_authority;

pub use const_oid::ObjectIdentifier;
pub use error::{Octets, TspError, TspPart};
pub use issue::{IssueError, IssuerError, TimestampIssuer};
pub use request::{MAX_NONCE_BYTES, Nonce, TimeStampRequest, TspRequestError};
pub use response::{MAX_RESPONSE_BYTES, TimeStampResponse};
pub use verify::VerifiedTimestamp;

/// The policy that Sigstore's timestamp authorities stamp under unless told otherwise.
///
/// Source: timestamp-authority `--default-policy-oid`.
pub const DEFAULT_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.2");
