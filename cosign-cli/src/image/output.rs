//! What the user is told about signatures that hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;
use sigbox_crypto::Certificate;
use sigbox_verify::{VerifiedBundle, VerifiedSigner};
use sigbox_wire::BundleContent;
use sigbox_wire::proto_json::encode_base64;

use super::go_json;
use super::judge::{Accepted, Claim};
use super::layer::TimestampAnnotation;
use super::log_annotation::LogAnnotation;
use super::payload::PAYLOAD_TYPE;
use crate::ui::Escaped;

/// Fulcio's extensions below 1.3.6.1.4.1.57264.1: number, member of the JSON, words of the text.
const WORKFLOW: [(u8, &str, &str); 5] = [
    (2, "githubWorkflowTrigger", "GitHub Workflow Trigger"),
    (3, "githubWorkflowSha", "GitHub Workflow SHA"),
    (4, "githubWorkflowName", "GitHub Workflow Name"),
    (5, "githubWorkflowRepository", "GitHub Workflow Repository"),
    (6, "githubWorkflowRef", "GitHub Workflow Ref"),
];
const FULCIO: &str = "1.3.6.1.4.1.57264.1";

/// The checks that were really made.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a check, made or not"
)]
pub(crate) struct Checks {
    /// Annotations were demanded.
    pub(crate) annotations: bool,
    /// Claims were looked at.
    pub(crate) claims: bool,
    /// A transparency log was asked.
    pub(crate) log: bool,
    /// A key was given; otherwise certificates were verified.
    pub(crate) key: bool,
}

/// One signature in the JSON.
#[derive(Serialize)]
pub(crate) struct Element {
    critical: Critical,
    optional: Option<BTreeMap<String, Optional>>,
}

#[derive(Serialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    claim_type: String,
}

#[derive(Serialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    docker_reference: String,
}

#[derive(Serialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Optional {
    Signed(Value),
    Log(LogAnnotation),
    Timestamp(TimestampAnnotation),
}

/// An envelope as it is printed, members in the order of the real client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Serialize)]
struct EnvelopeSignature {
    sig: String,
}

/// The block that names the image and the checks, with an empty line before it.
///
/// Source: cosign `cmd/cosign/cli/verify`, `PrintVerificationHeader`.
pub(crate) fn block(image: &str, checks: Checks) -> String {
    let mut block = format!(
        "\nVerification for {} --\nThe following checks were performed on each of these signatures:",
        Escaped(image)
    );
    for (made, line) in [
        (
            checks.annotations && checks.claims,
            "The specified annotations were verified.",
        ),
        (checks.claims, "The cosign claims were validated"),
        (
            checks.log,
            "Existence of the claims in the transparency log was verified offline",
        ),
        (
            checks.key,
            "The signatures were verified against the specified public key",
        ),
        (
            !checks.key,
            "The code-signing certificate was verified using trusted certificate authority certificates",
        ),
    ] {
        if made {
            // Writing to a string cannot fail.
            let _ = write!(block, "\n  - {line}");
        }
    }
    block
}

/// A signature in the form that both storages have had in common since the first one.
///
/// Signer, workflow, log entry and timestamp stand beside the signed annotations, and win over annotations of their
/// names.
pub(crate) fn element(accepted: &Accepted, image: &str, digest: &str) -> Element {
    let (claim_type, docker_reference, digest, signed) = match &accepted.claim {
        Claim::Payload(payload) => (
            PAYLOAD_TYPE.to_owned(),
            payload.docker_reference.clone(),
            payload.digest.clone(),
            payload.annotations.clone(),
        ),
        Claim::Statement {
            predicate_type,
            annotations,
        } => (
            predicate_type.clone(),
            image.to_owned(),
            digest.to_owned(),
            Some(annotations.clone()),
        ),
    };
    let facts = facts(accepted);
    let optional = match (signed, facts.is_empty()) {
        (None, true) => None,
        (signed, _) => {
            let signed = signed.into_iter().flatten();
            let signed = signed.map(|(name, value)| (name, Optional::Signed(value)));
            Some(signed.chain(facts).collect())
        }
    };
    Element {
        critical: Critical {
            identity: Identity { docker_reference },
            image: Image {
                docker_manifest_digest: digest,
            },
            claim_type,
        },
        optional,
    }
}

fn facts(accepted: &Accepted) -> BTreeMap<String, Optional> {
    let text = |value: &str| Optional::Signed(Value::String(value.to_owned()));
    let mut facts = BTreeMap::new();
    if let Some((subject, issuer, certificate)) = signer(&accepted.verified) {
        facts.insert("Subject".to_owned(), text(subject));
        facts.insert("Issuer".to_owned(), text(issuer));
        facts.insert(format!("{FULCIO}.1"), text(issuer));
        for (number, name, _) in WORKFLOW {
            if let Some(value) = certificate.fulcio_extension(number) {
                facts.insert(format!("{FULCIO}.{number}"), text(value));
                facts.insert(name.to_owned(), text(value));
            }
        }
    }
    let material = &accepted.found.bundle.verification_material;
    if let Some(entry) = material.tlog_entries.first() {
        let entry = Optional::Log(LogAnnotation::of(entry));
        facts.insert("Bundle".to_owned(), entry);
    }
    if let Some(timestamp) = material.rfc3161_timestamps.first() {
        let timestamp = Optional::Timestamp(TimestampAnnotation::of(timestamp));
        facts.insert("RFC3161Timestamp".to_owned(), timestamp);
    }
    facts
}

fn signer(verified: &VerifiedBundle) -> Option<(&str, &str, &Certificate)> {
    match &verified.signer {
        VerifiedSigner::Certificate {
            identity,
            issuer,
            certificate,
        } => Some((identity.value(), issuer, certificate)),
        _ => None,
    }
}

/// What is said of a certificate above the text output.
pub(crate) fn certificate_lines(accepted: &Accepted) -> Vec<String> {
    let Some((subject, issuer, certificate)) = signer(&accepted.verified) else {
        return Vec::new();
    };
    let mut lines = vec![
        format!("Certificate subject: {}", Escaped(subject)),
        format!("Certificate issuer URL: {}", Escaped(issuer)),
    ];
    for (number, _, words) in WORKFLOW {
        if let Some(value) = certificate.fulcio_extension(number) {
            lines.push(format!("{words}: {}", Escaped(value)));
        }
    }
    lines
}

/// The text output of one signature: its payload, or what stands in the JSON where it has none.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn text_line(
    accepted: &Accepted,
    image: &str,
    digest: &str,
) -> Result<String, serde_json::Error> {
    let mut element = element(accepted, image, digest);
    element.optional = match &accepted.claim {
        Claim::Payload(payload) => payload.annotations.clone(),
        Claim::Statement { annotations, .. } => Some(annotations.clone()),
    }
    .map(|signed| {
        let signed = signed.into_iter();
        signed
            .map(|(name, value)| (name, Optional::Signed(value)))
            .collect()
    });
    go_json::to_shown(&element)
}

/// The JSON output: an empty line, one array, a line end.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn json(elements: &[Element]) -> Result<String, serde_json::Error> {
    Ok(format!("\n{}\n", go_json::to_shown(&elements)?))
}

/// An attestation's envelope on one line; `None` if there is none.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn envelope(accepted: &Accepted) -> Result<Option<String>, serde_json::Error> {
    envelope_text(&accepted.found.bundle.content)
}

/// An envelope in the form that the tag storage and the output have in common.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn envelope_text(content: &BundleContent) -> Result<Option<String>, serde_json::Error> {
    let BundleContent::DsseEnvelope(envelope) = content else {
        return Ok(None);
    };
    let signatures = envelope
        .signatures
        .iter()
        .map(|signature| EnvelopeSignature {
            sig: encode_base64(&signature.sig),
        });
    go_json::to_shown(&Envelope {
        payload: encode_base64(&envelope.payload),
        payload_type: envelope.payload_type.clone(),
        signatures: signatures.collect(),
    })
    .map(Some)
}
