//! Signing with a login through another device: against the built-in provider, and against one that says what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::instance::{Instance, Lie, SUBJECT};
use crate::scripted::{Answers, Scripted};
use cosign_cli::{
    AmbientError, ArtifactSource, ClientSecret, DeviceError, DeviceLogin, GithubActions,
    GoogleWorkload, HttpError, HttpOptions, IdTokenError, IdentitySource, Pause, Progress,
    ProviderError, SignError, SignRequest, Signed, Step, TrustSource, sign_blob,
};
use jiff::Timestamp;
use serde_json::json;
use url::form_urlencoded;

/// What was said, and what was done about it.
struct Notes {
    steps: Mutex<Vec<Step>>,
    /// Approves or refuses when the code is shown.
    decision: Option<&'static str>,
}

impl Progress for Notes {
    fn step(&self, step: Step) {
        if let (Step::DeviceCode { url, .. }, Some(decision)) = (&step, self.decision) {
            let (page, code) = url.split_once("?user_code=").unwrap();
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("user_code", code)
                .append_pair("login", SUBJECT)
                .append_pair("decision", decision)
                .finish();
            assert!(crate::scripted::post(page, &form).starts_with("HTTP/1.1 200 "));
        }
        self.steps.lock().unwrap().push(step);
    }
}

struct Outcome {
    signed: Result<Signed, SignError>,
    steps: Vec<Step>,
    /// Seconds between two questions.
    pauses: Vec<u64>,
}

impl Outcome {
    fn error(&self) -> &DeviceError {
        match &self.signed {
            Err(SignError::DeviceLogin(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

fn login(issuer: &str) -> DeviceLogin {
    DeviceLogin {
        issuer: issuer.to_owned(),
        client_id: "sigstore".to_owned(),
        client_secret: None,
        redirect_url: None,
        automatic: true,
        pause: Arc::new(|_| panic!("replaced")),
    }
}

fn sign(login: DeviceLogin, decision: Option<&'static str>) -> Outcome {
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&pauses);
    // No time passes; a provider that counts must count a second as none.
    let pause: Pause = Arc::new(move |length: Duration| {
        heard.lock().unwrap().push(length.as_secs());
        Box::pin(std::future::ready(()))
    });
    let (signed, steps) = run(
        IdentitySource::Device(DeviceLogin { pause, ..login }),
        decision,
    );
    let pauses = pauses.lock().unwrap().clone();
    Outcome {
        signed,
        steps,
        pauses,
    }
}

fn run(
    identity: IdentitySource,
    decision: Option<&'static str>,
) -> (Result<Signed, SignError>, Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let artifact = directory.path().join("hello.txt");
    std::fs::write(&artifact, "hello").unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let instance = Instance::start(now, Lie::None);
    let published = instance.trust();
    let request = SignRequest {
        ephemeral: sigbox_crypto::KeyAlgorithm::EcdsaP256,
        artifact: ArtifactSource::File(artifact),
        identity,
        signing_config: published.signing_config(),
        trust: Some(TrustSource::Root(Box::new(
            published.trusted_root().unwrap(),
        ))),
        bundle: None,
        http: HttpOptions {
            backoff: Duration::ZERO,
            ..HttpOptions::default()
        },
        clock: Arc::new(Timestamp::now),
    };
    let notes = Notes {
        steps: Mutex::default(),
        decision,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let signed = runtime.block_on(sign_blob(request, &notes));
    (signed, notes.steps.into_inner().unwrap())
}

#[test]
fn an_approved_device_signs() {
    let issuer = crate::scripted::built_in_provider();
    let outcome = sign(login(&issuer), Some("approve"));
    assert!(outcome.signed.unwrap().checked);
    assert_eq!(outcome.pauses, [0; 0], "approved before the first question");
    let [
        Step::GeneratingKeys,
        Step::NotInteractive,
        Step::DeviceCode {
            user_code,
            url,
            seconds,
        },
        Step::TokenReceived,
        ..,
    ] = outcome.steps.as_slice()
    else {
        panic!("{:?}", outcome.steps);
    };
    assert_eq!(url, &format!("{issuer}/device?user_code={user_code}"));
    assert_eq!(*seconds, 300);
    assert_eq!(
        outcome.steps[2].to_string(),
        format!(
            "Enter the verification code {user_code} in your browser at: {url}\nCode will be valid for 300 seconds"
        )
    );
    assert_eq!(
        outcome.steps[1].to_string(),
        "Non-interactive mode detected, using device flow."
    );
    assert_eq!(outcome.steps[3].to_string(), "Token received!");
}

#[test]
fn a_refused_device_does_not_sign() {
    let issuer = crate::scripted::built_in_provider();
    let asked_for = DeviceLogin {
        automatic: false,
        ..login(&issuer)
    };
    let outcome = sign(asked_for, Some("deny"));
    assert!(matches!(outcome.error(), DeviceError::Denied));
    assert!(!outcome.steps.contains(&Step::NotInteractive));
    assert!(!outcome.steps.contains(&Step::TokenReceived));
}

/// What the token endpoint answers in turn (the last again and again), the pauses, and the end.
struct Case(Vec<Answers>, &'static [u64], fn(&Outcome) -> bool);

#[test]
fn every_answer_of_the_flow_is_understood() {
    use Answers::{Error, Garbage, Token};
    let (pending, slow_down) = (Error("authorization_pending"), Error("slow_down"));
    for (at, Case(answers, pauses, is_expected)) in [
        Case(vec![Token], &[], |outcome| outcome.signed.is_ok()),
        Case(vec![pending, pending, Token], &[2, 2], |outcome| {
            outcome.signed.is_ok()
        }),
        Case(
            vec![slow_down, pending, slow_down, Token],
            &[7, 7, 12],
            |outcome| outcome.signed.is_ok(),
        ),
        Case(vec![pending, Error("access_denied")], &[2], |outcome| {
            matches!(outcome.error(), DeviceError::Denied)
        }),
        Case(vec![pending, Error("expired_token")], &[2], |outcome| {
            matches!(outcome.error(), DeviceError::Expired)
        }),
        // A provider that never says so: thirty seconds are over after fifteen questions.
        Case(vec![pending], &[2; 15], |outcome| {
            matches!(outcome.error(), DeviceError::Expired)
        }),
        Case(vec![Error("invalid_grant")], &[], |outcome| {
            matches!(outcome.error(), DeviceError::Refused { status: 400, reason }
                if reason == "invalid_grant: as told")
        }),
        Case(vec![Answers::Status(502)], &[], |outcome| {
            matches!(outcome.error(), DeviceError::Refused { status: 502, reason }
                if reason == "status 502 without an OAuth error")
        }),
        Case(vec![Garbage("[]")], &[], |outcome| {
            matches!(outcome.error(), DeviceError::Answer)
        }),
        Case(
            vec![Garbage(r#"{"access_token":"a","token_type":"bearer"}"#)],
            &[],
            |outcome| matches!(outcome.error(), DeviceError::IdToken(IdTokenError::Missing)),
        ),
        Case(vec![Answers::TokenOfAnother], &[], |outcome| {
            matches!(
                outcome.error(),
                DeviceError::IdToken(IdTokenError::Invalid(_))
            )
        }),
    ]
    .into_iter()
    .enumerate()
    {
        let provider = Scripted::start(answers);
        let outcome = sign(login(&provider.issuer), None);
        assert_eq!(outcome.pauses, pauses, "case {at}");
        assert!(is_expected(&outcome), "case {at}: {:?}", outcome.signed);
    }
}

#[test]
fn the_provider_is_asked_as_other_clients_ask() {
    let provider = Scripted::start(vec![Answers::Token]);
    let mut login = login(&provider.issuer);
    login.redirect_url = Some("http://localhost:1/cb".to_owned());
    sign(login, None).signed.unwrap();
    let [begun, asked] = provider.heard().try_into().unwrap();
    let names = |form: &crate::scripted::Form| form.fields.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&begun),
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "redirect_uri",
            "scope"
        ]
    );
    assert_eq!(begun.fields["code_challenge_method"], "S256");
    assert_eq!(begun.fields["scope"], "openid email");
    assert_eq!(begun.authorization, None);
    assert_eq!(
        names(&asked),
        [
            "client_id",
            "code_verifier",
            "device_code",
            "grant_type",
            "scope"
        ]
    );
    assert_eq!(
        asked.fields["grant_type"],
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    assert_eq!(asked.fields["device_code"], "the device code");
    assert_eq!(asked.fields["code_verifier"].len(), 64);
}

#[test]
fn a_client_with_a_secret_shows_it_in_the_header_alone() {
    let provider = Scripted::start(vec![Answers::Token]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "s3:cret\n").unwrap();
    let mut login = login(&provider.issuer);
    login.client_secret = Some(ClientSecret::read(&path).unwrap());
    assert!(!format!("{login:?}").contains("s3"));
    sign(login, None).signed.unwrap();
    for form in provider.heard() {
        // `sigstore:s3%3Acret`
        assert_eq!(
            form.authorization.as_deref(),
            Some("Basic c2lnc3RvcmU6czMlM0FjcmV0")
        );
        assert!(!form.fields.contains_key("client_secret"));
    }
}

#[test]
fn a_provider_without_the_flow_is_named_so() {
    let provider = Scripted::with_metadata(|metadata| {
        metadata.remove("device_authorization_endpoint");
    });
    let outcome = sign(login(&provider.issuer), None);
    assert_eq!(
        outcome.error().to_string(),
        "oidc: device authorization endpoint not returned by provider"
    );
    let provider = Scripted::with_metadata(|metadata| {
        metadata.insert(
            "code_challenge_methods_supported".to_owned(),
            json!(["plain"]),
        );
    });
    let outcome = sign(login(&provider.issuer), None);
    assert!(matches!(
        outcome.error(),
        DeviceError::Provider(ProviderError::NoPkce)
    ));
    // An endpoint on a host that nobody named is not contacted.
    let provider = Scripted::with_metadata(|metadata| {
        let elsewhere = json!("http://localhost:1/device");
        metadata.insert("device_authorization_endpoint".to_owned(), elsewhere);
    });
    let outcome = sign(login(&provider.issuer), None);
    assert!(matches!(
        outcome.error(),
        DeviceError::Http(HttpError::NotAllowed { .. })
    ));
}

#[test]
fn a_job_signs_with_the_token_that_it_may_ask_for() {
    let job = |answers: Vec<Answers>| {
        let service = Scripted::start(answers);
        let job = GithubActions::new(service.job_url(), "the request token".to_owned());
        assert!(!format!("{job:?}").contains("the request token"));
        let (signed, _) = run(IdentitySource::GithubActions(job), None);
        (signed, service.asked())
    };
    let asked = "GET /job?x=1&audience=sigstore bearer the request token";
    let (signed, heard) = job(vec![Answers::Token]);
    assert!(signed.unwrap().checked);
    assert_eq!(heard, [asked]);

    let (signed, heard) = job(vec![
        Answers::Status(400),
        Answers::Status(400),
        Answers::Token,
    ]);
    assert!(signed.unwrap().checked);
    assert_eq!(heard.len(), 3);

    let (refused, heard) = job(vec![Answers::Status(403)]);
    assert_eq!(heard.len(), 3);
    assert!(matches!(
        refused,
        Err(SignError::Ambient(AmbientError::Refused { status: 403 }))
    ));
    let (empty, _) = job(vec![Answers::Garbage(r#"["token"]"#)]);
    assert!(matches!(
        empty,
        Err(SignError::Ambient(AmbientError::Answer))
    ));
}

#[test]
fn a_workload_signs_for_the_account_that_it_may_act_for() {
    let workload = |answer| {
        let google = Scripted::start(vec![answer]);
        let host = google.base().strip_prefix("http://").unwrap().to_owned();
        let workload = GoogleWorkload::own(Some(host))
            .acting_for("builder@project.example".to_owned())
            .with_credentials_service(google.base().to_owned());
        let (signed, _) = run(IdentitySource::Google(workload), None);
        (signed, google.asked())
    };
    let (signed, heard) = workload(Answers::Token);
    assert!(signed.unwrap().checked);
    assert_eq!(
        heard,
        [
            "GET /computeMetadata/v1/instance/service-accounts/default/token Google",
            "POST /v1/projects/-/serviceAccounts/builder@project.example:generateIdToken Bearer access \
             {\"audience\":\"sigstore\",\"includeEmail\":true}",
        ]
    );
    let (refused, _) = workload(Answers::Status(403));
    assert!(matches!(
        refused,
        Err(SignError::Ambient(AmbientError::Refused { status: 403 }))
    ));
    let (empty, _) = workload(Answers::Garbage("{}"));
    assert!(matches!(
        empty,
        Err(SignError::Ambient(AmbientError::Answer))
    ));
}
