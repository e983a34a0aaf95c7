use sigbox_tlog::{KeyHint, NoteSignError, NoteSigner, NoteVerifier, empty_root};

use super::*;
use crate::entry::PlainLeaf;
use crate::name::LogName;

struct Key;

impl NoteSigner for Key {
    fn name(&self) -> &'static str {
        "log.example"
    }

    fn hint(&self) -> KeyHint {
        KeyHint([0; 4])
    }

    fn sign(&self, _text: &str, _now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        Ok(vec![1])
    }
}

impl NoteVerifier for Key {
    fn name(&self) -> &'static str {
        "log.example"
    }

    fn hint(&self) -> KeyHint {
        KeyHint([0; 4])
    }

    fn verify(&self, _text: &str, signature: &[u8]) -> bool {
        signature == [1]
    }
}

fn grown(flip: impl Fn(&mut StoredEntry)) -> Result<Signed, BuildError> {
    let setup = LogSetup {
        name: LogName::parse("log").unwrap(),
        signer: Arc::new(Key),
        verifier: Box::new(Key),
        origin: "log.example".to_owned(),
        format: Arc::new(PlainLeaf),
        public_key_spki: Vec::new(),
    };
    let (size, root, last_time) = (TreeSize(0), empty_root(), UnixMillis(1));
    let head = Head {
        size,
        root,
        frontier: Vec::new(),
        checkpoint: String::new(),
        last_time,
        frozen: None,
    };
    let entries = ["a", "b", "c"].iter().zip(0..).map(|(body, index)| {
        let body = Bytes::from_static(body.as_bytes());
        let pending = Pending {
            dedup_key: [0; 32],
            body,
            extra: Bytes::new(),
        };
        let mut entry = make_entry(&PlainLeaf, &pending, LeafIndex(index), last_time).unwrap();
        flip(&mut entry);
        entry
    });
    let origin = Origin::parse("log.example").unwrap();
    grow(
        &setup,
        &origin,
        &TileEdge::new(),
        &head,
        entries.collect(),
        last_time,
    )
}

#[test]
fn signs_the_root_of_the_bytes_that_are_stored() {
    let Ok(signed) = grown(|_| {}) else {
        panic!("refused")
    };
    assert_eq!(signed.commit.new_head.size, TreeSize(3));
    assert!(signed.commit.is_contiguous());
    assert!(
        signed
            .commit
            .new_head
            .checkpoint
            .starts_with("log.example\n3\n")
    );
}

#[test]
fn adv_l20_a_flipped_bit_in_a_leaf_or_its_hash_is_not_signed() {
    let flips: [fn(&mut StoredEntry); 2] = [
        |entry| {
            if entry.index == LeafIndex(1) {
                entry.leaf = Bytes::from_static(b"c");
            }
        },
        |entry| {
            if entry.index == LeafIndex(2) {
                entry.leaf_hash = leaf_hash(b"flipped");
            }
        },
    ];
    for flip in flips {
        match grown(flip) {
            Err(BuildError::Freeze(ReadOnlyReason::NotRederived { derived, built })) => {
                assert_ne!(derived, built);
            }
            Err(BuildError::Freeze(other)) => panic!("{other}"),
            Err(BuildError::Batch(other)) => panic!("{other}"),
            Ok(_) => panic!("signed"),
        }
    }
}
