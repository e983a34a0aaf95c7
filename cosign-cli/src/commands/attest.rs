//! `cosign attest`.

use sigbox_crypto::Clock;
use sigbox_oci::{Descriptor, DigestAlgorithm};

use super::argument_failure;
use super::images::{Images, warn_of_tags};
use super::privacy::Consent;
use super::said::{Said, not_attested};
use super::signing::Signing;
use super::signing_images::{not_signed, not_stored, prepare, targets};
use crate::args::{ArgumentError, AttestArgs, Storage};
use crate::attestation::{Attestation, PredicateType, subject};
use crate::bundle_file;
use crate::image::{Joining, Place, TagKind, layer_of, push_bundle, push_layers};
use crate::patience;
use crate::report::Failure;
use crate::sign::Content;
use crate::ui::{Progress as _, StderrProgress, Step};

/// `cosign attest`, read from the command line.
pub(crate) struct Attest {
    pub(crate) args: AttestArgs,
    pub(crate) signing: Signing,
}

impl Attest {
    /// Attests images and stores the attestations, no longer than the user wants to wait.
    pub(crate) async fn run(mut self, clock: &Clock) -> Result<(), Failure> {
        // What the flag asks for is another storage; the recipe makes bundles of both.
        self.signing.args.new_bundle_format = true;
        let limit = self.signing.limit();
        patience::within(limit, Box::pin(self.attest(clock)))
            .await
            .unwrap_or_else(|| {
                Err(Failure::new("signing: context deadline exceeded").unreachable_if(true))
            })
    }

    async fn attest(mut self, clock: &Clock) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        let said = Said::new(self.args.predicate.as_deref(), None).map_err(wrong)?;
        self.signing.stdin_taken = said.is_on_stdin();
        let args = &self.args;
        let images = Images::new(&args.images, &args.registry)?;
        let storage = Storage::of(args.storage, args.signing.new_bundle_format);
        if args.no_upload && args.signing.bundle.is_none() {
            return Err(wrong(ArgumentError::NowhereToSign));
        }
        let named = args.images.join(", ");
        let predicate_type = PredicateType::parse(&args.predicate_type)
            .map_err(|error| Failure::new(format!("signing {named}: {error}")))?;
        warn_of_tags(&images.places);
        let registry = images.registry(&self.signing.global, &args.registry)?;
        let targets = targets(&registry, &images.places, false).await?;
        if let (Some(_), true) = (&args.signing.bundle, targets.len() > 1) {
            let count = targets.len();
            return Err(wrong(ArgumentError::OneBundleForImages { count }));
        }
        let predicate = said.read()?;
        let statements = targets.iter().map(|(place, image)| {
            let subjects = [subject_of(place, image)?];
            Attestation::of_predicate(&subjects, &predicate_type, &predicate, clock())
                .map_err(|error| not_attested(&error))
        });
        let statements = statements.collect::<Result<Vec<_>, Failure>>()?;
        let signer = prepare(
            &self.signing,
            &args.images,
            storage,
            Consent::Implied,
            clock,
        )
        .await?;
        for ((place, image), statement) in targets.iter().zip(statements) {
            let name = place.name_at(&image.digest);
            let signed = signer
                .sign(Content::Statement(statement), &StderrProgress)
                .await;
            let signed = signed.map_err(|error| not_signed(&name, &error))?;
            if let Some(path) = &args.signing.bundle {
                bundle_file::write(path, &signed.bundle_json)
                    .map_err(|error| not_signed(&name, &error.into()))?;
                StderrProgress.step(Step::BundleWritten { path: path.clone() });
            }
            if args.no_upload {
                continue;
            }
            let stored = |error| not_stored(&name, &error);
            let uri = predicate_type.uri();
            if storage.has_bundles() {
                push_bundle(&registry, &place.attached, image, &signed, uri, clock())
                    .await
                    .map_err(stored)?;
            }
            if storage.has_tags() {
                let layer = layer_of(&signed, Vec::new(), uri).map_err(stored)?;
                let joining = Joining {
                    kind: TagKind::Attestation,
                    replace: args.replace,
                    created: args.record_creation_timestamp.then(|| clock()),
                    signer: None,
                };
                push_layers(&registry, place, &image.digest, &[layer], joining)
                    .await
                    .map_err(stored)?;
            }
        }
        Ok(())
    }
}

/// The image as a statement names it: its repository, and its digest.
fn subject_of(place: &Place, image: &Descriptor) -> Result<sigbox_wire::Subject, Failure> {
    let mut sha256 = [0; 32];
    let is_sha256 = image.digest.algorithm() == DigestAlgorithm::Sha256;
    if !is_sha256 || hex::decode_to_slice(image.digest.hex(), &mut sha256).is_err() {
        return Err(Failure::new(format!(
            "signing {}: an image is attested by its SHA-256 digest",
            place.name_at(&image.digest)
        )));
    }
    Ok(subject(place.image.repository.to_string(), sha256))
}
