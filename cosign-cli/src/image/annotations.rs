//! Annotations: `-a KEY=VALUE`, signed with an image and demanded of a signature.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ui::Escaped;

/// Annotations of the command line, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Annotations(BTreeMap<String, String>);

/// An annotation that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AnnotationError {
    #[error("invalid flag: {}, expected key=value", Escaped(.0))]
    Form(String),
    #[error("annotation `{}` is given twice", Escaped(.0))]
    Repeated(String),
}

/// A demanded annotation is not signed, or with another value.
///
/// The sentence is the real client's; which annotation it is stands in the fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("missing or incorrect annotation")]
pub(crate) struct Mismatch {
    /// The annotation.
    pub(crate) name: String,
    /// The value that was demanded.
    pub(crate) expected: String,
    /// The signed value; `None` if there is none.
    pub(crate) found: Option<String>,
}

impl Annotations {
    /// Reads the values of `-a`.
    ///
    /// # Errors
    /// [`AnnotationError`], one variant for each rule.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, AnnotationError> {
        let mut annotations = BTreeMap::new();
        for argument in arguments {
            let Some((name, value)) = argument.split_once('=') else {
                return Err(AnnotationError::Form(argument.clone()));
            };
            let before = annotations.insert(name.to_owned(), value.to_owned());
            if before.is_some_and(|before| before != value) {
                return Err(AnnotationError::Repeated(name.to_owned()));
            }
        }
        Ok(Self(annotations))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whether every annotation is signed with its value; a value that is no text equals none.
    ///
    /// # Errors
    /// The first [`Mismatch`] in the order of the names.
    pub(crate) fn check(&self, signed: &BTreeMap<String, Value>) -> Result<(), Mismatch> {
        for (name, expected) in &self.0 {
            let found = signed.get(name);
            if found.and_then(Value::as_str) != Some(expected) {
                return Err(Mismatch {
                    name: name.clone(),
                    expected: expected.clone(),
                    found: found.map(text),
                });
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{AnnotationError, Annotations, Mismatch};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn given(arguments: &[&str]) -> Result<Annotations, AnnotationError> {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        Annotations::parse(&arguments)
    }

    fn signed(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_first_equals_sign_divides() {
        let annotations = given(&["who=me", "url=a=b", "empty="]).unwrap();
        let pairs: Vec<_> = annotations.iter().collect();
        assert_eq!(pairs, [("empty", ""), ("url", "a=b"), ("who", "me")]);
        let form = given(&["who"]).unwrap_err();
        assert_eq!(form.to_string(), "invalid flag: who, expected key=value");
        let twice = given(&["a=1", "a=2"]);
        assert_eq!(twice, Err(AnnotationError::Repeated("a".to_owned())));
        assert_eq!(given(&["a=1", "a=1"]), given(&["a=1"]));
    }

    #[test]
    fn every_annotation_must_be_signed_with_its_value() {
        let wanted = given(&["env=prod", "who=me"]).unwrap();
        let all = signed(json!({"who": "me", "env": "prod", "more": 1}));
        assert_eq!(wanted.check(&all), Ok(()));
        for (found, value) in [
            (None, json!({"env": "prod"})),
            (Some("you"), json!({"env": "prod", "who": "you"})),
            (Some("[\"me\"]"), json!({"env": "prod", "who": ["me"]})),
        ] {
            let mismatch = Mismatch {
                name: "who".to_owned(),
                expected: "me".to_owned(),
                found: found.map(ToOwned::to_owned),
            };
            assert_eq!(wanted.check(&signed(value)), Err(mismatch));
        }
        assert_eq!(given(&[]).unwrap().check(&BTreeMap::new()), Ok(()));
    }
}
