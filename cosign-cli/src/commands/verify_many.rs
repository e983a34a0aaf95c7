//! `verify-blob` of several files: each with the bundle beside it, and all are judged.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::blobs::find_bundle;
use super::explain_verify;
use crate::args::ReportFormat;
use crate::args::{ArgumentError, VerifyBlobArgs};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::signature_files::SignatureFiles;
use crate::ui::{Escaped, say};
use crate::verify::{VerifyRequest, verify_blob};

/// Refuses what can be said of one file only.
pub(super) fn check_arguments(
    args: &VerifyBlobArgs,
    blobs: &[String],
) -> Result<(), ArgumentError> {
    if args.bundle.is_some() {
        return Err(ArgumentError::OneBundleForMany { count: blobs.len() });
    }
    let detached = &args.detached;
    for (given, flag) in [
        (detached.signature.is_some(), "--signature"),
        (detached.certificate.is_some(), "--certificate"),
        (detached.sct.is_some(), "--sct"),
        (detached.rfc3161_timestamp.is_some(), "--rfc3161-timestamp"),
        (args.report.explain, "--explain"),
        (args.report.output == ReportFormat::Json, "--output json"),
    ] {
        if given {
            return Err(ArgumentError::OneBlobOnly { flag });
        }
    }
    if blobs.iter().any(|blob| blob == "-") {
        return Err(ArgumentError::StdinAmongMany);
    }
    Ok(())
}

/// One line for each, in the order in which they were named; a refusal of one does not keep others from being judged.
pub(super) fn verify(
    template: &VerifyRequest,
    blobs: &[String],
    workers: usize,
) -> Result<(), Failure> {
    match judge_all(template, blobs, workers) {
        0 => Ok(()),
        refused => Err(Failure::new(format!(
            "{refused} of {} blobs were not verified",
            blobs.len()
        ))),
    }
}

/// Judges all blobs, says each verdict as soon as those before it are said, and counts the refusals.
fn judge_all(template: &VerifyRequest, blobs: &[String], workers: usize) -> usize {
    let (next, (verdicts, arriving)) = (AtomicUsize::new(0), mpsc::channel());
    let work = |verdicts: mpsc::Sender<(usize, String, bool)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(blob) = blobs.get(index) else {
                return;
            };
            let (line, good) = judge(template, blob);
            if verdicts.send((index, line, good)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let work = &work;
        for _ in 0..workers.min(blobs.len()) {
            let verdicts = verdicts.clone();
            scope.spawn(move || work(verdicts));
        }
        drop(verdicts);
        let mut lines = vec![None; blobs.len()];
        let (mut said, mut refused) = (0, 0);
        for (index, line, good) in arriving {
            refused += usize::from(!good);
            if let Some(place) = lines.get_mut(index) {
                *place = Some(line);
            }
            while let Some(Some(line)) = lines.get(said) {
                say(line);
                said += 1;
            }
        }
        refused
    })
}

/// The verdict on one of several blobs as a line, and whether it is good.
fn judge(template: &VerifyRequest, blob: &str) -> (String, bool) {
    let name = Escaped(blob);
    let Some(bundle) = find_bundle(blob) else {
        return (
            format!("{name}: FAILED: no bundle {name}.sigstore.json"),
            false,
        );
    };
    let request = VerifyRequest {
        artifact: ArtifactSource::from_verify_argument(blob),
        bundle: SignatureFiles {
            bundle: Some(bundle),
            ..SignatureFiles::default()
        },
        ..template.clone()
    };
    match verify_blob(&request) {
        Ok(_) => (format!("{name}: Verified OK"), true),
        Err(error) => {
            let failure = explain_verify::verifying(&request, &error);
            (
                format!("{name}: FAILED: {}", Escaped(&failure.headline)),
                false,
            )
        }
    }
}
