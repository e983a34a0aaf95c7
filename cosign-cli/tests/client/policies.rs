//! Policies that attestations must pass.

use crate::fetched::serve;
use crate::images::{World, refused, statement, stderr, stdout};

const CUSTOM: &str = "https://cosign.sigstore.dev/attestation/v1";
const ALLOW_A: &str =
    "package signature\ndefault allow = false\nallow { input.predicate.name == \"a\" }\n";
const ASKED: &str = "will be validating against Rego policies: [p.rego]\n";

/// An image with an attestation for each of the names.
fn world(names: &[&str]) -> World {
    let world = World::new();
    let image = world.image("app");
    for name in names {
        let predicate = format!("\"predicate\":{{\"name\":\"{name}\"}}");
        let statement = statement(CUSTOM, &image).replace("\"predicate\":{}", &predicate);
        let bundle = world.bundle(&statement).to_json().unwrap();
        world.attach("app", &image, &bundle);
    }
    world
}

fn verify(world: &World, policies: &[&str]) -> String {
    let policies = policies.iter().flat_map(|name| ["--policy", name]);
    let policies: Vec<&str> = policies.collect();
    world.verify_with("verify-attestation", &policies, "app:v1")
}

#[test]
fn rego_lets_through_what_it_allows() {
    let world = world(&["a"]);
    world.write("p.rego", ALLOW_A);
    let shown = verify(&world, &["p.rego"]);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert_eq!(stdout(&shown).lines().count(), 1, "{shown}");
    let begins = format!("{ASKED}\nVerification for REG/app:v1 --\n");
    assert!(stderr(&shown).starts_with(&begins), "{shown}");
}

#[test]
fn rego_refuses_what_it_does_not_allow() {
    let world = world(&["b"]);
    for (policy, fault) in [
        (ALLOW_A, "expression value, false, is not true"),
        (
            "package signature\nallow { input.predicate.name == \"a\" }",
            "result is undefined for query 'data.signature.allow'",
        ),
        (
            "package other\nallow = true",
            "result is undefined for query 'data.signature.allow'",
        ),
    ] {
        world.write("p.rego", policy);
        let says = format!(
            "{ASKED}There are 1 number of errors occurred during the validation:\n\n- {fault}\nError: 1 validation errors occurred\n"
        );
        refused(&verify(&world, &["p.rego"]), 1, &says);
    }
    let none = verify(&world, &["none.rego"]);
    let says = "will be validating against Rego policies: [none.rego]\nThere are 1 number of errors occurred during the \
                validation:\n\n- 1 error occurred during loading: stat none.rego: no such file or directory\nError: 1 validation \
                errors occurred\n";
    refused(&none, 1, says);
}

#[test]
fn one_attestation_that_does_not_pass_refuses_the_image() {
    let world = world(&["a", "b", "c"]);
    world.write("p.rego", ALLOW_A);
    let shown = verify(&world, &["p.rego"]);
    let says = format!(
        "{ASKED}{ASKED}{ASKED}There are 2 number of errors occurred during the validation:\n\n- expression value, false, is not \
         true\n- expression value, false, is not true\nError: 2 validation errors occurred\n"
    );
    refused(&shown, 1, &says);
}

#[test]
fn attestations_of_other_types_are_not_asked_about() {
    let world = world(&["b"]);
    world.write("p.rego", ALLOW_A);
    let more = ["--type", "spdxjson", "--policy", "p.rego"];
    let shown = world.verify_with("verify-attestation", &more, "app:v1");
    let says = format!(
        "Error: none of the attestations matched the predicate type: spdxjson, found: {CUSTOM}\n"
    );
    refused(&shown, 12, &says);
}

#[test]
fn nothing_is_contacted_for_a_policy_that_cannot_be_used() {
    let world = world(&["a"]);
    let shown = verify(&world, &["p.txt"]);
    refused(
        &shown,
        1,
        "Error: invalid policy format, expected .cue or .rego\n  found: p.txt\n",
    );
    let says = "Error: CUE policies need the `cue` program, and COSIGN_CUE names none: cue\nhint: install it (go install \
                cuelang.org/go/cmd/cue@latest), or name it by its absolute path: COSIGN_CUE\n";
    let image = world.name("app:v1");
    let with = [
        "verify-attestation",
        "--key",
        "cosign.pub",
        "--policy",
        "p.cue",
        &image,
    ];
    refused(&world.cosign_with("COSIGN_CUE", "cue", &with), 1, says);
    let says = "Error: CUE policies need the `cue` program, and there is none on PATH\n";
    refused(&world.cosign_with("PATH", "", &with), 1, says);
    // A program of the current directory is nobody's choice.
    world.write("cue", "#!/bin/sh\n");
    refused(&world.cosign_with("PATH", ".:", &with), 1, says);
    assert_eq!(world.registry.seen(), []);
}

#[test]
fn adv_c41_a_policy_by_its_address_is_one_only_with_its_status() {
    let world = world(&["a"]);
    let (base, seen) = serve("package signature\nallow = true", ALLOW_A.as_bytes());
    let verify = |path: &str| {
        let policy = format!("{base}/{path}.rego");
        verify(&world, &[&policy]).replace(&base, "BASE")
    };
    let good = verify("artifact");
    assert!(good.starts_with("exit 0\n"), "{good}");
    let asked = "will be validating against Rego policies: [BASE/artifact.rego]\n";
    assert!(stderr(&good).starts_with(asked), "{good}");
    for (path, fault) in [
        (
            "missing",
            "the server answers 404 Not Found, so what it sent is not the file",
        ),
        (
            "broken",
            "the server answers 500 Internal Server Error, so what it sent is not the file",
        ),
        (
            "partial",
            "the server answers 206 Partial Content, so what it sent is not the file",
        ),
        (
            "elsewhere",
            "the server redirects (302) to /page, which is not followed",
        ),
    ] {
        let says = format!(
            "will be validating against Rego policies: [BASE/{path}.rego]\nThere are 1 number of errors occurred during the \
             validation:\n\n- 1 error occurred during loading: GET BASE/{path}.rego: {fault}\nError: 1 validation errors \
             occurred\n"
        );
        refused(&verify(path), 1, &says);
    }
    let seen = seen.lock().unwrap().join(" ");
    assert_eq!(
        seen,
        "/artifact.rego /missing.rego /broken.rego /partial.rego /elsewhere.rego"
    );
}

#[test]
fn adv_c41_a_key_by_its_address_verifies_images_and_a_page_of_failure_does_not() {
    let world = world(&["a"]);
    let (base, _) = serve(&world.read("cosign.pub"), b"");
    let image = world.name("app:v1");
    for command in ["verify", "verify-attestation"] {
        let verify = |path: &str| {
            let key = format!("{base}/{path}");
            let shown = world.cosign(&[command, "--insecure-ignore-tlog", "--key", &key, &image]);
            shown.replace(&base, "BASE")
        };
        let good = verify("cosign.pub");
        // The only statement is no signature.
        let code = if command == "verify" { 10 } else { 0 };
        assert!(good.starts_with(&format!("exit {code}\n")), "{good}");
        for (path, code, fault) in [
            ("missing", 1, "the server answers 404 Not Found"),
            ("broken", 3, "the server answers 500 Internal Server Error"),
            (
                "elsewhere",
                1,
                "the server redirects (302) to /page, which is not followed",
            ),
        ] {
            let shown = verify(path);
            assert!(shown.starts_with(&format!("exit {code}\n")), "{shown}");
            let says = format!(
                "Error: loading verifier from key opts: loading public key: GET BASE/{path}: {fault}"
            );
            assert!(stderr(&shown).contains(&says), "{shown}");
        }
    }
}
