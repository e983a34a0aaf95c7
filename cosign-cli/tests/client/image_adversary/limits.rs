//! How much of what a registry sends is read.

use super::attach;
use crate::images::{SIGN, World, payload, refused, statement, stderr};
use serde_json::json;
use sigbox_testkit::lying_registry::{Behaviour, BodyLie};

#[test]
fn adv_c53_a_registry_cannot_keep_the_verifier_busy() {
    let world = World::new();
    let image = world.image("app");
    let layer = world.signed_layer(&payload(&image));
    world.tag("app", &image, "sig", &vec![layer.clone(); 1000]);
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
    world.tag("app", &image, "sig", &vec![layer; 1001]);
    refused(
        &world.verify(&[], "app:v1"),
        1,
        "Error: at most 1000 layers are read, found 1001\n",
    );
    let mut large = world.signed_layer(&payload(&image));
    large["size"] = json!(10_u64 * 1024 * 1024 * 1024);
    world.tag("app", &image, "sig", &[large]);
    let shown = world.verify(&[], "app:v1");
    assert!(shown.starts_with("exit 12\n"), "{shown}");
    assert!(
        stderr(&shown).contains("at most 134217728 bytes are read, found 10737418240"),
        "{shown}"
    );
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(&image))],
    );
    world
        .registry
        .set(|behaviour| behaviour.blob_body = BodyLie::Endless { announced: None });
    let endless = world.verify(&[], "app:v1");
    assert!(endless.starts_with("exit 12\n"), "{endless}");
    let small = World::behaving(Behaviour::default());
    let image = small.image("app");
    small.tag(
        "app",
        &image,
        "sig",
        &[small.signed_layer(&payload(&image))],
    );
    let name = small.name("app:v1");
    let verify = [
        "verify",
        "--key",
        "cosign.pub",
        "--insecure-ignore-tlog",
        &name,
    ];
    let limited = small.cosign_with("COSIGN_MAX_ATTACHMENT_SIZE", "100", &verify);
    assert!(limited.starts_with("exit 12\n"), "{limited}");
    assert!(
        stderr(&limited).contains("at most 100 bytes are read"),
        "{limited}"
    );
    let enough = small.cosign_with("COSIGN_MAX_ATTACHMENT_SIZE", "1kB", &verify);
    assert!(enough.starts_with("exit 0\n"), "{enough}");
}

#[test]
fn adv_c53_a_list_of_referrers_has_an_end() {
    let world = World::new();
    world.image("app");
    world
        .registry
        .set(|behaviour| behaviour.referrer_count = Some(1001));
    let shown = world.verify(&[], "app:v1");
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(stderr(&shown).starts_with("Error: "), "{shown}");
}

#[test]
fn adv_c54_counts_are_limited() {
    let image = World::new().image("app");
    for (subjects, code) in [(1024, 0), (1025, 12)] {
        let subject = format!(
            r#"{{"digest":{{"sha256":"{}"}}}}"#,
            image.trim_start_matches("sha256:")
        );
        let many = vec![subject.clone(); subjects].join(",");
        let world = World::new();
        world.image("app");
        attach(
            &world,
            &image,
            &statement(SIGN, &image).replace(&subject, &many),
        );
        let shown = world.verify(&[], "app:v1");
        assert!(
            shown.starts_with(&format!("exit {code}\n")),
            "{subjects}: {shown}"
        );
    }
}

#[test]
fn adv_c55_the_good_one_behind_a_thousand_bad_ones_is_not_looked_for() {
    let world = World::new();
    let image = world.image("app");
    let good = world.signed_layer(&payload(&image));
    let mut bad = good.clone();
    bad["annotations"] = json!({"dev.cosignproject.cosign/signature": "AAAA"});
    let with = |count: usize| [vec![bad.clone(); count], vec![good.clone()]].concat();
    world.tag("app", &image, "sig", &with(999));
    assert!(world.verify(&[], "app:v1").starts_with("exit 0\n"));
    world.tag("app", &image, "sig", &with(1000));
    refused(
        &world.verify(&[], "app:v1"),
        1,
        "Error: at most 1000 layers are read, found 1001\n",
    );
}
