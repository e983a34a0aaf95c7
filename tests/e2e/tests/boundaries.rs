//! The dependency rules of docs/ARCHITECTURE.md, checked on what cargo really resolves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Our crates and which of ours each may use (normal dependencies; tests may use more).
const ALLOWED: &[(&str, &[&str])] = &[
    ("sigbox-tlog", &[]),
    ("sigbox-wire", &[]),
    ("sigbox-crypto", &["sigbox-wire", "sigbox-tlog"]),
    (
        "sigbox-verify",
        &["sigbox-wire", "sigbox-tlog", "sigbox-crypto"],
    ),
    ("sigbox-log-engine", &["sigbox-tlog"]),
    ("sigbox-log-store", &["sigbox-log-engine", "sigbox-tlog"]),
    (
        "sigbox-log-tools",
        &[
            "sigbox-crypto",
            "sigbox-log-engine",
            "sigbox-log-store",
            "sigbox-tlog",
            "sigbox-wire",
        ],
    ),
    ("sigbox-service-kit", &[]),
    ("sigbox-oci", &[]),
    ("trust-root", &["sigbox-wire", "sigbox-crypto"]),
    ("fulcio-lite", SERVER),
    (
        "rekor-lite",
        &[
            "sigbox-wire",
            "sigbox-crypto",
            "sigbox-tlog",
            "sigbox-log-engine",
            "sigbox-service-kit",
            // Its program's commands.
            "sigbox-log-tools",
        ],
    ),
    ("tsa-lite", SERVER),
    ("oidc-lite", SERVER),
    (
        "cosign-cli",
        &[
            "sigbox-wire",
            "sigbox-crypto",
            "sigbox-tlog",
            "sigbox-verify",
            "sigbox-oci",
            "trust-root",
        ],
    ),
];

const SERVER: &[&str] = &[
    "sigbox-wire",
    "sigbox-crypto",
    "sigbox-tlog",
    "sigbox-log-engine",
    "sigbox-service-kit",
];

/// Crates that stay free of sockets, files, databases and runtimes, through everything below them.
const PURE: &[&str] = &[
    "sigbox-tlog",
    "sigbox-wire",
    "sigbox-crypto",
    "sigbox-verify",
];
const IMPURE: &[&str] = &[
    "tokio", "sqlx", "reqwest", "hyper", "axum", "socket2", "mio",
];

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// No second crypto provider, anywhere.
const NOWHERE: &[&str] = &["ring", "openssl-sys", "openssl", "native-tls"];

/// Packages that build or find C, and packages that read clocks.
const C: &[&str] = &["aws-lc-rs", "cc", "cmake", "bindgen", "pkg-config", "vcpkg"];
const CLOCKS: &[&str] = &["chrono", "time", "instant", "web-time", "iana-time-zone"];

/// Package name → names of its normal dependencies, as resolved for Linux.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|p| (p["id"].as_str().unwrap(), p["name"].as_str().unwrap()))
        .collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().expect("nodes") {
        let normal = node["deps"].as_array().expect("deps").iter().filter(|dep| {
            dep["dep_kinds"]
                .as_array()
                .expect("kinds")
                .iter()
                .any(|kind| kind["kind"].is_null())
        });
        let edges = graph
            .entry(names[node["id"].as_str().unwrap()].to_owned())
            .or_default();
        edges.extend(normal.map(|dep| names[dep["pkg"].as_str().unwrap()].to_owned()));
    }
    graph
}

fn reachable<'a>(
    graph: &'a BTreeMap<String, BTreeSet<String>>,
    from: &'a str,
) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if seen.insert(name) {
            open.extend(graph.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    seen
}

#[test]
fn crates_use_only_the_crates_below_them() {
    let graph = graph();
    let ours: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let mut broken = Vec::new();
    for (name, allowed) in ALLOWED {
        let used = graph
            .get(*name)
            .unwrap_or_else(|| panic!("{name} is not in the workspace"));
        for dependency in used.iter().filter(|d| ours.contains(d.as_str())) {
            if !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{name} must not use {dependency}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn pure_crates_reach_no_runtime_socket_or_database() {
    let graph = graph();
    for name in PURE {
        let reached = reachable(&graph, name);
        let found: Vec<_> = IMPURE.iter().filter(|i| reached.contains(*i)).collect();
        assert_eq!(found, Vec::<&&str>::new(), "reached from {name}");
    }
}

/// Names of all packages that a build needs, as `cargo tree` resolves them; `cargo metadata` also lists optional
/// dependencies that only a weak feature names.
fn tree(edges: &str, target: &str, selection: &[&str]) -> BTreeSet<String> {
    lines(edges, target, selection, "{p}")
        .iter()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn lines(edges: &str, target: &str, selection: &[&str], format: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--format", format])
        .args(["--edges", edges, "--target", target])
        .args(selection)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo tree runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("cargo speaks UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn among<'a>(names: &BTreeSet<String>, unwanted: &[&'a str]) -> Vec<&'a str> {
    unwanted
        .iter()
        .copied()
        .filter(|name| names.contains(*name))
        .collect()
}

/// The tests included: the verifier that ours is compared with brings no other provider either.
#[test]
fn there_is_one_crypto_provider() {
    let names = tree("normal,build,dev", LINUX, &["--workspace"]);
    assert!(names.contains("aws-lc-rs"), "{names:?}");
    assert_eq!(among(&names, NOWHERE), Vec::<&str>::new());
}

/// The verifier on the crypto back end without C; tests/run tests it so.
const PURE_RUST: &[&str] = &[
    "--package",
    "sigbox-verify",
    "--no-default-features",
    "--features",
    "rust-crypto",
];

#[test]
fn the_verifier_can_do_without_c_sockets_and_clock() {
    // WebAssembly stands for all places where there is nothing but a processor.
    for target in [LINUX, "wasm32-unknown-unknown"] {
        let names = tree("normal,build", target, PURE_RUST);
        for wanted in [
            "sigbox-crypto",
            "p256",
            "p384",
            "p521",
            "ed25519-dalek",
            "rsa",
        ] {
            assert!(names.contains(wanted), "{wanted} on {target}");
        }
        let native: Vec<_> = names.iter().filter(|name| name.ends_with("-sys")).collect();
        assert_eq!(native, Vec::<&String>::new(), "{target}");
        for unwanted in [C, IMPURE, CLOCKS, NOWHERE] {
            assert_eq!(among(&names, unwanted), Vec::<&str>::new(), "{target}");
        }
        // Declarations of the system's library, for its generator of randomness.
        assert_eq!(names.contains("libc"), target == LINUX);
    }
}

/// A test dependency with the default features would bring the other back end back, unnoticed.
#[test]
fn tests_of_the_pure_back_end_are_built_on_it() {
    let lines = lines("normal,build,dev", LINUX, PURE_RUST, "{p}|{f}");
    let features: BTreeSet<_> = lines
        .iter()
        .filter(|line| line.starts_with("sigbox-crypto "))
        .filter_map(|line| line.rsplit('|').next())
        .map(|features| features.trim_end_matches(" (*)"))
        .collect();
    assert_eq!(features, BTreeSet::from(["rust-crypto"]));
}

/// Features of a build add up; programs have the one back end that they are tested with.
#[test]
fn programs_are_built_without_the_second_back_end() {
    let names = tree("normal,build", LINUX, &["--package", "sigbox"]);
    assert_eq!(among(&names, &["p521"]), Vec::<&str>::new());
    assert!(names.contains("aws-lc-rs"));
}

#[test]
fn sql_is_spoken_by_the_store_alone() {
    let graph = graph();
    let speakers: Vec<_> = graph
        .iter()
        .filter(|(_, used)| used.contains("sqlx"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(speakers, ["sigbox-log-store"]);
}
