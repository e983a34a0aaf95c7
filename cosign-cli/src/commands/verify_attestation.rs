//! `cosign verify-attestation`.

use std::sync::Arc;

use sigbox_crypto::Clock;

use super::images::{Images, VerifyingImages, verify_local};
use super::{argument_failure, explain_image, verifying};
use crate::args::{ArgumentError, GlobalArgs, VerifyAttestationArgs};
use crate::attestation::PredicateType;
use crate::image::{Checks, Claims, VerifiedImage, Wanted, block, envelope, of_type};
use crate::report::Failure;
use crate::ui::{Output, say};

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
        if !args.policy.is_empty() {
            return Err(wrong(ArgumentError::Refused {
                name: "--policy".to_owned(),
                reason: "policies are not evaluated by this version, and an attestation that none has judged must not pass for one that was",
            }));
        }
        let predicate_type = PredicateType::new(&args.predicate_type);
        let images = if args.common.local_image {
            None
        } else {
            Some(Images::new(&args.images, &args.registry)?)
        };
        verifying::check_image_signer(&args.verifying).map_err(wrong)?;
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
        let run = VerifyingImages {
            judge: Arc::new(verifying::judge(&args.verifying, claims, clock)?),
            wanted: Wanted::Attestations,
            workers: usize::from(args.common.max_workers),
        };
        let output = Output::new(self.global.output_file.as_deref());
        let print = |name: &str, verified: &VerifiedImage| {
            print(&output, checks, &predicate_type, name, verified)
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
    output: &Output,
    checks: Checks,
    predicate_type: &PredicateType,
    name: &str,
    verified: &VerifiedImage,
) -> Result<(), Failure> {
    let accepted = of_type(&verified.accepted, predicate_type)
        .map_err(|error| explain_image::not_verified(&error))?;
    let mut text = String::new();
    for one in accepted {
        let line = envelope(one).map_err(|error| Failure::from_error(&error).unexpected())?;
        if let Some(line) = line {
            text.push_str(&line);
            text.push('\n');
        }
    }
    say(&block(name, checks));
    output
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}
