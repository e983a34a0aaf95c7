//! What the command line says, word for word.

use crate::command::{Cosign, commands};
use insta::assert_snapshot;

#[test]
fn help() {
    assert_snapshot!("help", Cosign::new(&["--help"]).run());
    commands(
        &cosign_cli::command_line(),
        &mut Vec::new(),
        &mut |words, _| {
            let arguments = [words, &["--help"]].concat();
            let name = format!("help_{}", words.join("_").replace('-', "_"));
            assert_snapshot!(name, Cosign::new(&arguments).run());
        },
    );
}

#[test]
fn without_arguments_help_is_shown() {
    assert_eq!(Cosign::new(&[]).run(), Cosign::new(&["--help"]).run());
}

#[test]
fn without_configuration_nothing_is_signed_and_the_way_out_is_told() {
    let run = |cosign: Cosign| cosign.run();
    assert_snapshot!(
        "sign_without_configuration",
        run(Cosign::new(&["sign-blob", "--bundle", "b.json", "x"]))
    );
    // The default that other clients have does not come back through a flag or a variable either.
    assert_snapshot!(
        "sign_without_signing_config",
        run(Cosign::new(&[
            "sign-blob",
            "--use-signing-config=false",
            "--bundle",
            "b.json",
            "x"
        ])
        .env("COSIGN_SIGNING_CONFIG", "sc.json"))
    );
    assert_snapshot!(
        "verify_without_configuration",
        run(Cosign::new(&[
            "verify-blob",
            "--bundle",
            "b.json",
            "--certificate-identity",
            "a",
            "--certificate-oidc-issuer",
            "i",
            "x"
        ]))
    );
}

#[test]
fn mistakes_on_the_command_line() {
    let cases: &[&[&str]] = &[
        &["nosuch"],
        &["sign-blob", "--nosuch", "x"],
        &["sign-blob", "--sk", "x"],
        &["sign-blob", "--fulcio-url=https://fulcio.example", "x"],
        &["sign-blob", "--tlog-upload=false", "x"],
        &["verify-blob", "--allow-certificate-chain", "x"],
        &["verify-blob", "--certificate-chain", "c.pem", "x"],
        &["sign-blob", "--bundle"],
        &["sign-blob", "--bundle", "a", "--bundle", "b", "x"],
        &["sign-blob"],
        &["sign-blob", "x"],
        &["sign-blob", "--bundle", "b", "x", "y"],
        &[
            "sign-blob",
            "--bundle",
            "b",
            "--new-bundle-format=false",
            "x",
        ],
        &[
            "sign-blob",
            "--bundle",
            "b",
            "--signing-config",
            "s",
            "--use-signing-config=false",
            "x",
        ],
        &["sign-blob", "--yes=maybe", "x"],
        &["sign-blob", "--timeout", "5 minutes", "x"],
        &["sign-blob", "--fulcio-auth-flow", "device", "x"],
        &["sign-blob", "--fulcio-auth-flow", "zz", "x"],
        &["verify-blob"],
        &["verify-blob", "x"],
        &["verify-blob", "--bundle", "b", "x"],
        &[
            "verify-blob",
            "--bundle",
            "b",
            "--certificate-identity",
            "a",
            "x",
        ],
        &[
            "verify-blob",
            "--bundle",
            "b",
            "--certificate-identity=",
            "--certificate-oidc-issuer=i",
            "x",
        ],
        &["verify-blob", "--bundle", "b", "--offline=false", "x"],
        &["verify-blob", "x", "y"],
        &["completion", "tcsh"],
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|case| format!("$ cosign {}\n{}", case.join(" "), Cosign::new(case).run()))
        .collect();
    assert_snapshot!("mistakes", shown.join("\n"));
}

#[test]
fn a_refused_flag_is_refused_through_its_variable_too() {
    assert_snapshot!(
        "refused_variable",
        Cosign::new(&["sign-blob", "--bundle", "b", "x"])
            .env("COSIGN_SK", "true")
            .run()
    );
}

#[test]
fn flags_can_be_set_by_variables_and_a_flag_wins() {
    let by_variable = Cosign::new(&["sign-blob", "--bundle", "b", "x"])
        .env("COSIGN_SIGNING_CONFIG", "by-variable.json");
    assert!(by_variable.run().contains("by-variable.json"));
    let by_flag = Cosign::new(&[
        "sign-blob",
        "--bundle",
        "b",
        "--signing-config",
        "by-flag.json",
        "x",
    ])
    .env("COSIGN_SIGNING_CONFIG", "by-variable.json");
    let shown = by_flag.run();
    assert!(
        shown.contains("by-flag.json") && !shown.contains("by-variable.json"),
        "{shown}"
    );
    let blank = Cosign::new(&["sign-blob", "--bundle", "b", "x"]).env("COSIGN_SIGNING_CONFIG", "");
    assert!(blank.run().contains("no signing config"));
}

#[test]
fn an_identity_token_never_ends_up_in_a_message() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("token");
    std::fs::create_dir_all(&directory).unwrap();
    let config = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#;
    std::fs::write(directory.join("sc.json"), config).unwrap();
    let sign = |token: &str| {
        Cosign::new(&[
            "sign-blob",
            "--signing-config",
            "sc.json",
            "--bundle",
            "b",
            "--identity-token",
            token,
            "x",
        ])
        .directory(&directory)
        .run()
    };
    let damaged = sign("eyJhbGciOiJSUzI1NiJ9.cut");
    assert!(!damaged.contains("eyJ"), "{damaged}");
    assert_snapshot!("token_damaged", damaged);
    assert_snapshot!("token_file_missing", sign("no-such-file"));
}

#[test]
fn a_signing_config_that_lacks_a_service_is_named() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("lacking");
    std::fs::create_dir_all(&directory).unwrap();
    // {"alg":"RS256"}.{"sub":"s"}.signature
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzIn0.c2lnbmF0dXJl";
    let service = r#"[{"url":"https://s.test","majorApiVersion":1,"validFor":{"start":"2026-01-01T00:00:00Z"},"operator":"o"}]"#;
    let mut shown = Vec::new();
    for (name, lists) in [
        ("nothing", String::new()),
        (
            "no log of a known version",
            format!(
                r#","caUrls":{service},"rekorTlogUrls":{},"rekorTlogConfig":{{"selector":"ANY"}}"#,
                service.replace(":1,", ":3,")
            ),
        ),
        (
            "no timestamp authority",
            format!(
                r#","caUrls":{service},"rekorTlogUrls":{},"rekorTlogConfig":{{"selector":"ANY"}}"#,
                service.replace(":1,", ":2,")
            ),
        ),
    ] {
        let config = format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"{lists}}}"#
        );
        std::fs::write(directory.join("sc.json"), config).unwrap();
        let run = Cosign::new(&[
            "sign-blob",
            "--signing-config",
            "sc.json",
            "--bundle",
            "b",
            "--identity-token",
            token,
            "x",
        ]);
        let run = run.directory(&directory).run();
        shown.push(format!("# {name}\n{run}"));
    }
    assert_snapshot!("signing_config_lacks", shown.join("\n"));
}

#[test]
fn a_login_needs_a_provider_that_somebody_names() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-terminal");
    std::fs::create_dir_all(&directory).unwrap();
    let config = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}"#;
    std::fs::write(directory.join("sc.json"), config).unwrap();
    let sign = |flow: &str| {
        let mut arguments = vec![
            "sign-blob",
            "--signing-config",
            "sc.json",
            "--bundle",
            "b",
            "x",
        ];
        if !flow.is_empty() {
            arguments.insert(1, flow);
        }
        Cosign::new(&arguments).directory(&directory).run()
    };
    assert_snapshot!("no_provider", sign("--fulcio-auth-flow=device"));
    assert_eq!(sign(""), sign("--fulcio-auth-flow=device"));
    assert_snapshot!("ambient_not_built", sign("--oidc-provider=spiffe"));
    assert_snapshot!(
        "client_secret_missing",
        Cosign::new(&[
            "sign-blob",
            "--signing-config=sc.json",
            "--bundle=b",
            "--oidc-issuer=https://oidc.test",
            "--oidc-client-secret-file=no-such-file",
            "x",
        ])
        .directory(&directory)
        .run()
    );
    assert_snapshot!("flow_token_without_token", sign("--fulcio-auth-flow=token"));
}

#[test]
fn version_has_the_fields_that_scripts_read() {
    let text = Cosign::new(&["version"]).run();
    assert!(
        text.contains(concat!(
            "\nGitVersion:    v",
            env!("CARGO_PKG_VERSION"),
            "\n"
        )),
        "{text}"
    );
    let json = Cosign::new(&["version", "--json"]).run();
    for key in [
        "gitVersion",
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
    ] {
        assert!(json.contains(&format!("\"{key}\": \"")), "{json}");
    }
}

#[test]
fn env_masks_secrets() {
    let cosign = Cosign::new(&["env"])
        .env("SIGSTORE_ID_TOKEN", "secret")
        .env("COSIGN_PASSWORD", "secret");
    assert_snapshot!("env", cosign.env("COSIGN_TRUSTED_ROOT", "root.json").run());
}

#[test]
fn completion_scripts_know_the_flags() {
    for (shell, flag) in [
        ("bash", "--certificate-oidc-issuer"),
        ("zsh", "--certificate-oidc-issuer"),
        ("fish", "certificate-oidc-issuer"),
        ("powershell", "--certificate-oidc-issuer"),
    ] {
        let script = Cosign::new(&["completion", shell]).run();
        assert!(
            script.starts_with("exit 0\n") && script.contains(flag),
            "{shell}"
        );
    }
}

#[test]
fn data_can_go_to_a_file() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("version.txt");
    let shown = Cosign::new(&["version", "--output-file", path.to_str().unwrap()]).run();
    assert_eq!(shown, "exit 0\n--- stdout\n--- stderr\n");
    assert!(
        std::fs::read_to_string(path)
            .unwrap()
            .contains("GitVersion:")
    );
}
