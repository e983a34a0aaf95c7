//! Two shards: numbers over both, each entry with the key, tree and proof of its own.

use std::sync::Arc;

use axum::Router;
use http::StatusCode;
use rekor_lite::v1::{self, RekorV1, RekorV1Config, SetupError};
use serde_json::{Value, json};
use sigbox_crypto::{SigningKey, sha256};
use sigbox_log_engine::{Engine, EngineConfig, Freeze, LogStore, freeze_log, init_log};
use sigbox_log_store::memory::{MemoryGuard, MemoryStore};
use sigbox_tlog::{Hash, TreeSize, verify_consistency};

use crate::bench::{
    Bench, ENTRIES, HOST, NOW, RETRIEVE, hash_of, hashed_rekord, open, origin, p256, setup,
};

const OLD: &str = "rekor-v1";
const NEW: &str = "rekor-v1-2";

struct Sharded {
    old: Bench,
    new: Bench,
    /// The IDs of the old shard's entries.
    ids: Vec<String>,
    /// An entry that is in both shards.
    twice: Value,
}

async fn engine(
    store: &Arc<dyn LogStore>,
    guard: &Arc<MemoryGuard>,
    logs: &[(&str, &Arc<SigningKey>)],
) -> Arc<Engine> {
    let setups = logs
        .iter()
        .map(|(name, key)| setup(name, &origin(key), key))
        .collect();
    let (clock, config) = (Arc::new(|| NOW), EngineConfig::default());
    let opened = Engine::open(store.clone(), guard.clone(), clock, setups, config);
    Arc::new(opened.await.unwrap())
}

/// Three entries, a new shard, two entries, of which the first is in both.
async fn sharded() -> Sharded {
    let (old_key, new_key) = (Arc::new(p256()), Arc::new(p256()));
    let store: Arc<dyn LogStore> = Arc::new(MemoryStore::new());
    let guard = Arc::new(MemoryGuard::new());
    let first = setup(OLD, &origin(&old_key), &old_key);
    let made = init_log(store.as_ref(), guard.as_ref(), &first, None, NOW);
    made.await.unwrap();
    let twice = hashed_rekord(&p256(), b"twice");
    let mut ids = Vec::new();
    {
        let engine = engine(&store, &guard, &[(OLD, &old_key)]).await;
        let log = engine.log(OLD).unwrap();
        let rekor = RekorV1::new(log.clone(), old_key.clone(), RekorV1Config::default());
        let bench = Bench::of(
            v1::standalone(rekor.unwrap()),
            log,
            old_key.clone(),
            engine.clone(),
        );
        ids.extend(bench.fill(2).await);
        ids.push(bench.create(&twice).await);
        drop(bench);
        Arc::into_inner(engine).unwrap().shutdown().await;
    }
    let second = setup(NEW, &origin(&new_key), &new_key);
    let freeze = Freeze {
        log: &first,
        extensions: Vec::new(),
        successor: Some(&second),
        accept_rollback_from: None,
        now: NOW,
        progress: &|_, _| {},
    };
    freeze_log(store.as_ref(), guard.as_ref(), freeze)
        .await
        .unwrap();

    let engine = engine(&store, &guard, &[(OLD, &old_key), (NEW, &new_key)]).await;
    let (old_log, new_log) = (engine.log(OLD).unwrap(), engine.log(NEW).unwrap());
    let rekor = RekorV1::sharded(
        vec![(old_log.clone(), old_key.clone())],
        (new_log.clone(), new_key.clone()),
        RekorV1Config::default(),
    );
    let router: Router = v1::standalone(rekor.unwrap());
    let sharded = Sharded {
        old: Bench::of(router.clone(), old_log, old_key, engine.clone()),
        new: Bench::of(router, new_log, new_key, engine),
        ids,
        twice,
    };
    sharded.new.create(&sharded.twice).await;
    sharded.new.fill(1).await;
    sharded
}

#[tokio::test]
async fn entries_of_both_shards_are_read_by_their_number() {
    let site = sharded().await;
    for number in 0..3 {
        let answer = site.new.get(&format!("{ENTRIES}?logIndex={number}")).await;
        site.old.check_numbered(&answer.json(), number, number);
    }
    for number in 3..5 {
        let answer = site.new.get(&format!("{ENTRIES}?logIndex={number}")).await;
        site.new.check_numbered(&answer.json(), number, number - 3);
    }
    let beyond = site.new.get(&format!("{ENTRIES}?logIndex=5")).await;
    assert_eq!(beyond.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_entry_has_its_number_over_both() {
    let site = sharded().await;
    let body = hashed_rekord(&p256(), b"new").to_string();
    let answer = site.new.post(ENTRIES, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    site.new.check_numbered(&answer.json(), 5, 2);
    // Twice in the active shard is a duplicate, and named there.
    let again = site.new.post(ENTRIES, site.twice.to_string()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let tree = format!("{:016x}", site.new.tree.get());
    assert!(again.header("location").contains(&tree));
}

#[tokio::test]
async fn a_name_leads_to_its_own_shard_and_a_bare_hash_to_the_active_one() {
    let site = sharded().await;
    let old_id = &site.ids[2];
    let answer = site.new.get(&format!("{ENTRIES}/{old_id}")).await;
    site.old.check_numbered(&answer.json(), 2, 2);
    let hash = &old_id[16..];
    let answer = site.new.get(&format!("{ENTRIES}/{hash}")).await;
    site.new.check_numbered(&answer.json(), 3, 0);
    // What only the old shard holds is found there.
    let answer = site
        .new
        .get(&format!("{ENTRIES}/{}", &site.ids[0][16..]))
        .await;
    site.old.check_numbered(&answer.json(), 0, 0);
    // The other tree's number before it: there is no such entry.
    let foreign = format!(
        "{ENTRIES}/{:016x}{}",
        site.new.tree.get(),
        &site.ids[0][16..]
    );
    assert_eq!(site.new.get(&foreign).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn adv_l06_what_is_asked_for_is_answered_from_every_shard_and_no_other_tree() {
    let site = sharded().await;
    let hash = &site.ids[2][16..];
    let foreign = format!("{:016x}{}", site.new.tree.get(), &site.ids[1][16..]);
    let query = json!({
        "entryUUIDs": [hash, site.ids[1], foreign],
        "entries": [site.twice],
        "logIndexes": [4, 0, 9],
    });
    let answer = site.new.post(RETRIEVE, query.to_string()).await;
    let answer = answer.json();
    let items = answer.as_array().unwrap();
    assert_eq!(items.len(), 7, "{answer}");
    // Names with a tree, then hashes and bodies (active shard first), then numbers.
    site.old.check_numbered(&items[0], 1, 1);
    for pair in [1, 3] {
        site.new.check_numbered(&items[pair], 3, 0);
        site.old.check_numbered(&items[pair + 1], 2, 2);
    }
    site.new.check_numbered(&items[5], 4, 1);
    site.old.check_numbered(&items[6], 0, 0);
}

#[tokio::test]
async fn the_head_lists_the_old_shard_byte_for_byte_as_it_ended() {
    let site = sharded().await;
    let info = site.new.get("/api/v1/log").await.json();
    let old = info["inactiveShards"].as_array().unwrap();
    assert_eq!(old.len(), 1);
    let note = old[0]["signedTreeHead"].as_str().unwrap();
    let (checkpoint, _) = site.old.checkpoint(note);
    assert_eq!(checkpoint.size, TreeSize(3));
    assert_eq!(old[0]["treeSize"], 3);
    assert_eq!(old[0]["treeID"], Value::from(site.old.tree.to_string()));
    assert_eq!(old[0]["rootHash"], Value::from(checkpoint.root.to_string()));
    let (checkpoint, _) = site
        .new
        .checkpoint(info["signedTreeHead"].as_str().unwrap());
    assert_eq!(checkpoint.size, TreeSize(2));
    assert_eq!(info["treeSize"], 2);
    assert_eq!(info["treeID"], Value::from(site.new.tree.to_string()));
    let again = site.new.get("/api/v1/log").await.json();
    assert_eq!(again["inactiveShards"], info["inactiveShards"]);
}

#[tokio::test]
async fn each_shard_has_its_key_and_its_proofs() {
    let site = sharded().await;
    for shard in [&site.old, &site.new] {
        let path = format!("/api/v1/log/publicKey?treeID={}", shard.tree);
        let answer = site.new.get(&path).await;
        assert_eq!(answer.text(), shard.key.public_key().to_pem());
    }
    let bare = site.new.get("/api/v1/log/publicKey").await;
    assert_eq!(bare.text(), site.new.key.public_key().to_pem());

    let proof = |bench: &Bench, last: u64| {
        format!(
            "/api/v1/log/proof?firstSize=1&lastSize={last}&treeID={}",
            bench.tree
        )
    };
    let answer = site.new.get(&proof(&site.old, 3)).await.json();
    let hashes: Vec<Hash> = answer["hashes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| hash_of(hash.as_str().unwrap()))
        .collect();
    let root = hash_of(answer["rootHash"].as_str().unwrap());
    // A tree of one leaf has the leaf's hash as its root.
    let first = hash_of(&site.ids[0][16..]);
    verify_consistency(TreeSize(1), TreeSize(3), &hashes, first, root).unwrap();
    let beyond = site.new.get(&proof(&site.new, 3)).await;
    assert_eq!(beyond.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_search_finds_entries_of_both() {
    let site = sharded().await;
    let query = json!({"hash": hex::encode(sha256(b"twice"))});
    let answer = site
        .new
        .post("/api/v1/index/retrieve", query.to_string())
        .await;
    let hash = &site.ids[2][16..];
    let new_id = format!("{:016x}{hash}", site.new.tree.get());
    assert_eq!(answer.json(), json!([site.ids[2], new_id]));
}

#[tokio::test]
async fn a_log_that_ended_without_a_successor_takes_nothing_and_is_read() {
    let key = Arc::new(p256());
    let store: Arc<dyn LogStore> = Arc::new(MemoryStore::new());
    let guard = Arc::new(MemoryGuard::new());
    let log = setup(OLD, &origin(&key), &key);
    let made = init_log(store.as_ref(), guard.as_ref(), &log, None, NOW);
    made.await.unwrap();
    let freeze = Freeze {
        log: &log,
        extensions: Vec::new(),
        successor: None,
        accept_rollback_from: None,
        now: NOW,
        progress: &|_, _| {},
    };
    freeze_log(store.as_ref(), guard.as_ref(), freeze)
        .await
        .unwrap();
    let engine = engine(&store, &guard, &[(OLD, &key)]).await;
    let log = engine.log(OLD).unwrap();
    let rekor = RekorV1::new(log.clone(), key.clone(), RekorV1Config::default());
    let bench = Bench::of(v1::standalone(rekor.unwrap()), log, key, engine);
    let body = hashed_rekord(&p256(), b"too late").to_string();
    bench.post(ENTRIES, body).await.assert_error(
        501,
        "{\"code\":501,\"message\":\"createLogEntry API not enabled in this Rekor instance: the log is frozen\"}\n",
    );
    assert_eq!(bench.get("/api/v1/log").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_shard_with_a_successor_must_be_frozen() {
    let (old_key, new_key) = (Arc::new(p256()), Arc::new(p256()));
    let old = open(&origin(&old_key), &old_key).await;
    let new = open(&origin(&new_key), &new_key).await;
    let refused = RekorV1::sharded(
        vec![(old.log(OLD).unwrap(), old_key.clone())],
        (new.log(OLD).unwrap(), new_key),
        RekorV1Config::default(),
    );
    let expected = SetupError::NotFrozen {
        origin: origin(&old_key),
    };
    assert_eq!(refused.err(), Some(expected));
    assert!(origin(&old_key).starts_with(HOST));
}
