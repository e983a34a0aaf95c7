//! How a bundle comes together, and where each lie slips in.

use jiff::SignedDuration;
use sigbox_crypto::{Certificate, HashAlgorithm, KeyAlgorithm, SigningKey, sha256};
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, DsseSignature, HashedRekordV002, KeyDetails,
    MessageDigest, MessageSignature, TimeRange, TransparencyLogEntry, TrustedRoot,
    VerificationContent, VerificationMaterial, Verifier, VerifierKey, pae,
};

use super::{Identity, LEAF_VALIDITY, Lie, Signed, VirtualSigstore};

/// What is signed.
pub(super) enum Message<'a> {
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
    pub(super) fn keyless(
        &mut self,
        message: &Message<'_>,
        identity: &Identity,
        lie: Lie,
    ) -> Signed {
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

    pub(super) fn put_together(
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
