//! Merkle trees, tiles, checkpoints and signed notes: pure functions.
//!
//! What this crate is: the arithmetic of a transparency log as RFC 6962 / RFC 9162 and the C2SP documents
//! `signed-note`, `tlog-checkpoint` and `tlog-tiles` define it. What it is not: it holds no key material, reads no
//! clock, no file and no socket, and knows nothing of Sigstore. Signatures come in through [`NoteSigner`] and
//! [`NoteVerifier`].
//!
//! ```text
//! units         TreeSize, LeafIndex, UnixMillis
//! hash          Hash, leaf_hash, node_hash
//! frontier      the complete subtrees of a tree: append and root
//! tile          TileRef, tile_hash         tile_path   the typed path of a tile
//! edge          the right edge of every tile level
//! proof         plan (which tiles), build, verify
//! entry_bundle  the bytes of an entry bundle
//! origin, checkpoint, note, key_id, rfc6962
//! ```

mod checkpoint;
mod edge;
pub mod entry_bundle;
mod frontier;
mod hash;
pub mod key_id;
mod note;
mod origin;
mod proof;
pub mod rfc6962;
mod tile;
mod tile_path;
mod units;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use edge::{EdgeError, TileEdge};
pub use frontier::{Frontier, FrontierError};
pub use hash::{
    HASH_SIZE, Hash, HashDecodeError, HashLengthError, empty_root, leaf_hash, node_hash,
};
pub use note::{
    KeyHint, NoteError, NoteSignError, NoteSignature, NoteSigner, NoteVerifier, NoteVerifyError,
    SignedNote, sign_note,
};
pub use origin::{Origin, OriginError};
pub use proof::{
    ConsistencyError, InclusionError, ProofError, ProofPlan, SubtreeCache, plan_consistency,
    plan_inclusion, plan_root, root_from_inclusion, verify_consistency, verify_inclusion,
};
pub use tile::{TILE_HEIGHT, TILE_WIDTH, TileRef, tile_hash};
pub use tile_path::{TilePath, TilePathError};
pub use units::{LeafIndex, MAX_TREE_SIZE, TreeSize, UnixMillis};
