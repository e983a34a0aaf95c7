//! What would add the forms that some readers look for in vain.

use std::collections::BTreeSet;

use sigbox_oci::Digest;

use super::diagnosis::{Diagnosis, Finding, Kind, Missing, Storage};
use crate::attestation::PredicateType;
use crate::image::place::Place;

/// What is in one storage and not in the other, and a signature that is in neither.
pub(super) fn missing(diagnosis: &Diagnosis, place: &Place, image: &Digest) -> Vec<Missing> {
    let name = place.name_at(image);
    let options = match quoted(&place.prefix) {
        Some(prefix) if !prefix.is_empty() => format!(" --attachment-tag-prefix {prefix}"),
        _ => String::new(),
    };
    let mut missing = Vec::new();
    let signature = |storage| has(diagnosis, storage, Kind::Signature, None);
    let wanted = lacking(signature(Storage::Referrer), signature(Storage::Tag));
    if !wanted.is_empty() {
        missing.push(Missing {
            kind: Kind::Signature,
            command: format!("cosign sign --storage {}{options} {name}", storage(&wanted)),
            storage: wanted,
            predicate_type: None,
        });
    }
    for of in attested(diagnosis) {
        let attestation = |storage| has(diagnosis, storage, Kind::Attestation, Some(&of));
        let wanted = lacking(attestation(Storage::Referrer), attestation(Storage::Tag));
        if wanted.is_empty() {
            continue;
        }
        let named = PredicateType::of_uri(&of);
        // What cannot be pasted into a shell is not printed for that.
        let named = quoted(named.name()).unwrap_or_else(|| "TYPE".to_owned());
        missing.push(Missing {
            kind: Kind::Attestation,
            command: format!(
                "cosign attest --storage {} --type {named} --predicate FILE{options} {name}",
                storage(&wanted)
            ),
            storage: wanted,
            predicate_type: Some(of),
        });
    }
    missing
}

/// Whether somebody finds one of the kind there.
fn has(diagnosis: &Diagnosis, storage: Storage, kind: Kind, of: Option<&String>) -> bool {
    let fits = |found: &Finding| {
        let same = of.is_none_or(|of| found.predicate_type.as_ref() == Some(of));
        found.storage == storage && found.kind == kind && same && is_found(found)
    };
    diagnosis.found.iter().any(fits)
}

/// Damaged ones do not count, whoever finds them.
fn is_found(found: &Finding) -> bool {
    !found.readers.is_empty() && found.problems.is_empty()
}

/// The types of attestations that are in either storage.
fn attested(diagnosis: &Diagnosis) -> BTreeSet<String> {
    let found = diagnosis.found.iter();
    let attestations = found.filter(|one| one.kind == Kind::Attestation && is_found(one));
    attestations
        .filter_map(|one| one.predicate_type.clone())
        .collect()
}

fn lacking(referrer: bool, tag: bool) -> Vec<Storage> {
    let all = [(Storage::Referrer, referrer), (Storage::Tag, tag)];
    let lacking = all.into_iter().filter(|(_, there)| !there);
    lacking.map(|(storage, _)| storage).collect()
}

/// What `--storage` takes.
fn storage(wanted: &[Storage]) -> &'static str {
    match wanted {
        [Storage::Referrer] => "referrers",
        [Storage::Tag] => "tag",
        _ => "both",
    }
}

/// As a word of a shell; nothing if it would not be shown as it is.
fn quoted(text: &str) -> Option<String> {
    let plain = |one: char| one.is_ascii_alphanumeric() || "-_.:/@%+=,".contains(one);
    if text.chars().all(plain) {
        return Some(text.to_owned());
    }
    let harmless = |one: char| one.is_ascii_graphic() && one != '\'';
    text.chars().all(harmless).then(|| format!("'{text}'"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_is_pasted_into_a_shell_is_one_word() {
        let same = "https://slsa.dev/provenance/v1";
        assert_eq!(quoted(same), Some(same.to_owned()));
        assert_eq!(quoted("a$(b)&c"), Some("'a$(b)&c'".to_owned()));
        for hostile in ["a'b", "a b", "a\u{1b}[2J", "a\nb", "ä"] {
            assert_eq!(quoted(hostile), None, "{hostile}");
        }
    }
}
