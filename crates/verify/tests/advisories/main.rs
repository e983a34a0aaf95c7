//! Published advisories and bug classes about verifying clients, each under its number: what it did elsewhere is
//! refused here, by the rule that guards it, and its honest twin is accepted.
//!
//! ```text
//! entries, versions, proofs, witnesses   tests about logs
//! times, stamps                          tests about time
//! certificates, identities               tests about the signer
//! statements, reading                    tests about what is signed, and about how all of it is read
//! material                               what a trusted root must hold at least
//! rekor, stamping, authority             logs and authorities whose keys the tests hold
//! edit                                   looks into bundles and changes them
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod authority;
mod certificates;
#[path = "../deployment/mod.rs"]
mod deployment;
mod edit;
mod entries;
mod identities;
mod material;
mod proofs;
mod reading;
mod rekor;
mod stamping;
mod stamps;
mod statements;
mod times;
mod versions;
mod witnesses;

use std::collections::BTreeSet;

/// Numbers without a test here: why the library cannot be wrong about it, and who can.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    (
        6,
        "a policy here demands no predicate type; the verified statement hands it to the caller",
        "cosign-cli, once it verifies attestations",
    ),
    (
        21,
        "verification is synchronous and reads in pieces of 64 KiB; whoever calls it has the executor",
        "fulcio-lite, rekor-lite, sigbox",
    ),
    (
        41,
        "nothing is fetched; keys come as parameters",
        "cosign-cli, which refuses URLs of keys",
    ),
    (
        42,
        "there is no exit status; a verdict is one value, accepted or refused",
        "cosign-cli, every command",
    ),
    (
        44,
        "no log is searched; entries come with the bundle",
        "cosign-cli, once it asks a log for entries",
    ),
    (
        45,
        "no log is asked",
        "cosign-cli, which verifies its bundle before it writes it",
    ),
];

const TESTS: [&str; 10] = [
    include_str!("entries.rs"),
    include_str!("times.rs"),
    include_str!("certificates.rs"),
    include_str!("identities.rs"),
    include_str!("statements.rs"),
    include_str!("versions.rs"),
    include_str!("stamps.rs"),
    include_str!("proofs.rs"),
    include_str!("witnesses.rs"),
    include_str!("reading.rs"),
];

#[test]
fn every_number_is_tested_here_or_said_to_belong_elsewhere() {
    let tested: BTreeSet<u8> = TESTS
        .iter()
        .flat_map(|text| text.split("#[test]\nfn adv_c").skip(1))
        .map(|name| name[..2].parse().unwrap())
        .collect();
    let elsewhere: BTreeSet<u8> = ELSEWHERE.iter().map(|(number, ..)| *number).collect();
    assert_eq!(
        elsewhere.len(),
        ELSEWHERE.len(),
        "a number stands twice in the table"
    );
    assert_eq!(
        tested.intersection(&elsewhere).next(),
        None,
        "tested and elsewhere"
    );
    let all: BTreeSet<u8> = tested.union(&elsewhere).copied().collect();
    assert_eq!(all, (1..=46).collect());
}
