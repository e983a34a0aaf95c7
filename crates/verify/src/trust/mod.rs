//! The judged form of a trusted root: keys and certificates that parse, and can be looked up.

mod instance;
mod list;
mod skipped;

use sigbox_wire::TrustedRoot;

pub use instance::{CertificateAuthority, CtLog, TimestampAuthority, TransparencyLog};
pub use list::TrustList;
pub use skipped::{SkipReason, Skipped};

/// What a verifier believes.
///
/// Built only from trust sources: nothing that a bundle, a log or a server says becomes part of it.
#[derive(Debug, Clone)]
pub struct TrustMaterial {
    logs: Vec<TransparencyLog>,
    authorities: Vec<CertificateAuthority>,
    ct_logs: Vec<CtLog>,
    timestamp_authorities: Vec<TimestampAuthority>,
    skipped: Vec<Skipped>,
}

/// A trusted root cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustMaterialError {
    /// No log and no authority in it can be used.
    #[error("trusted root holds no log and no authority that can be used ({} are skipped)", skipped.len())]
    Empty {
        /// The instances that were left out, each with its reason.
        skipped: Vec<Skipped>,
    },
}

impl TrustMaterial {
    /// Takes over every instance of `root` that can be used; the others are listed in [`TrustMaterial::skipped`].
    ///
    /// A skipped instance verifies nothing, so that one unknown key type does not make the rest useless.
    ///
    /// # Errors
    /// [`TrustMaterialError::Empty`] if nothing can be used.
    pub fn from_trusted_root(root: &TrustedRoot) -> Result<Self, TrustMaterialError> {
        let mut skipped = Vec::new();
        let skip = &mut skipped;
        let logs = read_all(&root.tlogs, TrustList::Tlogs, skip, TransparencyLog::new);
        let authorities = &root.certificate_authorities;
        let authorities = read_all(
            authorities,
            TrustList::CertificateAuthorities,
            skip,
            CertificateAuthority::new,
        );
        let ct_logs = read_all(&root.ctlogs, TrustList::Ctlogs, skip, CtLog::new);
        let timestamp_authorities = read_all(
            &root.timestamp_authorities,
            TrustList::TimestampAuthorities,
            skip,
            TimestampAuthority::new,
        );
        let empty = logs.is_empty() && authorities.is_empty() && timestamp_authorities.is_empty();
        if empty && ct_logs.is_empty() {
            return Err(TrustMaterialError::Empty { skipped });
        }
        Ok(Self {
            logs,
            authorities,
            ct_logs,
            timestamp_authorities,
            skipped,
        })
    }

    /// Believes nobody: enough for a policy that asks only whether a key signed.
    pub fn nobody() -> Self {
        Self {
            logs: Vec::new(),
            authorities: Vec::new(),
            ct_logs: Vec::new(),
            timestamp_authorities: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Whether nobody at all is believed, so that nothing anybody else signed says anything.
    pub fn is_nobody(&self) -> bool {
        self.logs.is_empty()
            && self.authorities.is_empty()
            && self.ct_logs.is_empty()
            && self.timestamp_authorities.is_empty()
    }

    /// The transparency logs.
    pub fn logs(&self) -> &[TransparencyLog] {
        &self.logs
    }

    /// The code-signing authorities.
    pub fn authorities(&self) -> &[CertificateAuthority] {
        &self.authorities
    }

    /// The certificate transparency logs.
    pub fn ct_logs(&self) -> &[CtLog] {
        &self.ct_logs
    }

    /// The timestamp authorities.
    pub fn timestamp_authorities(&self) -> &[TimestampAuthority] {
        &self.timestamp_authorities
    }

    /// The instances of the trusted root that were left out.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    pub(crate) fn is_empty(&self, list: TrustList) -> bool {
        match list {
            TrustList::Tlogs => self.logs.is_empty(),
            TrustList::TimestampAuthorities => self.timestamp_authorities.is_empty(),
            TrustList::CertificateAuthorities => self.authorities.is_empty(),
            TrustList::Ctlogs => self.ct_logs.is_empty(),
        }
    }

    pub(crate) fn log(&self, log_id: &[u8]) -> Option<&TransparencyLog> {
        self.logs.iter().find(|log| log.log_id() == log_id)
    }

    pub(crate) fn ct_log(&self, log_id: &[u8; 32]) -> Option<&CtLog> {
        self.ct_logs.iter().find(|log| log.log_id() == log_id)
    }
}

fn read_all<'a, W, T>(
    instances: &'a [W],
    list: TrustList,
    skipped: &mut Vec<Skipped>,
    read: impl Fn(&'a W) -> Result<T, SkipReason>,
) -> Vec<T> {
    let mut kept = Vec::new();
    for (index, instance) in instances.iter().enumerate() {
        match read(instance) {
            Ok(instance) => kept.push(instance),
            Err(reason) => skipped.push(Skipped {
                member: format!("{list}[{index}]"),
                reason,
            }),
        }
    }
    kept
}
