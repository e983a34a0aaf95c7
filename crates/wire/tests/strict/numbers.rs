//! 64-bit numbers: out of range is refused, negative is kept for the verifier to refuse.

use sigbox_wire::{
    Bundle, BundleError, EntryError, SigningConfig, TransparencyLogEntry, TrustError,
};

use crate::documents;

fn entry_with(member: &str, number: &str) -> Result<TransparencyLogEntry, EntryError> {
    let json = documents::ENTRY
        .replace(r#""7""#, "7")
        .replace(r#""8""#, "8")
        .replace(r#""9""#, "9");
    let start = json.find(&format!("\"{member}\":")).unwrap() + member.len() + 3;
    let end = start + json[start..].find(',').unwrap();
    TransparencyLogEntry::parse_response(
        format!("{}{number}{}", &json[..start], &json[end..]).as_bytes(),
    )
}

#[test]
fn numbers_that_no_int64_holds_are_refused() {
    for member in ["logIndex", "integratedTime", "treeSize"] {
        for number in [
            "9223372036854775808",
            "\"9223372036854775808\"",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "\"-9223372036854775809\"",
            "1e19",
            "1e400",
            "-1e400",
            "0.5",
            "9007199254740993.5",
            "\"\"",
            "\"0x7\"",
            "\"7 \"",
            "[7]",
            "{}",
            "NaN",
            "01",
        ] {
            let read = entry_with(member, number);
            assert!(
                matches!(read, Err(EntryError::Json(_))),
                "{member} {number}: {read:?}"
            );
        }
    }
}

#[test]
fn numbers_at_the_edge_are_kept_with_their_sign() {
    for (number, value) in [
        ("-1", -1),
        ("\"-1\"", -1),
        ("9223372036854775807", i64::MAX),
        ("\"9223372036854775807\"", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("\"-9223372036854775808\"", i64::MIN),
    ] {
        assert_eq!(entry_with("logIndex", number).unwrap().log_index, value);
        let time = entry_with("integratedTime", number).unwrap();
        assert_eq!(time.integrated_time, value);
        let proof = entry_with("treeSize", number).unwrap().inclusion_proof;
        assert_eq!(proof.unwrap().tree_size, value);
    }
}

#[test]
fn a_negative_log_index_reaches_the_verifier() {
    let json = documents::bundle().replace(r#""logIndex":"7""#, r#""logIndex":"-1""#);
    let bundle = Bundle::parse(json.as_bytes()).unwrap();
    let entry = &bundle.verification_material.tlog_entries[0];
    let proof = entry.inclusion_proof.as_ref().unwrap();
    assert_eq!((entry.log_index, proof.log_index), (-1, -1));
    let again = Bundle::parse(bundle.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(again, bundle);
}

#[test]
fn enum_numbers_and_uint32_have_their_ranges() {
    for number in ["2147483648", "-2147483649", "9223372036854775808", "1.5"] {
        let json = documents::bundle().replace(r#""SHA2_256""#, number);
        let read = Bundle::parse(json.as_bytes());
        assert!(
            matches!(read, Err(BundleError::Json(_))),
            "{number}: {read:?}"
        );
    }
    for number in ["2147483647", "-2147483648"] {
        let json = documents::bundle().replace(r#""SHA2_256""#, number);
        let read = Bundle::parse(json.as_bytes());
        assert!(
            matches!(&read, Err(BundleError::HashAlgorithm { found }) if found == number),
            "{read:?}"
        );
    }
    for number in ["-1", "4294967296", "\"4294967296\"", "1e10", "0.5"] {
        let version = format!(r#""majorApiVersion":{number}"#);
        let json = documents::signing_config().replace(r#""majorApiVersion":1"#, &version);
        let read = SigningConfig::parse(json.as_bytes());
        assert!(
            matches!(
                read,
                Err(TrustError::Json {
                    document: "signing config",
                    ..
                })
            ),
            "{number}: {read:?}"
        );
    }
}
