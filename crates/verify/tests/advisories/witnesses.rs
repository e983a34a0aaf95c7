//! C31, C32: nobody counts twice.

use jiff::SignedDuration;
use sigbox_testkit::virtual_sigstore::{Lie, Signed};
use sigbox_verify::{EntryError, SctFailure, ShapeError, TimeError, VerifyError as E};
use sigbox_wire::TimeRange;

use crate::authority::{Authority, CtLog};
use crate::certificates::signed_by;
use crate::deployment::{alice, refused};
use crate::edit::{accepted, entries, honest, now, timestamps};
use crate::rekor::Rekor;
use crate::stamping::{Tsa, URI};
use crate::times::with_lie;

#[test]
fn adv_c31_one_log_cannot_be_two() {
    let signed = honest();
    let body = signed.bundle.verification_material.tlog_entries[0]
        .canonicalized_body
        .clone();
    let log = Rekor::new();
    let logged = |add: bool| {
        let mut signed = signed.clone();
        signed.trusted_root.tlogs.push(log.instance());
        if add {
            entries(&mut signed).push(log.v2(&body));
        } else {
            *entries(&mut signed) = log.v2_twice(&body).to_vec();
        }
        signed
    };
    accepted(&logged(true), &alice().with_logs(2));
    accepted(&logged(false), &alice());
    let error = refused(&logged(false), &alice().with_logs(2));
    assert!(
        matches!(
            error,
            E::Entry(EntryError::TooFewLogs {
                required: 2,
                found: 1
            })
        ),
        "{error:?}"
    );
}

/// Certified with two SCTs of one CT log, or with one each of two.
fn with_two_scts(logs: [&CtLog; 2], alike: bool) -> Signed {
    let authority = Authority::new(now(), now() + SignedDuration::from_hours(24));
    let mut signed = signed_by(&authority, logs[0], |tbs| {
        let later = SignedDuration::from_secs(1);
        let first = logs[0].sct(authority.key_hash(), tbs, now());
        let second = logs[1].sct(authority.key_hash(), tbs, now() + later);
        vec![first.clone(), if alike { first } else { second }]
    });
    signed.trusted_root.ctlogs.push(logs[1].instance());
    signed
}

#[test]
fn adv_c31_one_ct_log_cannot_be_two() {
    let [one, other] = [(); 2].map(|()| CtLog::new());
    let policy = alice().ignore_tlog_unsafe();
    accepted(
        &with_two_scts([&one, &other], false),
        &policy.clone().with_scts(2),
    );
    accepted(&with_two_scts([&one, &one], false), &policy);
    let error = refused(&with_two_scts([&one, &one], false), &policy.with_scts(2));
    assert!(
        matches!(
            error,
            E::Sct(SctFailure::TooFew {
                required: 2,
                found: 1
            })
        ),
        "{error:?}"
    );
}

#[test]
fn adv_c32_the_same_witness_twice() {
    let error = refused(&with_lie(Lie::DuplicateEntry), &alice());
    assert!(
        matches!(
            error,
            E::Shape(ShapeError::Duplicate {
                what: "log entry",
                position: 1
            })
        ),
        "{error:?}"
    );
    let error = refused(&with_lie(Lie::DuplicateTimestamp), &alice());
    assert!(
        matches!(
            error,
            E::Shape(ShapeError::Duplicate {
                what: "timestamp",
                position: 1
            })
        ),
        "{error:?}"
    );
    let ct = CtLog::new();
    let copied = with_two_scts([&ct, &ct], true);
    let error = refused(&copied, &alice().ignore_tlog_unsafe().with_scts(2));
    assert!(
        matches!(
            error,
            E::Sct(SctFailure::TooFew {
                required: 2,
                found: 1
            })
        ),
        "{error:?}"
    );
}

#[test]
fn adv_c32_two_timestamps_of_one_authority() {
    let stamped = |stampers: [&Tsa; 2]| {
        let mut signed = honest();
        timestamps(&mut signed).clear();
        for (number, tsa) in (0_i64..).zip(stampers) {
            tsa.stamp(&mut signed, now() + SignedDuration::from_secs(number));
            tsa.trusted_by(
                &mut signed,
                &format!("{URI}/{number}"),
                TimeRange::default(),
            );
        }
        signed
    };
    let [one, other] = [(); 2].map(|()| Tsa::new(now()));
    accepted(&stamped([&one, &other]), &alice().with_times(2));
    accepted(&stamped([&one, &one]), &alice());
    // Though the trusted root lists it under two names.
    let error = refused(&stamped([&one, &one]), &alice().with_times(2));
    assert!(
        matches!(
            error,
            E::Time(TimeError::TooFew {
                required: 2,
                found: 1
            })
        ),
        "{error:?}"
    );
}
