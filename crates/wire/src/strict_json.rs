//! JSON of strangers, read in one way only: a member that stands twice is refused, at any depth.
//!
//! Two members of one name are read differently by different parsers, so that a document with them could show one value
//! to whoever signed it or issued it, and another one to whoever uses it.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

/// Reads one JSON document whose objects name no member twice.
///
/// # Errors
/// The reader's error, with line and column.
///
/// Source: RFC 8259 §4: names within an object should be unique.
pub fn parse(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Strict>(json).map(|strict| strict.0)
}

/// Reads one JSON object as [`parse`] does.
///
/// # Errors
/// The reader's error, also for any other value than an object.
pub fn parse_object(json: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    match parse(json)? {
        Value::Object(members) => Ok(members),
        _ => Err(serde_json::Error::custom("not an object")),
    }
}

/// Reads one JSON object into a message; the array of its members, which serde alone would take, is refused.
///
/// # Errors
/// The reader's error.
pub fn parse_message<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(parse_object(json)?))
}

/// Reads JSON documents that follow one another, each as [`parse`] does.
///
/// # Errors
/// Each is the reader's error of its document.
pub fn values(json: &[u8]) -> impl Iterator<Item = Result<Value, serde_json::Error>> {
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
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{parse, parse_message, parse_object, values};
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

    #[test]
    fn an_object_is_one_and_a_message_is_read_from_one() {
        let object = parse_object(br#"{"a":{"a":""}}"#).unwrap();
        assert_eq!(Value::Object(object), json!({"a": {"a": ""}}));
        let message: (u8, u8) = serde_json::from_str("[1,2]").unwrap();
        assert_eq!(message, (1, 2));
        for text in ["[1,2]", "1", "null"] {
            let error = parse_object(text.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, "not an object", "{text}");
            let error = parse_message::<(u8, u8)>(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), "not an object", "{text}");
        }
    }

    #[test]
    fn documents_may_follow_one_another() {
        let mut read = values(br#"{"a":1} {"a":1,"a":2}"#);
        assert_eq!(read.next().unwrap().unwrap(), json!({"a": 1}));
        let error = read.next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with("duplicate member \"a\""), "{error}");
    }
}
