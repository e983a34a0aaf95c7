//! The leaf of a certificate transparency log, and the bytes kept beside it.

use bytes::Bytes;
use sigbox_crypto::{SctEntry, SctError, merkle_tree_leaf_precert, merkle_tree_leaf_x509, sha256};
use sigbox_log_engine::{LeafError, LeafFormat, Pending, StoredEntry};
use sigbox_tlog::{LeafIndex, UnixMillis};

/// `version v1`, `leaf_type timestamped_entry`, then the time: what stands before the entry in a leaf.
const BEFORE_ENTRY: usize = 2 + 8;
/// Length of the extensions field with the leaf index in it, its own length included.
const EXTENSIONS: usize = 2 + 8;
/// `LogEntryType x509_entry`.
const X509_ENTRY: u16 = 0;
/// `LogEntryType precert_entry`.
const PRECERT_ENTRY: u16 = 1;
/// `CtExtensionType leaf_index`.
const LEAF_INDEX: u8 = 0;

/// What is logged of a submission, before it has a time and a place.
///
/// As bytes it is the middle of a `TimestampedEntry`: type, then entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryBody {
    X509 {
        certificate: Vec<u8>,
    },
    Precert {
        issuer_key_hash: [u8; 32],
        tbs: Vec<u8>,
    },
}

impl EntryBody {
    pub(super) fn as_sct_entry(&self) -> SctEntry<'_> {
        match self {
            Self::X509 { certificate } => SctEntry::X509(certificate),
            Self::Precert {
                issuer_key_hash,
                tbs,
            } => SctEntry::Precert {
                issuer_key_hash,
                tbs,
            },
        }
    }

    /// The bytes of a leaf of time 0 at index 0, without what surrounds the entry.
    pub(super) fn encode(&self) -> Result<Vec<u8>, SctError> {
        let mut leaf = self.leaf(UnixMillis(0), &[0; EXTENSIONS - 2])?;
        leaf.truncate(leaf.len().saturating_sub(EXTENSIONS));
        Ok(leaf.split_off(BEFORE_ENTRY))
    }

    fn leaf(&self, time: UnixMillis, extensions: &[u8]) -> Result<Vec<u8>, SctError> {
        match self {
            Self::X509 { certificate } => merkle_tree_leaf_x509(time, certificate, extensions),
            Self::Precert {
                issuer_key_hash,
                tbs,
            } => merkle_tree_leaf_precert(time, issuer_key_hash, tbs, extensions),
        }
    }
}

/// The extensions field of an entry: its leaf index, `00 | u16 5 | uint40`.
///
/// Source: C2SP static-ct-api, "SCT Extension".
pub(super) fn leaf_index_extension(index: LeafIndex) -> Option<[u8; 8]> {
    let mut extension = index.0.to_be_bytes();
    let (head, _) = extension.split_first_chunk_mut::<3>()?;
    if *head != [0; 3] {
        return None;
    }
    *head = [LEAF_INDEX, 0, 5];
    Some(extension)
}

/// A submission for the engine: `beside_leaf` is the end of its `TileLeaf`.
pub(super) fn pending(body: &EntryBody, beside_leaf: Vec<u8>) -> Result<Pending, SctError> {
    let body = body.encode()?;
    Ok(Pending {
        dedup_key: sha256(&body),
        body: Bytes::from(body),
        extra: Bytes::from(beside_leaf),
    })
}

/// What follows the `TimestampedEntry` in a data tile: the precertificate if there is one, then the chain's fingerprints.
///
/// Source: C2SP static-ct-api, "Log Entries", `TileLeaf`.
pub(super) fn beside_leaf(
    precertificate: Option<&[u8]>,
    issuers: &[[u8; 32]],
) -> Result<Vec<u8>, SctError> {
    let too_long = |field, length| SctError::TooLong { field, length };
    let mut out = Vec::new();
    if let Some(der) = precertificate {
        match u32::try_from(der.len()).map(u32::to_be_bytes) {
            Ok([0, length @ ..]) => out.extend(length),
            _ => return Err(too_long("precertificate", der.len())),
        }
        out.extend_from_slice(der);
    }
    let length = issuers.len().saturating_mul(32);
    let length = u16::try_from(length).map_err(|_| too_long("certificate chain", length))?;
    out.extend(length.to_be_bytes());
    out.extend(issuers.iter().flatten());
    Ok(out)
}

/// One entry of a data tile.
pub(super) fn tile_leaf(entry: &StoredEntry) -> impl Iterator<Item = u8> + '_ {
    // A leaf begins with version and leaf type, a TileLeaf with the time after them.
    entry.leaf.iter().skip(2).chain(&entry.extra).copied()
}

/// The leaf format of a CT log: a `MerkleTreeLeaf` with the entry's time and, as an extension, its index.
///
/// [`Pending::body`] is type and entry; two submissions are the same if that is, whenever they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct CtLeaf;

impl LeafFormat for CtLeaf {
    /// Source: RFC 6962 §3.4, C2SP static-ct-api.
    fn leaf(
        &self,
        pending: &Pending,
        index: LeafIndex,
        time: UnixMillis,
    ) -> Result<Vec<u8>, LeafError> {
        let (kind, _) = pending
            .body
            .split_first_chunk::<2>()
            .ok_or(LeafError::Body {
                rule: "entry type missing",
            })?;
        if ![X509_ENTRY, PRECERT_ENTRY].contains(&u16::from_be_bytes(*kind)) {
            return Err(LeafError::Body {
                rule: "entry type is x509 or precert",
            });
        }
        let extensions = leaf_index_extension(index).ok_or(LeafError::Index { index })?;
        let mut leaf = Vec::with_capacity(BEFORE_ENTRY + pending.body.len() + EXTENSIONS);
        leaf.extend([0, 0]);
        leaf.extend(time.0.to_be_bytes());
        leaf.extend_from_slice(&pending.body);
        leaf.extend([0, 8]);
        leaf.extend(extensions);
        Ok(leaf)
    }

    fn same(&self, pending: &Pending, stored: &StoredEntry) -> bool {
        let end = stored.leaf.len().saturating_sub(EXTENSIONS);
        stored.leaf.get(BEFORE_ENTRY..end) == Some(pending.body.as_ref())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn precert() -> EntryBody {
        EntryBody::Precert {
            issuer_key_hash: [7; 32],
            tbs: b"tbs".to_vec(),
        }
    }

    fn stored(pending: &Pending, index: u64, time: u64) -> StoredEntry {
        let leaf = CtLeaf
            .leaf(pending, LeafIndex(index), UnixMillis(time))
            .unwrap();
        StoredEntry {
            index: LeafIndex(index),
            time: UnixMillis(time),
            leaf_hash: sigbox_tlog::leaf_hash(&leaf),
            dedup_key: pending.dedup_key,
            leaf: leaf.into(),
            extra: pending.extra.clone(),
        }
    }

    #[test]
    fn a_leaf_is_what_the_sct_signs() {
        for body in [
            precert(),
            EntryBody::X509 {
                certificate: b"certificate".to_vec(),
            },
        ] {
            let pending = pending(&body, Vec::new()).unwrap();
            let leaf = CtLeaf
                .leaf(&pending, LeafIndex(0x01_0203), UnixMillis(5))
                .unwrap();
            let extension = leaf_index_extension(LeafIndex(0x01_0203)).unwrap();
            assert_eq!(extension, [0, 0, 5, 0, 0, 1, 2, 3]);
            assert_eq!(leaf, body.leaf(UnixMillis(5), &extension).unwrap());
        }
    }

    #[test]
    fn a_precertificate_leaf_byte_for_byte() {
        let pending = pending(&precert(), Vec::new()).unwrap();
        let leaf = CtLeaf.leaf(&pending, LeafIndex(1), UnixMillis(2)).unwrap();
        let expected = format!(
            "0000{:016x}0001{}000003746273{}",
            2,
            "07".repeat(32),
            "00080000050000000001"
        );
        assert_eq!(hex::encode(leaf), expected);
    }

    #[test]
    fn the_same_entry_is_known_at_any_time_and_place() {
        let first = pending(&precert(), Vec::new()).unwrap();
        let other = EntryBody::Precert {
            issuer_key_hash: [7; 32],
            tbs: b"TBS".to_vec(),
        };
        let other = pending(&other, Vec::new()).unwrap();
        let entry = stored(&first, 9, 99);
        assert!(CtLeaf.same(&first, &entry));
        assert!(!CtLeaf.same(&other, &entry));
        assert_ne!(first.dedup_key, other.dedup_key);
    }

    #[test]
    fn refuses_what_is_no_entry() {
        let odd = |body: &'static [u8]| Pending {
            dedup_key: [0; 32],
            body: Bytes::from_static(body),
            extra: Bytes::new(),
        };
        let leaf = |pending: &Pending, index| CtLeaf.leaf(pending, LeafIndex(index), UnixMillis(0));
        assert_eq!(
            leaf(&odd(b"\0"), 0),
            Err(LeafError::Body {
                rule: "entry type missing"
            })
        );
        assert_eq!(
            leaf(&odd(b"\0\x02x"), 0),
            Err(LeafError::Body {
                rule: "entry type is x509 or precert"
            })
        );
        let index = LeafIndex(1 << 40);
        assert_eq!(
            leaf(&odd(b"\0\x01x"), 1 << 40),
            Err(LeafError::Index { index })
        );
    }

    #[test]
    fn a_tile_leaf_is_entry_precertificate_and_chain() {
        let beside = beside_leaf(Some(b"pre"), &[[1; 32], [2; 32]]).unwrap();
        let expected = format!(
            "000003{}0040{}{}",
            hex::encode("pre"),
            "01".repeat(32),
            "02".repeat(32)
        );
        assert_eq!(hex::encode(&beside), expected);
        assert_eq!(hex::encode(beside_leaf(None, &[]).unwrap()), "0000");
        let entry = stored(&pending(&precert(), beside.clone()).unwrap(), 3, 4);
        let tile: Vec<u8> = tile_leaf(&entry).collect();
        assert_eq!(tile, [&entry.leaf[2..], &beside].concat());
    }
}
