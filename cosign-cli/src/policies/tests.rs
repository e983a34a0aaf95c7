use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::{CueProgram, CueProgramError, Judgement, Policies, PolicyError, cue, rego};

const STATEMENT: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v0.1","subject":[],"predicateType":"t","predicate":{"name":"a","count":5,"large":9007199254740993,"list":[1,"two",null]}}"#;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, policy: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, policy).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What Rego says of the statement, with the rules in the package that is asked.
    fn rego(&self, rules: &str) -> Vec<String> {
        let name = self.write("p.rego", &format!("package signature\n{rules}"));
        let policies = Policies::new(std::slice::from_ref(&name), no_cue).unwrap();
        let Judgement { asked, faults } = policies.judge(STATEMENT);
        assert_eq!(
            asked,
            [format!(
                "will be validating against Rego policies: [{name}]"
            )]
        );
        faults
    }
}

/// For policies that must not need the program.
fn no_cue() -> Result<CueProgram, CueProgramError> {
    panic!("CUE's program was looked for")
}

#[test]
fn an_ending_decides_the_language_and_others_are_refused() {
    for name in ["p.txt", "rego", "p.rego.txt", "", ".rego", "p.REGO"] {
        let refused = Policies::new(&[name.to_owned()], no_cue).unwrap_err();
        assert!(
            matches!(&refused, PolicyError::Format { name: found } if found == name),
            "{name}"
        );
    }
    let names = ["a.rego".to_owned(), "https://example.com/b.rego".to_owned()];
    assert!(!Policies::new(&names, no_cue).unwrap().is_empty());
    assert!(Policies::new(&[], no_cue).unwrap().is_empty());
}

#[test]
fn cue_without_its_program_is_refused_before_anything_is_read() {
    let refused = Policies::new(&["none.cue".to_owned()], || Err(CueProgramError::Missing));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "CUE policies need the `cue` program, and there is none on PATH"
    );
}

#[test]
fn rego_allows_only_by_true() {
    let desk = Desk::new();
    for (rules, expected) in [
        (r#"allow { input.predicate.name == "a" }"#, None),
        (
            "default allow = false\nallow { input.predicate.count > 4 }",
            None,
        ),
        ("allow = true", None),
        // Version 1 of the language, where the policy says so.
        (
            r#"import rego.v1
allow if input.predicate.name == "a""#,
            None,
        ),
        (
            "import future.keywords.in\nallow { \"two\" in input.predicate.list }",
            None,
        ),
        (
            r#"default allow = false
allow { input.predicate.name == "b" }"#,
            Some("expression value, false, is not true"),
        ),
        (
            r#"allow { input.predicate.name == "b" }"#,
            Some("result is undefined for query 'data.signature.allow'"),
        ),
        (
            "deny = true",
            Some("result is undefined for query 'data.signature.allow'"),
        ),
        (
            "allow = input.predicate.count",
            Some("expression value, 5, is not true"),
        ),
        (
            "allow = \"true\"",
            Some("expression value, true, is not true"),
        ),
        ("allow = null", Some("expression value, <nil>, is not true")),
        (
            "allow = input.predicate.list",
            Some("expression value, [1 two <nil>], is not true"),
        ),
        (
            "allow = {\"b\": [], \"a\": 1}",
            Some("expression value, map[a:1 b:[]], is not true"),
        ),
        (
            "allow = input.predicate.large",
            Some("expression value, 9007199254740993, is not true"),
        ),
        (
            "allow[x] { x := input.predicate.list[_] }",
            Some("expression value, [<nil> 1 two], is not true"),
        ),
        // A builtin that fails is undefined.
        (
            "allow { to_number(\"x\") > 0 }",
            Some("result is undefined for query 'data.signature.allow'"),
        ),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(desk.rego(rules), expected, "{rules}");
    }
}

#[test]
fn abuse_b14_there_is_no_network_no_environment_and_no_recursion() {
    let desk = Desk::new();
    for (rules, says) in [
        ("allow {", "error: "),
        (
            "allow { http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1\"}) }",
            "http.send",
        ),
        ("allow { opa.runtime().env.HOME }", "opa.runtime"),
        ("allow { allow }", "recursi"),
    ] {
        let faults = desk.rego(rules);
        assert!(
            faults.len() == 1 && faults[0].contains(says),
            "{rules}: {faults:?}"
        );
    }
}

#[test]
fn several_files_are_one_policy_and_a_missing_one_is_named() {
    let desk = Desk::new();
    let first = desk.write(
        "a.rego",
        "package signature\nallow { data.names.known[input.predicate.name] }",
    );
    let second = desk.write("b.rego", "package names\nknown = {\"a\"}");
    let judge = |names: &[&String]| {
        let names: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
        Policies::new(&names, no_cue)
            .unwrap()
            .judge(STATEMENT)
            .faults
    };
    assert_eq!(judge(&[&first, &second]), Vec::<String>::new());
    assert_eq!(
        judge(&[&first]),
        ["result is undefined for query 'data.signature.allow'"]
    );
    let none = "none.rego".to_owned();
    assert_eq!(
        judge(&[&none]),
        ["1 error occurred during loading: stat none.rego: no such file or directory"]
    );
}

#[test]
fn abuse_b14_a_policy_without_end_is_given_up() {
    let desk = Desk::new();
    let rules = "r = numbers.range(1, 3000)\nallow { count({x | x := r[_] * r[_] * r[_]}) > 0 }";
    let name = desk.write("p.rego", &format!("package signature\n{rules}"));
    let limit = Duration::from_millis(200);
    let error = rego::check(&[name], STATEMENT, limit).unwrap_err();
    assert!(
        matches!(&error, rego::RegoError::Time(time) if *time == limit),
        "{error}"
    );
}

#[test]
fn the_same_statement_passes_and_fails_by_what_it_says() {
    let desk = Desk::new();
    let name = desk.write(
        "p.rego",
        "package signature\nallow { input.predicate.name == \"a\" }",
    );
    let policies = Policies::new(&[name], no_cue).unwrap();
    let other = STATEMENT.to_vec();
    let other = String::from_utf8(other).unwrap().replace("\"a\"", "\"b\"");
    assert!(policies.judge(STATEMENT).faults.is_empty());
    assert_eq!(
        policies.judge(other.as_bytes()).faults,
        ["result is undefined for query 'data.signature.allow'"]
    );
}

/// A program in the place of `cue`.
fn program(desk: &Desk, script: &str) -> CueProgram {
    let path = desk.write("cue", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    CueProgram::at(path.into())
}

#[test]
fn abuse_b14_cue_that_never_ends_is_given_up() {
    let desk = Desk::new();
    let policy = desk.write("p.cue", "");
    let program = program(&desk, "exec /bin/sleep 600");
    let limit = Duration::from_millis(100);
    let error = cue::check(&program, &[policy], STATEMENT, limit).unwrap_err();
    assert!(
        matches!(&error, cue::CueError::Time(time) if *time == limit),
        "{error}"
    );
}

#[test]
fn abuse_b14_cue_decides_in_a_place_of_its_own() {
    let desk = Desk::new();
    let policy = desk.write("p.cue", "");
    let check = |script: &str| {
        let program = program(&desk, script);
        let limit = Duration::from_secs(10);
        let checked = cue::check(&program, std::slice::from_ref(&policy), STATEMENT, limit);
        checked.map_err(|error| error.to_string())
    };
    assert_eq!(check("echo 'a: note' >&2"), Ok(()));
    let refused = |text: &str| Err(text.to_owned());
    assert_eq!(
        check("printf 'a: no:\\n    ./policy0.cue:1:1\\n' >&2; exit 1"),
        refused("a: no")
    );
    assert_eq!(
        check("printf 'a: no:\\n    x\\nb: no:\\n    y\\n' >&2; exit 1"),
        refused("a: no (and 1 more errors)")
    );
    assert_eq!(check("exit 7"), refused("cue ended with exit status: 7"));
    // What it is run in: nothing of ours.
    assert_eq!(
        check(
            "[ \"$CUE_REGISTRY\" = none ] && [ \"$HOME\" = \"$(pwd -P)\" ] && [ \"$(echo *)\" = 'payload.json policy0.cue' ] || exit 1"
        ),
        Ok(())
    );
    assert_eq!(check("[ -z \"${CARGO_PKG_NAME+x}\" ] || exit 1"), Ok(()));
}
