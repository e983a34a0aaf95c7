//! Rego, evaluated in this process: no network, no files, no environment, and for a bounded time.

use std::num::NonZeroU32;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

use super::go_text::GoText;
use super::source::{self, SourceError};

/// What is asked: the rule `allow` of the package `signature`.
const QUERY: &str = "data.signature.allow";
/// Steps between two looks at the time.
const STEPS: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// Rules may call each other deeply; the main thread's stack need not bear that.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// An attestation does not pass a Rego policy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum RegoError {
    /// A policy cannot be read.
    #[error("1 error occurred during loading: {0}")]
    Source(#[from] SourceError),
    /// A policy is not Rego, or an expression in it cannot be evaluated.
    #[error("{0}")]
    Engine(String),
    /// The attestation is not what policies are asked about.
    #[error("the statement is not JSON: {0}")]
    Input(String),
    /// The policies do not say whether it is allowed.
    #[error("result is undefined for query '{QUERY}'")]
    Undefined,
    /// The policies say something else than that it is allowed.
    #[error("{}", .values.join("\n"))]
    NotTrue {
        /// One line for each value.
        values: Vec<String>,
    },
    /// It takes too long.
    #[error("the policy is not through after {} seconds", .0.as_secs())]
    Time(Duration),
    /// The evaluation broke off.
    #[error("the policy engine stopped")]
    Stopped,
}

impl RegoError {
    /// One line for each fault.
    pub(super) fn lines(self) -> Vec<String> {
        match self {
            Self::NotTrue { values } => values,
            other => vec![other.to_string()],
        }
    }
}

/// Asks the policies together whether a statement is allowed; they are read as Rego of version 0.
///
/// Source: cosign `pkg/cosign/rego/rego.go`.
pub(super) fn check(names: &[String], statement: &[u8], limit: Duration) -> Result<(), RegoError> {
    let mut policies = Vec::new();
    for name in names {
        policies.push((name.clone(), source::read(name)?));
    }
    let statement = String::from_utf8(statement.to_vec())
        .map_err(|error| RegoError::Input(error.to_string()))?;
    let (sender, answer) = sync_channel(1);
    // The engine looks at the time between steps; a step that takes for ever is left behind with its thread.
    thread::Builder::new()
        .name("rego".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || drop(sender.send(evaluate(policies, &statement, limit))))
        .map_err(|_| RegoError::Stopped)?;
    match answer.recv_timeout(limit + Duration::from_secs(1)) {
        Ok(verdict) => verdict,
        Err(RecvTimeoutError::Timeout) => Err(RegoError::Time(limit)),
        Err(RecvTimeoutError::Disconnected) => Err(RegoError::Stopped),
    }
}

fn evaluate(
    policies: Vec<(String, String)>,
    statement: &str,
    limit: Duration,
) -> Result<(), RegoError> {
    let failed = |error: &dyn std::fmt::Display| RegoError::Engine(error.to_string());
    let mut engine = Engine::new();
    engine.set_rego_v0(true);
    // As in OPA: what a builtin cannot do is undefined, and does not end the evaluation.
    engine.set_strict_builtin_errors(false);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit,
        check_interval: STEPS,
    });
    for (name, text) in policies {
        let added = engine.add_policy(name, text);
        added.map_err(|error| failed(&error))?;
    }
    let input =
        Value::from_json_str(statement).map_err(|error| RegoError::Input(error.to_string()))?;
    engine.set_input(input);
    let results = engine.eval_query(QUERY.to_owned(), false);
    let results = results.map_err(|error| match error.downcast_ref() {
        Some(regorus::LimitError::TimeLimitExceeded { .. }) => RegoError::Time(limit),
        _ => failed(&error),
    })?;
    let mut values = Vec::new();
    for expression in results.result.iter().flat_map(|one| &one.expressions) {
        match &expression.value {
            Value::Bool(true) => {}
            Value::Undefined => return Err(RegoError::Undefined),
            other => values.push(not_true(other)),
        }
    }
    match (results.result.as_slice(), values.is_empty()) {
        ([only], true) if only.expressions.len() == 1 => Ok(()),
        ([], _) | (_, true) => Err(RegoError::Undefined),
        (_, false) => Err(RegoError::NotTrue { values }),
    }
}

fn not_true(value: &Value) -> String {
    let json = value.to_json_str().ok();
    let json = json.and_then(|json| serde_json::from_str::<serde_json::Value>(&json).ok());
    let shown = json.map_or_else(|| "of no JSON".to_owned(), |json| GoText(&json).to_string());
    format!("expression value, {shown}, is not true")
}
