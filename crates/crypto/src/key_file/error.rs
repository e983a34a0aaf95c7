//! What can be wrong with a key file.

use super::{MAX_TEXT_BYTES, cost::ScryptCost};
use crate::{RandomError, SigningKeyError, pem::PemError};

/// Why an encrypted private key could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The text is longer than any key file.
    #[error("a key file of {found} bytes, longer than {MAX_TEXT_BYTES}")]
    TooLong {
        /// Length of the text in bytes.
        found: usize,
    },
    /// The armour is wrong.
    #[error("invalid pem block")]
    Pem(#[from] PemError),
    /// The block is no encrypted key of cosign's.
    #[error("unsupported pem type: {found}")]
    Label {
        /// The label that is there.
        found: String,
    },
    /// The block does not hold JSON.
    #[error("the key file does not hold JSON")]
    Json(#[source] serde_json::Error),
    /// A member is missing or of another type.
    #[error("the key file's `{member}` is not {expected}")]
    Member {
        /// Where it should stand, as a JSON pointer.
        member: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
    /// The key is derived in a way that is not known.
    #[error("unknown key derivation `{found}` (known: scrypt)")]
    UnknownDerivation {
        /// The name that is there.
        found: String,
    },
    /// The costs of scrypt are none that cosign has ever written: refused before any work is done.
    #[error(
        "unsupported scrypt parameters: N {n}, r {r}, p {p} (known: N {}, r {}, p {})",
        ScryptCost::known_n(),
        ScryptCost::R,
        ScryptCost::P
    )]
    ScryptCost {
        /// The cost, a power of two.
        n: u64,
        /// The block size.
        r: u64,
        /// The parallelism.
        p: u64,
    },
    /// The cipher is not known.
    #[error("unknown cipher `{found}` (known: nacl/secretbox)")]
    UnknownCipher {
        /// The name that is there.
        found: String,
    },
    /// Salt or nonce have another length.
    #[error("the key file's `{member}` has {found} bytes, expected {expected}")]
    Length {
        /// Where it stands, as a JSON pointer.
        member: &'static str,
        /// The length that it must have.
        expected: usize,
        /// The length that it has.
        found: usize,
    },
    /// The ciphertext is shorter than its authentication tag.
    #[error("the key file's ciphertext has {found} bytes, fewer than its tag")]
    CiphertextTooShort {
        /// The length that it has.
        found: usize,
    },
    /// The tag does not hold; the cipher does not tell a wrong password from a changed file.
    #[error("the password is wrong, or the key file was changed")]
    WrongPassword,
    /// What was encrypted is no private key.
    #[error("the decrypted private key cannot be used")]
    Key(#[from] SigningKeyError),
    /// No salt or nonce could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The library refused, which for checked parameters means a fault of the machine.
    #[error("the cryptographic library refused the operation")]
    Library,
}
