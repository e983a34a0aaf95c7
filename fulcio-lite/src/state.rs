//! The certificate authority that the handlers share.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::{Certificate, Clock, Signer};
use sigbox_log_engine::ReadOnlyReason;
use sigbox_wire::{configuration_json, trust_bundle_json};

use crate::config::{FulcioConfig, MAX_BACKDATE, MAX_LIFETIME};
use crate::ctlog::CtLog;
use crate::identity::Issuers;
use crate::issue::whole_seconds;
use crate::setup::{SetupError, check_chain, in_range};

/// How far the clock may step back before the authority stops: a correction by the time service is smaller.
const STEP_BACK_ALLOWED: SignedDuration = SignedDuration::from_secs(5);

/// A certificate authority; clones share it.
#[derive(Clone)]
pub struct Fulcio(Arc<Shared>);

/// What a certificate authority is built from.
pub struct FulcioParts {
    /// What the operator decided.
    pub config: FulcioConfig,
    /// The key of the first certificate of `chain`.
    pub signer: Arc<dyn Signer>,
    /// The issuing certificate first, the root last.
    pub chain: Vec<Certificate>,
    /// The log that every certificate is entered in.
    pub ct_log: CtLog,
    /// The clock for tokens and certificates.
    pub clock: Clock,
}

struct Shared {
    config: FulcioConfig,
    issuers: Issuers,
    signer: Arc<dyn Signer>,
    chain: Vec<Certificate>,
    issuer: Certificate,
    /// The chain above the leaf, in PEM, as answers carry it.
    chain_pem: Vec<String>,
    ct_log: CtLog,
    clock: Clock,
    trust_bundle: String,
    root_cert: String,
    configuration: String,
    /// The latest time issued at. It is held only while a time is chosen, never while something is signed.
    last: Mutex<Option<Timestamp>>,
}

/// Why the authority issues nothing at the moment.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// A certificate would begin before or end after one of its issuers.
    #[error("certificate `{subject}` is valid from {not_before} to {not_after}, now is {now}")]
    Chain {
        /// Name of the issuer.
        subject: String,
        /// Start of its validity.
        not_before: Timestamp,
        /// End of its validity.
        not_after: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The clock is far behind a time at which a certificate was issued.
    #[error("clock says {now}, but a certificate was issued at {last} already")]
    Clock {
        /// The latest time issued at.
        last: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The CT log takes no entries.
    #[error("the CT log is read-only")]
    CtLog(#[source] ReadOnlyReason),
}

impl Fulcio {
    /// Checks everything that can be wrong before the first request, so that a wrong set-up does not start.
    ///
    /// # Errors
    /// [`SetupError`] names the rule.
    pub fn new(parts: FulcioParts) -> Result<Self, SetupError> {
        let FulcioParts {
            mut config,
            signer,
            chain,
            ct_log,
            clock,
        } = parts;
        let issuer = check_chain(&chain, signer.as_ref())?;
        if signer.public_key() == ct_log.public_key() {
            return Err(SetupError::SharedKey);
        }
        let second = SignedDuration::from_secs(1);
        in_range(
            "certificate_lifetime",
            config.certificate_lifetime,
            second,
            MAX_LIFETIME,
        )?;
        in_range(
            "backdate",
            config.backdate,
            SignedDuration::ZERO,
            MAX_BACKDATE,
        )?;
        let issuers = Issuers::new(std::mem::take(&mut config.issuers))?;
        let pem =
            |chain: &Vec<Certificate>| chain.iter().map(Certificate::to_pem).collect::<Vec<_>>();
        let chains: Vec<_> = std::iter::once(&chain)
            .chain(&config.previous_chains)
            .map(pem)
            .collect();
        Ok(Self(Arc::new(Shared {
            trust_bundle: trust_bundle_json(&chains)?,
            root_cert: chains.concat().join("\n").trim_end().to_owned(),
            configuration: configuration_json(&issuers.configuration())?,
            chain_pem: pem(&chain),
            config,
            issuers,
            signer,
            issuer,
            chain,
            ct_log,
            clock,
            last: Mutex::new(None),
        })))
    }

    /// Whether a certificate asked for now would be issued.
    ///
    /// # Errors
    /// [`NotReady`] names what stands in the way.
    pub fn ready(&self) -> Result<(), NotReady> {
        if let Some(reason) = self.0.ct_log.read_only() {
            return Err(NotReady::CtLog(reason));
        }
        let now = whole_seconds(self.now());
        if let Some(last) = self
            .0
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .filter(|last| behind(now, *last))
        {
            return Err(NotReady::Clock { last, now });
        }
        self.validity(now).map(|_| ())
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The time to issue at: what the clock says in whole seconds, but never before a time issued at already.
    pub(crate) fn issuing_time(&self) -> Result<Timestamp, NotReady> {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that two requests cannot swap their times.
        let now = whole_seconds(self.now());
        let time = match *last {
            Some(last) if behind(now, last) => return Err(NotReady::Clock { last, now }),
            Some(last) => now.max(last),
            None => now,
        };
        *last = Some(time);
        Ok(time)
    }

    /// First and last moment of a certificate issued at `now`, inside the validity of every certificate above it.
    pub(crate) fn validity(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), NotReady> {
        let Shared { config, chain, .. } = &*self.0;
        let not_before = now.saturating_sub(config.backdate).unwrap_or(now);
        let not_after = now
            .saturating_add(config.certificate_lifetime)
            .unwrap_or(now);
        let too_narrow =
            |above: &&Certificate| not_before < above.not_before() || not_after > above.not_after();
        match chain.iter().find(too_narrow) {
            None => Ok((not_before, not_after)),
            Some(above) => Err(NotReady::Chain {
                subject: above.display_name(),
                not_before: above.not_before(),
                not_after: above.not_after(),
                now,
            }),
        }
    }

    pub(crate) fn config(&self) -> &FulcioConfig {
        &self.0.config
    }

    pub(crate) fn issuers(&self) -> &Issuers {
        &self.0.issuers
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.0.signer.as_ref()
    }

    pub(crate) fn issuer(&self) -> &Certificate {
        &self.0.issuer
    }

    pub(crate) fn chain(&self) -> &[Certificate] {
        &self.0.chain
    }

    pub(crate) fn chain_pem(&self) -> &[String] {
        &self.0.chain_pem
    }

    pub(crate) fn ct_log(&self) -> &CtLog {
        &self.0.ct_log
    }

    pub(crate) fn trust_bundle(&self) -> &str {
        &self.0.trust_bundle
    }

    /// All chains in PEM, a blank line between certificates.
    pub(crate) fn root_cert(&self) -> &str {
        &self.0.root_cert
    }

    pub(crate) fn configuration(&self) -> &str {
        &self.0.configuration
    }
}

fn behind(now: Timestamp, last: Timestamp) -> bool {
    last.duration_since(now) > STEP_BACK_ALLOWED
}
