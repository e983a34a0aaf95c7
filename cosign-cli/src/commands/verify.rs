//! `cosign verify`.

use std::sync::Arc;

use sigbox_crypto::Clock;

use super::images::{Images, VerifyingImages, verify_local};
use super::telling_images::TellingImages;
use super::{argument_failure, given_signer, verifying};
use crate::args::{ArgumentError, GlobalArgs, ReportFormat, VerifyArgs};
use crate::image::{
    Accepted, Annotations, Checks, Claims, VerifiedImage, Wanted, block, certificate_lines,
    element, json, text_line,
};
use crate::report::Failure;
use crate::ui::{Output, say};

/// `cosign verify`, read from the command line.
pub(crate) struct Verify {
    pub(crate) global: GlobalArgs,
    pub(crate) args: VerifyArgs,
}

impl Verify {
    /// Verifies images, and prints of each what holds.
    pub(crate) async fn run(self, clock: &Clock) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        let args = &self.args.how;
        let annotations = Annotations::parse(&args.annotations)
            .map_err(|error| wrong(ArgumentError::Annotation(error)))?;
        let names = &self.args.images;
        let images = Images::unless_local(names, &args.common, &args.registry)?;
        verifying::check_image_signer(&args.verifying, &args.common).map_err(wrong)?;
        verifying::say_what_is_not_checked(&args.verifying, "signature");
        let checks = Checks {
            annotations: !annotations.is_empty(),
            claims: args.common.check_claims,
            log: !args.verifying.evidence.ignores_tlog(),
            key: args.verifying.key.is_some(),
        };
        let claims = Claims {
            checked: args.common.check_claims,
            annotations,
            any_statement: args.accept_attestations,
        };
        if !claims.checked {
            say(
                &"WARNING: claims are not checked: what was signed under a tag may be of another image, and annotations are not compared",
            );
        }
        let wanted = if args.accept_attestations {
            Wanted::AnyStatement
        } else {
            Wanted::Signatures
        };
        let explain = args.common.explain;
        let format = match args.output.as_deref() {
            None | Some("text") => ReportFormat::Text,
            Some(_) => ReportFormat::Json,
        };
        let now = clock();
        let (judge, telling) = verifying::judge(&args.verifying, claims, wanted, now)?;
        let judge = given_signer::join(judge, &args.common, checks.key)?;
        let run = VerifyingImages {
            judge: Arc::new(judge),
            wanted,
            workers: usize::from(args.common.max_workers),
            recursive: args.common.recursive,
            output: Output::new(self.global.output_file.as_deref()),
            telling: explain.then_some(TellingImages { format, ..telling }),
        };
        let print = |name: &str, verified: &VerifiedImage| self.print(checks, name, verified);
        match images {
            Some(images) => {
                images
                    .verify(&self.global, &args.registry, run, print)
                    .await
            }
            None => verify_local(names, &run, print),
        }
    }

    fn print(
        &self,
        checks: Checks,
        name: &str,
        verified: &VerifiedImage,
    ) -> Result<String, Failure> {
        say(&block(name, checks));
        let digest = verified.digest.to_string();
        let reference = &verified.reference;
        let accepted = &verified.accepted;
        let text = if self.args.how.output.as_deref() == Some("text") {
            for line in accepted.iter().flat_map(certificate_lines) {
                say(&line);
            }
            let line = |one: &Accepted| Ok(text_line(one, reference, &digest)? + "\n");
            accepted.iter().map(line).collect()
        } else {
            let elements = accepted.iter().map(|one| element(one, reference, &digest));
            json(&elements.collect::<Vec<_>>())
        };
        text.map_err(|error: serde_json::Error| Failure::from_error(&error).unexpected())
    }
}
