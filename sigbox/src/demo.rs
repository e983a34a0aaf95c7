//! `sigbox demo`: a fresh stack, a file signed keyless, verified with the servers stopped, and three refusals.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cosign_cli::{
    ArtifactSource, Expectations, HttpOptions, IdentitySource, IdentityToken, SignRequest, Signed,
    StderrProgress, TrustSource, VerifyError, VerifyRequest, sign_blob, verify_blob,
};
use oidc_lite::{Identity, IssuerKind, TokenRequest};
use sigbox_crypto::KeyAlgorithm;
use sigbox_service_kit::logging::{self, LogFormat};
use sigbox_service_kit::server::{Bound, Listen};
use sigbox_service_kit::shutdown;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use trust_root::files;

use crate::args::Demo;
use crate::config::{Config, LAYOUT};
use crate::layout::DataDir;
use crate::make::make;
use crate::server::{Options, Server};
use crate::{clock, token, up};

const WHO: &str = "demo@sigbox.example";
const SAMPLE: &str = "Signed by sigbox demo.\n";
const PORT: u16 = 8080;

/// Runs the demonstration; any outcome but the expected one is an error.
pub(crate) async fn run(args: &Demo) -> Result<()> {
    logging::init(LogFormat::Text, "warn")?;
    let started = clock::now();
    let scratch = tempfile::tempdir().context("making a temporary directory")?;
    let dir = DataDir::new(scratch.path().join("data"));
    let file = match &args.file {
        Some(file) => file.clone(),
        None => write(&scratch.path().join("sample.txt"), SAMPLE.as_bytes())?,
    };

    let bound = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))).await?;
    let config = configuration(&bound)?;
    make(&dir, &config, config.created).await?;
    let stack = Running::start(&dir, &config, bound).await?;
    say(&format!("Started a fresh stack at {}", config.base()));

    say(&format!("Signing {} as {WHO}", file.display()));
    let bundle = scratch.path().join("demo.sigstore.json");
    let signed = sign(&dir, &config, &file, &bundle).await?;
    stack.stop().await?;
    say(&format!(
        "Signed: log index {}; servers stopped, verifying offline",
        signed.log_index
    ));

    let case = Case {
        file: &file,
        bundle: &bundle,
        trusted_root: dir.trust().join(trust_root::TRUSTED_ROOT),
        identity: WHO.to_owned(),
        issuer: format!("{}{}", config.base(), IssuerKind::Email.path()),
    };
    let verified = case.verify().context("verifying what was just signed")?;
    let elapsed = clock::now().duration_since(started);
    say(&format!(
        "Verified OK: {} from {}, {} ms after the start",
        verified.identity().unwrap_or("nobody"),
        verified.issuer().unwrap_or("nobody"),
        elapsed.as_millis()
    ));
    refusals(&case, scratch.path())?;
    if args.once {
        return Ok(());
    }
    keep_serving(&dir, &config).await
}

/// Damages the file and asks for other people: each must be refused.
fn refusals(case: &Case<'_>, scratch: &Path) -> Result<()> {
    let mut bytes =
        std::fs::read(case.file).with_context(|| format!("reading {}", case.file.display()))?;
    match bytes.first_mut() {
        Some(first) => *first ^= 1,
        None => bytes.push(1),
    }
    let damaged = write(&scratch.join("damaged"), &bytes)?;
    case.with_file(&damaged).refused("one byte flipped")?;
    let mut other = case.clone();
    "mallory@sigbox.example".clone_into(&mut other.identity);
    other.refused("another identity")?;
    let mut other = case.clone();
    "https://elsewhere.example".clone_into(&mut other.issuer);
    other.refused("another issuer")
}

/// A verification, as `cosign verify-blob` makes it.
#[derive(Clone)]
struct Case<'a> {
    file: &'a Path,
    bundle: &'a Path,
    trusted_root: PathBuf,
    identity: String,
    issuer: String,
}

impl<'a> Case<'a> {
    fn with_file(&self, file: &'a Path) -> Self {
        Self {
            file,
            ..self.clone()
        }
    }

    fn verify(&self) -> Result<sigbox_verify::VerifiedBundle, VerifyError> {
        verify_blob(&VerifyRequest {
            artifact: ArtifactSource::File(self.file.to_owned()),
            bundle: self.bundle.to_owned().into(),
            trust: TrustSource::File(self.trusted_root.clone()),
            expect: Expectations {
                identity: Some(self.identity.clone()),
                issuer: Some(self.issuer.clone()),
                ..Expectations::default()
            },
            now: clock::now(),
        })
    }

    fn refused(&self, what: &str) -> Result<()> {
        match self.verify() {
            Ok(_) => bail!("accepted: {what}"),
            Err(VerifyError::Refused(error)) => {
                say(&format!("refused: {what}: {error}"));
                Ok(())
            }
            Err(error) => Err(error).with_context(|| format!("checking {what}")),
        }
    }
}

async fn sign(dir: &DataDir, config: &Config, file: &Path, bundle: &Path) -> Result<Signed> {
    let provider = token::provider(dir, config)?;
    let token = provider.mint(&TokenRequest {
        identity: Identity::email(WHO)?,
        audience: "sigstore".to_owned(),
        lifetime: None,
    })?;
    let signing_config = dir.trust().join(trust_root::SIGNING_CONFIG);
    let request = SignRequest {
        artifact: ArtifactSource::File(file.to_owned()),
        identity: IdentitySource::Token(IdentityToken::parse(&token)?),
        signing_config: files::read_signing_config(&signing_config)?,
        trust: Some(TrustSource::File(
            dir.trust().join(trust_root::TRUSTED_ROOT),
        )),
        bundle: Some(bundle.to_owned()),
        http: HttpOptions::default(),
        ephemeral: KeyAlgorithm::EcdsaP256,
        clock: clock::clock(),
    };
    Ok(sign_blob(request, &StderrProgress).await?)
}

/// Servers that run beside the demonstration.
struct Running {
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<()>>,
}

impl Running {
    async fn start(dir: &DataDir, config: &Config, bound: Bound) -> Result<Self> {
        let options = Options {
            dev: true,
            ..Options::default()
        };
        let server = Server::open(dir, config, &options).await?;
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve(bound, async {
            // A sender that is gone stops the servers too.
            let _ = stopped.await;
        }));
        Ok(Self { stop, served })
    }

    async fn stop(self) -> Result<()> {
        drop(self.stop);
        self.served.await?
    }
}

async fn keep_serving(dir: &DataDir, config: &Config) -> Result<()> {
    let server = Running::start(dir, config, bind(config.listen).await?).await?;
    say(&format!(
        "Serving {} until interrupted; try in another terminal:\n  eval \"$(sigbox env --data {1})\"\n  cosign sign-blob --identity-token \"$(sigbox token --data {1} --email you@example.com)\" --bundle f.sigstore.json FILE",
        config.base(),
        dir.path().display()
    ));
    shutdown::signal().await;
    server.stop().await
}

fn configuration(bound: &Bound) -> Result<Config> {
    Ok(Config {
        layout: LAYOUT,
        base_url: format!("http://localhost:{}", bound.local_addr().port()).parse()?,
        listen: bound.local_addr(),
        organization: "sigbox demo".to_owned(),
        created: up::start_of_second(),
        guard: None,
        database: None,
        tls: None,
        issuers: Vec::new(),
    })
}

/// The usual port, or a free one when it is busy.
async fn bind(address: SocketAddr) -> Result<Bound> {
    let free = SocketAddr::new(address.ip(), 0);
    match Listen::plain(address).bind().await {
        Ok(bound) => Ok(bound),
        Err(_busy) => Ok(Listen::plain(free).bind().await?),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    Ok(path.to_owned())
}

#[expect(
    clippy::print_stdout,
    reason = "the demonstration is the command's data"
)]
fn say(line: &str) {
    println!("{line}");
}
