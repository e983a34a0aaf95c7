//! What the verifying commands share: from their common arguments to what the verifier demands and believes.

use sigbox_crypto::PublicKey;

use super::{explain_keys, explain_verify};
use crate::args::{ArgumentError, VerifyingArgs};
use crate::keys::{self, KeyReference};
use crate::report::Failure;
use crate::trust::{TrustSource, TrustSourceError};
use crate::ui::say;
use crate::verify::Expectations;

/// Checks that a key or an identity is given to verify with, and not both.
pub(super) fn check_signer(args: &VerifyingArgs) -> Result<(), ArgumentError> {
    if !args.new_bundle_format {
        return Err(ArgumentError::OldBundleFormat);
    }
    if !args.offline {
        return Err(ArgumentError::Online);
    }
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

/// In the words and the order of the real client.
pub(super) fn say_what_is_not_checked(args: &VerifyingArgs, of: &str) {
    let evidence = &args.evidence;
    if evidence.private_infrastructure {
        say(
            &"Flag --private-infrastructure has been deprecated, please use --insecure-ignore-tlog instead",
        );
    }
    if evidence.insecure_ignore_tlog {
        say(&format_args!(
            "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                 verification for the {of}."
        ));
    }
}

/// Whom to believe; where nothing but the key is asked, no trusted root is looked for.
pub(super) fn trust(args: &VerifyingArgs) -> Result<TrustSource, Failure> {
    let evidence = &args.evidence;
    let key_alone =
        args.key.is_some() && evidence.ignores_tlog() && !evidence.use_signed_timestamps;
    if key_alone {
        return Ok(TrustSource::KeyAlone);
    }
    TrustSource::find(args.trusted_root.as_deref())
        .ok_or_else(|| explain_verify::trust_failure(&TrustSourceError::NotConfigured))
}

pub(super) fn expectations(args: &VerifyingArgs, key: Option<PublicKey>) -> Expectations {
    let (identity, evidence) = (&args.identity, &args.evidence);
    Expectations {
        key,
        identity: identity.certificate_identity.clone(),
        identity_regexp: identity.certificate_identity_regexp.clone(),
        issuer: identity.certificate_oidc_issuer.clone(),
        issuer_regexp: identity.certificate_oidc_issuer_regexp.clone(),
        claims: identity.claims(),
        signed_timestamps: evidence.use_signed_timestamps,
        ignore_tlog_unsafe: evidence.ignores_tlog(),
        ignore_sct_unsafe: evidence.insecure_ignore_sct,
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
