//! Signed notes: a text and the signature lines under it.
//!
//! Source: C2SP signed-note.

mod keys;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use keys::{NoteSignError, NoteSigner, NoteVerifier, NoteVerifyError, sign_note};

use crate::origin::{OriginError, check_name};

/// U+2014 and a space, before every signature line.
const SIGNATURE_PREFIX: &str = "— ";
/// A checkpoint is some hundred bytes; more is an attack on the reader's memory.
const MAX_TEXT_SIZE: usize = 64 * 1024;
/// Room for all signature lines with post-quantum witnesses among them (about 3 KiB each).
const MAX_SIGNATURE_BLOCK_SIZE: usize = 256 * 1024;
/// Log and witnesses together; the C2SP documents let a reader bound it.
const MAX_SIGNATURES: usize = 64;
const HINT_SIZE: usize = 4;

/// First four bytes of a key ID: finds the key, proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHint(pub [u8; HINT_SIZE]);

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key, such as the log's host name.
    pub name: String,
    /// Which key of that name.
    pub hint: KeyHint,
    /// What follows the hint; its form depends on the key type.
    pub signature: Vec<u8>,
}

/// A text with at least one signature line; no signature has been verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why a text is not a signed note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// No blank line stands between the text and the signatures.
    #[error("no blank line before the signatures")]
    MissingBlankLine,
    /// More than one blank line.
    #[error("more than one blank line")]
    SecondBlankLine,
    /// The text is empty or does not end in a newline.
    #[error("the note's text is empty or does not end in a newline")]
    MissingTextNewline,
    /// The last signature line does not end in a newline.
    #[error("the note does not end in a newline")]
    MissingFinalNewline,
    /// A control character other than newline.
    #[error("control character {character:?} in the note")]
    Control {
        /// The character.
        character: char,
    },
    /// The text is too long.
    #[error("the note's text has {found} bytes, at most {MAX_TEXT_SIZE} are read")]
    TextTooLong {
        /// Length found, in bytes.
        found: usize,
    },
    /// The signature lines are too long.
    #[error("the signature lines have {found} bytes, at most {MAX_SIGNATURE_BLOCK_SIZE} are read")]
    SignaturesTooLong {
        /// Length found, in bytes.
        found: usize,
    },
    /// No signature line.
    #[error("no signature line")]
    NoSignature,
    /// Too many signature lines.
    #[error("more than {MAX_SIGNATURES} signature lines")]
    TooManySignatures,
    /// A line below the blank line does not begin with an em dash and a space, or lacks its second part.
    #[error("signature line {line} is not `— <name> <base64>`")]
    SignatureForm {
        /// Number of the signature line, from 1.
        line: usize,
    },
    /// The name on a signature line is not a key name.
    #[error("signature line {line} has no proper key name")]
    SignatureName {
        /// Number of the signature line, from 1.
        line: usize,
        /// The broken rule.
        #[source]
        source: OriginError,
    },
    /// The signature is not standard base64.
    #[error("signature line {line} is not standard base64")]
    SignatureBase64 {
        /// Number of the signature line, from 1.
        line: usize,
        /// Where the base64 breaks.
        #[source]
        source: base64::DecodeError,
    },
    /// The signature has no byte after its key hint.
    #[error("signature line {line} has {found} bytes, at least 5 are needed")]
    SignatureTooShort {
        /// Number of the signature line, from 1.
        line: usize,
        /// Length found, in bytes.
        found: usize,
    },
}

impl SignedNote {
    /// Reads a signed note: text, one blank line, signature lines. Nothing is verified.
    ///
    /// # Errors
    /// [`NoteError`], by the first rule that is broken.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let (text, signatures) = split_note(note)?;
        check_text(text)?;
        if signatures.len() > MAX_SIGNATURE_BLOCK_SIZE {
            return Err(NoteError::SignaturesTooLong {
                found: signatures.len(),
            });
        }
        let body = signatures
            .strip_suffix('\n')
            .ok_or(NoteError::MissingFinalNewline)?;
        let signatures = body
            .split('\n')
            .enumerate()
            .map(|(position, line)| {
                if position >= MAX_SIGNATURES {
                    Err(NoteError::TooManySignatures)
                } else {
                    parse_line(line, position + 1)
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// Starts a note from a checked text and its first signature.
    fn new(text: String, first: NoteSignature) -> Self {
        Self {
            text,
            signatures: vec![first],
        }
    }

    /// The signed text, newline at the end included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line at the end, such as a witness's.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }
}

impl fmt::Display for SignedNote {
    /// Writes the exact bytes of the note.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for NoteSignature {
            name,
            hint,
            signature,
        } in &self.signatures
        {
            let mut bytes = Vec::with_capacity(HINT_SIZE + signature.len());
            bytes.extend(hint.0);
            bytes.extend(signature);
            writeln!(f, "{SIGNATURE_PREFIX}{name} {}", STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

/// Splits at the only blank line. sigstore-python and sigstore-java refuse a second one, so no reader may see two texts.
fn split_note(note: &str) -> Result<(&str, &str), NoteError> {
    if note.starts_with('\n') {
        return Err(NoteError::MissingTextNewline);
    }
    let (text, signatures) = note.split_once("\n\n").ok_or(NoteError::MissingBlankLine)?;
    if signatures.contains("\n\n") || signatures.starts_with('\n') {
        return Err(NoteError::SecondBlankLine);
    }
    if signatures.is_empty() {
        return Err(NoteError::NoSignature);
    }
    // `split_once` took both newlines; the first of them belongs to the text.
    let text = note.get(..=text.len()).unwrap_or(text);
    Ok((text, signatures))
}

/// The rules for a text that is to be signed.
fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_TEXT_SIZE {
        return Err(NoteError::TextTooLong { found: text.len() });
    }
    if !text.ends_with('\n') || text == "\n" {
        return Err(NoteError::MissingTextNewline);
    }
    if text.starts_with('\n') || text.contains("\n\n") {
        return Err(NoteError::SecondBlankLine);
    }
    match text
        .chars()
        .find(|character| character.is_ascii_control() && *character != '\n')
    {
        Some(character) => Err(NoteError::Control { character }),
        None => Ok(()),
    }
}

fn parse_line(line_text: &str, line: usize) -> Result<NoteSignature, NoteError> {
    let form = NoteError::SignatureForm { line };
    let (name, encoded) = line_text
        .strip_prefix(SIGNATURE_PREFIX)
        .and_then(|rest| rest.split_once(' '))
        .ok_or(form)?;
    check_name(name).map_err(|source| NoteError::SignatureName { line, source })?;
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|source| NoteError::SignatureBase64 { line, source })?;
    match bytes.split_first_chunk::<HINT_SIZE>() {
        Some((hint, signature)) if !signature.is_empty() => Ok(NoteSignature {
            name: name.to_owned(),
            hint: KeyHint(*hint),
            signature: signature.to_vec(),
        }),
        _ => Err(NoteError::SignatureTooShort {
            line,
            found: bytes.len(),
        }),
    }
}

#[cfg(test)]
mod tests;
