//! `cosign sign`.

use std::path::Path;
use std::sync::Arc;

use sigbox_crypto::Clock;
use sigbox_oci::{Descriptor, Registry};
use trust_root::atomic::Access;

use super::images::{Images, warn_of_tags};
use super::signing::Signing;
use super::signing_images::{Signatures, not_signed, not_stored, prepare, targets};
use super::{argument_failure, explain};
use crate::args::{ArgumentError, SignArgs, Storage};
use crate::artifact::ArtifactSource;
use crate::attestation::Attestation;
use crate::bundle_file;
use crate::image::{
    Annotations, Joining, Layer, Place, SIGN_PREDICATE, SimpleSigning, TagKind, layer_of,
    push_bundle, push_layers, sign_statement,
};
use crate::output_file;
use crate::patience;
use crate::report::Failure;
use crate::sign::{Content, Signed, Signer};
use crate::ui::{Progress as _, StderrProgress, Step};

/// `cosign sign`, read from the command line.
pub(crate) struct Sign {
    pub(crate) args: SignArgs,
    pub(crate) signing: Signing,
}

/// What signing one image takes.
struct Run<'a> {
    sign: &'a Sign,
    registry: Arc<Registry>,
    signer: Signer,
    annotations: Annotations,
    /// What stands in for the payload of every image.
    payload: Option<Vec<u8>>,
    storage: Storage,
    clock: &'a Clock,
}

impl Sign {
    /// Signs images and stores the signatures, no longer than the user wants to wait.
    pub(crate) async fn run(mut self, clock: &Clock) -> Result<(), Failure> {
        // What the flag asks for is another storage; the recipe makes bundles of both.
        self.signing.args.new_bundle_format = true;
        let limit = self.signing.limit();
        patience::within(limit, Box::pin(self.sign(clock)))
            .await
            .unwrap_or_else(|| {
                Err(Failure::new("signing: context deadline exceeded").unreachable_if(true))
            })
    }

    async fn sign(&self, clock: &Clock) -> Result<(), Failure> {
        let wrong = |error: ArgumentError| argument_failure(&error);
        let args = &self.args;
        let annotations = Annotations::parse(&args.annotations)
            .map_err(|error| wrong(ArgumentError::Annotation(error)))?;
        let images = Images::new(&args.images, &args.registry)?;
        let storage = self.storage().map_err(wrong)?;
        let payload = args.payload.as_deref().map(read_payload).transpose()?;
        warn_of_tags(&images.places);
        let registry = images.registry(&self.signing.global, &args.registry)?;
        let targets = targets(&registry, &images.places, args.recursive).await?;
        if let (Some(_), true) = (&args.signing.bundle, targets.len() > 1) {
            return Err(wrong(ArgumentError::OneBundleForImages {
                count: targets.len(),
            }));
        }
        let signer = prepare(
            &self.signing,
            &args.images,
            storage,
            self.signing.consent(),
            clock,
        )
        .await?;
        let mut run = Run {
            sign: self,
            registry,
            signer,
            annotations,
            payload,
            storage,
            clock,
        };
        let mut signatures = Signatures::default();
        for (place, subject) in &targets {
            run.sign_one(place, subject, &mut signatures).await?;
        }
        self.write(&signatures)
    }

    /// Where signatures go; a command that would leave none anywhere is refused.
    fn storage(&self) -> Result<Storage, ArgumentError> {
        let args = &self.args;
        let storage = Storage::of(args.storage, self.args.signing.new_bundle_format);
        if !args.upload && !storage.has_tags() && args.signing.bundle.is_none() {
            return Err(ArgumentError::NowhereToSign);
        }
        let only_tags = [
            ("--payload", args.payload.is_some()),
            (
                "--sign-container-identity",
                !args.sign_container_identity.is_empty(),
            ),
            ("--output-signature", args.output_signature.is_some()),
            ("--output-payload", args.output_payload.is_some()),
        ];
        let unused = only_tags.into_iter().find(|(_, given)| *given);
        match unused {
            Some((flag, _)) if !storage.has_tags() => Err(ArgumentError::OnlyTags { flag }),
            _ => Ok(storage),
        }
    }

    fn write(&self, signatures: &Signatures) -> Result<(), Failure> {
        let args = &self.args;
        for (path, text) in [
            (&args.output_signature, signatures.encoded.join("\n")),
            (&args.output_payload, signatures.payloads.join("\n")),
            (&args.output_certificate, signatures.certificate.clone()),
        ] {
            if let Some(path) = path {
                output_file::write(path, text.as_bytes(), Access::Private)
                    .map_err(|error| Failure::from_error(&error))?;
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    async fn sign_one(
        &mut self,
        place: &Place,
        subject: &Descriptor,
        signatures: &mut Signatures,
    ) -> Result<(), Failure> {
        let name = place.name_at(&subject.digest);
        let args = &self.sign.args;
        if self.storage.has_bundles() {
            let signed = self.sign_bundle(&name, subject).await?;
            signatures.keep_certificate(&signed);
            if let Some(path) = &args.signing.bundle {
                bundle_file::write(path, &signed.bundle_json)
                    .map_err(|error| not_signed(&name, &error.into()))?;
                StderrProgress.step(Step::BundleWritten { path: path.clone() });
            }
            if args.upload {
                pushing(place);
                let now = (self.clock)();
                push_bundle(
                    &self.registry,
                    &place.attached,
                    subject,
                    &signed,
                    SIGN_PREDICATE,
                    now,
                )
                .await
                .map_err(|error| not_stored(&name, &error))?;
            }
        }
        if self.storage.has_tags() {
            let layers = self
                .sign_payloads(&name, place, subject, signatures)
                .await?;
            if args.upload {
                pushing(place);
                let joining = Joining {
                    kind: TagKind::Signature,
                    replace: false,
                    created: args.record_creation_timestamp.then(|| (self.clock)()),
                    signer: Some(self.signer.public_key()),
                };
                push_layers(&self.registry, place, &subject.digest, &layers, joining)
                    .await
                    .map_err(|error| not_stored(&name, &error))?;
            }
        }
        Ok(())
    }

    async fn sign_bundle(&self, name: &str, subject: &Descriptor) -> Result<Signed, Failure> {
        let digest = &subject.digest;
        let statement = sign_statement(digest.algorithm().name(), digest.hex(), &self.annotations);
        let statement = statement.map_err(|error| Failure::from_error(&error).unexpected())?;
        let statement = Attestation::of_statement(statement, None);
        let statement = statement.map_err(|error| Failure::from_error(&error).unexpected())?;
        let signing = self
            .signer
            .sign(Content::Statement(statement), &StderrProgress);
        signing.await.map_err(|error| not_signed(name, &error))
    }

    async fn sign_payloads(
        &self,
        name: &str,
        place: &Place,
        subject: &Descriptor,
        signatures: &mut Signatures,
    ) -> Result<Vec<Layer>, Failure> {
        let mut layers = Vec::new();
        for payload in self.payloads(place, subject)? {
            let content = Content::Bytes(payload.clone());
            let signed = self.signer.sign(content, &StderrProgress).await;
            let signed = signed.map_err(|error| not_signed(name, &error))?;
            let layer = layer_of(&signed, payload, "").map_err(|error| not_stored(name, &error))?;
            signatures.keep(&layer);
            signatures.keep_certificate(&signed);
            layers.push(layer);
        }
        Ok(layers)
    }

    /// The payloads to sign: that of the user, or one for each name of the image.
    fn payloads(&self, place: &Place, subject: &Descriptor) -> Result<Vec<Vec<u8>>, Failure> {
        if let Some(payload) = &self.payload {
            return Ok(vec![payload.clone()]);
        }
        let repository = place.image.repository.to_string();
        let mut names = self.sign.args.sign_container_identity.clone();
        if names.is_empty() {
            names.push(repository);
        }
        let digest = subject.digest.to_string();
        let payload =
            |name: &String| SimpleSigning::new(name, &digest, &self.annotations).to_bytes();
        let payloads: Result<_, serde_json::Error> = names.iter().map(payload).collect();
        payloads.map_err(|error| Failure::from_error(&error).unexpected())
    }
}

fn pushing(place: &Place) {
    StderrProgress.step(Step::PushingSignature {
        repository: place.attached.to_string(),
    });
}

/// The payload that the user brings.
fn read_payload(path: &Path) -> Result<Vec<u8>, Failure> {
    StderrProgress.step(Step::Payload {
        path: path.to_owned(),
    });
    let artifact = ArtifactSource::File(path.to_owned());
    artifact
        .read_whole()
        .map_err(|error| explain::signing(&artifact.name(), &error.into()))
}
