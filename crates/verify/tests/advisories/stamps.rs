//! C15, C17, C25, C37, C38: timestamp authorities.

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::tsp::{Nonce, TimeStampRequest, TimeStampResponse, TspError};
use sigbox_crypto::{ChainError, HashAlgorithm, sha256};
use sigbox_testkit::virtual_sigstore::{Lie, Signed};
use sigbox_verify::{
    ChainFailure, Outcome, SkipReason, TimeError, TrustList as L, TrustMaterial, VerifyError as E,
};
use sigbox_wire::TimeRange;

use crate::deployment::{ARTIFACT, alice, refused};
use crate::edit::{accepted, honest, judge_at, now};
use crate::material::missing;
use crate::stamping::{Tsa, URI};
use crate::times::{expired, seconds, with_lie};

/// The honest bundle with a timestamp of a second trusted authority.
fn stamped_twice(at: SignedDuration, uri: &str, window: TimeRange) -> Signed {
    let mut signed = honest();
    let second = Tsa::new(now());
    second.stamp(&mut signed, now() + at);
    second.trusted_by(&mut signed, uri, window);
    signed
}

#[test]
fn adv_c15_one_authority_that_backdates() {
    accepted(
        &stamped_twice(seconds(60), URI, TimeRange::default()),
        &alice().with_times(2),
    );
    let error = refused(
        &stamped_twice(seconds(-60), URI, TimeRange::default()),
        &alice(),
    );
    let early = matches!(
        error,
        E::Chain(ChainFailure::Chain {
            source: ChainError::NotYetValid { .. },
            ..
        })
    );
    assert!(early, "{error:?}");
    assert!(expired(&refused(
        &stamped_twice(seconds(601), URI, TimeRange::default()),
        &alice()
    )));
    // One that does not hold is no time, and refuses alone as well as beside a good one.
    let mut forged = with_lie(Lie::ForgedTimestamp);
    let holds_not = |error: &E| {
        matches!(
            error,
            E::Time(TimeError::Timestamp {
                source: TspError::Signature { .. },
                ..
            })
        )
    };
    assert!(holds_not(&refused(&forged, &alice())));
    let second = Tsa::new(now());
    second.stamp(&mut forged, now());
    second.trusted_by(&mut forged, URI, TimeRange::default());
    assert!(holds_not(&refused(&forged, &alice())));
}

#[test]
fn adv_c17_a_retired_authority_beside_one_in_use() {
    let until = |end: Timestamp| TimeRange {
        start: None,
        end: Some(end),
    };
    let at = now() + seconds(60);
    accepted(
        &stamped_twice(seconds(60), URI, until(at)),
        &alice().with_times(2),
    );
    let retired = stamped_twice(seconds(60), URI, until(at - seconds(1)));
    let error = refused(&retired, &alice());
    assert!(matches!(error, E::Time(TimeError::Window { authority, .. }) if authority == URI));
    // An authority without certificates is left out, and lends its window to nobody.
    let mut lent = retired;
    let mut empty = lent.trusted_root.timestamp_authorities[0].clone();
    empty.cert_chain.clear();
    lent.trusted_root.timestamp_authorities.push(empty);
    let trust = TrustMaterial::from_trusted_root(&lent.trusted_root).unwrap();
    assert!(matches!(
        trust.skipped()[0].reason,
        SkipReason::ChainLength { found: 0, .. }
    ));
    assert_eq!(trust.timestamp_authorities().len(), 2);
    assert!(matches!(
        refused(&lent, &alice()),
        E::Time(TimeError::Window { .. })
    ));
}

#[test]
fn adv_c25_no_authority_and_a_replayed_token() {
    let mut signed = honest();
    accepted(&signed, &alice());
    signed.trusted_root.timestamp_authorities.clear();
    assert_eq!(missing(&signed, &alice()), [L::TimestampAuthorities]);
    // Switching the log off does not make an authority out of nobody.
    let skip = alice().ignore_tlog_unsafe();
    assert_eq!(missing(&signed, &skip), [L::TimestampAuthorities]);
    let request =
        || TimeStampRequest::new(HashAlgorithm::Sha2_256, sha256(ARTIFACT).to_vec()).unwrap();
    let [ours, other] =
        [[7], [8]].map(|bytes| request().with_nonce(Nonce::from_unsigned(&bytes).unwrap()));
    let tsa = Tsa::new(now());
    let answer =
        |request: &TimeStampRequest| TimeStampResponse::parse(&tsa.answer(request, now())).unwrap();
    answer(&ours).check_answers(&ours).unwrap();
    for replayed in [answer(&other), answer(&request())] {
        let error = replayed.check_answers(&ours).unwrap_err();
        assert!(matches!(error, TspError::Nonce { .. }), "{error:?}");
    }
}

#[test]
fn adv_c37_a_v2_entry_without_a_timestamp() {
    accepted(&with_lie(Lie::None), &alice());
    let error = refused(&with_lie(Lie::NoTimestamp), &alice());
    assert!(matches!(error, E::Time(TimeError::NoVerifiedTime)));
}

#[test]
fn adv_c38_nothing_but_a_timestamp_of_an_unknown_authority() {
    let error = refused(&with_lie(Lie::UntrustedTsa), &alice());
    assert!(matches!(
        error,
        E::Time(TimeError::UnknownAuthority {
            source: TspError::Signer { .. },
            ..
        })
    ));
    // Beside a known one it is shown, and not counted.
    let mut signed = honest();
    Tsa::new(now()).stamp(&mut signed, now());
    accepted(&signed, &alice());
    let verdict = judge_at(&signed, &alice(), now() + seconds(60));
    assert_eq!(verdict.result().unwrap().times.len(), 1);
    let shown = |outcome: &Outcome| matches!(outcome, Outcome::NotMade { reason, .. } if reason.contains("timestamp 1"));
    assert!(verdict.steps().iter().any(|step| shown(&step.outcome)));
}
