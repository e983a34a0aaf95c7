//! The lists that a trusted root is made of.

use std::fmt;

use crate::check::Check;

/// A list of parties in a trusted root; the order is that of the checks that need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TrustList {
    /// The signature transparency logs.
    Tlogs,
    /// The timestamp authorities.
    TimestampAuthorities,
    /// The certificate authorities.
    CertificateAuthorities,
    /// The certificate transparency logs.
    Ctlogs,
}

impl TrustList {
    /// Its member in the document, for example `tlogs`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tlogs => "tlogs",
            Self::TimestampAuthorities => "timestampAuthorities",
            Self::CertificateAuthorities => "certificateAuthorities",
            Self::Ctlogs => "ctlogs",
        }
    }

    /// The check that cannot be made while it is empty.
    pub fn check(self) -> Check {
        match self {
            Self::Tlogs => Check::TransparencyLog,
            Self::TimestampAuthorities => Check::SignedTime,
            Self::CertificateAuthorities => Check::CertificateChain,
            Self::Ctlogs => Check::CertificateTransparency,
        }
    }

    /// What one of its members is.
    pub(crate) fn party(self) -> &'static str {
        match self {
            Self::Tlogs => "transparency log",
            Self::TimestampAuthorities => "timestamp authority",
            Self::CertificateAuthorities => "certificate authority",
            Self::Ctlogs => "CT log",
        }
    }
}

impl fmt::Display for TrustList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
