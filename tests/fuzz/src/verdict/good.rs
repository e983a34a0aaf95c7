//! Good bundles with all that they are judged by.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{Artifact, CertificateIdentity, Policy, TextMatch, TrustMaterial, verify};
use sigbox_wire::{Bundle, TrustedRoot};

use super::facts::Facts;
use crate::seeds;

const ARTIFACT: &[u8] = b"an artifact";
const BEACON: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ACTIONS: &str = "https://token.actions.githubusercontent.com";

pub(super) struct Good {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) artifact: Vec<u8>,
    pub(super) policy: Policy,
    pub(super) trust: TrustMaterial,
    pub(super) now: Timestamp,
    pub(super) facts: Facts,
}

impl Good {
    fn new(
        name: &str,
        json: &[u8],
        artifact: &[u8],
        root: &TrustedRoot,
        policy: Policy,
        now: Timestamp,
    ) -> Self {
        let trust = TrustMaterial::from_trusted_root(root).unwrap();
        let bundle = Bundle::parse(json).unwrap();
        let verdict = verify(&bundle, Artifact::Bytes(artifact), &policy, &trust, now);
        let verified = verdict.into_result().unwrap();
        let facts = Facts::new(&bundle, &verified, &trust);
        Self {
            name: name.to_owned(),
            value: serde_json::from_slice(json).unwrap(),
            artifact: artifact.to_vec(),
            policy,
            trust,
            now,
            facts,
        }
    }

    fn signed(
        name: &str,
        artifact: &[u8],
        signed: &Signed,
        policy: Policy,
        now: Timestamp,
    ) -> Self {
        let json = signed.bundle_json();
        Self::new(
            name,
            json.as_bytes(),
            artifact,
            &signed.trusted_root,
            policy,
            now,
        )
    }
}

fn keyless(subject: &str, issuer: &str) -> Policy {
    Policy::certificate(CertificateIdentity::new(
        TextMatch::exact(subject).unwrap(),
        TextMatch::exact(issuer).unwrap(),
    ))
}

/// Of one deployment: two artifacts, two signers, statements, a key. Of another with the same names: the first again.
/// Of the public instance, where the cases are at hand: both log versions, three bundle versions.
pub(super) fn all() -> Vec<Good> {
    let mut ours = VirtualSigstore::new();
    let mut strangers = VirtualSigstore::new();
    let now = ours.now() + SignedDuration::from_mins(30);
    let issuer = "https://oidc.example.test";
    let (alice, bob) = ("alice@example.test", "https://example.test/bob");
    let as_alice = || keyless(alice, issuer);
    let email = Identity::email(alice, issuer);
    let uri = Identity::uri(bob, issuer);
    let predicate = json!({ "built": true });
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let by_key = Policy::public_key(key.public_key().clone());
    let other: &[u8] = b"another artifact";
    let mut all = vec![
        Good::signed(
            "file",
            ARTIFACT,
            &ours.sign(ARTIFACT, &email),
            as_alice(),
            now,
        ),
        Good::signed(
            "other file",
            other,
            &ours.sign(other, &uri),
            keyless(bob, issuer),
            now,
        ),
        Good::signed(
            "statement",
            ARTIFACT,
            &ours.attest(ARTIFACT, &predicate, &email),
            as_alice(),
            now,
        ),
        Good::signed(
            "other statement",
            other,
            &ours.attest(other, &predicate, &uri),
            keyless(bob, issuer),
            now,
        ),
        Good::signed(
            "key",
            ARTIFACT,
            &ours.sign_with_key(ARTIFACT, &key, Lie::None),
            by_key,
            now,
        ),
        Good::signed(
            "strangers' file",
            ARTIFACT,
            &strangers.sign(ARTIFACT, &email),
            as_alice(),
            now,
        ),
    ];
    if let Some(folder) = seeds::conformance() {
        let cases = [
            "rekor2-happy-path",
            "rekor2-dsse-happy-path",
            "happy-path-v0.3",
            "happy-path-v0.2",
            "happy-path-intoto-in-dsse-v3",
            "managed-key-and-trusted-root",
        ];
        all.extend(cases.map(|case| public(&folder, case)));
    }
    all
}

fn public(folder: &Path, case: &str) -> Good {
    let cases = folder.join("bundle-verify");
    let own_or = |file: &str, other: &Path| {
        std::fs::read(cases.join(case).join(file)).unwrap_or_else(|_| std::fs::read(other).unwrap())
    };
    let root = own_or(
        "trusted_root.json",
        &folder.join("trusted_root.public-good.json"),
    );
    let policy = match std::fs::read_to_string(cases.join(case).join("key.pub")) {
        Ok(pem) => Policy::public_key(PublicKey::from_pem(&pem).unwrap()),
        Err(_) => keyless(BEACON, ACTIONS),
    };
    Good::new(
        case,
        &std::fs::read(cases.join(case).join("bundle.sigstore.json")).unwrap(),
        &own_or("artifact", &cases.join("a.txt")),
        &TrustedRoot::parse(&root).unwrap(),
        policy,
        "2026-11-24T00:00:00Z".parse().unwrap(),
    )
}
