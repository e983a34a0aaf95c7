//! The recipe.

use jiff::Timestamp;
use sigbox_wire::Bundle;

use crate::artifact::Artifact;
use crate::chain::ChainVerified;
use crate::error::VerifyError;
use crate::identity::IdentityMatched;
use crate::log::LogVerified;
use crate::material::check_material;
use crate::policy::Policy;
use crate::sct::SctVerified;
use crate::shape::Parsed;
use crate::signature::SignatureVerified;
use crate::time::TimesVerified;
use crate::trust::TrustMaterial;
use crate::verdict::{Trace, Verdict};
use crate::verified::VerifiedBundle;

/// Judges `bundle`: was `artifact` signed as `policy` demands, by the word of those whom `trust` holds?
///
/// `now` is used only where nothing signed says when: the clock is never asked. A stream in `artifact` is read to its
/// end if the bundle's shape is sound. The verdict holds every step; a check that was not made says why.
///
/// Source: sigstore client specification §5; the steps are those of sigstore-go's verifier.
pub fn verify(
    bundle: &Bundle,
    artifact: Artifact<'_>,
    policy: &Policy,
    trust: &TrustMaterial,
    now: Timestamp,
) -> Verdict {
    let mut trace = Trace::default();
    let result = run(bundle, artifact, policy, trust, now, &mut trace);
    Verdict::new(trace, result)
}

fn run(
    bundle: &Bundle,
    artifact: Artifact<'_>,
    policy: &Policy,
    trust: &TrustMaterial,
    now: Timestamp,
    trace: &mut Trace,
) -> Result<VerifiedBundle, VerifyError> {
    let parsed = Parsed::new(bundle, artifact, policy, trace)?;
    check_material(&parsed, policy, trust)?;
    let logged = LogVerified::new(parsed, policy, trust, trace)?;
    let timed = TimesVerified::new(logged, policy, trust, now, trace)?;
    let chained = ChainVerified::new(timed, policy, trust, trace)?;
    let transparent = SctVerified::new(chained, policy, trust, trace)?;
    let signed = SignatureVerified::new(transparent, trace)?;
    let matched = IdentityMatched::new(signed, policy, trace)?;
    Ok(matched.into_verified())
}
