//! sigstore-js, unmodified: it signs with our services and verifies by our trusted root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::json;
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
const MALLORY: &str = "mallory@example.com";
/// The verifier of the release that is tested.
const PINNED: &str = "@sigstore/verify";
/// That of the release after it.
const NEWER: &str = "verify-newer";
const BLOB: &str = "messageSignature";
const ATTESTATION: &str = "dsseEnvelope";

const CERTIFICATE: &str = "POST /api/v2/signingCert application/json";
const TIMESTAMP: &str = "POST /api/v1/timestamp application/json";
const ENTRY_V2: &str = "POST /api/v2/log/entries application/json";
const ENTRY_V1: &str = "POST /api/v1/log/entries application/json";

/// One way to sign: how services are named, what is signed, which log, and what the pinned verifier says to it.
struct Way {
    by: &'static str,
    kind: &'static str,
    log: &'static str,
    pinned: Result<(), &'static str>,
}

/// The log of version 2 holds an attestation's digest as that of its PAE; the pinned verifier expects that of the
/// payload, and is corrected in the release after it.
const NOT_OF_THE_PAE: Result<(), &str> = Err("TLOG_BODY_ERROR: digest mismatch");

const WAYS: [Way; 8] = [
    way("config", BLOB, ENTRY_V2, Ok(())),
    way("address", BLOB, ENTRY_V2, Ok(())),
    way("config", ATTESTATION, ENTRY_V2, NOT_OF_THE_PAE),
    way("address", ATTESTATION, ENTRY_V2, NOT_OF_THE_PAE),
    way("config", BLOB, ENTRY_V1, Ok(())),
    way("config", ATTESTATION, ENTRY_V1, Ok(())),
    way("package", BLOB, ENTRY_V1, Ok(())),
    way("package", ATTESTATION, ENTRY_V1, Ok(())),
];

const fn way(
    by: &'static str,
    kind: &'static str,
    log: &'static str,
    pinned: Result<(), &'static str>,
) -> Way {
    Way {
        by,
        kind,
        log,
        pinned,
    }
}

#[test]
fn what_it_signs_is_verified_by_itself_and_by_us() -> Result<()> {
    let Some(peer) = Peer::find()? else {
        return Ok(());
    };
    for way in &WAYS {
        let signed = peer.sign(way)?.expect(0)?;
        let mut requests: Vec<_> = signed.stdout.lines().collect();
        requests.sort_unstable();
        // The token is in the body, and the timestamp is asked for in JSON.
        let mut expected = vec![CERTIFICATE, way.log];
        // A log of version 1 gives a time of its own, so its signing config names no timestamp authority.
        if (way.by, way.log) != ("config", ENTRY_V1) {
            expected.push(TIMESTAMP);
        }
        expected.sort_unstable();
        ensure!(
            requests == expected,
            "{} {}: {requests:?}",
            way.by,
            way.kind
        );

        peer.ours(WHO)?.expect(0)?.says("Verified OK")?;
        peer.ours(MALLORY)?.expect(1)?;
        peer.theirs(NEWER, WHO)?.expect(0)?;
        match way.pinned {
            Ok(()) => peer.theirs(PINNED, WHO)?.expect(0)?,
            Err(message) => peer.theirs(PINNED, WHO)?.expect(1)?.says(message)?,
        };
    }
    Ok(())
}

#[test]
fn it_verifies_what_we_sign() -> Result<()> {
    let Some(peer) = Peer::find()? else {
        return Ok(());
    };
    let mut sign = peer.stack.command(&cosign())?;
    sign.args(["sign-blob", "--identity-token", &peer.stack.token(WHO)?])
        .arg("--bundle")
        .args([&peer.bundle, &peer.artifact]);
    run(&mut sign)?.expect(0)?;
    for verifier in [PINNED, NEWER] {
        peer.theirs(verifier, WHO)?.expect(0)?;
        peer.theirs(verifier, MALLORY)?
            .expect(1)?
            .says("UNTRUSTED_SIGNER_ERROR: certificate identity error")?;
    }
    std::fs::write(&peer.artifact, "another artifact\n")?;
    for verifier in [PINNED, NEWER] {
        peer.theirs(verifier, WHO)?
            .expect(1)?
            .says("SIGNATURE_ERROR: signature verification failed")?;
    }
    Ok(())
}

#[test]
fn it_tells_what_our_services_refuse() -> Result<()> {
    let Some(peer) = Peer::find()? else {
        return Ok(());
    };
    let way = way("address", BLOB, ENTRY_V2, Ok(()));
    let refused = peer
        .sign_as(&way, "e30.eyJzdWIiOiJhbGljZSJ9.c2ln")?
        .expect(1)?;
    refused.says(
        "CA_CREATE_SIGNING_CERTIFICATE_ERROR: error creating signing certificate - (400) There was an error \
         processing the identity token: claim `alg` is missing",
    )?;
    ensure!(!peer.bundle.exists(), "a bundle without a certificate");
    Ok(())
}

/// The peer with a stack of its own, an artifact and an attestation about it.
struct Peer {
    found: peers::SigstoreJs,
    stack: Stack,
    artifact: PathBuf,
    statement: PathBuf,
    bundle: PathBuf,
}

impl Peer {
    fn find() -> Result<Option<Self>> {
        let Some(found) = peers::sigstore_js() else {
            return Ok(None);
        };
        let stack = Stack::start()?;
        let content = "signed by one, verified by the other\n";
        let digest = sigbox_crypto::sha256(content.as_bytes());
        let digest = sigbox_tlog::Hash::from_bytes(digest).to_string();
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "artifact", "digest": {"sha256": digest}}],
            "predicateType": "https://example.com/predicate",
            "predicate": {"answer": 42},
        });
        Ok(Some(Self {
            artifact: stack.write("artifact", content)?,
            statement: stack.write("statement.json", statement.to_string())?,
            bundle: stack.file("bundle.json"),
            found,
            stack,
        }))
    }

    fn sign(&self, way: &Way) -> Result<Outcome> {
        self.sign_as(way, &self.stack.token(WHO)?)
    }

    fn sign_as(&self, way: &Way, token: &str) -> Result<Outcome> {
        let signed: &Path = match way.kind {
            ATTESTATION => &self.statement,
            _ => &self.artifact,
        };
        let config = match way.log {
            ENTRY_V1 => "trust/signing_config.rekor_v1.json",
            _ => "trust/signing_config.v0.2.json",
        };
        let url = self.stack.url();
        self.found.run(
            &self.stack,
            "sign",
            &json!({
                "by": way.by, "kind": way.kind, "artifact": signed, "bundle": self.bundle, "token": token,
                "signingConfig": self.stack.data().join(config),
                "fulcioURL": url, "rekorURL": url, "rekorVersion": 2, "tsaServerURL": url,
            }),
        )
    }

    /// Its verdict on the bundle.
    fn theirs(&self, verifier: &str, identity: &str) -> Result<Outcome> {
        self.found.run(
            &self.stack,
            "verify",
            &json!({
                "with": verifier, "artifact": self.artifact, "bundle": self.bundle, "identity": identity,
                "issuer": self.issuer(), "trustedRoot": self.stack.data().join("trust/trusted_root.json"),
            }),
        )
    }

    /// Our verdict on the bundle.
    fn ours(&self, identity: &str) -> Result<Outcome> {
        let mut verify = self.stack.command(&cosign())?;
        verify
            .args(["verify-blob", "--certificate-identity", identity])
            .args(["--certificate-oidc-issuer", &self.issuer(), "--bundle"])
            .args([&self.bundle, &self.artifact]);
        run(&mut verify)
    }

    fn issuer(&self) -> String {
        format!("{}/oidc", self.stack.url())
    }
}
