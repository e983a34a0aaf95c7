//! What a verdict rests on, and the places where a change may stay unnoticed.

use sigbox_verify::{TrustMaterial, VerifiedBundle, VerifiedSigner};
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, InclusionProof, TransparencyLogEntry, VerificationContent,
};

/// Stands for a proof where version 0.1 demands none.
const PROMISED: &str = "the log's promise";

/// Everything that a bundle says, in pieces with a name; and what the verifier found out.
///
/// Left out are the harmless places, on which no verdict rests:
///
/// - the spelling of the media type, and the version, whose rules of shape hold all the same;
/// - `messageDigest`, unless it is there: then it must be the artifact's;
/// - the hint at a key, and `keyid`: the verifier has the key from elsewhere;
/// - certificates above the leaf: the chain is built, and ends in the trusted root;
/// - of a timestamp token all but the time and the authority, which the verdict names: certificates that came along, and
///   whole tokens by authorities that the trusted root does not hold, which are no times;
/// - log entries about this signature in logs that the trusted root does not hold, beside those that are asked for;
/// - lines below a checkpoint by keys other than the log's;
/// - with a key, for which no time is demanded: the timestamps, the log's promise, and what only a promise covers: the time
///   and the index over all shards. Those that are there and by someone we know have to hold all the same.
/// - in a bundle of version 0.1, which rests on the log's promise: the proof, if it is of no checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pieces: Vec<(&'static str, String)>,
}

impl Facts {
    pub(super) fn new(bundle: &Bundle, verified: &VerifiedBundle, trust: &TrustMaterial) -> Self {
        let mut pieces = Vec::new();
        let mut put = |name, value: String| pieces.push((name, value));
        let signer = match &verified.signer {
            VerifiedSigner::Certificate {
                identity,
                issuer,
                certificate,
            } => {
                format!("{identity:?} {issuer} {:02x?}", certificate.fingerprint())
            }
            VerifiedSigner::Key(key) => format!("{:02x?}", key.key_id()),
            other => format!("{other:?}"),
        };
        put("signer", signer);
        let key = matches!(verified.signer, VerifiedSigner::Key(_));
        let logs = verified.log_entries.iter();
        put(
            "log entries",
            if key {
                // Index and time are told as the promise has them, if there is one.
                format!("{:?}", logs.map(|one| &one.base_url).collect::<Vec<_>>())
            } else {
                format!("{:?}", verified.log_entries)
            },
        );
        put("CT logs", format!("{:?}", verified.ct_logs));
        put("statement", format!("{:?}", verified.statement));

        let material = &bundle.verification_material;
        put(
            "leaf",
            match &material.content {
                VerificationContent::Certificate(der) => format!("{der:02x?}"),
                VerificationContent::CertificateChain(chain) => format!("{:02x?}", chain.first()),
                VerificationContent::PublicKeyHint(_) => String::new(),
            },
        );
        match &bundle.content {
            BundleContent::MessageSignature(message) => {
                put("signature", format!("{:02x?}", message.signature));
            }
            BundleContent::DsseEnvelope(envelope) => {
                put("payload", format!("{:02x?}", envelope.pae()));
                let signatures = envelope.signatures.iter().map(|one| &one.sig);
                put(
                    "signature",
                    format!("{:02x?}", signatures.collect::<Vec<_>>()),
                );
            }
        }
        put(
            "times",
            if key {
                String::new()
            } else {
                format!("{:?}", verified.times)
            },
        );
        let known = |entry: &&TransparencyLogEntry| {
            let mut logs = trust.logs().iter();
            logs.any(|log| log.log_id() == entry.log_id.as_slice())
        };
        for entry in material.tlog_entries.iter().filter(known) {
            put("entry", log_entry(entry, key));
            put("proof", proof(bundle.version, entry));
        }
        Self { pieces }
    }

    /// The first piece that differs in an accepted bundle.
    pub(super) fn unnoticed(&self, accepted: &Self) -> Option<String> {
        let differs = self
            .pieces
            .iter()
            .zip(&accepted.pieces)
            .find(|(ours, theirs)| ours != theirs && theirs.1 != PROMISED);
        match differs {
            Some((ours, theirs)) => Some(format!("{ours:?} became {theirs:?}")),
            None if self.pieces.len() != accepted.pieces.len() => Some(format!(
                "{} pieces became {}",
                self.pieces.len(),
                accepted.pieces.len()
            )),
            None => None,
        }
    }
}

fn log_entry(entry: &TransparencyLogEntry, key: bool) -> String {
    let mut entry = entry.clone();
    if key {
        entry.inclusion_promise = None;
        entry.integrated_time = 0;
        entry.log_index = 0;
    }
    entry.inclusion_proof = None;
    format!("{entry:?}")
}

/// What an entry is proved by; [`PROMISED`] where the promise alone is.
fn proof(version: BundleVersion, entry: &TransparencyLogEntry) -> String {
    let mut proof = entry.inclusion_proof.clone();
    let promised = version == BundleVersion::V0_1 && entry.inclusion_promise.is_some();
    if promised && proof.as_ref().is_none_or(|one| one.checkpoint.is_empty()) {
        return PROMISED.to_owned();
    }
    if let Some(InclusionProof { checkpoint, .. }) = &mut proof {
        // The text that is signed; that the log signed it is what the verdict says.
        *checkpoint = checkpoint
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .to_owned();
    }
    format!("{proof:?}")
}
