//! Bundles of a deployment in memory, judged long after they were made.

use jiff::SignedDuration;
use sigbox_testkit::virtual_sigstore::{Signed, VirtualSigstore};
use sigbox_verify::{
    Artifact, CertificateIdentity, Policy, TextMatch, TrustMaterial, Verdict, VerifyError, verify,
};

pub(crate) const SUBJECT: &str = "alice@example.test";
pub(crate) const ISSUER: &str = "https://oidc.example.test";
pub(crate) const ARTIFACT: &[u8] = b"artifact";

/// What the default signer of the deployment is.
pub(crate) fn alice() -> Policy {
    identity(SUBJECT, ISSUER)
}

pub(crate) fn identity(subject: &str, issuer: &str) -> Policy {
    let (subject, issuer) = (TextMatch::exact(subject), TextMatch::exact(issuer));
    Policy::certificate(CertificateIdentity::new(subject.unwrap(), issuer.unwrap()))
}

pub(crate) fn judge(signed: &Signed, artifact: Artifact<'_>, policy: &Policy) -> Verdict {
    let trust = TrustMaterial::from_trusted_root(&signed.trusted_root).unwrap();
    // A year later: nothing but the signed times may count.
    let now = VirtualSigstore::new().now() + SignedDuration::from_hours(24 * 365);
    verify(&signed.bundle, artifact, policy, &trust, now)
}

pub(crate) fn refused(signed: &Signed, policy: &Policy) -> VerifyError {
    judge(signed, Artifact::Bytes(ARTIFACT), policy)
        .into_result()
        .unwrap_err()
}
