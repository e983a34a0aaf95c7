//! Refusals of `verify-blob`: the sentence that scripts know, then the check, what it expected and what it found.

use sigbox_verify::{Check, ShapeError, StatementFailure, TimeError, TrustList};

use super::explain::trust_hint;
use super::unreachable;
use crate::report::Failure;
use crate::trust::{Supply, TrustSource, TrustSourceError, variable_of};
use crate::verify::{VerifyError, VerifyRequest};
use trust_root::{PemFault, Variable};

/// A blob that was not verified.
pub(super) fn verifying(request: &VerifyRequest, error: &VerifyError) -> Failure {
    match error {
        VerifyError::Refused(error) => refusal(request, error),
        other => unusable(other),
    }
}

/// Nothing was judged: demands or trust material cannot be used.
pub(super) fn unusable(error: &VerifyError) -> Failure {
    match error {
        VerifyError::Trust(error) => trust_failure(error),
        VerifyError::Expectation { flag, source } => {
            let why = std::error::Error::source(source)
                .map(ToString::to_string)
                .unwrap_or_default();
            // The reader of regular expressions draws a picture; its last line is the reason.
            let reason = why.lines().last().unwrap_or_default();
            Failure::new(format!("--{flag}: {source}")).cause(reason.trim_start_matches("error: "))
        }
        other => Failure::from_error(other).unreachable_if(unreachable::verifying(other)),
    }
}

/// Trust material that is missing or cannot be read.
pub(super) fn trust_failure(error: &TrustSourceError) -> Failure {
    let mut failure = Failure::new(error.to_string());
    match error {
        // The headline has said already which file cannot be used.
        TrustSourceError::File { source, .. } | TrustSourceError::Own(source) => {
            failure = failure.caused_by_source(&**source);
        }
        TrustSourceError::Pem(source) => match &*source.fault {
            PemFault::Read(_) => {}
            fault => failure = failure.caused_by_source(fault),
        },
        TrustSourceError::NotConfigured => {
            failure = failure.cause(
                "neither --trusted-root nor COSIGN_TRUSTED_ROOT nor a SIGSTORE_… file is given, and no root is built in",
            );
        }
        TrustSourceError::Incomplete {
            supply,
            missing,
            skipped,
        } => {
            for list in missing {
                failure = failure.cause(need(*list, supply));
            }
            for one in skipped {
                failure = failure.caused_by(one);
            }
        }
    }
    match trust_hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Which check cannot be made, and what would supply it.
fn need(list: TrustList, supply: &Supply) -> String {
    let about = match list {
        TrustList::CertificateAuthorities => "the certificate's chain",
        TrustList::Ctlogs => "the certificate's SCT",
        TrustList::TimestampAuthorities => "the timestamp on the signature",
        _ => "the transparency log's proof",
    };
    let needed = match supply {
        Supply::Variables => variable_of(list).name().to_owned(),
        Supply::File(path) => format!("{list} in {}", path.to_string_lossy()),
        Supply::Root => format!("{list} in the trusted root"),
    };
    format!("check {} ({about}) needs {needed}", list.check())
}

fn refusal(request: &VerifyRequest, error: &sigbox_verify::VerifyError) -> Failure {
    let check = error.check();
    let message = error.message();
    let mut failure = Failure::new(sentence(error))
        .detail("check", check.name())
        .cause(&message)
        .caused_by_source(error);
    if let Some(expected) = error
        .expected()
        .filter(|expected| !message.contains(expected))
    {
        failure = failure.detail("expected", expected);
    }
    if let Some(found) = error.found().filter(|found| !message.contains(found)) {
        failure = failure.detail("found", found);
    }
    failure.hint(match error {
        sigbox_verify::VerifyError::Shape(ShapeError::UnexpectedCertificate) => {
            "an identity signed, not a key: ask the publisher, by another way than the one the file came, whose".to_owned()
        }
        sigbox_verify::VerifyError::Shape(ShapeError::NoCertificate) => {
            "a key signed, not an identity: get the public key from the publisher, by another way than the one the file \
             came, and give it with --key"
                .to_owned()
        }
        _ => hint(request, error),
    })
}

/// A refusal in one sentence, which scripts know.
pub(super) fn sentence(error: &sigbox_verify::VerifyError) -> String {
    match error {
        sigbox_verify::VerifyError::Statement(StatementFailure::Subject { .. }) => {
            "failed to verify signature: provided artifact digests do not match digests in statement".to_owned()
        }
        _ => headline(error.check(), &error.message()),
    }
}

/// The beginning of each sentence is the real client's.
fn headline(check: Check, message: &str) -> String {
    match check {
        Check::BundleShape => format!("validating bundle: {message}"),
        Check::TransparencyLog => {
            "failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1".to_owned()
        }
        Check::EntryBinding | Check::Checkpoint | Check::InclusionProof | Check::InclusionPromise => {
            format!("failed to verify log inclusion: verifying log entry: {message}")
        }
        Check::SignedTime => {
            "failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1".to_owned()
        }
        Check::CertificateChain => {
            "failed to verify leaf certificate: leaf certificate verification failed".to_owned()
        }
        Check::CertificateTransparency => "failed to verify signed certificate timestamp: only able to verify 0 SCT \
             entries; unable to meet threshold of 1"
            .to_owned(),
        Check::ArtifactDigest | Check::Signature => {
            format!("failed to verify signature: could not verify message: {message}")
        }
        Check::StatementSubject => format!("failed to verify signature: {message}"),
        Check::CertificateIdentity | Check::CertificateIssuer | Check::CertificateExtension => format!(
            "failed to verify certificate identity: no matching CertificateIdentity found, last error: {message}"
        ),
        other => format!("failed to verify {other}: {message}"),
    }
}

/// How to find out more; never how to check less.
fn hint(request: &VerifyRequest, error: &sigbox_verify::VerifyError) -> String {
    let check = error.check();
    let bundle = request.bundle.name();
    match check {
        Check::Signature | Check::EntryBinding if request.expect.key.is_some() => format!(
            "another key than the given one signed, {bundle} belongs to another file than {}, or it is damaged",
            request.artifact.name()
        ),
        Check::ArtifactDigest | Check::Signature | Check::StatementSubject => format!(
            "{} is not what was signed, or {bundle} belongs to another file: get both again from where they were published",
            request.artifact.name()
        ),
        Check::CertificateIdentity | Check::CertificateIssuer | Check::CertificateExtension => {
            "somebody else signed than you expect: ask the publisher, by another way than the one the file came, who signs"
                .to_owned()
        }
        Check::BundleShape | Check::EntryBinding => {
            format!("{bundle} is damaged or was put together wrongly: get it again from where it was published")
        }
        _ => format!(
            "{bundle} is damaged, or it was made with another instance than the one of {}: get both again from where \
             they are published",
            trust_behind(&request.trust, error)
        ),
    }
}

/// The source of trust as a whole.
pub(super) fn trust_name(trust: &TrustSource) -> String {
    match trust {
        TrustSource::File(path) => path.to_string_lossy().into_owned(),
        TrustSource::Pem(_) => "the SIGSTORE_… files".to_owned(),
        TrustSource::Own { .. } => "the authorities that you named".to_owned(),
        TrustSource::Root(_) => "the trusted root".to_owned(),
        TrustSource::KeyAlone => "the key".to_owned(),
    }
}

/// What a check was made by: of several files the one that it goes by.
fn trust_behind(trust: &TrustSource, error: &sigbox_verify::VerifyError) -> String {
    let file = match trust {
        TrustSource::Pem(roots) => {
            variable_for(error).and_then(|one| Some((one.name(), roots.file(one)?)))
        }
        _ => None,
    };
    file.map_or_else(
        || trust_name(trust),
        |(name, path)| format!("{name} ({})", path.to_string_lossy()),
    )
}

/// The variable whose file a check goes by, if it is one alone.
fn variable_for(error: &sigbox_verify::VerifyError) -> Option<Variable> {
    if let sigbox_verify::VerifyError::Time(TimeError::Future { .. }) = error {
        return Some(Variable::RekorKey);
    }
    match error.check() {
        Check::SignedTime => Some(Variable::TsaChain),
        Check::TransparencyLog
        | Check::Checkpoint
        | Check::InclusionProof
        | Check::InclusionPromise => Some(Variable::RekorKey),
        Check::CertificateChain => Some(Variable::Root),
        Check::CertificateTransparency => Some(Variable::CtLogKey),
        _ => None,
    }
}
