//! How registries are spoken to: who sees the credentials, and under which name.

use crate::images::{World, refused, stdout};
use sigbox_testkit::lying_registry::{Login, Seen};

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

/// What `--registry-token` is for: a token that the registry takes as it is.
#[test]
fn a_token_is_shown_to_the_named_registry_and_to_nobody_else() {
    let world = World::new();
    let image = world.image("app");
    world.sign(&[], &format!("app@{image}"));
    let (elsewhere, tokens) = (world.another_address(), world.another_address());
    let login = |realm: &str| Login::Token {
        realm: format!("http://{realm}/token"),
        pair: "alice:secret".to_owned(),
        anonymous: false,
    };
    // A token as the service issues it, to be given to the next command as it is.
    let own = world.name("");
    world
        .registry
        .set(|behaviour| behaviour.login = login(own.trim_end_matches('/')));
    assert!(world.verify(&LOGIN, "app:v1").starts_with("exit 0\n"));
    let seen = world.registry.seen();
    let issued = seen.iter().rev().find_map(|seen| {
        let shown = seen.authorization.as_deref()?;
        shown.strip_prefix("Bearer ")
    });
    let token = ["--registry-token", issued.unwrap()];
    world.registry.set(|behaviour| {
        behaviour.login = login(&tokens);
        behaviour.blobs_at = Some(format!("http://{elsewhere}/storage"));
    });
    let before = world.registry.seen().len();
    let verified = world.verify(&token, "app:v1");
    assert!(stdout(&verified).contains(&image), "{verified}");
    let seen = world.registry.seen().split_off(before);
    let bearer = format!("Bearer {}", token[1]);
    let shown = |seen: &Seen| seen.authorization.as_deref() == Some(&bearer);
    assert!(
        seen.iter()
            .any(|seen| seen.target.starts_with("/v2/") && shown(seen))
    );
    let stored: Vec<&Seen> = seen
        .iter()
        .filter(|seen| seen.target.starts_with("/storage/"))
        .collect();
    assert!(!stored.is_empty());
    assert!(
        stored.iter().all(|seen| seen.authorization.is_none()),
        "{stored:?}"
    );
    assert!(
        !seen.iter().any(|seen| seen.target.starts_with("/token")),
        "{seen:?}"
    );

    // One that it does not take is refused, asked for nowhere, and told to nobody.
    let refusal = world.verify(&["--registry-token", "forged-token"], "app:v1");
    refused(
        &refusal,
        1,
        "Error: GET http://REG/v2/app/manifests/v1: UNAUTHORIZED: ",
    );
    assert!(!refusal.contains("forged-token"), "{refusal}");
    let both = [&LOGIN[..], &token].concat();
    refused(
        &world.verify(&both, "app:v1"),
        1,
        "Error: --registry-token and --registry-username contradict each other\n",
    );
}
