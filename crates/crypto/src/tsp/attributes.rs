//! The signed attributes: what binds the signature to one content and to one certificate.

use const_oid::ObjectIdentifier;
use der::asn1::{Any, SetOfVec};
use der::{Encode, Tag, TagNumber, Tagged};
use sha1::Digest as _;
use sigbox_wire::HashAlgorithm;

use super::asn1::{
    self, Attribute, IssuerSerial, SignerInfo, SigningCertificate, SigningCertificateV2,
};
use super::error::{Octets, TspError, TspPart};
use super::oid;
use super::verify::serial_of;
use crate::{Certificate, digest};

/// The signed attributes, sorted, each type once, each with one value where one is asked for.
pub(super) struct SignedAttributes(Vec<Attribute>);

impl SignedAttributes {
    pub(super) fn read(signer: &SignerInfo) -> Result<Self, TspError> {
        let stored = stored(signer)?;
        // RFC 5652 §5.4 has the DER encoding signed, some clients check the stored one; here they are the same.
        let sorted = SetOfVec::try_from(stored.to_vec()).map_err(malformed)?;
        if sorted.as_ref() != stored {
            return Err(TspError::SignedAttributesOrder);
        }
        let mut attributes: Vec<Attribute> = Vec::with_capacity(stored.len());
        for one in stored {
            let attribute: Attribute = one.decode_as().map_err(malformed)?;
            if attributes
                .iter()
                .any(|earlier| earlier.oid == attribute.oid)
            {
                return Err(TspError::DuplicateAttribute {
                    found: attribute.oid,
                });
            }
            attributes.push(attribute);
        }
        Ok(Self(attributes))
    }

    fn get(&self, attribute: ObjectIdentifier) -> Result<Option<&Any>, TspError> {
        let Some(found) = self.0.iter().find(|known| known.oid == attribute) else {
            return Ok(None);
        };
        match found.values.as_ref() {
            [value] => Ok(Some(value)),
            values => Err(TspError::AttributeValues {
                attribute,
                found: values.len(),
            }),
        }
    }

    pub(super) fn decode<'a, T>(&'a self, attribute: ObjectIdentifier) -> Result<T, TspError>
    where
        T: der::Choice<'a> + der::DecodeValue<'a, Error = der::Error>,
    {
        let value = self.get(attribute)?.ok_or(TspError::MissingAttribute {
            expected: attribute,
        })?;
        value
            .decode_as()
            .map_err(|source| TspError::AttributeForm { attribute, source })
    }

    /// At least one of the two attributes that bind the certificate; whichever is there must name the trusted one.
    pub(super) fn check_signing_certificate(&self, leaf: &Certificate) -> Result<(), TspError> {
        let v1 = self.get(oid::SIGNING_CERTIFICATE)?.is_some();
        let v2 = self.get(oid::SIGNING_CERTIFICATE_V2)?.is_some();
        if v1 {
            let attribute = oid::SIGNING_CERTIFICATE;
            let named: SigningCertificate = self.decode(attribute)?;
            let first = named
                .certs
                .first()
                .ok_or(TspError::SigningCertificateEmpty { attribute })?;
            // SHA-1 does no harm here: the certificate itself was already compared, byte for byte or by name.
            check_certificate_hash(
                sha1::Sha1::digest(leaf.der()).to_vec(),
                first.cert_hash.as_bytes(),
            )?;
            check_issuer_serial(first.issuer_serial.as_ref(), leaf, attribute)?;
        }
        if v2 || !v1 {
            let attribute = oid::SIGNING_CERTIFICATE_V2;
            let named: SigningCertificateV2 = self.decode(attribute)?;
            let first = named
                .certs
                .first()
                .ok_or(TspError::SigningCertificateEmpty { attribute })?;
            let hash = match &first.hash_algorithm {
                None => HashAlgorithm::Sha2_256,
                Some(named) => asn1::hash_of(&named.oid)
                    .ok_or(TspError::SigningCertificateAlgorithm { found: named.oid })?,
            };
            check_certificate_hash(digest(hash, leaf.der()), first.cert_hash.as_bytes())?;
            check_issuer_serial(first.issuer_serial.as_ref(), leaf, attribute)?;
        }
        Ok(())
    }
}

fn check_certificate_hash(expected: Vec<u8>, found: &[u8]) -> Result<(), TspError> {
    if found == expected {
        return Ok(());
    }
    Err(TspError::SigningCertificateHash {
        expected: Octets(expected),
        found: Octets::from(found),
    })
}

fn check_issuer_serial(
    named: Option<&IssuerSerial>,
    leaf: &Certificate,
    attribute: ObjectIdentifier,
) -> Result<(), TspError> {
    let Some(named) = named else { return Ok(()) };
    let serial = serial_of(leaf).map_err(|source| TspError::AttributeForm { attribute, source })?;
    let directory_name = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(4),
    };
    match named.issuer.as_slice() {
        [name]
            if name.tag() == directory_name
                && name.value() == leaf.issuer_der()
                && named.serial_number == serial =>
        {
            Ok(())
        }
        _ => Err(TspError::SigningCertificateIssuer),
    }
}

/// What the signature is over: the stored attributes under the tag `SET OF` instead of their `[0]`.
///
/// Source: RFC 5652 §5.4.
pub(super) fn signed_bytes(signer: &SignerInfo) -> Result<Vec<u8>, TspError> {
    let stored = stored(signer)?;
    let mut value = Vec::new();
    for attribute in stored {
        attribute.encode_to_vec(&mut value).map_err(malformed)?;
    }
    Any::new(Tag::Set, value)
        .and_then(|set| set.to_der())
        .map_err(malformed)
}

fn stored(signer: &SignerInfo) -> Result<&[Any], TspError> {
    signer
        .signed_attrs
        .as_deref()
        .ok_or(TspError::MissingSignedAttributes)
}

fn malformed(source: der::Error) -> TspError {
    TspError::Malformed {
        part: TspPart::SignedAttributes,
        source,
    }
}

#[cfg(test)]
mod tests;
