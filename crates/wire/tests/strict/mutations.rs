//! Damaged documents and random bytes: every reader answers, none panics.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sigbox_wire::{Bundle, CreateEntryRequest, TransparencyLogEntry};

use crate::documents;

/// Pieces that parsers stumble over.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "null",
    "-",
    "0",
    "1e400",
    "-1",
    "\"\"",
    "[]",
    "{}",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "9223372036854775808",
    "[[[[[[[[[[[[[[[[[",
    "\"logIndex\":",
    "\"AQ=\"",
    "\"-_+/\"",
];

#[derive(Debug, Clone)]
enum Damage {
    Set(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, Index),
    /// Copies one stretch over to another place.
    Copy(Index, Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), select(PIECES.to_vec())).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Remove(from, to)),
        (any::<Index>(), any::<Index>(), any::<Index>())
            .prop_map(|(from, to, at)| Damage::Copy(from, to, at)),
    ]
}

fn stretch(text: &[u8], from: Index, to: Index) -> std::ops::Range<usize> {
    let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
    from.min(to)..from.max(to)
}

fn apply(text: &mut Vec<u8>, damage: &Damage) {
    match *damage {
        Damage::Set(at, byte) if !text.is_empty() => {
            let at = at.index(text.len());
            text[at] = byte;
        }
        Damage::Set(..) => {}
        Damage::Insert(at, piece) => {
            let at = at.index(text.len() + 1);
            text.splice(at..at, piece.bytes());
        }
        Damage::Remove(from, to) => {
            text.drain(stretch(text, from, to));
        }
        Damage::Copy(from, to, at) => {
            let copied = text[stretch(text, from, to)].to_vec();
            let at = at.index(text.len() + 1);
            text.splice(at..at, copied);
        }
    }
}

/// What is read can be written, and reads back as the same.
fn check(text: &[u8]) -> Result<(), TestCaseError> {
    for document in documents::all() {
        // Whether it is refused is the business of other tests.
        let _ = (document.read)(text);
    }
    if let Ok(bundle) = Bundle::parse(text) {
        let written = bundle.to_json().unwrap();
        prop_assert_eq!(Bundle::parse(written.as_bytes()).unwrap(), bundle);
    }
    if let Ok(request) = CreateEntryRequest::parse(text) {
        let written = request.to_json().unwrap();
        prop_assert_eq!(
            CreateEntryRequest::parse(written.as_bytes()).unwrap(),
            request
        );
    }
    if let Ok(entry) = TransparencyLogEntry::parse_response(text) {
        let written = entry.to_response_json().unwrap();
        let again = TransparencyLogEntry::parse_response(written.as_bytes()).unwrap();
        prop_assert_eq!(again.canonicalized_body, entry.canonicalized_body);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents_panic_no_reader(which: Index, damages in vec(damage(), 1..4)) {
        let documents = documents::all();
        let mut text = which.get(&documents).json.clone().into_bytes();
        for damage in &damages {
            apply(&mut text, damage);
        }
        check(&text)?;
    }

    #[test]
    fn random_bytes_panic_no_reader(text in vec(any::<u8>(), 0..256)) {
        check(&text)?;
    }
}
