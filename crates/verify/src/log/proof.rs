//! Did the log sign a tree that holds the entry?

use sigbox_crypto::note_verifier;
use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, NoteVerifier, NoteVerifyError, SignedNote, TreeSize, leaf_hash,
    verify_inclusion,
};
use sigbox_wire::{InclusionProof, TransparencyLogEntry};

use super::{EntryKind, ProofError};
use crate::check::Check;
use crate::trust::TransparencyLog;
use crate::verdict::{Evidence, Trace};

/// Checks checkpoint and inclusion proof, and gives the entry's place in the tree.
pub(super) fn verify(
    entry: &TransparencyLogEntry,
    kind: EntryKind,
    log: &TransparencyLog,
    trace: &mut Trace,
) -> Result<u64, ProofError> {
    let proof = entry.inclusion_proof.as_ref().ok_or(ProofError::Missing)?;
    let index = log_index(entry)?;
    let leaf_index = non_negative("log index of the proof", proof.log_index)?;
    let size = TreeSize(non_negative("tree size of the proof", proof.tree_size)?);
    // A v1 index counts over all shards, a v2 log has none.
    if kind.is_v2() && index != leaf_index {
        return Err(ProofError::IndexMismatch {
            entry: index,
            proof: leaf_index,
        });
    }
    let root = hash("root hash", &proof.root_hash)?;
    let (checkpoint, cosigners) = verify_checkpoint(proof, kind, log)?;
    if checkpoint.size != size {
        return Err(ProofError::Size {
            checkpoint: checkpoint.size,
            proof: size,
        });
    }
    if checkpoint.root != root {
        return Err(ProofError::Root {
            checkpoint: checkpoint.root,
            proof: root,
        });
    }
    let mut evidence = vec![
        Evidence::new("log", log.base_url()),
        Evidence::new("key sha256", hex::encode(log.key().key_id())),
        Evidence::new("origin", &checkpoint.origin),
        Evidence::new("tree size", size),
        Evidence::new("root hash", checkpoint.root),
    ];
    evidence.extend(
        cosigners
            .into_iter()
            .map(|name| Evidence::new("cosignature, not checked", name)),
    );
    trace.passed(
        Check::Checkpoint,
        format!("signed by {}", checkpoint.origin),
        evidence,
    );
    let hashes = proof
        .hashes
        .iter()
        .map(|bytes| hash("inclusion proof", bytes));
    let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
    let leaf = leaf_hash(&entry.canonicalized_body);
    verify_inclusion(leaf, LeafIndex(leaf_index), size, &hashes, checkpoint.root)
        .map_err(ProofError::Inclusion)?;
    let evidence = vec![
        Evidence::new("log index", leaf_index),
        Evidence::new("leaf hash", leaf),
    ];
    let detail = format!("entry {leaf_index} is in the tree of {size} entries");
    trace.passed(Check::InclusionProof, detail, evidence);
    Ok(leaf_index)
}

/// The entry's index, which is not below zero.
pub(super) fn log_index(entry: &TransparencyLogEntry) -> Result<u64, ProofError> {
    non_negative("log index of the entry", entry.log_index)
}

fn non_negative(what: &'static str, number: i64) -> Result<u64, ProofError> {
    u64::try_from(number).map_err(|_| ProofError::Negative {
        what,
        found: number,
    })
}

fn hash(what: &'static str, bytes: &[u8]) -> Result<Hash, ProofError> {
    Hash::try_from_slice(bytes).map_err(|_| ProofError::HashLength {
        what,
        found: bytes.len(),
    })
}

/// Checks that the log's key signed the checkpoint under the log's name.
///
/// Lines of others are not judged; their names are given back.
fn verify_checkpoint(
    proof: &InclusionProof,
    kind: EntryKind,
    log: &TransparencyLog,
) -> Result<(Checkpoint, Vec<String>), ProofError> {
    if proof.checkpoint.is_empty() {
        return Err(ProofError::MissingCheckpoint);
    }
    let note = SignedNote::parse(&proof.checkpoint).map_err(ProofError::Note)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(ProofError::Checkpoint)?;
    let name = signer_name(&checkpoint, kind, log)?;
    let verifier = note_verifier(name, log.key()).map_err(ProofError::LogKey)?;
    note.verify(verifier.as_ref())
        .map_err(|error| signature_error(&note, verifier.as_ref(), error))?;
    let others = note.signatures().iter().map(|line| &line.name);
    let cosigners = others.filter(|other| *other != name).cloned().collect();
    Ok((checkpoint, cosigners))
}

/// The name that the log signs under: a v2 log's is its host, a v1 log's stands before its tree ID.
fn signer_name<'c>(
    checkpoint: &'c Checkpoint,
    kind: EntryKind,
    log: &'c TransparencyLog,
) -> Result<&'c str, ProofError> {
    let origin = &checkpoint.origin;
    let wrong = |expected: String| ProofError::Origin {
        expected,
        found: origin.to_string(),
    };
    if !kind.is_v2() {
        // Its tree ID is known to nobody but the log; the key is what counts, as for every other client.
        let expected = || log.host().unwrap_or("NAME").to_owned() + " - TREEID";
        return if origin.tree_id().is_some() {
            Ok(origin.name())
        } else {
            Err(wrong(expected()))
        };
    }
    let host = log.host();
    let host = host.ok_or_else(|| ProofError::NoOrigin {
        base_url: log.base_url().to_owned(),
    })?;
    if origin.as_str() == host {
        Ok(host)
    } else {
        Err(wrong(host.to_owned()))
    }
}

/// Tells a missing signature from one under another key's hint.
fn signature_error(
    note: &SignedNote,
    verifier: &dyn NoteVerifier,
    error: NoteVerifyError,
) -> ProofError {
    match error {
        NoteVerifyError::NoMatchingSignature { name, hint } => {
            let mut named = note
                .signatures()
                .iter()
                .filter(|line| line.name == verifier.name());
            match named.next() {
                Some(line) => ProofError::KeyHint {
                    name,
                    expected: hint,
                    found: line.hint,
                },
                None => ProofError::NoSignature { name },
            }
        }
        other => ProofError::Signature(other),
    }
}
