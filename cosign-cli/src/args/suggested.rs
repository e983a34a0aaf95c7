//! Values that a shell completes, of flags that take others too, or refuse them in the real client's words.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

/// Takes any text, and suggests these.
#[derive(Clone, Debug)]
pub(super) struct Suggested(pub(super) &'static [&'static str]);

/// The short names of predicate types; any URI is one as well.
pub(super) const PREDICATES: Suggested = Suggested(&[
    "custom",
    "slsaprovenance",
    "slsaprovenance02",
    "slsaprovenance1",
    "link",
    "spdx",
    "spdxjson",
    "cyclonedx",
    "vuln",
    "openvex",
]);

/// How verified images are printed.
pub(super) const FORMATS: Suggested = Suggested(&["text", "json"]);

/// Ways to a token.
pub(super) const FLOWS: Suggested = Suggested(&["normal", "device", "token", "client_credentials"]);

/// Who gives tokens to a workload.
pub(super) const PROVIDERS: Suggested = Suggested(&[
    "filesystem",
    "envvar",
    "github-actions",
    "buildkite-agent",
    "google-workload-identity",
    "google-impersonate",
]);

impl TypedValueParser for Suggested {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use super::PREDICATES;
    use crate::attestation::SHORT_NAMES;

    #[test]
    fn every_short_name_is_suggested() {
        let known = SHORT_NAMES.map(|(name, _)| name);
        assert_eq!(PREDICATES.0, known);
    }
}
