//! Signers at the same time, on a registry where clients keep the list.

use std::collections::BTreeSet;

use sigbox_oci::{Digest, RegistryError};
use sigbox_testkit::lying_registry::{Behaviour, ReferrersApi};

use crate::kit::{Scene, image, referrer, scene};

const ROUNDS: usize = 50;

/// Attaches from `writers` clients at once, each with a head start of its own, and compares with what is listed then.
async fn attach_at_once(scene: &Scene, writers: usize, round: usize) {
    let subject = image(scene);
    scene.network.shake(round as u64);
    let mut running = tokio::task::JoinSet::new();
    let mut wanted = BTreeSet::new();
    for writer in 0..writers {
        let raw = referrer(&subject, &format!("{round}-{writer}"));
        wanted.insert(raw.digest.clone());
        let (client, repository) = (scene.network.client(), scene.repository.clone());
        let head_start = (round * (writer + 3)) % 11;
        running.spawn(async move {
            for _ in 0..head_start {
                tokio::task::yield_now().await;
            }
            client.attach_referrer(&repository, &raw).await
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap().unwrap();
    }
    let found = scene
        .client
        .referrers(&scene.repository, &subject.digest, None)
        .await
        .unwrap();
    let found: BTreeSet<Digest> = found
        .descriptors
        .into_iter()
        .map(|one| one.digest)
        .collect();
    assert!(
        found.is_superset(&wanted),
        "round {round}: {wanted:?} of {found:?}"
    );
}

fn keeping_no_list(change: impl FnOnce(&mut Behaviour)) -> Scene {
    let scene = scene();
    scene.registry.set(|behaviour| {
        behaviour.referrers = ReferrersApi::Absent(404);
        change(behaviour);
    });
    scene
}

#[tokio::test]
async fn two_signers_at_once_lose_nothing_where_the_registry_compares() {
    for round in 0..ROUNDS {
        let scene = keeping_no_list(|behaviour| behaviour.compares = true);
        attach_at_once(&scene, 2, round).await;
    }
}

#[tokio::test]
async fn two_signers_at_once_lose_nothing_where_the_registry_does_not() {
    for round in 0..ROUNDS {
        for etag in [false, true] {
            let scene = keeping_no_list(|behaviour| behaviour.etag = etag);
            attach_at_once(&scene, 2, round).await;
        }
    }
}

#[tokio::test]
async fn ten_signers_at_once_on_a_list_that_grows_lose_nothing() {
    for compares in [true, false] {
        let scene = keeping_no_list(|behaviour| behaviour.compares = compares);
        for round in 0..5 {
            attach_at_once(&scene, 10, round).await;
        }
        let subject = image(&scene).digest;
        let all = scene
            .client
            .referrers(&scene.repository, &subject, None)
            .await
            .unwrap();
        assert_eq!(all.descriptors.len(), 50);
    }
}

#[tokio::test]
async fn a_list_that_is_full_is_not_written() {
    let scene = keeping_no_list(|_| {});
    let subject = image(&scene);
    let tag = subject.digest.referrers_tag();
    let entries: Vec<_> = (0..1000_u32)
        .map(|number| sigbox_oci::Descriptor::of("x/y", &number.to_be_bytes()))
        .collect();
    let full = serde_json::json!({"schemaVersion": 2, "manifests": entries}).to_string();
    scene.registry.put_manifest(
        "app",
        Some(tag.as_str()),
        sigbox_oci::media_type::OCI_INDEX,
        full.clone(),
    );
    let raw = referrer(&subject, "one");
    match scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap_err()
    {
        RegistryError::TooMany { what, limit } => assert_eq!((what, limit), ("referrers", 1000)),
        other => panic!("{other}"),
    }
    assert_eq!(scene.registry.manifest("app", tag.as_str()).unwrap(), full);
}
