//! `cosign verify-attestation`.

use std::sync::Arc;

use sigbox_crypto::Clock;
use sigbox_wire::BundleContent;

use super::images::{Images, VerifyingImages, verify_local};
use super::telling_images::TellingImages;
use super::{argument_failure, explain_image, given_signer, verifying};
use crate::args::{ArgumentError, GlobalArgs, ReportFormat, VerifyAttestationArgs};
use crate::attestation::PredicateType;
use crate::image::{Accepted, Checks, Claims, VerifiedImage, Wanted, block, envelope, of_type};
use crate::policies::{CueProgram, Policies, PolicyError};
use crate::report::Failure;
use crate::ui::{Escaped, Output, say};

/// `cosign verify-attestation`, read from the command line.
pub(crate) struct VerifyAttestation {
    pub(crate) global: GlobalArgs,
    pub(crate) args: VerifyAttestationArgs,
}

impl VerifyAttestation {
    /// Verifies attestations of images, and prints of each those of the type that is asked for.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        let args = &self.args;
        let policies = Policies::new(&args.policy, CueProgram::find);
        let policies = policies.map_err(|error| unusable(&error))?;
        let predicate_type = PredicateType::new(&args.predicate_type);
        let images = Images::unless_local(&args.images, &args.common, &args.registry)?;
        verifying::check_image_signer(&args.verifying, &args.common).map_err(wrong)?;
        verifying::say_what_is_not_checked(&args.verifying, "attestation");
        let checks = Checks {
            annotations: false,
            claims: args.common.check_claims,
            log: !args.verifying.evidence.ignores_tlog(),
            key: args.verifying.key.is_some(),
        };
        let claims = Claims {
            checked: args.common.check_claims,
            any_statement: true,
            ..Claims::default()
        };
        let format = match args.output.as_deref() {
            Some("json") => ReportFormat::Json,
            _ => ReportFormat::Text,
        };
        let (wanted, now) = (Wanted::Attestations, clock());
        let (judge, telling) = verifying::judge(&args.verifying, claims, wanted, now)?;
        let telling = TellingImages {
            format,
            predicate_type: Some(predicate_type.clone()),
            policies: !policies.is_empty(),
            ..telling
        };
        let judge = given_signer::join(judge, &args.common, checks.key)?;
        let run = VerifyingImages {
            judge: Arc::new(judge),
            wanted,
            workers: usize::from(args.common.max_workers),
            recursive: args.common.recursive,
            output: Output::new(self.global.output_file.as_deref()),
            telling: args.common.explain.then_some(telling),
        };
        let print = |name: &str, verified: &VerifiedImage| {
            print(checks, &predicate_type, &policies, name, verified)
        };
        match images {
            Some(images) => {
                images
                    .verify(&self.global, &args.registry, run, print)
                    .await
            }
            None => verify_local(&args.images, &run, print),
        }
    }
}

/// Only those of the type are printed: the others were not asked for.
fn print(
    checks: Checks,
    predicate_type: &PredicateType,
    policies: &Policies,
    name: &str,
    verified: &VerifiedImage,
) -> Result<String, Failure> {
    let accepted = of_type(&verified.accepted, predicate_type)
        .map_err(|error| explain_image::not_verified(&error))?;
    judge(policies, &accepted)?;
    let mut text = String::new();
    for one in accepted {
        let line = envelope(one).map_err(|error| Failure::from_error(&error).unexpected())?;
        if let Some(line) = line {
            text.push_str(&line);
            text.push('\n');
        }
    }
    say(&block(name, checks));
    Ok(text)
}

/// One that does not pass refuses the image, whatever the others say.
fn judge(policies: &Policies, accepted: &[&Accepted]) -> Result<(), Failure> {
    if policies.is_empty() {
        return Ok(());
    }
    let mut faults = Vec::new();
    for one in accepted {
        // Only statements are of a type, and so only they are here.
        let BundleContent::DsseEnvelope(envelope) = &one.found.bundle.content else {
            return Err(Failure::new("the attestation has no statement to judge"));
        };
        let judgement = policies.judge(&envelope.payload);
        for line in judgement.asked {
            say(&line);
        }
        faults.extend(judgement.faults);
    }
    if faults.is_empty() {
        return Ok(());
    }
    let count = faults.len();
    say(&format_args!(
        "There are {count} number of errors occurred during the validation:\n"
    ));
    for fault in &faults {
        say(&format_args!("- {}", Escaped(fault)));
    }
    Err(Failure::new(format!("{count} validation errors occurred")))
}

fn unusable(error: &PolicyError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        PolicyError::Format { name } => failure.detail("found", name),
        PolicyError::Program(_) => failure.hint(
            "install it (go install cuelang.org/go/cmd/cue@latest), or name it by its absolute path: COSIGN_CUE",
        ),
    }
}
