//! Refusals and failures.

use std::time::Duration;

use http::StatusCode;
use sigbox_oci::{FetchStatus, Foreign, RegistryError};
use sigbox_testkit::lying_registry::Trouble;

use crate::kit::{Scene, image, layer, scene};

fn trouble(scene: &Scene, status: u16, times: usize, retry_after: Option<u64>) {
    scene.registry.set(|behaviour| {
        behaviour.trouble = Some(Trouble {
            status,
            times,
            retry_after,
            message: "not \u{1b}[2Jnow".to_owned(),
        });
    });
}

fn status(error: RegistryError) -> FetchStatus {
    match error {
        RegistryError::FetchStatus(status) => *status,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn adv_c41_each_status_but_the_operations_own_is_an_error() {
    let scene = scene();
    let raw = image(&scene);
    for code in [401, 403, 404, 418, 501] {
        trouble(&scene, code, 1, None);
        let manifest = scene.client.manifest(&scene.repository, &raw.digest).await;
        let error = status(manifest.unwrap_err());
        assert_eq!(error.status.as_u16(), code);
        assert_eq!(error.errors[0].code, Foreign::new("TROUBLE"));
        trouble(&scene, code, 1, None);
        let blob = scene.client.blob(&scene.repository, &layer(), 5).await;
        assert_eq!(status(blob.unwrap_err()).status.as_u16(), code);
    }
    assert_eq!(scene.network.pauses(), []);
    let honest = scene.client.manifest(&scene.repository, &raw.digest).await;
    assert_eq!(honest.unwrap(), raw);
}

#[tokio::test]
async fn abuse_b20_a_registrys_words_cannot_steer_the_terminal() {
    let scene = scene();
    let raw = image(&scene);
    trouble(&scene, 403, 1, None);
    let error = scene
        .client
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "GET https://registry.example/v2/app/manifests/{}: TROUBLE: not \\u{{1b}}[2Jnow",
            raw.digest
        )
    );
}

#[tokio::test]
async fn unknown_names_are_told_apart_from_other_refusals() {
    let scene = scene();
    let error = scene
        .client
        .resolve(&"registry.example/app:none".parse().unwrap())
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        "GET https://registry.example/v2/app/manifests/none: MANIFEST_UNKNOWN: manifest unknown"
    );
    let blob = scene
        .client
        .blob(&scene.repository, &layer(), 5)
        .await
        .unwrap_err();
    assert_eq!(status(blob).errors[0].code, Foreign::new("BLOB_UNKNOWN"));
}

#[tokio::test]
async fn reading_is_repeated_twice_when_the_registry_is_down() {
    let scene = scene();
    let raw = image(&scene);
    trouble(&scene, 503, 2, None);
    let read = scene.client.manifest(&scene.repository, &raw.digest).await;
    assert_eq!(read.unwrap(), raw);
    assert_eq!(
        scene.network.pauses(),
        [Duration::from_secs(1), Duration::from_secs(2)]
    );
    trouble(&scene, 503, 3, None);
    let failed = scene.client.manifest(&scene.repository, &raw.digest).await;
    assert_eq!(
        status(failed.unwrap_err()).status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn writing_is_not_repeated_when_the_registry_is_down() {
    let scene = scene();
    let raw = image(&scene);
    trouble(&scene, 503, 1, None);
    let failed = scene
        .client
        .put_manifest(&scene.repository, None, &raw)
        .await;
    assert_eq!(
        status(failed.unwrap_err()).status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(scene.network.sent().len(), 1);
}

#[tokio::test]
async fn abuse_b11_a_busy_registry_is_waited_for_within_bounds() {
    let scene = scene();
    let raw = image(&scene);
    trouble(&scene, 429, 1, Some(7));
    scene
        .client
        .put_manifest(&scene.repository, None, &raw)
        .await
        .unwrap();
    assert_eq!(scene.network.pauses(), [Duration::from_secs(7)]);
    trouble(&scene, 429, 1, Some(11));
    let failed = scene.client.manifest(&scene.repository, &raw.digest).await;
    let error = status(failed.unwrap_err());
    assert_eq!(error.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(error.retry_after, Some(Duration::from_secs(11)));
    assert_eq!(scene.network.pauses().len(), 1);
}
