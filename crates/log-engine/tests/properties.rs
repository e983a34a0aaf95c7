//! Whatever the batches, the log is the one that a naive reading of them gives.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use proptest::collection::vec;
use proptest::prelude::*;
use rig::{Rig, placed};
use sigbox_log_engine::Outcome;
use sigbox_testkit::faults::Broken;
use sigbox_tlog::leaf_hash;

/// A batch, and what becomes of its commit.
#[derive(Debug, Clone)]
struct Step {
    bodies: Vec<u16>,
    broken: Option<bool>,
    restart: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let bodies = vec(0..400_u16, 0..120);
    let broken = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (bodies, broken, prop::bool::weighted(0.2)).prop_map(|(bodies, broken, restart)| Step {
        bodies,
        broken,
        restart,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_batches_and_failures_equal_a_naive_log(steps in vec(step(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(steps));
    }
}

async fn run(steps: Vec<Step>) {
    let mut rig = Rig::new(&["log"]).await;
    let mut model: Vec<u16> = Vec::new();
    for step in steps {
        let mut grown = model.clone();
        let expected: Vec<(u64, Outcome)> = step
            .bodies
            .iter()
            .map(|body| place(&mut grown, *body))
            .collect();
        let commits = grown.len() > model.len();
        let lost = commits && step.broken == Some(false);
        if commits && let Some(persisted) = step.broken {
            rig.store.break_commit(if persisted {
                Broken::Persisted
            } else {
                Broken::Lost
            });
        }
        let bodies: Vec<String> = step
            .bodies
            .iter()
            .map(|body| format!("body {body}"))
            .collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let results = rig.append(&bodies).await;
        if lost {
            assert!(results.iter().all(Result::is_err));
        } else {
            assert_eq!(placed(&results), expected);
            model = grown;
        }
        if step.restart {
            rig.restart().await;
        }
        let checked = &rig.check().await[0];
        let leaves: Vec<_> = model
            .iter()
            .map(|body| leaf_hash(format!("body {body}").as_bytes()))
            .collect();
        assert_eq!(checked.leaves, leaves);
    }
}

fn place(log: &mut Vec<u16>, body: u16) -> (u64, Outcome) {
    let known = log.iter().position(|other| *other == body);
    let index = known.unwrap_or_else(|| {
        log.push(body);
        log.len() - 1
    });
    (
        index as u64,
        if known.is_some() {
            Outcome::Duplicate
        } else {
            Outcome::New
        },
    )
}
