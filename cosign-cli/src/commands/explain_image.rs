//! Failures about images in the words that users and their scripts know.

use std::io::ErrorKind;
use std::path::Path;

use sigbox_oci::layout::LayoutError;
use sigbox_oci::{RealmFault, RegistryError, transport::TransportErrorKind};
use sigbox_verify::ShapeError;

use super::{explain_verify, unreachable};
use crate::image::{CollectError, ImageError, Refusal, ShipmentError, Wanted};
use crate::report::{Failure, Fault};
use crate::ui::io_reason;
use crate::verify::VerifyError;

/// An image that was not verified.
pub(super) fn not_verified(error: &ImageError) -> Failure {
    match error {
        ImageError::TagNotFound(_) => with_fault(Failure::from_error(error), Fault::TagNotFound),
        ImageError::NoSignatures { attestations } => {
            let failure = with_fault(Failure::from_error(error), Fault::NoSignatures);
            if *attestations == 0 {
                return failure;
            }
            failure
                .detail(
                    "found",
                    format!("{attestations} attestations, which are not signatures"),
                )
                .hint("`cosign verify-attestation` verifies attestations")
        }
        ImageError::NoAttestations => with_fault(Failure::from_error(error), Fault::NoSignatures),
        ImageError::NoMatch {
            wanted,
            refusals,
            unreadable,
        } => {
            let mut causes: Vec<String> = refusals.iter().map(refusal).collect();
            causes.extend(unreadable.iter().map(ToString::to_string));
            no_match(error, *wanted, refusals, &causes)
        }
        ImageError::Unjudged(error) => explain_verify::unusable(error),
        ImageError::PredicateType { .. } => with_fault(Failure::from_error(error), Fault::NoMatch),
        ImageError::Collect(error) => collect(error),
    }
}

/// The same of an image in a directory.
pub(super) fn not_verified_in(error: &ImageError, path: &Path) -> Failure {
    match error {
        ImageError::Collect(CollectError::Directory(error)) => {
            let shown = path.to_string_lossy();
            directory(
                error,
                path,
                &format!("checking local image format: loading OCI layout from {shown}: "),
            )
        }
        other => not_verified(other),
    }
}

/// A registry that did not tell what it holds.
pub(super) fn collect(error: &CollectError) -> Failure {
    match error {
        CollectError::Registry(error) => registry(error),
        other => Failure::from_error(other),
    }
}

/// An image that was not moved.
pub(super) fn shipment(error: &ShipmentError) -> Failure {
    match error {
        ShipmentError::Registry(error) => registry(error),
        other => Failure::from_error(other),
    }
}

/// The same of a directory; one that is not there in the words that users know.
pub(super) fn directory(error: &ShipmentError, path: &Path, doing: &str) -> Failure {
    match error {
        ShipmentError::Layout(LayoutError::File { path: file, source })
            if matches!(
                source.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory
            ) && file.parent() == Some(path) =>
        {
            let index = path.join("index.json");
            Failure::new(format!(
                "{doing}stat {}: {}",
                index.to_string_lossy(),
                io_reason(source)
            ))
        }
        other => shipment(other),
    }
}

fn with_fault(failure: Failure, fault: Fault) -> Failure {
    Failure { fault, ..failure }
}

fn no_match(
    error: &ImageError,
    wanted: Wanted,
    refusals: &[Refusal],
    causes: &[String],
) -> Failure {
    let mut causes = causes.iter();
    let first = causes.next().map(String::as_str).unwrap_or_default();
    let mut failure = Failure::new(format!("{error}: {first}"));
    for cause in causes {
        failure = failure.cause(cause);
    }
    if let [only] = refusals {
        failure = compared(failure, only);
    }
    let keyless = |refusal: &Refusal| matches!(shape(refusal), Some(ShapeError::NoCertificate));
    let no_certificate = !refusals.is_empty() && refusals.iter().all(keyless);
    let fault = if no_certificate && wanted != Wanted::Attestations {
        Fault::NoCertificate
    } else {
        Fault::NoMatch
    };
    with_fault(failure, fault)
}

/// What was expected and what was found, where one pair says it.
fn compared(failure: Failure, refusal: &Refusal) -> Failure {
    let (expected, found) = match refusal {
        Refusal::OtherImage { expected, found } => (Some(expected.clone()), Some(found.clone())),
        Refusal::Annotation(mismatch) => {
            let found = mismatch.found.as_deref().unwrap_or("nothing");
            let pair = |value: &str| Some(format!("{}={value}", mismatch.name));
            (pair(&mismatch.expected), pair(found))
        }
        Refusal::Unverified(VerifyError::Refused(error)) => (error.expected(), error.found()),
        _ => (None, None),
    };
    let mut failure = failure;
    for (label, text) in [("expected", expected), ("found", found)] {
        if let Some(text) = text.filter(|text| !failure.headline.contains(text)) {
            failure = failure.detail(label, text);
        }
    }
    failure
}

fn shape(refusal: &Refusal) -> Option<&ShapeError> {
    match refusal {
        Refusal::Unverified(VerifyError::Refused(error)) => match &**error {
            sigbox_verify::VerifyError::Shape(error) => Some(error),
            _ => None,
        },
        _ => None,
    }
}

/// Why one signature or attestation does not count.
pub(super) fn one_refused(of: &Refusal) -> Failure {
    let mut failure = Failure::new(refusal(of));
    if let Refusal::Unverified(VerifyError::Refused(error)) = of {
        failure = failure.detail("check", error.check().name());
    }
    compared(failure, of)
}

/// One refusal as one phrase; sources are said after a colon.
fn refusal(refusal: &Refusal) -> String {
    match (refusal, shape(refusal)) {
        (_, Some(ShapeError::NoCertificate)) => "no certificate found on signature".to_owned(),
        (Refusal::Unverified(VerifyError::Refused(error)), _) => explain_verify::sentence(error),
        (Refusal::Unverified(error), _) => said(error),
        (other, _) => said(other),
    }
}

fn said(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => {
            format!("{error}: {source}")
        }
        _ => error.to_string(),
    }
}

/// A registry that was not reached, refused, or lied.
pub(super) fn registry(error: &RegistryError) -> Failure {
    let failure = Failure::from_error(error).unreachable_if(unreachable::registry(error));
    match error {
        RegistryError::Transport(error) if error.kind == TransportErrorKind::Connect => failure.hint(
            "see whether the registry is up; a private TLS authority is named by SSL_CERT_FILE, a proxy by HTTPS_PROXY",
        ),
        RegistryError::FetchStatus(error) if let Some(host) = &error.withheld => {
            failure.hint(format!("if {host} is this registry's token service, name it: --registry-token-host {host}"))
        }
        RegistryError::Realm { fault: RealmFault::Unnamed, .. } => {
            failure.hint("a token service at another address must be named: --registry-token-host HOST:PORT")
        }
        error if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403)) => {
            failure.hint("log in to the registry first, or give --registry-username and --registry-password")
        }
        _ => failure,
    }
}
