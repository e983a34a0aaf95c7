//! What a verdict rests on, and the places where a change may stay unnoticed.

use sigbox_verify::{TrustMaterial, VerifiedBundle, VerifiedSigner};
use sigbox_wire::{
    Bundle, BundleContent, InclusionProof, TransparencyLogEntry, VerificationContent,
};

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
/// - with a key, for which no time is demanded: the timestamps, the log's promise and the time in it. Those that are there
///   and by someone we know have to hold all the same.
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
        put("log entries", format!("{:?}", verified.log_entries));
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
        let key = matches!(verified.signer, VerifiedSigner::Key(_));
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
        }
        Self { pieces }
    }

    /// The first piece that differs in an accepted bundle.
    pub(super) fn unnoticed(&self, accepted: &Self) -> Option<String> {
        let differs = self
            .pieces
            .iter()
            .zip(&accepted.pieces)
            .find(|(ours, theirs)| ours != theirs);
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
    }
    if let Some(InclusionProof { checkpoint, .. }) = &mut entry.inclusion_proof {
        // The text that is signed; that the log signed it is what the verdict says.
        *checkpoint = checkpoint
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .to_owned();
    }
    format!("{entry:?}")
}
