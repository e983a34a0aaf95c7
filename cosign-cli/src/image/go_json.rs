//! JSON as Go programs write it, for texts that are signed or compared byte for byte.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::ui;

/// Writes compact JSON with Go's escapes: `<`, `>` and `&` stand as `\u003c`, `\u003e`, `\u0026`.
///
/// Members of structs keep their order; use sorted maps where Go has maps.
///
/// # Errors
/// The writer's error; values that are made of texts, numbers and maps of text have none.
///
/// Source: Go `encoding/json`, `Marshal`.
pub(super) fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    write(value, is_escaped_by_go)
}

/// The same text for a terminal: what could steer it is escaped as well, so that every reader sees the same value.
///
/// # Errors
/// The writer's error.
pub(super) fn to_shown<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let written = write(value, |character| {
        is_escaped_by_go(character) || ui::is_unsafe(character)
    })?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

fn write<T: Serialize>(value: &T, escape: fn(char) -> bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut written = Vec::new();
    let formatter = GoFormatter(CompactFormatter, escape);
    value.serialize(&mut Serializer::with_formatter(&mut written, formatter))?;
    Ok(written)
}

struct GoFormatter(CompactFormatter, fn(char) -> bool);

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(self.1) {
            let (plain, from) = rest.split_at(position);
            self.0.write_string_fragment(writer, plain)?;
            let mut characters = from.chars();
            if let Some(special) = characters.next() {
                for unit in special.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

/// What Go escapes although JSON does not ask for it: HTML, and the two line ends of JavaScript.
fn is_escaped_by_go(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::{to_shown, to_vec};
    use std::collections::BTreeMap;

    #[test]
    fn html_is_escaped_and_the_rest_is_not() {
        let map = BTreeMap::from([("b<&>", "x\u{2028}ü\"\\\n\u{1}é/"), ("a", "")]);
        let text = String::from_utf8(to_vec(&map).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"a\":\"\",\"b\\u003c\\u0026\\u003e\":\"x\\u2028ü\\\"\\\\\\n\\u0001é/\"}"
        );
    }

    #[test]
    fn what_is_shown_steers_no_terminal_and_means_the_same() {
        let hostile = "a\u{9b}b\u{202e}c\u{e0041}d\u{7f}é";
        let shown = to_shown(&hostile).unwrap();
        assert_eq!(shown, "\"a\\u009bb\\u202ec\\udb40\\udc41d\\u007fé\"");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), hostile);
    }
}
