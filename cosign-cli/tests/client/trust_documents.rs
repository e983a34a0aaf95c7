//! `trusted-root create` and `signing-config create`: what is refused, what is deprecated, and where defaults come from.

use std::fs;

use crate::command::Cosign;
use crate::legacy_files::Files;
use insta::assert_snapshot;
use serde_json::Value;

const START: &str = "start-time=2026-01-01T00:00:00Z";

fn document(shown: &str) -> Value {
    let rest = shown.strip_prefix("exit 0\n--- stdout\n").expect(shown);
    let (document, talk) = rest.split_once("--- stderr\n").expect(shown);
    assert_eq!(talk, "");
    serde_json::from_str(document).unwrap()
}

#[test]
fn what_would_make_a_document_that_says_something_else_is_refused() {
    let files = Files::new();
    let leaf = fs::read_to_string(files.path().join("tsa_chain.pem")).unwrap();
    let end = leaf.find("-----END CERTIFICATE-----\n").unwrap() + 26;
    files.write("tsa_leaf.pem", &leaf[..end]);
    files.write("nothing.pem", "");
    let service = format!("url=https://r.example,{START},operator=me");
    let mut shown = Vec::new();
    for line in [
        "trusted-root create --fulcio url=a,certificate-chain=fulcio_chain.pem,end_time=2027-01-01T00:00:00Z".to_owned(),
        "trusted-root create --fulcio url=a,certificate-chain=fulcio_chain.pem,url=b".to_owned(),
        format!("trusted-root create --ctfe url=a,public-key=ctfe.pub,{START},end-time=2025-01-01T00:00:00Z"),
        format!("trusted-root create --ctfe url=a,public-key=ctfe.pub,{START},end-time=2027-01-01"),
        "trusted-root create --ctfe-key ctfe.pub --ctfe-start-time 2026".to_owned(),
        format!("trusted-root create --rekor url=a,public-key=rekor.pub,{START}"),
        format!("trusted-root create --rekor url=a,public-key=hello.txt,{START}"),
        "trusted-root create --fulcio url=a,certificate-chain=nothing.pem".to_owned(),
        "trusted-root create --tsa url=a,certificate-chain=tsa_leaf.pem".to_owned(),
        "trusted-root create --out none/root.json".to_owned(),
        "trusted-root create --with-default-services".to_owned(),
        "trusted-root create extra".to_owned(),
        format!("signing-config create --fulcio {service},api-version=0"),
        format!("signing-config create --rekor {service},api-version=2 --rekor-config EXACT:0"),
        "signing-config create --base-config hello.txt".to_owned(),
        "signing-config create --with-default-services".to_owned(),
        "signing-config create --with-default-rekor-v2".to_owned(),
        "initialize --mirror https://tuf.example".to_owned(),
    ] {
        shown.push(format!("$ cosign {line}\n{}", files.cosign(&line, &[])));
    }
    assert_snapshot!("trust_document_refusals", shown.join("\n"));
}

#[test]
fn flags_of_cosign_2_are_taken_with_a_word() {
    let files = Files::new();
    let line = "trusted-root create --fulcio-uri https://f.example --certificate-chain fulcio_chain.pem --out root.json";
    assert_eq!(
        files.cosign(line, &[]),
        "exit 0\n--- stdout\n--- stderr\nFlag --fulcio-uri has been deprecated, use --fulcio instead\n\
         Flag --certificate-chain has been deprecated, use --fulcio instead\n"
    );
    let root: Value =
        serde_json::from_slice(&fs::read(files.path().join("root.json")).unwrap()).unwrap();
    assert_eq!(
        root["certificateAuthorities"][0]["uri"],
        "https://f.example"
    );
}

#[test]
fn the_variables_of_other_commands_say_nothing_here() {
    let files = Files::new();
    let variables = [
        ("COSIGN_REKOR_URL", "https://r.example"),
        ("COSIGN_FULCIO", "nonsense"),
        ("COSIGN_OUT", "none/out.json"),
    ];
    let root = document(&files.cosign("trusted-root create", &variables));
    let media = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
    assert_eq!(root, serde_json::json!({"mediaType": media}));
}

#[test]
fn the_default_services_are_those_of_the_instance_or_of_a_variable() {
    let files = Files::new();
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(files.path().join(name)).unwrap()).unwrap()
    };
    let home = tempfile::tempdir().unwrap();
    let in_home = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let cosign = Cosign::new(&words).directory(files.path());
        cosign.env("HOME", home.path())
    };
    let added = in_home("instance add prod --from .").run();
    assert!(added.starts_with("exit 0\n"), "{added}");
    let root = "trusted-root create --with-default-services";
    let variable = [("COSIGN_TRUSTED_ROOT", "trusted_root.json")];
    let named = document(&in_home(&format!("{root} --instance prod")).run());
    assert_eq!(named, read("trusted_root.json"));
    assert_eq!(document(&files.cosign(root, &variable)), named);
    let without = format!("{root} --no-default-rekor --no-default-tsa --no-default-fulcio");
    let without = document(&files.cosign(&without, &variable));
    assert_eq!(
        without,
        serde_json::json!({"mediaType": named["mediaType"], "ctlogs": named["ctlogs"]})
    );
    let both = in_home(&format!("{root} --instance prod"));
    assert_eq!(
        both.env("COSIGN_TRUSTED_ROOT", "trusted_root.json").run(),
        "exit 1\n--- stdout\n--- stderr\nError: --instance prod and COSIGN_TRUSTED_ROOT contradict each other: an \
         instance is used alone\nhint: leave one of the two out\n"
    );
    let config = "signing-config create --with-default-rekor-v2";
    let named = document(&in_home(&format!("{config} --instance prod")).run());
    assert_eq!(named, read("signing_config.v0.2.json"));
    let v1 = [("COSIGN_SIGNING_CONFIG", "v1.json")];
    let mut old = read("signing_config.v0.2.json");
    old["rekorTlogUrls"][0]["majorApiVersion"] = 1.into();
    files.write("v1.json", old.to_string());
    assert_eq!(
        files.cosign(config, &v1),
        "exit 1\n--- stdout\n--- stderr\nError: --with-default-rekor-v2: v1.json names no log of version 2\n"
    );
    let config = format!(
        "signing-config create --with-default-services --no-default-oidc --no-default-fulcio --no-default-tsa \
         --rekor url=https://r.example,api-version=1,{START},operator=me --rekor-config ALL"
    );
    let added = document(&files.cosign(&config, &v1));
    assert_eq!(added["rekorTlogUrls"].as_array().unwrap().len(), 2);
    assert_eq!(
        added["rekorTlogConfig"],
        serde_json::json!({"selector": "ALL"})
    );
    assert_eq!(added.get("oidcUrls"), None);
}
