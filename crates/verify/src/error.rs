//! Why a verification ends in a refusal.

use std::error::Error;
use std::fmt;

use crate::artifact::ArtifactError;
use crate::chain::ChainFailure;
use crate::check::Check;
use crate::identity::IdentityError;
use crate::log::{EntryError, PromiseError, ProofError};
use crate::material::NoTrustMaterial;
use crate::sct::SctFailure;
use crate::shape::ShapeError;
use crate::signature::SignatureFailure;
use crate::statement::StatementFailure;
use crate::time::TimeError;

/// The first check that did not hold, with the rule that is broken.
///
/// The text begins with the name of the check.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bundle itself.
    Shape(ShapeError),
    /// The trusted root, which holds nobody to ask.
    Material(NoTrustMaterial),
    /// What stands in a log entry.
    Entry(EntryError),
    /// The log's evidence for an entry.
    Proof(ProofError),
    /// The log's promise for an entry.
    Promise(PromiseError),
    /// The time of signing.
    Time(TimeError),
    /// The certificate chain.
    Chain(ChainFailure),
    /// The certificate's CT evidence.
    Sct(SctFailure),
    /// The artifact.
    Artifact(ArtifactError),
    /// The signature.
    Signature(SignatureFailure),
    /// The signed statement.
    Statement(StatementFailure),
    /// The signer.
    Identity(IdentityError),
}

/// What every group of broken rules can tell.
pub(crate) trait BrokenRule: Error + 'static {
    /// The check that the rule belongs to.
    fn check(&self) -> Check;

    /// What would have passed, where one value says it.
    fn expected(&self) -> Option<String> {
        None
    }

    /// What was there instead.
    fn found(&self) -> Option<String> {
        None
    }
}

impl VerifyError {
    fn rule(&self) -> &dyn BrokenRule {
        match self {
            Self::Shape(rule) => rule,
            Self::Material(rule) => rule,
            Self::Entry(rule) => rule,
            Self::Proof(rule) => rule,
            Self::Promise(rule) => rule,
            Self::Time(rule) => rule,
            Self::Chain(rule) => rule,
            Self::Sct(rule) => rule,
            Self::Artifact(rule) => rule,
            Self::Signature(rule) => rule,
            Self::Statement(rule) => rule,
            Self::Identity(rule) => rule,
        }
    }

    /// The check that failed.
    pub fn check(&self) -> Check {
        self.rule().check()
    }

    /// What would have passed, where one value says it.
    pub fn expected(&self) -> Option<String> {
        self.rule().expected()
    }

    /// What was there instead.
    pub fn found(&self) -> Option<String> {
        self.rule().found()
    }

    /// The text without the name of the check; causes are in [`Error::source`].
    pub fn message(&self) -> String {
        self.rule().to_string()
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check(), self.rule())
    }
}

impl Error for VerifyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.rule().source()
    }
}

macro_rules! from_rule {
    ($($rule:ident => $variant:ident),* $(,)?) => {$(
        impl From<$rule> for VerifyError {
            fn from(rule: $rule) -> Self {
                Self::$variant(rule)
            }
        }
    )*};
}

from_rule! {
    ShapeError => Shape,
    NoTrustMaterial => Material,
    EntryError => Entry,
    ProofError => Proof,
    PromiseError => Promise,
    TimeError => Time,
    ChainFailure => Chain,
    SctFailure => Sct,
    ArtifactError => Artifact,
    SignatureFailure => Signature,
    StatementFailure => Statement,
    IdentityError => Identity,
}
