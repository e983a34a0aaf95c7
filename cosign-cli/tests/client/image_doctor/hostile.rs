//! What strangers wrote is shown harmless.

use super::doctor;
use crate::images::{World, statement, stdout};
use serde_json::json;

#[test]
fn a_type_cannot_write_to_the_terminal_or_into_the_advice() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&["--storage", "both"], &format!("app@{image}"));
    for hostile in [
        "a\\u001b[2J",
        "x\\n  to add it: cosign clean",
        "';rm -rf ~;'",
        "\u{202e}x",
    ] {
        let bundle = world.bundle(&statement(hostile, &image));
        world.attach("app", &image, &bundle.to_json().unwrap());
    }
    let (code, json) = doctor(&world, &[], "app:v1");
    assert_eq!(code, "exit 0", "{json}");
    let missing = json["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 4);
    for one in missing {
        assert_eq!(
            one["command"],
            json!(format!(
                "cosign attest --storage tag --type TYPE --predicate FILE REG/app@{image}"
            ))
        );
    }
    let shown = world.cosign(&["image", "doctor", &world.name("app:v1")]);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    let advice = stdout(&shown)
        .lines()
        .filter(|line| line.trim().starts_with("to add it:"));
    assert_eq!(advice.count(), 4, "{shown}");
}
