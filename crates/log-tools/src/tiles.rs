//! The full check of a log of which there are only tiles: any log of C2SP tlog-tiles, given its origin and key.

mod source;

use sigbox_log_engine::{AuditError, Audited, CheckpointFault};
use sigbox_tlog::{
    Checkpoint, Hash, LeafIndex, SignedNote, TILE_WIDTH, TileEdge, TilePath, TileRef, TreeSize,
    UnixMillis, entry_bundle, leaf_hash,
};

use crate::fsck::{Checked, Finding, Progress, Report, Scope};
use crate::key::{self, GivenKey};

pub use source::{SourceError, TileSource};

/// Longest checkpoint that is read, in bytes; signatures of many witnesses included.
const MAX_CHECKPOINT: usize = 512 * 1024;
/// Longest entry bundle, in bytes.
const MAX_BUNDLE: usize = TILE_WIDTH as usize * (entry_bundle::MAX_ENTRY_SIZE + 2);
/// Longest tile, in bytes.
const MAX_TILE: usize = TILE_WIDTH as usize * 32;

/// Rebuilds the tree from the entry bundles, and compares every tile and the signed root with it.
///
/// The report has one log, called `tiles`. Entries are hashed as they stand in their bundles: a CT log, whose bundles have a
/// form of their own, cannot be read so.
pub async fn check(
    source: &TileSource,
    origin: &str,
    key: &GivenKey,
    progress: Progress<'_>,
) -> Report {
    let outcome = audit(source, origin, key, progress).await;
    Report {
        source: source.label(),
        scope: Scope::Tiles,
        file: Ok(()),
        logs: vec![Checked {
            log: "tiles".to_owned(),
            origin: origin.to_owned(),
            outcome,
        }],
    }
}

async fn audit(
    source: &TileSource,
    origin: &str,
    key: &GivenKey,
    progress: Progress<'_>,
) -> Result<Audited, Finding> {
    let (size, root) = checkpoint(source, origin, key).await?;
    let mut edge = TileEdge::new();
    let bundles = size.0.div_ceil(u64::from(TILE_WIDTH));
    for index in 0..bundles {
        progress("tiles", edge.size().0, size.0);
        let leaves = bundle(source, index, size).await?;
        let signed = hashes(source, required(index, size)?).await?;
        for (at, (found, expected)) in
            (index * u64::from(TILE_WIDTH)..).zip(leaves.iter().zip(&signed))
        {
            if found != expected {
                return Err(Finding::of(&AuditError::LeafHash {
                    index: LeafIndex(at),
                    expected: *expected,
                    found: *found,
                }));
            }
        }
        for leaf in leaves {
            for (tile, derived) in edge.append(leaf) {
                // Those of level 0 were compared leaf by leaf.
                if tile.level > 0 {
                    compare(source, tile, &derived).await?;
                }
            }
        }
    }
    progress("tiles", size.0, size.0);
    partial_tiles(source, &edge).await?;
    if edge.root() != root {
        return Err(Finding::of(&AuditError::Root {
            size,
            expected: root,
            found: edge.root(),
        }));
    }
    Ok(Audited {
        size,
        root,
        last_time: UnixMillis(0),
        checkpoints: 1,
    })
}

/// The signed size and root.
async fn checkpoint(
    source: &TileSource,
    origin: &str,
    key: &GivenKey,
) -> Result<(TreeSize, Hash), Finding> {
    let read = source.read("checkpoint", MAX_CHECKPOINT).await;
    let bytes = read.map_err(|error| Finding::unreadable("checkpoint", &error))?;
    let bytes = bytes.ok_or_else(|| Finding::new("checkpoint", "a checkpoint", "none"))?;
    let text =
        String::from_utf8(bytes).map_err(|error| Finding::unreadable("checkpoint", &error))?;
    let verifier = key::verifier(origin, &key.key, &text)
        .map_err(|error| Finding::unreadable("key of the log", &error))?;
    let judge = || -> Result<Checkpoint, CheckpointFault> {
        let note = SignedNote::parse(&text)?;
        note.verify(verifier.as_ref())?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin.as_str() == origin {
            return Ok(checkpoint);
        }
        Err(CheckpointFault::Origin {
            expected: origin.to_owned(),
            found: checkpoint.origin.to_string(),
        })
    };
    let checkpoint =
        judge().map_err(|fault| Finding::of_checkpoint("newest checkpoint", &fault))?;
    Ok((checkpoint.size, checkpoint.root))
}

/// The leaf hashes of a bundle as wide as the log's size makes it.
async fn bundle(source: &TileSource, index: u64, size: TreeSize) -> Result<Vec<Hash>, Finding> {
    let width = required(index, size)?.width;
    let path = |width| TilePath::Entries { index, width };
    let bytes = widest(source, path(width), path(TILE_WIDTH), MAX_BUNDLE).await?;
    let check = format!("entry bundle {}", path(width));
    let entries =
        entry_bundle::decode(&bytes).map_err(|error| Finding::unreadable(&check, &error))?;
    let wanted = usize::from(width);
    if entries.len() < wanted {
        return Err(Finding::new(
            check,
            format_args!("{wanted} entries"),
            entries.len(),
        ));
    }
    Ok(entries
        .iter()
        .take(wanted)
        .map(|entry| leaf_hash(entry))
        .collect())
}

/// A tile of leaf hashes as wide as the log's size makes it.
fn required(index: u64, size: TreeSize) -> Result<TileRef, Finding> {
    TileRef::at_size(0, index, size)
        .ok_or_else(|| Finding::new(format_args!("tile 0/{index}"), "a tile", "none"))
}

/// The hashes of a tile.
async fn hashes(source: &TileSource, tile: TileRef) -> Result<Vec<Hash>, Finding> {
    let full = TilePath::Tile(TileRef::full(tile.level, tile.index));
    let bytes = widest(source, TilePath::Tile(tile), full, MAX_TILE).await?;
    let (found, _) = bytes.as_chunks::<32>();
    let wanted = usize::from(tile.width);
    if found.len() < wanted {
        return Err(Finding::new(
            format_args!("tile {}", TilePath::Tile(tile)),
            format_args!("{wanted} hashes"),
            found.len(),
        ));
    }
    Ok(found
        .iter()
        .take(wanted)
        .map(|hash| Hash::from_bytes(*hash))
        .collect())
}

async fn compare(source: &TileSource, tile: TileRef, derived: &[Hash]) -> Result<(), Finding> {
    let stored = hashes(source, tile).await?;
    let differs = stored.iter().zip(derived).position(|(a, b)| a != b);
    match differs.and_then(|at| Some((at, derived.get(at)?, stored.get(at)?))) {
        None => Ok(()),
        Some((at, expected, found)) => Err(Finding::new(
            format_args!("hash {at} of tile {}", TilePath::Tile(tile)),
            expected,
            found,
        )),
    }
}

/// The tiles above the leaves that are not full at this size.
async fn partial_tiles(source: &TileSource, edge: &TileEdge) -> Result<(), Finding> {
    for level in 1..u8::try_from(edge.level_count()).unwrap_or(u8::MAX) {
        let loose = edge.level(level);
        let shift = 8 * (u32::from(level) + 1);
        let index = edge.size().0.checked_shr(shift).unwrap_or(0);
        let width = u16::try_from(loose.len()).unwrap_or(TILE_WIDTH);
        if width > 0 {
            let tile = TileRef {
                level,
                index,
                width,
            };
            compare(source, tile, loose).await?;
        }
    }
    Ok(())
}

/// A partial resource, or the full one where the partial one is no longer kept.
///
/// Source: C2SP tlog-tiles, "Partial tiles".
async fn widest(
    source: &TileSource,
    wanted: TilePath,
    full: TilePath,
    limit: usize,
) -> Result<Vec<u8>, Finding> {
    for path in [wanted, full] {
        let path = format!("tile/{path}");
        let read = source.read(&path, limit).await;
        if let Some(bytes) = read.map_err(|error| Finding::unreadable(&path, &error))? {
            return Ok(bytes);
        }
    }
    Err(Finding::new(
        format_args!("tile/{wanted}"),
        "to be served",
        "nothing",
    ))
}
