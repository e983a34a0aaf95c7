//! `sign --recursive` on an index in an index: what one client has signed the other one finds by each manifest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use sigbox_e2e::images::{KEY, Kept, OTHER, Scene, digest_of, elements};

/// An index of an image and of an index of two more: the five names, the outermost first.
fn nested(scene: &Scene, name: &str) -> Result<Vec<String>> {
    let mut members = Vec::new();
    for member in ["a", "b", "c"] {
        // Members of an index are in its repository.
        let one = scene.image(&format!("{name}-{member}"))?;
        let (from, digest) = one.split_once('@').unwrap();
        let here = scene.name(&format!("{name}:{member}"));
        scene.crane(&format!("copy {from}:v1 {here}"))?;
        members.push(scene.name(&format!("{name}@{digest}")));
    }
    let index = |tag: &str, of: &[&String]| -> Result<String> {
        let tag = scene.name(&format!("{name}:{tag}"));
        let of: Vec<String> = of.iter().map(|one| format!("-m {one}")).collect();
        scene.crane(&format!(
            "index append --flatten=false -t {tag} {}",
            of.join(" ")
        ))?;
        let digest = scene.crane(&format!("digest {tag}"))?;
        Ok(scene.name(&format!("{name}@{digest}")))
    };
    let inner = index("inner", &[&members[0], &members[1]])?;
    let outer = index("outer", &[&inner, &members[2]])?;
    members.insert(0, inner);
    members.insert(0, outer);
    Ok(members)
}

fn signed_by_each(scene: &Scene, kept: Kept) -> Result<()> {
    let ours = sigbox_e2e::cosign();
    for (name, maker) in [("real", &scene.real), ("ours", &ours)] {
        let all = nested(scene, name)?;
        let sign = ["sign", "--recursive", "-a", "env=prod", &all[0]];
        let signed = scene.sign(maker, KEY, kept, &sign)?.expect(0)?;
        // Each of them is pushed by itself.
        let pushes = signed.stderr.matches("Pushing signature to: ").count();
        ensure!(pushes == all.len(), "{signed:?}");
        for reader in scene.both() {
            for image in &all {
                let verify = ["verify", "-a", "env=prod", image];
                let verified = scene.verify(&reader, KEY, kept, &verify)?.expect(0)?;
                let found = elements(&verified)?;
                ensure!(found.len() == 1, "{verified:?}");
                ensure!(
                    found[0]["critical"]["image"]["docker-manifest-digest"] == digest_of(image),
                    "{verified:?}"
                );
                let code = scene.no_match(&reader, kept);
                scene
                    .verify(&reader, OTHER, kept, &["verify", image])?
                    .expect(code)?;
            }
        }
        // What the real client cannot ask in one call.
        let verify = ["verify", "--recursive", &all[0]];
        let verified = scene.verify(&ours, KEY, kept, &verify)?.expect(0)?;
        let found: BTreeSet<String> = elements(&verified)?
            .iter()
            .map(|one| one["critical"]["image"]["docker-manifest-digest"].to_string())
            .collect();
        let expected: BTreeSet<String> = all
            .iter()
            .map(|image| format!("\"{}\"", digest_of(image)))
            .collect();
        ensure!(found == expected, "{found:#?}\n{expected:#?}");
    }
    Ok(())
}

/// Without the flag the index alone is signed, by both.
fn signed_alone(scene: &Scene, kept: Kept) -> Result<()> {
    let ours = sigbox_e2e::cosign();
    for (name, maker) in [("real-alone", &scene.real), ("ours-alone", &ours)] {
        let all = nested(scene, name)?;
        scene
            .sign(maker, KEY, kept, &["sign", &all[0]])?
            .expect(0)?;
        for reader in scene.both() {
            for (at, image) in all.iter().take(3).enumerate() {
                let code = if at == 0 { 0 } else { 10 };
                scene
                    .verify(&reader, KEY, kept, &["verify", image])?
                    .expect(code)?;
            }
        }
        let verify = ["verify", "--recursive", &all[0]];
        scene
            .verify(&ours, KEY, kept, &verify)?
            .expect(10)?
            .says("Error: no signatures found")?;
    }
    Ok(())
}

#[test]
fn compat_19_each_manifest_of_a_nested_index_crosses_over_as_a_bundle() -> Result<()> {
    for scene in Scene::all()? {
        signed_by_each(&scene, Kept::Bundle)?;
        signed_alone(&scene, Kept::Bundle)?;
    }
    Ok(())
}

#[test]
fn compat_19_each_manifest_of_a_nested_index_crosses_over_under_tags() -> Result<()> {
    for scene in Scene::all()? {
        signed_by_each(&scene, Kept::Tag)?;
        signed_alone(&scene, Kept::Tag)?;
    }
    Ok(())
}
