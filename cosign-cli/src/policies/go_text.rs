//! Values in the form in which Go's `%v` prints them, which is what users' scripts read.

use std::fmt;

use serde_json::Value;

/// A JSON value as Go prints what it was decoded to, with numbers as they were written.
///
/// Source: Go `fmt`, "the default format"; maps are printed by sorted names.
pub(super) struct GoText<'a>(pub(super) &'a Value);

impl fmt::Display for GoText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("<nil>"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(value) => write!(f, "{value}"),
            Value::String(value) => f.write_str(value),
            Value::Array(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    let space = if at == 0 { "" } else { " " };
                    write!(f, "{space}{}", GoText(value))?;
                }
                f.write_str("]")
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(name, _)| *name);
                f.write_str("map[")?;
                for (at, (name, value)) in members.into_iter().enumerate() {
                    let space = if at == 0 { "" } else { " " };
                    write!(f, "{space}{name}:{}", GoText(value))?;
                }
                f.write_str("]")
            }
        }
    }
}
