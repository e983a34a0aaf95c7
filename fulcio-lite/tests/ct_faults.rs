//! A CT log that fails: no certificate leaves without an entry that is there to stay.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use std::collections::BTreeSet;
use std::sync::Arc;

use fulcio_lite::NotReady;
use harness::refusal::good_key;
use harness::{Answer, World, key_request};
use http::StatusCode;
use sigbox_crypto::Sct;
use sigbox_log_engine::ReadOnlyReason;
use sigbox_testkit::faults::{Broken, scripted_sync_failure};

async fn sign(world: &World) -> Answer {
    let key = good_key();
    let token = world.people.token(&world.alice());
    world.sign(&key_request(&token, &key.pem, &key.proof)).await
}

fn not_logged() -> (u16, String) {
    (503, "Error entering certificate in CTL".to_owned())
}

#[tokio::test]
async fn a_lost_commit_gives_no_certificate_and_the_next_request_one() {
    let world = World::new().await;
    world.store.break_commit(Broken::Lost);
    let answer = sign(&world).await;
    assert_eq!(answer.refusal(), not_logged());
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(world.ct_size(), 0);
    assert_eq!(sign(&world).await.chain().len(), 3);
    assert_eq!(world.ct_size(), 1);
}

#[tokio::test]
async fn a_commit_that_was_made_after_all_gives_its_certificate() {
    let world = World::new().await;
    world.store.break_commit(Broken::Persisted);
    assert_eq!(sign(&world).await.chain().len(), 3);
    assert_eq!(world.ct_size(), 1);
}

#[tokio::test]
async fn a_log_that_stopped_stops_the_authority() {
    let world = World::new().await;
    assert!(world.fulcio.ready().is_ok());
    world
        .store
        .break_commit_with(Broken::Lost, scripted_sync_failure());
    assert_eq!(sign(&world).await.refusal(), not_logged());
    assert_eq!(sign(&world).await.refusal(), not_logged());
    assert!(matches!(
        world.fulcio.ready(),
        Err(NotReady::CtLog(ReadOnlyReason::SyncFailed { .. }))
    ));
    // What was there before can still be read.
    assert_eq!(world.get("/ct/checkpoint").await.status, StatusCode::OK);
}

#[tokio::test]
async fn many_at_once_share_commits_and_nothing_else() {
    let world = Arc::new(World::new().await);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { sign(&world).await })
        })
        .collect();
    let (mut indexes, mut serials) = (BTreeSet::new(), BTreeSet::new());
    for task in tasks {
        let chain = task.await.unwrap().chain();
        let scts = Sct::from_certificate(&chain[0]).unwrap();
        indexes.insert(scts[0].extensions.clone());
        serials.insert(chain[0].serial().to_vec());
    }
    assert_eq!((indexes.len(), serials.len()), (32, 32));
    assert_eq!(world.ct_size(), 32);
}
