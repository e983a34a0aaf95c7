use super::{Joined, Joining};
use crate::image::layer::{Layer, LayerContent};
use crate::image::manifest::BlobRef;
use crate::image::tags::TagKind;
use sigbox_crypto::{KeyAlgorithm, PublicKey, SigningKey};
use sigbox_oci::RegistryError;

fn key() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

fn signed(key: &SigningKey, payload: &str) -> Layer {
    let content = LayerContent::Signature {
        payload: payload.as_bytes().to_vec(),
        signature: key.sign(payload.as_bytes()).unwrap(),
    };
    Layer {
        content,
        certificate: None,
        entry: None,
        timestamp: None,
    }
}

fn attested(text: &str, predicate_type: &str) -> Layer {
    let content = LayerContent::Attestation {
        text: text.as_bytes().to_vec(),
        predicate_type: predicate_type.to_owned(),
    };
    Layer {
        content,
        certificate: None,
        entry: None,
        timestamp: None,
    }
}

fn blob(layer: &Layer) -> BlobRef {
    BlobRef::of(layer.media_type(), layer.blob()).with_annotations(layer.annotations().unwrap())
}

fn joining(signer: Option<&PublicKey>, replace: bool) -> Joining<'_> {
    let kind = if replace {
        TagKind::Attestation
    } else {
        TagKind::Signature
    };
    Joining {
        kind,
        replace,
        created: None,
        signer,
    }
}

fn join(layer: &Layer, signer: &SigningKey, present: &[&Layer]) -> Option<Vec<BlobRef>> {
    let layers = [layer.clone()];
    let mut joined = Joined::new(&layers, joining(Some(signer.public_key()), false)).unwrap();
    joined
        .join(present.iter().map(|one| blob(one)).collect())
        .unwrap()
}

#[test]
fn a_signature_that_is_there_is_not_joined_again() {
    let (mine, yours) = (key(), key());
    let first = signed(&mine, "payload");
    let again = signed(&mine, "payload");
    assert_ne!(blob(&first), blob(&again), "another signature each time");
    assert_eq!(join(&again, &mine, &[&first]), None);
    // Another payload, another key, a signature that does not hold: each is no reason to leave the new one out.
    let mut broken = signed(&yours, "payload");
    for present in [&signed(&mine, "other"), &signed(&yours, "payload"), &broken] {
        let expected = vec![blob(present), blob(&again)];
        assert_eq!(join(&again, &mine, &[present]), Some(expected));
    }
    if let LayerContent::Signature { signature, .. } = &mut broken.content {
        signature.clear();
    }
    assert_eq!(
        join(&again, &mine, &[&broken]).map(|all| all.len()),
        Some(2)
    );
}

#[test]
fn ed25519_signatures_are_known_again_in_both_ways_of_signing() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let plain = signed(&key, "payload");
    let mut prehashed = plain.clone();
    prehashed.content = LayerContent::Signature {
        payload: b"payload".to_vec(),
        signature: key
            .sign_digest(&sigbox_crypto::digest(
                KeyAlgorithm::Ed25519.default_hash(),
                b"payload",
            ))
            .unwrap(),
    };
    assert_eq!(join(&prehashed, &key, &[&plain]), None);
    assert_eq!(join(&plain, &key, &[&prehashed]), None);
}

#[test]
fn new_evidence_is_a_reason_to_join() {
    let key = key();
    let plain = signed(&key, "payload");
    let mut stamped = signed(&key, "payload");
    stamped.timestamp = Some(vec![0x30, 0]);
    let both = vec![blob(&plain), blob(&stamped)];
    assert_eq!(join(&stamped, &key, &[&plain]), Some(both));
    assert_eq!(join(&plain, &key, &[&stamped]), None);
}

#[test]
fn one_command_stores_one_of_two_equal_signatures() {
    let key = key();
    let layers = [signed(&key, "payload"), signed(&key, "payload")];
    let mut joined = Joined::new(&layers, joining(Some(key.public_key()), false)).unwrap();
    assert_eq!(
        joined.join(Vec::new()).unwrap(),
        Some(vec![blob(&layers[0])])
    );
}

#[test]
fn what_is_replaced_is_what_stood_there_first() {
    let old = [attested("old", "a"), attested("other", "b")];
    let new = [attested("new", "a")];
    let all = |layers: &[&Layer]| layers.iter().map(|one| blob(one)).collect::<Vec<_>>();
    let mut joined = Joined::new(&new, joining(None, true)).unwrap();
    let expected = all(&[&old[1], &new[0]]);
    assert_eq!(
        joined.join(all(&[&old[0], &old[1]])).unwrap(),
        Some(expected.clone())
    );
    // Somebody else was faster: theirs stays, though of the same type; what is to go still goes.
    let theirs = attested("theirs", "a");
    let expected = all(&[&theirs, &new[0]]);
    assert_eq!(
        joined.join(all(&[&old[0], &theirs])).unwrap(),
        Some(expected.clone())
    );
    assert_eq!(joined.join(expected).unwrap(), None);
    // Without the flag nothing goes.
    let mut joined = Joined::new(&new, joining(None, false)).unwrap();
    let expected = all(&[&old[0], &new[0]]);
    assert_eq!(joined.join(all(&[&old[0]])).unwrap(), Some(expected));
}

#[test]
fn signatures_of_others_that_were_seen_are_put_back() {
    let (mine, yours) = (key(), key());
    let layers = [signed(&mine, "payload")];
    let theirs = ["one", "two"].map(|payload| blob(&signed(&yours, payload)));
    let own = blob(&layers[0]);
    let mut joined = Joined::new(&layers, joining(None, false)).unwrap();
    let both = vec![theirs[0].clone(), own.clone()];
    assert_eq!(joined.join(vec![theirs[0].clone()]).unwrap(), Some(both));
    // Somebody wrote who had seen neither.
    let all = vec![theirs[1].clone(), theirs[0].clone(), own.clone()];
    assert_eq!(
        joined.join(vec![theirs[1].clone()]).unwrap(),
        Some(all.clone())
    );
    assert_eq!(joined.join(all).unwrap(), None);
    // The whole tag was removed: that was meant.
    assert_eq!(joined.join(Vec::new()).unwrap(), Some(vec![own]));
}

#[test]
fn attestations_of_others_are_not_put_back() {
    let layers = [attested("mine", "a")];
    let theirs = ["b", "c"].map(|kind| blob(&attested("theirs", kind)));
    let own = blob(&layers[0]);
    let kind = TagKind::Attestation;
    let joining = Joining {
        kind,
        ..joining(None, false)
    };
    let mut joined = Joined::new(&layers, joining).unwrap();
    let both = vec![theirs[0].clone(), own.clone()];
    assert_eq!(joined.join(vec![theirs[0].clone()]).unwrap(), Some(both));
    // It may have been replaced.
    assert_eq!(
        joined.join(vec![theirs[1].clone(), own.clone()]).unwrap(),
        None
    );
}

#[test]
fn no_more_layers_are_stored_than_are_read() {
    let key = key();
    let layers = [signed(&key, "payload")];
    let present = |count: usize| -> Vec<BlobRef> {
        let one = |at: usize| BlobRef::of("x/y", &at.to_be_bytes());
        (0..count).map(one).collect()
    };
    let mut joined = Joined::new(&layers, joining(None, false)).unwrap();
    assert_eq!(
        joined.join(present(999)).unwrap().map(|all| all.len()),
        Some(1000)
    );
    match joined.join(present(1000)).unwrap_err() {
        RegistryError::TooMany { what, limit } => assert_eq!((what, limit), ("layers", 1000)),
        other => panic!("{other}"),
    }
}
