//! Every stored conformance bundle is read, and what is written reads back as the same bundle.
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

use std::path::PathBuf;

use serde_json::Value;
use sigbox_wire::{
    Bundle, BundleContent, BundleError, BundleVersion, TrustedRoot, VerificationContent,
};

/// The conformance data, or a loud skip; in continuous integration their absence is a failure.
fn conformance() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance");
    let folder =
        std::env::var_os("SIGBOX_CONFORMANCE").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "no conformance data"
    );
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no conformance data at {}\n", folder.display()),
    );
    None
}

/// JSON without the members that protobuf JSON leaves out.
fn without_zero_values(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members
                .iter()
                .map(|(name, value)| (name.clone(), without_zero_values(value)));
            let zero = |value: &Value| match value {
                Value::Null => true,
                Value::String(text) => text.is_empty() || text == "0",
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                _ => false,
            };
            Value::Object(kept.filter(|(_, value)| !zero(value)).collect())
        }
        Value::Array(items) => items.iter().map(without_zero_values).collect(),
        // One stored bundle breaks the lines of its base64.
        Value::String(text) if text.starts_with("MI") => Value::String(text.replace('\n', "")),
        other => other.clone(),
    }
}

#[test]
fn every_conformance_bundle_round_trips() {
    let Some(folder) = conformance() else { return };
    let mut read = 0;
    for case in std::fs::read_dir(folder.join("bundle-verify")).unwrap() {
        let case = case.unwrap();
        let name = case.file_name().into_string().unwrap();
        let Ok(text) = std::fs::read(case.path().join("bundle.sigstore.json")) else {
            continue;
        };
        let parsed = Bundle::parse(&text);
        if name == "bundle-unknown-version_fail" {
            assert!(
                matches!(parsed, Err(BundleError::MediaType { found }) if found.ends_with("99.9"))
            );
            continue;
        }
        let bundle = parsed.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let written = bundle.to_json().unwrap();
        assert_eq!(Bundle::parse(written.as_bytes()).unwrap(), bundle, "{name}");
        let sent: Value = serde_json::from_slice(&text).unwrap();
        let ours: Value = serde_json::from_str(&written).unwrap();
        assert!(
            ours == without_zero_values(&sent),
            "{name} was written differently"
        );
        read += 1;
    }
    assert!(read >= 35, "only {read} bundles were there");
}

#[test]
fn every_conformance_trusted_root_round_trips() {
    let Some(folder) = conformance() else { return };
    let mut roots = vec![folder.join("trusted_root.public-good.json")];
    for case in std::fs::read_dir(folder.join("bundle-verify")).unwrap() {
        roots.push(case.unwrap().path().join("trusted_root.json"));
    }
    for path in roots {
        let Ok(text) = std::fs::read(&path) else {
            continue;
        };
        let root = TrustedRoot::parse(&text).unwrap_or_else(|error| panic!("{path:?}: {error:?}"));
        assert_eq!(root.warnings, Vec::<String>::new(), "{path:?}");
        let again = TrustedRoot::parse(root.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(again, root, "{path:?}");
    }
}

const LEAST: &str = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{"rawBytes":"MAA="}},"messageSignature":{"signature":"AQ=="}}"#;

#[test]
fn the_least_bundle_round_trips_byte_for_byte() {
    let bundle = Bundle::parse(LEAST.as_bytes()).unwrap();
    assert_eq!(bundle.version, BundleVersion::V0_3);
    assert_eq!(
        bundle.verification_material.content,
        VerificationContent::Certificate(vec![0x30, 0])
    );
    assert_eq!(bundle.to_json().unwrap(), LEAST);
    let same = Bundle::new_v0_3(bundle.verification_material.clone(), bundle.content.clone());
    assert_eq!(same, bundle);
}

#[test]
fn snake_case_null_and_loose_base64_are_read() {
    let json = r#"{"media_type":"application/vnd.dev.sigstore.bundle+json;version=0.3",
        "verification_material":{"public_key":{"hint":"k"},"certificate":null,"tlog_entries":[
          {"log_index":7,"log_id":{"key_id":"-_8"},"kind_version":{"kind":"hashedrekord","version":"0.0.1"},
           "integrated_time":"9","inclusion_promise":{"signed_entry_timestamp":""},
           "inclusion_proof":{"log_index":"7","root_hash":"AA","tree_size":8,"hashes":null,"checkpoint":{"envelope":"x"}}}],
         "timestamp_verification_data":{"rfc3161_timestamps":[{"signed_timestamp":"MAA"}]}},
        "message_signature":{"message_digest":{"algorithm":1,"digest":"AA=="},"signature":"AQ"}}"#;
    let bundle = Bundle::parse(json.as_bytes()).unwrap();
    let material = &bundle.verification_material;
    assert_eq!(
        material.content,
        VerificationContent::PublicKeyHint("k".to_owned())
    );
    assert_eq!(material.rfc3161_timestamps, [vec![0x30, 0x00]]);
    let entry = &material.tlog_entries[0];
    assert_eq!((entry.log_index, entry.integrated_time), (7, 9));
    assert_eq!(entry.log_id, [0xfb, 0xff]);
    assert_eq!(entry.inclusion_promise.as_deref(), Some(&[][..]));
    assert_eq!(entry.inclusion_proof.as_ref().unwrap().tree_size, 8);
    let BundleContent::MessageSignature(signature) = &bundle.content else {
        panic!()
    };
    assert_eq!(signature.signature, [1]);
}

#[test]
fn broken_bundles_name_the_rule() {
    let parse = |from: &str, to: &str| {
        assert!(LEAST.contains(from), "{from}");
        Bundle::parse(LEAST.replace(from, to).as_bytes())
    };
    let media = parse("bundle.v0.3+json", "bundle.v0.4+json");
    assert!(matches!(media, Err(BundleError::MediaType { found }) if found.contains("v0.4")));
    let media = parse(r#""mediaType""#, r#""media_type":null,"mediaType""#);
    assert!(matches!(media, Err(BundleError::Json(_))));
    let none = parse(r#","messageSignature":{"signature":"AQ=="}"#, "");
    assert!(matches!(
        none,
        Err(BundleError::MissingMember {
            member: "messageSignature"
        })
    ));
    let none = parse(r#""certificate":{"rawBytes":"MAA="}"#, "");
    assert!(matches!(
        none,
        Err(BundleError::MissingMember {
            member: "certificate"
        })
    ));
    let both = parse(
        r#""messageSignature""#,
        r#""dsseEnvelope":{},"messageSignature""#,
    );
    assert!(matches!(
        both,
        Err(BundleError::Conflict {
            first: "messageSignature",
            second: "dsseEnvelope"
        })
    ));
    let both = parse(
        r#""certificate""#,
        r#""publicKey":{"hint":""},"certificate""#,
    );
    assert!(matches!(
        both,
        Err(BundleError::Conflict {
            first: "certificate",
            second: "publicKey"
        })
    ));
    let hash = parse(
        r#""signature":"AQ==""#,
        r#""messageDigest":{"algorithm":"SHA3_256","digest":""},"signature":"AQ==""#,
    );
    assert!(matches!(hash, Err(BundleError::HashAlgorithm { found }) if found == "SHA3_256"));
    let unnamed = parse(
        r#""signature":"AQ==""#,
        r#""messageDigest":{"digest":"AQ=="},"signature":"AQ==""#,
    );
    assert!(matches!(
        unnamed,
        Err(BundleError::HashAlgorithm { found }) if found == "HASH_ALGORITHM_UNSPECIFIED"
    ));
    for (from, to) in [
        (r#""certificate""#, r#""unknown":1,"certificate""#),
        (r#""rawBytes":"#, r#""rawBytes":"","raw_bytes":"#),
        ("\"AQ==\"", "\"A*==\""),
        ("\"AQ==\"", "1"),
        ("}}", "}"),
    ] {
        assert!(matches!(parse(from, to), Err(BundleError::Json(_))), "{to}");
    }
    let deep = format!("{{\"a\":{}", "[".repeat(40));
    assert!(matches!(
        Bundle::parse(deep.as_bytes()),
        Err(BundleError::TooDeep { limit: 32 })
    ));
}

/// cosign 3.1.3 writes such a digest beside an Ed25519 signature over the artifact itself.
#[test]
fn an_empty_message_digest_is_none_where_no_log_takes_part() {
    for empty in ["{}", r#"{"digest":""}"#] {
        let with_digest = format!(r#""messageDigest":{empty},"signature":"AQ==""#);
        let text = LEAST.replace(r#""signature":"AQ==""#, &with_digest);
        assert_ne!(text, LEAST);
        let bundle = Bundle::parse(text.as_bytes()).unwrap();
        let BundleContent::MessageSignature(message) = bundle.content else {
            panic!("{empty}");
        };
        assert_eq!(message.message_digest, None);
        let logged = text.replace(
            r#""certificate""#,
            r#""tlogEntries":[{"logIndex":"1"}],"certificate""#,
        );
        assert_ne!(text, logged);
        let refused = Bundle::parse(logged.as_bytes()).unwrap_err();
        assert!(
            matches!(refused, BundleError::HashAlgorithm { found } if found == "HASH_ALGORITHM_UNSPECIFIED")
        );
    }
}
