//! OpenID providers for logins through another device: the built-in one, and one that answers what a test has written.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post as axum_post};
use jiff::Timestamp;
use oidc_lite::{
    Identity, IssuerKind, Provider, ProviderConfig, RsaKey, TokenRequest, generate_rsa_key_pem,
};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use crate::instance::SUBJECT;

/// Where Google's metadata server speaks of a workload's own account.
const ACCOUNT: &str = "/computeMetadata/v1/instance/service-accounts/default";

/// What the scripted provider says to a question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answers {
    /// A good token, as the flow and as a CI job's service give it.
    Token,
    /// A token for another audience.
    TokenOfAnother,
    /// 400 with an OAuth error.
    Error(&'static str),
    /// A bare status.
    Status(u16),
    /// 200 with this body.
    Garbage(&'static str),
}

/// A form that the scripted provider has received.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) authorization: Option<String>,
    pub(crate) fields: BTreeMap<String, String>,
}

/// A provider whose token endpoint follows a script; the last answer is repeated.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) issuer: String,
    provider: Provider,
    metadata: Map<String, Value>,
    answers: Arc<Mutex<VecDeque<Answers>>>,
    heard: Arc<Mutex<Vec<Form>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) fn start(answers: Vec<Answers>) -> Self {
        Self::serve(answers, |_| {})
    }

    /// One whose discovery document was changed; nobody gets as far as the token endpoint.
    pub(crate) fn with_metadata(change: fn(&mut Map<String, Value>)) -> Self {
        Self::serve(vec![Answers::Status(500)], change)
    }

    fn serve(answers: Vec<Answers>, change: fn(&mut Map<String, Value>)) -> Self {
        serve(move |provider| {
            let issuer = provider.issuer(IssuerKind::Email);
            let mut metadata = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"),
                "device_authorization_endpoint": format!("{issuer}/device/code"),
                "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            });
            change(metadata.as_object_mut().unwrap());
            let scripted = Self {
                issuer,
                provider,
                metadata: metadata.as_object().unwrap().clone(),
                answers: Arc::new(Mutex::new(answers.into())),
                heard: Arc::default(),
                asked: Arc::default(),
            };
            let router = Router::new()
                .route("/oidc/.well-known/openid-configuration", get(discovery))
                .route("/oidc/jwks", get(jwks))
                .route("/oidc/device/code", axum_post(begin))
                .route("/oidc/token", axum_post(token))
                .route("/job", get(job))
                .route("/v3/jobs/{job}/oidc/tokens", axum_post(buildkite))
                .route(&format!("{ACCOUNT}/identity"), get(own_identity))
                .route(&format!("{ACCOUNT}/token"), get(own_access))
                .route(
                    "/v1/projects/-/serviceAccounts/{account}",
                    axum_post(another_identity),
                )
                .with_state(scripted.clone());
            (router, scripted)
        })
    }

    /// The forms that were sent: the beginning, then each question.
    pub(crate) fn heard(&self) -> Vec<Form> {
        self.heard.lock().unwrap().clone()
    }

    /// The requests of CI jobs, with their credentials.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Where a CI job asks for its token.
    pub(crate) fn job_url(&self) -> String {
        self.issuer.replace("/oidc", "/job?x=1")
    }

    /// This server without a path.
    pub(crate) fn base(&self) -> &str {
        self.issuer.strip_suffix("/oidc").unwrap()
    }

    /// Notes a request with what a service looks at.
    fn note(&self, method: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) {
        let header = |name: &str| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        let body = std::str::from_utf8(body).unwrap();
        let shown = [
            method,
            &uri.to_string(),
            header("metadata-flavor"),
            header("authorization"),
            body,
        ];
        let shown: Vec<_> = shown.into_iter().filter(|text| !text.is_empty()).collect();
        self.asked.lock().unwrap().push(shown.join(" "));
    }

    fn hear(&self, headers: &HeaderMap, form: &[u8]) {
        let authorization = headers.get("authorization");
        self.heard.lock().unwrap().push(Form {
            authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
            fields: form_urlencoded::parse(form).into_owned().collect(),
        });
    }

    fn next(&self) -> Answers {
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0]
        }
    }

    fn mint(&self, audience: &str) -> String {
        let request = TokenRequest {
            identity: Identity::email(SUBJECT).unwrap(),
            audience: audience.to_owned(),
            lifetime: None,
        };
        self.provider.mint(&request).unwrap()
    }
}

async fn discovery(State(scripted): State<Scripted>) -> Response {
    axum::Json(scripted.metadata).into_response()
}

async fn jwks(State(scripted): State<Scripted>) -> Response {
    let json = [("content-type", "application/json")];
    (json, scripted.provider.jwks_json()).into_response()
}

async fn begin(State(scripted): State<Scripted>, headers: HeaderMap, form: Bytes) -> Response {
    scripted.hear(&headers, &form);
    let answer = json!({
        "device_code": "the device code", "user_code": "BCDF-GHJK", "expires_in": 30, "interval": 2,
        "verification_uri": format!("{}/device", scripted.issuer),
    });
    axum::Json(answer).into_response()
}

async fn token(State(scripted): State<Scripted>, headers: HeaderMap, form: Bytes) -> Response {
    scripted.hear(&headers, &form);
    let tokens = |audience: &str| {
        let token = scripted.mint(audience);
        json!({"access_token": token, "token_type": "bearer", "expires_in": 300, "id_token": token})
    };
    answer(scripted.next(), tokens)
}

async fn job(State(scripted): State<Scripted>, headers: HeaderMap, uri: Uri) -> Response {
    scripted.note("GET", &uri, &headers, b"");
    answer(
        scripted.next(),
        |audience| json!({"value": scripted.mint(audience)}),
    )
}

async fn buildkite(
    State(scripted): State<Scripted>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    scripted.note("POST", &uri, &headers, &body);
    answer(
        scripted.next(),
        |audience| json!({"token": scripted.mint(audience)}),
    )
}

/// The one answer that is no JSON.
async fn own_identity(State(scripted): State<Scripted>, headers: HeaderMap, uri: Uri) -> Response {
    scripted.note("GET", &uri, &headers, b"");
    match scripted.next() {
        Answers::Token => scripted.mint("sigstore").into_response(),
        other => answer(other, |_| Value::Null),
    }
}

async fn own_access(State(scripted): State<Scripted>, headers: HeaderMap, uri: Uri) -> Response {
    scripted.note("GET", &uri, &headers, b"");
    axum::Json(json!({"access_token": "access", "token_type": "Bearer"})).into_response()
}

async fn another_identity(
    State(scripted): State<Scripted>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    scripted.note("POST", &uri, &headers, &body);
    answer(
        scripted.next(),
        |audience| json!({"token": scripted.mint(audience)}),
    )
}

fn answer(answer: Answers, tokens: impl Fn(&str) -> Value) -> Response {
    match answer {
        Answers::Token => axum::Json(tokens("sigstore")).into_response(),
        Answers::TokenOfAnother => axum::Json(tokens("another")).into_response(),
        Answers::Error(error) => {
            let body = json!({"error": error, "error_description": "as told"});
            (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
        }
        Answers::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answers::Garbage(text) => text.into_response(),
    }
}

/// Starts the built-in provider and gives its e-mail issuer.
pub(crate) fn built_in_provider() -> String {
    serve(|provider| {
        let issuer = provider.issuer(IssuerKind::Email);
        (oidc_lite::router(provider), issuer)
    })
}

/// Serves on a free port until the test process ends.
fn serve<T: Send + 'static>(make: impl FnOnce(Provider) -> (Router, T) + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
            let key = RsaKey::from_pkcs8_pem(&generate_rsa_key_pem().unwrap()).unwrap();
            let config = ProviderConfig::new(&base).unwrap();
            let provider = Provider::new(config, key, Arc::new(Timestamp::now));
            let (router, outcome) = make(provider);
            sender.send(outcome).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

/// Sends a form as a browser does: the answer's head and body.
pub(crate) fn post(page: &str, form: &str) -> String {
    let url = Url::parse(page).unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        url.path(),
        url.authority(),
        form.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
