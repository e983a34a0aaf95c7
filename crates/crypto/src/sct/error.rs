//! Why an SCT is refused.

use crate::{KeyAlgorithm, SignError, SignatureError};

/// An SCT that is malformed, or that does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SctError {
    /// The bytes end inside a field.
    #[error("SCT ends inside `{field}`")]
    Truncated {
        /// The field.
        field: &'static str,
    },
    /// Bytes stand after the end.
    #[error("{count} bytes follow the {what}")]
    TrailingBytes {
        /// What should have ended.
        what: &'static str,
        /// How many bytes follow.
        count: usize,
    },
    /// Not version 1.
    #[error("SCT version {found} is not v1 (0)")]
    Version {
        /// The number found.
        found: u8,
    },
    /// A list without elements.
    #[error("SCT list is empty")]
    EmptyList,
    /// The value of the certificate extension is not one DER OCTET STRING.
    #[error("SCT list extension is not an OCTET STRING")]
    Extension {
        /// Where the decoder stopped.
        #[source]
        source: der::Error,
    },
    /// A part is longer than its length field can say.
    #[error("`{field}` of {length} bytes does not fit its length field")]
    TooLong {
        /// The part.
        field: &'static str,
        /// Its length in bytes.
        length: usize,
    },
    /// The SCT names another log than the key given.
    #[error("SCT is of log {}, not of {}", hex(found), hex(expected))]
    LogId {
        /// Identifier of the key given.
        expected: [u8; 32],
        /// Identifier in the SCT.
        found: [u8; 32],
    },
    /// The algorithm numbers are not SHA-256 with the log key's kind.
    #[error("SCT algorithms hash {hash_alg}, signature {sig_alg} do not fit an {key} log key")]
    Algorithm {
        /// TLS number of the hash.
        hash_alg: u8,
        /// TLS number of the signature algorithm.
        sig_alg: u8,
        /// Kind of the log's key.
        key: KeyAlgorithm,
    },
    /// A log must sign with SHA-256, which this key does not.
    #[error("a CT log cannot sign with an {key} key")]
    LogKey {
        /// Kind of the key.
        key: KeyAlgorithm,
    },
    /// The signature does not verify.
    #[error("SCT signature does not verify under the log's key")]
    Signature {
        /// What the check said.
        #[source]
        source: SignatureError,
    },
    /// The log's signer failed.
    #[error("cannot sign the SCT")]
    Sign {
        /// What the signer said.
        #[source]
        source: SignError,
    },
}

fn hex(bytes: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
