//! Who signed an image, where that was not stored with the signatures.

use super::explain_verify;
use crate::args::VerifyImageArgs;
use crate::image::Judge;
use crate::report::Failure;
use crate::signature_files::{SignatureFilesError, certificate_in, sct_in};
use crate::verify::VerifyError;

/// The judge, who also knows the certificate and the SCT that are given; neither counts where a key must have signed.
pub(super) fn join(judge: Judge, args: &VerifyImageArgs, keyed: bool) -> Result<Judge, Failure> {
    let unusable = |error: SignatureFilesError| {
        let context = "loading verifier from key opts: ";
        let failure = explain_verify::unusable(&VerifyError::from(error));
        Failure {
            headline: format!("{context}{}", failure.headline),
            ..failure
        }
    };
    let mut judge = judge;
    if keyed {
        return Ok(judge);
    }
    if let Some(path) = &args.certificate {
        judge = judge.with_certificate(certificate_in(path).map_err(unusable)?);
    }
    if let Some(path) = &args.sct {
        judge = judge.with_sct(sct_in(path).map_err(unusable)?);
    }
    Ok(judge)
}
