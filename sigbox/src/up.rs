//! `sigbox up` and `sigbox init`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use sigbox_service_kit::server::{Bound, Listen, TlsFiles};
use sigbox_service_kit::shutdown;

use crate::args::{Init, LogFormat, Up};
use crate::clock;
use crate::config::{Config, LAYOUT, Tls, check_base_url};
use crate::data::data_dir;
use crate::database::{self, Database};
use crate::layout::DataDir;
use crate::make::make;
use crate::server::{Options, Server};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// `sigbox init`.
pub(crate) async fn init(args: &Init) -> Result<DataDir> {
    let dir = data_dir(&args.data)?;
    let config = Config {
        layout: LAYOUT,
        base_url: args.base_url.clone(),
        listen: args.listen,
        organization: args.org.clone(),
        created: start_of_second(),
        guard: None,
        database: args.database.as_deref().map(Database::of),
        tls: None,
        issuers: Vec::new(),
    };
    make(&dir, &config, config.created).await?;
    Ok(dir)
}

/// `sigbox up`: serves until SIGTERM or SIGINT.
#[expect(clippy::print_stdout, reason = "the line that scripts wait for")]
pub(crate) async fn up(args: &Up) -> Result<()> {
    let format = match args.log_format {
        LogFormat::Text => sigbox_service_kit::logging::LogFormat::Text,
        LogFormat::Json => sigbox_service_kit::logging::LogFormat::Json,
    };
    sigbox_service_kit::logging::init(format, &log_filter())?;
    let dir = data_dir(&args.data)?;
    let known = known_config(args, &dir)?;
    let bound = bind(args, known.as_ref()).await?;
    let config = match known {
        Some(config) => config,
        None => first_config(args, &bound)?,
    };
    if dir.is_absent_or_empty()? {
        make(&dir, &config, config.created).await?;
        tracing::info!(directory = %dir.path().display(), "made a new instance; move its `offline` directory away");
    }
    if args.dev {
        check_dev(&config, &bound)?;
        tracing::warn!("the built-in OpenID provider is on: it signs in anybody as anybody");
    }
    let server = Server::open(&dir, &config, &Options::of(args)?).await?;
    println!("Serving {} on {}", config.base(), bound.local_addr());
    server.serve(bound, shutdown::signal()).await
}

fn known_config(args: &Up, dir: &DataDir) -> Result<Option<Config>> {
    if let Some(path) = &args.config {
        let mut config = Config::read(path)?;
        database::override_url(&mut config, args.database.as_deref())?;
        return Ok(Some(config));
    }
    if dir.is_absent_or_empty()? {
        return Ok(None);
    }
    if !dir.config().exists() {
        bail!(
            "data directory {}: expected sigbox.toml or no files at all, found other files",
            dir.path().display()
        );
    }
    let mut config = Config::read(&dir.config())?;
    database::override_url(&mut config, args.database.as_deref())?;
    if let Some(url) = args
        .base_url
        .as_ref()
        .filter(|url| **url != config.base_url)
    {
        bail!(
            "--base-url is fixed at the first start: expected {}, found {url}",
            config.base_url
        );
    }
    Ok(Some(config))
}

async fn bind(args: &Up, known: Option<&Config>) -> Result<Bound> {
    let address = args
        .listen
        .or_else(|| known.map(|config| config.listen))
        .unwrap_or(DEFAULT_LISTEN);
    let flags = args.tls_cert.clone().zip(args.tls_key.clone());
    let files = flags
        .map(|(cert, key)| Tls { cert, key })
        .or_else(|| known.and_then(|config| config.tls.clone()));
    let mut listen = match files {
        Some(tls) => Listen::tls(
            address,
            TlsFiles {
                certificate: tls.cert,
                key: tls.key,
            },
        ),
        None => Listen::plain(address),
    };
    listen.insecure_http = args.insecure_http;
    listen.bind().await.with_context(|| {
        format!("listening on {address}; --listen takes another address, --tls-cert and --tls-key serve HTTPS")
    })
}

/// What the first start writes; the port that was really taken becomes part of the default base URL.
fn first_config(args: &Up, bound: &Bound) -> Result<Config> {
    let base_url = match &args.base_url {
        Some(url) => url.clone(),
        None => format!(
            "{}://localhost:{}",
            bound.scheme(),
            bound.local_addr().port()
        )
        .parse()?,
    };
    check_base_url(&base_url)?;
    Ok(Config {
        layout: LAYOUT,
        base_url,
        listen: bound.local_addr(),
        organization: args.org.clone(),
        created: start_of_second(),
        guard: None,
        database: args.database.as_deref().map(Database::of),
        tls: args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(cert, key)| Tls { cert, key }),
        issuers: Vec::new(),
    })
}

/// Certificates count whole seconds.
pub(crate) fn start_of_second() -> jiff::Timestamp {
    let now = clock::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The built-in provider signs in anybody: nobody but this machine may reach it.
fn check_dev(config: &Config, bound: &Bound) -> Result<()> {
    oidc_lite::check_exposure(bound.local_addr(), false)?;
    if !config.issuers.is_empty() {
        bail!(
            "--dev: expected no issuers in sigbox.toml, found {}",
            config.issuers.len()
        );
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a binary's wiring reads the environment"
)]
fn log_filter() -> String {
    std::env::var("SIGBOX_LOG").unwrap_or_else(|_| "info".to_owned())
}
