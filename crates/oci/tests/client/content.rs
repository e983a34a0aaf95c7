//! Content that is not what its name says.

use http::Method;
use sigbox_oci::transport::Body;
use sigbox_oci::{
    Content, Descriptor, Digest, Foreign, Manifest, ManifestError, RawManifest, RegistryError,
    media_type,
};
use sigbox_testkit::lying_registry::{BodyLie, Swapped};

use crate::kit::{image, layer, referrer, scene};

fn mismatch(error: RegistryError) -> (Content, Digest, Digest) {
    match error {
        RegistryError::DigestMismatch {
            what,
            expected,
            found,
        } => (what, expected, found),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn adv_c52_other_bytes_for_a_layer_or_a_config_are_refused() {
    let scene = scene();
    image(&scene);
    let config = Descriptor::of(media_type::OCI_CONFIG, b"{\"config\":true}");
    for descriptor in [layer(), config] {
        let honest = scene.client.blob(&scene.repository, &descriptor, 100).await;
        assert_eq!(honest.unwrap().len() as u64, descriptor.size);
        scene
            .registry
            .set(|behaviour| behaviour.swapped = Some(Swapped::Blob));
        let lie = scene.client.blob(&scene.repository, &descriptor, 100).await;
        let (what, expected, found) = mismatch(lie.unwrap_err());
        assert_eq!((what, &expected), (Content::Blob, &descriptor.digest));
        assert_ne!(found, descriptor.digest);
        scene.registry.set(|behaviour| behaviour.swapped = None);
    }
}

#[tokio::test]
async fn adv_c52_other_bytes_for_a_manifest_or_a_referrer_are_refused() {
    let scene = scene();
    let subject = image(&scene);
    let attached = referrer(&subject, "one");
    scene
        .client
        .attach_referrer(&scene.repository, &attached)
        .await
        .unwrap();
    for raw in [subject, attached] {
        let honest = scene.client.manifest(&scene.repository, &raw.digest).await;
        assert_eq!(honest.unwrap(), raw);
        scene
            .registry
            .set(|behaviour| behaviour.swapped = Some(Swapped::Manifest));
        let lie = scene.client.manifest(&scene.repository, &raw.digest).await;
        let (what, expected, _) = mismatch(lie.unwrap_err());
        assert_eq!((what, expected), (Content::Manifest, raw.digest));
        scene.registry.set(|behaviour| behaviour.swapped = None);
    }
}

#[tokio::test]
async fn adv_c52_a_tag_whose_header_and_bytes_differ_is_refused() {
    let scene = scene();
    let raw = image(&scene);
    let tag = "v1".parse().unwrap();
    scene
        .registry
        .set(|behaviour| behaviour.swapped = Some(Swapped::ManifestHeader));
    let lie = scene.client.manifest_by_tag(&scene.repository, &tag).await;
    let (_, expected, found) = mismatch(lie.unwrap_err());
    assert_eq!(
        (expected, found),
        (Digest::sha256(b"something else"), raw.digest.clone())
    );
    scene.registry.set(|behaviour| behaviour.swapped = None);
    let honest = scene.client.manifest_by_tag(&scene.repository, &tag).await;
    assert_eq!(honest.unwrap(), raw);
}

#[tokio::test]
async fn adv_c51_a_manifest_sent_as_another_type_is_ambiguous() {
    let scene = scene();
    let raw = image(&scene);
    scene
        .registry
        .set(|behaviour| behaviour.media_type = Some(media_type::OCI_INDEX.to_owned()));
    let sent = scene
        .client
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap();
    match Manifest::parse(&sent).unwrap_err() {
        ManifestError::ManifestAmbiguous { expected, found } => {
            assert_eq!(expected, Foreign::new(media_type::OCI_INDEX));
            assert_eq!(found, Foreign::new(media_type::OCI_MANIFEST));
        }
        other => panic!("{other}"),
    }
    match scene
        .client
        .manifest_of(&scene.repository, &raw.descriptor())
        .await
        .unwrap_err()
    {
        RegistryError::MediaTypeMismatch {
            digest,
            expected,
            found,
        } => {
            assert_eq!(digest, raw.digest);
            assert_eq!(expected, Foreign::new(media_type::OCI_MANIFEST));
            assert_eq!(found, Foreign::new(media_type::OCI_INDEX));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn adv_c52_a_manifest_of_another_size_than_stated_is_refused() {
    let scene = scene();
    let raw = image(&scene);
    let mut descriptor = raw.descriptor();
    descriptor.size += 1;
    match scene
        .client
        .manifest_of(&scene.repository, &descriptor)
        .await
        .unwrap_err()
    {
        RegistryError::SizeMismatch {
            what,
            expected,
            found,
            ..
        } => {
            assert_eq!(what, Content::Manifest);
            assert_eq!((expected, found), (descriptor.size, descriptor.size - 1));
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn adv_c52_a_blob_that_is_cut_or_longer_is_refused() {
    let scene = scene();
    image(&scene);
    for (lie, wrong) in [(BodyLie::Cut, 4), (BodyLie::Longer, 6)] {
        scene.registry.set(|behaviour| behaviour.blob_body = lie);
        let mut taken = Vec::new();
        let result = scene
            .client
            .blob_to_writer(&scene.repository, &layer(), &mut taken)
            .await;
        match result.unwrap_err() {
            RegistryError::SizeMismatch {
                what,
                digest,
                expected,
                found,
            } => {
                assert_eq!((what, digest), (Content::Blob, layer().digest));
                assert_eq!((expected, found), (5, wrong));
            }
            other => panic!("{other}"),
        }
        assert!(taken.len() <= 5);
    }
}

#[tokio::test]
async fn a_body_of_another_length_than_its_descriptor_is_not_sent() {
    let scene = scene();
    let result = scene
        .client
        .push_blob(&scene.repository, &layer(), Body::Bytes("layers".into()))
        .await;
    match result.unwrap_err() {
        RegistryError::SizeMismatch {
            expected: 5,
            found: 6,
            ..
        } => {}
        other => panic!("{other}"),
    }
    assert_eq!(scene.registry.seen(), []);
}

#[tokio::test]
async fn adv_c49_content_is_never_fetched_from_where_a_descriptor_points() {
    let scene = scene();
    let text = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{{"mediaType":"x/y","digest":"{}","size":5,"urls":["https://elsewhere.example/x"]}}]}}"#,
        serde_json::to_string(&layer()).unwrap(),
        layer().digest,
    );
    let raw = RawManifest::new(media_type::OCI_MANIFEST, text);
    let Manifest::Image(image) = Manifest::parse(&raw).unwrap() else {
        panic!("an index");
    };
    let error = scene
        .client
        .blob(&scene.repository, &image.layers[0], 5)
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    let sent = scene.network.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].method, Method::GET);
    assert!(
        sent[0]
            .url
            .starts_with("https://registry.example/v2/app/blobs/")
    );
}
