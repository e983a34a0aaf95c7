//! `--recursive`: an index, the indexes in it, and each image must hold by itself.

use serde_json::Value;

use crate::images::{World, refused, statement, stderr, stdout};

const TYPE: &str = "https://cosign.sigstore.dev/attestation/v1";

/// An index in an index, and an image in each: their digests, the outermost first.
fn nested(world: &World) -> [String; 4] {
    let inner_image = world.image("app");
    let inner = world.index("app", &[&inner_image]);
    let manifest = world.registry.manifest("app", &inner_image).unwrap();
    let text = String::from_utf8(manifest.to_vec()).unwrap();
    let outer_image = world.registry.put_manifest(
        "app",
        None,
        "application/vnd.oci.image.manifest.v1+json",
        text.replace("\"app\"", "\"other\""),
    );
    let outer = world.index("app", &[&inner, &outer_image]);
    [outer, outer_image, inner, inner_image]
}

/// The images that were verified: one array for each.
fn verified(shown: &str) -> Vec<String> {
    let arrays = serde_json::Deserializer::from_str(stdout(shown)).into_iter::<Value>();
    let digests = arrays.map(|array| {
        let digest = &array.unwrap()[0]["critical"]["image"]["docker-manifest-digest"];
        digest.as_str().unwrap().to_owned()
    });
    digests.collect()
}

#[test]
fn compat_19_every_member_of_a_nested_index_is_verified() {
    for storage in ["referrers", "tag"] {
        let world = World::new();
        let all = nested(&world);
        let signed = world.sign(&["--recursive", "--storage", storage], "app:all");
        assert!(signed.starts_with("exit 0\n"), "{signed}");
        for digest in &all {
            let one = world.verify(&[], &format!("app@{digest}"));
            assert_eq!(verified(&one), std::slice::from_ref(digest));
        }
        let shown = world.verify(&["--recursive"], "app:all");
        let mut found = verified(&shown);
        assert_eq!(found[0], all[0], "the index comes first");
        for digest in &all {
            let name = format!("\nVerification for REG/app@{digest} --\n");
            assert!(stderr(&shown).contains(&name), "{shown}");
        }
        let mut expected = all.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        // Without the flag, the index alone.
        assert_eq!(verified(&world.verify(&[], "app:all")), [all[0].clone()]);
    }
}

#[test]
fn one_member_without_a_signature_is_named() {
    let world = World::new();
    let all = nested(&world);
    for digest in &all[..3] {
        world.sign(&[], &format!("app@{digest}"));
    }
    let shown = world.verify(&["-r"], "app:all");
    assert!(shown.starts_with("exit 10\n"), "{shown}");
    let says = format!("Error: no signatures found\n  image: REG/app@{}\n", all[3]);
    assert!(stderr(&shown).ends_with(&says), "{shown}");
    // The index alone holds, and so does the same with all of them.
    assert!(world.verify(&[], "app:all").starts_with("exit 0\n"));
    world.sign(&[], &format!("app@{}", all[3]));
    assert_eq!(verified(&world.verify(&["-r"], "app:all")).len(), 4);
}

#[test]
fn attestations_of_every_member_are_demanded() {
    let world = World::new();
    let all = nested(&world);
    let attest = |digest: &str| {
        let bundle = world.bundle(&statement(TYPE, digest));
        world.attach("app", digest, &bundle.to_json().unwrap());
    };
    all[..3].iter().for_each(|digest| attest(digest));
    let shown = world.verify_with("verify-attestation", &["--recursive"], "app:all");
    assert!(shown.starts_with("exit 10\n"), "{shown}");
    assert!(
        stderr(&shown).ends_with(&format!("  image: REG/app@{}\n", all[3])),
        "{shown}"
    );
    attest(&all[3]);
    let shown = world.verify_with("verify-attestation", &["--recursive"], "app:all");
    assert_eq!(stdout(&shown).lines().count(), 4, "{shown}");
}

#[test]
fn what_is_not_there_or_in_a_directory_is_refused() {
    let world = World::new();
    let image = world.image("app");
    let shown = world.verify(&["--recursive"], "app:none");
    refused(
        &shown,
        11,
        "Error: image tag not found: GET http://REG/v2/app/manifests/none: MANIFEST_UNKNOWN: ",
    );
    let gone = format!("sha256:{}", "0".repeat(64));
    let shown = world.verify(&["--recursive"], &format!("app@{gone}"));
    refused(&shown, 1, "Error: GET http://REG/v2/app/manifests/sha256:");
    let shown = world.verify(&["--recursive", "--local-image"], "app");
    refused(
        &shown,
        1,
        "Error: --local-image and --recursive contradict each other\n",
    );
    // What is no index is verified as it is.
    world.sign(&[], "app:v1");
    assert_eq!(verified(&world.verify(&["-r"], "app:v1")), [image]);
}
