//! PEM text to blocks and back, lenient about line length.
//!
//! Clients send PEM with 64-column lines, 76-column lines and no line breaks at all (sigstore-java); the stricter
//! RFC 7468 parser of the `der` crate refuses some of them. Everything but white space is strict.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// More blocks than any chain or key ring has is an attack on the parser, not a file.
const MAX_BLOCKS: usize = 32;

/// One `-----BEGIN …-----` block.
#[derive(Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// The text between `BEGIN ` and the dashes, such as `CERTIFICATE`.
    pub label: String,
    /// The decoded body; wiped when dropped, since it may be a private key.
    pub der: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for PemBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PemBlock")
            .field("label", &self.label)
            .field("der_len", &self.der.len())
            .finish()
    }
}

/// Why a text is not PEM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// There is no block at all.
    #[error("no PEM block found")]
    NoBlock,
    /// A block begins and does not end, or ends under another label.
    #[error("PEM block `{label}` has no matching end line")]
    Unterminated {
        /// Label of the begin line.
        label: String,
    },
    /// The body is not padded standard base64.
    #[error("PEM block `{label}` does not hold base64")]
    Base64 {
        /// Label of the block.
        label: String,
    },
    /// One block was wanted.
    #[error("{found} PEM blocks where one is expected")]
    BlockCount {
        /// How many there are.
        found: usize,
    },
    /// More than 32 blocks.
    #[error("more than {MAX_BLOCKS} PEM blocks")]
    TooManyBlocks,
    /// The block is of another kind than wanted.
    #[error("PEM block is `{found}`, expected `{expected}`")]
    Label {
        /// The label that is wanted.
        expected: &'static str,
        /// The label that is there.
        found: String,
    },
}

/// All blocks of `text` in order, at least one; text outside the blocks is skipped as OpenSSL and Go do.
///
/// # Errors
/// [`PemError`] for the first thing that is wrong.
///
/// Source: RFC 7468 §2, without its rule on line length.
pub fn decode_all(text: &str) -> Result<Vec<PemBlock>, PemError> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((label, body)) = begin(rest) {
        if blocks.len() == MAX_BLOCKS {
            return Err(PemError::TooManyBlocks);
        }
        let end_line = format!("-----END {label}-----");
        let unterminated = || PemError::Unterminated {
            label: label.to_owned(),
        };
        let (body, after) = body
            .split_once(end_line.as_str())
            .ok_or_else(unterminated)?;
        let compact = Zeroizing::new(
            body.bytes()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect::<Vec<u8>>(),
        );
        let der = STANDARD
            .decode(compact.as_slice())
            .map_err(|_| PemError::Base64 {
                label: label.to_owned(),
            })?;
        blocks.push(PemBlock {
            label: label.to_owned(),
            der: Zeroizing::new(der),
        });
        rest = after;
    }
    if blocks.is_empty() {
        Err(PemError::NoBlock)
    } else {
        Ok(blocks)
    }
}

/// The label and the text after the next begin line.
fn begin(text: &str) -> Option<(&str, &str)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    after.split_once("-----")
}

/// The only block of `text`.
///
/// # Errors
/// [`PemError::BlockCount`] if there are more, else as [`decode_all`].
pub fn decode_one(text: &str) -> Result<PemBlock, PemError> {
    let mut blocks = decode_all(text)?;
    match (blocks.pop(), blocks.len()) {
        (Some(block), 0) => Ok(block),
        (_, more) => Err(PemError::BlockCount { found: more + 1 }),
    }
}

/// `der` as one block with 64-column lines and a newline at the end.
pub fn encode(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut out = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40);
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn writes_sixty_four_columns_and_reads_any_width() {
        let der: Vec<u8> = (0..=99).collect();
        let text = encode("THING", &der);
        assert_eq!(text.lines().nth(1).unwrap().len(), 64);
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let unwrapped = format!("-----BEGIN THING-----\r\n{body}\r\n-----END THING-----");
        let narrow = format!(
            "a comment\n-----BEGIN THING-----\n{}\n-----END THING-----\ntrailer",
            body.as_bytes()
                .chunks(7)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        );
        for text in [text.as_str(), &unwrapped, &narrow] {
            let block = decode_one(text).unwrap();
            assert_eq!(
                (block.label.as_str(), block.der.as_slice()),
                ("THING", der.as_slice())
            );
        }
    }

    #[test]
    fn refuses_by_name() {
        let label = || "A".to_owned();
        let many = encode("A", b"x").repeat(33);
        let table = [
            ("", PemError::NoBlock),
            ("no dashes", PemError::NoBlock),
            (
                "-----BEGIN A-----\neA==\n",
                PemError::Unterminated { label: label() },
            ),
            (
                "-----BEGIN A-----\neA==\n-----END B-----\n",
                PemError::Unterminated { label: label() },
            ),
            (
                "-----BEGIN A-----\ne-==\n-----END A-----\n",
                PemError::Base64 { label: label() },
            ),
            (
                "-----BEGIN A-----\neA\n-----END A-----\n",
                PemError::Base64 { label: label() },
            ),
            (
                "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n-----END A-----\n",
                PemError::Base64 { label: label() },
            ),
            (many.as_str(), PemError::TooManyBlocks),
        ];
        for (text, expected) in table {
            assert_eq!(decode_all(text).unwrap_err(), expected, "{text}");
        }
        assert_eq!(
            decode_one(&encode("A", b"x").repeat(2)).unwrap_err(),
            PemError::BlockCount { found: 2 }
        );
    }
}
