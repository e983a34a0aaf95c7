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
    ("sigbox-service-kit", &[]),
    ("trust-root", &["sigbox-wire", "sigbox-crypto"]),
    ("fulcio-lite", SERVER),
    ("rekor-lite", SERVER),
    ("tsa-lite", SERVER),
    ("oidc-lite", SERVER),
    (
        "cosign-cli",
        &[
            "sigbox-wire",
            "sigbox-crypto",
            "sigbox-tlog",
            "sigbox-verify",
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

/// No second crypto provider, anywhere.
const NOWHERE: &[&str] = &["ring", "openssl-sys", "openssl", "native-tls"];

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

/// `cargo tree`, not `cargo metadata`: the latter also lists optional dependencies that only a weak feature names.
#[test]
fn there_is_one_crypto_provider() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--workspace", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("cargo speaks UTF-8");
    let names: BTreeSet<_> = text.lines().filter_map(|l| l.split(' ').next()).collect();
    assert!(names.contains("aws-lc-rs"), "{text}");
    let found: Vec<_> = NOWHERE.iter().filter(|n| names.contains(*n)).collect();
    assert_eq!(found, Vec::<&&str>::new());
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
