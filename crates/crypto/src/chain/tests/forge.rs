//! Certificates that our own profile would never make.

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

use crate::{Certificate, ChainError, ChainPurpose, verify_chain};

/// Extended key usage, whose criticality rcgen does not let one choose.
const EKU: &[u64] = &[2, 5, 29, 37];

/// A certificate with its key and the parameters it was made from.
pub(super) struct Node {
    pub(super) params: CertificateParams,
    pub(super) key: KeyPair,
    pub(super) certificate: Certificate,
}

impl Node {
    pub(super) fn self_signed(params: CertificateParams) -> Self {
        Self::self_signed_with(params, KeyPair::generate().unwrap())
    }

    pub(super) fn self_signed_with(params: CertificateParams, key: KeyPair) -> Self {
        let certificate = read(&params.self_signed(&key).unwrap());
        Self {
            params,
            key,
            certificate,
        }
    }

    pub(super) fn issue(&self, params: CertificateParams) -> Self {
        self.issue_for(params, KeyPair::generate().unwrap())
    }

    pub(super) fn issue_for(&self, params: CertificateParams, key: KeyPair) -> Self {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = read(&params.signed_by(&key, &issuer).unwrap());
        Self {
            params,
            key,
            certificate,
        }
    }

    /// A second handle on the key, to certify it again.
    pub(super) fn same_key(&self) -> KeyPair {
        KeyPair::from_pem(&self.key.serialize_pem()).unwrap()
    }
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

/// An authority valid 2020 to 2040 without path length or extended key usage, naming its issuer's key.
pub(super) fn authority(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A code-signing leaf.
pub(super) fn leaf() -> CertificateParams {
    let mut params = base("leaf");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params.subject_alt_names = vec![SanType::Rfc822Name("a@example.com".try_into().unwrap())];
    params
}

/// A timestamping leaf.
pub(super) fn tsa_leaf() -> CertificateParams {
    let mut params = base("tsa");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.custom_extensions = vec![extension(
        EKU,
        true,
        b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08",
    )];
    params
}

pub(super) fn extension(oid: &[u64], critical: bool, value: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, value.to_vec());
    extension.set_criticality(critical);
    extension
}

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

/// A moment at which everything here is valid.
pub(super) fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// The subjects of the path found.
pub(super) fn verify(
    leaf: &Node,
    intermediates: &[&Node],
    roots: &[&Node],
) -> Result<Vec<String>, ChainError> {
    verify_for(leaf, intermediates, roots, ChainPurpose::CodeSigning)
}

pub(super) fn verify_for(
    leaf: &Node,
    intermediates: &[&Node],
    roots: &[&Node],
    purpose: ChainPurpose,
) -> Result<Vec<String>, ChainError> {
    let certificates = |nodes: &[&Node]| {
        nodes
            .iter()
            .map(|n| n.certificate.clone())
            .collect::<Vec<_>>()
    };
    let path = verify_chain(
        &leaf.certificate,
        &certificates(intermediates),
        &certificates(roots),
        now(),
        purpose,
    )?;
    Ok(path
        .iter()
        .map(|c| c.subject_cn().unwrap().to_owned())
        .collect())
}
