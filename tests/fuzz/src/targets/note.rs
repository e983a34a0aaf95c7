//! Signed notes and checkpoints: every byte comes back, and no signature is believed that the key did not make.

use std::str::from_utf8;
use std::sync::{Arc, LazyLock};

use sigbox_crypto::{Ed25519NoteSigner, SigningKey, note_verifier};
use sigbox_tlog::{Checkpoint, NoteVerifier, SignedNote, UnixMillis, rfc6962, sign_note};

use super::choose;
use crate::bounds::{bounded, twice};

/// The key that is asked whether it signed a note; it signed [`SIGNED`] and nothing else.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEIQBWDlmYH3rGRwRwOpVYtMQDXO1FZ0rkUuPvr2HDwt
-----END PRIVATE KEY-----
";
const ORIGIN: &str = "log.example.test";
const SIGNED: &str = "log.example.test\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n";

struct Log {
    note: String,
    key: Box<dyn NoteVerifier>,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let key = SigningKey::from_pkcs8_pem(KEY).unwrap();
    let verifier = note_verifier(ORIGIN, key.public_key()).unwrap();
    let signer = Ed25519NoteSigner::new(ORIGIN.to_owned(), Arc::new(key)).unwrap();
    let note = sign_note(SIGNED.to_owned(), &signer, UnixMillis(0)).unwrap();
    Log {
        note: note.to_string(),
        key: verifier,
    }
});

pub(super) fn target(data: &[u8]) {
    match choose(data, 3) {
        Some((0, rest)) => text(rest, note),
        Some((1, rest)) => text(rest, more_lines),
        Some((_, rest)) => tree_head(rest),
        None => {}
    }
}

fn text(data: &[u8], check: impl Fn(&str)) {
    if let Ok(text) = from_utf8(data) {
        check(text);
    }
}

fn note(text: &str) {
    if let Some(note) = twice(text.len(), || SignedNote::parse(text)) {
        assert_eq!(note.to_string(), text);
        let ours = note.verify(LOG.key.as_ref()).is_ok();
        assert!(!ours || note.text() == SIGNED, "a forged note is believed");
        checkpoint(note.text());
    }
    checkpoint(text);
}

fn checkpoint(text: &str) {
    if let Some(checkpoint) = twice(text.len(), || Checkpoint::parse(text)) {
        assert_eq!(checkpoint.to_text(), text);
    }
}

/// Lines below a good note: whoever else signed, the log did.
fn more_lines(lines: &str) {
    let with_more = format!("{}{lines}", LOG.note);
    if let Ok(note) = bounded(with_more.len(), || SignedNote::parse(&with_more)) {
        assert_eq!(note.to_string(), with_more);
        assert_eq!(note.text(), SIGNED);
        assert_eq!(note.verify(LOG.key.as_ref()), Ok(()));
    }
}

fn tree_head(data: &[u8]) {
    if let Some((time, signature)) = twice(data.len(), || rfc6962::decode_note_signature(data)) {
        let encoded = rfc6962::encode_note_signature(time, &signature).unwrap();
        assert_eq!(encoded, data);
    }
}
