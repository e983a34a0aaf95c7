//! The entries that a log of version 1 may hold of one signature, and the questions that find them.

use serde::Deserialize;
use sigbox_crypto::{HashAlgorithm, sha256};
use sigbox_wire::proto_json::{decode_base64, encode_base64};
use sigbox_wire::rekor_v1::{DsseEntry, DsseEntrySignature, HashedRekordEntry, LogEntry};
use sigbox_wire::{BundleContent, DsseEnvelope, DsseSignature, MessageDigest, MessageSignature};

use crate::report::Failure;
use crate::services::rekor_v1_lookup::Wanted;

/// An envelope as attestation files hold it, and as the real client logs it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeFile {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// A signature over an artifact, and its entry; `signer` is the PEM of a certificate or a key.
pub(super) fn signed(
    signature: Vec<u8>,
    digest: Vec<u8>,
    signer: &[u8],
) -> Result<(BundleContent, Vec<Wanted>), Failure> {
    let algorithm = HashAlgorithm::Sha2_256;
    let wanted = hashed(algorithm, digest.clone(), signature.clone(), signer)?;
    let content = BundleContent::MessageSignature(MessageSignature {
        message_digest: Some(MessageDigest { algorithm, digest }),
        signature,
    });
    Ok((content, vec![wanted]))
}

/// The entry of a signature over a digest.
pub(super) fn hashed(
    algorithm: HashAlgorithm,
    digest: Vec<u8>,
    signature: Vec<u8>,
    signer: &[u8],
) -> Result<Wanted, Failure> {
    let entry = LogEntry::HashedRekord(HashedRekordEntry {
        algorithm,
        digest,
        signature,
        public_key: signer.to_vec(),
    });
    let body = entry
        .canonical_body()
        .map_err(|error| Failure::from_error(&error).unexpected())?;
    let proposal =
        serde_json::from_slice(&body).map_err(|error| Failure::from_error(&error).unexpected())?;
    let kind = "hashedrekord";
    Ok(Wanted {
        entry,
        proposal,
        kind,
    })
}

/// An attestation, and its entry: over the envelope as it stands in the file, or as the real client writes it.
pub(super) fn attested(
    bytes: Vec<u8>,
    signer: &[u8],
) -> Result<(BundleContent, Vec<Wanted>), Failure> {
    let no_envelope = |why: &dyn std::error::Error| {
        Failure::new("the attestation is no DSSE envelope").cause(why.to_string())
    };
    let file: EnvelopeFile = serde_json::from_slice(&bytes).map_err(|error| no_envelope(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| no_envelope(&error))?;
    let [signature] = file.signatures.as_slice() else {
        let found = file.signatures.len();
        return Err(Failure::new(format!(
            "the attestation has {found} signatures, expected 1"
        )));
    };
    let payload = base64(&file.payload, "the attestation's payload")?;
    let envelope = DsseEnvelope {
        payload: payload.clone(),
        payload_type: file.payload_type.clone(),
        signatures: vec![DsseSignature {
            sig: base64(&signature.sig, "the attestation's signature")?,
            keyid: String::new(),
        }],
    };
    let written = serde_json::json!(file.payload_type).to_string();
    let written = format!(
        r#"{{"payloadType":{written},"payload":"{}","signatures":[{{"keyid":{},"sig":"{}"}}]}}"#,
        file.payload,
        serde_json::json!(signature.keyid),
        signature.sig
    );
    let mut texts = vec![text.trim_end().to_owned(), text, written];
    texts.dedup();
    let wanted = texts.into_iter().map(|text| {
        let entry = LogEntry::Dsse(DsseEntry {
            envelope_hash: sha256(text.as_bytes()),
            payload_hash: sha256(&payload),
            signatures: vec![DsseEntrySignature {
                signature: signature.sig.clone(),
                verifier: signer.to_vec(),
            }],
        });
        let verifiers = [encode_base64(signer)];
        let proposal = serde_json::json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {"proposedContent": {"envelope": text, "verifiers": verifiers}},
        });
        Wanted {
            entry,
            proposal,
            kind: "dsse",
        }
    });
    let wanted = wanted.collect();
    Ok((BundleContent::DsseEnvelope(envelope), wanted))
}

/// The bytes that a text of a file stands for.
pub(super) fn base64(text: &str, what: &str) -> Result<Vec<u8>, Failure> {
    let decoded = decode_base64(text.trim())
        .ok()
        .filter(|bytes| !bytes.is_empty());
    decoded.ok_or_else(|| Failure::new(format!("{what} is not base64")))
}
