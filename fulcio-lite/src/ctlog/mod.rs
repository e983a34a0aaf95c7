//! The CT log of this certificate authority: a personality over the log engine.
//!
//! ```text
//! chain ─parse─► Submission ─accept─► AcceptedSubmission ─append─► SCT
//! the CA's own SignedPrecert ──────────────────────────┘
//! ```
//!
//! Merge delay is zero: an SCT leaves when a signed checkpoint covers its entry. The submission side is RFC 6962, the
//! read side C2SP static-ct-api.

mod accepted;
mod api;
mod error;
mod leaf;
mod router;
mod submission;

use std::sync::Arc;

use sigbox_crypto::{Certificate, KeyAlgorithm, PublicKey, Sct, Signer, profile::SignedPrecert};
use sigbox_log_engine::{Log, LogStatus, ReadOnlyReason};

use self::{
    accepted::Accepted,
    leaf::{EntryBody, beside_leaf, leaf_index_extension, pending},
    submission::{AcceptedSubmission, Submission, SubmissionKind},
};
pub use self::{
    error::{CtSetupError, SubmissionError},
    leaf::CtLeaf,
    router::{router, standalone},
};

/// A CT log; clones share it.
#[derive(Clone)]
pub struct CtLog(Arc<Shared>);

struct Shared {
    log: Log,
    signer: Arc<dyn Signer>,
    accepted: Accepted,
}

impl CtLog {
    /// A log over `log`, whose format is [`CtLeaf`], that signs SCTs with `signer`, the key of its checkpoints.
    ///
    /// `accepted` are the roots and the intermediates that may issue; extend it before a new one issues.
    ///
    /// # Errors
    /// [`CtSetupError`].
    pub fn new(
        log: Log,
        signer: Arc<dyn Signer>,
        accepted: Vec<Certificate>,
    ) -> Result<Self, CtSetupError> {
        match signer.public_key().algorithm() {
            KeyAlgorithm::EcdsaP256 => {}
            found => return Err(CtSetupError::Key { found }),
        }
        Ok(Self(Arc::new(Shared {
            log,
            signer,
            accepted: Accepted::new(accepted)?,
        })))
    }

    /// The key that SCTs are signed with.
    pub fn public_key(&self) -> &PublicKey {
        self.0.signer.public_key()
    }

    /// Why the log takes no entries, if it does not.
    pub fn read_only(&self) -> Option<ReadOnlyReason> {
        match self.0.log.status() {
            LogStatus::Writable => None,
            LogStatus::ReadOnly(reason) => Some(reason),
        }
    }

    /// The log under it.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Logs the authority's own precertificate, by function instead of by HTTP; `chain` is the issuing certificate
    /// first, root last.
    ///
    /// The caller has made the precertificate, so its chain is not judged again.
    ///
    /// # Errors
    /// [`SubmissionError::Append`] and [`SubmissionError::Sct`]; a retry gets the SCT of the first entry.
    pub async fn submit(
        &self,
        precert: &SignedPrecert,
        chain: &[Certificate],
    ) -> Result<Sct, SubmissionError> {
        self.append(AcceptedSubmission {
            body: EntryBody::Precert {
                issuer_key_hash: *precert.issuer_key_hash(),
                tbs: precert.tbs().to_vec(),
            },
            precertificate: Some(precert.der().to_vec()),
            issuers: chain.iter().map(Certificate::fingerprint).collect(),
        })
        .await
    }

    /// Logs a chain that was sent by somebody.
    async fn submit_chain(
        &self,
        json: &[u8],
        kind: SubmissionKind,
    ) -> Result<Sct, SubmissionError> {
        self.append(Submission::parse(json)?.accept(kind, &self.0.accepted)?)
            .await
    }

    /// Appends, then signs the time and place that the entry has got: for a repeated one the first it had.
    async fn append(&self, submission: AcceptedSubmission) -> Result<Sct, SubmissionError> {
        let AcceptedSubmission {
            body,
            precertificate,
            issuers,
        } = submission;
        let pending = pending(&body, beside_leaf(precertificate.as_deref(), &issuers)?)?;
        let entry = self.0.log.append(pending).await?.entry;
        let index = entry.index;
        let extensions = leaf_index_extension(index).ok_or(
            sigbox_log_engine::AppendError::Leaf(sigbox_log_engine::LeafError::Index { index }),
        )?;
        let sct = Sct::sign(
            self.0.signer.as_ref(),
            entry.time,
            body.as_sct_entry(),
            extensions.to_vec(),
        )?;
        Ok(sct)
    }
}
