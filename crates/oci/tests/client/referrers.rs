//! Referrers, with and without the registry's help.

use serde_json::Value;
use sigbox_oci::{ManifestError, RawManifest, ReferrersSource, RegistryError, media_type};
use sigbox_testkit::lying_registry::ReferrersApi;

use crate::kit::{Scene, image, referrer, scene};

fn without_api(status: u16) -> Scene {
    let scene = scene();
    scene
        .registry
        .set(|behaviour| behaviour.referrers = ReferrersApi::Absent(status));
    scene
}

#[tokio::test]
async fn a_registry_that_keeps_the_list_is_asked() {
    for api in [ReferrersApi::Kept, ReferrersApi::Silent] {
        let scene = scene();
        let subject = image(&scene);
        scene.registry.set(|behaviour| behaviour.referrers = api);
        let raw = referrer(&subject, "one");
        let attached = scene
            .client
            .attach_referrer(&scene.repository, &raw)
            .await
            .unwrap();
        assert_eq!(attached.source, ReferrersSource::Api);
        let found = scene
            .client
            .referrers(&scene.repository, &subject.digest, Some("a/b"))
            .await
            .unwrap();
        assert_eq!(found.source, ReferrersSource::Api);
        let digests: Vec<_> = found
            .descriptors
            .into_iter()
            .map(|one| one.digest)
            .collect();
        assert_eq!(digests, [attached.descriptor.digest]);
        let tag = subject.digest.referrers_tag();
        assert_eq!(scene.registry.manifest("app", tag.as_str()), None);
    }
}

#[tokio::test]
async fn without_a_list_the_tag_is_kept_with_types_and_annotations() {
    for status in [404, 400, 405, 406, 501] {
        let scene = without_api(status);
        let subject = image(&scene);
        let before = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await
            .unwrap();
        assert_eq!(
            (before.descriptors.len(), before.source),
            (0, ReferrersSource::None)
        );
        for mark in ["one", "two"] {
            let raw = referrer(&subject, mark);
            let attached = scene
                .client
                .attach_referrer(&scene.repository, &raw)
                .await
                .unwrap();
            assert_eq!(attached.source, ReferrersSource::TagSchema);
        }
        let found = scene
            .client
            .referrers(&scene.repository, &subject.digest, Some("a/b"))
            .await
            .unwrap();
        assert_eq!(found.source, ReferrersSource::TagSchema);
        let marks: Vec<&str> = found
            .descriptors
            .iter()
            .map(|one| one.annotations["mark"].as_str())
            .collect();
        assert_eq!(marks, ["one", "two"]);
        let other = scene
            .client
            .referrers(&scene.repository, &subject.digest, Some("c/d"))
            .await
            .unwrap();
        assert_eq!(other.descriptors, []);
    }
}

#[tokio::test]
async fn a_page_of_something_else_is_no_list() {
    let scene = scene();
    scene
        .registry
        .set(|behaviour| behaviour.referrers = ReferrersApi::Page);
    let subject = image(&scene);
    let raw = referrer(&subject, "one");
    let attached = scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap();
    assert_eq!(attached.source, ReferrersSource::TagSchema);
}

#[tokio::test]
async fn adv_c41_a_failure_is_not_an_empty_list() {
    for status in [401, 403, 500] {
        let scene = without_api(status);
        let subject = image(&scene);
        let error = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
}

/// As CNCF Distribution does, which takes no index of what is not there.
#[tokio::test]
async fn an_entry_whose_manifest_is_gone_keeps_nobody_from_being_listed() {
    let scene = without_api(404);
    let subject = image(&scene);
    let (one, two, three) = (
        referrer(&subject, "one"),
        referrer(&subject, "two"),
        referrer(&subject, "three"),
    );
    for raw in [&one, &two] {
        let attached = scene.client.attach_referrer(&scene.repository, raw).await;
        assert_eq!(attached.unwrap().source, ReferrersSource::TagSchema);
    }
    scene
        .client
        .delete_manifest(&scene.repository, &one.digest)
        .await
        .unwrap();
    scene
        .registry
        .set(|behaviour| behaviour.whole_indexes = true);
    let listed = async || {
        let found = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await
            .unwrap();
        let digests = found.descriptors.into_iter().map(|one| one.digest);
        digests.collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [one.digest.clone(), two.digest.clone()]);
    scene
        .client
        .attach_referrer(&scene.repository, &three)
        .await
        .unwrap();
    assert_eq!(listed().await, [two.digest.clone(), three.digest.clone()]);
    // The same when an entry is taken off.
    scene
        .registry
        .set(|behaviour| behaviour.whole_indexes = false);
    scene
        .client
        .delete_manifest(&scene.repository, &two.digest)
        .await
        .unwrap();
    scene
        .registry
        .set(|behaviour| behaviour.whole_indexes = true);
    scene
        .client
        .attach_referrer(&scene.repository, &one)
        .await
        .unwrap();
    scene
        .client
        .detach_referrer(&scene.repository, &subject.digest, &three.digest)
        .await
        .unwrap();
    assert_eq!(listed().await, std::slice::from_ref(&one.digest));
}

#[tokio::test]
async fn an_entry_of_another_client_is_kept_as_it_is() {
    let scene = without_api(404);
    let subject = image(&scene);
    let foreign = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","annotations":{{"k":"v"}},"manifests":[{{"mediaType":"x/y","digest":"{}","size":7,"urls":["u"],"other":1}}]}}"#,
        media_type::OCI_INDEX,
        sigbox_oci::Digest::sha256(b"foreign"),
    );
    let tag = subject.digest.referrers_tag();
    scene.registry.put_manifest(
        "app",
        Some(tag.as_str()),
        media_type::OCI_INDEX,
        foreign.clone(),
    );
    let raw = referrer(&subject, "one");
    scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap();
    let bytes = scene.registry.manifest("app", tag.as_str()).unwrap();
    let (written, before): (Value, Value) = (
        serde_json::from_slice(&bytes).unwrap(),
        serde_json::from_str(&foreign).unwrap(),
    );
    assert_eq!(written["manifests"][0], before["manifests"][0]);
    assert_eq!(written["annotations"], before["annotations"]);
    assert_eq!(written["manifests"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_attached_is_detached() {
    for status in [None, Some(404)] {
        let scene = scene();
        if let Some(status) = status {
            scene
                .registry
                .set(|behaviour| behaviour.referrers = ReferrersApi::Absent(status));
        }
        let subject = image(&scene);
        let (one, two) = (referrer(&subject, "one"), referrer(&subject, "two"));
        for raw in [&one, &two] {
            scene
                .client
                .attach_referrer(&scene.repository, raw)
                .await
                .unwrap();
        }
        scene
            .client
            .detach_referrer(&scene.repository, &subject.digest, &one.digest)
            .await
            .unwrap();
        let left = scene
            .client
            .referrers(&scene.repository, &subject.digest, None)
            .await
            .unwrap();
        let digests: Vec<_> = left.descriptors.into_iter().map(|one| one.digest).collect();
        assert_eq!(digests, [two.digest]);
        let gone = scene
            .client
            .manifest(&scene.repository, &one.digest)
            .await
            .unwrap_err();
        assert!(gone.is_not_found());
    }
}

#[tokio::test]
async fn what_refers_to_nothing_is_not_stored() {
    let scene = scene();
    let raw: RawManifest = image(&scene);
    match scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap_err()
    {
        RegistryError::Manifest(ManifestError::NoSubject) => {}
        other => panic!("{other}"),
    }
    assert_eq!(scene.network.sent(), []);
}

#[tokio::test]
async fn adv_c51_a_tag_that_is_no_list_is_refused() {
    let scene = without_api(404);
    let subject = image(&scene);
    let tag = subject.digest.referrers_tag();
    scene.registry.put_manifest(
        "app",
        Some(tag.as_str()),
        media_type::OCI_MANIFEST,
        subject.bytes.clone(),
    );
    let read = scene
        .client
        .referrers(&scene.repository, &subject.digest, None)
        .await;
    let raw = referrer(&subject, "one");
    let written = scene.client.attach_referrer(&scene.repository, &raw).await;
    for error in [read.unwrap_err(), written.unwrap_err()] {
        match error {
            RegistryError::Manifest(ManifestError::ManifestAmbiguous { found, .. }) => {
                assert_eq!(found.to_string(), media_type::OCI_MANIFEST);
            }
            other => panic!("{other}"),
        }
    }
}

/// What was asked for in the registry since the last look, as the ends of the addresses.
fn asked(scene: &Scene, before: usize) -> Vec<&'static str> {
    let sent = scene.network.sent();
    let kind = |url: &str| match url {
        url if url.contains("/referrers/") => "list",
        url if url.contains("/manifests/sha256-") => "tag",
        _ => "other",
    };
    sent.iter().skip(before).map(|one| kind(&one.url)).collect()
}

#[tokio::test]
async fn a_registry_that_said_404_is_asked_again_only_where_there_is_no_tag() {
    let scene = without_api(404);
    let (subject, unsigned) = (image(&scene), referrer(&image(&scene), "unsigned"));
    let raw = referrer(&subject, "one");
    scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap();
    let client = scene.network.client();
    let mut seen = scene.network.sent().len();
    for (image, expected, is_asked) in [
        (&subject, &["list", "tag"][..], true),
        (&subject, &["tag"], false),
        (&unsigned, &["tag", "list"], true),
        (&subject, &["tag"], false),
    ] {
        let found = client
            .referrers_by_what_is_known(&scene.repository, &image.digest)
            .await
            .unwrap();
        let signed = image.digest == subject.digest;
        assert_eq!(found.descriptors.len(), usize::from(signed));
        assert_eq!(found.asked, is_asked);
        assert_eq!(asked(&scene, seen), expected);
        seen = scene.network.sent().len();
    }
    // Who wants all of it asks, whatever was said before.
    let found = client
        .referrers(&scene.repository, &subject.digest, None)
        .await
        .unwrap();
    assert!(found.asked);
    assert_eq!(asked(&scene, seen), ["list", "tag"]);
}

#[tokio::test]
async fn only_404_is_remembered_and_only_until_the_registry_has_a_list() {
    for status in [400, 405, 406, 501] {
        let scene = without_api(status);
        let subject = image(&scene);
        for _ in 0..2 {
            let seen = scene.network.sent().len();
            let found = scene
                .client
                .referrers_by_what_is_known(&scene.repository, &subject.digest)
                .await
                .unwrap();
            assert!(found.asked);
            assert_eq!(asked(&scene, seen).last_chunk(), Some(&["list", "tag"]));
        }
    }
    let scene = without_api(404);
    let subject = image(&scene);
    let first = scene
        .client
        .referrers_by_what_is_known(&scene.repository, &subject.digest)
        .await
        .unwrap();
    assert_eq!(first.source, ReferrersSource::None);
    scene
        .registry
        .set(|behaviour| behaviour.referrers = ReferrersApi::Kept);
    for expected in [&["tag", "list"][..], &["list"]] {
        let seen = scene.network.sent().len();
        let found = scene
            .client
            .referrers_by_what_is_known(&scene.repository, &subject.digest)
            .await
            .unwrap();
        assert_eq!(found.source, ReferrersSource::Api);
        assert_eq!(asked(&scene, seen), expected);
    }
}

#[tokio::test]
async fn what_stands_at_a_tag_does_not_hide_the_list_of_a_registry_that_keeps_one() {
    let scene = without_api(404);
    let subject = image(&scene);
    let known = scene
        .client
        .referrers_by_what_is_known(&scene.repository, &subject.digest)
        .await
        .unwrap();
    assert_eq!(known.source, ReferrersSource::None);
    scene
        .registry
        .set(|behaviour| behaviour.referrers = ReferrersApi::Kept);
    // The real client's `copy` puts the image itself there.
    let tag = subject.digest.referrers_tag();
    scene.registry.put_manifest(
        "app",
        Some(tag.as_str()),
        media_type::OCI_MANIFEST,
        subject.bytes.clone(),
    );
    let found = scene
        .client
        .referrers_by_what_is_known(&scene.repository, &subject.digest)
        .await
        .unwrap();
    assert_eq!(found.source, ReferrersSource::Api);
}
