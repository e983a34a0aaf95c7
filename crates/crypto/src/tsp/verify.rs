//! The judgement of a timestamp, by a chain that the caller trusts.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, Int, OctetStringRef};
use der::{Encode, Tag, TagNumber, Tagged};
use jiff::Timestamp;
use sigbox_wire::HashAlgorithm;
use spki::AlgorithmIdentifierRef;

use super::asn1::{self, IssuerAndSerialNumber, SignerInfo};
use super::attributes::{self, SignedAttributes};
use super::error::{Octets, TspError, TspPart};
use super::oid;
use super::response::TimeStampResponse;
use crate::oid::TIME_STAMPING;
use crate::{Certificate, ChainPurpose, SignatureAlgorithm, SignatureError, digest, verify_chain};

/// `PKIStatus` of a response whose token is what was asked for.
pub(super) const GRANTED: u8 = 0;

/// A time that a trusted authority vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTimestamp {
    /// When the authority saw the imprint; exact to the accuracy that the authority states, usually one second.
    pub gen_time: Timestamp,
    /// The hash that made the imprint.
    pub hash: HashAlgorithm,
    /// The policy under which it was stamped.
    pub policy: ObjectIdentifier,
    /// The content octets of the DER INTEGER that numbers the token, unique for one authority.
    pub serial: Vec<u8>,
}

impl TimeStampResponse {
    /// Checks that the authority whose chain is `tsa_chain` stamped `stamped`, and when.
    ///
    /// `stamped` is what was hashed: in a bundle the raw signature. `tsa_chain` runs from the authority's own
    /// certificate to the root that the caller trusts. Certificates inside the token are never trusted: if there are
    /// any, the authority's must be among them. The steps, each with its own error:
    ///
    /// 1. the signer named in the token is the first certificate of the chain;
    /// 2. that certificate may sign timestamps and nothing else, and its chain holds at the time of the token;
    /// 3. the signed attributes are those of this content and of that certificate;
    /// 4. the signature over them is by that certificate's key;
    /// 5. the imprint is the hash of `stamped`.
    ///
    /// The caller compares the time with the window in which the trusted root lists the authority, and with the
    /// signing certificate.
    ///
    /// # Errors
    /// [`TspError`], one variant a rule.
    ///
    /// Source: RFC 3161 §2.2, §2.3 and §2.4.2; RFC 5652 §5.4 and §5.6; RFC 5816 §2.2.
    pub fn verify(
        &self,
        stamped: &[u8],
        tsa_chain: &[Certificate],
    ) -> Result<VerifiedTimestamp, TspError> {
        let (leaf, issuers) = tsa_chain.split_first().ok_or(TspError::NoTrustMaterial)?;
        let (root, intermediates) = issuers.split_last().ok_or(TspError::ChainTooShort {
            found: tsa_chain.len(),
        })?;
        self.check_signer_is(leaf)?;
        check_signer_profile(leaf)?;
        let at = self.gen_time();
        verify_chain(
            leaf,
            intermediates,
            std::slice::from_ref(root),
            at,
            ChainPurpose::TimeStamping,
        )
        .map_err(|source| TspError::Chain { at, source })?;
        self.check_signed_attributes(leaf)?;
        self.check_signature(leaf)?;
        self.check_imprint(stamped)?;
        Ok(VerifiedTimestamp {
            gen_time: at,
            hash: self.hash(),
            policy: self.policy(),
            serial: self.serial().to_vec(),
        })
    }

    /// Checks that the response is signed by a certificate that it carries itself, which vouches for nothing: no chain is
    /// built, and no authority is trusted.
    ///
    /// For a log of timestamps, which stores what anybody's authority issued.
    ///
    /// # Errors
    /// [`TspError::NoSignerCertificate`] if none of the certificates is the signer's; otherwise the rule of [`verify`](Self::verify)'s
    /// steps 3 and 4 that is broken.
    ///
    /// Source: RFC 5652 §5.4 and §5.6; rekor `pkg/types/rfc3161/v0.0.1/entry.go`, validate.
    pub fn verify_with_embedded_certificate(&self) -> Result<(), TspError> {
        let embedded = self.embedded_certificates();
        let signer = embedded
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .find(|certificate| check_signer_identifier(&self.signer, certificate).is_ok())
            .ok_or(TspError::NoSignerCertificate {
                found: embedded.len(),
            })?;
        self.check_signed_attributes(&signer)?;
        self.check_signature(&signer)
    }

    fn check_signer_is(&self, leaf: &Certificate) -> Result<(), TspError> {
        check_signer_identifier(&self.signer, leaf)?;
        let embedded = self.embedded_certificates();
        // Judging by "the first certificate that is no CA" let others in; only equality with the trusted one counts.
        if embedded.is_empty() || embedded.iter().any(|certificate| certificate == leaf.der()) {
            Ok(())
        } else {
            Err(TspError::EmbeddedCertificate {
                found: embedded.len(),
            })
        }
    }

    fn check_signed_attributes(&self, leaf: &Certificate) -> Result<(), TspError> {
        let attributes = SignedAttributes::read(&self.signer)?;
        let found: ObjectIdentifier = attributes.decode(oid::CONTENT_TYPE)?;
        if found != oid::TST_INFO {
            return Err(TspError::ContentTypeAttribute {
                expected: oid::TST_INFO,
                found,
            });
        }
        let expected = digest(digest_algorithm(&self.signer)?, &self.content);
        let found: &OctetStringRef = attributes.decode(oid::MESSAGE_DIGEST)?;
        if found.as_bytes() != expected {
            return Err(TspError::MessageDigest {
                expected: Octets(expected),
                found: Octets::from(found.as_bytes()),
            });
        }
        attributes.check_signing_certificate(leaf)
    }

    fn check_signature(&self, leaf: &Certificate) -> Result<(), TspError> {
        let key = leaf.public_key();
        let algorithm = signature_algorithm(&self.signer)?;
        if !algorithm.fits(key.algorithm()) {
            let source = SignatureError::AlgorithmKeyMismatch {
                oid: algorithm.oid(),
                algorithm: key.algorithm(),
            };
            return Err(TspError::Signature { source });
        }
        let message = attributes::signed_bytes(&self.signer)?;
        key.verify(algorithm.hash(), &message, self.signer.signature.as_bytes())
            .map_err(|source| TspError::Signature { source })
    }

    fn check_imprint(&self, stamped: &[u8]) -> Result<(), TspError> {
        let expected = digest(self.hash(), stamped);
        if self.imprint() == expected {
            return Ok(());
        }
        Err(TspError::Imprint {
            hash: self.hash(),
            expected: Octets(expected),
            found: Octets::from(self.imprint()),
        })
    }
}

/// Checks that a certificate is an end entity's whose key may do nothing but sign timestamps.
///
/// Source: RFC 3161 §2.3.
pub(super) fn check_signer_profile(leaf: &Certificate) -> Result<(), TspError> {
    if leaf.is_ca() {
        return Err(TspError::SignerIsCa);
    }
    let usages = leaf.extended_key_usages().unwrap_or_default();
    if usages != [TIME_STAMPING] {
        return Err(TspError::ExtendedKeyUsage {
            found: usages.to_vec(),
        });
    }
    if !leaf.eku_critical() {
        return Err(TspError::ExtendedKeyUsageNotCritical);
    }
    Ok(())
}

/// The serial number of a certificate as an ASN.1 integer.
pub(super) fn serial_of(certificate: &Certificate) -> Result<Int, der::Error> {
    Int::new(certificate.serial())
}

/// The signer must name the trusted certificate, by issuer and serial number or by key identifier.
fn check_signer_identifier(signer: &SignerInfo, leaf: &Certificate) -> Result<(), TspError> {
    let malformed = |source| TspError::Malformed {
        part: TspPart::SignerIdentifier,
        source,
    };
    if signer.sid.tag() == Tag::Sequence {
        let named: IssuerAndSerialNumber = signer.sid.decode_as().map_err(malformed)?;
        let serial = serial_of(leaf).map_err(malformed)?;
        if named.serial_number == serial
            && named.issuer.to_der().map_err(malformed)? == leaf.issuer_der()
        {
            return Ok(());
        }
        return Err(TspError::Signer {
            expected: Octets::from(serial.as_bytes()),
            found: Octets::from(named.serial_number.as_bytes()),
        });
    }
    signer
        .sid
        .tag()
        .assert_eq(Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(0),
        })
        .map_err(malformed)?;
    let expected = leaf.subject_key_id().unwrap_or_default();
    if signer.sid.value() == expected && !expected.is_empty() {
        return Ok(());
    }
    Err(TspError::Signer {
        expected: Octets::from(expected),
        found: Octets::from(signer.sid.value()),
    })
}

fn digest_algorithm(signer: &SignerInfo) -> Result<HashAlgorithm, TspError> {
    let found = signer.digest_algorithm.oid;
    asn1::hash_of(&found).ok_or(TspError::DigestAlgorithm { found })
}

/// The signature algorithm; plain `rsaEncryption` borrows the hash of the digest algorithm.
fn signature_algorithm(signer: &SignerInfo) -> Result<SignatureAlgorithm, TspError> {
    let named = &signer.signature_algorithm;
    if named.oid == oid::RSA {
        return Ok(match digest_algorithm(signer)? {
            HashAlgorithm::Sha2_256 => SignatureAlgorithm::RsaSha256,
            HashAlgorithm::Sha2_384 => SignatureAlgorithm::RsaSha384,
            HashAlgorithm::Sha2_512 => SignatureAlgorithm::RsaSha512,
        });
    }
    SignatureAlgorithm::from_identifier(AlgorithmIdentifierRef {
        oid: named.oid,
        parameters: named.parameters.as_ref().map(AnyRef::from),
    })
    .map_err(|_| TspError::Signature {
        source: SignatureError::UnsupportedAlgorithm { oid: named.oid },
    })
}

#[cfg(test)]
mod tests;
