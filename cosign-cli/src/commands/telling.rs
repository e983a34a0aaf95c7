//! Verifying, and telling what came out: data to stdout if it is asked for, the usual words to stderr.

use jiff::Timestamp;

use super::explain_verify;
use crate::args::ReportArgs;
use crate::attestation::PredicateType;
use crate::explain::{Account, Switches};
use crate::instances;
use crate::report::Failure;
use crate::signature_files::SignatureFiles;
use crate::trust::TrustSource;
use crate::ui::{Output, say};
use crate::verify::{Judged, VerifyRequest, judged, nothing_judged};

/// How one verification is told.
#[derive(Debug)]
pub(super) struct Telling<'a> {
    pub(super) report: ReportArgs,
    pub(super) switches: Switches,
    pub(super) output: &'a Output,
}

impl Telling<'_> {
    /// Verifies a blob, or a statement of the given type about it; `Verified OK` is said only when every check holds.
    pub(super) fn verify(
        &self,
        request: &VerifyRequest,
        predicate_type: Option<&PredicateType>,
    ) -> Result<(), Failure> {
        let Judged { findings, result } = judged(request, predicate_type);
        let result = result.map_err(|error| explain_verify::verifying(request, &error));
        let artifact = request.artifact.name();
        let told = self.report.tell(
            &Account {
                artifact: self.switches.subject.is_none().then_some(artifact),
                bundle: request.bundle.name(),
                trust: Some(explain_verify::trust_name(&request.trust)),
                instance: instance(&request.trust),
                now: request.now,
                findings: findings
                    .into_iter()
                    .map(|finding| self.switches.name(finding))
                    .collect(),
                outcome: result.as_ref(),
            },
            self.output,
        );
        // A refusal stays what it is, whether or not it could be told.
        result?;
        told?;
        say(&"Verified OK");
        Ok(())
    }

    /// Tells that nothing was judged, and why; gives the reason back.
    pub(super) fn not_judged(
        &self,
        files: &SignatureFiles,
        now: Timestamp,
        why: Failure,
    ) -> Failure {
        let account = Account {
            artifact: None,
            bundle: files.name(),
            trust: None,
            instance: None,
            now,
            findings: nothing_judged(&why.headline, false, false),
            outcome: Err(&why),
        };
        drop(self.report.tell(&account, self.output));
        why
    }
}

/// The name of the instance that is believed, if it is one.
pub(super) fn instance(trust: &TrustSource) -> Option<String> {
    match trust {
        TrustSource::File(path) => instances::of_trusted_root(path).map(|name| name.to_string()),
        TrustSource::Own {
            base: Some(base), ..
        } => instance(base),
        _ => None,
    }
}
