//! One entry, by index and by name.

use crate::bench::{Bench, ENTRIES};

#[tokio::test]
async fn an_entry_is_read_by_index_and_by_name() {
    let bench = Bench::new().await;
    let ids = bench.fill(3).await;
    let id = &ids[1];
    let hash = &id[16..];
    for path in [
        format!("{ENTRIES}?logIndex=1"),
        format!("{ENTRIES}/?logIndex=1"),
        format!("{ENTRIES}/{id}"),
        format!("{ENTRIES}/{id}/"),
        format!("{ENTRIES}/{}", id.to_uppercase()),
        format!("{ENTRIES}/{hash}"),
    ] {
        let answer = bench.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("etag"), "");
        answer.assert_uncached();
        assert!(answer.text().ends_with("}\n"));
        let object = answer.json();
        bench.check_entry(&object, 1);
        assert!(object.get(id).is_some(), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_without_a_body() {
    let bench = Bench::new().await;
    bench.fill(1).await;
    let unknown = format!("{:016x}{}", bench.tree.get(), "0".repeat(64));
    for path in [
        format!("{ENTRIES}?logIndex=1"),
        format!("{ENTRIES}?logIndex=9223372036854775807"),
        format!("{ENTRIES}/{}", "0".repeat(64)),
        format!("{ENTRIES}/{unknown}"),
    ] {
        let answer = bench.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (404, ""), "{path}");
        assert_eq!(answer.header("content-type"), "");
        answer.assert_uncached();
    }
}

#[tokio::test]
async fn a_parameter_that_is_none_names_the_rule() {
    let bench = Bench::new().await;
    let pattern = r#"{"code":605,"message":"entryUUID in path should match '^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$'"}"#;
    let hash = "0".repeat(64);
    let table = [
        (
            format!("{ENTRIES}?logIndex=-1"),
            422,
            r#"{"code":609,"message":"logIndex in query should be greater than or equal to 0"}"#,
        ),
        (
            format!("{ENTRIES}?logIndex=x"),
            422,
            r#"{"code":601,"message":"logIndex in query must be of type int64: \"x\""}"#,
        ),
        (
            format!("{ENTRIES}?logIndex=9223372036854775808"),
            422,
            r#"{"code":601,"message":"logIndex in query must be of type int64: \"9223372036854775808\""}"#,
        ),
        (
            ENTRIES.to_owned(),
            422,
            r#"{"code":602,"message":"logIndex in query is required"}"#,
        ),
        (
            format!("{ENTRIES}?logIndex="),
            422,
            r#"{"code":602,"message":"logIndex in query is required"}"#,
        ),
        (format!("{ENTRIES}/abc"), 422, pattern),
        (format!("{ENTRIES}/{}g", &hash[1..]), 422, pattern),
        (
            format!("{ENTRIES}/8000000000000000{hash}"),
            400,
            "{\"code\":400,\"message\":\"validation error: 8000000000000000 is not a valid TreeID\"}\n",
        ),
        (
            format!("{ENTRIES}/0000000000000000{hash}"),
            400,
            "{\"code\":400,\"message\":\"validation error: 0000000000000000 is not a valid TreeID\"}\n",
        ),
    ];
    for (path, status, text) in table {
        let answer = bench.get(&path).await;
        answer.assert_error(status, text);
        answer.assert_uncached();
    }
}

/// An entry is named with its tree; with another tree before it, it is not there.
#[tokio::test]
async fn adv_l06_an_entry_under_another_tree_is_not_there() {
    let bench = Bench::new().await;
    let ids = bench.fill(1).await;
    let other = format!("{:016x}{}", bench.tree.get() ^ 1, &ids[0][16..]);
    let answer = bench.get(&format!("{ENTRIES}/{other}")).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (404, ""));
    let query = serde_json::json!({"entryUUIDs": [other]}).to_string();
    let answer = bench.post(crate::bench::RETRIEVE, query).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "[]\n"));
    let query = serde_json::json!({"entryUUIDs": [ids[0]]}).to_string();
    let answer = bench.post(crate::bench::RETRIEVE, query).await;
    assert!(answer.json()[0][&ids[0]].is_object(), "{}", answer.text());
}
