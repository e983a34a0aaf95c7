//! A Rekor v2 log in memory.

use std::sync::Arc;

use jiff::Timestamp;
use sigbox_crypto::{EcdsaNoteSigner, KeyAlgorithm, PublicKey, SigningKey, rekor_v2_log_id};
use sigbox_tlog::{
    Checkpoint, Hash, KeyHint, NoteSignError, NoteSigner, Origin, TreeSize, UnixMillis, leaf_hash,
    node_hash, sign_note,
};
use sigbox_wire::{InclusionProof, KindVersion, LogInstance, TimeRange, TransparencyLogEntry};

use super::authority::log_instance;
use super::{LOG_ORIGIN, Lie};

/// Leaves of others on both sides of an entry, so that its proof has hashes in it.
const BEFORE: usize = 5;

pub(super) struct Log {
    key: PublicKey,
    signer: Arc<EcdsaNoteSigner>,
    leaves: Vec<Hash>,
    /// Whether others write to it, too.
    shared: bool,
}

impl Log {
    pub(super) fn new() -> Self {
        let mut log = Self::empty();
        log.shared = true;
        (0..BEFORE).for_each(|_| log.add_filler());
        log
    }

    /// A log that nobody has written to, and nobody else will.
    pub(super) fn empty() -> Self {
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        Self {
            key: key.public_key().clone(),
            signer: Arc::new(EcdsaNoteSigner::new(LOG_ORIGIN.to_owned(), Arc::new(key)).unwrap()),
            leaves: Vec::new(),
            shared: false,
        }
    }

    pub(super) fn signer(&self) -> Arc<EcdsaNoteSigner> {
        Arc::clone(&self.signer)
    }

    pub(super) fn instance(&self, valid_for: TimeRange) -> LogInstance {
        log_instance(&format!("https://{LOG_ORIGIN}"), &self.key, valid_for)
    }

    /// Adds `body`, in a shared log a leaf of somebody else after it, and gives the entry with the log's evidence.
    pub(super) fn add(
        &mut self,
        body: Vec<u8>,
        stranger: &EcdsaNoteSigner,
        at: Timestamp,
        lie: Lie,
    ) -> TransparencyLogEntry {
        let index = self.leaves.len();
        self.leaves.push(leaf_hash(&body));
        if self.shared {
            self.add_filler();
        }
        let shown = index + usize::from(lie == Lie::WrongIndex);
        let version = if lie == Lie::WrongKind {
            "0.0.1"
        } else {
            "0.0.2"
        };
        let integrated_time = if lie == Lie::UnauthenticatedTime {
            at.as_second()
        } else {
            0
        };
        let proof = self.proof(index, shown, self.checkpoint(stranger, lie), lie);
        TransparencyLogEntry {
            log_index: i64::try_from(shown).unwrap(),
            log_id: rekor_v2_log_id(LOG_ORIGIN, &self.key).to_vec(),
            kind_version: KindVersion {
                kind: "hashedrekord".to_owned(),
                version: version.to_owned(),
            },
            integrated_time,
            inclusion_promise: None,
            inclusion_proof: (lie != Lie::NoInclusionProof).then_some(proof),
            canonicalized_body: body,
        }
    }

    fn add_filler(&mut self) {
        let leaf = format!("leaf {} of somebody else", self.leaves.len());
        self.leaves.push(leaf_hash(leaf.as_bytes()));
    }

    fn proof(&self, index: usize, shown: usize, checkpoint: String, lie: Lie) -> InclusionProof {
        let mut hashes: Vec<Vec<u8>> = path(index, &self.leaves)
            .iter()
            .map(|hash| hash.as_bytes().to_vec())
            .collect();
        match lie {
            Lie::WrongProofHash => hashes[0][0] ^= 1,
            Lie::ShortProof => drop(hashes.pop()),
            _ => {}
        }
        InclusionProof {
            log_index: i64::try_from(shown).unwrap(),
            root_hash: root(&self.leaves).as_bytes().to_vec(),
            tree_size: i64::try_from(self.leaves.len()).unwrap(),
            hashes,
            checkpoint,
        }
    }

    fn checkpoint(&self, stranger: &EcdsaNoteSigner, lie: Lie) -> String {
        let size = self.leaves.len() + usize::from(lie == Lie::WrongCheckpointSize);
        let origin = if lie == Lie::WrongCheckpointOrigin {
            "other.example.test"
        } else {
            LOG_ORIGIN
        };
        let root = if lie == Lie::WrongCheckpointRoot {
            leaf_hash(b"another tree")
        } else {
            root(&self.leaves)
        };
        let checkpoint = Checkpoint {
            origin: Origin::parse(origin).unwrap(),
            size: TreeSize(u64::try_from(size).unwrap()),
            root,
            extensions: Vec::new(),
        };
        let ours = self.signer.as_ref();
        let signer = match lie {
            Lie::NoCheckpoint => return String::new(),
            Lie::WrongCheckpointKey => Hinted {
                signer: stranger,
                hint: ours.hint(),
            },
            Lie::WrongKeyHint => Hinted {
                signer: ours,
                hint: stranger.hint(),
            },
            _ => Hinted {
                signer: ours,
                hint: ours.hint(),
            },
        };
        sign_note(checkpoint.to_text(), &signer, UnixMillis(0))
            .unwrap()
            .to_string()
    }
}

/// A signer that writes any hint before its signature.
struct Hinted<'a> {
    signer: &'a EcdsaNoteSigner,
    hint: KeyHint,
}

impl NoteSigner for Hinted<'_> {
    fn name(&self) -> &str {
        self.signer.name()
    }

    fn hint(&self) -> KeyHint {
        self.hint
    }

    fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        self.signer.sign(text, now)
    }
}

/// `MTH` of RFC 6962 §2.1, as it is written there: slow, and independent of how the product counts.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sigbox_tlog::empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// `PATH` of RFC 6962 §2.1.1.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut hashes, sibling) = if index < at {
        (path(index, left), root(right))
    } else {
        (path(index - at, right), root(left))
    };
    hashes.push(sibling);
    hashes
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}
