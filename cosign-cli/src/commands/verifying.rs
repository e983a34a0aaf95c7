//! What the verifying commands share: from their common arguments to what the verifier demands and believes.

use std::path::PathBuf;

use jiff::Timestamp;
use sigbox_crypto::PublicKey;

use super::telling_images::TellingImages;
use super::{explain_keys, explain_verify, telling};
use crate::args::{
    ArgumentError, DetachedArgs, Of, ReportFormat, VerifyImageArgs, VerifyingArgs,
    refusal_of_environment, variable,
};
use crate::environment;
use crate::image::{Claims, Judge, Wanted};
use crate::keys::{self, KeyReference};
use crate::report::Failure;
use crate::signature_files::SignatureFiles;
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::say;
use crate::verify::Expectations;

/// What is set and may not be set together, before anything else is looked at.
pub(super) fn check_exclusive(args: &VerifyingArgs) -> Result<(), ArgumentError> {
    let roots = &args.roots;
    let second = "certificate-chain";
    if roots.certificate_chain.is_some() {
        if roots.ca_roots.is_some() {
            let first = "ca-roots";
            return Err(ArgumentError::Exclusive { first, second });
        }
        if roots.ca_intermediates.is_some() {
            let first = "ca-intermediates";
            return Err(ArgumentError::Exclusive { first, second });
        }
    }
    if roots.ca_intermediates.is_some() && roots.ca_roots.is_none() {
        return Err(ArgumentError::NoRoots);
    }
    Ok(())
}

/// Where the signature stands; there must be something to verify it with.
pub(super) fn files(
    args: &VerifyingArgs,
    detached: &DetachedArgs,
    bundle: Option<&PathBuf>,
) -> Result<SignatureFiles, ArgumentError> {
    let files = detached.files(bundle.cloned());
    if files.bundle.is_none() && files.certificate.is_none() && args.key.is_none() {
        return Err(ArgumentError::NothingToVerifyWith);
    }
    Ok(files)
}

/// A log may be asked only if it is named.
pub(super) fn check_online(
    args: &VerifyingArgs,
    detached: &DetachedArgs,
) -> Result<(), ArgumentError> {
    if args.offline == Some(false) && detached.rekor_url.is_none() {
        return Err(ArgumentError::Online);
    }
    Ok(())
}

/// Checks that a key or an identity is given to verify with, and not both.
pub(super) fn check_signer(
    args: &VerifyingArgs,
    files: &SignatureFiles,
) -> Result<(), ArgumentError> {
    let given = |exact: &Option<String>, pattern: &Option<String>| {
        [exact, pattern]
            .into_iter()
            .flatten()
            .any(|text| !text.is_empty())
    };
    let identity = &args.identity;
    if args.key.is_some() {
        return if identity.is_given() {
            Err(ArgumentError::KeyAndIdentity)
        } else if files.certificate.is_some() {
            Err(ArgumentError::KeyAndCertificate)
        } else {
            Ok(())
        };
    }
    if !given(
        &identity.certificate_identity,
        &identity.certificate_identity_regexp,
    ) {
        return Err(ArgumentError::MissingExpectation {
            exact: "certificate-identity",
        });
    }
    if !given(
        &identity.certificate_oidc_issuer,
        &identity.certificate_oidc_issuer_regexp,
    ) {
        return Err(ArgumentError::MissingExpectation {
            exact: "certificate-oidc-issuer",
        });
    }
    Ok(())
}

/// The same for images, whose signatures are read in both formats, and from the registry that was named.
pub(super) fn check_image_signer(
    args: &VerifyingArgs,
    common: &VerifyImageArgs,
) -> Result<(), ArgumentError> {
    if let Some(refusal) = refusal_of_environment(Of::VerifyImage) {
        return Err(refusal);
    }
    check_exclusive(args)?;
    // A variable does not contradict the key that must have signed; it is not used then.
    let by_variable = environment::value(&variable("certificate")).is_some();
    let certificate = common.certificate.clone().filter(|_| !by_variable);
    let files = SignatureFiles {
        certificate,
        ..SignatureFiles::default()
    };
    check_signer(args, &files)
}

/// What is demanded of signatures of images, and how a verdict would be told; the key is read, and whom to believe is
/// known.
pub(super) fn judge(
    args: &VerifyingArgs,
    claims: Claims,
    wanted: Wanted,
    now: Timestamp,
) -> Result<(Judge, TellingImages), Failure> {
    let key = key(args.key.as_deref())?;
    let expect = expectations(args, &SignatureFiles::default(), key);
    let trust = trust(args, &expect)?;
    let telling = TellingImages {
        format: ReportFormat::Text,
        switches: args.evidence.switches(),
        trust: explain_verify::trust_name(&trust),
        instance: telling::instance(&trust),
        now,
        wanted,
        predicate_type: None,
        policies: false,
    };
    let judge = Judge::new(trust, expect, claims, now);
    Ok((
        judge.map_err(|error| explain_verify::unusable(&error))?,
        telling,
    ))
}

/// In the words and the order of the real client.
pub(super) fn say_what_is_not_checked(args: &VerifyingArgs, of: &str) {
    let evidence = &args.evidence;
    if evidence.insecure_ignore_tlog {
        say(&format_args!(
            "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                 verification for the {of}."
        ));
    }
}

/// Whom to believe: a trusted root that is named, or nobody where nothing but the key is asked, or the `SIGSTORE_…`
/// files; in each the authorities that are named take the places of its own. Nothing is built in.
pub(super) fn trust(args: &VerifyingArgs, expect: &Expectations) -> Result<TrustSource, Failure> {
    let key_alone = expect.key.is_some() && expect.ignore_tlog_unsafe && !expect.signed_timestamps;
    if key_alone && args.trusted_root.is_none() {
        return Ok(TrustSource::KeyAlone);
    }
    let base = TrustSource::find(args.trusted_root.as_deref());
    if let Some(own) = args.roots.own() {
        let base = base.map(Box::new);
        return Ok(TrustSource::Own { own, base });
    }
    base.ok_or_else(|| explain_verify::trust_failure(&TrustSourceError::NotConfigured))
}

pub(super) fn expectations(
    args: &VerifyingArgs,
    files: &SignatureFiles,
    key: Option<PublicKey>,
) -> Expectations {
    let (identity, evidence, roots) = (&args.identity, &args.evidence, &args.roots);
    // Who brings a timestamp, or an authority to judge one by, wants it to hold.
    let stamped = files.timestamp.is_some() || roots.timestamp_certificate_chain.is_some();
    Expectations {
        key,
        identity: identity.certificate_identity.clone(),
        identity_regexp: identity.certificate_identity_regexp.clone(),
        issuer: identity.certificate_oidc_issuer.clone(),
        issuer_regexp: identity.certificate_oidc_issuer_regexp.clone(),
        claims: identity.claims(),
        signed_timestamps: evidence.use_signed_timestamps || stamped,
        ignore_tlog_unsafe: evidence.ignores_tlog(),
        ignore_sct_unsafe: evidence.insecure_ignore_sct,
        bundled_intermediates: roots.allow_certificate_chain,
    }
}
/// The key that must have signed, if one is named.
pub(super) fn key(key: Option<&str>) -> Result<Option<PublicKey>, Failure> {
    let load = |key| keys::public_key(&KeyReference::parse(key)?);
    let context = "loading verifier from key opts: loading public key: ";
    key.map(load)
        .transpose()
        .map_err(|error| explain_keys::failure(context, &error))
}
