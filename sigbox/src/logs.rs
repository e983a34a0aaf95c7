//! The logs of an instance: their names, origins, keys and leaf formats.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rekor_lite::v1::TreeId;
use sigbox_crypto::{EcdsaNoteSigner, EcdsaNoteVerifier, Rfc6962NoteSigner, Rfc6962NoteVerifier};
use sigbox_log_engine::{LogName, LogRecord, LogSetup, Pending, PlainLeaf};
use sigbox_tlog::{Hash, Origin, TreeSize};

use crate::ceremony;
use crate::keys::Keys;

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

/// The Rekor v1 log's tree: what its pinned origin says, or for a log that is not made yet, what its key gives.
pub(crate) fn v1_tree(records: &[LogRecord], keys: &Keys) -> Result<TreeId> {
    let Some(record) = records.iter().find(|log| log.name.as_str() == REKOR_V1) else {
        return Ok(TreeId::derive(keys.rekor_v1.public_key()));
    };
    let origin = Origin::parse_any(&record.origin)?;
    let tree = origin.tree_id().and_then(TreeId::new);
    tree.with_context(|| {
        format!("log {REKOR_V1}: expected an origin HOST - TREEID, found `{origin}`")
    })
}

/// All logs, as the engine takes them.
pub(crate) fn setups(host: &str, v1_tree: TreeId, keys: &Keys) -> Result<Vec<LogSetup>> {
    let ct = ct_origin(host);
    let v1_origin = Origin::with_tree_id(host, v1_tree.get())?;
    Ok(vec![
        LogSetup {
            name: LogName::parse(REKOR_V1)?,
            // The signature line names the host alone.
            signer: Arc::new(EcdsaNoteSigner::new(
                host.to_owned(),
                Arc::clone(&keys.rekor_v1),
            )?),
            verifier: Box::new(EcdsaNoteVerifier::new(
                host.to_owned(),
                keys.rekor_v1.public_key().clone(),
            )?),
            origin: v1_origin.to_string(),
            format: Arc::new(PlainLeaf),
            public_key_spki: keys.rekor_v1.public_key().spki_der().to_vec(),
        },
        LogSetup {
            name: LogName::parse(REKOR)?,
            signer: Arc::new(EcdsaNoteSigner::new(
                host.to_owned(),
                Arc::clone(&keys.rekor),
            )?),
            verifier: Box::new(EcdsaNoteVerifier::new(
                host.to_owned(),
                keys.rekor.public_key().clone(),
            )?),
            origin: host.to_owned(),
            format: Arc::new(PlainLeaf),
            public_key_spki: keys.rekor.public_key().spki_der().to_vec(),
        },
        LogSetup {
            name: LogName::parse(CT)?,
            signer: Arc::new(Rfc6962NoteSigner::new(ct.clone(), Arc::clone(&keys.ct))?),
            verifier: Box::new(Rfc6962NoteVerifier::new(
                ct.clone(),
                keys.ct.public_key().clone(),
            )?),
            origin: ct,
            format: Arc::new(fulcio_lite::ctlog::CtLeaf),
            public_key_spki: keys.ct.public_key().spki_der().to_vec(),
        },
    ])
}

/// The entry of our own that a signature log begins with, absent for other logs: a bundle with log index 0 breaks a real
/// client, and another cannot leave a state of size 0.
pub(crate) fn first_entry(log: &LogName) -> Result<Option<Pending>> {
    let throwaway = ceremony::new_key()?;
    Ok(match log.as_str() {
        REKOR => Some(rekor_lite::genesis_entry(&throwaway)?),
        REKOR_V1 => Some(rekor_lite::v1::genesis_entry(&throwaway)?),
        _ => None,
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
