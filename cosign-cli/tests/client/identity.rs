//! The ways of `cosign sign-blob` to an identity, as the command line chooses them.

use crate::command::Cosign;
use crate::instance::{Instance, Lie};
use crate::scripted::{Answers, Scripted};
use jiff::Timestamp;

// {"alg":"RS256"}.{"sub":"alice@example.test"}.signature: the instance looks at nothing else.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLnRlc3QifQ.c2lnbmF0dXJl";

/// What the command line and the environment say, and what the provider then hears.
struct Case {
    arguments: &'static [&'static str],
    /// `JOB` stands for the address of the job's token service.
    variables: &'static [(&'static str, &'static str)],
    expected: Expected,
}

#[derive(Clone, Copy)]
enum Expected {
    /// Signed, and the provider was not asked.
    Given,
    /// Signed with the token of the job.
    Job,
    /// The device flow began with this in its form, in that member.
    Device(&'static str, &'static str),
    /// The device flow began with these credentials.
    DeviceWithSecret(&'static str),
}

const ENV_TOKEN: (&str, &str) = ("SIGSTORE_ID_TOKEN", TOKEN);
const JOB: [(&str, &str); 2] = [
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "JOB"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the request token"),
];

const CASES: [Case; 13] = [
    case(&["--identity-token", TOKEN], &JOB, Expected::Given),
    case(&[], &[ENV_TOKEN], Expected::Given),
    case(&[], &[ENV_TOKEN, JOB[0], JOB[1]], Expected::Given),
    case(
        &["--oidc-provider=envvar"],
        &[ENV_TOKEN, JOB[0], JOB[1]],
        Expected::Given,
    ),
    case(&["--fulcio-auth-flow=token"], &[ENV_TOKEN], Expected::Given),
    case(&[], &JOB, Expected::Job),
    case(
        &["--oidc-provider=github-actions"],
        &[ENV_TOKEN, JOB[0], JOB[1]],
        Expected::Job,
    ),
    case(&[], &[], Expected::Device("client_id", "sigstore")),
    case(
        &["--oidc-provider=no-such"],
        &[],
        Expected::Device("client_id", "sigstore"),
    ),
    case(
        &["--oidc-disable-ambient-providers"],
        &[ENV_TOKEN, JOB[0], JOB[1]],
        Expected::Device("scope", "openid email"),
    ),
    case(
        &["--fulcio-auth-flow=device", "--oidc-client-id=other"],
        &[],
        Expected::Device("client_id", "other"),
    ),
    case(
        &["--oidc-redirect-url=http://localhost:1/cb"],
        &[],
        Expected::Device("redirect_uri", "http://localhost:1/cb"),
    ),
    // `sigstore:secret`
    case(
        &["--oidc-client-secret-file=secret"],
        &[],
        Expected::DeviceWithSecret("Basic c2lnc3RvcmU6c2VjcmV0"),
    ),
];

const fn case(
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    expected: Expected,
) -> Case {
    Case {
        arguments,
        variables,
        expected,
    }
}

#[test]
fn flags_and_surroundings_choose_the_way_to_an_identity() {
    let directory = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    Instance::start(now, Lie::None).write_trust(directory.path());
    std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
    std::fs::write(directory.path().join("secret"), "secret\n").unwrap();
    for (at, case) in CASES.iter().enumerate() {
        let provider = Scripted::start(vec![Answers::Token]);
        let shown = run(case, &provider, directory.path());
        let (forms, jobs) = (provider.heard(), provider.asked());
        let context = format!("case {at}: {shown}");
        let other_client = matches!(case.expected, Expected::Device("client_id", "other"));
        // The scripted token is for `sigstore`, which the client must notice.
        let code = if other_client { "exit 1\n" } else { "exit 0\n" };
        assert!(shown.starts_with(code), "{context}");
        match case.expected {
            Expected::Given => assert!(forms.is_empty() && jobs.is_empty(), "{context}"),
            Expected::Job => {
                assert!(forms.is_empty(), "{context}");
                let asked = "GET /job?x=1&audience=sigstore bearer the request token";
                assert_eq!(jobs, [asked], "{context}");
            }
            Expected::Device(member, value) => {
                assert!(jobs.is_empty(), "{context}");
                assert_eq!(forms[0].fields[member], value, "{context}");
                assert_eq!(forms[0].authorization, None, "{context}");
            }
            Expected::DeviceWithSecret(credentials) => {
                assert_eq!(
                    forms[0].authorization.as_deref(),
                    Some(credentials),
                    "{context}"
                );
            }
        }
        let automatic = shown.contains("Non-interactive mode detected, using device flow.");
        assert_eq!(automatic, !forms.is_empty() && !other_client, "{context}");
    }
}

fn run(case: &Case, provider: &Scripted, directory: &std::path::Path) -> String {
    let issuer = format!("--oidc-issuer={}", provider.issuer);
    let mut arguments = vec!["sign-blob", "--bundle", "b.json", "hello.txt", &issuer];
    arguments.extend(case.arguments);
    let mut cosign = Cosign::new(&arguments)
        .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
        .env("COSIGN_TRUSTED_ROOT", "trusted_root.json");
    for (name, value) in case.variables {
        let value = if *value == "JOB" {
            provider.job_url()
        } else {
            (*value).to_owned()
        };
        cosign = cosign.env(name, value);
    }
    cosign.directory(directory).run()
}
