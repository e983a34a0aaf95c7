//! What is written can be read back, and only one spelling is read.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use proptest::prelude::*;
use sigbox_tlog::{
    Checkpoint, Hash, KeyHint, NoteSignError, NoteSignature, NoteSigner, Origin, SignedNote,
    TilePath, TileRef, TreeSize, UnixMillis, entry_bundle, sign_note,
};

struct Fixed;

impl NoteSigner for Fixed {
    fn name(&self) -> &'static str {
        "log.example.com"
    }

    fn hint(&self) -> KeyHint {
        KeyHint([0, 1, 2, 3])
    }

    fn sign(&self, _text: &str, _now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        Ok(vec![0x5a; 64])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn tile_paths(level in 0_u8..=63, index: u64, width in 1_u16..=256, entries: bool) {
        let path = if entries {
            TilePath::Entries { index, width }
        } else {
            TilePath::Tile(TileRef { level, index, width })
        };
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn a_tile_path_that_is_read_is_the_only_spelling(text in "(entries|[0-9]{1,2})/(x?[0-9]{3}/){0,2}x?[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn checkpoints_in_notes(size in 0_u64..=i64::MAX.unsigned_abs(), root: [u8; 32], line in "[!-~]{1,20}", witness: [u8; 72]) {
        let checkpoint = Checkpoint {
            origin: Origin::parse("log.example.com").unwrap(),
            size: TreeSize(size),
            root: Hash::from_bytes(root),
            extensions: vec![line],
        };
        let mut note = sign_note(checkpoint.to_text(), &Fixed, UnixMillis(1)).unwrap();
        note.add(NoteSignature { name: "witness".to_owned(), hint: KeyHint([9; 4]), signature: witness.to_vec() });
        let read = SignedNote::parse(&note.to_string()).unwrap();
        prop_assert_eq!(&read, &note);
        prop_assert_eq!(Checkpoint::parse(read.text()), Ok(checkpoint));
    }

    #[test]
    fn parsers_never_panic(text in "\\PC{0,80}", bytes: Vec<u8>) {
        let _ = text.parse::<TilePath>();
        let _ = SignedNote::parse(&text);
        let _ = Checkpoint::parse(&text);
        let _ = Origin::parse_any(&text);
        if let Ok(entries) = entry_bundle::decode(&bytes) {
            prop_assert_eq!(entry_bundle::encode(&entries), Ok(bytes));
        }
    }
}
