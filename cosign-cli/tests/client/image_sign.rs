//! Signing images and verifying them, through the program: both storages, keys and identities.

use crate::images::{SIGN, World, stderr, stdout};
use crate::instance::{ISSUER, SUBJECT};
use serde_json::Value;
use sigbox_testkit::lying_registry::{Behaviour, ReferrersApi};

fn block(name: &str, checks: &[&str]) -> String {
    let lines: Vec<String> = checks
        .iter()
        .map(|check| {
            format!(
                "  - {check}
"
            )
        })
        .collect();
    let lines = lines.concat();
    format!(
        "\nVerification for {name} --\nThe following checks were performed on each of these signatures:\n{lines}"
    )
}

const CLAIMS: &str = "The cosign claims were validated";
const LOG: &str = "Existence of the claims in the transparency log was verified offline";
const KEY: &str = "The signatures were verified against the specified public key";
const CERTIFICATE: &str =
    "The code-signing certificate was verified using trusted certificate authority certificates";

#[test]
fn a_key_signs_a_bundle_and_the_output_is_the_real_clients() {
    let world = World::new();
    let digest = world.image("app");
    let image = format!("app@{digest}");
    let signed = world.sign(&["-a", "who=me,env=prod"], &image);
    assert_eq!(
        signed,
        "exit 0\n--- stdout\n--- stderr\nSigning artifact...\nPushing signature to: REG/app\n"
    );
    let verified = world.verify(&["-a", "who=me"], &image);
    assert_eq!(
        stdout(&verified),
        format!(
            "\n[{{\"critical\":{{\"identity\":{{\"docker-reference\":\"REG/{image}\"}},\"image\":{{\"docker-manifest-digest\":\"{digest}\"}},\"type\":\"https://sigstore.dev/cosign/sign/v1\"}},\"optional\":{{\"env\":\"prod\",\"who\":\"me\"}}}}]\n"
        )
    );
    let annotations = "The specified annotations were verified.";
    let expected = block(&format!("REG/{image}"), &[annotations, CLAIMS, KEY]);
    assert_eq!(stderr(&verified), expected);
}

#[test]
fn a_key_signs_under_a_tag_and_the_output_is_the_real_clients() {
    let world = World::new();
    let digest = world.image("leg");
    let image = format!("leg@{digest}");
    let deprecated = "Flag --new-bundle-format has been deprecated, this will be the only supported format in future \
                      versions\n";
    for (extra, first) in [
        (&["--storage", "tag", "-a", "who=me"][..], ""),
        (&["--new-bundle-format=false"], deprecated),
    ] {
        let signed = world.sign(extra, &image);
        let talk = "Signing artifact...\nPushing signature to: REG/leg\n";
        let expected = format!("exit 0\n--- stdout\n--- stderr\n{first}{talk}");
        assert_eq!(signed, expected);
    }
    let verified = world.verify(&[], &image);
    let element = |optional: &str| {
        format!(
            "{{\"critical\":{{\"identity\":{{\"docker-reference\":\"REG/leg\"}},\"image\":{{\"docker-manifest-digest\":\"{digest}\"}},\"type\":\"cosign container image signature\"}},\"optional\":{optional}}}"
        )
    };
    let (me, none) = (element("{\"who\":\"me\"}"), element("null"));
    assert_eq!(stdout(&verified), format!("\n[{me},{none}]\n"));
    assert_eq!(
        stderr(&verified),
        block(&format!("REG/{image}"), &[CLAIMS, KEY])
    );
    let text = world.verify(&["-o", "text"], &image);
    assert_eq!(stdout(&text), format!("{me}\n{none}\n"));
    let tag = format!("{}.sig", digest.replace(':', "-"));
    let manifest = world.registry.manifest("leg", &tag).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["config"]["size"], 342);
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 2);
}

#[test]
fn an_identity_signs_a_bundle_and_the_output_is_that_of_the_brief() {
    let world = World::new();
    let _instance = world.instance();
    let digest = world.image("app");
    let image = format!("app@{digest}");
    let signed = world.sign_keyless("signing_config.v0.2.json", &[], &image);
    assert_eq!(
        signed,
        "exit 0\n--- stdout\n--- stderr\nGenerating ephemeral keys...\nRetrieving signed certificate...\n\
         Successfully verified SCT...\nSigning artifact...\ntlog entry created with index: 0\nPushing signature to: REG/app\n"
    );
    let verified = world.verify_keyless(&[], &image);
    let expected = block(&format!("REG/{image}"), &[CLAIMS, LOG, CERTIFICATE]);
    assert_eq!(stderr(&verified), expected);
    let json: Value = serde_json::from_str(stdout(&verified)).unwrap();
    let optional = &json[0]["optional"];
    assert_eq!(optional["Subject"], SUBJECT);
    assert_eq!(optional["Issuer"], ISSUER);
    assert_eq!(optional["1.3.6.1.4.1.57264.1.1"], ISSUER);
    assert!(optional["Bundle"]["Payload"]["body"].is_string());
    assert_eq!(optional["Bundle"].get("SignedEntryTimestamp"), None);
    assert!(optional["RFC3161Timestamp"]["SignedRFC3161Timestamp"].is_string());
}

#[test]
fn an_identity_signs_under_a_tag_by_a_log_that_promises() {
    let world = World::new();
    let _instance = world.instance();
    let digest = world.image("app");
    let image = format!("app@{digest}");
    let signed = world.sign_keyless(
        "signing_config.rekor_v1.json",
        &["--storage", "tag", "-a", "k=v"],
        &image,
    );
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let verified = world.verify_keyless(&[], &image);
    let expected = block(&format!("REG/{image}"), &[CLAIMS, LOG, CERTIFICATE]);
    assert_eq!(stderr(&verified), expected);
    let text = stdout(&verified);
    // The order of members that users' scripts and the product's documentation show.
    assert!(text.contains(r#""optional":{"1.3.6.1.4.1.57264.1.1":"https://oidc.example.test","Bundle":{"SignedEntryTimestamp":"#), "{text}");
    let tail = format!(r#""Issuer":"{ISSUER}","Subject":"{SUBJECT}","k":"v"}}}}]"#);
    assert!(text.trim_end().ends_with(&tail), "{text}");
    let text = world.verify_keyless(&["--output=text"], &image);
    let lines = format!("Certificate subject: {SUBJECT}\nCertificate issuer URL: {ISSUER}\n");
    assert!(stderr(&text).ends_with(&lines), "{text}");
    // A log that promises nothing leaves nothing that the tag storage could keep.
    let unsuitable = world.sign_keyless("signing_config.v0.2.json", &["--storage", "tag"], &image);
    assert!(unsuitable.starts_with("exit 1\n"), "{unsuitable}");
    assert!(
        stderr(&unsuitable).contains("only logs of version 1 give"),
        "{unsuitable}"
    );
}

#[test]
fn a_tag_is_signed_with_a_warning() {
    let world = World::new();
    let digest = world.image("app");
    let signed = world.sign(&[], "app:v1");
    let warning = "WARNING: Image reference REG/app:v1 uses a tag, not a digest, to identify the image to sign.\n    \
        This can lead you to sign a different image than the intended one. Please use a\n    \
        digest (example.com/ubuntu@sha256:abc123...) rather than tag\n    \
        (example.com/ubuntu:latest) for the input to cosign. The ability to refer to\n    \
        images by tag will be removed in a future release.\n\n";
    let talk = "Signing artifact...\nPushing signature to: REG/app\n";
    assert_eq!(stderr(&signed), format!("{warning}{talk}"));
    let verified = world.verify(&[], "app:v1");
    assert!(stdout(&verified).contains(&format!("\"docker-reference\":\"REG/app:v1\"}},\"image\":{{\"docker-manifest-digest\":\"{digest}\"")), "{verified}");
}

#[test]
fn an_index_is_signed_with_all_that_it_lists() {
    let world = World::new();
    let member = world.image("multi");
    let index = world.index("multi", &[&member]);
    let signed = world.sign(&["-r"], &format!("multi@{index}"));
    let one = "Signing artifact...\nPushing signature to: REG/multi\n";
    assert_eq!(stderr(&signed), format!("{one}{one}"));
    for digest in [&member, &index] {
        let verified = world.verify(&[], &format!("multi@{digest}"));
        assert!(verified.starts_with("exit 0\n"), "{verified}");
    }
}

#[test]
fn several_images_are_told_in_order_wherever_they_are_signed() {
    let world = World::new();
    let (first, second) = (world.image("one"), world.image("two"));
    world.sign(&["--storage", "tag"], &format!("one@{first}"));
    world.sign(&["--storage", "both"], &format!("two@{second}"));
    let (one, two) = (world.name("one:v1"), world.name("two:v1"));
    let key = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog"];
    let verified = world.cosign(&[&key[..], &["--max-workers=2", &one, &two]].concat());
    let arrays: Vec<Value> = serde_json::Deserializer::from_str(stdout(&verified))
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    let types: Vec<_> = arrays
        .iter()
        .map(|array| {
            assert_eq!(array.as_array().unwrap().len(), 1, "{verified}");
            &array[0]["critical"]["type"]
        })
        .collect();
    assert_eq!(types, ["cosign container image signature", SIGN]);
    let third =
        world.name("one@sha256:0000000000000000000000000000000000000000000000000000000000000000");
    let stopped = world.cosign(&[&key[..], &[&one, &third, &two]].concat());
    assert!(stopped.starts_with("exit 10\n"), "{stopped}");
    assert!(
        stderr(&stopped).ends_with(
            "Error: no signatures found\n  image: REG/one@sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
        ),
        "{stopped}"
    );
    assert_eq!(
        stdout(&stopped).matches("docker-manifest-digest").count(),
        1
    );
}

#[test]
fn a_registry_without_lists_of_referrers_is_enough() {
    let world = World::behaving(Behaviour {
        referrers: ReferrersApi::Absent(404),
        ..Behaviour::default()
    });
    let digest = world.image("app");
    let image = format!("app@{digest}");
    let signed = world.sign(&[], &image);
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let list = world
        .registry
        .manifest("app", &digest.replace(':', "-"))
        .unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    let annotations = &list["manifests"][0]["annotations"];
    assert_eq!(
        annotations["dev.sigstore.bundle.predicateType"],
        "https://sigstore.dev/cosign/sign/v1"
    );
    let verified = world.verify(&[], &image);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
}

#[test]
fn signatures_may_be_kept_elsewhere() {
    let world = World::new();
    let digest = world.image("app");
    let (image, elsewhere) = (world.name(&format!("app@{digest}")), world.name("sigs"));
    let key = [
        "--key",
        "cosign.key",
        "--signing-config",
        "empty.json",
        "--storage",
        "both",
    ];
    let signed = world.cosign_with(
        "COSIGN_REPOSITORY",
        &elsewhere,
        &[&["sign"], &key[..], &[&image]].concat(),
    );
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    assert!(
        stderr(&signed).contains("Pushing signature to: REG/sigs\n"),
        "{signed}"
    );
    let verify = [
        "verify",
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
        &image,
    ];
    let verified = world.cosign_with("COSIGN_REPOSITORY", &elsewhere, &verify);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let explained = [&verify[..], &["--explain"]].concat();
    let explained = world.cosign_with("COSIGN_REPOSITORY", &elsewhere, &explained);
    assert!(
        stdout(&explained).ends_with("\nImage verified: 2 of 2 signatures hold\n"),
        "{explained}"
    );
    assert!(world.cosign(&verify).starts_with("exit 10\n"));
    let prefixed = ["--attachment-tag-prefix=ci-", "--storage=tag"];
    world.sign(&prefixed, &format!("app@{digest}"));
    assert!(
        world
            .verify(&["--attachment-tag-prefix=ci-"], "app:v1")
            .starts_with("exit 0\n")
    );
    assert!(world.verify(&[], "app:v1").starts_with("exit 10\n"));
}

#[test]
fn nothing_is_uploaded_if_that_is_asked_for() {
    let world = World::new();
    let digest = world.image("app");
    let image = format!("app@{digest}");
    let nowhere = world.sign(&["--upload=false"], &image);
    assert_eq!(
        nowhere,
        "exit 1\n--- stdout\n--- stderr\nError: must enable upload to the OCI registry or specify a local --bundle path with \
         --new-bundle-format\n"
    );
    let signed = world.sign(&["--upload=false", "--bundle", "img.json"], &image);
    assert_eq!(
        stderr(&signed),
        "Signing artifact...\nWrote bundle to file img.json\n"
    );
    assert!(world.read("img.json").contains("dsseEnvelope"));
    let files = [
        "--storage=tag",
        "--output-signature=s.sig",
        "--output-payload=p.json",
        "--upload=false",
    ];
    let signed = world.sign(&files, &image);
    let instead =
        "please use --bundle to provide the output bundle location, which will include the";
    let said = format!(
        "Flag --output-signature has been deprecated, {instead} signature\n\
         Flag --output-payload has been deprecated, {instead} payload\nSigning artifact...\n"
    );
    assert_eq!(stderr(&signed), said);
    assert!(
        world
            .read("p.json")
            .starts_with("{\"critical\":{\"identity\"")
    );
    assert_eq!(world.read("s.sig").trim().len(), world.read("s.sig").len());
    assert!(world.verify(&[], &image).starts_with("exit 10\n"));
    let unused = world.sign(&["--output-payload=p.json"], &image);
    assert!(
        stderr(&unused).contains("\nError: --output-payload has no meaning for a bundle"),
        "{unused}"
    );
}

#[test]
fn attestations_are_stored_and_verified_by_their_type() {
    let world = World::new();
    let digest = world.image("att");
    let image = format!("att@{digest}");
    world.write("pred.json", r#"{"buildDefinition":{"buildType":"b","externalParameters":{}},"runDetails":{"builder":{"id":"x"}}}"#);
    world.write("text", "{\"a\":1}\n");
    let name = world.name(&image);
    for storage in ["referrers", "tag"] {
        for (file, kind) in [("pred.json", "slsaprovenance1"), ("text", "custom")] {
            let attested = world.cosign(&[
                "attest",
                "--key",
                "cosign.key",
                "--signing-config",
                "empty.json",
                "--storage",
                storage,
                "--predicate",
                file,
                "--type",
                kind,
                &name,
            ]);
            let talk = format!(
                "exit 0\n--- stdout\n--- stderr\nUsing payload from: {file}\nSigning artifact...\n"
            );
            assert_eq!(attested, talk);
        }
    }
    let verified = world.verify_with("verify-attestation", &["--type", "slsaprovenance1"], &image);
    assert_eq!(
        stderr(&verified),
        block(&format!("REG/{image}"), &[CLAIMS, KEY])
    );
    let lines: Vec<&str> = stdout(&verified).lines().collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(line.starts_with(r#"{"payload":"eyJ"#), "{line}");
        assert!(
            line.contains(
                r#","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":""#
            ),
            "{line}"
        );
    }
    // Attestations are no signatures, unless that is asked for.
    let none = world.verify(&[], &image);
    assert!(none.starts_with("exit 10\n"), "{none}");
    assert!(
        stderr(&none).starts_with("Error: no signatures found\n  found: 2 attestations"),
        "{none}"
    );
    let counted = world.verify(&["--accept-attestations"], &image);
    assert!(counted.starts_with("exit 0\n"), "{counted}");
}
