//! Load generator: a number of clients, each with one request under way, for a time; prints rate and latencies.
//!
//! Every answer is checked for its status; an unexpected one ends the run.

mod requests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use requests::Factory;

/// Load generator for log entries, certificates and timestamps
#[derive(Parser)]
#[command(after_help = "Example:
  sigbox up --dev & sigbox-load entries --url http://localhost:8080 --clients 64 --seconds 10")]
struct Args {
    /// What to ask for
    kind: Kind,
    /// The instance
    #[arg(long, default_value = "http://localhost:8080")]
    url: String,
    /// Clients at once
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How long
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Identity token, for certificates
    #[arg(long, default_value = "")]
    token: String,
    /// The token's challenge: its e-mail address or subject
    #[arg(long, default_value = "load@example.com")]
    challenge: String,
}

/// What to ask for.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Log entries, each another artifact
    Entries,
    /// Certificates, with a proof of possession each
    Certificates,
    /// Timestamps
    Timestamps,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
async fn main() -> Result<()> {
    let args = Args::parse();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a crypto provider is installed already"))?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let number = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let end = started + Duration::from_secs(args.seconds);
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..args.clients {
        let factory = Factory::new(args.kind, &args.token, &args.challenge)?;
        let (http, number, url) = (http.clone(), Arc::clone(&number), args.url.clone());
        clients.spawn(async move { client(&http, &url, &factory, &number, end).await });
    }
    let mut latencies = Vec::new();
    while let Some(done) = clients.join_next().await {
        latencies.extend(done??);
    }
    let elapsed = started.elapsed();
    ensure!(!latencies.is_empty(), "no request was answered");
    latencies.sort_unstable();
    let quantile = |permille: usize| {
        let at = (latencies.len() * permille / 1000).min(latencies.len() - 1);
        latencies.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = latencies.len() as f64 / elapsed.as_secs_f64();
    println!(
        "{} answers, {} clients, {:.1} s: {rate:.0}/s, p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        latencies.len(),
        args.clients,
        elapsed.as_secs_f64(),
        quantile(500),
        quantile(900),
        quantile(990),
        quantile(1000),
    );
    Ok(())
}

/// One client: its latencies.
async fn client(
    http: &reqwest::Client,
    url: &str,
    factory: &Factory,
    number: &AtomicU64,
    end: Instant,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let body = factory.body(number.fetch_add(1, Ordering::Relaxed))?;
        let sent = Instant::now();
        let answer = http
            .post(format!("{url}{}", factory.path()))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await?;
        let status = answer.status().as_u16();
        let text = answer.bytes().await?;
        latencies.push(sent.elapsed());
        ensure!(
            status == factory.expected_status(),
            "expected {}, found {status}: {}",
            factory.expected_status(),
            String::from_utf8_lossy(&text)
        );
    }
    Ok(latencies)
}
