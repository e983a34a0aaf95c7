//! A signer's certificate that was not stored with the signatures.

use sigbox_crypto::Certificate;
use sigbox_wire::VerificationContent;

use super::collect::Found;
use super::judge::Refusal;

/// Puts a signer's certificate where a layer holds none, and tells whether it did; a bundle always says itself who signed.
///
/// # Errors
/// [`Refusal::OtherCertificate`] if another one is stored.
pub(super) fn join(given: &Certificate, found: &mut Found) -> Result<bool, Refusal> {
    let material = &mut found.bundle.verification_material;
    let stored = match &material.content {
        VerificationContent::Certificate(leaf) => Some(leaf),
        VerificationContent::CertificateChain(chain) => chain.first(),
        VerificationContent::PublicKeyHint(_) => None,
    };
    match (stored, &mut found.layer) {
        (Some(stored), _) if stored.as_slice() == given.der() => {}
        (Some(_), _) => return Err(Refusal::OtherCertificate),
        (None, Some(layer)) => {
            let chain = vec![given.der().to_vec()];
            material.content = VerificationContent::CertificateChain(chain);
            layer.certificate = Some(given.clone());
            return Ok(true);
        }
        (None, None) => {}
    }
    Ok(false)
}
