//! The authority's side: a checked request and a time become a signed response.

mod error;

use std::sync::Arc;

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::EncapsulatedContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, Int, OctetString, SetOfVec, Uint};
use der::{Decode, Encode, Tag, TagNumber};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

pub use self::error::{IssueError, IssuerError};
use super::asn1::{
    self, Accuracy, Attribute, EssCertIdV2, IssuerAndSerialNumber, IssuerSerial, PkiStatusInfo,
    SignedData, SignerInfo, SigningCertificateV2, TimeStampResp, TstInfo,
};
use super::gen_time::GenTime;
use super::request::{TimeStampRequest, VERSION};
use super::{oid, verify};
use crate::{Certificate, SignatureAlgorithm, Signer, digest, sha256};

/// Seconds by which a time that we stamp may be off.
const ACCURACY_SECONDS: u32 = 1;

/// Signs timestamps with one key, under one policy, in the one form that every Sigstore client reads.
pub struct TimestampIssuer {
    signer: Arc<dyn Signer>,
    chain: Vec<Certificate>,
    policy: ObjectIdentifier,
}

impl TimestampIssuer {
    /// Prepares an authority; `chain` runs from the certificate of `signer` to the root.
    ///
    /// # Errors
    /// [`IssuerError`] names the rule that key or chain break; none of them depends on the time.
    ///
    /// Source: RFC 3161 §2.3 (critical and sole key usage); sigstore-js reads ECDSA signatures only.
    pub fn new(
        signer: Arc<dyn Signer>,
        chain: Vec<Certificate>,
        policy: ObjectIdentifier,
    ) -> Result<Self, IssuerError> {
        let [leaf, _issuer, ..] = chain.as_slice() else {
            return Err(IssuerError::ChainTooShort { found: chain.len() });
        };
        if leaf.public_key().spki_der() != signer.public_key().spki_der() {
            return Err(IssuerError::KeyMismatch);
        }
        if !signer.public_key().algorithm().is_ecdsa() {
            return Err(IssuerError::KeyAlgorithm {
                found: signer.public_key().algorithm(),
            });
        }
        verify::check_signer_profile(leaf).map_err(|source| IssuerError::Profile { source })?;
        Ok(Self {
            signer,
            chain,
            policy,
        })
    }

    /// The authority's chain, signer first, root last.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The policy that answers name, and the only one that may be asked for.
    pub fn policy(&self) -> ObjectIdentifier {
        self.policy
    }

    /// Answers `request` with a DER `TimeStampResp` for `gen_time`, whose fraction of a second is cut off.
    ///
    /// `serial` is read as an unsigned number: 20 random bytes that this authority never uses twice.
    ///
    /// # Errors
    /// [`IssueError::PolicyNotAccepted`] and [`IssueError::ExtensionsNotAccepted`] are the client's fault;
    /// [`IssueError::OutsideValidity`] means that a certificate of the chain does not hold at `gen_time`.
    ///
    /// Source: RFC 3161 §2.4.2, RFC 5816; the form is that of the reference authority.
    pub fn issue(
        &self,
        request: &TimeStampRequest,
        serial: [u8; 20],
        gen_time: Timestamp,
    ) -> Result<Vec<u8>, IssueError> {
        if let Some(requested) = request
            .policy()
            .filter(|requested| *requested != self.policy)
        {
            return Err(IssueError::PolicyNotAccepted {
                requested,
                accepted: self.policy,
            });
        }
        if request.has_extensions() {
            return Err(IssueError::ExtensionsNotAccepted);
        }
        if serial == [0; 20] {
            return Err(IssueError::ZeroSerial);
        }
        let gen_time = GenTime::whole_seconds(gen_time)
            .map_err(|_| IssueError::TimeRange { found: gen_time })?;
        self.check_validity(gen_time.0)?;
        let leaf = self.chain.first().ok_or(IssueError::NoCertificate)?;

        let content = tst_info(request, leaf, self.policy, &serial, gen_time)?.to_der()?;
        let signed_data = self.sign(request, leaf, &content, gen_time.0)?;
        let token = ContentInfo {
            content_type: oid::SIGNED_DATA,
            content: Any::encode_from(&signed_data)?,
        };
        let status = PkiStatusInfo {
            status: verify::GRANTED,
            status_string: None,
            fail_info: None,
        };
        Ok(TimeStampResp {
            status,
            token: Some(Any::encode_from(&token)?),
        }
        .to_der()?)
    }

    fn check_validity(&self, at: Timestamp) -> Result<(), IssueError> {
        match self
            .chain
            .iter()
            .find(|certificate| at < certificate.not_before() || at > certificate.not_after())
        {
            None => Ok(()),
            Some(certificate) => Err(IssueError::OutsideValidity {
                at,
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
            }),
        }
    }

    fn sign(
        &self,
        request: &TimeStampRequest,
        leaf: &Certificate,
        content: &[u8],
        at: Timestamp,
    ) -> Result<SignedData, IssueError> {
        let algorithm = SignatureAlgorithm::for_key(self.signer.public_key().algorithm());
        let digest_algorithm = AlgorithmIdentifierOwned {
            oid: asn1::oid_of(algorithm.hash()),
            parameters: None,
        };
        // The set type sorts as DER demands; what is stored below is exactly what is signed here.
        let attributes = signed_attributes(leaf, &digest(algorithm.hash(), content), at)?;
        let signature = self
            .signer
            .sign(&attributes.to_der()?)
            .map_err(|source| IssueError::Sign { source })?;

        let signer_info = SignerInfo {
            version: CmsVersion::V1,
            sid: Any::encode_from(&IssuerAndSerialNumber {
                issuer: Any::from_der(leaf.issuer_der())?,
                serial_number: verify::serial_of(leaf)?,
            })?,
            digest_algorithm: digest_algorithm.clone(),
            signed_attrs: Some(
                attributes
                    .iter()
                    .map(Any::encode_from)
                    .collect::<Result<_, _>>()?,
            ),
            signature_algorithm: algorithm.identifier(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        Ok(SignedData {
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![digest_algorithm])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: oid::TST_INFO,
                econtent: Some(Any::new(Tag::OctetString, content)?),
            },
            certificates: if request.cert_req() {
                Some(vec![Any::from_der(leaf.der())?])
            } else {
                None
            },
            crls: None,
            signer_infos: SetOfVec::try_from(vec![Any::encode_from(&signer_info)?])?,
        })
    }
}

fn tst_info(
    request: &TimeStampRequest,
    leaf: &Certificate,
    policy: ObjectIdentifier,
    serial: &[u8],
    gen_time: GenTime,
) -> Result<TstInfo, der::Error> {
    Ok(TstInfo {
        version: VERSION,
        policy,
        message_imprint: asn1::imprint(request.hash(), request.digest())?,
        serial_number: Int::from(Uint::new(serial)?),
        gen_time,
        accuracy: Some(Accuracy {
            seconds: Some(ACCURACY_SECONDS),
            millis: None,
            micros: None,
        }),
        ordering: false,
        nonce: request.nonce().map(|nonce| nonce.integer().clone()),
        tsa: Some(directory_name(leaf.subject_der())?),
        extensions: None,
    })
}

fn signed_attributes(
    leaf: &Certificate,
    digest: &[u8],
    at: Timestamp,
) -> Result<SetOfVec<Attribute>, IssueError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| IssueError::TimeRange { found: at })?;
    let signing_time =
        Time::try_from(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))?;
    let certificate = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            // Absent: SHA-256 is the default, and DER leaves defaults out.
            hash_algorithm: None,
            cert_hash: OctetString::new(sha256(leaf.der()))?,
            issuer_serial: Some(IssuerSerial {
                issuer: vec![directory_name(leaf.issuer_der())?],
                serial_number: verify::serial_of(leaf)?,
            }),
        }],
        policies: None,
    };
    Ok(SetOfVec::try_from(vec![
        attribute(oid::CONTENT_TYPE, Any::encode_from(&oid::TST_INFO)?)?,
        attribute(oid::SIGNING_TIME, Any::encode_from(&signing_time)?)?,
        attribute(oid::MESSAGE_DIGEST, Any::new(Tag::OctetString, digest)?)?,
        attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&certificate)?)?,
    ])?)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// A `GeneralName` of the form `directoryName [4]`, the name copied byte for byte.
fn directory_name(name_der: &[u8]) -> Result<Any, der::Error> {
    Any::new(
        Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(4),
        },
        name_der,
    )
}

#[cfg(test)]
mod tests;
