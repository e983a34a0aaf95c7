//! Tiles, bundles, entries and proofs, compared with the plainest tree there is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod rig;

use rig::Rig;
use sigbox_log_engine::{Damage, Log, ReadError};
use sigbox_testkit::log_check::naive_root;
use sigbox_tlog::{
    Hash, LeafIndex, TileRef, TreeSize, entry_bundle, leaf_hash, verify_consistency,
    verify_inclusion,
};

const SIZE: u64 = 700;

async fn filled() -> (Rig, Log, Vec<Hash>) {
    let rig = Rig::new(&["log"]).await;
    let bodies: Vec<String> = (0..SIZE).map(|index| format!("body {index}")).collect();
    for part in bodies.chunks(123) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        assert!(rig.append(&part).await.iter().all(Result::is_ok));
    }
    let leaves = bodies
        .iter()
        .map(|body| leaf_hash(body.as_bytes()))
        .collect();
    let log = rig.log();
    (rig, log, leaves)
}

fn bytes(hashes: &[Hash]) -> Option<Vec<u8>> {
    let bytes = hashes
        .iter()
        .flat_map(|hash| *hash.as_bytes())
        .collect::<Vec<u8>>();
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

fn tile(level: u8, index: u64, width: u16) -> TileRef {
    TileRef {
        level,
        index,
        width,
    }
}

#[tokio::test(start_paused = true)]
async fn serves_full_and_partial_tiles_and_nothing_beyond() {
    let (_rig, log, leaves) = filled().await;
    let parents: Vec<Hash> = leaves.chunks_exact(256).map(naive_root).collect();
    let table = [
        (tile(0, 0, 256), bytes(&leaves[..256])),
        (tile(0, 1, 256), bytes(&leaves[256..512])),
        (tile(0, 2, 188), bytes(&leaves[512..])),
        // Older sizes had these; a full tile is cut down for them.
        (tile(0, 2, 1), bytes(&leaves[512..513])),
        (tile(0, 0, 17), bytes(&leaves[..17])),
        (tile(1, 0, 2), bytes(&parents)),
        (tile(1, 0, 1), bytes(&parents[..1])),
        (tile(0, 2, 189), None),
        (tile(0, 2, 256), None),
        (tile(0, 3, 1), None),
        (tile(1, 0, 3), None),
        (tile(1, 1, 1), None),
        (tile(2, 0, 1), None),
        (tile(0, 0, 0), None),
        (tile(0, u64::MAX, 1), None),
        (tile(255, 0, 1), None),
    ];
    for (tile, expected) in table {
        assert_eq!(log.tile(tile).await.unwrap(), expected, "{tile:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn serves_entry_bundles_and_entries() {
    let (_rig, log, _) = filled().await;
    let bundle = log.entry_bundle(2, 188).await.unwrap().unwrap();
    let expected: Vec<Vec<u8>> = (512..SIZE)
        .map(|index| format!("body {index}").into_bytes())
        .collect();
    assert_eq!(entry_bundle::decode(&bundle).unwrap(), expected);
    assert_eq!(
        entry_bundle::decode(&log.entry_bundle(0, 256).await.unwrap().unwrap())
            .unwrap()
            .len(),
        256
    );
    assert_eq!(
        entry_bundle::decode(&log.entry_bundle(1, 3).await.unwrap().unwrap())
            .unwrap()
            .len(),
        3
    );
    for (index, width) in [(2, 189), (2, 256), (3, 1), (0, 0), (0, 257), (u64::MAX, 1)] {
        assert_eq!(
            log.entry_bundle(index, width).await.unwrap(),
            None,
            "{index} {width}"
        );
    }
    let entry = log.entry(LeafIndex(699)).await.unwrap().unwrap();
    assert_eq!(entry.leaf, "body 699");
    assert_eq!(
        log.entry_by_leaf_hash(entry.leaf_hash)
            .await
            .unwrap()
            .unwrap(),
        entry
    );
    assert_eq!(
        log.entry_by_dedup_key(entry.dedup_key)
            .await
            .unwrap()
            .unwrap(),
        entry
    );
    assert_eq!(log.entry(LeafIndex(700)).await.unwrap(), None);
    assert_eq!(log.entry(LeafIndex(u64::MAX)).await.unwrap(), None);
    assert_eq!(
        log.entry_by_leaf_hash(leaf_hash(b"absent")).await.unwrap(),
        None
    );
    assert_eq!(log.entries(698..u64::MAX).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn proves_inclusion_in_every_size_asked_for() {
    let (_rig, log, leaves) = filled().await;
    for (index, size) in [
        (0, 1),
        (0, 700),
        (255, 256),
        (256, 257),
        (511, 700),
        (699, 700),
        (3, 513),
        (600, 601),
    ] {
        let at = usize::try_from(size).unwrap();
        let root = naive_root(&leaves[..at]);
        let (index, size) = (LeafIndex(index), TreeSize(size));
        let proof = log.inclusion_proof(index, size).await.unwrap();
        assert_eq!((proof.index, proof.size, proof.root), (index, size, root));
        let leaf = leaves[usize::try_from(index.0).unwrap()];
        assert_eq!(
            verify_inclusion(leaf, index, size, &proof.hashes, root),
            Ok(())
        );
        assert_eq!(log.root(size).await.unwrap(), root);
    }
    assert!(matches!(
        log.inclusion_proof(LeafIndex(5), TreeSize(5)).await,
        Err(ReadError::IndexBeyondSize {
            index: LeafIndex(5),
            size: TreeSize(5)
        })
    ));
    assert!(matches!(
        log.inclusion_proof(LeafIndex(5), TreeSize(701)).await,
        Err(ReadError::SizeBeyondHead {
            size: TreeSize(701),
            head: TreeSize(700)
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn proves_consistency_between_every_two_sizes_asked_for() {
    let (_rig, log, leaves) = filled().await;
    let root = |size: u64| naive_root(&leaves[..usize::try_from(size).unwrap()]);
    for (first, second) in [
        (1, 2),
        (1, 700),
        (255, 256),
        (256, 700),
        (300, 512),
        (699, 700),
        (700, 700),
        (0, 700),
    ] {
        let proof = log
            .consistency_proof(TreeSize(first), TreeSize(second))
            .await
            .unwrap();
        let verdict = verify_consistency(
            TreeSize(first),
            TreeSize(second),
            &proof,
            root(first),
            root(second),
        );
        assert_eq!(verdict, Ok(()), "{first} {second}");
    }
    assert!(matches!(
        log.consistency_proof(TreeSize(5), TreeSize(4)).await,
        Err(ReadError::SizeOrder {
            first: TreeSize(5),
            second: TreeSize(4)
        })
    ));
    assert!(matches!(
        log.consistency_proof(TreeSize(5), TreeSize(701)).await,
        Err(ReadError::SizeBeyondHead {
            size: TreeSize(701),
            head: TreeSize(700)
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn fault_f08_a_tile_that_rots_is_refused_and_the_others_are_served() {
    let (mut rig, _, leaves) = filled().await;
    rig.restart().await;
    let rotten = leaves[256];
    rig.store.tamper_tiles(move |tile| {
        if tile.first() == Some(&rotten) {
            tile[9] = leaf_hash(b"rot");
        }
    });
    let log = rig.log();
    let read = log.tile(tile(0, 1, 256)).await;
    assert!(
        matches!(
            read,
            Err(ReadError::Damaged(Damage::TileMismatch {
                level: 0,
                index: 1
            }))
        ),
        "{read:?}"
    );
    let proof = log.inclusion_proof(LeafIndex(300), TreeSize(700)).await;
    assert!(
        matches!(
            proof,
            Err(ReadError::Damaged(Damage::TileMismatch {
                level: 0,
                index: 1
            }))
        ),
        "{proof:?}"
    );
    assert_eq!(
        log.tile(tile(0, 0, 256)).await.unwrap(),
        bytes(&leaves[..256])
    );
    assert!(
        log.inclusion_proof(LeafIndex(10), TreeSize(700))
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_read_fails_the_read_alone() {
    let (mut rig, _, leaves) = filled().await;
    rig.restart().await;
    rig.store.break_reads(1);
    let log = rig.log();
    assert!(matches!(
        log.tile(tile(0, 0, 256)).await,
        Err(ReadError::Store { .. })
    ));
    assert_eq!(
        log.tile(tile(0, 0, 256)).await.unwrap(),
        bytes(&leaves[..256])
    );
    // Now the tile is known: the store is not asked again.
    rig.store.break_reads(1);
    assert_eq!(
        log.tile(tile(0, 0, 256)).await.unwrap(),
        bytes(&leaves[..256])
    );
}
