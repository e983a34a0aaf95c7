//! Flags about images and registries, through the program: what each changes, and what it refuses.

use crate::images::{World, refused, stderr, stdout};
use serde_json::Value;
use sigbox_testkit::lying_registry::{Behaviour, Login, ReferrersApi};

fn layers(world: &World, repository: &str, digest: &str, kind: &str) -> Vec<Value> {
    let tag = format!("{}.{kind}", digest.replace(':', "-"));
    let manifest = world.registry.manifest(repository, &tag).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["layers"].as_array().unwrap().clone()
}

#[test]
fn names_are_signed_as_the_flag_says() {
    let world = World::new();
    let digest = world.image("app");
    let signed = world.sign(
        &[
            "--storage=tag",
            "--sign-container-identity=prod.example/app",
            "--sign-container-identity=mirror.example/app",
        ],
        "app:v1",
    );
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let verified = world.verify(&[], "app:v1");
    let found: Value = serde_json::from_str(stdout(&verified)).unwrap();
    let names: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            one["critical"]["identity"]["docker-reference"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(names, ["prod.example/app", "mirror.example/app"]);
    assert_eq!(layers(&world, "app", &digest, "sig").len(), 2);
    let bundle = world.sign(&["--sign-container-identity=x"], "app:v1");
    refused(
        &bundle,
        1,
        "Flag --sign-container-identity has been deprecated, not possible when OCI referrers become the default behavior\n\
         Error: --sign-container-identity has no meaning for a bundle: it needs --storage tag or --storage both\n",
    );
}

#[test]
fn a_payload_of_ones_own_is_signed_as_it_is() {
    let world = World::new();
    let digest = world.image("app");
    let payload = crate::images::payload(&digest).replace("null", "{\"built\":\"here\"}");
    world.write("payload.json", &payload);
    let image = format!("app@{digest}");
    let signed = world.sign(&["--storage=tag", "--payload=payload.json"], &image);
    let said = "Flag --payload has been deprecated, payload will always be generated automatically in future versions\n\
                Using payload from: payload.json\nSigning artifact...\nPushing signature to: REG/app\n";
    assert_eq!(signed, format!("exit 0\n--- stdout\n--- stderr\n{said}"));
    let layer = &layers(&world, "app", &digest, "sig")[0];
    assert_eq!(
        layer["digest"],
        sigbox_testkit::lying_registry::LyingRegistry::digest(payload.as_bytes())
    );
    let verified = world.verify(&["-a", "built=here"], &image);
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let absent = world.sign(&["--storage=tag", "--payload=absent.json"], &image);
    assert!(absent.starts_with("exit 1\n"), "{absent}");
    assert!(stderr(&absent).contains("absent.json"), "{absent}");
}

#[test]
fn an_attestation_replaces_those_of_its_type_only_if_that_is_asked_for() {
    let world = World::new();
    let digest = world.image("app");
    let name = world.name(&format!("app@{digest}"));
    let attest = |text: &str, kind: &str, more: &[&str]| {
        world.write("said", text);
        let arguments = [
            "attest",
            "--key=cosign.key",
            "--signing-config=empty.json",
            "--storage=tag",
            "--predicate=said",
            "--type",
            kind,
        ];
        let attested = world.cosign(&[&arguments, more, &[&name]].concat());
        assert!(attested.starts_with("exit 0\n"), "{attested}");
        let layers = layers(&world, "app", &digest, "att");
        let types = layers.iter().map(|one| {
            let kind = &one["annotations"]["predicateType"];
            kind.as_str().unwrap().to_owned()
        });
        types.collect::<Vec<_>>()
    };
    let (a, b) = ("https://example.test/a", "https://example.test/b");
    assert_eq!(attest("{\"n\":1}", a, &[]), [a]);
    assert_eq!(attest("{\"n\":2}", b, &[]), [a, b]);
    assert_eq!(attest("{\"n\":3}", a, &[]), [a, b, a]);
    assert_eq!(attest("{\"n\":4}", a, &["--replace"]), [b, a]);
}

#[test]
fn a_signature_that_is_there_is_not_stored_again() {
    let world = World::new();
    let digest = world.image("app");
    for _ in 0..2 {
        let signed = world.sign(&["--storage=tag", "-a", "who=me"], "app:v1");
        assert!(signed.starts_with("exit 0\n"), "{signed}");
        assert_eq!(layers(&world, "app", &digest, "sig").len(), 1);
    }
    // Other annotations, and another key, are another signature.
    world.sign(&["--storage=tag", "-a", "who=you"], "app:v1");
    assert_eq!(layers(&world, "app", &digest, "sig").len(), 2);
    let name = world.name("app:v1");
    let other = [
        "sign",
        "--key=other.key",
        "--signing-config=empty.json",
        "--storage=tag",
        "-a",
        "who=me",
        &name,
    ];
    let signed = world.cosign(&other);
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    assert_eq!(layers(&world, "app", &digest, "sig").len(), 3);
}

#[test]
fn signers_at_once_lose_no_signature_under_a_tag() {
    for compares in [true, false] {
        let world = World::behaving(Behaviour {
            compares,
            referrers: ReferrersApi::Absent(404),
            ..Behaviour::default()
        });
        let digest = world.image("app");
        std::thread::scope(|scope| {
            for side in ["side=left", "side=right"] {
                let world = &world;
                scope.spawn(move || {
                    let signed = world.sign(&["--storage=tag", "-a", side], "app:v1");
                    assert!(signed.starts_with("exit 0\n"), "{signed}");
                });
            }
        });
        assert_eq!(layers(&world, "app", &digest, "sig").len(), 2);
    }
}

#[test]
fn the_certificate_is_written_where_the_flag_says() {
    let world = World::new();
    let _instance = world.instance();
    world.image("app");
    let more = ["--storage=tag", "--output-certificate=c.pem"];
    let signed = world.sign_keyless("signing_config.rekor_v1.json", &more, "app:v1");
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let certificate = world.read("c.pem");
    assert!(
        certificate.starts_with("-----BEGIN CERTIFICATE-----\n"),
        "{certificate}"
    );
    assert_eq!(certificate.matches("BEGIN CERTIFICATE").count(), 1);
    // A key has none.
    world.sign(&more, "app:v1");
    assert_eq!(world.read("c.pem"), "");
}

#[test]
fn one_file_is_not_for_the_bundles_of_several_images() {
    let world = World::new();
    let member = world.image("multi");
    world.index("multi", &[&member]);
    world.image("app");
    let (one, all) = (world.name("app:v1"), world.name("multi:all"));
    let message = "Error: 2 images cannot share one --bundle file: run the command once for each\n";
    let key = [
        "--key=cosign.key",
        "--signing-config=empty.json",
        "--bundle=b.json",
    ];
    for (command, more) in [
        ("sign", vec![one.as_str(), one.as_str()]),
        ("sign", vec!["--recursive", &all]),
        ("attest", vec!["--predicate=empty.json", &one, &one]),
    ] {
        let shown = world.cosign(&[&[command], &key[..], &more].concat());
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(stderr(&shown).ends_with(message), "{shown}");
        assert!(!world.directory().join("b.json").exists());
    }
}

#[test]
fn a_registry_lets_in_who_has_the_password() {
    let world = World::behaving(Behaviour {
        login: Login::Basic {
            pair: "me:secret".to_owned(),
        },
        ..Behaviour::default()
    });
    world.image("app");
    let me = ["--registry-username=me", "--registry-password=secret"];
    let signed = world.sign(&me, "app:v1");
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    assert!(world.verify(&me, "app:v1").starts_with("exit 0\n"));
    for wrong in [
        &["--registry-username=me", "--registry-password=guessed"][..],
        &[],
    ] {
        let shown = world.verify(wrong, "app:v1");
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(
            stderr(&shown).contains(
                "hint: log in to the registry first, or give --registry-username and --registry-password\n"
            ),
            "{shown}"
        );
        assert!(!shown.contains("guessed"), "{shown}");
    }
    refused(
        &world.verify(&["--registry-username=me"], "app:v1"),
        1,
        "Error: --registry-username and --registry-password are only of use together\n",
    );
}

/// The registry stands in for a proxy, so that its name is not that of this machine.
#[test]
fn plain_http_leaves_this_machine_only_if_that_is_allowed() {
    let world = World::new();
    let digest = world.image("app");
    world.sign(&[], "app:v1");
    let proxy = format!("http://{}", world.name(""));
    let name = format!("registry.example.test/app@{digest}");
    let verify = |more: &[&str]| {
        let arguments = [
            "verify",
            "--key=cosign.pub",
            "--insecure-ignore-tlog",
            &name,
        ];
        world.cosign_with("ALL_PROXY", &proxy, &[&arguments[..], more].concat())
    };
    let before = world.registry.seen().len();
    let refused = verify(&[]);
    assert!(refused.starts_with("exit "), "{refused}");
    assert!(!refused.starts_with("exit 0\n"), "{refused}");
    let gets = |from: usize| {
        let seen = world.registry.seen().split_off(from);
        seen.iter()
            .filter(|one| one.method == "GET" && one.target.contains("/v2/app/"))
            .count()
    };
    assert_eq!(gets(before), 0, "nothing was said in the clear");
    let before = world.registry.seen().len();
    let allowed = verify(&["--allow-http-registry"]);
    assert!(allowed.starts_with("exit 0\n"), "{allowed}");
    assert!(gets(before) > 0);
}

#[test]
fn incomplete_trust_material_is_no_verdict_about_the_image() {
    let world = World::new();
    let _instance = world.instance();
    let image = world.image("app");
    let signed = world.sign_keyless("signing_config.v0.2.json", &[], "app:v1");
    assert!(signed.starts_with("exit 0\n"), "{signed}");
    let name = world.name(&format!("app@{image}"));
    let verify = [
        "verify",
        "--certificate-identity",
        crate::instance::SUBJECT,
        "--certificate-oidc-issuer",
        crate::instance::ISSUER,
        &name,
    ];
    let root = world.directory().join("fulcio_chain.pem");
    let shown = world.cosign_with("SIGSTORE_ROOT_FILE", root.to_str().unwrap(), &verify);
    refused(&shown, 1, "Error: incomplete trust material: ");
    for cause in [
        "cause: check transparency-log (the transparency log's proof) needs SIGSTORE_REKOR_PUBLIC_KEY\n",
        "cause: check certificate-transparency (the certificate's SCT) needs SIGSTORE_CT_LOG_PUBLIC_KEY_FILE\n",
    ] {
        assert!(stderr(&shown).contains(cause), "{shown}");
    }
    // With what is needed, there is a verdict.
    assert!(world.verify_keyless(&[], "app:v1").starts_with("exit 0\n"));
}
