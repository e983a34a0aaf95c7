//! Requests that must be refused without a trace in the log.

use serde_json::Value;
use sigbox_crypto::{KeyAlgorithm, SigningKey};

use super::World;

/// A good key with a good proof for alice.
pub struct Key {
    pub pem: String,
    pub proof: Vec<u8>,
}

pub fn good_key() -> Key {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    Key {
        pem: key.public_key().to_pem(),
        proof: key.sign(b"alice@example.com").unwrap(),
    }
}

/// Sends `body` and checks that it is refused with `expected` and that the log did not grow.
pub async fn refused(world: &World, body: &Value, expected: &str) {
    let before = world.ct_size();
    let answer = world.sign(body).await;
    assert_eq!(answer.refusal(), (400, expected.to_owned()));
    assert_eq!(world.ct_size(), before);
}
