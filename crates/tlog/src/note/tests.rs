#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::units::UnixMillis;

/// The checkpoint of a recorded Rekor v2 server (Ed25519 key).
const RECORDED: &str = "rekor.local\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n\n— rekor.local Qqp+Mo7Ic2ZpM24T47nK7n6ghMz/UMEKaAeEO4lyfCQzB75VpGzlny3sOE3AMNOO8c+RLSEwEuRM1KPGJQkgmITwKwI=\n";

/// "Signs" with the length of the text: enough to see what is handed over.
struct LengthKey {
    name: &'static str,
    hint: KeyHint,
}

impl NoteSigner for LengthKey {
    fn name(&self) -> &str {
        self.name
    }

    fn hint(&self) -> KeyHint {
        self.hint
    }

    fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        if now == UnixMillis(0) {
            return Err(NoteSignError::signer("no time"));
        }
        Ok(text.len().to_be_bytes().to_vec())
    }
}

impl NoteVerifier for LengthKey {
    fn name(&self) -> &str {
        self.name
    }

    fn hint(&self) -> KeyHint {
        self.hint
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        signature == text.len().to_be_bytes()
    }
}

const KEY: LengthKey = LengthKey {
    name: "log",
    hint: KeyHint([1, 2, 3, 4]),
};

#[test]
fn reads_and_writes_the_same_bytes() {
    let note = SignedNote::parse(RECORDED).unwrap();
    assert_eq!(
        note.text(),
        "rekor.local\n1\nu7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=\n"
    );
    let [signature] = note.signatures() else {
        panic!("one signature line")
    };
    assert_eq!(
        (signature.name.as_str(), signature.signature.len()),
        ("rekor.local", 64)
    );
    assert_eq!(signature.hint.to_string(), "42aa7e32");
    assert_eq!(note.to_string(), RECORDED);
}

#[test]
fn signs_adds_and_verifies() {
    let mut note = sign_note("hello\n".to_owned(), &KEY, UnixMillis(1)).unwrap();
    assert_eq!(note.to_string(), "hello\n\n— log AQIDBAAAAAAAAAAG\n");
    assert_eq!(note.verify(&KEY), Ok(()));
    note.add(NoteSignature {
        name: "witness".to_owned(),
        hint: KeyHint([9; 4]),
        signature: vec![7],
    });
    assert_eq!(
        note.to_string(),
        "hello\n\n— log AQIDBAAAAAAAAAAG\n— witness CQkJCQc=\n"
    );
    assert_eq!(SignedNote::parse(&note.to_string()), Ok(note));
}

#[test]
fn a_valid_signature_behind_a_colliding_one_counts() {
    let note =
        SignedNote::parse("hello\n\n— log AQIDBAAAAAAAAAAH\n— log AQIDBAAAAAAAAAAG\n").unwrap();
    assert_eq!(note.verify(&KEY), Ok(()));
}

#[test]
fn verify_tells_a_foreign_key_from_a_bad_signature() {
    let note = SignedNote::parse("hello\n\n— log AQIDBAAAAAAAAAAH\n").unwrap();
    let (name, hint) = ("log".to_owned(), KEY.hint);
    assert_eq!(
        note.verify(&KEY),
        Err(NoteVerifyError::BadSignature { name, hint })
    );
    for key in [
        LengthKey {
            name: "other",
            ..KEY
        },
        LengthKey {
            hint: KeyHint([0; 4]),
            ..KEY
        },
    ] {
        let (name, hint) = (key.name.to_owned(), key.hint);
        assert_eq!(
            note.verify(&key),
            Err(NoteVerifyError::NoMatchingSignature { name, hint })
        );
    }
}

#[test]
fn refuses_to_sign_what_cannot_be_a_note() {
    let table = [
        ("", NoteError::MissingTextNewline),
        ("\n", NoteError::MissingTextNewline),
        ("a", NoteError::MissingTextNewline),
        ("a\n\nb\n", NoteError::SecondBlankLine),
        ("\na\n", NoteError::SecondBlankLine),
        ("a\tb\n", NoteError::Control { character: '\t' }),
    ];
    for (text, error) in table {
        match sign_note(text.to_owned(), &KEY, UnixMillis(1)) {
            Err(NoteSignError::Text(found)) => assert_eq!(found, error, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
    let named = LengthKey { name: "a b", ..KEY };
    assert!(matches!(
        sign_note("a\n".to_owned(), &named, UnixMillis(1)),
        Err(NoteSignError::Name(OriginError::WhiteSpace))
    ));
    assert!(matches!(
        sign_note("a\n".to_owned(), &KEY, UnixMillis(0)),
        Err(NoteSignError::Signer(_))
    ));
}

#[test]
fn refuses_every_other_form() {
    use NoteError as E;
    let table = [
        ("", E::MissingBlankLine),
        ("a\n— log AQIDBAA=\n", E::MissingBlankLine),
        ("\n\n— log AQIDBAA=\n", E::MissingTextNewline),
        ("a\n\n", E::NoSignature),
        ("a\n\n\n— log AQIDBAA=\n", E::SecondBlankLine),
        ("a\n\nb\n\n— log AQIDBAA=\n", E::SecondBlankLine),
        ("a\n\n— log AQIDBAA=", E::MissingFinalNewline),
        ("a\r\n\n— log AQIDBAA=\n", E::Control { character: '\r' }),
        ("a\n\nlog AQIDBAA=\n", E::SignatureForm { line: 1 }),
        ("a\n\n- log AQIDBAA=\n", E::SignatureForm { line: 1 }),
        ("a\n\n— log\n", E::SignatureForm { line: 1 }),
        ("a\n\n— log AQIDBAA=\nx\n", E::SignatureForm { line: 2 }),
        (
            "a\n\n—  AQIDBAA=\n",
            E::SignatureName {
                line: 1,
                source: OriginError::Empty,
            },
        ),
        (
            "a\n\n— l+g AQIDBAA=\n",
            E::SignatureName {
                line: 1,
                source: OriginError::Plus,
            },
        ),
        (
            "a\n\n— log AQIDBA==\n",
            E::SignatureTooShort { line: 1, found: 4 },
        ),
        ("a\n\n— log \n", E::SignatureTooShort { line: 1, found: 0 }),
    ];
    for (note, error) in table {
        assert_eq!(SignedNote::parse(note), Err(error), "{note:?}");
    }
    for signature in ["AQIDBAA", "AQIDB-A=", "AQIDBAB=", "AQIDBAA= ", "AQIDBAA=\r"] {
        let note = format!("a\n\n— log {signature}\n");
        assert!(
            matches!(
                SignedNote::parse(&note),
                Err(E::SignatureBase64 { line: 1, .. })
            ),
            "{note:?}"
        );
    }
}

#[test]
fn adv_l14_bounds_text_and_signatures() {
    let long = "a".repeat(MAX_TEXT_SIZE);
    let note = format!("{long}\n\n— log AQIDBAA=\n");
    assert_eq!(
        SignedNote::parse(&note),
        Err(NoteError::TextTooLong {
            found: MAX_TEXT_SIZE + 1
        })
    );
    let line = format!("a\n\n— log {}\n", "A".repeat(1 << 20));
    let found = line.len() - "a\n\n".len();
    assert_eq!(
        SignedNote::parse(&line),
        Err(NoteError::SignaturesTooLong { found })
    );
    let most = format!("a\n\n{}", "— log AQIDBAA=\n".repeat(MAX_SIGNATURES));
    assert_eq!(
        SignedNote::parse(&most).unwrap().signatures().len(),
        MAX_SIGNATURES
    );
    let more = format!("{most}— log AQIDBAA=\n");
    assert_eq!(SignedNote::parse(&more), Err(NoteError::TooManySignatures));
}
