//! The guard as a file: form, mode, refusals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use sigbox_log_engine::{FileGuard, Guard, GuardError, GuardState, LogName};
use sigbox_tlog::{TreeSize, leaf_hash};

#[test]
fn a_guard_file_round_trips_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let guard = FileGuard::new(directory.path().join("guard"));
    assert_eq!(guard.load().unwrap(), None);
    let mut state = GuardState::new();
    for size in [7, u64::MAX] {
        state.insert(
            LogName::parse("ct").unwrap(),
            (TreeSize(size), leaf_hash(b"root")),
        );
        state.insert(
            LogName::parse("rekor-v2").unwrap(),
            (TreeSize(0), sigbox_tlog::empty_root()),
        );
        guard.store(&state).unwrap();
        assert_eq!(guard.load().unwrap().as_ref(), Some(&state));
    }
    let files: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|file| file.unwrap())
        .collect();
    assert_eq!(files.len(), 1, "no half-written file is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            files[0].metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let text = std::fs::read_to_string(guard.path()).unwrap();
    assert!(
        text.contains("\"rekor-v2\"") && text.contains(&sigbox_tlog::empty_root().to_string()),
        "{text}"
    );
}

#[test]
fn a_guard_file_of_another_form_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let guard = FileGuard::new(directory.path().join("guard"));
    let root = "00".repeat(32);
    let table = [
        String::new(),
        "[]".to_owned(),
        "[1,{}]".to_owned(),
        format!(r#"{{"version":1,"logs":{{"ct":[1,"{root}"]}}}}"#),
        r#"{"version":1}"#.to_owned(),
        r#"{"version":1,"logs":{},"more":0}"#.to_owned(),
        format!(r#"{{"version":1,"logs":{{"ct":{{"size":-1,"root":"{root}"}}}}}}"#),
        r#"{"version":1,"logs":{"ct":{"size":1,"root":"00"}}}"#.to_owned(),
        format!(
            r#"{{"version":1,"logs":{{"ct":{{"size":1,"root":"{}"}}}}}}"#,
            "é".repeat(32)
        ),
        format!(r#"{{"version":1,"logs":{{"C T":{{"size":1,"root":"{root}"}}}}}}"#),
    ];
    for text in table {
        std::fs::write(guard.path(), &text).unwrap();
        let refused = guard.load();
        assert!(
            matches!(refused, Err(GuardError::Malformed { .. })),
            "{text} {refused:?}"
        );
    }
    std::fs::write(guard.path(), r#"{"version":2,"later":[]}"#).unwrap();
    assert!(matches!(
        guard.load(),
        Err(GuardError::Version {
            found: 2,
            known: 1,
            ..
        })
    ));
    std::fs::remove_file(guard.path()).unwrap();
    std::fs::create_dir(guard.path()).unwrap();
    assert!(matches!(guard.load(), Err(GuardError::Read { .. })));
    assert!(matches!(
        guard.store(&GuardState::new()),
        Err(GuardError::Write { .. })
    ));
}
