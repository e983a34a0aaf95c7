//! A signing authority and CT logs whose keys the test holds: it issues certificates with any list of SCTs.

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    IntermediateKind, Issuer, LeafRequest, LeafSubject, SignedPrecert, Unlinted, make_intermediate,
    make_root,
};
use sigbox_crypto::{
    Certificate, KeyAlgorithm, PublicKey, Sct, SctEntry, SigningKey, random_bytes,
};
use sigbox_tlog::UnixMillis;
use sigbox_wire::{
    CertificateAuthority, HashAlgorithm, KeyDetails, LogInstance, LogPublicKey, TimeRange,
};

use crate::deployment::{ISSUER, SUBJECT};
use crate::stamping::ca_request;

/// `ecdsa-with-SHA256` as an `AlgorithmIdentifier`.
const ECDSA_WITH_SHA256: [u8; 12] = [
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
];
/// The SCT list's extension type, 1.3.6.1.4.1.11129.2.4.2.
const SCT_LIST: [u8; 12] = [
    0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02,
];

pub(crate) struct Authority {
    /// Intermediate and root, as the trusted root has them.
    chain: [Certificate; 2],
    /// The intermediate's longer-lived twin of the same name and key, by which leaves may outlive the one in the chain.
    issuing: Certificate,
    key: SigningKey,
}

impl Authority {
    /// An authority whose intermediate certificate ends at `until`; all have the same names.
    pub(crate) fn new(now: Timestamp, until: Timestamp) -> Self {
        let [root_key, key] =
            [(); 2].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let day = SignedDuration::from_hours(24);
        let root = ca_request("Second Root", now - day, now + day * 3650);
        let root = make_root(&root_key, &root).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let certify = |until| {
            let request = ca_request("Second CA", now - day, until);
            let kind = IntermediateKind::CodeSigning;
            make_intermediate(&issuer, key.public_key(), &request, kind).unwrap()
        };
        let (intermediate, issuing) = (certify(until), certify(now + day * 365));
        Self {
            chain: [intermediate, root],
            issuing,
            key,
        }
    }

    pub(crate) fn instance(&self) -> CertificateAuthority {
        let chain = self.chain.iter();
        CertificateAuthority {
            organization: "second.example.test".to_owned(),
            common_name: "Second Root".to_owned(),
            uri: "https://second.example.test/ca".to_owned(),
            cert_chain: chain
                .map(|certificate| certificate.der().to_vec())
                .collect(),
            valid_for: TimeRange::default(),
        }
    }

    pub(crate) fn key_hash(&self) -> [u8; 32] {
        self.key.public_key().key_id()
    }

    /// A precertificate for the default signer that holds for ten minutes from `at`.
    pub(crate) fn precertify(&self, key: &PublicKey, at: Timestamp) -> SignedPrecert {
        let request = LeafRequest {
            key: key.clone(),
            subject: LeafSubject::Email(SUBJECT.to_owned()),
            issuer: ISSUER.to_owned(),
            token_subject: SUBJECT.to_owned(),
            not_before: at,
            not_after: at + SignedDuration::from_mins(10),
        };
        let unlinted = Unlinted::build(&self.issuing, request, random_bytes().unwrap()).unwrap();
        unlinted.lint().unwrap().sign_precert(&self.key).unwrap()
    }

    /// The certificate with these SCTs, whoever made them.
    pub(crate) fn issue(&self, precertificate: &SignedPrecert, scts: &[Sct]) -> Vec<u8> {
        let list = element(0x04, &element(0x04, &Sct::encode_list(scts).unwrap()));
        let extension = element(0x30, &[SCT_LIST.as_slice(), &list].concat());
        let tbs = with_extension(precertificate.tbs(), &extension);
        let signature = [&[0], self.key.sign(&tbs).unwrap().as_slice()].concat();
        let signature = element(0x03, &signature);
        element(
            0x30,
            &[&tbs, ECDSA_WITH_SHA256.as_slice(), &signature].concat(),
        )
    }
}

/// A certificate transparency log.
pub(crate) struct CtLog {
    key: SigningKey,
}

impl CtLog {
    pub(crate) fn new() -> Self {
        Self {
            key: SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap(),
        }
    }

    /// An SCT for a precertificate of the issuer with this key hash.
    pub(crate) fn sct(&self, issuer_key_hash: [u8; 32], tbs: &[u8], at: Timestamp) -> Sct {
        let entry = SctEntry::Precert {
            issuer_key_hash: &issuer_key_hash,
            tbs,
        };
        let millis = UnixMillis(u64::try_from(at.as_millisecond()).unwrap());
        Sct::sign(&self.key, millis, entry, Vec::new()).unwrap()
    }

    pub(crate) fn instance(&self) -> LogInstance {
        let key = self.key.public_key();
        LogInstance {
            base_url: "https://second.example.test/ct".to_owned(),
            hash_algorithm: HashAlgorithm::Sha2_256,
            public_key: LogPublicKey {
                raw_bytes: key.spki_der().to_vec(),
                key_details: KeyDetails::PkixEcdsaP256Sha256,
                valid_for: TimeRange::from_start(Timestamp::UNIX_EPOCH),
            },
            log_id: key.key_id().to_vec(),
            checkpoint_key_id: None,
        }
    }
}

/// A DER element with the shortest length that holds.
fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = match u16::try_from(value.len()).unwrap() {
        short @ 0..=127 => vec![short.to_be_bytes()[1]],
        medium @ 128..=255 => vec![0x81, medium.to_be_bytes()[1]],
        long => [&[0x82], long.to_be_bytes().as_slice()].concat(),
    };
    [&[tag], length.as_slice(), value].concat()
}

/// The content of the first DER element and what follows it.
fn content(der: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match der[1] {
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(u16::from_be_bytes([der[2], der[3]]))),
        short => (2, usize::from(short)),
    };
    (&der[start..start + length], &der[start + length..])
}

/// A TBSCertificate with one more extension; the extensions stand last in it.
fn with_extension(tbs: &[u8], extension: &[u8]) -> Vec<u8> {
    let (fields, _) = content(tbs);
    let mut last = fields;
    while !content(last).1.is_empty() {
        last = content(last).1;
    }
    let (extensions, _) = content(content(last).0);
    let extensions = element(0x30, &[extensions, extension].concat());
    let before = &fields[..fields.len() - last.len()];
    element(0x30, &[before, &element(0xa3, &extensions)].concat())
}
