//! The verdict on a bundle: whatever is done to a good one, it is refused, or says what it said before.
//!
//! The input is a script: the first byte picks a good bundle, four bytes each pick a member, an operator and its
//! arguments. So every mutation of libFuzzer is a mutation of members, never of base64.

mod change;
mod facts;
mod good;
mod inner;

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sigbox_verify::{Artifact, TimeSource, Verdict, verify};
use sigbox_wire::Bundle;

use crate::bounds::{bounded, text};
use facts::Facts;
use good::Good;

/// Changes of one script; more of them only make it more certain that the bundle is refused.
const MAX_CHANGES: usize = 4;

static GOOD: LazyLock<Vec<Good>> = LazyLock::new(good::all);

pub(crate) fn target(script: &[u8]) {
    let Some((choice, changes)) = script.split_first() else {
        return;
    };
    let good = &GOOD[usize::from(*choice) % GOOD.len()];
    let mut value = good.value.clone();
    let mut now = good.now;
    for change in changes.chunks_exact(4).take(MAX_CHANGES) {
        let [member, operator, first, second] = change.try_into().unwrap();
        if operator == u8::MAX {
            now = moved(now, first, second);
        } else {
            let arguments = change::Arguments { first, second };
            change::apply(&mut value, member, operator, arguments, good, &GOOD);
        }
    }
    judge(good, &value, now);
}

/// Up to some 90 days earlier or later.
fn moved(now: Timestamp, direction: u8, amount: u8) -> Timestamp {
    let shift = SignedDuration::from_mins(1 << (amount % 18));
    if direction.is_multiple_of(2) {
        now + shift
    } else {
        now - shift
    }
}

fn judge(good: &Good, value: &Value, now: Timestamp) {
    let json = value.to_string();
    let Ok(bundle) = bounded(json.len(), || Bundle::parse(json.as_bytes())) else {
        return;
    };
    let judge = || {
        let artifact = Artifact::Bytes(&good.artifact);
        verify(&bundle, artifact, &good.policy, &good.trust, now)
    };
    let verdict = bounded(json.len(), judge);
    assert_eq!(summary(&verdict), summary(&judge()), "two verdicts differ");
    if let Ok(verified) = verdict.into_result() {
        // A log that dates ahead could publish later; a timestamp authority is believed about the time, also by peers.
        for time in &verified.times {
            let by_log = matches!(time.source, TimeSource::TransparencyLog { .. });
            assert!(
                !by_log || time.time <= now,
                "{}: a time to come is believed: {json}",
                good.name
            );
        }
        let unnoticed = good
            .facts
            .unnoticed(&Facts::new(&bundle, &verified, &good.trust));
        assert_eq!(unnoticed, None, "{}: accepted: {json}", good.name);
    }
}

fn summary(verdict: &Verdict) -> String {
    match verdict.result() {
        Ok(verified) => format!("{verified:?}"),
        Err(error) => text(error),
    }
}

#[cfg(test)]
mod tests {
    use sigbox_verify::Check;

    use super::*;

    /// Without which the target would hold for every verifier.
    #[test]
    fn another_good_bundle_does_not_pass_for_the_first() {
        let (first, rest) = GOOD.split_first().unwrap();
        assert_eq!(first.facts.unnoticed(&first.facts), None);
        for other in rest {
            let unnoticed = first.facts.unnoticed(&other.facts).unwrap();
            assert!(unnoticed.starts_with('('), "{}: {unnoticed}", other.name);
        }
    }

    #[test]
    fn harmless_places_are_passed_over_and_others_are_not() {
        let good = &GOOD[2];
        assert_eq!(good.name, "statement");
        let verified = |value: &Value| {
            let bundle = Bundle::parse(value.to_string().as_bytes()).unwrap();
            let artifact = Artifact::Bytes(&good.artifact);
            let verdict = verify(&bundle, artifact, &good.policy, &good.trust, good.now);
            verdict
                .into_result()
                .map(|verified| Facts::new(&bundle, &verified, &good.trust))
                .map_err(|error| error.check())
        };
        let mut value = good.value.clone();
        value["dsseEnvelope"]["signatures"][0]["keyid"] = "someone".into();
        assert_eq!(good.facts.unnoticed(&verified(&value).unwrap()), None);
        value["dsseEnvelope"]["payloadType"] = "text/plain".into();
        assert_eq!(verified(&value).unwrap_err(), Check::EntryBinding);
    }
}
