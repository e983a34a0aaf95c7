//! The outer shape that certificates and certificate requests share: content, algorithm, signature.

use der::{Decode as _, Tag, asn1::BitStringRef};
use spki::AlgorithmIdentifierRef;

use super::{
    SignatureAlgorithm, SignatureAlgorithmError,
    tlv::{self, Tlv},
};
use crate::{PublicKey, SignatureError};

/// Exact signed bytes with the signature over them.
pub(crate) struct Signed {
    /// The signed element, header included.
    pub(crate) content: Vec<u8>,
    pub(crate) algorithm: Result<SignatureAlgorithm, SignatureAlgorithmError>,
    signature: Vec<u8>,
}

impl Signed {
    /// Splits `SEQUENCE { content, algorithm, signature }` and gives the content's element beside the parts.
    pub(crate) fn split(der: &[u8]) -> der::Result<(Self, Tlv<'_>)> {
        let outer = tlv::expect_tag(tlv::single(der)?, Tag::Sequence)?;
        let parts = tlv::children(outer.value)?;
        let &[content, algorithm, signature] = parts.as_slice() else {
            return Err(Tag::Sequence.length_error().into());
        };
        let content = tlv::expect_tag(content, Tag::Sequence)?;
        let signature = BitStringRef::from_der(signature.raw)?;
        let signature = signature
            .as_bytes()
            .ok_or_else(|| Tag::BitString.value_error())?;
        let identifier = AlgorithmIdentifierRef::from_der(algorithm.raw)?;
        let signed = Self {
            content: content.raw.to_vec(),
            algorithm: SignatureAlgorithm::from_identifier(identifier),
            signature: signature.to_vec(),
        };
        Ok((signed, content))
    }

    /// Checks the signature under `key`.
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        let algorithm = self
            .algorithm
            .map_err(|error| SignatureError::UnsupportedAlgorithm { oid: error.oid() })?;
        if !algorithm.fits(key.algorithm()) {
            return Err(SignatureError::AlgorithmKeyMismatch {
                oid: algorithm.oid(),
                algorithm: key.algorithm(),
            });
        }
        key.verify(algorithm.hash(), &self.content, &self.signature)
    }
}
