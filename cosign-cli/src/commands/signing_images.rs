//! What the commands that sign images share.

use sigbox_crypto::Clock;
use sigbox_oci::{Descriptor, Registry};
use sigbox_wire::proto_json::encode_base64;

use super::explain;
use super::explain_image::{collect, registry};
use super::privacy::Consent;
use super::signing::Signing;
use crate::args::Storage;
use crate::artifact::ArtifactSource;
use crate::image::{Layer, LayerContent, Place, PushError, WalkError, manifests};
use crate::report::Failure;
use crate::sign::{Services, SignError, Signed, Signer};
use crate::ui::StderrProgress;

/// The version of logs whose promises fit into the tag storage.
const PROMISING_LOGS: u32 = 1;

/// What is written to files beside the registry.
#[derive(Default)]
pub(super) struct Signatures {
    /// Base64.
    pub(super) encoded: Vec<String>,
    pub(super) payloads: Vec<String>,
    /// PEM; empty if a key signed.
    pub(super) certificate: String,
}

impl Signatures {
    pub(super) fn keep(&mut self, layer: &Layer) {
        if let LayerContent::Signature { payload, signature } = &layer.content {
            self.encoded.push(encode_base64(signature));
            self.payloads
                .push(String::from_utf8_lossy(payload).into_owned());
        }
    }

    pub(super) fn keep_certificate(&mut self, signed: &Signed) {
        if let Some(certificate) = &signed.certificate {
            self.certificate = certificate.to_pem();
        }
    }
}

/// The manifests to sign. Each is read first, so that nothing is signed and logged that is not there.
pub(super) async fn targets(
    client: &Registry,
    places: &[(String, Place)],
    recursive: bool,
) -> Result<Vec<(Place, Descriptor)>, Failure> {
    let mut targets = Vec::new();
    for (name, place) in places {
        let found = manifests(client, place, recursive).await;
        let found = found.map_err(|error| not_found(name, &error))?;
        targets.extend(found.into_iter().map(|found| (place.clone(), found)));
    }
    Ok(targets)
}

fn not_found(name: &str, error: &WalkError) -> Failure {
    let failure = match error {
        WalkError::Registry(error) if error.is_not_found() => {
            let why = format!("accessing entity: entity not found in registry, error: {error}");
            return Failure::new(format!("signing [{name}]: {why}"));
        }
        WalkError::Registry(error) => registry(error),
        other => Failure::from_error(other),
    };
    let headline = format!("signing [{name}]: {}", failure.headline);
    Failure {
        headline,
        ..failure
    }
}

/// Somebody who is ready to sign for these storages, by one login for all images.
pub(super) async fn prepare(
    signing: &Signing,
    images: &[String],
    storage: Storage,
    consent: Consent,
    clock: &Clock,
) -> Result<Signer, Failure> {
    let name = images.join(", ");
    let mut request = signing.request(ArtifactSource::File(name.clone().into()), consent, clock)?;
    let named = request.signing_config.rekor_tlog_urls.len();
    if storage.has_tags() {
        // The tag storage has room for a log's promise, and for no proof.
        request
            .signing_config
            .rekor_tlog_urls
            .retain(|log| log.major_api_version == PROMISING_LOGS);
        if named > 0 && request.signing_config.rekor_tlog_urls.is_empty() {
            return Err(Failure::new(format!(
                "signing {name}: the tag storage keeps a log's promise, which only logs of version 1 give, and the \
                 signing config names none"
            ))
            .hint("store a bundle instead (--storage referrers)"));
        }
    }
    let ready = async {
        let services = Services::choose(&request, storage.has_bundles())?;
        Signer::prepare(&request, services, &StderrProgress).await
    };
    ready.await.map_err(|error| not_signed(&name, &error))
}

pub(super) fn not_signed(name: &str, error: &SignError) -> Failure {
    explain::signing(name, error)
}

pub(super) fn not_stored(name: &str, error: &PushError) -> Failure {
    let failure = match error {
        PushError::Registry(error) => registry(error),
        PushError::Collect(error) => collect(error),
        other => Failure::from_error(other),
    };
    let headline = format!("signing [{name}]: signing digest: {}", failure.headline);
    Failure {
        headline,
        ..failure
    }
}
