//! The types of predicates, by their short names and their URIs.

use super::AttestationError;

/// The type of text that nobody has described further.
pub(super) const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";

/// The short names of predicate types.
///
/// Source: cosign `cmd/cosign/cli/options/predicate.go`, `PredicateTypeMap`.
pub(crate) const SHORT_NAMES: [(&str, &str); 10] = [
    ("custom", CUSTOM),
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("link", "https://in-toto.io/Link/v1"),
    // The text form of SPDX stands in no statement that verifies, but names the same type.
    ("spdx", "https://spdx.dev/Document"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
    ("openvex", "https://openvex.dev/ns"),
];

/// The type of a predicate, by a short name or as its URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateType(String);

impl PredicateType {
    /// Takes a short name or a URI; like the real client for files, any other word as well, as it stands.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Takes a short name or a URI and no other word, as the real client does for images.
    ///
    /// # Errors
    /// [`AttestationError::PredicateType`].
    ///
    /// Source: cosign `ParsePredicateType`; Go `net/url`, `ParseRequestURI`: a scheme or a path from the root.
    pub fn parse(name: impl Into<String>) -> Result<Self, AttestationError> {
        let name = name.into();
        if is_short_name(&name) || is_uri(&name) {
            Ok(Self(name))
        } else {
            Err(AttestationError::PredicateType { found: name })
        }
    }

    /// The short name of a URI, under which the predicate is read as that type, or the URI itself.
    pub(crate) fn of_uri(uri: &str) -> Self {
        // Under the name of the text form nothing can be attested.
        let mut known = SHORT_NAMES.iter().filter(|(name, _)| *name != "spdx");
        let short = known.find(|(_, known)| *known == uri);
        Self(short.map_or(uri, |(name, _)| *name).to_owned())
    }

    /// The name as the user gave it.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What statements call it.
    pub fn uri(&self) -> &str {
        let known = SHORT_NAMES.iter().find(|(name, _)| *name == self.0);
        known.map_or(self.0.as_str(), |(_, uri)| *uri)
    }
}

fn is_short_name(text: &str) -> bool {
    SHORT_NAMES.iter().any(|(name, _)| *name == text)
}

fn is_uri(text: &str) -> bool {
    if text.chars().any(|one| one.is_ascii_control() || one == ' ') {
        return false;
    }
    if text.starts_with('/') {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let letters = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.');
    scheme.starts_with(|one: char| one.is_ascii_alphabetic())
        && scheme.chars().all(letters)
        && !rest.is_empty()
}
