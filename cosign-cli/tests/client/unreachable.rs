//! Exit code 3: a registry, a log, an authority or a provider that cannot be reached or is down, whatever command asks it; and what is
//! answered in so many words, which is none of it.

use std::fs;

use crate::bundle_tools::log;
use crate::images::{World, stderr, stdout};
use serde_json::json;
use sigbox_testkit::lying_registry::Trouble;

/// Nobody listens there.
const DOWN: &str = "http://127.0.0.1:1";
const BUSY: &str = "127.0.0.1:1/app:v1";

/// Every command that speaks to the registry of an image, with the image's name for `IMAGE`.
const ASKING: [&str; 21] = [
    "sign --key cosign.key --signing-config empty.json IMAGE",
    "verify --key cosign.pub --insecure-ignore-tlog IMAGE",
    "verify --recursive --key cosign.pub --insecure-ignore-tlog IMAGE",
    "attest --key cosign.key --signing-config empty.json --predicate predicate.json IMAGE",
    "verify-attestation --key cosign.pub --insecure-ignore-tlog IMAGE",
    "tree IMAGE",
    "triangulate IMAGE",
    "image doctor IMAGE",
    "clean -f IMAGE",
    "copy IMAGE 127.0.0.1:1/copy:v1",
    "save --dir saved IMAGE",
    "load --dir loaded IMAGE",
    "generate IMAGE",
    "attach sbom --sbom predicate.json IMAGE",
    "attach signature --signature hello.sig --payload predicate.json IMAGE",
    "attach attestation --attestation a.json IMAGE",
    "download signature IMAGE",
    "download attestation IMAGE",
    "download sbom IMAGE",
    "upload blob -f predicate.json IMAGE",
    "upload wasm -f module.wasm IMAGE",
];

/// A registry with an image, and the files that the commands take.
fn world() -> World {
    let world = World::new();
    world.image("app");
    world.write("predicate.json", "{}");
    world.write("hello.txt", "hello");
    world.write("hello.sig", "AAAA");
    world.write("module.wasm", "\0asm\u{1}\0\0\0");
    let attested = run(
        &world,
        "attest-blob --key cosign.key --signing-config empty.json --predicate predicate.json --bundle a.json hello.txt",
        "",
    );
    assert!(attested.starts_with("exit 0\n"), "{attested}");
    let saved = run(&world, "save --dir loaded IMAGE", &world.name("app:v1"));
    assert!(saved.starts_with("exit 0\n"), "{saved}");
    world
}

fn run(world: &World, line: &str, image: &str) -> String {
    let line = line.replace("IMAGE", image);
    let words: Vec<&str> = line.split_whitespace().collect();
    world.cosign(&words)
}

#[track_caller]
fn ends_with(shown: &str, code: u8, error: &str) {
    assert!(shown.starts_with(&format!("exit {code}\n")), "{shown}");
    let errors = stderr(shown)
        .lines()
        .filter(|line| line.starts_with("Error: "));
    let errors: Vec<&str> = errors.collect();
    assert!(
        errors.len() == 1 && errors[0].contains(error),
        "{error}: {shown}"
    );
    assert_eq!(stdout(shown), "", "{shown}");
}

#[test]
fn a_registry_that_cannot_be_reached_is_told_apart_by_every_command() {
    let world = world();
    for line in ASKING {
        ends_with(&run(&world, line, BUSY), 3, "connect: connection refused");
    }
    world.write("Dockerfile", &format!("FROM {BUSY}\n"));
    let pod = format!("spec: {{containers: [{{image: '{BUSY}'}}]}}\n");
    world.write("pod.yaml", &pod);
    for (command, file) in [("dockerfile", "Dockerfile"), ("manifest", "pod.yaml")] {
        let line = format!("{command} verify --key cosign.pub --insecure-ignore-tlog {file}");
        ends_with(&run(&world, &line, ""), 3, "connect: connection refused");
    }
}

#[test]
fn a_registry_that_is_down_is_told_apart_and_one_that_refuses_is_not() {
    let world = world();
    let image = world.name("app:v1");
    let answered = |line: &str, status: u16, code: u8| {
        world.registry.set(|behaviour| {
            behaviour.trouble = Some(Trouble {
                status,
                times: 1000,
                retry_after: None,
                message: "as told".to_owned(),
            });
        });
        // An answer to HEAD has no body, and so no word of the registry's.
        let shown = run(&world, line, &image);
        let told = [
            " TROUBLE: as told".to_owned(),
            format!(" unexpected status code {status} "),
        ];
        let told = told.iter().find(|text| shown.contains(*text));
        ends_with(&shown, code, told.map_or("TROUBLE", |text| text));
    };
    for line in ASKING {
        answered(line, 500, 3);
        answered(line, 403, 1);
    }
    for (status, code) in [(503, 3), (429, 3), (400, 1), (401, 1), (501, 1)] {
        answered("tree IMAGE", status, code);
    }
}

#[test]
fn time_that_is_up_is_trouble_of_the_network_in_every_command() {
    let world = world();
    for line in ASKING {
        let line = format!("{line} --timeout 0");
        let shown = run(&world, &line, &world.name("app:v1"));
        ends_with(&shown, 3, "context deadline exceeded");
    }
}

#[test]
fn services_that_cannot_be_reached_are_told_apart_for_images_and_files() {
    let world = world();
    let _instance = world.instance();
    let keyless = "--identity-token token --trusted-root trusted_root.json --signing-config signing_config.v0.2.json";
    for service in ["--fulcio-url", "--rekor-url", "--timestamp-server-url"] {
        for command in [
            "sign REST IMAGE",
            "attest --predicate predicate.json REST IMAGE",
            "sign-blob --bundle b.json REST hello.txt",
            "attest-blob --predicate predicate.json --bundle b.json REST hello.txt",
        ] {
            let line = command.replace("REST", &format!("{keyless} {service} {DOWN}"));
            let shown = run(&world, &line, &world.name("app:v1"));
            assert!(shown.starts_with("exit 3\n"), "{line}: {shown}");
            assert!(
                stderr(&shown).contains("connect: connection refused"),
                "{shown}"
            );
            assert!(!fs::exists(world.directory().join("b.json")).unwrap());
        }
    }
    let none = world.cosign(&["tree", &world.name("app:v1")]);
    assert!(
        stdout(&none).contains("No Supply Chain Security Related Artifacts"),
        "{none}"
    );
}

#[test]
fn a_provider_that_cannot_be_reached_or_is_down_is_told_apart() {
    let world = world();
    let _instance = world.instance();
    world.write("secret", "secret");
    let config = "--signing-config signing_config.v0.2.json --trusted-root trusted_root.json";
    let (busy, wrong) = (log(503, &json!({})), log(404, &json!({})));
    for (issuer, code, says) in [
        (DOWN, 3, "connect: connection refused"),
        (&busy, 3, "the server is not available now (status 503)"),
        (
            &wrong,
            1,
            "the OpenID provider's configuration cannot be used: ",
        ),
    ] {
        for flow in [
            "--fulcio-auth-flow device",
            "--fulcio-auth-flow normal",
            "--fulcio-auth-flow client_credentials --oidc-client-secret-file secret",
        ] {
            for command in [
                "sign REST IMAGE",
                "sign-blob --bundle b.json REST hello.txt",
            ] {
                let rest = format!("{config} --oidc-issuer {issuer} {flow}");
                let line = command.replace("REST", &rest);
                let shown = run(&world, &line, &world.name("app:v1"));
                assert!(
                    shown.starts_with(&format!("exit {code}\n")),
                    "{line}: {shown}"
                );
                assert!(stderr(&shown).contains(says), "{line}: {shown}");
            }
        }
    }
}
