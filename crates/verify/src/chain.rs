//! Step 4: does the certificate lead to a trusted authority at each time?

use jiff::Timestamp;
use sigbox_crypto::{Certificate, ChainError, ChainPurpose, verify_chain};
use sigbox_wire::TimeRange;

use crate::check::Check;
use crate::error::{BrokenRule, VerifyError};
use crate::policy::{ExpectedSigner, Policy};
use crate::shape::SigningParty;
use crate::time::TimesVerified;
use crate::trust::{CertificateAuthority, TrustMaterial};
use crate::verdict::{Evidence, Omission, Trace};
use crate::window::{names, window};

/// The certificate leads to no authority that was trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFailure {
    /// The certificate's issuer is none of the trusted authorities, nor below one.
    #[error(
        "the certificate was issued by {issuer}, which no trusted root stands above; these are {}",
        names(known)
    )]
    UnknownIssuer {
        /// The issuer that the certificate names, with the identifier of its key.
        issuer: String,
        /// The trusted roots, each with the SHA-256 of its certificate.
        known: Vec<String>,
        /// Where the way up ends.
        #[source]
        source: ChainError,
    },
    /// No chain to any authority holds at the time of signing.
    #[error("no chain to a trusted authority holds at {at}")]
    Chain {
        /// The time of signing.
        at: Timestamp,
        /// What the chain that came furthest lacks.
        #[source]
        source: ChainError,
    },
    /// A chain holds, but its authority was not trusted then.
    #[error(
        "certificate authority {authority} was trusted {}, but the signature was made at {at}",
        window(range)
    )]
    Window {
        /// The authority's URL.
        authority: String,
        /// When it was trusted.
        range: TimeRange,
        /// The time of signing.
        at: Timestamp,
    },
    /// The caller's key was not in use.
    #[error(
        "the key was in use {}, but the signature was made at {at}",
        window(range)
    )]
    KeyWindow {
        /// When the key was in use.
        range: TimeRange,
        /// The time of signing.
        at: Timestamp,
    },
    /// No time is known at which to judge the certificate.
    #[error("no time is known at which to judge the certificate")]
    NoTime,
}

impl BrokenRule for ChainFailure {
    fn check(&self) -> Check {
        Check::CertificateChain
    }

    fn expected(&self) -> Option<String> {
        match self {
            Self::UnknownIssuer { known, .. } => Some(names(known)),
            Self::Window { range, .. } | Self::KeyWindow { range, .. } => Some(window(range)),
            Self::Chain {
                source: ChainError::NotYetValid { not_before, .. },
                ..
            } => Some(format!("from {not_before} on")),
            Self::Chain {
                source: ChainError::Expired { not_after, .. },
                ..
            } => Some(format!("until {not_after}")),
            _ => None,
        }
    }

    fn found(&self) -> Option<String> {
        match self {
            Self::Window { at, .. } | Self::KeyWindow { at, .. } | Self::Chain { at, .. } => {
                Some(at.to_string())
            }
            Self::UnknownIssuer { issuer, .. } => Some(issuer.clone()),
            Self::NoTime => None,
        }
    }
}

/// A bundle whose certificate is trusted.
#[derive(Debug)]
pub(crate) struct ChainVerified<'a> {
    pub(crate) timed: TimesVerified<'a>,
    /// The leaf with the certificate that issued it; `None` if a key signed.
    pub(crate) issued: Option<Issued>,
}

/// A leaf and its verified issuer.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) leaf: Certificate,
    pub(crate) issuer: Certificate,
}

impl<'a> ChainVerified<'a> {
    pub(crate) fn new(
        timed: TimesVerified<'a>,
        policy: &Policy,
        trust: &TrustMaterial,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let leaf = match &timed.logged.parsed.party {
            SigningParty::Certificate(leaf) => leaf.clone(),
            SigningParty::Key(_) => {
                check_key_window(&timed.judged_at, policy)?;
                trace.not_made(
                    Check::CertificateChain,
                    Omission::NotPresent,
                    "signed with a key, not a certificate",
                );
                return Ok(Self {
                    timed,
                    issued: None,
                });
            }
        };
        let bundled = timed.logged.parsed.intermediates.as_slice();
        let mut issuer = None;
        // Every time counts: one authority that backdates must not be enough.
        for at in &timed.judged_at {
            let (authority, found) = find_issuer(&leaf, bundled, *at, trust)?;
            let evidence = vec![
                Evidence::new("authority", authority.name()),
                Evidence::new("trusted", window(&authority.valid_for())),
                Evidence::new("root", authority.root().display_name()),
                Evidence::new("issuer", found.display_name()),
                Evidence::new(
                    "issuer key sha256",
                    hex::encode(found.public_key().key_id()),
                ),
                Evidence::new("serial number", hex::encode(leaf.serial())),
                Evidence::new("not before", leaf.not_before()),
                Evidence::new("not after", leaf.not_after()),
            ];
            trace.passed(
                Check::CertificateChain,
                format!("certified at {at}"),
                evidence,
            );
            issuer = Some(found);
        }
        let issuer = issuer.ok_or(ChainFailure::NoTime)?;
        Ok(Self {
            timed,
            issued: Some(Issued { leaf, issuer }),
        })
    }
}

/// Holds the window of the caller's key, if it has one, against every time of signing.
fn check_key_window(judged_at: &[Timestamp], policy: &Policy) -> Result<(), ChainFailure> {
    let ExpectedSigner::Key {
        valid_for: range, ..
    } = policy.signer
    else {
        return Ok(());
    };
    match judged_at.iter().find(|at| !range.contains(**at)) {
        Some(at) => Err(ChainFailure::KeyWindow { range, at: *at }),
        None => Ok(()),
    }
}

/// Finds an authority that was trusted at `at` and to which the leaf leads, and the leaf's issuer below it.
fn find_issuer<'t>(
    leaf: &Certificate,
    bundled: &[Certificate],
    at: Timestamp,
    trust: &'t TrustMaterial,
) -> Result<(&'t CertificateAuthority, Certificate), ChainFailure> {
    let mut refused: Option<ChainFailure> = None;
    for authority in trust.authorities() {
        let roots = std::slice::from_ref(authority.root());
        let purpose = ChainPurpose::CodeSigning;
        let intermediates = [authority.intermediates(), bundled].concat();
        match verify_chain(leaf, &intermediates, roots, at, purpose) {
            Ok(path) if authority.valid_for().contains(at) => {
                if let Some(issuer) = path.get(1) {
                    return Ok((authority, issuer.clone()));
                }
            }
            Ok(_) => {
                let (name, range) = (authority.name(), authority.valid_for());
                refused = Some(ChainFailure::Window {
                    authority: name,
                    range,
                    at,
                });
            }
            Err(source) => {
                let error = chain_failure(leaf, at, source, trust);
                if refused
                    .as_ref()
                    .is_none_or(|other| weight(&error) > weight(other))
                {
                    refused = Some(error);
                }
            }
        }
    }
    Err(refused.unwrap_or_else(|| chain_failure(leaf, at, ChainError::NoRoots, trust)))
}

/// Tells an issuer that nobody trusts from a chain that breaks a rule.
fn chain_failure(
    leaf: &Certificate,
    at: Timestamp,
    source: ChainError,
    trust: &TrustMaterial,
) -> ChainFailure {
    match source {
        ChainError::NoRoots | ChainError::NoIssuer { .. } | ChainError::KeyIdentifier { .. } => {
            let mut known: Vec<String> = Vec::new();
            for authority in trust.authorities() {
                let name = root_name(authority.root());
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            ChainFailure::UnknownIssuer {
                issuer: issuer_name(leaf),
                known,
                source,
            }
        }
        source => ChainFailure::Chain { at, source },
    }
}

/// Two sites may well use one name, so that a key or a certificate is named beside it.
fn issuer_name(leaf: &Certificate) -> String {
    let name = leaf.issuer_display_name();
    match leaf.authority_key_id() {
        Some(id) => format!("`{name}` (key {})", hex::encode(id)),
        None => format!("`{name}`"),
    }
}

fn root_name(root: &Certificate) -> String {
    let (name, fingerprint) = (root.display_name(), hex::encode(root.fingerprint()));
    format!("`{name}` (SHA-256 {fingerprint})")
}

/// How much a failure says: "another issuer" is true of nearly every authority, the rest is about this leaf.
fn weight(failure: &ChainFailure) -> u8 {
    match failure {
        ChainFailure::UnknownIssuer {
            source: ChainError::KeyIdentifier { .. },
            ..
        } => 1,
        ChainFailure::UnknownIssuer { .. } => 0,
        ChainFailure::Chain { .. } => 2,
        _ => 3,
    }
}
