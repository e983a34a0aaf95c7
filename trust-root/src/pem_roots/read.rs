//! Files to certificates and keys.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sigbox_crypto::pem::{self, PemBlock};
use sigbox_crypto::{Certificate, PublicKey};

use super::PemFault;

const CERTIFICATES: &str = "PEM certificates";
const KEYS: &str = "PEM public keys";
/// Far more than 32 blocks have; a variable that names a device or an image must not fill the memory.
const MAX_BYTES: u64 = 1024 * 1024;
/// The first byte of DER, and of no text.
const DER_SEQUENCE: u8 = 0x30;

/// All certificates of a file; one that stands there twice is taken once.
pub(super) fn certificates(path: &Path) -> Result<Vec<Certificate>, PemFault> {
    let mut certificates: Vec<Certificate> = Vec::new();
    for (position, block) in (1..).zip(blocks(bytes(path)?, CERTIFICATES)?) {
        check_label(&block, position, CERTIFICATES, &["CERTIFICATE"])?;
        let certificate = Certificate::from_der(&block.der)
            .map_err(|source| PemFault::Certificate { position, source })?;
        if certificates
            .iter()
            .all(|one| one.der() != certificate.der())
        {
            certificates.push(certificate);
        }
    }
    Ok(certificates)
}

/// All public keys of a file, or the one that it is as DER.
///
/// Source: cosign `pkg/cosign/tlog.go` and `ctlog.go`: PEM, and DER for the CT log.
pub(super) fn keys(path: &Path) -> Result<Vec<PublicKey>, PemFault> {
    let bytes = bytes(path)?;
    if bytes.first() == Some(&DER_SEQUENCE) {
        let unusable = |source| PemFault::PublicKey {
            position: 1,
            source,
        };
        return Ok(vec![PublicKey::from_spki_der(&bytes).map_err(unusable)?]);
    }
    let mut keys: Vec<PublicKey> = Vec::new();
    for (position, block) in (1..).zip(blocks(bytes, KEYS)?) {
        check_label(&block, position, KEYS, &["PUBLIC KEY", "RSA PUBLIC KEY"])?;
        let key = PublicKey::from_pem(&pem::encode(&block.label, &block.der))
            .map_err(|source| PemFault::PublicKey { position, source })?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

fn bytes(path: &Path) -> Result<Vec<u8>, PemFault> {
    let file = File::open(path).map_err(PemFault::Read)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(PemFault::Read)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PemFault::TooLarge { limit: MAX_BYTES });
    }
    Ok(bytes)
}

fn blocks(bytes: Vec<u8>, expected: &'static str) -> Result<Vec<PemBlock>, PemFault> {
    let text = String::from_utf8(bytes).map_err(|_| PemFault::NotText)?;
    pem::decode_all(&text).map_err(|source| PemFault::Pem { expected, source })
}

fn check_label(
    block: &PemBlock,
    position: usize,
    expected: &'static str,
    labels: &[&str],
) -> Result<(), PemFault> {
    if labels.contains(&block.label.as_str()) {
        return Ok(());
    }
    Err(PemFault::Label {
        expected,
        position,
        found: block.label.clone(),
    })
}
