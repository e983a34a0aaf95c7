//! Puts a wrong value in the place of every member of good bundles: nothing panics, and next to nothing passes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

mod cases;

use cases::Case;
use serde_json::{Value, json};
use sigbox_verify::{Artifact, TrustMaterial, verify};
use sigbox_wire::Bundle;

/// Whether the verdict does not rest on a member.
fn is_harmless(path: &str, wrong: &Value, key: bool) -> bool {
    match path {
        // The artifact itself is at hand.
        "/messageSignature/messageDigest" => wrong.is_null(),
        // Hints at a key that the caller has from elsewhere.
        "/verificationMaterial/publicKey" => *wrong == json!({}),
        "/verificationMaterial/publicKey/hint" | "/dsseEnvelope/signatures/0/keyid" => true,
        // A key needs no time, and the inclusion proof stays.
        "/verificationMaterial/tlogEntries/0/inclusionPromise" => key && wrong.is_null(),
        _ => false,
    }
}

#[test]
fn no_wrong_value_panics_and_none_passes_unnoticed() {
    let Some(folder) = cases::folder() else {
        return;
    };
    for name in [
        "rekor2-happy-path",
        "rekor2-dsse-happy-path",
        "happy-path-v0.3",
        "happy-path-v0.2",
        "happy-path-intoto-in-dsse-v3",
        "managed-key-and-trusted-root",
    ] {
        let case = Case::load(&folder, name);
        let good: Value = serde_json::from_slice(&case.bundle).unwrap();
        let mut paths = Vec::new();
        collect(&good, String::new(), &mut paths);
        assert!(paths.len() > 20, "{name}: {}", paths.len());
        let (policy, trust) = (
            case.policy.unwrap(),
            TrustMaterial::from_trusted_root(&case.trusted_root).unwrap(),
        );
        for path in paths {
            for wrong in [
                json!(null),
                json!(0),
                json!(-1),
                json!(""),
                json!(" "),
                json!("AAAA"),
                json!([]),
                json!({}),
                json!([null]),
                json!(true),
            ] {
                let mut bundle = good.clone();
                let member = bundle.pointer_mut(&path).unwrap();
                if *member == wrong {
                    continue;
                }
                *member = wrong.clone();
                let Ok(bundle) = Bundle::parse(bundle.to_string().as_bytes()) else {
                    continue;
                };
                let now = "2026-11-24T00:00:00Z".parse().unwrap();
                let verdict = verify(
                    &bundle,
                    Artifact::Bytes(&case.artifact),
                    &policy,
                    &trust,
                    now,
                );
                let passed = verdict.is_verified()
                    && !is_harmless(&path, &wrong, name.starts_with("managed-key"));
                assert!(!passed, "{name}: {wrong} at {path} is accepted");
            }
        }
    }
}

/// JSON pointers of every member and element.
fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    if !path.is_empty() {
        paths.push(path.clone());
    }
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, member)| collect(member, format!("{path}/{name}"), paths));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| collect(item, format!("{path}/{index}"), paths));
        }
        _ => {}
    }
}
