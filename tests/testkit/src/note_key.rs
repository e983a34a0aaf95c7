//! A note key without cryptography: deterministic, fast, and good enough to tell one key from another.

use std::sync::Arc;

use sigbox_log_engine::{LeafFormat, LogName, LogSetup};
use sigbox_tlog::{KeyHint, NoteSignError, NoteSigner, NoteVerifier, UnixMillis, leaf_hash};

/// Signs with a hash over its seed and the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestKey {
    name: String,
    seed: u8,
}

impl TestKey {
    /// The key of `name` that belongs to `seed`.
    pub fn new(name: &str, seed: u8) -> Self {
        Self {
            name: name.to_owned(),
            seed,
        }
    }

    /// What stands for its public key.
    pub fn spki(&self) -> Vec<u8> {
        let mut bytes = self.name.clone().into_bytes();
        bytes.push(self.seed);
        bytes
    }

    /// A log of this key, whose origin is the key's name.
    pub fn log(&self, log: &str, format: Arc<dyn LeafFormat>) -> LogSetup {
        LogSetup {
            name: LogName::parse(log).unwrap(),
            signer: Arc::new(self.clone()),
            verifier: Box::new(self.clone()),
            origin: self.name.clone(),
            format,
            public_key_spki: self.spki(),
        }
    }

    fn tag(&self, text: &str) -> Vec<u8> {
        let mut bytes = self.spki();
        bytes.extend_from_slice(text.as_bytes());
        leaf_hash(&bytes).as_bytes().to_vec()
    }
}

impl NoteSigner for TestKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        KeyHint([0, 0, 0, self.seed])
    }

    fn sign(&self, text: &str, _now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        Ok(self.tag(text))
    }
}

impl NoteVerifier for TestKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn hint(&self) -> KeyHint {
        KeyHint([0, 0, 0, self.seed])
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        self.tag(text) == signature
    }
}
