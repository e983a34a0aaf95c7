//! The variables of a Dockerfile.

use std::collections::BTreeMap;

use super::DockerfileError;
use super::lines::unquoted;

/// An error is that of a default which cannot be told, and matters only where the variable is used.
type Values = BTreeMap<String, Result<Option<String>, DockerfileError>>;

/// What variables stand for, at one place of a file.
pub(super) struct Variables<'a> {
    /// Values that the caller gives for `ARG`s.
    given: &'a BTreeMap<String, String>,
    /// The caller's environment.
    environment: &'a dyn Fn(&str) -> Option<String>,
    /// Of the `ARG`s before the first stage: those that count in `FROM`.
    global: Values,
    /// Of the `ARG`s of this stage.
    stage: Option<Values>,
}

impl<'a> Variables<'a> {
    pub(super) fn new(
        given: &'a BTreeMap<String, String>,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            given,
            environment,
            global: Values::new(),
            stage: None,
        }
    }

    /// A stage begins, which knows nothing of the one before.
    pub(super) fn begin_stage(&mut self) {
        self.stage = Some(Values::new());
    }

    /// `ARG NAME` and `ARG NAME=DEFAULT`, several in one line.
    pub(super) fn declare(&mut self, words: &[&str], line: usize) {
        for word in words {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(unquoted(default))),
                None => (*word, None),
            };
            let value = match (self.given.get(name), default) {
                (Some(given), _) => Ok(Some(given.clone())),
                (None, Some(default)) => {
                    let known = self.stage.as_ref().unwrap_or(&self.global);
                    self.substituted(default, known, line).map(Some)
                }
                // What was said before the first stage is meant by a bare name in a stage.
                (None, None) => self.global.get(name).cloned().unwrap_or(Ok(None)),
            };
            let scope = self.stage.as_mut().unwrap_or(&mut self.global);
            scope.insert(name.to_owned(), value);
        }
    }

    /// A text of `FROM` with its variables replaced.
    pub(super) fn in_from(&self, text: &str, line: usize) -> Result<String, DockerfileError> {
        self.substituted(text, &self.global, line)
    }

    /// A text of another instruction with its variables replaced.
    pub(super) fn in_stage(&self, text: &str, line: usize) -> Result<String, DockerfileError> {
        self.substituted(text, self.stage.as_ref().unwrap_or(&self.global), line)
    }

    /// Replaces `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME-word}`; every other form is refused.
    fn substituted(
        &self,
        text: &str,
        known: &Values,
        line: usize,
    ) -> Result<String, DockerfileError> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            let (name, default, after) =
                variable(after).ok_or(DockerfileError::Variable { line })?;
            let value = known.get(name).cloned().transpose()?.flatten();
            let value = value.or_else(|| (self.environment)(name));
            let value = value.filter(|value| !value.is_empty());
            let value = value.or_else(|| default.map(ToOwned::to_owned));
            let name = name.to_owned();
            result.push_str(&value.ok_or(DockerfileError::NoValue { line, name })?);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// The name behind a `$`, its default, and what follows.
fn variable(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let is_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let Some(inner) = text.strip_prefix('{') else {
        let end = text.find(|one| !is_name(one)).unwrap_or(text.len());
        let (name, after) = text.split_at(end);
        return (!name.is_empty()).then_some((name, None, after));
    };
    let (inner, after) = inner.split_once('}')?;
    let end = inner.find(|one| !is_name(one)).unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    let default = match operator.strip_prefix(":-").or(operator.strip_prefix('-')) {
        Some(default) if !default.contains('$') => Some(default),
        None if operator.is_empty() => None,
        _ => return None,
    };
    (!name.is_empty()).then_some((name, default, after))
}
