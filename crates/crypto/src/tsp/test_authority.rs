//! A timestamp authority for tests, and the taking apart and putting together of what it issues.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::sync::Arc;

use cms::content_info::ContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode, Encode, Tag};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};

use super::asn1::{
    Attribute, EssCertIdV2, SignedData, SignerInfo, SigningCertificateV2, TimeStampResp, TstInfo,
};
use super::{
    DEFAULT_POLICY, TimeStampRequest, TimeStampResponse, TimestampIssuer, TspError,
    VerifiedTimestamp, oid,
};
use crate::{Certificate, HashAlgorithm, SigningKey, digest};

pub(super) const STAMPED: &[u8] = b"a signature";
pub(super) const SERIAL: [u8; 20] = [0x9a; 20];
const TIME_STAMPING: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 8];

pub(super) fn noon() -> Timestamp {
    "2026-11-23T12:00:00.75Z".parse().unwrap()
}

pub(super) fn query() -> TimeStampRequest {
    TimeStampRequest::new(
        HashAlgorithm::Sha2_256,
        digest(HashAlgorithm::Sha2_256, STAMPED),
    )
    .unwrap()
}

/// What the leaf certificate is made of.
pub(super) struct Leaf {
    pub(super) usages: &'static [u8],
    pub(super) usages_critical: bool,
    pub(super) ca: bool,
    pub(super) last_year: i32,
}

impl Default for Leaf {
    fn default() -> Self {
        Self {
            usages: TIME_STAMPING,
            usages_critical: true,
            ca: false,
            last_year: 2035,
        }
    }
}

/// A key with a certificate under a root of its own; every authority has the same names and serial numbers.
pub(super) struct Authority {
    pub(super) key: Arc<SigningKey>,
    pub(super) chain: Vec<Certificate>,
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::with(&rcgen::PKCS_ECDSA_P256_SHA256, Leaf::default())
    }

    pub(super) fn with(algorithm: &'static rcgen::SignatureAlgorithm, leaf: Leaf) -> Self {
        let mut root = params("root", 2040);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_key = KeyPair::generate_for(algorithm).unwrap();
        let root_certificate = root.self_signed(&root_key).unwrap();

        let mut params = params("tsa", leaf.last_year);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.is_ca = if leaf.ca {
            IsCa::Ca(BasicConstraints::Unconstrained)
        } else {
            IsCa::ExplicitNoCa
        };
        let mut usages = CustomExtension::from_oid_content(&[2, 5, 29, 37], leaf.usages.to_vec());
        usages.set_criticality(leaf.usages_critical);
        params.custom_extensions = vec![usages];
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = params
            .signed_by(&key, &Issuer::from_params(&root, root_key))
            .unwrap();
        Self {
            key: Arc::new(SigningKey::from_pkcs8_pem(&key.serialize_pem()).unwrap()),
            chain: vec![
                Certificate::from_der(certificate.der()).unwrap(),
                Certificate::from_der(root_certificate.der()).unwrap(),
            ],
        }
    }

    pub(super) fn leaf(&self) -> &Certificate {
        self.chain.first().unwrap()
    }

    pub(super) fn issuer(&self) -> TimestampIssuer {
        TimestampIssuer::new(self.key.clone(), self.chain.clone(), DEFAULT_POLICY).unwrap()
    }

    /// An honest response over [`STAMPED`].
    pub(super) fn response(&self) -> Vec<u8> {
        self.issuer().issue(&query(), SERIAL, noon()).unwrap()
    }

    /// An honest response, taken apart, changed by `edit`, and put together again.
    pub(super) fn forged(&self, edit: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut parts = Parts::of(&self.response());
        edit(&mut parts);
        parts.assemble(self)
    }
}

fn params(name: &str, last_year: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "example.test");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
    params.serial_number = Some(SerialNumber::from_slice(&[0x7f, 1, 2, 3]));
    params
}

/// A response in pieces that a test may change.
pub(super) struct Parts {
    pub(super) response: TimeStampResp,
    pub(super) token_type: ObjectIdentifier,
    pub(super) signed: SignedData,
    pub(super) info: TstInfo,
    pub(super) attributes: Vec<Attribute>,
    pub(super) signer: SignerInfo,
    /// Whether the message digest follows the content.
    pub(super) digest_anew: bool,
    /// Whether the authority's key signs the attributes again.
    pub(super) sign_anew: bool,
    /// What the last step does with the one signer.
    pub(super) signers: fn(Any) -> Vec<Any>,
}

impl Parts {
    fn of(der: &[u8]) -> Self {
        let response = TimeStampResp::from_der(der).unwrap();
        let token: ContentInfo = response.token.as_ref().unwrap().decode_as().unwrap();
        let signed: SignedData = token.content.decode_as().unwrap();
        let content = signed.encap_content_info.econtent.as_ref().unwrap();
        let signer: SignerInfo = signed.signer_infos.get(0).unwrap().decode_as().unwrap();
        Self {
            token_type: token.content_type,
            info: TstInfo::from_der(content.value()).unwrap(),
            attributes: signer
                .signed_attrs
                .iter()
                .flatten()
                .map(|a| a.decode_as().unwrap())
                .collect(),
            response,
            signed,
            signer,
            digest_anew: true,
            sign_anew: true,
            signers: |signer| vec![signer],
        }
    }

    pub(super) fn attribute(&mut self, oid: ObjectIdentifier) -> &mut Attribute {
        self.attributes
            .iter_mut()
            .find(|attribute| attribute.oid == oid)
            .unwrap()
    }

    pub(super) fn set_attribute(&mut self, oid: ObjectIdentifier, value: &impl Encode) {
        let value = Any::from_der(&value.to_der().unwrap()).unwrap();
        self.attribute(oid).values = SetOfVec::try_from(vec![value]).unwrap();
    }

    fn assemble(mut self, authority: &Authority) -> Vec<u8> {
        let content = self.info.to_der().unwrap();
        if let Some(stored) = &mut self.signed.encap_content_info.econtent {
            *stored = Any::new(Tag::OctetString, content.clone()).unwrap();
        }
        let hash = authority.key.public_key().algorithm().default_hash();
        if self.digest_anew
            && self
                .attributes
                .iter()
                .any(|attribute| attribute.oid == oid::MESSAGE_DIGEST)
        {
            self.set_attribute(
                oid::MESSAGE_DIGEST,
                &OctetString::new(digest(hash, &content)).unwrap(),
            );
        }
        let encoded: Vec<Vec<u8>> = self
            .attributes
            .iter()
            .map(|attribute| attribute.to_der().unwrap())
            .collect();
        if self.sign_anew {
            let set = Any::new(Tag::Set, encoded.concat())
                .unwrap()
                .to_der()
                .unwrap();
            self.signer.signature = OctetString::new(authority.key.sign(&set).unwrap()).unwrap();
        }
        if let Some(stored) = &mut self.signer.signed_attrs {
            *stored = encoded
                .iter()
                .map(|one| Any::from_der(one).unwrap())
                .collect();
        }
        let signers = (self.signers)(Any::encode_from(&self.signer).unwrap());
        self.signed.signer_infos = SetOfVec::try_from(signers).unwrap();
        let content = Any::encode_from(&self.signed).unwrap();
        let token = ContentInfo {
            content_type: self.token_type,
            content,
        };
        if let Some(stored) = &mut self.response.token {
            *stored = Any::encode_from(&token).unwrap();
        }
        self.response.to_der().unwrap()
    }
}

/// The verdict on a response over [`STAMPED`].
pub(super) fn judge(der: &[u8], chain: &[Certificate]) -> Result<VerifiedTimestamp, TspError> {
    TimeStampResponse::parse(der)?.verify(STAMPED, chain)
}

/// What an authority's own response is refused for after `edit`.
pub(super) fn refused(edit: impl FnOnce(&mut Parts)) -> TspError {
    let authority = Authority::new();
    judge(&authority.forged(edit), &authority.chain).unwrap_err()
}

/// Changes the first certificate that the signing certificate attribute names.
pub(super) fn edit_bound(parts: &mut Parts, edit: impl FnOnce(&mut EssCertIdV2)) {
    let stored = parts
        .attribute(oid::SIGNING_CERTIFICATE_V2)
        .values
        .get(0)
        .unwrap()
        .clone();
    let mut named: SigningCertificateV2 = stored.decode_as().unwrap();
    edit(named.certs.first_mut().unwrap());
    parts.set_attribute(oid::SIGNING_CERTIFICATE_V2, &named);
}

/// Puts another certificate hash into the signing certificate attribute.
pub(super) fn set_bound_hash(parts: &mut Parts, hash: Vec<u8>) {
    edit_bound(parts, |bound| {
        bound.cert_hash = OctetString::new(hash).unwrap();
    });
}
