//! A provider in process: a clock that the test moves, a client that sends requests to the router.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use oidc_lite::{Claims, Provider, ProviderConfig, RsaKey, generate_rsa_key_pem};
use sigbox_service_kit::stack;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

pub const BASE: &str = "http://localhost:8080";
pub const EMAIL_ISSUER: &str = "http://localhost:8080/oidc";
pub const WORKLOAD_ISSUER: &str = "http://localhost:8080/oidc/workload";
pub const REDIRECT: &str = "http://localhost:41173/auth/callback";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// 2026-11-23T12:00:00Z.
pub const START: i64 = 1_795_435_200;

static KEY_PEM: LazyLock<String> = LazyLock::new(|| generate_rsa_key_pem().unwrap().to_string());

pub type Form<'a> = BTreeMap<&'a str, &'a str>;

pub struct Kit {
    pub provider: Provider,
    pub app: Router,
    now: Arc<AtomicI64>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Kit {
    pub fn new() -> Self {
        Self::with(ProviderConfig::new(BASE).unwrap())
    }

    pub fn with(config: ProviderConfig) -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let ticking = Arc::clone(&now);
        let clock =
            Arc::new(move || Timestamp::from_second(ticking.load(Ordering::Relaxed)).unwrap());
        let key = RsaKey::from_pkcs8_pem(&KEY_PEM).unwrap();
        let provider = Provider::new(config, key, clock);
        let app = stack::finish(oidc_lite::router(provider.clone()));
        Self { provider, app, now }
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, form: &Form<'_>) -> Answer {
        self.send(post(path, form)).await
    }

    /// Presses the button on the login page of `issuer_path` and returns the code that the client receives.
    pub async fn login(&self, issuer_path: &str, form: &Form<'_>) -> String {
        let answer = self.post(&format!("{issuer_path}/auth"), form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.redirected()["code"].clone()
    }

    /// The claims of a token, verified against the published keys for `issuer` and the client `sigstore`.
    pub async fn verified(&self, token: &str, issuer: &str) -> Claims {
        let keys = self.get("/oidc/jwks").await.body;
        let keys: JwkSet = serde_json::from_str(&keys).unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        let key = keys.find(&header.kid.unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&["sigstore"]);
        validation.validate_exp = false; // the library knows only the system's clock
        let key = DecodingKey::from_jwk(key).unwrap();
        jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .unwrap()
            .claims
    }
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn location(&self) -> Url {
        Url::parse(self.headers["location"].to_str().unwrap()).unwrap()
    }

    /// The parameters that the redirect carries.
    pub fn redirected(&self) -> BTreeMap<String, String> {
        self.location().query_pairs().into_owned().collect()
    }
}

pub fn post(path: &str, form: &Form<'_>) -> Request<Body> {
    Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(encode(form)))
        .unwrap()
}

pub fn encode(form: &Form<'_>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

/// What Go clients send to `/auth`.
pub fn authorization() -> Form<'static> {
    Form::from([
        ("response_type", "code"),
        ("client_id", "sigstore"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("access_type", "online"),
    ])
}

/// The same with an identity typed on the page.
pub fn pressed() -> Form<'static> {
    let mut form = authorization();
    form.insert("login", "alice@example.com");
    form
}

/// What Go clients send to `/token`.
pub fn redemption(code: &str) -> Form<'_> {
    Form::from([
        ("grant_type", "authorization_code"),
        ("client_id", "sigstore"),
        ("redirect_uri", REDIRECT),
        ("code", code),
        ("code_verifier", VERIFIER),
    ])
}
