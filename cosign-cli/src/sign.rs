//! The recipe of signing a blob, with a certificate for an identity or with a key of the signer's own.

mod certificate;
mod error;
mod party;

use std::path::PathBuf;

use jiff::Timestamp;
use sigbox_crypto::{Certificate, Clock, KeyAlgorithm, SigningKey};
use sigbox_verify::Artifact;
use sigbox_wire::{
    Bundle, BundleContent, HashedRekordV002, MessageDigest, MessageSignature, SigningConfig,
    TrustedRoot, VerificationContent, VerificationMaterial,
};

pub use self::error::SignError;
use self::party::{EPHEMERAL_HASH, SigningParty};
use crate::artifact::ArtifactSource;
use crate::bundle_file;
use crate::http::{ClosedWorld, HttpOptions};
use crate::oidc::{self, IdentitySource};
use crate::services::{LogApi, SelectedServices, fulcio, rekor, rekor_v1, timestamp};
use crate::trust::TrustSource;
use crate::ui::{Progress, Step};
use crate::verify::{VerifyError, trust_material};

/// Everything that signing one blob takes.
pub struct SignRequest {
    /// What to sign.
    pub artifact: ArtifactSource,
    /// Who signs.
    pub identity: IdentitySource,
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
    /// The signer's certificate; `None` if a key of the signer's own signed.
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
    let now = (request.clock)();
    let (services, hash) = match &request.identity {
        IdentitySource::Key(key) => (
            SelectedServices::choose_for_key(&request.signing_config, now)?,
            key.algorithm().default_hash(),
        ),
        _ => (
            SelectedServices::choose(&request.signing_config, now)?,
            EPHEMERAL_HASH,
        ),
    };
    let mut world = services.world(request.http.clone());
    let trust = trusted_root(&request, &services)?;
    let digest = request.artifact.digest(hash)?;
    let party = match &request.identity {
        IdentitySource::Key(key) => SigningParty::Key(key.clone()),
        identity => certify(identity, &mut world, &services, trust.as_ref(), progress).await?,
    };

    if let ArtifactSource::File(path) = &request.artifact {
        progress.step(Step::Payload { path: path.clone() });
    }
    progress.step(Step::Signing);
    let entry = party.sign(digest)?;
    let bundle = record(&world, &services, entry, party.content(), progress).await?;
    let log_index = bundle
        .verification_material
        .tlog_entries
        .first()
        .map_or(0, |entry| entry.log_index);
    let source = request.trust.as_ref().or(key_alone(&bundle));
    let checked = source.is_some();
    match source {
        Some(source) => self_check(&bundle, source, &party, (request.clock)())?,
        None => progress.step(Step::NotSelfChecked),
    }

    let bundle_json = bundle.to_json()?;
    if let Some(path) = &request.bundle {
        bundle_file::write(path, &bundle_json)?;
        progress.step(Step::BundleWritten { path: path.clone() });
    }
    Ok(Signed {
        bundle,
        bundle_json,
        certificate: party.into_certificate(),
        log_index,
        checked,
    })
}

/// Makes a key, and gets a certificate that ties it to the signer's identity.
async fn certify(
    identity: &IdentitySource,
    world: &mut ClosedWorld,
    services: &SelectedServices,
    trust: Option<&TrustedRoot>,
    progress: &dyn Progress,
) -> Result<SigningParty, SignError> {
    progress.step(Step::GeneratingKeys);
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
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

/// The trusted root to check against; read before anything is contacted, so that a typo costs nothing.
fn trusted_root(
    request: &SignRequest,
    services: &SelectedServices,
) -> Result<Option<TrustedRoot>, SignError> {
    let host = services
        .logs
        .first()
        .and_then(|log| log.url.host_str())
        .unwrap_or_default();
    let load = |source: &TrustSource| source.load(host);
    Ok(request.trust.as_ref().map(load).transpose()?)
}

/// Gets timestamps and log entries for the signature, and puts the bundle together.
async fn record(
    world: &ClosedWorld,
    services: &SelectedServices,
    entry: HashedRekordV002,
    signer: VerificationContent,
    progress: &dyn Progress,
) -> Result<Bundle, SignError> {
    let mut material = VerificationMaterial {
        content: signer,
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    for authority in &services.timestamp_authorities {
        let response = timestamp::request(world, authority, &entry.signature).await?;
        material.rfc3161_timestamps.push(response);
    }
    for log in &services.logs {
        let created = match log.api {
            LogApi::V1 => rekor_v1::create_entry(world, &log.url, &entry)
                .await
                .map_err(SignError::RekorV1)?,
            LogApi::V2 => rekor::create_entry(world, &log.url, &entry).await?,
        };
        progress.step(Step::LogEntryCreated {
            index: created.log_index,
        });
        material.tlog_entries.push(created);
    }
    let signature = MessageSignature {
        message_digest: Some(MessageDigest {
            algorithm: entry.algorithm,
            digest: entry.digest,
        }),
        signature: entry.signature,
    };
    Ok(Bundle::new_v0_3(
        material,
        BundleContent::MessageSignature(signature),
    ))
}

/// A bundle that holds nothing but a key's signature is checked without a trusted root.
fn key_alone(bundle: &Bundle) -> Option<&'static TrustSource> {
    let material = &bundle.verification_material;
    let alone = matches!(material.content, VerificationContent::PublicKeyHint(_))
        && material.tlog_entries.is_empty()
        && material.rfc3161_timestamps.is_empty();
    alone.then_some(&TrustSource::KeyAlone)
}

/// Verifies the finished bundle as a stranger would, with the identity that the certificate names or with the key.
fn self_check(
    bundle: &Bundle,
    source: &TrustSource,
    party: &SigningParty,
    now: Timestamp,
) -> Result<(), SignError> {
    let failed = |error| SignError::SelfCheck(Box::new(error));
    let mut expect = party.expectations()?;
    // What no log was asked for, none can vouch for; only a key signs without one.
    expect.ignore_tlog_unsafe = bundle.verification_material.tlog_entries.is_empty();
    let BundleContent::MessageSignature(MessageSignature {
        message_digest: Some(message),
        ..
    }) = &bundle.content
    else {
        return Err(SignError::NamelessCertificate);
    };
    let artifact = Artifact::Digest {
        algorithm: message.algorithm,
        digest: &message.digest,
    };
    let trust = trust_material(source, bundle).map_err(failed)?;
    let policy = expect.policy().map_err(failed)?;
    sigbox_verify::verify(bundle, artifact, &policy, &trust, now)
        .into_result()
        .map_err(|error| failed(VerifyError::Refused(Box::new(error))))?;
    Ok(())
}
