//! Byte strings, 64-bit integers and enums.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The largest integer that a JSON number with a fraction or exponent holds exactly.
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// A text is not base64 in either alphabet.
#[derive(Debug, thiserror::Error)]
#[error("not valid base64")]
pub struct Base64Error(#[source] base64::DecodeError);

/// Reads base64 in the standard or the URL alphabet, padded or not, line breaks ignored.
///
/// # Errors
/// [`Base64Error`] for any other character, a wrong length, misplaced padding, or bits left over.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    let engine = if text.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    // Go's decoder skips line breaks, and bundles with broken lines are about.
    let joined = text
        .contains(['\r', '\n'])
        .then(|| text.replace(['\r', '\n'], ""));
    engine
        .decode(joined.as_deref().unwrap_or(text))
        .map_err(Base64Error)
}

/// Writes base64 in the standard alphabet with padding.
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A protobuf `bytes` value: base64 in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Base64Bytes(pub Vec<u8>);

impl Serialize for Base64Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode_base64(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64Visitor;
        impl Visitor<'_> for Base64Visitor {
            type Value = Base64Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a base64 string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Base64Bytes, E> {
                // The text itself is left out of the message: it may be a megabyte.
                let decoded = decode_base64(text);
                decoded
                    .map(Base64Bytes)
                    .map_err(|_| E::custom("invalid base64 in a byte string"))
            }
        }
        deserializer.deserialize_str(Base64Visitor)
    }
}

/// A protobuf `int64` value: a decimal string in JSON, read from a number as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Int64(pub i64);

impl Serialize for Int64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Int64Visitor).map(Self)
    }
}

struct Int64Visitor;

impl Visitor<'_> for Int64Visitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a 64-bit integer or its decimal string")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<i64, E> {
        // `1.0` and `1e3` are integers to protobuf JSON.
        if value.fract() == 0.0 && value.abs() <= MAX_EXACT_FLOAT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "integral and within 2^53, checked above"
            )]
            return Ok(value as i64);
        }
        Err(E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        // A JSON number has no plus sign and no leading zeros, quoted or not.
        let canonical = digits == "0" || !digits.starts_with(['0', '+', '-']);
        let parsed = text.parse().ok().filter(|_| canonical);
        // As above, the text may be long.
        parsed.ok_or_else(|| E::invalid_value(Unexpected::Other("string"), &self))
    }
}

/// A protobuf enum value as it was sent: by name or by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnumValue {
    /// The value's name.
    Name(String),
    /// The value's number.
    Number(i64),
}

impl EnumValue {
    /// The name, or the number in decimal.
    pub fn text(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Serialize for EnumValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Number(number) => serializer.serialize_i64(*number),
        }
    }
}

impl<'de> Deserialize<'de> for EnumValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnumVisitor;
        impl Visitor<'_> for EnumVisitor {
            type Value = EnumValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name or number of an enum value")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<EnumValue, E> {
                Ok(EnumValue::Name(name.to_owned()))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<EnumValue, E> {
                enum_number(number)
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<EnumValue, E> {
                enum_number(number)
            }
        }
        deserializer.deserialize_any(EnumVisitor)
    }
}

fn enum_number<E: serde::de::Error>(number: impl TryInto<i32>) -> Result<EnumValue, E> {
    let number: Result<i32, _> = number.try_into();
    let number = number.map_err(|_| E::custom("enum number out of range"))?;
    Ok(EnumValue::Number(number.into()))
}

/// Reads an unsigned 32-bit number from a number or its decimal string.
pub(crate) fn uint32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = Option::<Int64>::deserialize(deserializer)?;
    let converted = number.map(|number| u32::try_from(number.0)).transpose();
    converted.map_err(|_| D::Error::custom("number is not an unsigned 32-bit integer"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_both_alphabets_with_or_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8", "+/\r\n8=\n"] {
            assert_eq!(decode_base64(text).unwrap(), [0xfb, 0xff], "{text}");
        }
        for text in ["+_8=", "+/9=", "a", "+/8==", "AA=A", " AA==", "AB=="] {
            assert!(matches!(decode_base64(text), Err(Base64Error(_))), "{text}");
        }
        assert_eq!(encode_base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn int64_is_read_from_strings_and_numbers() {
        for (json, value) in [
            ("\"0\"", 0),
            ("7", 7),
            ("\"-3\"", -3),
            ("-3", -3),
            ("1.0", 1),
            ("1e3", 1000),
        ] {
            assert_eq!(
                serde_json::from_str::<Int64>(json).unwrap(),
                Int64(value),
                "{json}"
            );
        }
        let largest = serde_json::from_str::<Int64>("\"9223372036854775807\"").unwrap();
        assert_eq!(largest, Int64(i64::MAX));
        for json in [
            "\"+1\"",
            "\"007\"",
            "\"\"",
            "\"-\"",
            "\"--1\"",
            "\" 1\"",
            "1.5",
            "9223372036854775808",
            "true",
            "[]",
        ] {
            let refused = serde_json::from_str::<Int64>(json).unwrap_err();
            assert!(refused.is_data(), "{json}: {refused}");
        }
        assert_eq!(serde_json::to_string(&Int64(-5)).unwrap(), "\"-5\"");
    }
}
