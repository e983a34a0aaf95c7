//! A whole Sigstore in memory: it signs, and on demand it lies in one place.
//!
//! ```text
//! VirtualSigstore   keys, time, trusted root; puts a bundle together
//! authority         root, intermediate, CT key: signing certificates with their SCT
//! log               a Rekor v2 log: leaves, proofs by the definition of RFC 6962, checkpoints
//! timestamps        a timestamp authority
//! lie               the places in which it can lie, one at a time
//! ```
//!
//! It stands on wire, crypto and tlog alone, so that neither the services nor the verifier judge themselves with it.

mod authority;
mod lie;
mod log;
mod timestamps;

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::LeafSubject;
use sigbox_crypto::{Certificate, HashAlgorithm, KeyAlgorithm, SigningKey, sha256};
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, DsseSignature, HashedRekordV002, KeyDetails,
    MessageDigest, MessageSignature, TimeRange, TransparencyLogEntry, TrustedRoot,
    VerificationContent, VerificationMaterial, Verifier, VerifierKey, pae,
};

use authority::Authority;
pub use lie::Lie;
use log::Log;
use timestamps::Timestamping;

/// The log's origin: a bare host name.
pub const LOG_ORIGIN: &str = "log.example.test";
/// How long a signing certificate holds.
pub const LEAF_VALIDITY: SignedDuration = SignedDuration::from_mins(10);
/// The type of an in-toto statement's envelope.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What the certificate names as its subject.
    pub subject: LeafSubject,
    /// The OpenID issuer.
    pub issuer: String,
    /// The token's `sub`.
    pub token_subject: String,
}

impl Identity {
    /// A person with an e-mail address.
    pub fn email(address: &str, issuer: &str) -> Self {
        Self {
            subject: LeafSubject::Email(address.to_owned()),
            issuer: issuer.to_owned(),
            token_subject: address.to_owned(),
        }
    }

    /// A workload with a URI.
    pub fn uri(uri: &str, issuer: &str) -> Self {
        Self {
            subject: LeafSubject::Uri(uri.to_owned()),
            issuer: issuer.to_owned(),
            token_subject: uri.to_owned(),
        }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self::email("alice@example.test", "https://oidc.example.test")
    }
}

/// A bundle and the trusted root to judge it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bundle, version 0.3.
    pub bundle: Bundle,
    /// The deployment's trusted root, changed where the lie is in it.
    pub trusted_root: TrustedRoot,
}

impl Signed {
    /// The bundle as a file.
    pub fn bundle_json(&self) -> String {
        self.bundle.to_json().unwrap()
    }

    /// The trusted root as a file.
    pub fn trusted_root_json(&self) -> String {
        self.trusted_root.to_json().unwrap()
    }
}

/// One set of services. Every instance has the same names, origins and URLs, and keys of its own.
struct Instance {
    authority: Authority,
    log: Log,
    timestamping: Timestamping,
}

impl Instance {
    fn new(now: Timestamp) -> Self {
        Self {
            authority: Authority::new(now),
            log: Log::new(),
            timestamping: Timestamping::new(now),
        }
    }
}

/// A deployment, and a second one with the same names that nobody trusts.
pub struct VirtualSigstore {
    now: Timestamp,
    ours: Instance,
    stranger: Instance,
}

impl Default for VirtualSigstore {
    fn default() -> Self {
        Self::new()
    }
}

/// What is signed.
enum Message<'a> {
    Artifact(&'a [u8]),
    Envelope {
        payload_type: &'a str,
        payload: &'a [u8],
    },
}

impl Message<'_> {
    /// The bytes under the signature, whose SHA-256 is logged.
    fn signed_bytes(&self) -> Vec<u8> {
        match self {
            Self::Artifact(artifact) => artifact.to_vec(),
            Self::Envelope {
                payload_type,
                payload,
            } => pae(payload_type, payload),
        }
    }
}

impl VirtualSigstore {
    /// A deployment at noon of 23 November 2026, three days old.
    pub fn new() -> Self {
        Self::at("2026-11-23T12:00:00Z".parse().unwrap())
    }

    /// A deployment at `now`, three days old.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            ours: Instance::new(now),
            stranger: Instance::new(now),
        }
    }

    /// The time at which it signs: a certificate begins then, and a timestamp follows a second later.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves its clock.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// When a timestamp of something signed now says it was.
    pub fn stamped_at(&self) -> Timestamp {
        self.now + SignedDuration::from_secs(1)
    }

    /// The trusted root of an honest deployment.
    pub fn trusted_root(&self) -> TrustedRoot {
        let since_birth = TimeRange::from_start(self.ours.authority.born());
        TrustedRoot {
            tlogs: vec![self.ours.log.instance(since_birth)],
            certificate_authorities: vec![self.ours.authority.instance(since_birth)],
            ctlogs: vec![self.ours.authority.ct_instance(since_birth)],
            timestamp_authorities: vec![self.ours.timestamping.instance(since_birth)],
            ..TrustedRoot::default()
        }
    }

    /// The certificates of the signing authority: intermediate, root.
    pub fn ca_chain(&self) -> [&Certificate; 2] {
        self.ours.authority.chain()
    }

    /// Signs `artifact` keyless, honestly.
    pub fn sign(&mut self, artifact: &[u8], identity: &Identity) -> Signed {
        self.sign_with(artifact, identity, Lie::None)
    }

    /// Signs `artifact` keyless; everything holds and fits together, but for the one place that `lie` names.
    pub fn sign_with(&mut self, artifact: &[u8], identity: &Identity, lie: Lie) -> Signed {
        self.keyless(&Message::Artifact(artifact), identity, lie)
    }

    /// Signs `payload` in a DSSE envelope, keyless; see [`Self::sign_with`].
    pub fn attest_with(
        &mut self,
        payload_type: &str,
        payload: &[u8],
        identity: &Identity,
        lie: Lie,
    ) -> Signed {
        self.keyless(
            &Message::Envelope {
                payload_type,
                payload,
            },
            identity,
            lie,
        )
    }

    /// Signs an in-toto statement that says `predicate` about an artifact, keyless and honestly.
    pub fn attest(
        &mut self,
        artifact: &[u8],
        predicate: &serde_json::Value,
        identity: &Identity,
    ) -> Signed {
        let digest: String = sha256(artifact)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let statement = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "artifact", "digest": { "sha256": digest } }],
            "predicateType": "https://example.test/predicate",
            "predicate": predicate,
        });
        self.attest_with(
            IN_TOTO,
            statement.to_string().as_bytes(),
            identity,
            Lie::None,
        )
    }

    /// Signs `artifact` with a key of the caller's, P-256; the bundle carries a hint at it instead of a certificate.
    ///
    /// Lies about certificates have no effect here.
    pub fn sign_with_key(&mut self, artifact: &[u8], key: &SigningKey, lie: Lie) -> Signed {
        let spki = key.public_key().spki_der().to_vec();
        let hint = VerificationContent::PublicKeyHint(base64_of(&key.public_key().key_id()));
        self.put_together(
            &Message::Artifact(artifact),
            key,
            hint,
            VerifierKey::PublicKey(spki),
            lie,
        )
    }

    fn keyless(&mut self, message: &Message<'_>, identity: &Identity, lie: Lie) -> Signed {
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let der = self.certificate(&key, identity, lie).der().to_vec();
        let content = VerificationContent::Certificate(der.clone());
        self.put_together(
            message,
            &key,
            content,
            VerifierKey::X509Certificate(der),
            lie,
        )
    }

    fn certificate(&self, key: &SigningKey, identity: &Identity, lie: Lie) -> Certificate {
        let hour = SignedDuration::from_hours(1);
        let begin = match lie {
            Lie::ExpiredCert => self.now - hour,
            Lie::FutureCert => self.now + hour,
            _ => self.now,
        };
        let issuer = if lie == Lie::UntrustedCa {
            &self.stranger
        } else {
            &self.ours
        };
        let (ct, strange_ct) = (
            self.ours.authority.ct_key(),
            self.stranger.authority.ct_key(),
        );
        let ct = if lie == Lie::WrongCtKey {
            strange_ct
        } else {
            ct
        };
        issuer
            .authority
            .issue(key.public_key(), identity, begin, ct, lie)
    }

    fn put_together(
        &mut self,
        message: &Message<'_>,
        key: &SigningKey,
        content: VerificationContent,
        verifier: VerifierKey,
        lie: Lie,
    ) -> Signed {
        let bytes = message.signed_bytes();
        let another_key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let signature = if lie == Lie::WrongSignature {
            &another_key
        } else {
            key
        }
        .sign(&bytes)
        .unwrap();

        // ECDSA draws a new nonce, so that this is another signature of the same bytes by the same key.
        let logged = if lie == Lie::OtherSignature {
            key.sign(&bytes).unwrap()
        } else {
            signature.clone()
        };
        let logged_bytes = if lie == Lie::OtherDigest {
            b"another artifact"
        } else {
            bytes.as_slice()
        };
        let verifier = match lie {
            Lie::OtherKey => VerifierKey::PublicKey(another_key.public_key().spki_der().to_vec()),
            _ => verifier,
        };
        let record = HashedRekordV002 {
            algorithm: HashAlgorithm::Sha2_256,
            digest: sha256(logged_bytes).to_vec(),
            signature: logged,
            verifier: Verifier {
                key: verifier,
                key_details: KeyDetails::PkixEcdsaP256Sha256,
            },
        };
        let material = VerificationMaterial {
            content,
            tlog_entries: self.entries(&record, lie),
            rfc3161_timestamps: self.timestamps(&signature, lie),
        };
        let content = bundle_content(message, &bytes, signature, lie);
        Signed {
            bundle: Bundle::new_v0_3(material, content),
            trusted_root: self.trusted_root_for(lie),
        }
    }

    fn entries(&mut self, record: &HashedRekordV002, lie: Lie) -> Vec<TransparencyLogEntry> {
        let mut body = record.canonical_body().unwrap();
        if lie == Lie::BodySpelling {
            body.insert(1, b' ');
        }
        let at = self.stamped_at();
        let strange_signer = self.stranger.log.signer();
        let log = if lie == Lie::UnknownLog {
            &mut self.stranger.log
        } else {
            &mut self.ours.log
        };
        let entry = log.add(body, &strange_signer, at, lie);
        match lie {
            Lie::NoEntry => Vec::new(),
            Lie::DuplicateEntry => vec![entry.clone(), entry],
            _ => vec![entry],
        }
    }

    fn timestamps(&self, signature: &[u8], lie: Lie) -> Vec<Vec<u8>> {
        let at = match lie {
            Lie::TimestampOutsideCert => self.now + LEAF_VALIDITY + SignedDuration::from_secs(1),
            _ => self.stamped_at(),
        };
        let stamped = if lie == Lie::WrongImprint {
            b"another signature"
        } else {
            signature
        };
        let authority = if lie == Lie::UntrustedTsa {
            &self.stranger
        } else {
            &self.ours
        };
        let token = authority.timestamping.stamp(stamped, at, lie);
        match lie {
            Lie::NoTimestamp | Lie::UnauthenticatedTime => Vec::new(),
            Lie::DuplicateTimestamp => vec![token.clone(), token],
            _ => vec![token],
        }
    }

    fn trusted_root_for(&self, lie: Lie) -> TrustedRoot {
        let mut root = self.trusted_root();
        let ended = TimeRange {
            start: Some(self.ours.authority.born()),
            end: Some(self.now - SignedDuration::from_secs(1)),
        };
        match lie {
            Lie::TimestampOutsideWindow => root.timestamp_authorities[0].valid_for = ended,
            Lie::CaOutsideWindow => root.certificate_authorities[0].valid_for = ended,
            Lie::CtLogOutsideWindow => root.ctlogs[0].public_key.valid_for = ended,
            Lie::LogOutsideWindow => root.tlogs[0].public_key.valid_for = ended,
            _ => {}
        }
        root
    }
}

fn bundle_content(
    message: &Message<'_>,
    bytes: &[u8],
    signature: Vec<u8>,
    lie: Lie,
) -> BundleContent {
    match message {
        Message::Artifact(_) => {
            let declared = if lie == Lie::WrongMessageDigest {
                b"another artifact"
            } else {
                bytes
            };
            let digest = MessageDigest {
                algorithm: HashAlgorithm::Sha2_256,
                digest: sha256(declared).to_vec(),
            };
            BundleContent::MessageSignature(MessageSignature {
                message_digest: Some(digest),
                signature,
            })
        }
        Message::Envelope {
            payload_type,
            payload,
        } => BundleContent::DsseEnvelope(DsseEnvelope {
            payload: payload.to_vec(),
            payload_type: (*payload_type).to_owned(),
            signatures: vec![DsseSignature {
                sig: signature,
                keyid: String::new(),
            }],
        }),
    }
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
