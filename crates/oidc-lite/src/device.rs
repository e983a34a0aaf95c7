//! Logins that began on a device without a browser: in memory, bounded, each good for one token.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::code::hashed;
use crate::config::IssuerKind;
use crate::identity::Identity;
use crate::pkce::Challenge;
use crate::user_code::UserCode;

/// Devices that may wait at once.
const MAX_PENDING: usize = 1024;
/// What a device that asks too often must wait longer from then on. Source: RFC 8628 §3.5.
const SLOWER: SignedDuration = SignedDuration::from_secs(5);

/// What a device asked for.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRequest {
    pub(crate) issuer: IssuerKind,
    pub(crate) client_id: String,
    pub(crate) challenge: Option<Challenge>,
}

/// What a device hears when it asks whether it may.
#[derive(Debug, Clone)]
pub(crate) enum Poll {
    /// No such device code, or it is spent, or of another client or issuer.
    Unknown,
    Expired,
    TooFast,
    Pending,
    Denied,
    /// The login is over; the code is spent.
    Approved {
        identity: Identity,
        challenge: Option<Challenge>,
    },
}

/// What the person decided.
#[derive(Debug, Clone)]
pub(crate) enum Decision {
    Approved(Identity),
    Denied,
}

/// Too many devices wait, or the user code is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeviceStoreError {
    #[error("{MAX_PENDING} devices are waiting")]
    Full,
    #[error("the user code is in use")]
    CodeInUse,
}

/// The waiting devices, by the hash of the device code: a look-up then tells nothing by its timing.
pub(crate) struct DeviceStore {
    lifetime: SignedDuration,
    interval: SignedDuration,
    /// Held only for the length of one look at the map.
    waiting: Mutex<HashMap<[u8; 32], Waiting>>,
}

struct Waiting {
    request: DeviceRequest,
    user_code: UserCode,
    expires_at: Timestamp,
    interval: SignedDuration,
    /// Before this the device asks too fast.
    next_at: Timestamp,
    decision: Option<Decision>,
}

impl DeviceStore {
    pub(crate) fn new(lifetime: Duration, interval: Duration) -> Self {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        Self {
            lifetime: signed(lifetime),
            interval: signed(interval),
            waiting: Mutex::default(),
        }
    }

    /// Keeps a request under both its codes until it is decided and polled, or its time is over.
    ///
    /// # Errors
    /// [`DeviceStoreError`].
    pub(crate) fn put(
        &self,
        device_code: &str,
        user_code: UserCode,
        request: DeviceRequest,
        now: Timestamp,
    ) -> Result<(), DeviceStoreError> {
        let mut waiting = self.lock();
        // The expired stay as long as there is room, so that their devices hear what happened.
        if waiting.len() >= MAX_PENDING {
            waiting.retain(|_, device| now < device.expires_at);
        }
        if waiting.len() >= MAX_PENDING {
            return Err(DeviceStoreError::Full);
        }
        if waiting.values().any(|device| device.user_code == user_code) {
            return Err(DeviceStoreError::CodeInUse);
        }
        let device = Waiting {
            request,
            user_code,
            expires_at: now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX),
            interval: self.interval,
            next_at: now,
            decision: None,
        };
        waiting.insert(hashed(device_code), device);
        Ok(())
    }

    /// What the device with this user code asked `issuer` for, unless it is decided or expired.
    pub(crate) fn find(
        &self,
        issuer: IssuerKind,
        user_code: &UserCode,
        now: Timestamp,
    ) -> Option<DeviceRequest> {
        let waiting = self.lock();
        let found = waiting
            .values()
            .find(|device| device.is_open(issuer, user_code, now))?;
        Some(found.request.clone())
    }

    /// Takes down the decision; false if no device waits under this code (any more).
    pub(crate) fn decide(
        &self,
        issuer: IssuerKind,
        user_code: &UserCode,
        decision: Decision,
        now: Timestamp,
    ) -> bool {
        let mut waiting = self.lock();
        let found = waiting
            .values_mut()
            .find(|device| device.is_open(issuer, user_code, now));
        found.is_some_and(|device| device.decision.replace(decision).is_none())
    }

    /// What a device is told that asks with its code; an answer that ends the login spends the code.
    ///
    /// Source: RFC 8628 §3.5.
    pub(crate) fn poll(
        &self,
        issuer: IssuerKind,
        client_id: &str,
        device_code: &str,
        now: Timestamp,
    ) -> Poll {
        let mut waiting = self.lock();
        let key = hashed(device_code);
        let Some(device) = waiting.get_mut(&key) else {
            return Poll::Unknown;
        };
        if device.request.issuer != issuer || device.request.client_id != client_id {
            return Poll::Unknown;
        }
        if now >= device.expires_at {
            waiting.remove(&key);
            return Poll::Expired;
        }
        let too_fast = now < device.next_at;
        if too_fast {
            device.interval = device.interval.saturating_add(SLOWER);
        }
        device.next_at = now.checked_add(device.interval).unwrap_or(Timestamp::MAX);
        match (too_fast, device.decision.take()) {
            (true, decision) => {
                device.decision = decision;
                Poll::TooFast
            }
            (false, None) => Poll::Pending,
            (false, Some(decision)) => {
                let challenge = device.request.challenge.clone();
                waiting.remove(&key);
                match decision {
                    Decision::Denied => Poll::Denied,
                    Decision::Approved(identity) => Poll::Approved {
                        identity,
                        challenge,
                    },
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_open(&self, issuer: IssuerKind, user_code: &UserCode, now: Timestamp) -> bool {
        self.request.issuer == issuer
            && self.user_code == *user_code
            && self.decision.is_none()
            && now < self.expires_at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn request() -> DeviceRequest {
        DeviceRequest {
            issuer: IssuerKind::Email,
            client_id: "sigstore".to_owned(),
            challenge: None,
        }
    }

    fn code(n: usize) -> UserCode {
        let letters: String = (0..8)
            .map(|at| "BCDFGHJKLMNPQRSTVWXZ".as_bytes()[n / 20_usize.pow(at) % 20] as char)
            .collect();
        UserCode::parse(&letters).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_store_is_bounded_and_forgets_what_expired() {
        let store = DeviceStore::new(Duration::from_mins(5), Duration::from_secs(1));
        for n in 0..MAX_PENDING {
            store
                .put(&n.to_string(), code(n), request(), at(0))
                .unwrap();
        }
        let more = || store.put("more", code(MAX_PENDING), request(), at(299));
        assert_eq!(more(), Err(DeviceStoreError::Full));
        let late = store.put("more", code(MAX_PENDING), request(), at(300));
        assert_eq!(late, Ok(()));
        assert_eq!(store.lock().len(), 1);
    }

    #[test]
    fn two_devices_never_share_a_user_code() {
        let store = DeviceStore::new(Duration::from_mins(5), Duration::from_secs(1));
        store.put("one", code(7), request(), at(0)).unwrap();
        assert_eq!(
            store.put("two", code(7), request(), at(0)),
            Err(DeviceStoreError::CodeInUse)
        );
    }

    #[test]
    fn a_decision_is_final() {
        let store = DeviceStore::new(Duration::from_mins(5), Duration::from_secs(1));
        store.put("device", code(7), request(), at(0)).unwrap();
        assert!(store.decide(IssuerKind::Email, &code(7), Decision::Denied, at(1)));
        assert!(store.find(IssuerKind::Email, &code(7), at(1)).is_none());
        let alice = Identity::email("alice@example.com").unwrap();
        let late = Decision::Approved(alice);
        assert!(!store.decide(IssuerKind::Email, &code(7), late, at(1)));
    }
}
