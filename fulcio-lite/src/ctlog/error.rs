//! Why the CT log takes no submission, or does not exist.

use sigbox_crypto::{CertificateError, ChainError, SctError};
use sigbox_log_engine::AppendError;

/// Why a CT log cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CtSetupError {
    /// SCTs that every client takes are signed with ECDSA P-256.
    #[error("the key of a CT log is {found}, expected ECDSA P-256")]
    Key {
        /// The kind of key found.
        found: sigbox_crypto::KeyAlgorithm,
    },
    /// A log that accepts nothing.
    #[error("no accepted root among the {found} accepted certificates")]
    NoRoot {
        /// How many certificates were given.
        found: usize,
    },
    /// An accepted certificate that can issue nothing.
    #[error("accepted certificate `{subject}` is not a certificate authority")]
    NotCa {
        /// Its name.
        subject: String,
    },
}

/// Why a submission is not logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// The body is not `{"chain": ["<base64>", …]}`.
    #[error("body is not a JSON object with an array `chain` of base64 texts")]
    Json,
    /// A chain without certificate.
    #[error("chain is empty")]
    EmptyChain,
    /// More certificates than any chain has.
    #[error("chain of {found} certificates is longer than {limit}")]
    TooLong {
        /// How many there are.
        found: usize,
        /// Most allowed.
        limit: usize,
    },
    /// A member of the chain is not base64.
    #[error("chain[{position}] is not base64")]
    Base64 {
        /// Its place, from 0.
        position: usize,
    },
    /// A member of the chain is not a certificate.
    #[error("chain[{position}] is not a certificate: {source}")]
    Certificate {
        /// Its place, from 0.
        position: usize,
        /// What is wrong.
        #[source]
        source: CertificateError,
    },
    /// A precertificate came to `add-chain`, or a certificate to `add-pre-chain`.
    #[error("chain[0] {}, expected one that {}", poison(*found), poison(!*found))]
    Poison {
        /// Whether the CT poison is there.
        found: bool,
    },
    /// The chain does not lead to an accepted root.
    #[error("chain does not lead to an accepted root: {source}")]
    Chain {
        /// What is wrong.
        #[source]
        source: ChainError,
    },
    /// An authority in the chain is not configured here.
    #[error("issuer `{subject}` is not among the accepted certificates")]
    UnknownIssuer {
        /// Its name.
        subject: String,
    },
    /// The entry cannot be written down, or the SCT not signed.
    #[error("cannot make the SCT: {source}")]
    Sct {
        /// What is wrong.
        #[from]
        source: SctError,
    },
    /// The log did not take the entry.
    #[error("the log did not take the entry: {source}")]
    Append {
        /// Why.
        #[from]
        source: AppendError,
    },
}

fn poison(there: bool) -> &'static str {
    if there {
        "carries the CT poison"
    } else {
        "carries no CT poison"
    }
}
