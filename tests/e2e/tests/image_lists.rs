//! Several images in one command, some with bundles, some with signatures under tags, some with nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use anyhow::{Result, ensure};
use sigbox_e2e::images::{KEY, Kept, Scene, digest_of, elements};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#;

/// What comes of a list: the code, how many of its images were told of before, and what the failure is.
type Fate = (i32, usize, &'static str);

/// A list (`b`: as a bundle, `t`: under a tag, `n`: not signed), what becomes of it there and here.
///
/// There the first image decides which storage is read of all of them.
const LISTS: &[(&str, Fate, Fate)] = &[
    ("bb", (0, 2, ""), (0, 2, "")),
    ("tt", (0, 2, ""), (0, 2, "")),
    (
        "bt",
        (1, 1, "no valid bundles exist in registry"),
        (0, 2, ""),
    ),
    ("tb", (10, 1, "no signatures found"), (0, 2, "")),
    (
        "bn",
        (1, 1, "no valid bundles exist in registry"),
        (10, 1, "no signatures found"),
    ),
    (
        "tn",
        (10, 1, "no signatures found"),
        (10, 1, "no signatures found"),
    ),
    (
        "nb",
        (10, 0, "no signatures found"),
        (10, 0, "no signatures found"),
    ),
    (
        "nt",
        (10, 0, "no signatures found"),
        (10, 0, "no signatures found"),
    ),
    (
        "btn",
        (1, 1, "no valid bundles exist in registry"),
        (10, 2, "no signatures found"),
    ),
];

/// Signs one of each kind by each client; the images of a letter, in turns.
fn images(scene: &Scene, letter: char) -> Result<[String; 2]> {
    scene.stack.write("empty.json", NO_SERVICES)?;
    let mut images = Vec::new();
    for (name, signer) in [("one", &scene.real), ("two", &sigbox_e2e::cosign())] {
        let image = scene.image(&format!("{letter}-{name}"))?;
        let how = match letter {
            'b' => "--signing-config empty.json",
            't' => "--new-bundle-format=false --use-signing-config=false --tlog-upload=false",
            _ => {
                images.push(image);
                continue;
            }
        };
        let mut sign = scene.command(signer)?;
        sign.env_remove("COSIGN_SIGNING_CONFIG");
        let line = format!("sign --yes --key key.key {how} {image}");
        sigbox_e2e::run(sign.args(line.split_whitespace()))?.expect(0)?;
        images.push(image);
    }
    Ok(images.try_into().unwrap())
}

fn each_list(scene: &Scene) -> Result<()> {
    let [bundled, tagged, bare] = ['b', 't', 'n'].map(|letter| images(scene, letter));
    let (bundled, tagged, bare) = (bundled?, tagged?, bare?);
    let mut wrong = Vec::new();
    for (list, theirs, mine) in LISTS {
        let names: Vec<&str> = list
            .chars()
            .enumerate()
            .map(|(at, letter)| match letter {
                'b' => bundled[at % 2].as_str(),
                't' => tagged[at % 2].as_str(),
                _ => bare[at % 2].as_str(),
            })
            .collect();
        let verify = [&["verify", "--insecure-ignore-tlog"], &names[..]].concat();
        for (program, (code, told, says)) in scene.both().iter().zip([theirs, mine]) {
            let outcome = scene.verify(program, KEY, Kept::Bundle, &verify)?;
            let digests: Vec<String> = elements(&outcome)?
                .iter()
                .map(|one| one["critical"]["image"]["docker-manifest-digest"].to_string())
                .collect();
            // Told in the order of the command line.
            let expected: Vec<String> = names[..*told]
                .iter()
                .map(|name| format!("\"{}\"", digest_of(name)))
                .collect();
            let headings = outcome.stderr.matches("\nVerification for ").count();
            if outcome.code != Some(*code)
                || digests != expected
                || headings != *told
                || !outcome.stderr.contains(says)
            {
                wrong.push(format!("{list}: {outcome:#?}"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn compat_22_lists_of_images_of_every_kind() -> Result<()> {
    for scene in Scene::all()? {
        each_list(&scene)?;
    }
    Ok(())
}
