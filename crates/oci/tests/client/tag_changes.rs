//! Several clients that write one tag.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::{Value, json};
use sigbox_oci::{
    Descriptor, RawManifest, Registry, RegistryError, Repository, TagContent, media_type,
};
use sigbox_testkit::lying_registry::Behaviour;

use crate::kit::{Scene, scene};

const ROUNDS: usize = 50;

fn layers(raw: Option<&RawManifest>) -> Vec<Value> {
    let Some(raw) = raw else {
        return Vec::new();
    };
    let value: Value = serde_json::from_slice(&raw.bytes).unwrap();
    value["layers"].as_array().unwrap().clone()
}

/// Adds a layer to those under the tag.
async fn add(client: &Registry, repository: &Repository, mark: &str) -> Result<(), RegistryError> {
    let mine = json!(Descriptor::of("x/y", mark.as_bytes()));
    client
        .change_tag(repository, &"signed".parse().unwrap(), |standing| {
            let mut all = layers(standing);
            if all.contains(&mine) {
                return Ok(None);
            }
            all.push(mine.clone());
            let config = Bytes::from(format!("{{\"count\":{}}}", all.len()));
            let manifest = json!({
                "schemaVersion": 2,
                "mediaType": media_type::OCI_MANIFEST,
                "config": Descriptor::of(media_type::OCI_CONFIG, &config),
                "layers": all,
            });
            Ok(Some(TagContent {
                manifest: RawManifest::new(media_type::OCI_MANIFEST, manifest.to_string()),
                blobs: vec![config],
            }))
        })
        .await
}

async fn add_at_once(change: impl Fn(&mut Behaviour), writers: usize, round: usize) -> Scene {
    let scene = scene();
    scene.registry.set(change);
    scene.network.shake(round as u64);
    let mut running = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let (client, repository) = (scene.network.client(), scene.repository.clone());
        running.spawn(async move { add(&client, &repository, &writer.to_string()).await });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap().unwrap();
    }
    let raw = scene.registry.manifest("app", "signed").unwrap();
    let standing = layers(Some(&RawManifest::new(
        media_type::OCI_MANIFEST,
        raw.to_vec(),
    )));
    let found: BTreeSet<String> = standing
        .iter()
        .map(|one| one["digest"].to_string())
        .collect();
    assert_eq!(
        (found.len(), standing.len()),
        (writers, writers),
        "round {round}: {standing:?}"
    );
    scene
}

#[tokio::test]
async fn two_writers_of_a_tag_lose_nothing_where_the_registry_compares() {
    for round in 0..ROUNDS {
        add_at_once(|behaviour| behaviour.compares = true, 2, round).await;
    }
    add_at_once(|behaviour| behaviour.compares = true, 10, 0).await;
}

#[tokio::test]
async fn two_writers_of_a_tag_lose_nothing_where_the_registry_does_not() {
    for round in 0..ROUNDS {
        for etag in [false, true] {
            add_at_once(|behaviour| behaviour.etag = etag, 2, round).await;
        }
    }
    add_at_once(|_| {}, 10, 0).await;
}

#[tokio::test]
async fn what_is_there_already_is_neither_written_nor_waited_for() {
    let scene = scene();
    add(&scene.client, &scene.repository, "one").await.unwrap();
    let (sent, pauses) = (scene.network.sent().len(), scene.network.pauses().len());
    assert_eq!(pauses, 2, "two looks after a write");
    add(&scene.client, &scene.repository, "one").await.unwrap();
    assert_eq!(scene.network.sent().len(), sent + 1, "one look");
    assert_eq!(scene.network.pauses().len(), pauses);
}

#[tokio::test]
async fn a_tag_that_is_never_left_alone_is_given_up() {
    let scene = scene();
    let tag = "signed".parse().unwrap();
    let mut attempts = 0;
    let changed = scene
        .client
        .change_tag(&scene.repository, &tag, |_| {
            attempts += 1;
            let manifest = json!({"schemaVersion": 2, "attempt": attempts}).to_string();
            let manifest = RawManifest::new(media_type::OCI_MANIFEST, manifest);
            let blobs = Vec::new();
            Ok::<_, RegistryError>(Some(TagContent { manifest, blobs }))
        })
        .await;
    match changed.unwrap_err() {
        RegistryError::TagContended { tag, attempts } => {
            assert_eq!((tag.as_str(), attempts), ("signed", 120));
        }
        other => panic!("{other}"),
    }
    assert_eq!(attempts, 120);
}
