//! The recipe of verifying a blob; opens files, never a connection.

mod judged;

use jiff::Timestamp;
use sigbox_crypto::PublicKey;
use sigbox_tlog::{Checkpoint, SignedNote};
use sigbox_verify::{
    Artifact, CertificateIdentity, NoTrustMaterial, PatternError, Policy, TextMatch, TrustMaterial,
    TrustMaterialError, Verdict, VerifiedBundle,
};
use sigbox_wire::{Bundle, TransparencyLogEntry};
use trust_root::LogName;

use crate::artifact::{ArtifactError, ArtifactSource};
use crate::attestation::PredicateType;
use crate::bundle_file::BundleFileError;
use crate::signature_files::{Found, SignatureFiles, SignatureFilesError, SignatureOver};
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::Escaped;

pub(crate) use self::judged::{
    DEMANDED_TIMESTAMP, Finding, Judged, PREDICATE_TYPE, account_for_the_rest, demand_timestamp,
    judged, nothing_judged,
};

/// Everything that verifying one blob takes.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// What was signed.
    pub artifact: ArtifactSource,
    /// The bundle, or the files that hold what would be in one.
    pub bundle: SignatureFiles,
    /// Whom to believe.
    pub trust: TrustSource,
    /// Who must have signed.
    pub expect: Expectations,
    /// The time, used only where nothing signed tells it.
    pub now: Timestamp,
}

/// Who must have signed: an identity and an issuer, for each a value, a pattern, or both; or the holder of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a demand of its own, on or off"
)]
pub struct Expectations {
    /// The key that must have signed; identity, issuer and claims are not asked for then.
    pub key: Option<PublicKey>,
    /// The e-mail address or URI in the certificate, whole.
    pub identity: Option<String>,
    /// A regular expression that is found in it.
    pub identity_regexp: Option<String>,
    /// The OpenID issuer in the certificate, whole.
    pub issuer: Option<String>,
    /// A regular expression that is found in it.
    pub issuer_regexp: Option<String>,
    /// Further claims of the certificate: the number of Fulcio's extension, and the value it must have.
    pub claims: Vec<(u8, String)>,
    /// Whether a timestamp authority must have stamped the signature, also where a log's time would do.
    pub signed_timestamps: bool,
    /// Whether the transparency log is not asked: a signing with a stolen key or identity stays hidden.
    pub ignore_tlog_unsafe: bool,
    /// Whether CT logs are not asked: a certificate issued behind its subject's back stays hidden.
    pub ignore_sct_unsafe: bool,
    /// Whether a version 0.3 bundle may bring the intermediates of its certificate along.
    pub bundled_intermediates: bool,
}

/// A blob was not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Identity or issuer to expect is missing, or no regular expression.
    #[error("{flag}")]
    Expectation {
        /// The flag without its dashes and without `-regexp`.
        flag: &'static str,
        /// What is wrong.
        source: PatternError,
    },
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleFileError),
    /// The files from before there were bundles hold no signature that could be judged.
    #[error(transparent)]
    Files(Box<SignatureFilesError>),
    /// The trust material cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustSourceError),
    /// Nothing in the trust material can be used.
    #[error("setting trusted material")]
    Material(#[from] TrustMaterialError),
    /// The artifact cannot be read.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// No timestamp authority has stamped the signature, which was demanded.
    #[error("failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1")]
    NoSignedTimestamp,
    /// The bundle signs the artifact, not a statement about it.
    #[error("bundle does not contain a DSSE envelope")]
    NoStatement,
    /// The statement holds, but is of another type than demanded.
    #[error("invalid predicate type, expected {} got {}", Escaped(.expected), Escaped(.found))]
    PredicateType {
        /// The type as the user named it.
        expected: String,
        /// The URI in the statement.
        found: String,
    },
    /// A check failed.
    #[error("a check failed")]
    Refused(#[source] Box<sigbox_verify::VerifyError>),
}

/// Verifies a blob against its bundle and gives the verified facts.
///
/// # Errors
/// [`VerifyError::Refused`] if a check failed; the other variants if the checks could not be made.
pub fn verify_blob(request: &VerifyRequest) -> Result<VerifiedBundle, VerifyError> {
    judged(request, None).result
}

/// Verifies a statement of the given type about a blob and gives the verified facts.
///
/// # Errors
/// [`VerifyError::NoStatement`] and [`VerifyError::PredicateType`] besides those of [`verify_blob`].
pub fn verify_attestation(
    request: &VerifyRequest,
    predicate_type: &PredicateType,
) -> Result<VerifiedBundle, VerifyError> {
    judged(request, Some(predicate_type)).result
}

/// A refusal; where nobody could be asked, it says what has to be supplied.
pub(crate) fn refused(trust: &TrustSource, error: sigbox_verify::VerifyError) -> VerifyError {
    match error {
        sigbox_verify::VerifyError::Material(NoTrustMaterial {
            missing, skipped, ..
        }) => trust.incomplete(missing, skipped).into(),
        error => VerifyError::Refused(Box::new(error)),
    }
}

/// The same with every step of the verdict, for showing how it came about.
///
/// # Errors
/// [`VerifyError`] if the checks could not be made; a check that failed is in the verdict.
pub fn judge_blob(request: &VerifyRequest) -> Result<Verdict, VerifyError> {
    let policy = request.expect.policy()?;
    let found = read(request, SignatureOver::Blob)?;
    judge(request, found, policy)
}

fn read(request: &VerifyRequest, over: SignatureOver) -> Result<Found, VerifyError> {
    Ok(request.bundle.read(over, request.expect.key.is_none())?)
}

impl From<SignatureFilesError> for VerifyError {
    fn from(error: SignatureFilesError) -> Self {
        match error {
            SignatureFilesError::Bundle(error) => Self::Bundle(error),
            other => Self::Files(Box::new(other)),
        }
    }
}

fn judge(request: &VerifyRequest, found: Found, policy: Policy) -> Result<Verdict, VerifyError> {
    let Found { bundle, scts, .. } = found;
    let mut policy = policy.with_detached_scts(scts);
    if request.trust.brings_authority() {
        policy = policy.with_issuerless_certificates();
    }
    let trust = trust_material(&request.trust, &log_names(&bundle))?;
    let judge = |artifact| sigbox_verify::verify(&bundle, artifact, &policy, &trust, request.now);
    Ok(match &request.artifact {
        ArtifactSource::Sha256(digest) => judge(Artifact::Sha256Digest(*digest)),
        ArtifactSource::Digest { algorithm, digest } => judge(Artifact::Digest {
            algorithm: *algorithm,
            digest,
        }),
        readable => judge(Artifact::Reader(&mut readable.open()?)),
    })
}

/// Reads the trust material that bundles of entries in these logs are judged by; what is missing is known when one is judged.
pub(crate) fn trust_material(
    source: &TrustSource,
    names: &[LogName],
) -> Result<TrustMaterial, VerifyError> {
    if matches!(source, TrustSource::KeyAlone) {
        return Ok(TrustMaterial::nobody());
    }
    let root = source.load(names)?;
    Ok(TrustMaterial::from_trusted_root(&root)?)
}

/// The hosts in the checkpoints of the bundle's entries. They only name the logs that a key file is for: the key decides.
pub(crate) fn log_names(bundle: &Bundle) -> Vec<LogName> {
    let entries = bundle.verification_material.tlog_entries.iter();
    let name = |entry: &TransparencyLogEntry| {
        let note = SignedNote::parse(&entry.inclusion_proof.as_ref()?.checkpoint).ok()?;
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        Some(LogName {
            log_id: entry.log_id.clone(),
            host: checkpoint.origin.name().to_owned(),
        })
    };
    entries.filter_map(name).collect()
}

impl Expectations {
    /// The policy that demands them.
    pub(crate) fn policy(&self) -> Result<Policy, VerifyError> {
        let mut policy = match &self.key {
            Some(key) => Policy::public_key(key.clone()),
            None => Policy::certificate(self.certificate()?),
        };
        if self.ignore_tlog_unsafe {
            policy = policy.ignore_tlog_unsafe();
        }
        if self.signed_timestamps {
            policy = policy.expecting_timestamp();
        }
        if self.ignore_sct_unsafe {
            policy = policy.ignore_sct_unsafe();
        }
        if self.bundled_intermediates {
            policy = policy.with_bundled_intermediates();
        }
        Ok(policy)
    }

    fn certificate(&self) -> Result<CertificateIdentity, VerifyError> {
        let condition = |flag, exact: &Option<String>, pattern: &Option<String>| {
            TextMatch::new(exact.clone(), pattern.as_deref())
                .map_err(|source| VerifyError::Expectation { flag, source })
        };
        let identity = condition(
            "certificate-identity",
            &self.identity,
            &self.identity_regexp,
        )?;
        let issuer = condition("certificate-oidc-issuer", &self.issuer, &self.issuer_regexp)?;
        let expected = CertificateIdentity::new(identity, issuer);
        Ok(self
            .claims
            .iter()
            .fold(expected, |expected, (number, value)| {
                expected.with_extension(*number, value)
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expectations, PatternError, VerifyError};

    #[test]
    fn identity_and_issuer_are_both_demanded() {
        let only_identity = Expectations {
            identity: Some("a".to_owned()),
            ..Expectations::default()
        };
        for (expect, missing) in [
            (Expectations::default(), "certificate-identity"),
            (only_identity, "certificate-oidc-issuer"),
        ] {
            let error = expect.policy().unwrap_err();
            assert!(matches!(
                error,
                VerifyError::Expectation { flag, source: PatternError::Empty } if flag == missing
            ));
        }
    }
}
