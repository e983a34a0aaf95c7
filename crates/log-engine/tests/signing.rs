//! A signer that fails or lies costs its batch, and nothing else.
#![allow(clippy::unwrap_used, reason = "tests")]

mod rig;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rig::{Rig, key, pending};
use sigbox_log_engine::{AppendError, EngineConfig, LogSetup};
use sigbox_testkit::note_key::TestKey;
use sigbox_tlog::{KeyHint, NoteSignError, NoteSigner, TreeSize, UnixMillis};

const SOUND: u8 = 0;
const DOWN: u8 = 1;
const LYING: u8 = 2;

struct MoodySigner {
    key: TestKey,
    mood: Arc<AtomicU8>,
}

impl NoteSigner for MoodySigner {
    fn name(&self) -> &str {
        NoteSigner::name(&self.key)
    }

    fn hint(&self) -> KeyHint {
        NoteSigner::hint(&self.key)
    }

    fn sign(&self, text: &str, now: UnixMillis) -> Result<Vec<u8>, NoteSignError> {
        match self.mood.load(Ordering::SeqCst) {
            DOWN => Err(NoteSignError::signer("the module does not answer")),
            LYING => self.key.sign("another text", now),
            _ => self.key.sign(text, now),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f22_nothing_is_committed_under_a_missing_or_wrong_signature() {
    let (rig, _) = Rig::stopped().await;
    let mood = Arc::new(AtomicU8::new(SOUND));
    let signer = Arc::new(MoodySigner {
        key: key(rig.name()),
        mood: Arc::clone(&mood),
    });
    let setup = LogSetup {
        signer,
        ..rig.setup()
    };
    let (engine, _) = rig.open_with(setup, EngineConfig::default()).await;
    let log = engine.log("log").unwrap();
    let commits = rig.store.batches().len();

    mood.store(DOWN, Ordering::SeqCst);
    let refused = log.append(pending("x")).await;
    assert!(
        matches!(refused, Err(AppendError::Signer { .. })),
        "{refused:?}"
    );
    mood.store(LYING, Ordering::SeqCst);
    let refused = log.append(pending("x")).await;
    assert!(
        matches!(refused, Err(AppendError::WrongSignature)),
        "{refused:?}"
    );
    assert_eq!(
        (rig.store.batches().len(), log.snapshot().size),
        (commits, TreeSize(5))
    );

    mood.store(SOUND, Ordering::SeqCst);
    assert_eq!(log.append(pending("x")).await.unwrap().entry.index.0, 5);
    engine.shutdown().await;
    rig.check_size(6).await;
}
