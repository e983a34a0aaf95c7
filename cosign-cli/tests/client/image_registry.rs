//! How registries are spoken to: who sees the credentials, and under which name.

use crate::images::{World, refused, stdout};
use sigbox_testkit::lying_registry::Login;

const LOGIN: [&str; 4] = [
    "--registry-username",
    "alice",
    "--registry-password",
    "secret",
];

fn shown_to(world: &World) -> Vec<String> {
    let seen = world.registry.seen();
    let tokens = seen.iter().filter(|seen| seen.target.starts_with("/token"));
    tokens
        .map(|seen| seen.authorization.clone().unwrap_or_default())
        .collect()
}

#[test]
fn adv_c49_a_token_service_elsewhere_sees_the_password_only_if_it_is_named() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&[], &format!("app@{image}"));
    let host = world.another_address();
    world.registry.set(|behaviour| {
        behaviour.login = Login::Token {
            realm: format!("http://{host}/token"),
            pair: "alice:secret".to_owned(),
            anonymous: false,
        }
    });
    let unnamed = world.verify(&LOGIN, "app:v1").replace(&host, "TOKENS");
    let says = "Error: GET http://TOKENS/token: UNAUTHORIZED: who are you (tokens are issued at TOKENS, which is not \
                trusted with this registry's credentials)\n";
    refused(&unnamed, 1, says);
    let hint =
        "hint: if TOKENS is this registry's token service, name it: --registry-token-host TOKENS\n";
    assert!(unnamed.ends_with(hint), "{unnamed}");
    assert_eq!(shown_to(&world), [""]);

    let other = [&LOGIN[..], &["--registry-token-host", "127.0.0.1:1"]].concat();
    refused(
        &world.verify(&other, "app:v1").replace(&host, "TOKENS"),
        1,
        says,
    );
    assert_eq!(shown_to(&world), ["", ""]);

    let named = [&LOGIN[..], &["--registry-token-host", &host]].concat();
    let verified = world.verify(&named, "app:v1");
    assert!(stdout(&verified).contains(&image), "{verified}");
    let basic = "Basic YWxpY2U6c2VjcmV0";
    assert_eq!(shown_to(&world)[2], basic);
}

#[test]
fn a_token_host_is_a_host_and_a_server_name_is_a_name() {
    let world = World::new();
    world.image("app");
    for found in [
        "https://tokens.example",
        "tokens.example/token",
        "a@b",
        "a?b",
        "",
    ] {
        let shown = world.verify(&["--registry-token-host", found], "app:v1");
        let says =
            format!("Error: --registry-token-host: expected HOST or HOST:PORT, found {found}");
        refused(&shown, 1, &says);
    }
    let shown = world.verify(&["--registry-server-name", "127.0.0.1"], "app:v1");
    let says =
        "Error: TLS to registries: --registry-server-name: expected a host name, found 127.0.0.1\n";
    refused(&shown, 1, says);
    assert_eq!(world.registry.seen(), []);
}
