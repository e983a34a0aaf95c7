//! A chain as it is submitted, and the judgement whether the log takes it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sigbox_crypto::{Certificate, ChainPurpose, oid, sha256, verify_chain};

use super::{SubmissionError, accepted::Accepted, leaf::EntryBody};
use sigbox_wire::strict_json::parse_message;

/// Most certificates in a submission.
const MAX_CHAIN: usize = 10;

/// Which of the two submission routes is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubmissionKind {
    /// `add-chain`: a certificate without poison.
    Certificate,
    /// `add-pre-chain`: a precertificate with poison.
    Precertificate,
}

/// A chain that was sent: certificates in form, nothing verified.
pub(super) struct Submission {
    leaf: Certificate,
    others: Vec<Certificate>,
}

/// A submission that leads to an accepted root.
pub(super) struct AcceptedSubmission {
    pub(super) body: EntryBody,
    /// The precertificate's DER, for the data tile.
    pub(super) precertificate: Option<Vec<u8>>,
    /// SHA-256 of each certificate above the leaf, root last.
    pub(super) issuers: Vec<[u8; 32]>,
}

#[derive(Deserialize)]
struct ChainMessage {
    chain: Vec<String>,
}

impl Submission {
    /// Reads `{"chain": [...]}`, leaf first.
    ///
    /// Source: RFC 6962 §4.1, §4.2.
    pub(super) fn parse(json: &[u8]) -> Result<Self, SubmissionError> {
        let ChainMessage { chain } = parse_message(json).map_err(|_| SubmissionError::Json)?;
        if chain.len() > MAX_CHAIN {
            return Err(SubmissionError::TooLong {
                found: chain.len(),
                limit: MAX_CHAIN,
            });
        }
        let read = |(position, text): (usize, String)| {
            let der = STANDARD
                .decode(text)
                .map_err(|_| SubmissionError::Base64 { position })?;
            Certificate::from_der(&der)
                .map_err(|source| SubmissionError::Certificate { position, source })
        };
        let mut certificates = chain.into_iter().enumerate().map(read);
        let leaf = certificates.next().ok_or(SubmissionError::EmptyChain)??;
        Ok(Self {
            leaf,
            others: certificates.collect::<Result<_, _>>()?,
        })
    }

    /// Judges the chain at the time the leaf begins: an expired one may still be logged.
    ///
    /// Only configured authorities count, so that every issuer a tile names can be served.
    pub(super) fn accept(
        self,
        kind: SubmissionKind,
        accepted: &Accepted,
    ) -> Result<AcceptedSubmission, SubmissionError> {
        let poisoned = self.leaf.extension(&oid::CT_POISON).is_some();
        if poisoned != (kind == SubmissionKind::Precertificate) {
            return Err(SubmissionError::Poison { found: poisoned });
        }
        if let Some(stranger) = self.others.iter().find(|other| !accepted.contains(other)) {
            return Err(SubmissionError::UnknownIssuer {
                subject: stranger.display_name(),
            });
        }
        let purpose = match kind {
            SubmissionKind::Certificate => ChainPurpose::CodeSigning,
            SubmissionKind::Precertificate => ChainPurpose::Precertificate,
        };
        let at = self.leaf.not_before();
        let path = verify_chain(
            &self.leaf,
            accepted.intermediates(),
            accepted.roots(),
            at,
            purpose,
        )
        .map_err(|source| SubmissionError::Chain { source })?;
        let [_, issuer, ..] = path.as_slice() else {
            return Err(SubmissionError::EmptyChain);
        };
        let issuers = path.iter().skip(1).map(Certificate::fingerprint).collect();
        Ok(match kind {
            SubmissionKind::Certificate => AcceptedSubmission {
                body: EntryBody::X509 {
                    certificate: self.leaf.der().to_vec(),
                },
                precertificate: None,
                issuers,
            },
            SubmissionKind::Precertificate => AcceptedSubmission {
                body: EntryBody::Precert {
                    issuer_key_hash: sha256(issuer.public_key().spki_der()),
                    tbs: self.leaf.precert_tbs(),
                },
                precertificate: Some(self.leaf.der().to_vec()),
                issuers,
            },
        })
    }
}
