use super::*;

fn config(json: &str) -> DockerConfig {
    serde_json::from_str(json).unwrap()
}

fn user(config: &DockerConfig, repository: &str) -> Option<String> {
    let repository = repository.parse().unwrap();
    match config.credentials_for(&repository).unwrap() {
        Some(Credentials::Basic { username, .. }) => Some(username),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

#[test]
fn adv_c48_only_the_same_host_and_port_match() {
    let config = config(r#"{"auths":{"registry.example:5000":{"auth":"YWxpY2U6c2VjcmV0"}}}"#);
    assert_eq!(
        user(&config, "registry.example:5000/app"),
        Some("alice".to_owned())
    );
    for other in [
        "example.com/app",
        "example.org:5000/app",
        "registry.example/app",
        "registry.example:5001/app",
        "registry.example:50000/app",
        "registry.example.evil:5000/app",
        "registry.example.evil/app",
        "a.registry.example:5000/app",
    ] {
        assert_eq!(user(&config, other), None, "{other}");
    }
}

#[test]
fn adv_c48_helpers_are_chosen_by_the_same_rule() {
    let config = config(r#"{"credHelpers":{"registry.example":"one"}}"#);
    let helper = |repository: &str| {
        config
            .helper_for(&repository.parse().unwrap())
            .map(str::to_owned)
    };
    assert_eq!(helper("registry.example/app"), Some("one".to_owned()));
    assert_eq!(helper("registry.example.evil/app"), None);
    assert_eq!(helper("registry.example:5000/app"), None);
}

#[test]
fn keys_may_be_addresses_names_or_names_with_a_path() {
    let config = config(
        r#"{"auths":{
            "https://index.docker.io/v1/":{"auth":"aHViOng="},
            "https://registry.example/v2/":{"username":"bob","password":"x"},
            "registry.example/team":{"username":"team","password":"x"}}}"#,
    );
    assert_eq!(user(&config, "ubuntu"), Some("hub".to_owned()));
    assert_eq!(
        user(&config, "registry.example/other"),
        Some("bob".to_owned())
    );
    assert_eq!(
        user(&config, "registry.example/team/app"),
        Some("team".to_owned())
    );
    assert_eq!(
        user(&config, "registry.example/teams/app"),
        Some("bob".to_owned())
    );
}

#[test]
fn tokens_go_before_passwords() {
    let config = config(
        r#"{"auths":{"a.example":{"auth":"aHViOng=","identitytoken":"id"},"b.example":{"registrytoken":"reg"},"c.example":{}}}"#,
    );
    let found = |name: &str| config.credentials_for(&name.parse().unwrap()).unwrap();
    assert_eq!(
        found("a.example/app"),
        Some(Credentials::IdentityToken(Zeroizing::new("id".to_owned())))
    );
    assert_eq!(
        found("b.example/app"),
        Some(Credentials::RegistryToken(Zeroizing::new("reg".to_owned())))
    );
    assert_eq!(found("c.example/app"), None);
}

#[test]
fn a_broken_file_is_an_error_that_quotes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    std::fs::write(&path, r#"{"auths":{"a":"c2VjcmV0"}}"#).unwrap();
    let error = read(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "registry credentials: {} is no docker configuration (line 1, column 24)",
            path.display()
        )
    );
    assert!(read(&folder.path().join("absent")).unwrap().is_none());
}

#[test]
fn a_broken_auth_member_is_an_error_that_quotes_nothing() {
    for auth in ["c2VjcmV0", "%%%"] {
        let config = config(&format!(
            r#"{{"auths":{{"a.example":{{"auth":"{auth}"}}}}}}"#
        ));
        let error = config
            .credentials_for(&"a.example/app".parse().unwrap())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "registry credentials: \"auth\" of a.example is no user name and password in base64"
        );
    }
}
