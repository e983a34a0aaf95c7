//! The digest of a large file, worked out while a key file is opened, which is slow on purpose.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use sigbox_crypto::HashAlgorithm;

use super::{ArtifactError, ArtifactSource};

/// The hash of nearly all keys; that of a key which is not known yet can only be guessed.
const LIKELY: HashAlgorithm = HashAlgorithm::Sha2_256;
/// What is smaller is hashed in no time, in bytes.
const LARGE: u64 = 1024 * 1024;

/// A digest on its way; nobody works on it any longer once this is dropped.
pub(crate) struct EarlyDigest {
    worker: JoinHandle<Result<Vec<u8>, ArtifactError>>,
    is_wanted: Wanted,
}

/// Whether the work is to go on; dropped, it is not.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl EarlyDigest {
    /// Begins to hash a large file; nothing for a small one, and for what can be read only once, since the guess may be wrong.
    pub(crate) fn begin(artifact: &ArtifactSource) -> Option<Self> {
        let ArtifactSource::File(path) = artifact else {
            return None;
        };
        let is_large = |file: &fs::Metadata| file.is_file() && file.len() >= LARGE;
        fs::metadata(path).ok().filter(is_large)?;
        Self::spawn(artifact.clone())
    }

    fn spawn(artifact: ArtifactSource) -> Option<Self> {
        let wanted = Arc::new(AtomicBool::new(true));
        let is_wanted = Wanted(Arc::clone(&wanted));
        let work = move || artifact.digest_while(LIKELY, || wanted.load(Ordering::Relaxed));
        // Without a thread it is hashed later.
        let worker = thread::Builder::new().spawn(work).ok()?;
        Some(Self { worker, is_wanted })
    }

    /// Waits for the digest; nothing if it is not by this hash.
    ///
    /// # Errors
    /// [`ArtifactError`] as of [`ArtifactSource::digest`].
    pub(crate) fn finish(self, algorithm: HashAlgorithm) -> Result<Option<Vec<u8>>, ArtifactError> {
        if algorithm != LIKELY {
            return Ok(None);
        }
        let done = self.worker.join();
        drop(self.is_wanted);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::{ArtifactError, ArtifactSource, EarlyDigest, HashAlgorithm, LARGE};

    fn file(length: u64) -> (tempfile::TempDir, ArtifactSource) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let content = vec![7; usize::try_from(length).unwrap()];
        std::fs::write(&path, content).unwrap();
        (directory, ArtifactSource::File(path))
    }

    #[test]
    fn it_is_the_digest_or_nothing() {
        let (_directory, large) = file(LARGE);
        let early = EarlyDigest::begin(&large).unwrap();
        let digest = early.finish(HashAlgorithm::Sha2_256).unwrap();
        assert_eq!(digest, Some(large.digest(HashAlgorithm::Sha2_256).unwrap()));
        let other = EarlyDigest::begin(&large).unwrap();
        assert_eq!(other.finish(HashAlgorithm::Sha2_384).unwrap(), None);
    }

    #[test]
    fn only_a_large_file_is_begun() {
        let (directory, small) = file(LARGE - 1);
        assert!(EarlyDigest::begin(&small).is_none());
        let path = directory.path().to_owned();
        for other in [
            ArtifactSource::File(path.clone()),
            ArtifactSource::File(path.join("none")),
            ArtifactSource::Stdin,
            ArtifactSource::Sha256([0; 32]),
        ] {
            assert!(EarlyDigest::begin(&other).is_none());
        }
    }

    #[test]
    fn nobody_hashes_for_nobody() {
        let (_directory, large) = file(LARGE);
        let stopped = large.digest_while(HashAlgorithm::Sha2_256, || false);
        assert!(matches!(
            stopped.unwrap_err(),
            ArtifactError::File { source, .. } if source.kind() == std::io::ErrorKind::Interrupted
        ));
    }

    #[test]
    fn what_cannot_be_read_is_said_when_the_digest_is_asked_for() {
        let early = EarlyDigest::spawn(ArtifactSource::File("none".into())).unwrap();
        let refused = early.finish(HashAlgorithm::Sha2_256).unwrap_err();
        assert_eq!(refused.to_string(), "open none: no such file or directory");
    }
}
