//! The key that a certificate is wanted for, whichever version of the interface it came by.

use sigbox_wire::{SigningCertKey, SigningCertRequestV1};

/// What was sent of a key; nothing in it is judged.
pub(crate) enum WantedKey {
    /// A public key and a signature by it.
    PublicKey {
        /// PEM text or DER.
        content: Vec<u8>,
        proof: Proof,
    },
    /// A certificate signing request: the bytes of its PEM text.
    Csr(Vec<u8>),
    /// Neither.
    Missing {
        /// The member that would have held the key.
        member: &'static str,
    },
}

/// A signature over the token's subject.
pub(crate) struct Proof {
    /// The member that holds it, for refusals.
    pub(crate) member: &'static str,
    /// The signature, empty if none was sent.
    pub(crate) signature: Vec<u8>,
}

impl From<SigningCertKey> for WantedKey {
    fn from(key: SigningCertKey) -> Self {
        match key {
            SigningCertKey::Csr(pem) => Self::Csr(pem),
            SigningCertKey::Missing => Self::Missing {
                member: "publicKeyRequest",
            },
            SigningCertKey::PublicKey {
                content,
                proof_of_possession: signature,
            } => Self::PublicKey {
                content: content.into_bytes(),
                proof: Proof {
                    member: "proofOfPossession",
                    signature,
                },
            },
        }
    }
}

impl From<SigningCertRequestV1> for WantedKey {
    /// The request wins over the key.
    ///
    /// Source: fulcio `pkg/server/legacy_server.go`.
    fn from(request: SigningCertRequestV1) -> Self {
        if !request.certificate_signing_request.is_empty() {
            return Self::Csr(request.certificate_signing_request);
        }
        match request.public_key {
            None => Self::Missing {
                member: "publicKey",
            },
            Some(content) => Self::PublicKey {
                content,
                proof: Proof {
                    member: "signedEmailAddress",
                    signature: request.signed_email_address,
                },
            },
        }
    }
}
