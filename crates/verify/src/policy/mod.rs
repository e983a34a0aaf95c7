//! What a verifier demands.

mod identity;
mod pattern;
mod re2;

use sigbox_crypto::{PublicKey, Sct};
use sigbox_wire::TimeRange;

pub use identity::{CertificateIdentity, ExtensionMatch};
pub(crate) use pattern::Unmatched;
pub use pattern::{PatternError, TextMatch};

/// Who must have signed, and how much evidence is demanded.
///
/// The least that is demanded is one transparency log, one signed time and one SCT; what weakens that ends in `_unsafe`.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is chosen by itself")]
pub struct Policy {
    pub(crate) signer: ExpectedSigner,
    pub(crate) logs: Demand,
    pub(crate) times: usize,
    /// Whether a timestamp authority must be known.
    pub(crate) timestamped: bool,
    pub(crate) scts: Demand,
    /// SCTs that came beside the certificate; they are judged like those inside it.
    pub(crate) detached_scts: Vec<Sct>,
    /// Whether a version 0.3 bundle may hold a chain, whose intermediates then help to find a path.
    pub(crate) chains: bool,
    /// Whether a certificate may name no issuer, which then is compared as the empty text.
    pub(crate) issuerless: bool,
    /// Whether a log entry may name the bare key of the certificate.
    pub(crate) bare_keys: bool,
}

/// Who must have signed.
#[derive(Debug, Clone)]
pub(crate) enum ExpectedSigner {
    /// Whoever an authority certified under this identity.
    Certificate(CertificateIdentity),
    /// The holder of this key.
    Key {
        key: PublicKey,
        valid_for: TimeRange,
    },
}

/// How many independent parties must vouch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    AtLeast(usize),
    /// Nobody is asked.
    SwitchedOff,
}

impl Policy {
    /// Demands a certificate with this identity.
    pub fn certificate(identity: CertificateIdentity) -> Self {
        Self::new(ExpectedSigner::Certificate(identity))
    }

    /// Demands a signature by `key`, which the caller has from elsewhere than the bundle.
    pub fn public_key(key: PublicKey) -> Self {
        Self::public_key_within(key, TimeRange::default())
    }

    /// Demands a signature by `key`, made while the key was in use; both ends of the window are inside.
    ///
    /// A signature of which nothing says when it was made counts as made now.
    pub fn public_key_within(key: PublicKey, valid_for: TimeRange) -> Self {
        Self::new(ExpectedSigner::Key { key, valid_for })
    }

    fn new(signer: ExpectedSigner) -> Self {
        Self {
            signer,
            logs: Demand::AtLeast(1),
            times: 1,
            timestamped: false,
            scts: Demand::AtLeast(1),
            detached_scts: Vec::new(),
            chains: false,
            issuerless: false,
            bare_keys: false,
        }
    }

    /// Demands entries in this many transparency logs, at least one.
    pub fn with_logs(mut self, count: usize) -> Self {
        self.logs = Demand::AtLeast(count.max(1));
        self
    }

    /// Demands signed times by this many independent parties, at least one.
    pub fn with_times(mut self, count: usize) -> Self {
        self.times = count.max(1);
        self
    }

    /// Wants a timestamp authority to be trusted, also where a log's time would do or where a key signed.
    ///
    /// This is for a caller who will demand such a time among the verified ones: one by somebody unknown is then an
    /// error, and so is an empty list of authorities.
    pub fn expecting_timestamp(mut self) -> Self {
        self.timestamped = true;
        self
    }

    /// Demands SCTs of this many CT logs, at least one.
    pub fn with_scts(mut self, count: usize) -> Self {
        self.scts = Demand::AtLeast(count.max(1));
        self
    }

    /// Takes SCTs that came beside the certificate, not inside it; each must hold, and counts like one inside.
    pub fn with_detached_scts(mut self, scts: Vec<Sct>) -> Self {
        self.detached_scts = scts;
        self
    }

    /// Takes version 0.3 bundles with a certificate chain, for authorities whose intermediates no trusted root lists.
    ///
    /// The bundle's intermediates help to find a path and are never its end: that is a root of the trusted root.
    /// An intermediate that the trusted root no longer lists comes back through such a bundle.
    pub fn with_bundled_intermediates(mut self) -> Self {
        self.chains = true;
        self
    }

    /// Takes certificates without an issuer, for authorities that the user names and that certify on nobody's word.
    ///
    /// A missing issuer is compared as the empty text, so that only a pattern that matches the empty text is met. Where
    /// the authorities are those of a trusted root, a missing issuer has to be refused: they name one always.
    pub fn with_issuerless_certificates(mut self) -> Self {
        self.issuerless = true;
        self
    }

    /// Takes log entries that name the certificate's bare key, for a certificate that the user brings to a key's signature.
    ///
    /// Who watches a log for an identity does not find such an entry, so that a certificate that came with the signature must
    /// itself be in the entry.
    pub fn with_bare_keys_in_logs(mut self) -> Self {
        self.bare_keys = true;
        self
    }

    /// Does not ask the transparency log: a signing with a stolen key stays hidden.
    ///
    /// What log entries say about the signature is still compared with it. Without any signed time the certificate
    /// must be valid now.
    pub fn ignore_tlog_unsafe(mut self) -> Self {
        self.logs = Demand::SwitchedOff;
        self
    }

    /// Does not ask for SCTs: a certificate issued behind its subject's back stays hidden.
    pub fn ignore_sct_unsafe(mut self) -> Self {
        self.scts = Demand::SwitchedOff;
        self
    }
}
