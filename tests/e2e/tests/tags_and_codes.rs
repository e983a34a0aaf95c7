//! Tags in the place of digests, and the codes that commands on images end with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::{Result, ensure};
use sigbox_e2e::cosign;
use sigbox_e2e::images::{ALICE, BOB, KEY, Kept, OTHER, Scene, digest_of, elements};

/// What both clients say before they sign what a tag names.
fn warning(name: &str) -> String {
    format!(
        "WARNING: Image reference {name} uses a tag, not a digest, to identify the image to sign.\n    \
         This can lead you to sign a different image than the intended one. Please use a\n    \
         digest (example.com/ubuntu@sha256:abc123...) rather than tag\n    \
         (example.com/ubuntu:latest) for the input to cosign. The ability to refer to\n    \
         images by tag will be removed in a future release.\n\n"
    )
}

fn tags(scene: &Scene, kept: Kept) -> Result<()> {
    scene.stack.write("predicate.json", r#"{"tested":true}"#)?;
    for (name, maker) in [("real", &scene.real), ("ours", &cosign())] {
        let name = format!("{name}-{kept:?}").to_lowercase();
        let image = scene.image(&name)?;
        let tag = scene.name(&format!("{name}:v1"));
        let sign = |arguments: &[&str]| scene.sign(maker, KEY, kept, arguments);
        let signed = sign(&["sign", &tag])?.expect(0)?;
        ensure!(signed.stderr.contains(&warning(&tag)), "{signed:?}");
        let attest = ["attest", "--predicate", "predicate.json", &tag];
        let attested = sign(&attest)?.expect(0)?;
        ensure!(attested.stderr.contains(&warning(&tag)), "{attested:?}");
        let by_digest = sign(&["sign", "-a", "again=yes", &image])?.expect(0)?;
        ensure!(!by_digest.stderr.contains("WARNING"), "{by_digest:?}");
        for reader in scene.both() {
            for named in [&image, &tag] {
                let verified = scene.verify(&reader, KEY, kept, &["verify", named])?;
                let verified = verified.expect(0)?;
                ensure!(!verified.stderr.contains("WARNING"), "{verified:?}");
                let heading = format!("\nVerification for {named} --\n");
                ensure!(verified.stderr.contains(&heading), "{verified:?}");
                for one in elements(&verified)? {
                    ensure!(
                        one["critical"]["image"]["docker-manifest-digest"] == digest_of(&image)
                    );
                }
            }
        }
        // The tag moves on; who verifies by it sees that, and the digest stays what it was.
        let next = scene.image(&format!("{name}-next"))?;
        scene.crane(&format!("copy {next} {tag}"))?;
        for reader in scene.both() {
            let verify = |named: &str| scene.verify(&reader, KEY, kept, &["verify", named]);
            verify(&tag)?
                .expect(10)?
                .says("Error: no signatures found")?;
            verify(&image)?.expect(0)?;
        }
    }
    Ok(())
}

#[test]
fn compat_21_a_tag_is_signed_with_the_same_warning_and_followed_when_verifying() -> Result<()> {
    for scene in Scene::all()? {
        tags(&scene, Kept::Bundle)?;
        tags(&scene, Kept::Tag)?;
    }
    Ok(())
}

/// One verification: what both say first, and the codes of the real client and of ours.
struct Case<'a> {
    verb: &'a str,
    who: &'a str,
    image: &'a str,
    says: &'a str,
    codes: [i32; 2],
}

fn codes(scene: &Scene, kept: Kept) -> Result<()> {
    scene.stack.write("predicate.json", r#"{"tested":true}"#)?;
    let [bare, signed] = [scene.image("bare")?, scene.image("signed")?];
    scene
        .sign(&scene.real, KEY, kept, &["sign", &signed])?
        .expect(0)?;
    let zeros = "0".repeat(64);
    let [no_tag, no_repository, no_digest] = [
        scene.name("bare:none"),
        scene.name("none:v1"),
        scene.name(&format!("bare@sha256:{zeros}")),
    ];
    let (none, missing) = ("no signatures found", "image tag not found: GET http://");
    // A bundle that does not match ends with 1 there, and every attestation does.
    let other = scene.no_match(&scene.real, kept);
    let cases = [
        ("verify", KEY, &signed, "", [0, 0]),
        ("verify", KEY, &bare, none, [10, 10]),
        ("verify", ALICE, &bare, none, [10, 10]),
        ("verify", KEY, &no_digest, none, [10, 10]),
        ("verify", KEY, &no_tag, missing, [11, 11]),
        ("verify", KEY, &no_repository, missing, [11, 11]),
        ("verify", OTHER, &signed, "no matching ", [other, 12]),
        ("verify", BOB, &signed, "no matching ", [other, 13]),
        ("verify-attestation", KEY, &bare, "no ", [1, 10]),
        ("verify-attestation", KEY, &no_tag, "", [1, 11]),
    ];
    for (verb, who, image, says, codes) in cases {
        let case = Case {
            verb,
            who,
            image,
            says,
            codes,
        };
        for (program, code) in scene.both().iter().zip(case.codes) {
            ends(scene, kept, program, &case, code)?;
        }
    }
    Ok(())
}

fn ends(scene: &Scene, kept: Kept, program: &Path, case: &Case<'_>, code: i32) -> Result<()> {
    let outcome = scene.verify(program, case.who, kept, &[case.verb, case.image])?;
    let outcome = outcome.expect(code)?;
    if code == 0 {
        return Ok(());
    }
    ensure!(outcome.stdout.is_empty(), "{outcome:?}");
    outcome.says(&format!("Error: {}", case.says))?;
    Ok(())
}

#[test]
fn compat_21_codes_of_bundles_are_those_of_tags_here() -> Result<()> {
    for scene in Scene::all()? {
        codes(&scene, Kept::Bundle)?;
    }
    Ok(())
}

#[test]
fn compat_21_codes_of_tags_are_those_of_the_real_client() -> Result<()> {
    for scene in Scene::all()? {
        codes(&scene, Kept::Tag)?;
    }
    Ok(())
}
