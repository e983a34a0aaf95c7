//! C10 to C13, C16: who says when the signature was made?

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::ChainError;
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{ChainFailure, PromiseError, TimeError, VerifyError as E};
use sigbox_wire::TimeRange;
use sigbox_wire::rekor_v1::LogEntry;

use crate::authority::{Authority, CtLog};
use crate::certificates::signed_by;
use crate::deployment::{ARTIFACT, alice, refused};
use crate::edit::{
    accepted, entries, hashed_rekord, honest, judge_at, now, refused_at, timestamps,
};
use crate::rekor::Rekor;
use crate::stamping::{Tsa, URI};

pub(crate) fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

pub(crate) fn expired(error: &E) -> bool {
    matches!(
        error,
        E::Chain(ChainFailure::Chain {
            source: ChainError::Expired { .. },
            ..
        })
    )
}

/// Logged by a trusted Rekor v1 log at `at`, and not timestamped.
pub(crate) fn promised(at: Timestamp) -> (Signed, Rekor) {
    let mut signed = honest();
    let log = Rekor::trusted_by(&mut signed.trusted_root);
    let body = LogEntry::HashedRekord(hashed_rekord(&signed));
    *entries(&mut signed) = vec![log.v1(&body, at)];
    timestamps(&mut signed).clear();
    (signed, log)
}

pub(crate) fn with_lie(lie: Lie) -> Signed {
    VirtualSigstore::new().sign_with(ARTIFACT, &Identity::default(), lie)
}

#[test]
fn adv_c10_an_expired_intermediate_is_judged_now() {
    // The leaf holds for ten minutes, what is above it for five.
    let (authority, ct) = (Authority::new(now(), now() + seconds(300)), CtLog::new());
    let scts = |tbs: &[u8]| vec![ct.sct(authority.key_hash(), tbs, now())];
    let mut signed = signed_by(&authority, &ct, scts);
    timestamps(&mut signed).clear();
    let skip = alice().ignore_tlog_unsafe();
    judge_at(&signed, &skip, now() + seconds(300))
        .into_result()
        .unwrap();
    let error = refused_at(&signed, &skip, now() + seconds(301));
    let E::Chain(ChainFailure::Chain {
        source: ChainError::Expired { subject, .. },
        ..
    }) = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(subject, "CN=Second CA,O=second.example.test");
}

#[test]
fn adv_c11_an_expired_leaf_without_a_time() {
    let mut signed = honest();
    timestamps(&mut signed).clear();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Time(TimeError::NoVerifiedTime)
    ));
    let skip = alice().ignore_tlog_unsafe();
    assert!(expired(&refused(&signed, &skip)));
    judge_at(&signed, &skip, now() + seconds(60))
        .into_result()
        .unwrap();
}

#[test]
fn adv_c12_an_integrated_time_that_nobody_signed() {
    let error = refused(&with_lie(Lie::UnauthenticatedTime), &alice());
    assert!(matches!(error, E::Time(TimeError::NoVerifiedTime)));
    let (mut signed, _) = promised(now());
    accepted(&signed, &alice());
    let promise = entries(&mut signed)[0].inclusion_promise.take();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Time(TimeError::NoVerifiedTime)
    ));
    // It does not fill a threshold beside a timestamp either.
    let second = Tsa::new(now());
    second.stamp(&mut signed, now());
    second.trusted_by(&mut signed, URI, TimeRange::default());
    accepted(&signed, &alice());
    let error = refused(&signed, &alice().with_times(2));
    assert!(matches!(
        error,
        E::Time(TimeError::TooFew {
            required: 2,
            found: 1
        })
    ));
    entries(&mut signed)[0].inclusion_promise = promise;
    accepted(&signed, &alice().with_times(2));
}

#[test]
fn adv_c13_a_forged_promise_with_the_log_switched_off() {
    let forged = |error: &E| matches!(error, E::Promise(PromiseError::Signature { .. }));
    let (honest, _) = promised(now());
    let skip = alice().ignore_tlog_unsafe();
    accepted(&honest, &alice());
    // The twin: a good promise gives no time where the log is switched off, so that present counts.
    assert!(expired(&refused(&honest, &skip)));
    let at = now() + seconds(60);
    let verified = judge_at(&honest, &skip, at).into_result().unwrap();
    assert!(verified.times.is_empty() && verified.log_entries.is_empty());

    let mut signed = honest.clone();
    entries(&mut signed)[0].inclusion_promise.as_mut().unwrap()[9] ^= 1;
    assert!(forged(&refused(&signed, &alice())));
    assert!(forged(&refused_at(&signed, &skip, at)));
    // Another time than the one that was promised is the same forgery.
    let mut signed = honest.clone();
    entries(&mut signed)[0].integrated_time += 1;
    assert!(forged(&refused(&signed, &alice())));
    assert!(forged(&refused_at(&signed, &skip, at)));
    let mut signed = honest;
    entries(&mut signed)[0].inclusion_promise = Some(Vec::new());
    let error = refused_at(&signed, &skip, at);
    assert!(
        matches!(error, E::Promise(PromiseError::Empty)),
        "{error:?}"
    );
}

#[test]
fn adv_c16_an_integrated_time_one_second_ahead() {
    let (signed, _) = promised(now() + seconds(60));
    judge_at(&signed, &alice(), now() + seconds(60))
        .into_result()
        .unwrap();
    let error = refused_at(&signed, &alice(), now() + seconds(59));
    assert!(matches!(error, E::Time(TimeError::Future { at, .. }) if at == now() + seconds(60)));
}
