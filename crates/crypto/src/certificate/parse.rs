//! From DER to the parts of a certificate.

use der::{Decode as _, Tag, TagNumber};
use jiff::Timestamp;
use x509_cert::{certificate::Version, time::Time};

use super::{
    CertificateError,
    extensions::Extensions,
    name::DistinguishedName,
    oid,
    signed::Signed,
    tlv::{self, Tlv},
};
use crate::PublicKey;

/// Real certificates have 1 to 3 KiB, those with many names a few tens; the limit bounds the work on a hostile one.
const MAX_DER_BYTES: usize = 64 * 1024;

/// Octets of an encoded serial number: 20 and one more for the sign, as real issuers read the limit.
const MAX_SERIAL_OCTETS: usize = 21;

const EXTENSIONS_TAG: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber(3),
};

/// The parts of a certificate; slices of the DER are copied so that no offset can go wrong later.
pub(super) struct Parsed {
    pub(super) der: Vec<u8>,
    pub(super) signed: Signed,
    /// `None` when there is nothing to cut out of the signed part.
    pub(super) precert_tbs: Option<Vec<u8>>,
    pub(super) serial: Vec<u8>,
    pub(super) issuer: DistinguishedName,
    pub(super) subject: DistinguishedName,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) public_key: PublicKey,
    pub(super) extensions: Extensions,
}

impl Parsed {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_DER_BYTES {
            return Err(CertificateError::TooLarge {
                size: der.len(),
                limit: MAX_DER_BYTES,
            });
        }
        let decoded = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let tbs = decoded.tbs_certificate();
        check_version(tbs.version())?;
        let serial = tbs.serial_number().as_bytes().to_vec();
        check_serial(&serial)?;
        if tbs.signature() != decoded.signature_algorithm() {
            return Err(CertificateError::AlgorithmMismatch {
                signed: tbs.signature().oid,
                outer: decoded.signature_algorithm().oid,
            });
        }
        let (signed, content) = Signed::split(der).map_err(malformed)?;
        let slices = Slices::cut(content).map_err(malformed)?;
        Ok(Self {
            der: der.to_vec(),
            signed,
            precert_tbs: precert_tbs(content).map_err(malformed)?,
            serial,
            issuer: DistinguishedName::new(slices.issuer.raw, tbs.issuer()),
            subject: DistinguishedName::new(slices.subject.raw, tbs.subject()),
            not_before: timestamp(tbs.validity().not_before)?,
            not_after: timestamp(tbs.validity().not_after)?,
            public_key: PublicKey::from_spki_der(slices.spki.raw)
                .map_err(|source| CertificateError::PublicKey { source })?,
            extensions: Extensions::parse(tbs.extensions().cloned().unwrap_or_default())?,
        })
    }
}

/// Elements of which the exact bytes are needed.
struct Slices<'a> {
    issuer: Tlv<'a>,
    subject: Tlv<'a>,
    spki: Tlv<'a>,
}

impl<'a> Slices<'a> {
    /// Takes them by position from a version 3 certificate, whose version element is always written.
    fn cut(tbs: Tlv<'a>) -> der::Result<Self> {
        let fields = tlv::children(tbs.value)?;
        let field = |at: usize| fields.get(at).copied().ok_or_else(incomplete);
        Ok(Self {
            issuer: field(3)?,
            subject: field(5)?,
            spki: field(6)?,
        })
    }
}

/// Cuts poison and SCT list out of `tbs`; `None` when neither is there.
fn precert_tbs(tbs: Tlv<'_>) -> der::Result<Option<Vec<u8>>> {
    let mut cut = false;
    let mut fields = Vec::with_capacity(tbs.value.len());
    for field in tlv::children(tbs.value)? {
        if field.tag != EXTENSIONS_TAG {
            fields.extend_from_slice(field.raw);
            continue;
        }
        let mut kept = Vec::with_capacity(field.value.len());
        for extension in tlv::children(tlv::single(field.value)?.value)? {
            if is_ct_extension(extension)? {
                cut = true;
            } else {
                kept.extend_from_slice(extension.raw);
            }
        }
        // An empty list is not a list of extensions (RFC 5280 §4.1): it goes with its last element.
        if !kept.is_empty() {
            fields.extend(tlv::wrap(
                EXTENSIONS_TAG,
                &tlv::wrap(Tag::Sequence, &kept)?,
            )?);
        }
    }
    if cut {
        Ok(Some(tlv::wrap(Tag::Sequence, &fields)?))
    } else {
        Ok(None)
    }
}

fn is_ct_extension(extension: Tlv<'_>) -> der::Result<bool> {
    let id = tlv::children(extension.value)?
        .first()
        .copied()
        .ok_or_else(incomplete)?;
    let id = const_oid::ObjectIdentifier::from_der(id.raw)?;
    Ok(id == oid::CT_POISON || id == oid::CT_SCT_LIST)
}

fn check_version(version: Version) -> Result<(), CertificateError> {
    match version {
        Version::V3 => Ok(()),
        Version::V2 => Err(CertificateError::Version { found: 2 }),
        Version::V1 => Err(CertificateError::Version { found: 1 }),
    }
}

fn check_serial(serial: &[u8]) -> Result<(), CertificateError> {
    let negative = serial.first().is_none_or(|first| first & 0x80 != 0);
    if negative || serial.len() > MAX_SERIAL_OCTETS {
        return Err(CertificateError::SerialNumber {
            length: serial.len(),
        });
    }
    Ok(())
}

fn timestamp(time: Time) -> Result<Timestamp, CertificateError> {
    let seconds = time.to_unix_duration().as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|s| Timestamp::from_second(s).ok())
        .ok_or(CertificateError::Time { seconds })
}

fn malformed(source: der::Error) -> CertificateError {
    CertificateError::Malformed { source }
}

fn incomplete() -> der::Error {
    Tag::Sequence.length_error().into()
}
