//! Images with what is signed about them, copied and listed by our client and by real cosign v3.1.3, on a registry with the
//! referrers API and on CNCF Distribution, which has none.
#![allow(clippy::indexing_slicing, reason = "tests")]

use anyhow::{Result, ensure};
use sigbox_e2e::{ImageScene, Outcome};

#[test]
fn compat_26_a_copy_verifies_by_both_clients() -> Result<()> {
    for scene in ImageScene::all()? {
        let (real, ours) = (scene.real.clone(), scene.ours.clone());
        scene.sign(&ours, "app:amd64", true)?;
        scene.sign(&ours, "app:arm64", false)?;
        for tag in ["amd64", "arm64"] {
            let (from, to) = (
                scene.name(&format!("app:{tag}")),
                scene.name(&format!("copy:{tag}")),
            );
            scene.run(&ours, &["copy", &from, &to])?;
            for verifier in [&real, &ours] {
                ensure!(scene.verify(verifier, &[], &to)? == 1, "{to}");
            }
        }
        let again = ["copy", &scene.name("app:amd64"), &scene.name("copy:arm64")];
        let message = format!(
            "image \"{}\" already exists. Use `-f` to overwrite",
            scene.name("copy:arm64")
        );
        scene.attempt(&ours, &again)?.expect(1)?.says(&message)?;
        // On a registry without lists of referrers the real client names the tag of the list instead.
        scene
            .attempt(&real, &again)?
            .expect(1)?
            .says("already exists. Use `-f` to overwrite")?;
        scene.run(&ours, &["copy", "-f", again[1], again[2]])?;
        ensure!(scene.digest("copy:arm64")? == scene.digest("app:amd64")?);
    }
    Ok(())
}

const SIG_ONLY: &str = "--sig-only is deprecated, use --only=sig instead";

/// The lines that tell of a copy, sorted: the real client copies in no order.
fn copied(outcome: &Outcome, who: &str) -> Vec<String> {
    let lines = outcome.stderr.lines();
    // The real client ends its advice without a line's end.
    let lines = lines.map(|line| line.trim_start_matches(SIG_ONLY));
    let lines = lines.filter(|line| line.starts_with("Copying "));
    let mut lines: Vec<String> = lines.map(|line| line.replace(who, "WHO")).collect();
    lines.sort_unstable();
    lines
}

/// The real client names each image that it copies like the list of its referrers, and says so.
fn without_list_tags(scene: &ImageScene, mut names: Vec<String>) -> Result<Vec<String>> {
    for image in ["app:amd64", "app:arm64", "app:all"] {
        let list = scene.digest(image)?.replace(':', "-");
        names.retain(|name| *name != list && !name.ends_with(&format!(":{list}...")));
    }
    Ok(names)
}

/// Each of the arguments is one way to copy; the same tags and the same words come of it by both clients.
#[test]
fn compat_26_what_is_copied_is_what_the_real_client_copies() -> Result<()> {
    const ALL: &str = "app:all";
    const ARM: &str = "app:arm64";
    for scene in ImageScene::all()? {
        for image in [ALL, "app:amd64", ARM] {
            scene.sign(&scene.real, image, false)?;
        }
        scene.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#)?;
        let attach = ["attach", "sbom", "--sbom", "sbom.json", &scene.name(ARM)];
        scene.run(&scene.ours, &attach)?;
        for (at, (image, flags)) in [
            (ALL, &[][..]),
            (ARM, &[]),
            (ALL, &["--platform", "linux/arm64"]),
            (ARM, &["--only", "sig"]),
            (ARM, &["--only", "sbom"]),
            (ARM, &["--only", "att"]),
            (ARM, &["--only", "sig,sbom"]),
            (ALL, &["--only", "sig", "--platform", "linux/amd64"]),
            (ARM, &["--sig-only"]),
        ]
        .into_iter()
        .enumerate()
        {
            let mut found = Vec::new();
            for (program, who) in [(&scene.real, "real"), (&scene.ours, "ours")] {
                let to = scene.name(&format!("{who}{at}:v1"));
                let from = scene.name(image);
                let copy = [&["copy"], flags, &[&from, &to]].concat();
                let said = scene.run(program, &copy)?;
                ensure!(said.stdout.is_empty(), "{said:?}");
                let tags = scene.tags(&format!("{who}{at}"))?;
                let tags = without_list_tags(&scene, tags)?;
                let lines = without_list_tags(&scene, copied(&said, who))?;
                found.push((tags, lines));
                if flags.first() == Some(&"--sig-only") {
                    said.says(SIG_ONLY)?;
                }
            }
            ensure!(found[0] == found[1], "{flags:?} {image}: {found:#?}");
            if flags.contains(&"--platform") && flags.len() == 2 {
                let copied = scene.digest(&format!("ours{at}:v1"))?;
                ensure!(copied == scene.digest(ARM)?, "{copied}");
                for verifier in [&scene.real, &scene.ours] {
                    let to = scene.name(&format!("ours{at}:v1"));
                    ensure!(scene.verify(verifier, &[], &to)? == 1, "{to}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn compat_26_platforms_that_are_not_there_are_refused_alike() -> Result<()> {
    for scene in ImageScene::all()? {
        let [all, arm, to] = ["app:all", "app:arm64", "to:v1"].map(|name| scene.name(name));
        for (platform, from) in [
            ("linux/s390x", &all),
            ("linux", &all),
            ("linux/arm64", &arm),
        ] {
            let copy = ["copy", "--platform", platform, from, &to];
            let [real, ours] = [&scene.real, &scene.ours].map(|program| {
                let said = scene.attempt(program, &copy)?.expect(1)?;
                let mut lines = said.stderr.lines();
                let error = lines.find(|line| line.starts_with("Error: "));
                Ok::<_, anyhow::Error>(error.map(str::to_owned))
            });
            let (real, ours) = (real?, ours?);
            ensure!(real.is_some() && real == ours, "{real:?} {ours:?}");
            ensure!(scene.tags("to")?.is_empty());
        }
    }
    Ok(())
}

#[test]
fn compat_26_lists_and_names_are_those_of_the_real_client() -> Result<()> {
    for scene in ImageScene::all()? {
        let (real, ours) = (scene.real.clone(), scene.ours.clone());
        let compare = |arguments: &[&str]| -> Result<()> {
            let (mine, theirs) = (scene.run(&ours, arguments)?, scene.run(&real, arguments)?);
            let (mine, theirs) = (mine.stdout, theirs.stdout);
            ensure!(
                mine.trim_end() == theirs.trim_end(),
                "{arguments:?}\n--- ours\n{mine}\n--- real\n{theirs}"
            );
            Ok(())
        };
        compare(&["tree", &scene.name("app:amd64")])?;
        scene.sign(&real, "app:amd64", true)?;
        scene.sign(&real, "app:arm64", false)?;
        for image in ["app:amd64", "app:arm64"] {
            let name = scene.name(image);
            compare(&["tree", &name])?;
            compare(&["tree", "--experimental-oci11", &name])?;
            for kind in ["signature", "attestation", "sbom", "digest"] {
                compare(&["triangulate", "--type", kind, &name])?;
            }
        }
        for image in ["app:none", "none:v1"] {
            for command in ["tree", "triangulate"] {
                for program in [&real, &ours] {
                    scene
                        .attempt(program, &[command, &scene.name(image)])?
                        .expect(1)?;
                }
            }
        }
    }
    Ok(())
}
