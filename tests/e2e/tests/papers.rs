//! What the papers say of the tests.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The names of all functions in the Rust files below a directory.
fn collect(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for (_, rest) in text.lines().filter_map(|line| line.split_once("fn ")) {
                let mut words = rest.split(|c: char| !c.is_alphanumeric() && c != '_');
                names.extend(words.next().map(str::to_owned));
            }
        }
    }
}

/// Names in backquotes that look like those of tests: long, with underscores.
fn named(text: &str) -> BTreeSet<&str> {
    let is_name = |text: &&str| {
        text.len() > 20
            && text.matches('_').count() >= 3
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.split('`').filter(is_name).collect()
}

#[test]
fn every_test_that_the_papers_name_is_there() {
    let mut functions = BTreeSet::new();
    collect(Path::new(ROOT), &mut functions);
    for paper in ["docs/reliability.md", "README.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(paper)).unwrap();
        let named = named(&text);
        assert!(!named.is_empty(), "{paper} names no test");
        let absent: Vec<&str> = named
            .into_iter()
            .filter(|name| !functions.contains(*name))
            .collect();
        assert_eq!(absent, Vec::<&str>::new(), "{paper}");
    }
}
