//! Between steps 1 and 2: does the trusted root hold somebody for each check that this bundle and this policy ask for?

use sigbox_crypto::Sct;
use sigbox_wire::TimeRange;

use crate::check::Check;
use crate::error::BrokenRule;
use crate::policy::{Demand, ExpectedSigner, Policy};
use crate::shape::{Parsed, SigningParty};
use crate::trust::{Skipped, TrustList, TrustMaterial};

/// Checks that nobody can be asked for.
///
/// An empty list is never a pass, and never "somebody unknown" either: who verifies has left something out.
#[derive(Debug, thiserror::Error)]
#[error("the trusted root holds no {}", parties(missing))]
#[non_exhaustive]
pub struct NoTrustMaterial {
    /// The lists that are empty and needed, all of them, in the order of the checks.
    pub missing: Vec<TrustList>,
    /// What stands in these lists, but cannot be used.
    pub skipped: Vec<Skipped>,
}

impl BrokenRule for NoTrustMaterial {
    fn check(&self) -> Check {
        self.missing
            .first()
            .map_or(Check::TransparencyLog, |list| list.check())
    }
}

fn parties(missing: &[TrustList]) -> String {
    let names: Vec<_> = missing.iter().map(|list| list.party()).collect();
    names.join(", no ")
}

/// Looks through the lists that are empty, and refuses if one of them is needed.
///
/// What the bundle itself lacks is not asked for here: no trusted root would help.
pub(crate) fn check_material(
    parsed: &Parsed<'_>,
    policy: &Policy,
    trust: &TrustMaterial,
) -> Result<(), NoTrustMaterial> {
    let mut missing = Vec::new();
    let mut need = |list: TrustList, needed: bool| {
        if needed && trust.is_empty(list) {
            missing.push(list);
        }
    };
    need(
        TrustList::Tlogs,
        policy.logs != Demand::SwitchedOff && !parsed.entries.is_empty(),
    );
    need(
        TrustList::TimestampAuthorities,
        needs_timestamps(parsed, policy, trust),
    );
    if let SigningParty::Certificate(leaf) = &parsed.party {
        need(TrustList::CertificateAuthorities, true);
        let embedded = Sct::from_certificate(leaf).is_ok_and(|scts| !scts.is_empty());
        let logged = embedded || !policy.detached_scts.is_empty();
        need(
            TrustList::Ctlogs,
            policy.scts != Demand::SwitchedOff && logged,
        );
    }
    if missing.is_empty() {
        return Ok(());
    }
    let skipped = trust.skipped().iter();
    let skipped = skipped.filter(|one| missing.iter().any(|list| one.is_of(*list)));
    Err(NoTrustMaterial {
        skipped: skipped.cloned().collect(),
        missing,
    })
}

/// Whether the timestamps are what tells the time: not where logs have signed enough times, and not where none is asked.
fn needs_timestamps(parsed: &Parsed<'_>, policy: &Policy, trust: &TrustMaterial) -> bool {
    if parsed.timestamps.is_empty() {
        return false;
    }
    let asked = match &policy.signer {
        ExpectedSigner::Certificate(_) => true,
        ExpectedSigner::Key { valid_for, .. } => *valid_for != TimeRange::default(),
    };
    policy.timestamped || (asked && integrated_times(parsed, policy, trust) < policy.times)
}

/// How many logs may have signed a time; one log counts once.
fn integrated_times(parsed: &Parsed<'_>, policy: &Policy, trust: &TrustMaterial) -> usize {
    if policy.logs == Demand::SwitchedOff {
        return 0;
    }
    let known = |id: &[u8]| trust.is_empty(TrustList::Tlogs) || trust.log(id).is_some();
    let promised = parsed
        .entries
        .iter()
        .filter(|entry| entry.inclusion_promise.is_some() && known(&entry.log_id));
    let mut logs: Vec<&[u8]> = promised.map(|entry| entry.log_id.as_slice()).collect();
    logs.sort_unstable();
    logs.dedup();
    logs.len()
}
