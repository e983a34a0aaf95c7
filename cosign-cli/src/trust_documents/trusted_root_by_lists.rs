//! A trusted root of the flags of cosign 2: for each property a list, and the first of each belong together.

use std::path::Path;

use jiff::Timestamp;
use sigbox_wire::{CertificateAuthority, LogInstance, TimeRange};

use super::spec::{time, window};
use super::trusted_root::{TrustedRootError, authority, log, put_log, read_chain, read_tsa_chain};

/// Chains and addresses of authorities.
pub(crate) struct PairedLists<'a> {
    /// The flag of the chains, without its dashes.
    pub(crate) flag: &'static str,
    /// Files with certificate chains.
    pub(crate) chains: &'a [String],
    /// The address of each.
    pub(crate) addresses: &'a [String],
}

impl PairedLists<'_> {
    /// Whether any of the flags stands there.
    pub(crate) fn is_given(&self) -> bool {
        !self.chains.is_empty() || !self.addresses.is_empty()
    }

    /// Certificate authorities: what is issued below a root, then the root.
    pub(crate) fn certificate_authorities(
        &self,
    ) -> Result<Vec<CertificateAuthority>, TrustedRootError> {
        self.each(|path, address| {
            let (chain, root) = read_chain(self.flag, path)?;
            let valid_for = TimeRange::from_start(root.not_before());
            Ok(authority(&chain, &root, address, valid_for))
        })
    }

    /// Timestamp authorities: the one who signs first, the root last.
    pub(crate) fn timestamp_authorities(
        &self,
    ) -> Result<Vec<CertificateAuthority>, TrustedRootError> {
        self.each(|path, address| {
            let (chain, _, root) = read_tsa_chain(self.flag, path)?;
            let valid_for = TimeRange::from_start(root.not_before());
            Ok(authority(&chain, &root, address, valid_for))
        })
    }

    fn each(
        &self,
        make: impl Fn(&Path, &str) -> Result<CertificateAuthority, TrustedRootError>,
    ) -> Result<Vec<CertificateAuthority>, TrustedRootError> {
        let chains = self.chains.iter().enumerate();
        chains
            .map(|(index, path)| {
                make(
                    Path::new(path),
                    at(self.addresses, index).unwrap_or_default(),
                )
            })
            .collect()
    }
}

/// Keys of logs, with their addresses and times.
pub(crate) struct LogLists<'a> {
    /// The flags of keys, starts and ends, without their dashes.
    pub(crate) flags: [&'static str; 3],
    /// Files with keys; behind a comma the origin, if `origins` says so.
    pub(crate) keys: &'a [String],
    /// Since when each key is valid.
    pub(crate) starts: &'a [String],
    /// Until when each key is valid.
    pub(crate) ends: &'a [String],
    /// The address of each log.
    pub(crate) addresses: &'a [String],
    /// Whether the file of a key may be followed by the log's origin.
    pub(crate) origins: bool,
}

impl LogLists<'_> {
    /// Whether any of the flags stands there.
    pub(crate) fn is_given(&self) -> bool {
        let lists = [self.keys, self.starts, self.ends, self.addresses];
        lists.iter().any(|list| !list.is_empty())
    }

    /// Adds the logs to a list.
    pub(crate) fn add_to(&self, logs: &mut Vec<LogInstance>) -> Result<(), TrustedRootError> {
        let [key_flag, start_flag, end_flag] = self.flags;
        let when = |list, index, flag| {
            at(list, index)
                .map(|text| time(flag, text))
                .transpose()
                .map_err(|source| TrustedRootError::Old { flag, source })
        };
        for (index, key) in self.keys.iter().enumerate() {
            let (path, origin) = match key.split_once(',').filter(|_| self.origins) {
                Some((path, origin)) => (path, Some(origin).filter(|origin| !origin.is_empty())),
                None => (key.as_str(), None),
            };
            let start = when(self.starts, index, start_flag)?.unwrap_or(Timestamp::UNIX_EPOCH);
            let end = when(self.ends, index, end_flag)?;
            let valid_for = window(start, end).map_err(|source| TrustedRootError::Old {
                flag: end_flag,
                source,
            })?;
            let address = at(self.addresses, index).unwrap_or_default();
            put_log(
                logs,
                log(key_flag, Path::new(path), origin, address, valid_for)?,
            );
        }
        Ok(())
    }
}

fn at(list: &[String], index: usize) -> Option<&str> {
    list.get(index).map(String::as_str)
}
