//! Registries that point elsewhere.

use sigbox_oci::transport::{Body, Reason};
use sigbox_oci::{Foreign, RedirectFault, RegistryError};
use sigbox_testkit::lying_registry::{Login, LyingRegistry};

use crate::kit::{Scene, image, layer, scene};

const STORAGE: &str = "https://storage.example";

/// A registry with a password that keeps its blobs at another host.
fn with_storage() -> Scene {
    let mut scene = scene();
    image(&scene);
    scene.registry.set(|behaviour| {
        behaviour.login = Login::Basic {
            pair: "alice:secret".to_owned(),
        };
        behaviour.blobs_at = Some(format!("{STORAGE}/storage"));
    });
    let storage = LyingRegistry::new();
    storage.put_blob("layer");
    scene.network.put(STORAGE, &storage);
    scene.client = scene.network.client_of("alice", "secret");
    scene
}

fn refusal(error: RegistryError) -> (Foreign, RedirectFault) {
    match error {
        RegistryError::Redirect { location, fault } => (location, fault),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn adv_c49_a_blob_is_followed_to_its_storage_without_credentials() {
    let scene = with_storage();
    let blob = scene
        .client
        .blob(&scene.repository, &layer(), 5)
        .await
        .unwrap();
    assert_eq!(blob, b"layer");
    assert!(
        scene
            .client
            .has_blob(&scene.repository, &layer().digest)
            .await
            .unwrap()
    );
    assert_eq!(
        scene.network.hosts_with_credentials(),
        ["https://registry.example"]
    );
    let last = scene.network.sent().pop().unwrap();
    assert_eq!(
        (last.reason, last.authorization),
        (Reason::BlobRedirect, None)
    );
    assert!(last.url.starts_with(STORAGE));
}

#[tokio::test]
async fn adv_c49_a_redirect_never_leaves_tls() {
    let scene = with_storage();
    for place in [
        "http://storage.example/storage",
        "http://127.0.0.1/storage",
        "http://registry.example/storage",
    ] {
        scene
            .registry
            .set(|behaviour| behaviour.blobs_at = Some(place.to_owned()));
        let error = scene
            .client
            .blob(&scene.repository, &layer(), 5)
            .await
            .unwrap_err();
        let wanted = format!("{place}/{}", layer().digest);
        assert_eq!(
            refusal(error),
            (Foreign::new(&wanted), RedirectFault::LeavesTls)
        );
    }
    for (place, fault) in [
        ("file:///etc", RedirectFault::NoAddress),
        (
            "https://a:b@storage.example/storage",
            RedirectFault::HoldsCredentials,
        ),
    ] {
        scene
            .registry
            .set(|behaviour| behaviour.blobs_at = Some(place.to_owned()));
        let error = scene
            .client
            .blob(&scene.repository, &layer(), 5)
            .await
            .unwrap_err();
        assert_eq!(refusal(error).1, fault);
    }
}

#[tokio::test]
async fn abuse_b11_redirects_in_a_circle_end_after_five() {
    let scene = with_storage();
    let circle = "https://registry.example/v2/app/blobs";
    scene.registry.set(|behaviour| {
        behaviour.login = Login::Open;
        behaviour.blobs_at = Some(circle.to_owned());
    });
    let error = scene
        .client
        .blob(&scene.repository, &layer(), 5)
        .await
        .unwrap_err();
    assert_eq!(refusal(error).1, RedirectFault::TooMany);
    assert_eq!(scene.network.sent().len(), 6);
}

#[tokio::test]
async fn adv_c49_a_manifest_is_not_followed() {
    let scene = scene();
    let raw = image(&scene);
    let place = format!("{STORAGE}/storage/{}", raw.digest);
    scene
        .registry
        .set(|behaviour| behaviour.manifests_at = Some(place.clone()));
    let error = scene
        .client
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap_err();
    assert_eq!(
        refusal(error),
        (Foreign::new(&place), RedirectFault::NotABlob)
    );
    assert_eq!(scene.network.sent().len(), 1);
}

#[tokio::test]
async fn adv_c49_content_is_uploaded_to_the_named_registry_only() {
    let scene = scene();
    let body = || Body::Bytes("layer".into());
    let descriptor = layer();
    let push = || {
        scene
            .client
            .push_blob(&scene.repository, &descriptor, body())
    };
    for place in [
        format!("{STORAGE}/v2/app/blobs/uploads/"),
        "http://registry.example/v2/app/blobs/uploads/".to_owned(),
    ] {
        scene
            .registry
            .set(|behaviour| behaviour.uploads_at = Some(place.clone()));
        let error = push().await.unwrap_err();
        let wanted = (
            Foreign::new(&format!("{place}1")),
            RedirectFault::UploadElsewhere,
        );
        assert_eq!(refusal(error), wanted);
    }
    let own = "https://registry.example/v2/app/blobs/uploads/";
    scene
        .registry
        .set(|behaviour| behaviour.uploads_at = Some(own.to_owned()));
    push().await.unwrap();
    assert_eq!(scene.registry.blob_count(), 1);
}
