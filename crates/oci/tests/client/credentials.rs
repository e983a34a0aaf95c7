//! Whose password goes where.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use sigbox_oci::credentials::{CredentialError, CredentialStore, HelperFault};
use sigbox_oci::transport::Reason;
use sigbox_oci::{Foreign, RealmFault, Registry, RegistryError, RegistryOptions};
use sigbox_testkit::lying_registry::{Login, LyingRegistry};

use crate::kit::{Network, Scene, image, referrer, repository, scene};

fn token_login(realm: &str, anonymous: bool) -> Login {
    Login::Token {
        realm: realm.to_owned(),
        pair: "alice:secret".to_owned(),
        anonymous,
    }
}

/// A registry that wants tokens from `realm`.
fn with_tokens(realm: &str, anonymous: bool) -> Scene {
    let mut scene = scene();
    image(&scene);
    scene.client = scene.network.client_of("alice", "secret");
    scene
        .registry
        .set(|behaviour| behaviour.login = token_login(realm, anonymous));
    scene
}

fn config(folder: &tempfile::TempDir, text: &str) -> CredentialStore {
    let path: PathBuf = folder.path().join("config.json");
    std::fs::write(&path, text).unwrap();
    CredentialStore::files(vec![folder.path().join("absent.json"), path])
}

#[tokio::test]
async fn a_token_is_asked_for_once_a_scope() {
    let scene = with_tokens("https://registry.example/token", false);
    let subject = image(&scene);
    for _ in 0..2 {
        scene
            .client
            .manifest(&scene.repository, &subject.digest)
            .await
            .unwrap();
    }
    let raw = referrer(&subject, "one");
    scene
        .client
        .attach_referrer(&scene.repository, &raw)
        .await
        .unwrap();
    let asked: Vec<String> = scene
        .registry
        .seen()
        .into_iter()
        .filter(|seen| seen.target.starts_with("/token"))
        .map(|seen| seen.target)
        .collect();
    assert_eq!(
        asked,
        [
            "/token?service=registry&scope=repository%3Aapp%3Apull",
            "/token?service=registry&scope=repository%3Aapp%3Apull%2Cpush"
        ]
    );
}

#[tokio::test]
async fn a_password_is_shown_when_it_is_asked_for() {
    let mut scene = scene();
    let raw = image(&scene);
    scene.registry.set(|behaviour| {
        behaviour.login = Login::Basic {
            pair: "alice:secret".to_owned(),
        }
    });
    let anonymous = scene
        .client
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap_err();
    assert_eq!(
        anonymous.to_string(),
        format!(
            "GET https://registry.example/v2/app/manifests/{}: UNAUTHORIZED: authentication required",
            raw.digest
        )
    );
    scene.client = scene.network.client_of("alice", "secret");
    assert_eq!(
        scene
            .client
            .manifest(&scene.repository, &raw.digest)
            .await
            .unwrap(),
        raw
    );
}

#[tokio::test]
async fn adv_c48_another_registry_does_not_get_the_password() {
    let folder = tempfile::tempdir().unwrap();
    // alice:secret
    let text = r#"{"auths":{"registry.example:5000":{"auth":"YWxpY2U6c2VjcmV0"}}}"#;
    let network = Network::default();
    let login = || Login::Basic {
        pair: "alice:secret".to_owned(),
    };
    let client = network.client_with(config(&folder, text), RegistryOptions::default());
    for name in [
        "example.com",
        "registry.example.evil",
        "registry.example.evil:5000",
        "registry.example",
        "registry.example:5001",
    ] {
        let registry = LyingRegistry::new();
        registry.set(|behaviour| behaviour.login = login());
        network.put(&format!("https://{name}"), &registry);
        let error = client
            .tags(&repository(&format!("{name}/app")))
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 401);
    }
    assert_eq!(network.hosts_with_credentials(), Vec::<String>::new());

    let registry = LyingRegistry::new();
    registry.set(|behaviour| behaviour.login = login());
    network.put("https://registry.example:5000", &registry);
    client
        .tags(&repository("registry.example:5000/app"))
        .await
        .unwrap();
    assert_eq!(
        network.hosts_with_credentials(),
        ["https://registry.example:5000"]
    );
}

#[tokio::test]
async fn adv_c49_a_token_service_elsewhere_does_not_see_the_password() {
    let scene = with_tokens("https://tokens.example/token", true);
    let raw = image(&scene);
    // One program issues tokens for the other, as a cloud's does.
    scene.network.put("https://tokens.example", &scene.registry);
    assert_eq!(
        scene
            .client
            .manifest(&scene.repository, &raw.digest)
            .await
            .unwrap(),
        raw
    );
    let asked: Vec<_> = scene
        .network
        .sent()
        .into_iter()
        .filter(|sent| sent.reason == Reason::TokenRealm)
        .collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].authorization, None);
    // What needs the password says why it was not shown.
    let error = scene
        .client
        .put_manifest(&scene.repository, None, &raw)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "PUT https://registry.example/v2/app/manifests/{}: UNAUTHORIZED: authentication required \
             (tokens are issued at tokens.example, which is not trusted with this registry's credentials)",
            raw.digest
        )
    );
}

#[tokio::test]
async fn adv_c49_a_token_service_that_the_user_named_sees_the_password() {
    let scene = with_tokens("https://tokens.example/token", false);
    let raw = image(&scene);
    scene.network.put("https://tokens.example", &scene.registry);
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"auths":{"registry.example":{"auth":"YWxpY2U6c2VjcmV0"}}}"#;
    let options = RegistryOptions {
        trusted_realms: vec!["tokens.example".to_owned()],
        ..RegistryOptions::default()
    };
    let client: Registry = scene.network.client_with(config(&folder, text), options);
    client
        .put_manifest(&scene.repository, None, &raw)
        .await
        .unwrap();
    assert_eq!(
        scene.network.hosts_with_credentials(),
        ["https://registry.example", "https://tokens.example"]
    );
}

#[tokio::test]
async fn adv_c49_a_token_service_that_refuses_who_shows_no_password_is_named() {
    let scene = with_tokens("https://tokens.example:8443/token", false);
    let raw = image(&scene);
    let place = "https://tokens.example:8443";
    scene.network.put(place, &scene.registry);
    let error = scene
        .client
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "GET {place}/token: UNAUTHORIZED: who are you (tokens are issued at tokens.example:8443, which is not trusted \
             with this registry's credentials)"
        )
    );
    let anonymous = scene
        .network
        .client()
        .manifest(&scene.repository, &raw.digest)
        .await
        .unwrap_err();
    assert_eq!(
        anonymous.to_string(),
        format!("GET {place}/token: UNAUTHORIZED: who are you")
    );
}

#[tokio::test]
async fn adv_c49_a_token_service_without_tls_or_name_is_not_asked() {
    for (realm, wanted) in [
        ("http://tokens.example/token", RealmFault::PlainHttp),
        ("http://registry.example/token", RealmFault::PlainHttp),
        ("https://10.0.0.1/token", RealmFault::Unnamed),
        ("https://127.0.0.1/token", RealmFault::Unnamed),
        (
            "https://alice@registry.example/token",
            RealmFault::HoldsCredentials,
        ),
        ("ftp://registry.example/token", RealmFault::NoAddress),
    ] {
        let scene = with_tokens(realm, true);
        let raw = image(&scene);
        match scene
            .client
            .manifest(&scene.repository, &raw.digest)
            .await
            .unwrap_err()
        {
            RegistryError::Realm {
                realm: shown,
                fault,
            } => {
                assert_eq!((shown, fault), (Foreign::new(realm), wanted));
            }
            other => panic!("{other}"),
        }
        assert_eq!(scene.network.sent().len(), 1, "{realm}");
    }
}

/// A folder with a helper that is this shell script.
fn helper(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker-credential-test");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn with_helper(script: &str, name: &str) -> Result<(), RegistryError> {
    let folder = helper(script);
    let scene = scene();
    let raw = image(&scene);
    scene.registry.set(|behaviour| {
        behaviour.login = Login::Basic {
            pair: "alice:secret".to_owned(),
        }
    });
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let store =
        config(&folder, &format!(r#"{{"credsStore":"{name}"}}"#)).with_helper_path(path.into());
    let client = scene.network.client_with(store, RegistryOptions::default());
    client
        .manifest(&scene.repository, &raw.digest)
        .await
        .map(|read| assert_eq!(read, raw))
}

fn fault(result: Result<(), RegistryError>) -> String {
    match result.unwrap_err() {
        RegistryError::Credentials(error) => error.to_string(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_helper_is_asked_by_its_protocol() {
    let script = r#"read server; test "$1 $server" = "get registry.example" && echo '{"Username":"alice","Secret":"secret"}'"#;
    with_helper(script, "test").await.unwrap();
    let unknown = with_helper(
        "echo 'credentials not found in native keychain'; exit 1",
        "test",
    )
    .await;
    assert_eq!(unknown.unwrap_err().status().unwrap().as_u16(), 401);
}

#[tokio::test]
async fn a_helper_that_fails_is_an_error_that_does_not_quote_it() {
    let failed = fault(with_helper("echo secret; exit 3", "test").await);
    assert_eq!(
        failed,
        "registry credentials: docker-credential-test: exit status 3"
    );
    let strange = fault(with_helper("echo secret", "test").await);
    assert_eq!(
        strange,
        "registry credentials: docker-credential-test: an answer that is not its protocol's"
    );
    let endless = fault(with_helper("yes", "test").await);
    assert_eq!(
        endless,
        "registry credentials: docker-credential-test: an answer longer than 65536 bytes"
    );
    match with_helper("", "absent").await.unwrap_err() {
        RegistryError::Credentials(CredentialError::Helper {
            reason: HelperFault::Run(error),
            ..
        }) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn abuse_b21_a_helpers_name_is_no_path() {
    for name in ["../test", "a/b", "a b"] {
        assert_eq!(
            fault(with_helper("", name).await),
            format!(
                "registry credentials: a helper's name is made of letters, digits, \".\", \"_\" and \"-\", found \"{name}\""
            )
        );
    }
}
