//! Registries that never stop.

use sigbox_oci::{Content, PageFault, RegistryError};
use sigbox_testkit::lying_registry::{BodyLie, NextPage};

use crate::kit::{image, layer, scene};

const CHUNK: u64 = 16 * 1024;
const MANIFEST: u64 = 4 * 1024 * 1024;

#[tokio::test]
async fn adv_c53_an_endless_blob_ends_at_its_size() {
    let scene = scene();
    image(&scene);
    for (announced, noticed) in [(None, 6), (Some(5), 6), (Some(1 << 40), 1 << 40)] {
        scene
            .registry
            .set(|behaviour| behaviour.blob_body = BodyLie::Endless { announced });
        let before = scene.network.received();
        match scene
            .client
            .blob(&scene.repository, &layer(), 100)
            .await
            .unwrap_err()
        {
            RegistryError::SizeMismatch {
                expected: 5, found, ..
            } => assert_eq!(found, noticed),
            other => panic!("{other}"),
        }
        assert!(scene.network.received() - before <= CHUNK);
    }
}

#[tokio::test]
async fn adv_c53_a_blob_of_10_gib_is_not_even_asked_for() {
    let scene = scene();
    let mut huge = layer();
    huge.size = 10 << 30;
    let limit = 128 << 20;
    match scene
        .client
        .blob(&scene.repository, &huge, limit)
        .await
        .unwrap_err()
    {
        RegistryError::TooLarge {
            what: Content::Blob,
            limit: stated,
            found,
        } => {
            assert_eq!((stated, found), (limit, huge.size));
        }
        other => panic!("{other}"),
    }
    assert_eq!(scene.network.sent(), []);
}

#[tokio::test]
async fn adv_c53_a_manifest_of_100_megabytes_is_left_at_4() {
    let scene = scene();
    let raw = image(&scene);
    for (announced, noticed, read) in [
        (Some(100_000_000), 100_000_000, 0),
        (None, MANIFEST + 1, MANIFEST + CHUNK),
    ] {
        scene
            .registry
            .set(|behaviour| behaviour.manifest_body = BodyLie::Endless { announced });
        let before = scene.network.received();
        match scene
            .client
            .manifest(&scene.repository, &raw.digest)
            .await
            .unwrap_err()
        {
            RegistryError::TooLarge {
                what: Content::Manifest,
                limit,
                found,
            } => {
                assert_eq!((limit, found), (MANIFEST, noticed));
            }
            other => panic!("{other}"),
        }
        assert!(scene.network.received() - before <= read);
    }
}

#[tokio::test]
async fn adv_c53_a_thousand_referrers_are_read_and_more_are_too_many() {
    for page in [0, 100] {
        let scene = scene();
        let subject = image(&scene).digest;
        let listed = |count| {
            scene.registry.set(|behaviour| {
                behaviour.referrer_count = Some(count);
                behaviour.page = page;
            });
            scene.client.referrers(&scene.repository, &subject, None)
        };
        assert_eq!(listed(1000).await.unwrap().descriptors.len(), 1000);
        for count in [1001, 10_000] {
            match listed(count).await.unwrap_err() {
                RegistryError::TooMany { what, limit } => {
                    assert_eq!((what, limit), ("referrers", 1000));
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test]
async fn abuse_b11_a_list_that_goes_in_circles_or_elsewhere_is_left() {
    let scene = scene();
    let subject = image(&scene).digest;
    for (next_page, wanted) in [
        (NextPage::Same, PageFault::Repeats),
        (
            NextPage::Elsewhere("https://elsewhere.example/v2/app/tags/list".to_owned()),
            PageFault::Elsewhere,
        ),
        (
            NextPage::Elsewhere("//elsewhere.example/v2/app/tags/list".to_owned()),
            PageFault::Elsewhere,
        ),
        (
            NextPage::Elsewhere("http://registry.example/v2/app/tags/list".to_owned()),
            PageFault::Elsewhere,
        ),
        (
            NextPage::Elsewhere("/v2/other/tags/list?n=2".to_owned()),
            PageFault::Elsewhere,
        ),
        (
            NextPage::Elsewhere("https://".to_owned()),
            PageFault::NoAddress,
        ),
    ] {
        scene
            .registry
            .set(|behaviour| behaviour.next_page = next_page.clone());
        let tags = scene.client.tags(&scene.repository).await.unwrap_err();
        let referrers = scene
            .client
            .referrers(&scene.repository, &subject, None)
            .await;
        let faults = [tags, referrers.unwrap_err()].map(|error| match error {
            RegistryError::Page { fault, .. } => fault,
            other => panic!("{other}"),
        });
        // Where the tags are is elsewhere for the referrers.
        assert_eq!(faults, [wanted, wanted], "{next_page:?}");
    }
    let hosts: Vec<bool> = scene
        .network
        .sent()
        .iter()
        .map(|sent| sent.url.starts_with("https://registry.example/"))
        .collect();
    assert!(hosts.iter().all(|own| *own));
}

#[tokio::test]
async fn abuse_b11_a_list_of_endless_pages_ends_at_the_hundredth() {
    let scene = scene();
    let subject = image(&scene).digest;
    scene.registry.set(|behaviour| {
        behaviour.next_page = NextPage::Endless;
        behaviour.referrer_count = Some(5);
        behaviour.page = 1;
    });
    let before = scene.network.sent().len();
    match scene
        .client
        .referrers(&scene.repository, &subject, None)
        .await
        .unwrap_err()
    {
        RegistryError::TooMany { what, limit } => assert_eq!((what, limit), ("pages", 100)),
        other => panic!("{other}"),
    }
    assert_eq!(scene.network.sent().len() - before, 100);
}

/// The patience of a client that was told nothing else.
#[test]
fn abuse_b11_a_blob_has_ten_minutes_and_no_pause_of_more_than_thirty_seconds() {
    let usual = sigbox_oci::RegistryOptions::default();
    let seconds = |deadline: sigbox_oci::transport::Deadline| {
        (deadline.idle.as_secs(), deadline.total.as_secs())
    };
    assert_eq!(seconds(usual.blob_deadline), (30, 600));
    assert_eq!(seconds(usual.deadline), (30, 60));
}
