//! JSON as Go programs write it, for texts that are signed or compared byte for byte.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Writes compact JSON with Go's escapes: `<`, `>` and `&` stand as `\u003c`, `\u003e`, `\u0026`.
///
/// Members of structs keep their order; use sorted maps where Go has maps.
///
/// # Errors
/// The writer's error; values that are made of texts, numbers and maps of text have none.
///
/// Source: Go `encoding/json`, `Marshal`.
pub(super) fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut written = Vec::new();
    value.serialize(&mut Serializer::with_formatter(
        &mut written,
        GoFormatter(CompactFormatter),
    ))?;
    Ok(written)
}

struct GoFormatter(CompactFormatter);

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(escape) {
            let (plain, from) = rest.split_at(position);
            self.0.write_string_fragment(writer, plain)?;
            let mut characters = from.chars();
            if let Some(special) = characters.next() {
                write!(writer, "\\u{:04x}", u32::from(special))?;
            }
            rest = characters.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

/// What Go escapes although JSON does not ask for it: HTML, and the two line ends of JavaScript.
fn escape(character: char) -> bool {
    matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::to_vec;
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
}
