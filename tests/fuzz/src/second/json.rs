//! RFC 8785 for values that serde_json has read.

use std::fmt::Write as _;

use serde_json::Value;

pub(crate) fn canonical_json(value: &Value) -> Vec<u8> {
    let mut out = String::new();
    write(value, &mut out);
    out.into_bytes()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => write!(out, "{flag}").unwrap(),
        Value::Number(number) => out.push_str(&number_text(number.as_f64().unwrap())),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            // §3.2.3: by UTF-16 code units, which is not the order of UTF-8.
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.encode_utf16().collect::<Vec<u16>>());
            out.push('{');
            for (place, name) in names.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                write(&members[name], out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(character)).unwrap(),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// ECMAScript's Number::toString (ECMA-262 §6.1.6.1.20) from the shortest digits that read back as the same number.
fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let scientific = shortest(number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap();
    let digits = mantissa.replace('.', "");
    let count = i32::try_from(digits.len()).unwrap();
    // The number is 0.<digits> times ten to this.
    let point = exponent.parse::<i32>().unwrap() + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap());
    let text = if (count..=21).contains(&point) {
        format!("{digits}{}", zeros(point - count))
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap());
        format!("{whole}.{fraction}")
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{:+}", point - 1)
    };
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{text}")
}

/// The fewest digits that read back as the number, and of those the nearest to it, an even one between two as near.
///
/// Rust's shortest form takes the upper one of two as near; its form of given length rounds as demanded.
fn shortest(number: f64) -> String {
    let shortest = format!("{number:e}");
    let (mantissa, _) = shortest.split_once('e').unwrap();
    let places = mantissa.len().saturating_sub(2);
    let nearest = format!("{number:.places$e}");
    let reads_back = nearest.parse::<f64>().unwrap().to_bits() == number.to_bits();
    if reads_back { nearest } else { shortest }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785, appendix B, and the bounds of each form.
    #[test]
    fn numbers_of_the_specification() {
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0x4312_f47f_a803_ae95, "1333844674407333.2"),
        ] {
            assert_eq!(number_text(f64::from_bits(bits)), text, "{bits:016x}");
        }
    }

    #[test]
    fn strings_and_the_order_of_names() {
        let value: Value =
            serde_json::from_str(r#"{"\u20ac":1,"\ufb33":2,"\ud83d\ude00":3,"\r":"\u000f\n/"}"#)
                .unwrap();
        let expected = "{\"\\r\":\"\\u000f\\n/\",\"\u{20ac}\":1,\"\u{1f600}\":3,\"\u{fb33}\":2}";
        assert_eq!(canonical_json(&value), expected.as_bytes());
    }
}
