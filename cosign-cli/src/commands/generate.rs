//! `cosign generate`.

use super::argument_failure;
use super::one_image::{OneImage, in_time, print};
use crate::args::{ArgumentError, GenerateArgs, GlobalArgs};
use crate::image::{Annotations, SimpleSigning};
use crate::report::Failure;
use crate::ui::say;

/// `cosign generate`, read from the command line.
pub(crate) struct Generate {
    pub(crate) global: GlobalArgs,
    pub(crate) args: GenerateArgs,
}

impl Generate {
    /// Prints the bytes that a signature is over, and not one more.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        say(
            &"Command \"generate\" is deprecated, generate will be removed in v4.0.0 (see \
              https://github.com/sigstore/cosign/issues/4696). Instead, please use in-toto tooling",
        );
        let (global, args) = (&self.global, &self.args);
        let annotations = Annotations::parse(&args.annotations)
            .map_err(|error| argument_failure(&ArgumentError::Annotation(error)))?;
        let image = OneImage::new(global, &args.registry, &args.images)?;
        in_time(global, async {
            let digest = image.resolve().await?.digest.to_string();
            let repository = image.place.image.repository.to_string();
            let payload = SimpleSigning::new(&repository, &digest, &annotations);
            let payload = payload.to_bytes();
            let payload = payload.map_err(|error| Failure::from_error(&error).unexpected())?;
            print(global, &payload)
        })
        .await
    }
}
