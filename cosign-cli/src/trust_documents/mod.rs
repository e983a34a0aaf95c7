//! Trusted root and signing config, made of what the user says of each service.

mod signing_config;
mod spec;
pub(crate) mod trusted_root;
mod trusted_root_by_lists;

pub(crate) use self::signing_config::SigningConfigParts;
pub(crate) use self::trusted_root::{TrustedRootError, TrustedRootParts};
pub(crate) use self::trusted_root_by_lists::{LogLists, PairedLists};
