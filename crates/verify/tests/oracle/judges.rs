//! The two verifiers behind one question: may this bundle, read as this text, pass?

use std::path::Path;

use sigbox_crypto::{PublicKey, profile::LeafSubject};
use sigbox_testkit::virtual_sigstore::{Identity, Signed, VirtualSigstore};
use sigbox_verify::{
    Artifact, CertificateIdentity, Policy, TextMatch, TrustMaterial, VerifyError, verify,
};
use sigbox_wire::{Bundle, BundleError};
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::DerPublicKey;
use sigstore_verify::{PublicKeyVerificationPolicy, VerificationPolicy, Verifier};

use super::cases::{self, Case};

/// Long after every bundle was made: nothing but the signed times may count.
const NOW: &str = "2026-11-24T00:00:00Z";

/// Why ours refuses.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The key to verify with is no key.
    Key,
    /// The bundle cannot be read.
    Unreadable(BundleError),
    /// A check refuses it.
    Check(Box<VerifyError>),
}

/// One set of bundle, artifact, policy and trust, prepared for both.
pub(crate) struct Subject {
    pub(crate) name: String,
    /// The bundle as it came.
    pub(crate) text: String,
    /// Whether a public key is expected, not a certificate.
    pub(crate) by_key: bool,
    artifact: Vec<u8>,
    policy: Option<Policy>,
    trust: TrustMaterial,
    oracle_policy: Option<Box<dyn sigstore_verify::Policy + Send + Sync>>,
    oracle: Result<Verifier, String>,
}

impl Subject {
    /// A stored case.
    pub(crate) fn stored(folder: &Path, name: &str) -> Self {
        let case = Case::load(folder, name);
        let path = folder.join("bundle-verify").join(name);
        let own = |file: &str| std::fs::read_to_string(path.join(file)).ok();
        let root = own("trusted_root.json").unwrap_or_else(|| {
            std::fs::read_to_string(folder.join("trusted_root.public-good.json")).unwrap()
        });
        let given = |file: &str, other: &str| {
            own(file).map_or_else(|| other.to_owned(), |text| text.trim().to_owned())
        };
        let oracle_policy = match own("key.pub") {
            Some(pem) => by_key(&pem),
            None => Some(by_identity(
                &given("identity", cases::IDENTITY),
                &given("issuer", cases::ISSUER),
            )),
        };
        Self {
            name: name.to_owned(),
            text: String::from_utf8(case.bundle).unwrap(),
            by_key: path.join("key.pub").exists(),
            artifact: case.artifact,
            policy: case.policy.ok(),
            trust: TrustMaterial::from_trusted_root(&case.trusted_root).unwrap(),
            oracle_policy,
            oracle: oracle(&root),
        }
    }

    /// A bundle of the deployment in memory.
    pub(crate) fn made(name: &str, signed: &Signed, artifact: &[u8], signer: &Signer) -> Self {
        let (policy, oracle_policy) = match signer {
            Signer::Identity(subject, issuer) => {
                let exact = |text: &str| TextMatch::exact(text).unwrap();
                let identity = CertificateIdentity::new(exact(subject), exact(issuer));
                (
                    Policy::certificate(identity),
                    Some(by_identity(subject, issuer)),
                )
            }
            Signer::Key(key) => (Policy::public_key(key.clone()), by_key(&key.to_pem())),
        };
        Self {
            name: name.to_owned(),
            text: signed.bundle_json(),
            by_key: matches!(signer, Signer::Key(_)),
            artifact: artifact.to_vec(),
            policy: Some(policy),
            trust: TrustMaterial::from_trusted_root(&signed.trusted_root).unwrap(),
            oracle_policy,
            oracle: oracle(&signed.trusted_root_json()),
        }
    }

    /// Our verdict.
    pub(crate) fn ours(&self, text: &str) -> Result<(), Refusal> {
        let policy = self.policy.as_ref().ok_or(Refusal::Key)?;
        let bundle = Bundle::parse(text.as_bytes()).map_err(Refusal::Unreadable)?;
        let artifact = Artifact::Bytes(&self.artifact);
        let verdict = verify(&bundle, artifact, policy, &self.trust, NOW.parse().unwrap());
        verdict
            .into_result()
            .map(drop)
            .map_err(|error| Refusal::Check(Box::new(error)))
    }

    /// The oracle's verdict; of its refusal only the text.
    pub(crate) fn oracle(&self, text: &str) -> Result<(), String> {
        let verifier = self.oracle.as_ref().map_err(Clone::clone)?;
        let policy = self.oracle_policy.as_ref().ok_or("no key")?;
        let bundle =
            sigstore_verify::types::Bundle::from_json(text).map_err(|e| format!("json: {e}"))?;
        verifier
            .verify(self.artifact.as_slice(), &bundle, &**policy)
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

/// Whose signature is expected on a bundle of the deployment in memory.
pub(crate) enum Signer {
    Identity(String, String),
    Key(PublicKey),
}

impl Signer {
    /// The signer that the deployment has by default.
    pub(crate) fn of(identity: &Identity) -> Self {
        let (LeafSubject::Email(subject) | LeafSubject::Uri(subject)) = &identity.subject;
        Self::Identity(subject.clone(), identity.issuer.clone())
    }
}

/// A deployment in a past that is past on every machine: the oracle reads the real clock.
pub(crate) fn deployment() -> VirtualSigstore {
    VirtualSigstore::at("2026-01-02T12:00:00Z".parse().unwrap())
}

fn by_identity(identity: &str, issuer: &str) -> Box<dyn sigstore_verify::Policy + Send + Sync> {
    Box::new(VerificationPolicy::new(identity, issuer))
}

fn by_key(pem: &str) -> Option<Box<dyn sigstore_verify::Policy + Send + Sync>> {
    let key = DerPublicKey::from_pem(pem).ok()?;
    Some(Box::new(PublicKeyVerificationPolicy::new(key)))
}

fn oracle(trusted_root: &str) -> Result<Verifier, String> {
    let root = TrustedRoot::from_json(trusted_root).map_err(|error| error.to_string())?;
    Verifier::new(&root).map_err(|error| error.to_string())
}
