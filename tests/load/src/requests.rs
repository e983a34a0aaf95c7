//! The requests: one key a client, another message each time.

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};

use crate::Kind;

/// Makes a client's requests.
pub(crate) struct Factory {
    kind: Kind,
    key: SigningKey,
    token: String,
    challenge: String,
    run: [u8; 16],
}

impl Factory {
    /// A client's own key, and a number of this run so that no entry repeats.
    pub(crate) fn new(kind: Kind, token: &str, challenge: &str) -> Result<Self> {
        Ok(Self {
            kind,
            key: SigningKey::generate(KeyAlgorithm::EcdsaP256)?,
            token: token.to_owned(),
            challenge: challenge.to_owned(),
            run: sigbox_crypto::random_bytes()?,
        })
    }

    /// Where the request goes.
    pub(crate) const fn path(&self) -> &'static str {
        match self.kind {
            Kind::Entries => "/api/v2/log/entries",
            Kind::Certificates => "/api/v2/signingCert",
            Kind::Timestamps => "/api/v1/timestamp",
        }
    }

    /// The answer that a good request gets.
    pub(crate) const fn expected_status(&self) -> u16 {
        match self.kind {
            Kind::Entries => 201,
            Kind::Certificates | Kind::Timestamps => 200,
        }
    }

    /// The request's body.
    pub(crate) fn body(&self, number: u64) -> Result<Vec<u8>> {
        let message = [&self.run[..], &number.to_be_bytes()].concat();
        let digest = BASE64_STANDARD.encode(sha256(&message));
        let body = match self.kind {
            Kind::Entries => json!({"hashedRekordRequestV002": {
                "digest": digest,
                "signature": {
                    "content": BASE64_STANDARD.encode(self.key.sign(&message)?),
                    "verifier": {
                        "publicKey": {"rawBytes": BASE64_STANDARD.encode(self.key.public_key().spki_der())},
                        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    },
                },
            }}),
            Kind::Certificates => json!({
                "credentials": {"oidcIdentityToken": self.token},
                "publicKeyRequest": {
                    "publicKey": {"algorithm": "ECDSA", "content": self.key.public_key().to_pem()},
                    "proofOfPossession": BASE64_STANDARD.encode(self.key.sign(self.challenge.as_bytes())?),
                },
            }),
            Kind::Timestamps => json!({"artifactHash": digest, "hashAlgorithm": "sha256"}),
        };
        Ok(serde_json::to_vec(&body)?)
    }
}
