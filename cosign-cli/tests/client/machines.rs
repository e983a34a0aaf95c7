//! Identities of machines: a client with a secret, a Buildkite job, a workload on Google Cloud.

use crate::command::Cosign;
use crate::instance::{Instance, Lie};
use crate::scripted::{Answers, Scripted};
use jiff::Timestamp;

const SIGNED: &str = "Generating ephemeral keys...\n";
const CREDENTIALS: &[&str] = &[
    "--fulcio-auth-flow=client_credentials",
    "--oidc-client-secret-file=secret",
];
const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default";

/// A directory with what is signed, and the trust material of an instance.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        Instance::start(now, Lie::None).write_trust(directory.path());
        std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
        std::fs::write(directory.path().join("secret"), "secret\n").unwrap();
        Self(directory)
    }

    /// Signs with these flags and variables, and shows what the user sees.
    fn sign(&self, provider: &Scripted, flags: &[&str], variables: &[(&str, &str)]) -> String {
        let issuer = format!("--oidc-issuer={}", provider.issuer);
        let mut arguments = vec!["sign-blob", "--bundle", "b.json", "hello.txt", &issuer];
        arguments.extend(flags);
        let mut cosign = Cosign::new(&arguments)
            .env("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")
            .env("COSIGN_TRUSTED_ROOT", "trusted_root.json");
        for (name, value) in variables {
            cosign = cosign.env(name, value);
        }
        cosign.directory(self.0.path()).run()
    }

    fn assert_signed(&self, shown: &str) {
        assert!(shown.starts_with("exit 0\n"), "{shown}");
        assert!(shown.contains(SIGNED), "{shown}");
        assert!(shown.ends_with("Wrote bundle to file b.json\n"), "{shown}");
        std::fs::remove_file(self.0.path().join("b.json")).unwrap();
    }

    fn assert_refused(&self, shown: &str, message: &str) {
        assert!(shown.starts_with("exit 1\n"), "{shown}");
        assert!(shown.contains(message), "{shown}");
        assert!(!self.0.path().join("b.json").exists(), "{shown}");
    }
}

#[test]
fn a_client_signs_with_its_own_secret() {
    let place = Place::new();
    let provider = Scripted::start(vec![Answers::Token]);
    let shown = place.sign(&provider, CREDENTIALS, &[]);
    assert!(shown.contains("Token received!\n"), "{shown}");
    assert!(!shown.contains("device flow"), "{shown}");
    place.assert_signed(&shown);
    let [form] = provider.heard().try_into().unwrap();
    // `sigstore:secret`
    let credentials = Some("Basic c2lnc3RvcmU6c2VjcmV0");
    assert_eq!(form.authorization.as_deref(), credentials);
    let fields: Vec<_> = form
        .fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(
        fields,
        [
            ("client_id", "sigstore"),
            ("grant_type", "client_credentials"),
            ("scope", "openid email"),
        ]
    );
}

#[test]
fn a_client_that_the_provider_refuses_does_not_sign() {
    let place = Place::new();
    for (answer, message) in [
        (
            Answers::Error("invalid_client"),
            "the provider refused the client's credentials: invalid_client: as told",
        ),
        (
            Answers::Status(401),
            "the provider refused the client's credentials: status 401 without an OAuth error",
        ),
        (
            Answers::Garbage("[]"),
            "the provider's answer is not that of a token endpoint",
        ),
        (
            Answers::Garbage(r#"{"access_token":"a","token_type":"bearer"}"#),
            "the provider returned no identity token",
        ),
        (
            Answers::TokenOfAnother,
            "the provider's identity token does not verify: ",
        ),
    ] {
        let provider = Scripted::start(vec![answer]);
        place.assert_refused(&place.sign(&provider, CREDENTIALS, &[]), message);
    }
    let provider = Scripted::start(vec![Answers::Token]);
    place.assert_refused(
        &place.sign(&provider, &CREDENTIALS[..1], &[]),
        "--fulcio-auth-flow=client_credentials needs --oidc-client-secret-file",
    );
    assert!(provider.heard().is_empty());
}

#[test]
fn a_buildkite_job_signs_with_the_token_that_it_may_ask_for() {
    let place = Place::new();
    let job = |answer, flags: &[&str]| {
        let agent = Scripted::start(vec![answer]);
        let endpoint = format!("{}/v3", agent.base());
        let variables = [
            ("BUILDKITE_AGENT_ACCESS_TOKEN", "the access token"),
            ("BUILDKITE_AGENT_ENDPOINT", &endpoint),
            ("BUILDKITE_JOB_ID", "0190-aa/.."),
        ];
        let shown = place.sign(&agent, flags, &variables);
        assert!(!shown.contains("the access token"), "{shown}");
        (shown, agent)
    };
    let asked =
        r#"POST /v3/jobs/0190-aa%2F../oidc/tokens Token the access token {"audience":"sigstore"}"#;
    for flags in [&[][..], &["--oidc-provider=buildkite-agent"]] {
        let (shown, agent) = job(Answers::Token, flags);
        place.assert_signed(&shown);
        assert_eq!(agent.asked(), [asked]);
        assert!(agent.heard().is_empty(), "no login");
    }
    let refused = "fetching ambient OIDC credentials: the token service answered 403";
    place.assert_refused(&job(Answers::Status(403), &[]).0, refused);
    let empty = "fetching ambient OIDC credentials: the token service's answer holds no token";
    place.assert_refused(&job(Answers::Garbage("[]"), &[]).0, empty);
    let (shown, agent) = job(Answers::Token, &["--oidc-disable-ambient-providers"]);
    place.assert_signed(&shown);
    assert!(agent.asked().is_empty());
}

#[test]
fn a_workload_on_google_cloud_signs_as_its_own_account() {
    let place = Place::new();
    let workload = |answer, flags: &[&str]| {
        let metadata = Scripted::start(vec![answer]);
        let host = metadata.base().strip_prefix("http://").unwrap();
        let shown = place.sign(&metadata, flags, &[("GCE_METADATA_HOST", host)]);
        (shown, metadata.asked())
    };
    let asked = format!("GET {METADATA}/identity?audience=sigstore&format=full Google");
    for flags in [&[][..], &["--oidc-provider=google-workload-identity"]] {
        let (shown, heard) = workload(Answers::Token, flags);
        place.assert_signed(&shown);
        assert_eq!(heard, std::slice::from_ref(&asked));
    }
    let refused = "fetching ambient OIDC credentials: the token service answered 404";
    place.assert_refused(&workload(Answers::Status(404), &[]).0, refused);
    let garbage = "the token of the ambient provider cannot be used";
    place.assert_refused(&workload(Answers::Garbage("no token"), &[]).0, garbage);
    let spiffe = "the ambient provider `spiffe` is not built yet";
    place.assert_refused(
        &workload(Answers::Token, &["--oidc-provider=spiffe"]).0,
        spiffe,
    );
}
