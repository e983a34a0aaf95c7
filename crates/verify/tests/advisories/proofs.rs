//! C26 to C28: is the entry in the tree that the log signed?

use sigbox_testkit::virtual_sigstore::{Lie, Signed};
use sigbox_tlog::{Hash, InclusionError, LeafIndex, Origin, TreeSize, leaf_hash, verify_inclusion};
use sigbox_verify::{ProofError, VerifyError as E};
use sigbox_wire::{BundleError, InclusionProof};

use crate::deployment::{alice, refused};
use crate::edit::{accepted, edited, entries, honest};
use crate::rekor::{HOST, Rekor};
use crate::times::with_lie;

/// The honest bundle with a proof of `index` in a tree of `size`, whose log signed just that.
fn proved(index: i64, size: i64, hashes: usize) -> Signed {
    let mut signed = honest();
    let log = Rekor::trusted_by(&mut signed.trusted_root);
    let body = entries(&mut signed)[0].canonicalized_body.clone();
    let (root, origin) = (leaf_hash(&body), Origin::parse(HOST).unwrap());
    let mut entry = log.v2(&body);
    entry.log_index = index;
    entry.inclusion_proof = Some(InclusionProof {
        log_index: index,
        root_hash: root.as_bytes().to_vec(),
        tree_size: size,
        hashes: vec![vec![0; 32]; hashes],
        checkpoint: log.checkpoint(&origin, size.unsigned_abs(), root),
    });
    *entries(&mut signed) = vec![entry];
    signed
}

#[test]
fn adv_c26_proofs_at_the_edges_of_numbers() {
    accepted(&proved(0, 1, 0), &alice());
    for (index, size) in [(1, 1), (0, 0), (i64::MAX, 1), (i64::MAX, i64::MAX)] {
        let error = refused(&proved(index, size, 0), &alice());
        let out = matches!(
            error,
            E::Proof(ProofError::Inclusion(
                InclusionError::IndexOutOfRange { .. }
            ))
        );
        assert!(out, "{index} of {size}: {error:?}");
    }
    for (index, size, hashes) in [
        (0, 1, 1),
        (0, 2, 0),
        (0, i64::MAX, 62),
        (0, i64::MAX, 64),
        (i64::MAX - 1, i64::MAX, 0),
    ] {
        let error = refused(&proved(index, size, hashes), &alice());
        let length = matches!(
            error,
            E::Proof(ProofError::Inclusion(InclusionError::ProofLength { .. }))
        );
        assert!(length, "{index} of {size} by {hashes}: {error:?}");
    }
    let error = refused(&proved(0, i64::MIN, 0), &alice());
    assert!(matches!(
        error,
        E::Proof(ProofError::Negative {
            found: i64::MIN,
            ..
        })
    ));
    for number in ["9223372036854775808", "18446744073709551615"] {
        let big = edited(&honest(), |json| {
            json["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["treeSize"] =
                number.into();
        });
        assert!(matches!(big, Err(BundleError::Json(_))), "{big:?}");
    }
    // No bundle can say these; the count holds all the same.
    let (leaf, index) = (Hash::from_bytes([1; 32]), LeafIndex(0));
    for size in [1 << 63, u64::MAX] {
        let error = verify_inclusion(leaf, index, TreeSize(size), &[], leaf).unwrap_err();
        assert!(
            matches!(error, InclusionError::ProofLength { found: 0, .. }),
            "{error:?}"
        );
        let last = LeafIndex(size);
        let error = verify_inclusion(leaf, last, TreeSize(size), &[], leaf).unwrap_err();
        assert!(
            matches!(error, InclusionError::IndexOutOfRange { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn adv_c27_a_tree_for_one_victim() {
    accepted(&with_lie(Lie::None), &alice());
    let refusal = |lie| refused(&with_lie(lie), &alice());
    let error = refusal(Lie::WrongCheckpointKey);
    assert!(
        matches!(error, E::Proof(ProofError::Signature(_))),
        "{error:?}"
    );
    let error = refusal(Lie::WrongCheckpointOrigin);
    assert!(
        matches!(error, E::Proof(ProofError::Origin { .. })),
        "{error:?}"
    );
    let error = refusal(Lie::WrongCheckpointRoot);
    assert!(
        matches!(error, E::Proof(ProofError::Root { .. })),
        "{error:?}"
    );
    let error = refusal(Lie::WrongCheckpointSize);
    assert!(
        matches!(error, E::Proof(ProofError::Size { .. })),
        "{error:?}"
    );
}

#[test]
fn adv_c28_a_checkpoint_under_another_key_hint() {
    accepted(&with_lie(Lie::None), &alice());
    let error = refused(&with_lie(Lie::WrongKeyHint), &alice());
    assert!(
        matches!(error, E::Proof(ProofError::KeyHint { .. })),
        "{error:?}"
    );
}
