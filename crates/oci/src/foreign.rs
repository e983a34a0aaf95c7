//! Words of a registry, made harmless before they are shown.

use std::fmt;

const MAX_CHARS: usize = 300;

/// Text that a registry or a file chose: kept as sent, cut to 300 characters, shown with everything that could steer a
/// terminal written out as `\u{…}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign(String);

impl Foreign {
    /// Takes the text over, cut.
    pub fn new(text: &str) -> Self {
        let mut kept: String = text.chars().take(MAX_CHARS).collect();
        if kept.len() < text.len() {
            kept.push('…');
        }
        Self(kept)
    }

    /// The text as it was sent (but cut): never print this.
    pub fn as_sent(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Foreign {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_unsafe(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_str(character.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

/// Characters that move the cursor, reorder the line, or hide.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_b20_terminal_control_is_written_out() {
        let shown = Foreign::new("denied\u{1b}[2J\u{202e}").to_string();
        assert_eq!(shown, "denied\\u{1b}[2J\\u{202e}");
        assert_eq!(Foreign::new("plain").to_string(), "plain");
    }

    #[test]
    fn abuse_b20_endless_text_is_cut() {
        let shown = Foreign::new(&"x".repeat(10_000)).to_string();
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
    }
}
