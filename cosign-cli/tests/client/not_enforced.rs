//! There is no mode in which a refusal is only a warning, and no flag whose lessening of a check goes unsaid.

use crate::images::{SIGN, World, refused, statement, stderr};

/// The words that such modes go by.
const MODES: [&str; 9] = [
    "warn",
    "audit",
    "permissive",
    "enforce",
    "dry-run",
    "soft",
    "skip",
    "advisory",
    "log-only",
];

fn flags(command: &clap::Command, found: &mut Vec<String>) {
    for argument in command.get_arguments() {
        let names = argument.get_long().into_iter();
        found.extend(names.map(|long| format!("{} --{long}", command.get_name())));
    }
    for inner in command.get_subcommands() {
        flags(inner, found);
    }
}

#[test]
fn adv_c56_no_flag_makes_a_warning_of_a_refusal() {
    let mut found = Vec::new();
    flags(&cosign_cli::command_line(), &mut found);
    assert!(found.contains(&"verify --key".to_owned()), "{found:?}");
    found.retain(|flag| MODES.iter().any(|mode| flag.contains(mode)));
    // It has no effect: the SCT is checked (docs/spec-divergences.md).
    found.retain(|flag| !flag.ends_with(" --insecure-skip-verify"));
    assert_eq!(found, [] as [String; 0]);
}

/// With everything lessened that can be, a signature of another key is refused, and a good one is no refusal.
#[test]
fn adv_c56_what_is_lessened_is_said_and_the_rest_is_enforced() {
    let world = World::new();
    let image = world.image("app");
    let bundle = world.bundle(&statement(SIGN, &image)).to_json().unwrap();
    world.attach("app", &image, &bundle);
    let name = world.name("app:v1");
    let verify = |key: &str| {
        let lessened = [
            "--insecure-ignore-tlog",
            "--insecure-ignore-sct",
            "--check-claims=false",
            "--accept-attestations",
            "--allow-insecure-registry",
        ];
        world.cosign(&[&["verify", "--key", key][..], &lessened, &[&name]].concat())
    };
    let said = "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                verification for the signature.\nWARNING: claims are not checked: what was signed under a tag may be of another image, \
                and annotations are not compared\nWARNING: --allow-insecure-registry: whoever can answer in the registry's \
                place is taken for it\n";
    refused(
        &verify("other.pub"),
        12,
        &format!("{said}Error: no matching signatures: "),
    );
    let good = verify("cosign.pub");
    assert!(good.starts_with("exit 0\n"), "{good}");
    assert!(stderr(&good).starts_with(said), "{good}");
    // No check is claimed that was not made.
    assert!(
        !stderr(&good).contains("transparency log was verified"),
        "{good}"
    );
    assert!(!stderr(&good).contains("claims were validated"), "{good}");
}

/// A signature says who signed, and not that nothing newer was signed: an old image that is good stays good.
#[test]
fn adv_c56_an_older_signature_is_as_good_as_a_newer_one() {
    let world = World::new();
    let digests = ["old", "new"].map(|repository| {
        let image = world.image(repository);
        let bundle = world.bundle(&statement(SIGN, &image)).to_json().unwrap();
        world.attach(repository, &image, &bundle);
        image
    });
    for (repository, digest) in ["old", "new"].iter().zip(digests) {
        let shown = world.verify(&[], &format!("{repository}@{digest}"));
        assert!(shown.starts_with("exit 0\n"), "{shown}");
    }
}
