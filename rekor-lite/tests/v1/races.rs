//! Requests at the same time.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::bench::{Bench, ENTRIES, hashed_rekord, p256};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_duplicates_at_once_one_is_logged() {
    let bench = Bench::new().await;
    for artifact in 0..20_u8 {
        let body = hashed_rekord(&p256(), &[artifact]).to_string();
        let (one, two) = tokio::join!(
            bench.post(ENTRIES, body.clone()),
            bench.post(ENTRIES, body.clone())
        );
        let mut answers = [one, two];
        answers.sort_by_key(|answer| answer.status);
        let [created, conflict] = answers;
        assert_eq!(
            (created.status.as_u16(), conflict.status.as_u16()),
            (201, 409)
        );
        assert_eq!(created.header("location"), conflict.header("location"));
        bench.check_entry(&created.json(), artifact.into());
    }
    assert_eq!(bench.size().0, 20);
}

/// L07: a proof and the checkpoint beside it are of one tree, however fast the log grows.
#[tokio::test(flavor = "multi_thread")]
async fn adv_l07_every_answer_is_of_one_tree() {
    let bench = Arc::new(Bench::new().await);
    bench.fill(1).await;
    let mut tasks = JoinSet::new();
    for writer in 0..4_u8 {
        let bench = Arc::clone(&bench);
        tasks.spawn(async move {
            let key = p256();
            for number in 0..25 {
                let proposal = hashed_rekord(&key, &[writer, number]);
                let answer = bench.post(ENTRIES, proposal.to_string()).await;
                let object = answer.json();
                let entry = object.as_object().unwrap().values().next().unwrap();
                bench.check_entry(&object, entry["logIndex"].as_u64().unwrap());
            }
        });
    }
    for _ in 0..4 {
        let bench = Arc::clone(&bench);
        tasks.spawn(async move {
            for _ in 0..25 {
                let answer = bench.get(&format!("{ENTRIES}?logIndex=0")).await;
                bench.check_entry(&answer.json(), 0);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(bench.size().0, 101);
}
