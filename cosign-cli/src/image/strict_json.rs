//! JSON of strangers, read in one way only: a member that stands twice is refused, at any depth.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON document whose objects name no member twice.
///
/// Whoever signed it and whoever uses it must see the same value, and readers of JSON differ on which of two counts.
///
/// # Errors
/// The reader's error, with line and column.
pub(super) fn parse(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Strict>(json).map(|strict| strict.0)
}

/// Reads JSON documents that follow one another, each as [`parse`] does.
pub(crate) fn values(json: &[u8]) -> impl Iterator<Item = Result<Value, serde_json::Error>> {
    let read = serde_json::Deserializer::from_slice(json).into_iter::<Strict>();
    read.map(|read| read.map(|strict| strict.0))
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = map.next_entry::<String, Strict>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate member {name:?}")));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::{Value, json};

    #[test]
    fn reads_what_others_read() {
        let text = br#"{"a":[1,-2,1.5,true,null,"x"],"b":{"c":{}}}"#;
        let expected = json!({"a": [1, -2, 1.5, true, null, "x"], "b": {"c": {}}});
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse(b"null").unwrap(), Value::Null);
    }

    #[test]
    fn a_member_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"\u0061":3}}]"#] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("duplicate member \"a\""), "{error}");
        }
        let twice = parse(b"{} {}").unwrap_err().to_string();
        assert_eq!(twice, "trailing characters at line 1 column 4");
    }
}
