//! Chains of certificates: from a leaf over intermediates to a trusted root.
//!
//! The search is small on purpose: names are compared by their bytes, key identifiers separate authorities that share
//! a name, and a budget bounds what a hostile set of cross-signed certificates can cost.

mod error;
mod rules;

pub use self::error::ChainError;

use jiff::Timestamp;

use crate::{Certificate, ObjectIdentifier, certificate::oid};

/// Most certificates looked at beside the roots, the leaf included.
const MAX_CERTIFICATES: usize = 10;
/// Most certificates in a path, leaf and root included.
const MAX_DEPTH: usize = 6;
/// Most signatures checked in one search.
const MAX_SIGNATURE_CHECKS: usize = 100;

/// What the leaf of a chain is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainPurpose {
    /// Signing artifacts: the leaf names codeSigning.
    CodeSigning,
    /// Signing timestamps: the leaf names timeStamping, critically and alone (RFC 3161 §2.3).
    TimeStamping,
    /// Being logged: as code signing, and the leaf must carry the CT poison, which the other purposes refuse.
    Precertificate,
}

impl ChainPurpose {
    /// The extended key usage that goes with it.
    pub fn usage(self) -> ObjectIdentifier {
        match self {
            Self::CodeSigning | Self::Precertificate => oid::CODE_SIGNING,
            Self::TimeStamping => oid::TIME_STAMPING,
        }
    }
}

/// Finds a valid path from `leaf` over `intermediates` to one of `roots`, and gives it leaf first, root last.
///
/// Every certificate of the path, the root included, must be valid at `at` (both ends of its validity belong to it),
/// carry no critical extension that is not understood here, and allow `purpose` as far as it limits its use. Those above
/// the leaf must be certificate authorities within their path length. A root need not be self-signed; its own
/// signature is not checked. Identities, CT and revocation are not looked at. 10 certificates beside the roots, paths of
/// 6, and 100 signature checks are the limits.
///
/// # Errors
/// [`ChainError`] of the candidate that came furthest; the limits end the search at once.
///
/// Source: RFC 5280 §6.1, without policies and name constraints (a constrained authority is refused); EKU chaining as
/// Go's `crypto/x509`.
pub fn verify_chain(
    leaf: &Certificate,
    intermediates: &[Certificate],
    roots: &[Certificate],
    at: Timestamp,
    purpose: ChainPurpose,
) -> Result<Vec<Certificate>, ChainError> {
    let found = intermediates.len().saturating_add(1);
    if found > MAX_CERTIFICATES {
        return Err(ChainError::TooManyCertificates {
            found,
            limit: MAX_CERTIFICATES,
        });
    }
    if roots.is_empty() {
        return Err(ChainError::NoRoots);
    }
    rules::check_leaf(leaf, at, purpose)?;
    let mut search = Search {
        intermediates,
        roots,
        at,
        purpose,
        checks: 0,
        furthest: None,
    };
    let mut path = vec![leaf];
    if search.extend(&mut path)? {
        return Ok(path.into_iter().cloned().collect());
    }
    Err(search
        .furthest
        .map_or_else(|| no_issuer(leaf), |(_, error)| error))
}

/// The check that refused a candidate, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Missing,
    KeyIdentifier,
    Signature,
    Rules,
    Depth,
}

/// How far a candidate came. One that is linked by name and signature and breaks a rule tells more than a dead end,
/// however long the way there; after that depth counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    linked: bool,
    depth: usize,
    stage: Stage,
}

struct Search<'a> {
    intermediates: &'a [Certificate],
    roots: &'a [Certificate],
    at: Timestamp,
    purpose: ChainPurpose,
    checks: usize,
    furthest: Option<(Reached, ChainError)>,
}

impl<'a> Search<'a> {
    /// Grows `path` to a root, depth first; `false` leaves it as it was. An error ends the whole search.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<bool, ChainError> {
        let Some(&child) = path.last() else {
            return Ok(false);
        };
        let candidates = self.candidates(child, path);
        if candidates.is_empty() {
            self.note(path.len(), Stage::Missing, no_issuer(child));
            return Ok(false);
        }
        if path.len() >= MAX_DEPTH {
            self.note(
                path.len(),
                Stage::Depth,
                ChainError::TooDeep { limit: MAX_DEPTH },
            );
            return Ok(false);
        }
        for (issuer, is_root) in candidates {
            if let Err((stage, error)) = self.step(child, issuer, path)? {
                self.note(path.len(), stage, error);
                continue;
            }
            path.push(issuer);
            if is_root || self.extend(path)? {
                return Ok(true);
            }
            path.pop();
        }
        Ok(false)
    }

    /// Certificates whose subject is `child`'s issuer: those whose key identifier matches first, roots before others.
    fn candidates(
        &self,
        child: &Certificate,
        path: &[&Certificate],
    ) -> Vec<(&'a Certificate, bool)> {
        let roots = self.roots.iter().map(|c| (c, true));
        let others = self.intermediates.iter().map(|c| (c, false));
        let mut found: Vec<_> = roots
            .chain(others)
            .filter(|(c, _)| c.subject_der() == child.issuer_der() && !on_path(c, path))
            .collect();
        found.sort_by_key(|(c, _)| {
            c.subject_key_id().is_none() || c.subject_key_id() != child.authority_key_id()
        });
        found
    }

    /// Judges `issuer` as the next above `child`; the outer error ends the search.
    fn step(
        &mut self,
        child: &Certificate,
        issuer: &Certificate,
        path: &[&Certificate],
    ) -> Result<Result<(), (Stage, ChainError)>, ChainError> {
        if let (Some(wanted), Some(found)) = (child.authority_key_id(), issuer.subject_key_id())
            && wanted != found
        {
            let error = ChainError::KeyIdentifier {
                subject: child.display_name(),
                issuer: issuer.display_name(),
            };
            return Ok(Err((Stage::KeyIdentifier, error)));
        }
        if self.checks >= MAX_SIGNATURE_CHECKS {
            return Err(ChainError::TooManySignatureChecks {
                limit: MAX_SIGNATURE_CHECKS,
            });
        }
        self.checks += 1;
        if let Err(source) = child.verify_issued_by(issuer) {
            let error = ChainError::Signature {
                subject: child.display_name(),
                issuer: issuer.display_name(),
                source,
            };
            return Ok(Err((Stage::Signature, error)));
        }
        // Self-issued authorities do not count (RFC 5280 §4.2.1.9), nor does the leaf.
        let below = path.iter().skip(1).filter(|c| !c.is_self_issued()).count();
        Ok(rules::check_authority(issuer, below, self.at, self.purpose)
            .map_err(|error| (Stage::Rules, error)))
    }

    /// Keeps the error of the candidate that came furthest, the first among equals.
    fn note(&mut self, depth: usize, stage: Stage, error: ChainError) {
        let reached = Reached {
            linked: stage >= Stage::Rules,
            depth,
            stage,
        };
        if self
            .furthest
            .as_ref()
            .is_none_or(|(best, _)| reached > *best)
        {
            self.furthest = Some((reached, error));
        }
    }
}

/// The same name with the same key twice on a path is a loop, whatever else differs.
fn on_path(candidate: &Certificate, path: &[&Certificate]) -> bool {
    path.iter().any(|c| {
        c.subject_der() == candidate.subject_der()
            && c.public_key().spki_der() == candidate.public_key().spki_der()
    })
}

fn no_issuer(child: &Certificate) -> ChainError {
    ChainError::NoIssuer {
        subject: child.display_name(),
        issuer: child.issuer_display_name(),
    }
}

#[cfg(test)]
mod tests;
