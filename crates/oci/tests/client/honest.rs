//! What works with an honest registry.

use sigbox_oci::transport::Body;
use sigbox_oci::{Descriptor, Manifest, RawManifest, media_type};
use sigbox_testkit::lying_registry::LyingRegistry;

use crate::kit::{Network, image, layer, repository, scene};

#[tokio::test]
async fn an_image_is_pushed_resolved_and_read() {
    let scene = scene();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"layer").unwrap();
    let body = Body::File {
        path: file.path().to_owned(),
        length: 5,
    };
    let (client, repository) = (&scene.client, &scene.repository);
    client.push_blob(repository, &layer(), body).await.unwrap();
    let config = Descriptor::of(media_type::OCI_CONFIG, b"{}");
    client
        .push_blob(repository, &config, Body::Bytes("{}".into()))
        .await
        .unwrap();
    let text = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        serde_json::to_string(&config).unwrap(),
        serde_json::to_string(&layer()).unwrap(),
    );
    let raw = RawManifest::new(media_type::OCI_MANIFEST, text);
    let tag = "v1".parse().unwrap();
    client
        .put_manifest(repository, Some(&tag), &raw)
        .await
        .unwrap();

    let by_tag = client.resolve(&repository.tagged(tag)).await.unwrap();
    assert_eq!(by_tag, raw.descriptor());
    let by_digest = client.manifest_of(repository, &by_tag).await.unwrap();
    assert_eq!(by_digest, raw);
    let Manifest::Image(image) = Manifest::parse(&by_digest).unwrap() else {
        panic!("an index");
    };
    assert_eq!(image.layers, vec![layer()]);
    assert_eq!(
        client.blob(repository, &layer(), 5).await.unwrap(),
        b"layer"
    );
}

#[tokio::test]
async fn a_blob_that_is_there_is_not_sent_again() {
    let scene = scene();
    let body = || Body::Bytes("layer".into());
    for _ in 0..2 {
        scene
            .client
            .push_blob(&scene.repository, &layer(), body())
            .await
            .unwrap();
    }
    let puts = scene
        .registry
        .seen()
        .into_iter()
        .filter(|seen| seen.method == http::Method::PUT);
    assert_eq!(puts.count(), 1);
}

#[tokio::test]
async fn a_blob_is_taken_over_from_another_repository() {
    let scene = scene();
    let other = repository("registry.example/other");
    let (client, digest) = (&scene.client, layer().digest);
    assert!(
        !client
            .mount_blob(&scene.repository, &other, &digest)
            .await
            .unwrap()
    );
    scene.registry.put_blob("layer");
    assert!(
        client
            .mount_blob(&scene.repository, &other, &digest)
            .await
            .unwrap()
    );
    let elsewhere = repository("elsewhere.example/other");
    assert!(
        !client
            .mount_blob(&scene.repository, &elsewhere, &digest)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn tags_come_in_pages_and_go_one_by_one() {
    let scene = scene();
    for tag in ["a", "b", "c", "d", "e"] {
        scene
            .registry
            .put_manifest("app", Some(tag), media_type::OCI_MANIFEST, tag);
    }
    scene.registry.set(|behaviour| behaviour.page = 2);
    let tags = scene.client.tags(&scene.repository).await.unwrap();
    let names: Vec<&str> = tags.iter().map(sigbox_oci::Tag::as_str).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    scene
        .client
        .delete_tag(&scene.repository, &tags[0])
        .await
        .unwrap();
    let b = sigbox_oci::Digest::sha256(b"b");
    scene
        .client
        .delete_manifest(&scene.repository, &b)
        .await
        .unwrap();
    let left = scene.client.tags(&scene.repository).await.unwrap();
    assert_eq!(left, tags[2..]);
}

#[tokio::test]
async fn plain_http_is_spoken_to_this_machine_only_and_only_without_tls() {
    let network = Network::default();
    let registry = LyingRegistry::new();
    for origin in [
        "http://localhost:5000",
        "https://127.0.0.1:5001",
        "http://registry.example",
    ] {
        network.put(origin, &registry);
    }
    let client = network.client();
    for (name, address) in [
        (
            "localhost:5000/app",
            "http://localhost:5000/v2/app/tags/list?n=1000",
        ),
        (
            "127.0.0.1:5001/app",
            "https://127.0.0.1:5001/v2/app/tags/list?n=1000",
        ),
    ] {
        client.tags(&repository(name)).await.unwrap();
        assert_eq!(network.sent().last().unwrap().url, address);
    }
    let error = client
        .tags(&repository("registry.example/app"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET https://registry.example/v2/app/tags/list: no such host"
    );
}

#[tokio::test]
async fn with_a_digest_the_tag_is_not_asked() {
    let scene = scene();
    let raw = image(&scene);
    let text = format!("registry.example/app:other@{}", raw.digest);
    let found = scene.client.resolve(&text.parse().unwrap()).await.unwrap();
    assert_eq!(found, raw.descriptor());
}
