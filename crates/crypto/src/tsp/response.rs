//! A response as it was sent: taken apart, not judged.

use cms::content_info::ContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use jiff::Timestamp;
use sigbox_wire::HashAlgorithm;

use super::asn1::{self, SignedData, SignerInfo, TimeStampResp, TstInfo};
use super::error::{TspError, TspPart};
use super::request::{Nonce, TimeStampRequest, VERSION};
use super::{Octets, oid, verify};

/// The largest response read, in bytes: a token with a long embedded chain has less than a tenth of this.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// A granted `TimeStampResp` with one signer and a sound `TSTInfo`; nothing about its signature is known yet.
#[derive(Clone, Debug)]
pub struct TimeStampResponse {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) signer: SignerInfo,
    pub(super) content: Vec<u8>,
    pub(super) info: TstInfo,
    hash: HashAlgorithm,
    nonce: Option<Nonce>,
}

impl TimeStampResponse {
    /// Takes a DER `TimeStampResp` apart.
    ///
    /// # Errors
    /// [`TspError`] names the rule of form that is broken; a response that was not granted is
    /// [`TspError::NotGranted`].
    ///
    /// Source: RFC 3161 §2.4.2, RFC 5652 §5.
    pub fn parse(der: &[u8]) -> Result<Self, TspError> {
        if der.len() > MAX_RESPONSE_BYTES {
            return Err(TspError::TooLarge {
                limit: MAX_RESPONSE_BYTES,
                found: der.len(),
            });
        }
        let response = TimeStampResp::from_der(der).map_err(in_part(TspPart::Response))?;
        if response.status.status != verify::GRANTED {
            return Err(TspError::NotGranted {
                found: response.status.status,
            });
        }
        let token: ContentInfo = response
            .token
            .ok_or(TspError::MissingToken)?
            .decode_as()
            .map_err(in_part(TspPart::Token))?;
        if token.content_type != oid::SIGNED_DATA {
            return Err(TspError::TokenType {
                expected: oid::SIGNED_DATA,
                found: token.content_type,
            });
        }
        let signed: SignedData = token
            .content
            .decode_as()
            .map_err(in_part(TspPart::SignedData))?;
        Self::from_signed_data(signed)
    }

    fn from_signed_data(signed: SignedData) -> Result<Self, TspError> {
        let encapsulated = signed.encap_content_info;
        if encapsulated.econtent_type != oid::TST_INFO {
            return Err(TspError::EncapsulatedType {
                expected: oid::TST_INFO,
                found: encapsulated.econtent_type,
            });
        }
        let content = encapsulated.econtent.ok_or(TspError::MissingContent)?;
        let content = content
            .decode_as::<&OctetStringRef>()
            .map_err(in_part(TspPart::SignedData))?
            .as_bytes()
            .to_vec();
        let [signer] = signed.signer_infos.as_ref() else {
            return Err(TspError::SignerCount {
                found: signed.signer_infos.len(),
            });
        };
        let signer = signer.decode_as().map_err(in_part(TspPart::SignerInfo))?;
        let certificates = signed.certificates.unwrap_or_default();
        let certificates = certificates
            .iter()
            .map(Encode::to_der)
            .collect::<Result<_, _>>();

        let info = TstInfo::from_der(&content).map_err(in_part(TspPart::TstInfo))?;
        let (hash, nonce) = check_info(&info)?;
        Ok(Self {
            certificates: certificates.map_err(in_part(TspPart::SignedData))?,
            signer,
            content,
            info,
            hash,
            nonce,
        })
    }

    /// The time that the response claims; only [`verify`](Self::verify) makes it worth anything.
    pub fn gen_time(&self) -> Timestamp {
        self.info.gen_time.0
    }

    /// The policy that the response claims.
    pub fn policy(&self) -> ObjectIdentifier {
        self.info.policy
    }

    /// The hash that made the imprint.
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// The imprint: the digest of what was stamped.
    pub fn imprint(&self) -> &[u8] {
        self.info.message_imprint.hashed_message.as_bytes()
    }

    /// The content octets of the DER INTEGER that numbers this token.
    pub fn serial(&self) -> &[u8] {
        self.info.serial_number.as_bytes()
    }

    /// The nonce, if one was sent back.
    pub fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// The DER of the certificates that the token carries, in their order; nothing vouches for them.
    pub fn embedded_certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// Checks that the response answers `request`: same digest, same nonce, the policy asked for.
    ///
    /// For the one who asked; a bundle's verifier has no request. It says nothing about the signature.
    ///
    /// # Errors
    /// [`TspError::Imprint`], [`TspError::Nonce`] or [`TspError::Policy`].
    ///
    /// Source: RFC 3161 §2.4.2.
    pub fn check_answers(&self, request: &TimeStampRequest) -> Result<(), TspError> {
        if self.hash != request.hash() || self.imprint() != request.digest() {
            return Err(TspError::Imprint {
                hash: self.hash,
                expected: Octets::from(request.digest()),
                found: Octets::from(self.imprint()),
            });
        }
        if let Some(expected) = request
            .nonce()
            .filter(|expected| self.nonce.as_ref() != Some(expected))
        {
            return Err(TspError::Nonce {
                expected: expected.clone(),
                found: self.nonce.clone(),
            });
        }
        match request.policy() {
            Some(expected) if expected != self.info.policy => Err(TspError::Policy {
                expected,
                found: self.info.policy,
            }),
            _ => Ok(()),
        }
    }
}

/// Judges the parts of a `TSTInfo` that need neither key nor artifact.
fn check_info(info: &TstInfo) -> Result<(HashAlgorithm, Option<Nonce>), TspError> {
    if info.version != VERSION {
        return Err(TspError::Version {
            expected: VERSION,
            found: info.version,
        });
    }
    let algorithm = info.message_imprint.hash_algorithm.oid;
    let hash = asn1::hash_of(&algorithm).ok_or(match algorithm {
        oid::SHA_1 => TspError::WeakImprint { found: algorithm },
        found => TspError::ImprintAlgorithm { found },
    })?;
    let mut extensions = info.extensions.iter().flatten();
    if let Some(extension) = extensions.find(|extension| extension.critical) {
        return Err(TspError::CriticalExtension {
            found: extension.extn_id,
        });
    }
    let nonce = info.nonce.clone().map(Nonce::from_integer);
    Ok((hash, nonce))
}

fn in_part(part: TspPart) -> impl Fn(der::Error) -> TspError {
    move |source| TspError::Malformed { part, source }
}

#[cfg(test)]
mod tests;
