//! Authorization codes between the login and the token request: in memory, bounded, each good for one use.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

use crate::identity::Identity;
use crate::pkce::Challenge;
use crate::redirect::RedirectUri;

/// Codes that may wait at once; more than this in a minute is no person at a login page.
const MAX_PENDING: usize = 1024;

/// What a code stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) identity: Identity,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) nonce: Option<String>,
}

/// Too many codes wait to be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_PENDING} authorization codes are pending")]
pub(crate) struct StoreFullError;

/// The pending codes, by the hash of the code: a look-up then tells nothing by its timing.
pub(crate) struct CodeStore {
    lifetime: SignedDuration,
    /// Held only for the length of one map operation.
    pending: Mutex<HashMap<[u8; 32], Pending>>,
}

struct Pending {
    grant: Grant,
    expires_at: Timestamp,
}

impl CodeStore {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime: SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX),
            pending: Mutex::default(),
        }
    }

    /// Keeps `grant` under `code` until it is taken or its time is over.
    ///
    /// # Errors
    /// [`StoreFullError`] if too many others wait.
    pub(crate) fn put(
        &self,
        code: &str,
        grant: Grant,
        now: Timestamp,
    ) -> Result<(), StoreFullError> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= MAX_PENDING {
            pending.retain(|_, waiting| now < waiting.expires_at);
        }
        if pending.len() >= MAX_PENDING {
            return Err(StoreFullError);
        }
        let expires_at = now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX);
        pending.insert(hashed(code), Pending { grant, expires_at });
        Ok(())
    }

    /// Takes what `code` stands for; a second call with the same code finds nothing, whatever the first one led to.
    ///
    /// Source: RFC 6749 §4.1.2 (single use).
    pub(crate) fn take(&self, code: &str, now: Timestamp) -> Option<Grant> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let found = pending.remove(&hashed(code))?;
        (now < found.expires_at).then_some(found.grant)
    }
}

/// The SHA-256 under which a secret code is kept.
pub(crate) fn hashed(code: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let hash = digest(&SHA256, code.as_bytes());
    key.iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    key
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            identity: Identity::email("alice@example.com").unwrap(),
            client_id: "sigstore".to_owned(),
            redirect_uri: RedirectUri::parse("http://localhost:1/").unwrap(),
            challenge: None,
            nonce: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_code_is_good_once_and_only_for_its_lifetime() {
        let store = CodeStore::new(Duration::from_mins(1));
        store.put("code", grant(), at(0)).unwrap();
        assert!(store.take("other", at(0)).is_none());
        assert!(store.take("code", at(59)).is_some());
        assert!(store.take("code", at(59)).is_none());

        store.put("late", grant(), at(0)).unwrap();
        assert!(store.take("late", at(60)).is_none());
        assert!(store.take("late", at(0)).is_none());
    }

    #[test]
    fn the_store_is_bounded_and_forgets_what_expired() {
        let store = CodeStore::new(Duration::from_mins(1));
        for n in 0..MAX_PENDING {
            store.put(&n.to_string(), grant(), at(0)).unwrap();
        }
        assert_eq!(store.put("more", grant(), at(59)), Err(StoreFullError));
        store.put("more", grant(), at(60)).unwrap();
        assert_eq!(store.pending.lock().unwrap().len(), 1);
    }
}
