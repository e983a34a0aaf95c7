//! How Rekor v1 names a tree and an entry.

use std::fmt;

use sigbox_crypto::PublicKey;
use sigbox_tlog::Hash;

const TREE_DIGITS: usize = 16;
const HASH_DIGITS: usize = 64;

/// The number of a tree: positive, 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeId(i64);

impl TreeId {
    /// Takes a positive number.
    pub fn new(id: i64) -> Option<Self> {
        (id > 0).then_some(Self(id))
    }

    /// The number for a new log with this key: the first 63 bits of the key's SHA-256, never 0.
    ///
    /// It is derived once, when the log is created; from then on the log's origin holds it.
    pub fn derive(key: &PublicKey) -> Self {
        let id = key
            .key_id()
            .into_iter()
            .take(8)
            .fold(0_i64, |id, byte| (id << 8) | i64::from(byte));
        Self((id & i64::MAX).max(1))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for TreeId {
    /// Decimal, as origins and `treeID` members have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An entry's name: 16 digits of its tree, 64 digits of its leaf hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryId {
    pub(super) tree: TreeId,
    pub(super) leaf_hash: Hash,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.tree.0, self.leaf_hash)
    }
}

/// An entry as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AskedId {
    /// Absent if the leaf hash alone is given.
    pub(super) tree: Option<TreeId>,
    pub(super) leaf_hash: Hash,
}

/// Why a text names no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AskedIdError {
    /// Neither 64 nor 80 hexadecimal digits.
    Form,
    /// The first 16 digits are 0, or more than 63 bits.
    TreeId { digits: String },
}

impl AskedId {
    /// Reads 64 or 80 hexadecimal digits of either case.
    pub(super) fn parse(text: &str) -> Result<Self, AskedIdError> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(AskedIdError::Form);
        }
        let (tree, hash) = match text.len() {
            HASH_DIGITS => (None, text),
            length if length == TREE_DIGITS + HASH_DIGITS => {
                let (tree, hash) = text
                    .split_at_checked(TREE_DIGITS)
                    .ok_or(AskedIdError::Form)?;
                (Some(tree), hash)
            }
            _ => return Err(AskedIdError::Form),
        };
        let tree = tree.map(parse_tree).transpose()?;
        let leaf_hash = parse_hash(hash).ok_or(AskedIdError::Form)?;
        Ok(Self { tree, leaf_hash })
    }
}

fn parse_tree(digits: &str) -> Result<TreeId, AskedIdError> {
    let id = i64::from_str_radix(digits, 16).ok();
    id.and_then(TreeId::new)
        .ok_or_else(|| AskedIdError::TreeId {
            digits: digits.to_owned(),
        })
}

fn parse_hash(digits: &str) -> Option<Hash> {
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    Hash::try_from_slice(&bytes.collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const HASH: &str = "d418d0deed0281eeec34a9aeaac8d009d742a10811019f7277b4e47d1da2419c";

    #[test]
    fn reads_both_forms_in_either_case() {
        let tree = TreeId::new(0x58d6_c507_ec05_4f58).unwrap();
        let full = format!("58d6c507ec054f58{HASH}");
        let asked = AskedId::parse(&full.to_uppercase()).unwrap();
        assert_eq!(asked.tree, Some(tree));
        assert_eq!(asked.leaf_hash.to_string(), HASH);
        let leaf_hash = asked.leaf_hash;
        assert_eq!(EntryId { tree, leaf_hash }.to_string(), full);
        let asked = AskedId::parse(HASH).unwrap();
        assert_eq!(
            (asked.tree, asked.leaf_hash.to_string().as_str()),
            (None, HASH)
        );
        assert_eq!(tree.to_string(), "6401520558168952664");
    }

    #[test]
    fn other_texts_name_no_entry() {
        for text in ["", "ab", &HASH[1..], &format!("0{HASH}"), &"g".repeat(64)] {
            assert_eq!(AskedId::parse(text), Err(AskedIdError::Form), "{text}");
        }
        for digits in ["0000000000000000", "8000000000000000"] {
            assert_eq!(
                AskedId::parse(&format!("{digits}{HASH}")),
                Err(AskedIdError::TreeId {
                    digits: digits.to_owned()
                })
            );
        }
    }

    #[test]
    fn a_tree_id_is_positive() {
        assert_eq!(TreeId::new(0), None);
        assert_eq!(TreeId::new(-1), None);
        let key = sigbox_crypto::SigningKey::generate(sigbox_crypto::KeyAlgorithm::EcdsaP256);
        let key = key.unwrap().public_key().clone();
        let first: [u8; 8] = key.key_id()[..8].try_into().unwrap();
        let expected = i64::try_from(u64::from_be_bytes(first) & (u64::MAX >> 1)).unwrap();
        assert_eq!(TreeId::derive(&key).get(), expected);
    }
}
