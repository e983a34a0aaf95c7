//! `sigbox status`: asks the running server, and says what it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::{Output, Status};
use crate::config::Config;
use crate::data::data_dir;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What `/readyz` answers.
#[derive(Deserialize)]
struct Ready {
    status: String,
    checks: BTreeMap<String, Check>,
}

#[derive(Deserialize, Serialize)]
struct Check {
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What `/api/v1/log` answers, as far as it is reported.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogInfo {
    tree_size: u64,
}

/// The report's text, and whether the instance is healthy.
pub(crate) async fn report(args: &Status) -> Result<(String, bool)> {
    let dir = data_dir(&args.data)?;
    let config = Config::read(&dir.config())?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .resolve(config.host()?, config.listen)
        .build()?;
    let get = async |path: &str| -> Result<String> {
        let url = format!("{}{path}", config.base());
        let answer = http
            .get(&url)
            .send()
            .await
            .with_context(|| format!("asking {url}; is `sigbox up` running?"))?;
        Ok(answer.text().await?)
    };
    let ready: Ready = serde_json::from_str(&get("/readyz").await?).context("/readyz")?;
    let healthy = ready.status == "READY";
    let mut logs = Vec::new();
    let info: LogInfo = serde_json::from_str(&get("/api/v1/log").await?).context("/api/v1/log")?;
    logs.push(("rekor-v1", info.tree_size));
    for (name, path) in [("rekor-v2", "/api/v2/checkpoint"), ("ct", "/ct/checkpoint")] {
        let note = get(path).await?;
        let size: u64 = note
            .lines()
            .nth(1)
            .and_then(|line| line.parse().ok())
            .with_context(|| format!("{path}: expected a checkpoint, found `{note}`"))?;
        logs.push((name, size));
    }
    let text = match args.output {
        Output::Json => {
            let sizes: serde_json::Map<_, _> = logs
                .iter()
                .map(|(name, size)| ((*name).to_owned(), json!({"size": size})))
                .collect();
            let report = json!({
                "url": config.base(),
                "healthy": healthy,
                "checks": ready.checks,
                "logs": sizes,
            });
            serde_json::to_string_pretty(&report)? + "\n"
        }
        Output::Text => text(config.base(), healthy, &ready, &logs),
    };
    Ok((text, healthy))
}

fn text(base: &str, healthy: bool, ready: &Ready, logs: &[(&str, u64)]) -> String {
    let mut lines = vec![format!(
        "{base}: {}",
        if healthy { "healthy" } else { "not healthy" }
    )];
    for (name, check) in &ready.checks {
        let reason = check
            .reason
            .as_ref()
            .map_or(String::new(), |r| format!(": {r}"));
        lines.push(format!("  {name}: {}{reason}", check.status));
    }
    for (name, size) in logs {
        lines.push(format!("  log {name}: {size} entries"));
    }
    lines.join("\n") + "\n"
}
