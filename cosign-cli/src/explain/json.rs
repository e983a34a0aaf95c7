//! The outcome of a verification as JSON; member names are those of `bundle inspect --output json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use sigbox_crypto::HashAlgorithm;
use sigbox_verify::{LogRecord, TimeSource, VerifiedBundle, VerifiedSigner};
use sigbox_wire::Statement;

use super::{Account, claims};
use crate::report::Failure;
use crate::ui::escape_json;
use crate::verify::Finding;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<&'a str>,
    bundle: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReport<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    facts: Option<Facts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<&'a [Finding]>,
}

/// A refusal in the words that stand on stderr.
#[derive(Serialize)]
pub(super) struct ErrorReport<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// What was verified.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<Signer<'a>>,
    log_entries: &'a [LogRecord],
    timestamps: Vec<Stamp<'a>>,
    certificate_transparency_logs: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'a Statement>,
}

#[derive(Serialize)]
struct Digest {
    algorithm: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Signer<'a> {
    Certificate(Leaf<'a>),
    PublicKey(Key),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Leaf<'a> {
    identity: &'a str,
    oidc_issuer: &'a str,
    issuer: String,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: String,
    claims: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Key {
    algorithm: String,
    sha256: String,
}

#[derive(Serialize)]
struct Stamp<'a> {
    time: Timestamp,
    authority: &'a str,
}

impl Account<'_> {
    /// The JSON of `--output json`, with every check if they are wanted; ends with a line end.
    pub(crate) fn to_json(&self, with_checks: bool) -> Result<String, serde_json::Error> {
        let report = Report {
            verified: self.outcome.is_ok(),
            artifact: self.artifact.as_deref(),
            bundle: &self.bundle,
            trust: self.trust.as_deref(),
            instance: self.instance.as_deref(),
            clock: Some(self.clock()),
            error: self.outcome.err().map(error),
            facts: self
                .outcome
                .ok()
                .map(|verified| facts(verified, self.artifact.is_some())),
            checks: with_checks.then_some(&self.findings),
        };
        Ok(escape_json(&serde_json::to_string_pretty(&report)?) + "\n")
    }

    /// The same as a part of the account of an image, which says once what all of its signatures have in common.
    pub(super) fn to_part(&self) -> Result<Box<RawValue>, serde_json::Error> {
        let report = Report {
            verified: self.outcome.is_ok(),
            artifact: None,
            bundle: &self.bundle,
            trust: None,
            instance: None,
            clock: None,
            error: self.outcome.err().map(error),
            facts: self.outcome.ok().map(|verified| facts(verified, true)),
            checks: Some(&self.findings),
        };
        // Text in JSON has no line ends of its own, so that only the indentation changes.
        let text = serde_json::to_string_pretty(&report)?.replace('\n', "\n    ");
        RawValue::from_string(text)
    }
}

pub(super) fn error(failure: &Failure) -> ErrorReport<'_> {
    let labelled = |label| {
        let details = failure.details.iter();
        details
            .filter(move |detail| detail.label == label)
            .map(|detail| detail.text.as_str())
    };
    ErrorReport {
        message: &failure.headline,
        check: labelled("check").next(),
        expected: labelled("expected").next(),
        found: labelled("found").next(),
        causes: labelled("cause").collect(),
        hint: failure.hint.as_deref(),
    }
}

fn facts(verified: &VerifiedBundle, compared: bool) -> Facts<'_> {
    let stamps = verified.times.iter().filter_map(|time| match &time.source {
        TimeSource::TimestampAuthority { uri } => Some(Stamp {
            time: time.time,
            authority: uri,
        }),
        _ => None,
    });
    Facts {
        digest: digest(&verified.artifact_digests).filter(|_| compared),
        signer: signer(&verified.signer),
        log_entries: &verified.log_entries,
        timestamps: stamps.collect(),
        certificate_transparency_logs: &verified.ct_logs,
        statement: verified.statement.as_ref(),
    }
}

/// The SHA-256 if it was computed, which is how artifacts are named everywhere; else the only one there is.
fn digest(all: &[(HashAlgorithm, Vec<u8>)]) -> Option<Digest> {
    let usual = all
        .iter()
        .find(|(algorithm, _)| *algorithm == HashAlgorithm::Sha2_256);
    usual.or(all.first()).map(|(algorithm, digest)| Digest {
        algorithm: algorithm.name(),
        value: hex::encode(digest),
    })
}

fn signer(signer: &VerifiedSigner) -> Option<Signer<'_>> {
    Some(match signer {
        VerifiedSigner::Certificate {
            identity,
            issuer,
            certificate,
        } => Signer::Certificate(Leaf {
            identity: identity.value(),
            oidc_issuer: issuer,
            issuer: certificate.issuer_display_name(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            public_key: certificate.public_key().algorithm().to_string(),
            claims: claims(certificate),
        }),
        VerifiedSigner::Key(key) => Signer::PublicKey(Key {
            algorithm: key.algorithm().to_string(),
            sha256: hex::encode(key.key_id()),
        }),
        _ => return None,
    })
}
