//! Signing with a login in the browser, against the built-in provider and a browser of our own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use crate::instance::{Instance, Lie, SUBJECT};
use cosign_cli::{
    ArtifactSource, BrowserError, BrowserLogin, BrowserOpener, CodeReader, HttpOptions,
    IdTokenError, IdentitySource, LoopbackError, Progress, ProviderError, SignError, SignRequest,
    Signed, Step, TrustSource, sign_blob,
};
use jiff::Timestamp;
use oidc_lite::{Provider, ProviderConfig, RsaKey, generate_rsa_key_pem};
use url::{Url, form_urlencoded};

#[derive(Default)]
struct Notes {
    steps: Mutex<Vec<Step>>,
    /// Where the address goes that somebody has to open elsewhere.
    elsewhere: Arc<Mutex<Option<Url>>>,
}

impl Progress for Notes {
    fn step(&self, step: Step) {
        if let Step::BrowserUnavailable { url, .. } = &step {
            *self.elsewhere.lock().unwrap() = Some(Url::parse(url).unwrap());
        }
        self.steps.lock().unwrap().push(step);
    }
}

/// Starts the built-in provider on a free port and gives its e-mail issuer.
fn provider() -> String {
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
            sender.send(format!("{base}/oidc")).unwrap();
            axum::serve(listener, oidc_lite::router(provider))
                .await
                .unwrap();
        });
    });
    receiver.recv().unwrap()
}

/// One request as a browser makes it: the answer's head and body.
fn request(url: &Url, form: Option<&str>) -> String {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
    let target = &url[url::Position::BeforePath..];
    let head = match form {
        Some(form) => format!(
            "POST {target} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
            form.len()
        ),
        None => format!("GET {target} HTTP/1.1"),
    };
    let text = format!(
        "{head}\r\nHost: {}\r\nConnection: close\r\n\r\n{}",
        url.authority(),
        form.unwrap_or_default()
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn location(answer: &str) -> Url {
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap();
    Url::parse(line).unwrap()
}

/// A browser whose user logs in as `SUBJECT`; `then` changes where it is sent back to.
fn browser(then: fn(Url) -> Url) -> BrowserOpener {
    Arc::new(move |url| {
        let asked = Url::parse(url).unwrap();
        std::thread::spawn(move || visit(&asked, then));
        Ok(())
    })
}

/// Logs in, and gives the page that the browser ends at.
fn visit(asked: &Url, then: fn(Url) -> Url) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(asked.query_pairs())
        .append_pair("login", SUBJECT);
    let mut page = asked.clone();
    page.set_query(None);
    let back = location(&request(&page, Some(&form.finish())));
    // Another page of the same browser knocks first; it must not end the login.
    let mut forged = back.clone();
    forged.set_query(Some("code=forged&state=forged"));
    assert!(request(&forged, None).starts_with("HTTP/1.1 404 "));
    request(&then(back), None)
}

fn sign(issuer: &str, opener: BrowserOpener) -> (Result<Signed, SignError>, Vec<Step>) {
    let code: CodeReader = Arc::new(|| panic!("a code was asked for"));
    sign_noting(issuer, opener, code, Arc::default())
}

fn sign_noting(
    issuer: &str,
    opener: BrowserOpener,
    code: CodeReader,
    elsewhere: Arc<Mutex<Option<Url>>>,
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
        identity: IdentitySource::Browser(BrowserLogin {
            issuer: issuer.to_owned(),
            client_id: "sigstore".to_owned(),
            client_secret: None,
            redirect_url: None,
            opener,
            code,
        }),
        signing_config: published.signing_config(),
        trust: Some(TrustSource::Root(Box::new(
            published.trusted_root().unwrap(),
        ))),
        bundle: None,
        http: HttpOptions::default(),
        clock: Arc::new(Timestamp::now),
    };
    let notes = Notes {
        steps: Mutex::default(),
        elsewhere,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(sign_blob(request, &notes));
    (outcome, notes.steps.into_inner().unwrap())
}

#[test]
fn a_login_in_the_browser_signs() {
    let issuer = provider();
    let (outcome, steps) = sign(&issuer, browser(|back| back));
    assert!(outcome.unwrap().checked);
    let Step::OpeningBrowser { url } = &steps[1] else {
        panic!("{steps:?}");
    };
    let asked = Url::parse(url).unwrap();
    let parameter = |name: &str| {
        asked
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    assert!(url.starts_with(&format!("{issuer}/auth?")), "{url}");
    assert_eq!(parameter("scope"), "openid email");
    assert_eq!(parameter("access_type"), "online");
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert!(parameter("redirect_uri").starts_with("http://localhost:"));
    assert!(parameter("redirect_uri").ends_with("/auth/callback"));
    for random in ["state", "nonce", "code_challenge"] {
        assert!(
            parameter(random).len() >= 22,
            "{random}: {}",
            parameter(random)
        );
    }
}

/// Logs in as `SUBJECT` at the address that was shown, and reads the code from the page.
fn code_of(asked: &Url) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(asked.query_pairs())
        .append_pair("login", SUBJECT);
    let mut page = asked.clone();
    page.set_query(None);
    let answer = request(&page, Some(&form.finish()));
    let (_, rest) = answer.split_once("<code>").expect(&answer);
    rest.split_once('<').unwrap().0.to_owned()
}

/// A machine without a browser, whose user enters what `enter` makes of the code.
fn without_a_browser(
    enter: fn(String) -> std::io::Result<String>,
) -> (Result<Signed, SignError>, Vec<Step>) {
    let shown = Arc::new(Mutex::new(None::<Url>));
    let steps = Arc::clone(&shown);
    let opener: BrowserOpener = Arc::new(|_| Err(std::io::Error::other("no browser here")));
    let code: CodeReader =
        Arc::new(move || enter(code_of(steps.lock().unwrap().as_ref().unwrap())));
    sign_noting(&provider(), opener, code, shown)
}

#[test]
fn without_a_browser_here_the_code_is_entered() {
    let (outcome, steps) = without_a_browser(|code| Ok(format!(" {code} \r\n")));
    assert!(outcome.unwrap().checked);
    let [
        _,
        Step::OpeningBrowser { url: here },
        Step::BrowserUnavailable { reason, url },
        ..,
    ] = steps.as_slice()
    else {
        panic!("{steps:?}");
    };
    assert_eq!(reason, "no browser here");
    assert!(
        url.contains("redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob&"),
        "{url}"
    );
    assert!(
        here.contains("redirect_uri=http%3A%2F%2Flocalhost%3A"),
        "{here}"
    );
    assert_eq!(
        steps[2].to_string(),
        format!(
            "error opening browser: no browser here\nGo to the following link in a browser:\n\n\t {url}"
        )
    );
}

#[test]
fn a_code_that_is_not_that_of_the_page_does_not_sign() {
    let (outcome, _) = without_a_browser(|code| Ok(format!("x{code}")));
    assert!(
        matches!(&outcome, Err(SignError::Login(BrowserError::Exchange(_)))),
        "{outcome:?}"
    );
    let (outcome, _) = without_a_browser(|_| Ok(" \n".to_owned()));
    assert!(
        matches!(&outcome, Err(SignError::Login(BrowserError::NoCode))),
        "{outcome:?}"
    );
    let (outcome, _) = without_a_browser(|_| Err(std::io::Error::other("no terminal")));
    let Err(SignError::Login(error @ BrowserError::Code(_))) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        error.to_string(),
        "reading the verification code: no terminal"
    );
}

/// The page that the browser is left with, and the outcome.
fn page_of(then: fn(Url) -> Url) -> (Result<Signed, SignError>, String) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let opener: BrowserOpener = Arc::new(move |url| {
        let (asked, sender) = (Url::parse(url).unwrap(), sender.clone());
        std::thread::spawn(move || sender.send(visit(&asked, then)).unwrap());
        Ok(())
    });
    let (outcome, _) = sign(&provider(), opener);
    (outcome, receiver.recv().unwrap())
}

#[test]
fn the_browser_says_what_came_of_the_login() {
    let (outcome, page) = page_of(|back| back);
    assert!(outcome.unwrap().checked);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("You are logged in"), "{page}");

    let (outcome, page) = page_of(|mut back| {
        let query = back.query().unwrap().replace("code=", "code=x");
        back.set_query(Some(&query));
        back
    });
    assert!(
        matches!(&outcome, Err(SignError::Login(BrowserError::Exchange(_)))),
        "{outcome:?}"
    );
    assert!(page.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{page}");
    assert!(
        page.contains("The login failed: nothing was signed."),
        "{page}"
    );
    assert!(!page.contains("You are logged in"), "{page}");
}

#[test]
fn a_refusal_by_the_provider_ends_the_login() {
    let (outcome, _) = sign(
        &provider(),
        browser(|mut back| {
            let query = back
                .query()
                .unwrap()
                .replace("code=", "error=access_denied&was=");
            back.set_query(Some(&query));
            back
        }),
    );
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, SignError::Login(BrowserError::Loopback(LoopbackError::Refused { code, .. })) if code == "access_denied"),
        "{error:?}"
    );
}

/// The browser asks for a token with a nonce of its own, as one that is somebody else's would.
#[test]
fn adv_c47_a_token_for_another_login_is_refused() {
    let asking = |nonce: Option<&'static str>| -> BrowserOpener {
        Arc::new(move |url| {
            let mut asked = Url::parse(url).unwrap();
            let pairs: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
            let mut query = asked.query_pairs_mut();
            query.clear();
            for (name, value) in &pairs {
                match nonce {
                    Some(nonce) if name == "nonce" => query.append_pair(name, nonce),
                    _ => query.append_pair(name, value),
                };
            }
            drop(query);
            std::thread::spawn(move || visit(&asked, |back| back));
            Ok(())
        })
    };
    let (outcome, _) = sign(&provider(), asking(Some("another")));
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, SignError::Login(BrowserError::IdToken(IdTokenError::Invalid(why))) if why.contains("nonce")),
        "{error:?}"
    );
    sign(&provider(), asking(None)).0.unwrap();
}

#[test]
fn the_provider_must_be_the_one_it_says_it_is() {
    // The same server under another name: its document names `localhost`.
    let issuer = provider().replace("localhost", "127.0.0.1");
    let (outcome, _) = sign(&issuer, browser(|back| back));
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            &error,
            SignError::Login(BrowserError::Provider(ProviderError::Discovery(_)))
        ),
        "{error:?}"
    );
}
