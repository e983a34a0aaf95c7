//! From parts to the bytes of a certificate.
//!
//! x509-cert supplies the types; its builder is not used because it takes names as parsed values and writes them anew,
//! while an issuer's name has to be repeated byte for byte.

use der::{
    Encode as _, Sequence,
    asn1::{AnyRef, BitString, UintRef},
};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    certificate::Version,
    ext::Extension,
    time::{Time, Validity},
};

use super::ProfileError;
use crate::{Certificate, PublicKey, SignatureAlgorithm, Signer};

/// Everything that is signed, except the algorithm, which follows from the signer's key.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) serial: [u8; 20],
    /// DER.
    pub(super) issuer: Vec<u8>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// DER.
    pub(super) subject: Vec<u8>,
    /// DER.
    pub(super) spki: Vec<u8>,
    pub(super) extensions: Vec<Extension>,
}

/// RFC 5280 §4.1 `TBSCertificate`, with the parts that are kept exactly as undecoded DER.
#[derive(Sequence)]
struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: UintRef<'a>,
    signature: AlgorithmIdentifierOwned,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    subject_public_key_info: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// RFC 5280 §4.1 `Certificate`.
#[derive(Sequence)]
struct SignedCertificate<'a> {
    tbs_certificate: AnyRef<'a>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Template {
    /// The bytes to sign with `algorithm`.
    fn tbs(&self, algorithm: SignatureAlgorithm) -> Result<Vec<u8>, ProfileError> {
        let tbs = TbsCertificate {
            version: Version::V3,
            serial_number: UintRef::new(&self.serial)?,
            signature: algorithm.identifier(),
            issuer: AnyRef::try_from(self.issuer.as_slice())?,
            validity: Validity::new(self.time(self.not_before)?, self.time(self.not_after)?),
            subject: AnyRef::try_from(self.subject.as_slice())?,
            subject_public_key_info: AnyRef::try_from(self.spki.as_slice())?,
            extensions: self.extensions.clone(),
        };
        Ok(tbs.to_der()?)
    }

    /// Signs as the authority whose certificate key is `issuer_key`, and checks the signature before it leaves.
    pub(super) fn sign(
        &self,
        issuer_key: &PublicKey,
        signer: &dyn Signer,
    ) -> Result<Certificate, ProfileError> {
        let algorithm = SignatureAlgorithm::for_key(issuer_key.algorithm());
        let tbs = self.tbs(algorithm)?;
        let signature = signer
            .sign(&tbs)
            .map_err(|source| ProfileError::Sign { source })?;
        issuer_key
            .verify(algorithm.hash(), &tbs, &signature)
            .map_err(|source| ProfileError::Signature { source })?;
        assemble(&tbs, algorithm, &signature)
    }

    /// The certificate as it would be read, with an empty signature: for the lint, never handed out.
    pub(super) fn unsigned(&self, issuer_key: &PublicKey) -> Result<Certificate, ProfileError> {
        let algorithm = SignatureAlgorithm::for_key(issuer_key.algorithm());
        assemble(&self.tbs(algorithm)?, algorithm, &[])
    }

    /// Whole seconds: UTCTime to the end of 2049, GeneralizedTime after.
    fn time(&self, at: Timestamp) -> Result<Time, ProfileError> {
        let out_of_range = || ProfileError::Validity {
            not_before: self.not_before,
            not_after: self.not_after,
        };
        let seconds = u64::try_from(at.as_second()).map_err(|_| out_of_range())?;
        let since_1970 = std::time::Duration::from_secs(seconds);
        let date = der::DateTime::from_unix_duration(since_1970).map_err(|_| out_of_range())?;
        // The encoder of `Validity` chooses between the two kinds of time.
        Ok(Time::from(date))
    }
}

/// Puts signed bytes and signature together, and reads the result as anyone would.
fn assemble(
    tbs: &[u8],
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> Result<Certificate, ProfileError> {
    let certificate = SignedCertificate {
        tbs_certificate: AnyRef::try_from(tbs)?,
        signature_algorithm: algorithm.identifier(),
        signature: BitString::from_bytes(signature)?,
    };
    Certificate::from_der(&certificate.to_der()?)
        .map_err(|source| ProfileError::Unreadable { source })
}

/// Keeps 159 of the 160 random bits, so that the number is positive in 20 octets.
pub(super) fn positive(random: [u8; 20]) -> Result<[u8; 20], ProfileError> {
    let [first, rest @ ..] = random;
    let mut serial = [0; 20];
    for (to, from) in serial
        .iter_mut()
        .zip([first & 0x7f].into_iter().chain(rest))
    {
        *to = from;
    }
    if serial.iter().all(|octet| *octet == 0) {
        Err(ProfileError::ZeroSerial)
    } else {
        Ok(serial)
    }
}
