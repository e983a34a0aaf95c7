//! When the guard is written, and what its failure means to those who wait.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use std::time::Duration;

use rig::{Rig, fresh, pass, placed, repeated};
use sigbox_log_engine::AppendError;
use sigbox_tlog::TreeSize;

const FIRST: [&str; 3] = ["a", "b", "c"];
const SAME: [&str; 4] = ["d", "e", "f", "g"];
const OTHER: [&str; 6] = ["h", "i", "j", "k", "l", "m"];

#[tokio::test(start_paused = true)]
async fn fault_f19_while_the_guard_is_down_nothing_more_is_signed() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    rig.guard.set_down(true);
    // Within a second of the last write: committed and answered; the timer will try to write.
    pass(Duration::from_millis(100)).await;
    assert_eq!(placed(&rig.append(&SAME).await), fresh(3, 4));
    let commits = rig.store.batches().len();
    pass(Duration::from_millis(500)).await;
    for result in rig.append(&OTHER).await {
        match result {
            Err(AppendError::GuardBehind { lag, .. }) => {
                assert!(lag >= Duration::from_millis(500), "{lag:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(rig.store.batches().len(), commits);
    rig.guard.set_down(false);
    assert_eq!(placed(&rig.append(&OTHER).await), fresh(7, 6));
    rig.check_size(13).await;
    assert!(rig.reason().is_none());
}

#[tokio::test(start_paused = true)]
async fn fault_f19_a_batch_beyond_a_late_guard_is_held_back_and_its_entries_stay() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    pass(Duration::from_millis(100)).await;
    assert_eq!(placed(&rig.append(&["x"]).await), fresh(3, 1));
    // The next commit takes 1.3 s, and the guard fails meanwhile: its timer goes on beside the commit.
    rig.guard.set_down(true);
    let hold = rig.store.hold_commits();
    let arrivals = rig.store.batches().len() + 1;
    let release = async {
        rig.store.arrived(arrivals).await;
        pass(Duration::from_millis(1300)).await;
        drop(hold);
    };
    let (results, ()) = tokio::join!(rig.append(&SAME), release);
    for result in results {
        assert!(
            matches!(result, Err(AppendError::GuardBehind { .. })),
            "{result:?}"
        );
    }
    assert_eq!(
        rig.log().snapshot().size,
        TreeSize(4),
        "not published either"
    );
    rig.guard.set_down(false);
    assert_eq!(placed(&rig.append(&SAME).await), repeated(4, 4));
    assert_eq!(rig.log().snapshot().size, TreeSize(8));
    rig.check_size(8).await;
}

#[tokio::test(start_paused = true)]
async fn the_guard_is_written_after_a_quiet_half_second_and_by_a_timer_otherwise() {
    let rig = Rig::new(&["log"]).await;
    let guarded = || rig.guard.stored()[rig.name()].0.0;
    let writes = rig.guard.writes();
    rig.append(&["a"]).await;
    assert_eq!(
        (guarded(), rig.guard.writes()),
        (1, writes + 1),
        "the first batch is guarded before its answer"
    );
    for body in ["b", "c", "d"] {
        rig.append(&[body]).await;
    }
    assert_eq!(
        (guarded(), rig.guard.writes()),
        (1, writes + 1),
        "a burst is not"
    );
    pass(Duration::from_millis(501)).await;
    assert_eq!(
        (guarded(), rig.guard.writes()),
        (4, writes + 2),
        "the timer catches up"
    );
    pass(Duration::from_mins(1)).await;
    assert_eq!(rig.guard.writes(), writes + 2, "an idle log writes nothing");
    rig.append(&["e"]).await;
    assert_eq!((guarded(), rig.guard.writes()), (5, writes + 3));
}

#[tokio::test(start_paused = true)]
async fn a_slow_commit_does_not_hold_up_the_guard() {
    let rig = Rig::new(&["log"]).await;
    rig.append(&FIRST).await;
    rig.append(&["x"]).await;
    assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(3));
    let hold = rig.store.hold_commits();
    let arrivals = rig.store.batches().len() + 1;
    let meanwhile = async {
        rig.store.arrived(arrivals).await;
        pass(Duration::from_millis(600)).await;
        assert_eq!(rig.guard.stored()[rig.name()].0, TreeSize(4));
        drop(hold);
    };
    let (results, ()) = tokio::join!(rig.append(&SAME), meanwhile);
    assert_eq!(placed(&results), fresh(4, 4));
    rig.check_size(8).await;
}
