//! The recipe of signing a blob, with a certificate for an identity or with a key of the signer's own.

mod certificate;
mod content;
mod error;
mod own_certificate;
mod party;
mod self_check;
mod services;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sigbox_crypto::{Certificate, Clock, KeyAlgorithm, PublicKey, SigningKey};
use sigbox_wire::{
    Bundle, BundleContent, SigningConfig, TrustedRoot, VerificationContent, VerificationMaterial,
};

pub(crate) use self::content::Content;
use self::content::SignedContent;
pub use self::error::{BlobError, SignError};
pub use self::own_certificate::{OwnCertificate, OwnCertificateError};
use self::party::SigningParty;
pub(crate) use self::services::Services;
use crate::artifact::{ArtifactSource, EarlyDigest};
use crate::attestation::Attestation;
use crate::bundle_file;
use crate::http::{ClosedWorld, HttpOptions};
use crate::oidc::{self, IdentitySource};
use crate::services::{LogApi, SelectedServices, fulcio, rekor, rekor_v1, timestamp};
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::{Progress, Step};

/// Everything that signing one blob takes.
pub struct SignRequest {
    /// What to sign.
    pub artifact: ArtifactSource,
    /// Who signs.
    pub identity: IdentitySource,
    /// Which kind of key is made for an identity; a key of the signer's own is of its own kind.
    pub ephemeral: KeyAlgorithm,
    /// Which services to use; no other host is contacted.
    pub signing_config: SigningConfig,
    /// What to check certificate and bundle against; unchecked without.
    pub trust: Option<TrustSource>,
    /// Where to write the bundle, if anywhere.
    pub bundle: Option<PathBuf>,
    /// How to talk to the services.
    pub http: HttpOptions,
    /// The time.
    pub clock: Clock,
}

/// A signed blob.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The bundle.
    pub bundle: Bundle,
    /// The bundle as it was written, one line.
    pub bundle_json: String,
    /// The signer's certificate; `None` if a key of the signer's own signed without one.
    pub certificate: Option<Certificate>,
    /// The index of the entry in the first log; 0 also if there is no log.
    pub log_index: i64,
    /// Whether certificate and bundle were checked against a trusted root.
    pub checked: bool,
}

/// Signs a blob: hash → token → certificate → signature → timestamp → log entry → bundle → check → file.
///
/// A key of the signer's own needs neither token nor certificate, and the signing config may name neither log nor
/// timestamp authority for it. Nothing is contacted before the artifact is read and the services are known. Each step
/// is told to `progress` when it is true. The bundle is written only after it has been verified (if trust is given).
///
/// # Errors
/// [`SignError`] names the step.
pub async fn sign_blob(request: SignRequest, progress: &dyn Progress) -> Result<Signed, SignError> {
    sign(request, None, None, progress).await
}

/// The same; the artifact may be half hashed already.
///
/// # Errors
/// [`SignError`] names the step.
pub(crate) async fn sign_begun_blob(
    request: SignRequest,
    early: Option<EarlyDigest>,
    progress: &dyn Progress,
) -> Result<Signed, SignError> {
    sign(request, None, early, progress).await
}

/// Signs a statement in the same steps; the request's artifact is what the statement was made of, and is not read.
///
/// The statement goes into an envelope. A log of version 2 takes the envelope's signature as one over the digest of
/// the bytes that it signs, one of version 1 as an entry of kind `dsse`.
///
/// # Errors
/// [`SignError`] names the step.
pub async fn attest_blob(
    request: SignRequest,
    attestation: Attestation,
    progress: &dyn Progress,
) -> Result<Signed, SignError> {
    sign(request, Some(attestation), None, progress).await
}

/// Signs several blobs, each into a bundle of its own, with one login and one certificate.
///
/// All are read before anything is contacted; the request's own artifact and bundle are left alone.
///
/// # Errors
/// [`BlobError`] names the blob at which the work stopped; the bundles of those before it stand.
pub async fn sign_blobs(
    request: SignRequest,
    blobs: &[(ArtifactSource, PathBuf)],
    progress: &dyn Progress,
) -> Result<(), BlobError> {
    let at = |blob: &ArtifactSource, source: SignError| BlobError {
        blob: blob.name(),
        source: Box::new(source),
    };
    let all = |error| at(&request.artifact, error);
    let services = Services::choose(&request, false).map_err(all)?;
    let mut digests = Vec::with_capacity(blobs.len());
    for (blob, _) in blobs {
        let digest = blob.digest(services.hash);
        digests.push(digest.map_err(|error| at(blob, error.into()))?);
    }
    let whole = services.whole();
    let signer = Signer::prepare(&request, services, progress);
    let signer = signer.await.map_err(all)?;
    for ((blob, bundle), digest) in blobs.iter().zip(digests) {
        let content = if whole {
            Content::Bytes(blob.read_whole().map_err(|error| at(blob, error.into()))?)
        } else {
            Content::Blob { digest }
        };
        let signed = sign_one(&signer, blob, content, Some(bundle), progress);
        signed.await.map_err(|error| at(blob, error))?;
    }
    Ok(())
}

/// Signs one thing and writes its bundle, if it goes anywhere.
async fn sign_one(
    signer: &Signer,
    artifact: &ArtifactSource,
    content: Content,
    bundle: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Signed, SignError> {
    let blob = !matches!(content, Content::Statement(_));
    if let (ArtifactSource::File(path), true) = (artifact, blob) {
        progress.step(Step::Payload { path: path.clone() });
    }
    let signed = signer.sign(content, progress).await?;
    if let Some(path) = bundle {
        bundle_file::write(path, &signed.bundle_json)?;
        progress.step(Step::BundleWritten {
            path: path.to_owned(),
        });
    }
    Ok(signed)
}

async fn sign(
    request: SignRequest,
    attestation: Option<Attestation>,
    early: Option<EarlyDigest>,
    progress: &dyn Progress,
) -> Result<Signed, SignError> {
    let services = Services::choose(&request, attestation.is_some())?;
    let content = match attestation {
        Some(attestation) => Content::Statement(attestation),
        None if services.whole() => Content::Bytes(request.artifact.read_whole()?),
        None => {
            let early = early.map(|early| early.finish(services.hash)).transpose()?;
            let digest = match early.flatten() {
                Some(digest) => digest,
                None => request.artifact.digest(services.hash)?,
            };
            Content::Blob { digest }
        }
    };
    let signer = Signer::prepare(&request, services, progress).await?;
    let bundle = request.bundle.as_deref();
    sign_one(&signer, &request.artifact, content, bundle, progress).await
}

/// Somebody who is ready to sign: with a key, and a certificate if it is a key made for an identity.
///
/// The same key and certificate sign all that one command signs.
pub(crate) struct Signer {
    services: SelectedServices,
    world: ClosedWorld,
    trust: Option<TrustSource>,
    party: SigningParty,
    clock: Clock,
}

impl Signer {
    /// The key that verifies what is signed.
    pub(crate) fn public_key(&self) -> &PublicKey {
        self.party.public_key()
    }

    /// Reads the trusted root, and gets the certificate; artifact and bundle of the request are left alone.
    pub(crate) async fn prepare(
        request: &SignRequest,
        services: Services,
        progress: &dyn Progress,
    ) -> Result<Self, SignError> {
        let services = services.chosen;
        let mut world = services.world(request.http.clone());
        let trust = request.trust.as_ref();
        let root = trust
            .map(|source| usable_root(source, &services))
            .transpose()?;
        let party = match &request.identity {
            IdentitySource::Key(key) => SigningParty::Key(key.clone()),
            IdentitySource::Certified(own) => SigningParty::Own(own.clone()),
            _ => certify(request, &mut world, &services, root.as_ref(), progress).await?,
        };
        Ok(Self {
            services,
            world,
            trust: request.trust.clone(),
            party,
            clock: request.clock.clone(),
        })
    }

    /// Signs, stamps and logs; what comes out has been verified, if there is trust to verify it with.
    pub(crate) async fn sign(
        &self,
        content: Content,
        progress: &dyn Progress,
    ) -> Result<Signed, SignError> {
        let (services, party) = (&self.services, &self.party);
        progress.step(Step::Signing);
        let signed = content.sign(party, &services.logs)?;
        let bundle = record(&self.world, services, &signed, party.content(), progress).await?;
        let log_index = bundle
            .verification_material
            .tlog_entries
            .first()
            .map_or(0, |entry| entry.log_index);
        if unwitnessed(&bundle) {
            progress.step(Step::Unwitnessed);
        }
        let checked = if let Some(source) = self.judge_by(&bundle) {
            self.self_check(&bundle, &source, &signed, progress)?
        } else {
            progress.step(Step::NotSelfChecked);
            false
        };
        let bundle_json = bundle.to_json()?;
        Ok(Signed {
            bundle,
            bundle_json,
            certificate: party.certificate().cloned(),
            log_index,
            checked,
        })
    }
}

/// Gets a certificate that ties the signer's key, or a fresh one, to the signer's identity.
async fn certify(
    request: &SignRequest,
    world: &mut ClosedWorld,
    services: &SelectedServices,
    trust: Option<&TrustedRoot>,
    progress: &dyn Progress,
) -> Result<SigningParty, SignError> {
    let (key, identity) = if let IdentitySource::CertifiedKey(key, identity) = &request.identity {
        (key.clone(), identity.as_ref())
    } else {
        progress.step(Step::GeneratingKeys);
        let key = SigningKey::generate(request.ephemeral)?;
        (Arc::new(key), &request.identity)
    };
    let token = oidc::obtain(identity, world, progress).await?;
    progress.step(Step::RetrievingCertificate);
    let authority = services.certificate_authority()?;
    let certificate = fulcio::request_certificate(world, authority, &token, &key).await?;
    if let Some(root) = trust {
        certificate::check_sct(&certificate, root)?;
        progress.step(Step::SctVerified);
    }
    Ok(SigningParty::Certified {
        key,
        certificate: Box::new(certificate),
    })
}

/// The trusted root to check against; read before anything is contacted, so that a typo or a gap costs nothing.
fn usable_root(
    source: &TrustSource,
    services: &SelectedServices,
) -> Result<TrustedRoot, TrustSourceError> {
    let root = source.load(&[])?;
    let missing = services.missing_in(&root);
    if missing.is_empty() {
        return Ok(root);
    }
    let skipped = Vec::new();
    Err(source.incomplete(missing, skipped))
}

/// Gets timestamps and log entries for the signature, and puts the bundle together.
async fn record(
    world: &ClosedWorld,
    services: &SelectedServices,
    signed: &SignedContent,
    signer: VerificationContent,
    progress: &dyn Progress,
) -> Result<Bundle, SignError> {
    let mut material = VerificationMaterial {
        content: signer,
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    for authority in &services.timestamp_authorities {
        let response = timestamp::request(world, authority, &signed.entry.signature).await?;
        material.rfc3161_timestamps.push(response);
    }
    for log in &services.logs {
        let created = match (log.api, &signed.content) {
            (LogApi::V1, BundleContent::DsseEnvelope(envelope)) => {
                rekor_v1::create_dsse_entry(world, &log.url, envelope, &signed.entry.verifier)
                    .await
                    .map_err(SignError::RekorV1)?
            }
            (LogApi::V1, _) => rekor_v1::create_entry(world, &log.url, &signed.entry)
                .await
                .map_err(SignError::RekorV1)?,
            (LogApi::V2, _) => rekor::create_entry(world, &log.url, &signed.entry).await?,
        };
        progress.step(Step::LogEntryCreated {
            index: created.log_index,
        });
        material.tlog_entries.push(created);
    }
    Ok(Bundle::new_v0_3(material, signed.content.clone()))
}

/// Whether nothing says that a certificate's key signed while the certificate was valid.
fn unwitnessed(bundle: &Bundle) -> bool {
    let material = &bundle.verification_material;
    !matches!(material.content, VerificationContent::PublicKeyHint(_))
        && material.tlog_entries.is_empty()
        && material.rfc3161_timestamps.is_empty()
}
