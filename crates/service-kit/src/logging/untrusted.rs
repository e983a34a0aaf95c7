//! Text that others wrote, made safe to print.

use std::fmt::{self, Display, Formatter, Write};

/// Longer foreign text is cut here, in bytes of the original.
const CUT_BYTES: usize = 1024;

/// Shows foreign text with every character escaped that could forge a line, move the cursor or reorder what is read.
///
/// C0, DEL, C1, line and paragraph separators, bidirectional controls, zero-width and other invisible formatting
/// characters and the backslash itself appear as escapes (`\n`, `\u{202e}`); what passes 1 KiB is cut and marked
/// with `…`, never inside a character.
#[derive(Clone, Copy)]
pub struct Untrusted<'a>(pub &'a str);

impl Display for Untrusted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (at, character) in self.0.char_indices() {
            if at + character.len_utf8() > CUT_BYTES {
                return out.write_char('…');
            }
            if must_escape(character) {
                write!(out, "{}", escaped(character))?;
            } else {
                out.write_char(character)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Untrusted<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// As [`Untrusted`], for bytes that need not be text; what is not UTF-8 appears as `\x..`.
#[derive(Clone, Copy)]
pub struct UntrustedBytes<'a>(pub &'a [u8]);

impl Display for UntrustedBytes<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut left = CUT_BYTES;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                let Some(rest) = left.checked_sub(character.len_utf8()) else {
                    return out.write_char('…');
                };
                left = rest;
                if must_escape(character) {
                    write!(out, "{}", escaped(character))?;
                } else {
                    out.write_char(character)?;
                }
            }
            for byte in chunk.invalid() {
                let Some(rest) = left.checked_sub(1) else {
                    return out.write_char('…');
                };
                left = rest;
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for UntrustedBytes<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

fn escaped(character: char) -> impl Display {
    // `escape_default` spells the usual ones (`\n`, `\t`, `\\`) and turns the rest into `\u{…}`.
    character.escape_default()
}

fn must_escape(character: char) -> bool {
    character == '\\' || character.is_control() || is_invisible(character)
}

/// Characters that show nothing or change how their neighbours are shown.
///
/// Source: Unicode Standard Annex 9 (bidirectional controls) and Technical Report 36 §3 (invisible characters).
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}'                  // soft hyphen
        | '\u{034f}'                // combining grapheme joiner
        | '\u{061c}'                // Arabic letter mark
        | '\u{115f}' | '\u{1160}'   // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'   // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'   // Mongolian selectors and separator
        | '\u{200b}'..='\u{200f}'   // zero width, left-to-right and right-to-left marks
        | '\u{2028}'..='\u{202e}'   // line and paragraph separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'   // word joiner, invisible operators, isolates
        | '\u{3164}' | '\u{ffa0}'   // Hangul fillers
        | '\u{fe00}'..='\u{fe0f}'   // variation selectors
        | '\u{feff}'                // byte order mark
        | '\u{fff0}'..='\u{fffb}'   // specials, interlinear annotation
        | '\u{1d173}'..='\u{1d17a}' // musical formatting
        | '\u{e0000}'..='\u{e0fff}' // tags, variation selectors supplement
    )
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
mod tests;
