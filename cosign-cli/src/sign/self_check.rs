//! The finished bundle, verified before it is written.

use sigbox_wire::Bundle;

use super::content::SignedContent;
use super::party::SigningParty;
use super::{SignError, Signer};
use crate::trust::{OwnRoots, TrustSource};
use crate::ui::{Progress, Step};
use crate::verify::{log_names, refused, trust_material};

impl Signer {
    /// What the finished bundle is checked against, if there is enough to do so.
    pub(super) fn judge_by(&self, bundle: &Bundle) -> Option<TrustSource> {
        let material = &bundle.verification_material;
        let alone = material.tlog_entries.is_empty() && material.rfc3161_timestamps.is_empty();
        match &self.party {
            // Nothing but a key's signature is checked without a trusted root.
            SigningParty::Key(_) if alone && self.trust.is_none() => Some(TrustSource::KeyAlone),
            SigningParty::Own(own) => match own.authority() {
                Some(authority) if alone || self.trust.is_some() => Some(TrustSource::Own {
                    own: OwnRoots {
                        authority: Some(Box::new(authority)),
                        ..OwnRoots::default()
                    },
                    base: self.trust.clone().map(Box::new),
                }),
                Some(_) => None,
                None => self.trust.clone(),
            },
            _ => self.trust.clone(),
        }
    }

    /// Verifies the finished bundle as a stranger would, with the identity that the certificate names or with the key.
    ///
    /// `false` if the certificate was not judged, since it came without the way to its authority; log and timestamps
    /// were judged then.
    pub(super) fn self_check(
        &self,
        bundle: &Bundle,
        source: &TrustSource,
        signed: &SignedContent,
        progress: &dyn Progress,
    ) -> Result<bool, SignError> {
        let failed = |error| SignError::SelfCheck(Box::new(error));
        let mut expect = self.party.expectations()?;
        // What no log was asked for, none can vouch for; only a key signs without one.
        expect.ignore_tlog_unsafe = bundle.verification_material.tlog_entries.is_empty();
        let trust = trust_material(source, &log_names(bundle)).map_err(failed)?;
        let mut policy = expect.policy().map_err(failed)?;
        if source.brings_authority() {
            policy = policy.with_issuerless_certificates();
        }
        let now = (self.clock)();
        let verdict = sigbox_verify::verify(bundle, signed.artifact(), &policy, &trust, now);
        match verdict.into_result() {
            Ok(_) => Ok(true),
            Err(sigbox_verify::VerifyError::Chain(_)) if self.party.leads_nowhere() => {
                progress.step(Step::CertificateNotChecked);
                Ok(false)
            }
            Err(error) => Err(failed(refused(source, error))),
        }
    }
}
