//! Images with what is signed about them, carried in a directory by our client and by real cosign v3.1.3, both ways, between a
//! registry with the referrers API and CNCF Distribution, which has none.

use anyhow::{Result, ensure};
use sigbox_e2e::ImageScene;

#[test]
fn compat_25_what_one_client_saves_the_other_verifies_and_loads() -> Result<()> {
    for scene in ImageScene::all()? {
        let (real, ours) = (scene.real.clone(), scene.ours.clone());
        for (image, bundles) in [("app:amd64", true), ("app:arm64", false)] {
            scene.sign(&real, image, bundles)?;
            scene.sign(&ours, image, bundles)?;
            // Under a tag, the same key's signature of the same payload is there already.
            let signatures = if bundles { 2 } else { 1 };
            for (saver, loader, at) in [(&real, &ours, "one"), (&ours, &real, "two")] {
                let (tag, directory) = (image.replace("app:", ""), image.replace(':', "-") + at);
                scene.run(saver, &["save", "--dir", &directory, &scene.name(image)])?;
                for verifier in [&real, &ours] {
                    let found = scene.verify(verifier, &["--local-image"], &directory)?;
                    ensure!(found == signatures, "{directory}: {found}");
                }
                let moved = scene.name(&format!("{at}:{tag}"));
                let load = ["load", "--dir", &directory, &moved];
                if loader == &real && bundles && !scene.lists {
                    // It stores a bundle's manifest before the bundle, also of what it has saved itself.
                    let own = image.replace(':', "-") + "one";
                    for directory in [&directory, &own] {
                        let load = ["load", "--dir", directory, &moved];
                        let refused = scene.attempt(&real, &load)?;
                        refused.expect(1)?.says("MANIFEST_BLOB_UNKNOWN")?;
                    }
                    continue;
                }
                scene.run(loader, &load)?;
                for verifier in [&real, &ours] {
                    let found = scene.verify(verifier, &[], &moved)?;
                    ensure!(found == signatures, "{moved}: {found}");
                }
                ensure!(scene.digest(&format!("{at}:{tag}"))? == scene.digest(image)?);
            }
        }
    }
    Ok(())
}

#[test]
fn compat_25_a_directory_is_loaded_into_a_registry_of_another_kind() -> Result<()> {
    let scenes = ImageScene::all()?;
    let [first, second] = scenes.as_slice() else {
        return Ok(());
    };
    for (from, to) in [(first, second), (second, first)] {
        let (real, ours) = (&from.real, &from.ours);
        for (image, bundles) in [("app:amd64", true), ("app:arm64", false)] {
            from.sign(ours, image, bundles)?;
            for (saver, loader, name) in [(real, ours, "one"), (ours, real, "two")] {
                let directory = image.replace(':', "-") + name;
                from.run(saver, &["save", "--dir", &directory, &from.name(image)])?;
                // What the real client cannot do there: see above.
                let loader = if bundles && !to.lists { ours } else { loader };
                let moved = to.name(&image.replace("app", name));
                from.run(loader, &["load", "--dir", &directory, &moved])?;
                for verifier in [real, ours] {
                    ensure!(from.verify(verifier, &[], &moved)? == 1, "{moved}");
                }
                // Whoever holds another key is refused there too.
                to.attempt(
                    ours,
                    &[
                        "verify",
                        "--key",
                        "cosign.pub",
                        "--insecure-ignore-tlog",
                        &moved,
                    ],
                )?
                .expect(12)?;
            }
        }
    }
    Ok(())
}

#[test]
fn compat_25_an_index_with_bundles_is_moved_and_verifies_in_the_directory() -> Result<()> {
    for scene in ImageScene::all()? {
        let (real, ours) = (scene.real.clone(), scene.ours.clone());
        for image in ["app:all", "app:amd64"] {
            scene.sign(&real, image, true)?;
        }
        scene.run(&ours, &["save", "--dir", "ours", &scene.name("app:all")])?;
        scene.run(&real, &["save", "--dir", "real", &scene.name("app:all")])?;
        for directory in ["ours", "real"] {
            ensure!(scene.verify(&ours, &["--local-image"], directory)? == 1);
        }
        // What ours is better at.
        let local = ["--insecure-ignore-tlog", "--local-image", "real"];
        let local = [&["verify", "--key", "cosign.pub"][..], &local].concat();
        scene
            .attempt(&real, &local)?
            .says("no signatures associated with the image saved in real")?;
        let moved = scene.name("moved:all");
        scene.run(&ours, &["load", "--dir", "ours", &moved])?;
        let member = scene.name(&format!("moved@{}", scene.digest("app:amd64")?));
        for image in [&moved, &member] {
            for verifier in [&real, &ours] {
                ensure!(scene.verify(verifier, &[], image)? == 1, "{image}");
            }
        }
    }
    Ok(())
}
