//! Proof that the caller holds the private key that is to be certified.

use sigbox_crypto::{
    Csr, CsrError, HashAlgorithm, KeyAlgorithm, ObjectIdentifier, PublicKey, PublicKeyError,
    WeakKeyError,
};

use crate::identity::Principal;
use crate::wanted_key::{Proof, WantedKey};

/// secp224r1, which upstream can read and calls insecure; other unknown curves it cannot read.
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");

/// A key fit to be certified whose owner has signed for it.
#[derive(Debug)]
pub(crate) struct ProvenKey(PublicKey);

/// Why a key is not certified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ChallengeError {
    /// Neither a key nor a request was sent.
    #[error("neither `{member}` nor `certificateSigningRequest` is set")]
    NoKey {
        /// Where the key would have stood.
        member: &'static str,
    },
    /// Not a public key that we can read.
    #[error(transparent)]
    PublicKey(PublicKeyError),
    /// Not a certificate request that we can read.
    #[error(transparent)]
    Csr(CsrError),
    /// The request is signed with an algorithm that is on no list.
    #[error("{algorithm}")]
    CsrAlgorithm {
        /// The algorithm, as the request names it.
        algorithm: String,
    },
    /// The curve is known and too small.
    #[error("ECDSA over P-224, expected P-256, P-384 or P-521")]
    WeakCurve,
    /// The key is weak.
    #[error(transparent)]
    Weak(WeakKeyError),
    /// There is no proof at all.
    #[error("`{member}` is empty")]
    NoProof {
        /// Where the proof would have stood.
        member: &'static str,
    },
    /// The proof does not hold.
    #[error("`{member}` is not a signature of `{}` by the {algorithm} key", .claims.join("` or `"))]
    Proof {
        /// Where the proof stands.
        member: &'static str,
        /// The kind of key.
        algorithm: KeyAlgorithm,
        /// The claims that could have been signed.
        claims: Vec<&'static str>,
    },
    /// The signature in the certificate request does not hold.
    #[error(transparent)]
    CsrSignature(CsrError),
    /// The kind of key, or its hash, is not certified here.
    #[error("{key}, {}", go_name(*hash))]
    NotPermitted {
        /// The kind of key, as upstream spells its type.
        key: &'static str,
        /// The hash signed with.
        hash: HashAlgorithm,
    },
}

impl ProvenKey {
    /// Reads the key, judges its strength, then its proof, then whether such keys are certified here.
    ///
    /// Source: fulcio `pkg/server/grpc_server.go`, order of checks.
    pub(crate) fn prove(
        wanted: WantedKey,
        principal: &Principal,
        permitted: &[KeyAlgorithm],
    ) -> Result<Self, ChallengeError> {
        let key = match wanted {
            WantedKey::Missing { member } => return Err(ChallengeError::NoKey { member }),
            WantedKey::Csr(pem) => by_request(&pem)?,
            WantedKey::PublicKey { content, proof } => by_signature(&content, &proof, principal)?,
        };
        if permitted.contains(&key.algorithm()) {
            Ok(Self(key))
        } else {
            Err(not_permitted(
                key.algorithm(),
                key.algorithm().default_hash(),
            ))
        }
    }

    /// The key.
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.0
    }
}

/// A key whose owner has signed one of the principal's challenges.
fn by_signature(
    content: &[u8],
    proof: &Proof,
    principal: &Principal,
) -> Result<PublicKey, ChallengeError> {
    let Proof { member, signature } = proof;
    let key = read_key(content).map_err(|error| match error {
        PublicKeyError::UnsupportedCurve { oid: P224 } => ChallengeError::WeakCurve,
        other => ChallengeError::PublicKey(other),
    })?;
    key.check_strength().map_err(ChallengeError::Weak)?;
    if signature.is_empty() {
        return Err(ChallengeError::NoProof { member });
    }
    let algorithm = key.algorithm();
    let signs = |challenge: &&String| {
        key.verify(algorithm.default_hash(), challenge.as_bytes(), signature)
            .is_ok()
    };
    match principal.challenges().iter().find(signs) {
        Some(_) => Ok(key),
        None => Err(ChallengeError::Proof {
            member,
            algorithm,
            claims: principal.challenge_claims().to_vec(),
        }),
    }
}

/// The key in PEM or, which only the first version of the interface can carry, in DER.
///
/// Source: fulcio `pkg/challenges/challenges.go`, `ParsePublicKey`.
fn read_key(content: &[u8]) -> Result<PublicKey, PublicKeyError> {
    /// DER of a SubjectPublicKeyInfo begins so, and no text does.
    const SEQUENCE: u8 = 0x30;
    match std::str::from_utf8(content) {
        Ok(pem) if content.first() != Some(&SEQUENCE) => PublicKey::from_pem(pem),
        _ => PublicKey::from_spki_der(content),
    }
}

/// A key that has signed a certificate request; nothing else of the request is read.
fn by_request(pem: &[u8]) -> Result<PublicKey, ChallengeError> {
    let csr = Csr::from_pem(pem).map_err(|error| match error {
        CsrError::PublicKey {
            source: PublicKeyError::UnsupportedCurve { oid: P224 },
        } => ChallengeError::WeakCurve,
        CsrError::SignatureAlgorithm { source } => ChallengeError::CsrAlgorithm {
            algorithm: source.to_string(),
        },
        other => ChallengeError::Csr(other),
    })?;
    csr.public_key()
        .check_strength()
        .map_err(ChallengeError::Weak)?;
    csr.verify().map_err(ChallengeError::CsrSignature)?;
    csr.check_hash()
        .map_err(|_| not_permitted(csr.public_key().algorithm(), csr.hash()))?;
    Ok(csr.public_key().clone())
}

fn not_permitted(algorithm: KeyAlgorithm, hash: HashAlgorithm) -> ChallengeError {
    let key = match algorithm {
        KeyAlgorithm::Rsa { .. } => "*rsa.PublicKey",
        KeyAlgorithm::Ed25519 => "ed25519.PublicKey",
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => {
            "*ecdsa.PublicKey"
        }
    };
    ChallengeError::NotPermitted { key, hash }
}

fn go_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha2_256 => "SHA-256",
        HashAlgorithm::Sha2_384 => "SHA-384",
        HashAlgorithm::Sha2_512 => "SHA-512",
    }
}
