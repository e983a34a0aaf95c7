//! The recipe of signing a blob keyless.

mod certificate;
mod error;

use std::path::PathBuf;

use jiff::Timestamp;
use sigbox_crypto::{Certificate, Clock, HashAlgorithm, KeyAlgorithm, SigningKey, SubjectAltName};
use sigbox_verify::Artifact;
use sigbox_wire::{
    Bundle, BundleContent, HashedRekordV002, KeyDetails, MessageDigest, MessageSignature,
    SigningConfig, TrustedRoot, VerificationContent, VerificationMaterial, Verifier, VerifierKey,
};
use url::Url;

pub use self::error::SignError;
use crate::artifact::ArtifactSource;
use crate::bundle_file;
use crate::http::{ClosedWorld, HttpOptions};
use crate::oidc::{IdentitySource, IdentityToken, browser};
use crate::services::{SelectedServices, fulcio, rekor, timestamp};
use crate::trust::TrustSource;
use crate::ui::{Progress, Step};
use crate::verify::{Expectations, VerifyError, trust_material};

/// The hash of the artifact and of the key, P-256.
const HASH: HashAlgorithm = HashAlgorithm::Sha2_256;

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
    /// The signer's certificate.
    pub certificate: Certificate,
    /// The index of the entry in the first log.
    pub log_index: i64,
    /// Whether certificate and bundle were checked against a trusted root.
    pub checked: bool,
}

/// Signs a blob: hash → token → certificate → signature → timestamp → log entry → bundle → check → file.
///
/// Nothing is contacted before the artifact is read and the services are known. Each step is told to
/// `progress` when it is true. The bundle is written only after it has been verified (if trust is given).
///
/// # Errors
/// [`SignError`] names the step.
pub async fn sign_blob(request: SignRequest, progress: &dyn Progress) -> Result<Signed, SignError> {
    let services = SelectedServices::choose(&request.signing_config, (request.clock)())?;
    let mut world = services.world(request.http.clone());
    let trust = trusted_root(&request, &services)?;
    let digest = request.artifact.digest(HASH)?;

    progress.step(Step::GeneratingKeys);
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256)?;
    let token = token(&request.identity, &mut world, progress).await?;
    progress.step(Step::RetrievingCertificate);
    let certificate =
        fulcio::request_certificate(&world, &services.certificate_authority, &token, &key).await?;
    if let Some(root) = &trust {
        certificate::check_sct(&certificate, root)?;
        progress.step(Step::SctVerified);
    }

    if let ArtifactSource::File(path) = &request.artifact {
        progress.step(Step::Payload { path: path.clone() });
    }
    progress.step(Step::Signing);
    let entry = HashedRekordV002 {
        algorithm: HASH,
        signature: key.sign_digest(&digest)?,
        digest,
        verifier: Verifier {
            key: VerifierKey::X509Certificate(certificate.der().to_vec()),
            key_details: KeyDetails::PkixEcdsaP256Sha256,
        },
    };
    let bundle = record(&world, &services, entry, &certificate, progress).await?;
    let log_index = bundle
        .verification_material
        .tlog_entries
        .first()
        .map_or(0, |entry| entry.log_index);
    if let Some(source) = &request.trust {
        self_check(&bundle, source, &certificate, (request.clock)())?;
    } else {
        progress.step(Step::NotSelfChecked);
    }

    let bundle_json = bundle.to_json()?;
    if let Some(path) = &request.bundle {
        bundle_file::write(path, &bundle_json)?;
        progress.step(Step::BundleWritten { path: path.clone() });
    }
    Ok(Signed {
        bundle,
        bundle_json,
        certificate,
        log_index,
        checked: trust.is_some(),
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
        .and_then(Url::host_str)
        .unwrap_or_default();
    let load = |source: &TrustSource| source.load(host);
    Ok(request.trust.as_ref().map(load).transpose()?)
}

/// The identity token; a login may contact the provider's host as well.
async fn token(
    source: &IdentitySource,
    world: &mut ClosedWorld,
    progress: &dyn Progress,
) -> Result<IdentityToken, SignError> {
    match source {
        IdentitySource::Token(token) => Ok(token.clone()),
        IdentitySource::Browser(login) => {
            if let Ok(issuer) = Url::parse(&login.issuer) {
                world.allow(&issuer);
            }
            Ok(browser::login(world, login, progress).await?)
        }
    }
}

/// Gets timestamps and log entries for the signature, and puts the bundle together.
async fn record(
    world: &ClosedWorld,
    services: &SelectedServices,
    entry: HashedRekordV002,
    certificate: &Certificate,
    progress: &dyn Progress,
) -> Result<Bundle, SignError> {
    let mut material = VerificationMaterial {
        content: VerificationContent::Certificate(certificate.der().to_vec()),
        tlog_entries: Vec::new(),
        rfc3161_timestamps: Vec::new(),
    };
    for authority in &services.timestamp_authorities {
        let response = timestamp::request(world, authority, &entry.signature).await?;
        material.rfc3161_timestamps.push(response);
    }
    for log in &services.logs {
        let created = rekor::create_entry(world, log, &entry).await?;
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

/// Verifies the finished bundle as a stranger would, with the identity that the certificate names.
fn self_check(
    bundle: &Bundle,
    source: &TrustSource,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<(), SignError> {
    let failed = |error| SignError::SelfCheck(Box::new(error));
    let names = certificate.subject_alt_names();
    let identity = names
        .iter()
        .find_map(SubjectAltName::text)
        .ok_or(SignError::NamelessCertificate)?;
    let issuer = certificate
        .fulcio_issuer()
        .ok_or(SignError::NamelessCertificate)?;
    let expect = Expectations {
        identity: Some(identity.to_owned()),
        issuer: Some(issuer.to_owned()),
        ..Expectations::default()
    };
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
