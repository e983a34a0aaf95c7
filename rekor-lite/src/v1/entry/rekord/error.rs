//! Why a `rekord` is refused.

use sigbox_crypto::{PublicKeyError, pem::PemError};
use sigbox_wire::rekor_v1::SignatureFormat;

/// Why a `rekord` does not become an entry; all texts are fit for the caller to see.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RekordError {
    /// The stated digest is not the content's.
    #[error("SHA mismatch: expected {expected}, found {found}")]
    Digest {
        /// As stated, in hexadecimal.
        expected: String,
        /// The content's, in hexadecimal.
        found: String,
    },
    /// A format without a reader.
    #[error("signature format '{}' is not enabled on this server", found.name())]
    Format {
        /// The format as sent.
        found: SignatureFormat,
    },
    /// A file that is not text.
    #[error("expected the text of {file}, found bytes that are not UTF-8")]
    NotText {
        /// What it should be.
        file: &'static str,
    },
    /// Not an armoured SSH signature.
    #[error("expected one PEM block SSH SIGNATURE")]
    Armour(#[source] PemError),
    /// Another PEM block.
    #[error("expected a PEM block SSH SIGNATURE, found {found}")]
    ArmourLabel {
        /// The block's label.
        found: String,
    },
    /// The bytes inside are not what PROTOCOL.sshsig or RFC 4253 say.
    #[error("{part} is malformed")]
    SshEncoding {
        /// What was read.
        part: &'static str,
        /// Where reading failed.
        #[source]
        source: ssh_encoding::Error,
    },
    /// Not the magic word `SSHSIG`, or another version.
    #[error("expected SSHSIG version 1")]
    SshsigVersion,
    /// Signed for another purpose.
    #[error("invalid signature namespace: expected file, found {found:?}")]
    Namespace {
        /// The namespace as sent.
        found: String,
    },
    /// A hash that SSHSIG does not have.
    #[error("unsupported hash algorithm: expected sha256 or sha512, found {found:?}")]
    SshHash {
        /// The hash as sent.
        found: String,
    },
    /// A key that is not read.
    #[error(
        "unsupported SSH key type: expected ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521 or ssh-rsa, found {found:?}"
    )]
    SshKeyType {
        /// The type as sent.
        found: String,
    },
    /// A signature of another kind of key.
    #[error("expected a signature of type {expected}, found {found:?}")]
    SshSignatureType {
        /// What the key makes.
        expected: &'static str,
        /// The type as sent.
        found: String,
    },
    /// Not a line of `authorized_keys`.
    #[error("expected a line of authorized_keys: type, base64, comment")]
    AuthorizedKey,
    /// The key could not be read.
    #[error("expected a public key")]
    PublicKey(#[from] PublicKeyError),
    /// The key could not be written as SPKI.
    #[error("the public key cannot be encoded")]
    Der(#[from] der::Error),
    /// Not a minisign or signify signature.
    #[error("expected a minisign or signify signature: a comment, then base64 of 74 bytes")]
    MinisignSignature,
    /// Not a minisign or signify key.
    #[error(
        "expected a minisign or signify key: base64 of 42 bytes, with or without a comment before it"
    )]
    MinisignKey,
    /// Not Ed25519.
    #[error("unsupported minisign algorithm: expected Ed or ED, found {found}")]
    MinisignAlgorithm {
        /// The two bytes, in hexadecimal.
        found: String,
    },
}
