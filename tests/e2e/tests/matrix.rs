//! Every client's bundle verified by every client. The table that comes out is docs/compatibility.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use sigbox_e2e::matrix::{Clients, Content, Expected, Log, Program, Signer, Way};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");
const WORKERS: usize = 4;

const SIGNERS: [Program; 4] = [Program::Cosign, Program::Python, Program::Js, Program::Ours];
const VERIFIERS: [Program; 5] = [
    Program::Cosign,
    Program::Python,
    Program::Js,
    Program::JsNewer,
    Program::Ours,
];

/// A reason why cells are not green. The first one that is about a cell holds.
struct Note {
    about: fn(Way, Program) -> bool,
    fate: Fate,
    why: &'static str,
}

/// What is asserted of such a cell.
#[derive(Clone, Copy)]
enum Fate {
    /// The client has no way to sign so: there is nothing to run.
    NoWay,
    /// Verifying ends with 1 and this on stderr.
    Refused(&'static str),
}

const NOTES: &[Note] = &[
    Note {
        about: |way, _| {
            way.signer == Signer::Key && matches!(way.program, Program::Python | Program::Js)
        },
        fate: Fate::NoWay,
        why: "sigstore-python and sigstore-js sign with an identity only: neither has an option for a key (the latter's library lets \
              a program bring a signer of its own; this test does not).",
    },
    Note {
        about: |way, verifier| way.signer == Signer::Key && verifier == Program::Python,
        fate: Fate::Refused("expected certificate in bundle"),
        why: "sigstore-python verifies identities only: it does not read a bundle that names a key instead of holding a certificate.",
    },
    Note {
        about: |way, verifier| {
            way.content == Content::Attestation && way.log == Log::V2 && verifier == Program::Js
        },
        fate: Fate::Refused("TLOG_BODY_ERROR: digest mismatch"),
        why: "A log of version 2 holds an attestation by the digest of its PAE. The verifier of this sigstore-js expects \
              that of the payload; the newer one is corrected.",
    },
    Note {
        about: |way, verifier| {
            way.content == Content::Attestation
                && matches!(way.program, Program::Cosign | Program::Ours)
                && verifier == Program::Python
        },
        fate: Fate::Refused("malformed in-toto statement"),
        why: "From a predicate, cosign makes an in-toto statement of version 0.1, and ours does as cosign does; sigstore-python reads \
              those of version 1 only. A statement of one's own, given by `--statement`, is signed as it is.",
    },
];

/// The note on a cell, with its number in the document.
fn note(way: Way, verifier: Program) -> Option<(usize, &'static Note)> {
    (1..)
        .zip(NOTES)
        .find(|(_, note)| (note.about)(way, verifier))
}

#[test]
fn compat_05_every_client_verifies_every_other_as_the_document_says() -> Result<()> {
    let Some(clients) = Clients::find()? else {
        return Ok(());
    };
    let ways = Way::all(&SIGNERS);
    let mut rows: Vec<(usize, Result<String>)> = std::thread::scope(|scope| {
        let work = |first: usize| {
            let mine = ways.iter().enumerate().skip(first).step_by(WORKERS);
            mine.map(|(at, way)| (at, row(&clients, *way)))
                .collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..WORKERS)
            .map(|first| scope.spawn(move || work(first)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    rows.sort_by_key(|(at, _)| *at);
    let failures: Vec<_> = rows
        .iter()
        .filter_map(|(at, row)| Some(format!("{:?}: {:?}", ways[*at], row.as_ref().err()?)))
        .collect();
    ensure!(failures.is_empty(), "{}", failures.join("\n\n"));
    let rows = rows.into_iter().map(|(_, row)| row.unwrap());
    compare(&document(&clients.versions()?, &ways, rows)?)
}

/// Signs once and has every client verify: a row of the document.
fn row(clients: &Clients, way: Way) -> Result<String> {
    let name = format!(
        "{:?}{:?}{:?}{:?}",
        way.program, way.log, way.signer, way.content
    );
    let bundle = clients.file(&name);
    match note(way, Program::Cosign).map(|(_, note)| note.fate) {
        Some(Fate::NoWay) => {}
        Some(Fate::Refused(_)) | None => {
            clients.sign(way, &bundle)?.expect(0)?;
            let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&bundle)?)?;
            let version = &json["verificationMaterial"]["tlogEntries"][0]["kindVersion"]["version"];
            let expected = match way.log {
                Log::V1 => "0.0.1",
                Log::V2 => "0.0.2",
            };
            ensure!(version == expected, "the entry's version: {json}");
        }
    }
    let mut row = format!("| {} | {} |", way.program.name(), way.log.name());
    for verifier in VERIFIERS {
        let verify = |expected| clients.verify(way, &bundle, verifier, expected);
        let cell = match note(way, verifier) {
            None => {
                verify(Expected::Right)?.expect(0)?;
                verify(Expected::Other)?
                    .expect(1)?
                    .says(refusal(way, verifier))?;
                "yes".to_owned()
            }
            Some((number, note)) => match note.fate {
                Fate::Refused(text) => {
                    verify(Expected::Right)?.expect(1)?.says(text)?;
                    format!("no ({number})")
                }
                Fate::NoWay => format!("- ({number})"),
            },
        };
        write!(row, " {cell} |")?;
    }
    Ok(row)
}

/// What a verifier says when it expects another identity or another key.
fn refusal(way: Way, verifier: Program) -> &'static str {
    match (verifier, way.signer) {
        (Program::Cosign | Program::Ours, Signer::Keyless) => {
            "expected SAN value \"mallory@example.com\", got \"alice@example.com\""
        }
        (Program::Cosign, Signer::Key) => "failed to verify log inclusion",
        (Program::Ours, Signer::Key) => "log entry holds another key",
        (Program::Python, _) => "Certificate's SANs do not match",
        (Program::Js | Program::JsNewer, Signer::Keyless) => {
            "UNTRUSTED_SIGNER_ERROR: certificate identity error"
        }
        (Program::Js | Program::JsNewer, Signer::Key) => {
            "SIGNATURE_ERROR: signature verification failed"
        }
    }
}

/// The document: versions, a table a section, notes.
fn document(
    versions: &[String; 5],
    ways: &[Way],
    rows: impl Iterator<Item = String>,
) -> Result<String> {
    let [cosign, python, js, verify, newer] = versions;
    let mut text = format!(
        "# Compatibility

Made by the test `tests/e2e/tests/matrix.rs`, which runs every cell and fails when this file says otherwise. To write it anew:
`SIGBOX_BLESS=1 cargo test -p sigbox-e2e --test matrix`, with the clients that `tests/peers/install` installs.

Each row is a bundle that a client has made with `sigbox up --dev`, with the log of that version; each column is a client that
verifies it. `yes`: verified, and refused when another identity or another key is expected. `no`: refused, as the test
demands; `-`: there is no such bundle. The number is that of the note below.

| client | version |
|---|---|
| cosign | {cosign} |
| sigstore-python | {python} |
| sigstore-js | {js}, verifying by @sigstore/verify {verify} |
| newer @sigstore/verify | {newer}, that of the next sigstore-js |
| ours | `cosign` of this repository |

sigstore-js leaves it to its caller to compare an attestation's subject with the file, and to say which key a bundle's hint
stands for: here the hint is the base64 of the SHA-256 of the key, as cosign writes it.
"
    );
    let mut section = None;
    for (way, row) in ways.iter().zip(rows) {
        if section.replace((way.content, way.signer)) != Some((way.content, way.signer)) {
            let title = match (way.content, way.signer) {
                (Content::Blob, Signer::Keyless) => "A file, keyless",
                (Content::Blob, Signer::Key) => "A file, with a key",
                (Content::Attestation, Signer::Keyless) => "An attestation, keyless",
                (Content::Attestation, Signer::Key) => "An attestation, with a key",
            };
            let verifiers = VERIFIERS.map(Program::name).join(" | ");
            write!(text, "\n## {title}\n\n| signed by | log | {verifiers} |\n")?;
            writeln!(text, "|---|---|{}", "---|".repeat(VERIFIERS.len()))?;
        }
        writeln!(text, "{row}")?;
    }
    text.push_str("\n## Notes\n\n");
    for (number, note) in (1..).zip(NOTES) {
        writeln!(text, "{number}. {}", note.why)?;
    }
    Ok(text)
}

/// Compares with the document, or writes it.
fn compare(found: &str) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the test's one setting")]
    let bless = std::env::var_os("SIGBOX_BLESS").is_some_and(|value| value == "1");
    if bless {
        return Ok(std::fs::write(DOCUMENT, found)?);
    }
    let document = std::fs::read_to_string(DOCUMENT).context("docs/compatibility.md")?;
    ensure!(
        document == found,
        "docs/compatibility.md differs from what was found; if that is right, run this test with SIGBOX_BLESS=1:\n{found}"
    );
    Ok(())
}
