//! The logs of an instance: their names, origins, keys and leaf formats.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use sigbox_crypto::{EcdsaNoteSigner, EcdsaNoteVerifier, Rfc6962NoteSigner, Rfc6962NoteVerifier};
use sigbox_log_engine::{LogName, LogSetup, Pending, PlainLeaf};
use sigbox_tlog::{Hash, TreeSize};

use crate::ceremony;
use crate::keys::Keys;
use crate::shards::{Shard, Shards};

/// Internal name of the Rekor v2 log.
pub(crate) const REKOR: &str = "rekor-v2";
/// Internal name of the Rekor v1 log.
pub(crate) const REKOR_V1: &str = "rekor-v1";
/// Internal name of the certificate transparency log.
pub(crate) const CT: &str = "ct";

/// The certificate transparency log's origin.
pub(crate) fn ct_origin(host: &str) -> String {
    format!("{host}/ct")
}

/// All logs, as the engine takes them.
pub(crate) fn setups(host: &str, shards: &Shards, keys: &Keys) -> Result<Vec<LogSetup>> {
    let mut setups = Vec::new();
    for shard in shards.iter() {
        setups.push(shard_setup(shard)?);
    }
    let ct = ct_origin(host);
    setups.push(LogSetup {
        name: LogName::parse(CT)?,
        signer: Arc::new(Rfc6962NoteSigner::new(ct.clone(), Arc::clone(&keys.ct))?),
        verifier: Box::new(Rfc6962NoteVerifier::new(
            ct.clone(),
            keys.ct.public_key().clone(),
        )?),
        origin: ct,
        format: Arc::new(fulcio_lite::ctlog::CtLeaf),
        public_key_spki: keys.ct.public_key().spki_der().to_vec(),
    });
    Ok(setups)
}

/// A shard of a signature log, as the engine takes it. The signature line names the host alone.
pub(crate) fn shard_setup(shard: &Shard) -> Result<LogSetup> {
    let (host, key) = (shard.host.clone(), &shard.key);
    Ok(LogSetup {
        name: shard.name.clone(),
        signer: Arc::new(EcdsaNoteSigner::new(host.clone(), Arc::clone(key))?),
        verifier: Box::new(EcdsaNoteVerifier::new(host, key.public_key().clone())?),
        origin: shard.origin.clone(),
        format: Arc::new(PlainLeaf),
        public_key_spki: key.public_key().spki_der().to_vec(),
    })
}

/// The entry of our own that a signature log begins with, absent for other logs: a bundle with log index 0 breaks a real
/// client, and another cannot leave a state of size 0.
pub(crate) fn first_entry(log: &LogName) -> Result<Option<Pending>> {
    let throwaway = ceremony::new_key()?;
    Ok(if log.as_str().starts_with(REKOR) {
        Some(rekor_lite::genesis_entry(&throwaway)?)
    } else if log.as_str().starts_with(REKOR_V1) {
        Some(rekor_lite::v1::genesis_entry(&throwaway)?)
    } else {
        None
    })
}

/// Reads `--accept-new-guard LOG:SIZE:ROOT`.
pub(crate) fn accepted_guard(text: &str) -> Result<(LogName, (TreeSize, Hash))> {
    let mut parts = text.split(':');
    let (Some(log), Some(size), Some(root), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        bail!("--accept-new-guard: expected LOG:SIZE:ROOT, found `{text}`");
    };
    let size = size
        .parse()
        .with_context(|| format!("--accept-new-guard: expected a tree size, found `{size}`"))?;
    let bytes: Vec<u8> = root
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or(""), 16))
        .collect::<Result<_, _>>()
        .with_context(|| format!("--accept-new-guard: expected a root in hex, found `{root}`"))?;
    let root = Hash::try_from_slice(&bytes).context("--accept-new-guard: root")?;
    Ok((LogName::parse(log)?, (TreeSize(size), root)))
}
