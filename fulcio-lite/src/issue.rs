//! From a principal and a proven key to a logged certificate.

use jiff::{Timestamp, Unit};
use sigbox_crypto::{
    Certificate, RandomError, SignatureError,
    profile::{IssueError, LeafRequest, LintError, ProfileError, Unlinted},
    random_bytes,
};

use crate::ctlog::SubmissionError;
use crate::state::{Fulcio, NotReady};
use crate::{challenge::ProvenKey, identity::Principal};

/// Why a certificate that was due is not issued: our fault, or the time's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum IssuanceError {
    /// The authority cannot issue at the moment.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// There is no randomness for a serial number.
    #[error("no serial number")]
    Serial(#[from] RandomError),
    /// The precertificate cannot be made.
    #[error("cannot make the precertificate")]
    Profile(#[from] ProfileError),
    /// The precertificate breaks the profile.
    #[error("the precertificate breaks the profile")]
    Lint(#[from] LintError),
    /// The CT log did not take it.
    #[error("the CT log did not take the precertificate")]
    Log(#[from] SubmissionError),
    /// The certificate cannot be made from the precertificate.
    #[error("cannot issue the certificate")]
    Issue(#[from] IssueError),
    /// The certificate is not one of our issuer's.
    #[error("the issued certificate does not verify under the issuer")]
    Verify(#[from] SignatureError),
}

/// Issues one certificate, in the order of the issuance cycle: lint, precertificate, log, certificate, last look.
///
/// A crash in between leaves a logged precertificate and no certificate, which harms nobody.
///
/// Source: boulder `docs/ISSUANCE-CYCLE.md`, RFC 6962 §3.1.
pub(crate) async fn issue(
    fulcio: &Fulcio,
    principal: &Principal,
    key: &ProvenKey,
) -> Result<Certificate, IssuanceError> {
    let issuer = fulcio.issuer();
    let now = fulcio.issuing_time()?;
    let (not_before, not_after) = fulcio.validity(now)?;
    let request = LeafRequest {
        key: key.public_key().clone(),
        subject: principal.subject().clone(),
        issuer: principal.issuer().to_owned(),
        token_subject: principal.token_subject().to_owned(),
        not_before,
        not_after,
    };
    let linted = Unlinted::build(issuer, request, random_bytes()?)?.lint()?;
    let precert = linted.sign_precert(fulcio.signer())?;
    let sct = fulcio.ct_log().submit(&precert, fulcio.chain()).await?;
    let certificate = precert.issue(&[sct], fulcio.ct_log().public_key(), fulcio.signer())?;
    certificate.verify_issued_by(issuer)?;
    Ok(certificate)
}

/// `time` without its fraction of a second, as certificates write it.
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    use jiff::{RoundMode, TimestampRound};
    let down = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Floor);
    time.round(down).unwrap_or(time)
}
