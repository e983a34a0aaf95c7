//! The signing authority and its CT log key.

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, LeafRequest, Unlinted, make_intermediate,
    make_root,
};
use sigbox_crypto::{
    Certificate, KeyAlgorithm, PublicKey, Sct, SctEntry, SigningKey, oid, random_bytes,
};
use sigbox_tlog::UnixMillis;
use sigbox_wire::{
    CertificateAuthority, HashAlgorithm, KeyDetails, LogInstance, LogPublicKey, TimeRange,
};

use super::{Identity, LEAF_VALIDITY, Lie};

const ORGANIZATION: &str = "example.test";
/// How old every deployment is.
const AGE: SignedDuration = SignedDuration::from_hours(72);
const YEARS: SignedDuration = SignedDuration::from_hours(24 * 365 * 8);

/// CT extension with the leaf's index, as static logs write it: type 0, 5 bytes, index 7.
const LEAF_INDEX: [u8; 8] = [0, 0, 5, 0, 0, 0, 0, 7];

/// `ecdsa-with-SHA256` as an `AlgorithmIdentifier`.
const ECDSA_WITH_SHA256: [u8; 12] = [
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
];

/// What a certificate of the hierarchy is made from: named `common_name`, born with the deployment.
pub(super) fn ca_request(now: Timestamp, common_name: &str) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: ORGANIZATION.to_owned(),
            common_name: common_name.to_owned(),
        },
        not_before: now - AGE,
        not_after: now + YEARS,
        serial: random_bytes().unwrap(),
    }
}

/// An entry of the trusted root for a chain.
pub(super) fn chain_instance(
    uri: &str,
    chain: &[Certificate],
    valid_for: TimeRange,
) -> CertificateAuthority {
    CertificateAuthority {
        organization: ORGANIZATION.to_owned(),
        common_name: chain.last().unwrap().subject_cn().unwrap().to_owned(),
        uri: uri.to_owned(),
        cert_chain: chain
            .iter()
            .map(|certificate| certificate.der().to_vec())
            .collect(),
        valid_for,
    }
}

/// An entry of the trusted root for a P-256 log key.
pub(super) fn log_instance(base_url: &str, key: &PublicKey, valid_for: TimeRange) -> LogInstance {
    LogInstance {
        base_url: base_url.to_owned(),
        hash_algorithm: HashAlgorithm::Sha2_256,
        public_key: LogPublicKey {
            raw_bytes: key.spki_der().to_vec(),
            key_details: KeyDetails::PkixEcdsaP256Sha256,
            valid_for,
        },
        log_id: key.key_id().to_vec(),
        checkpoint_key_id: None,
    }
}

pub(super) struct Authority {
    born: Timestamp,
    chain: [Certificate; 2],
    key: SigningKey,
    ct_key: SigningKey,
}

impl Authority {
    pub(super) fn new(now: Timestamp) -> Self {
        let [root_key, key, ct_key] =
            [(); 3].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let root = make_root(&root_key, &ca_request(now, "Virtual Root")).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let request = ca_request(now, "Virtual CA");
        let intermediate = make_intermediate(
            &issuer,
            key.public_key(),
            &request,
            IntermediateKind::CodeSigning,
        )
        .unwrap();
        Self {
            born: now - AGE,
            chain: [intermediate, root],
            key,
            ct_key,
        }
    }

    pub(super) fn born(&self) -> Timestamp {
        self.born
    }

    pub(super) fn chain(&self) -> [&Certificate; 2] {
        self.chain.each_ref()
    }

    pub(super) fn ct_key(&self) -> &SigningKey {
        &self.ct_key
    }

    pub(super) fn instance(&self, valid_for: TimeRange) -> CertificateAuthority {
        chain_instance("https://ca.example.test", &self.chain, valid_for)
    }

    pub(super) fn ct_instance(&self, valid_for: TimeRange) -> LogInstance {
        log_instance(
            "https://ca.example.test/ct",
            self.ct_key.public_key(),
            valid_for,
        )
    }

    /// Issues a signing certificate that begins at `begin`, logged with `ct_key`.
    pub(super) fn issue(
        &self,
        key: &PublicKey,
        identity: &Identity,
        begin: Timestamp,
        ct_key: &SigningKey,
        lie: Lie,
    ) -> Certificate {
        let [intermediate, _] = &self.chain;
        let request = LeafRequest {
            key: key.clone(),
            subject: identity.subject.clone(),
            issuer: identity.issuer.clone(),
            token_subject: identity.token_subject.clone(),
            not_before: begin,
            not_after: begin + LEAF_VALIDITY,
        };
        let unlinted = Unlinted::build(intermediate, request, random_bytes().unwrap()).unwrap();
        let precertificate = unlinted.lint().unwrap().sign_precert(&self.key).unwrap();
        if lie == Lie::NoSct {
            return self.sign_tbs(precertificate.tbs());
        }
        let entry = SctEntry::Precert {
            issuer_key_hash: precertificate.issuer_key_hash(),
            tbs: precertificate.tbs(),
        };
        let logged_at = UnixMillis(u64::try_from(begin.as_millisecond()).unwrap());
        let sct = Sct::sign(ct_key, logged_at, entry, LEAF_INDEX.to_vec()).unwrap();
        let certificate = precertificate
            .issue(std::slice::from_ref(&sct), ct_key.public_key(), &self.key)
            .unwrap();
        if lie == Lie::ForgedSct {
            return self.with_another_sct_time(&certificate, &sct);
        }
        certificate
    }

    /// The same certificate with an SCT that says a millisecond later than its log signed.
    fn with_another_sct_time(&self, certificate: &Certificate, sct: &Sct) -> Certificate {
        let later = Sct {
            timestamp: UnixMillis(sct.timestamp.0 + 1),
            ..sct.clone()
        };
        let (from, to) = (sct.encode().unwrap(), later.encode().unwrap());
        let tbs = certificate.tbs_der();
        let at = tbs
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        self.sign_tbs(&[&tbs[..at], &to, &tbs[at + from.len()..]].concat())
    }

    /// Signs any bytes as the content of a certificate.
    fn sign_tbs(&self, tbs: &[u8]) -> Certificate {
        let signature = [&[0], self.key.sign(tbs).unwrap().as_slice()].concat();
        let body = [tbs, &ECDSA_WITH_SHA256, &element(0x03, &signature)].concat();
        let certificate = Certificate::from_der(&element(0x30, &body)).unwrap();
        assert!(certificate.extension(&oid::CT_POISON).is_none());
        certificate
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
