//! What was checked and found, for a person and for a program.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Checked, Finding};

/// What the logs were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An instance: its guard and the keys that it trusts.
    Instance,
    /// Nothing outside of the database: neither guard nor trusted keys.
    Alone,
    /// A checkpoint under a key that was given: there is nothing but tiles.
    Tiles,
}

/// The outcome of a check.
pub struct Report {
    /// What was read.
    pub source: String,
    /// What it was compared with.
    pub scope: Scope,
    /// The pages of a SQLite file.
    pub file: Result<(), Finding>,
    /// Each log.
    pub logs: Vec<Checked>,
}

impl Report {
    /// Whether everything holds.
    pub fn is_sound(&self) -> bool {
        self.file.is_ok() && self.logs.iter().all(|log| log.outcome.is_ok())
    }

    /// The first thing that does not hold, with the name of its log.
    pub fn first_finding(&self) -> Option<(Option<&str>, &Finding)> {
        let file = self.file.as_ref().err().map(|finding| (None, finding));
        let log = self.logs.iter().find_map(|log| {
            let finding = log.outcome.as_ref().err()?;
            Some((Some(log.log.as_str()), finding))
        });
        file.or(log)
    }

    /// A line a log, with the finding under one that is not sound; then what was not compared.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if let Err(finding) = &self.file {
            put(&mut text, "file", finding);
        }
        for log in &self.logs {
            let name = &log.log;
            match &log.outcome {
                Ok(audited) => {
                    let _ = writeln!(
                        text,
                        "{name}: sound, {} entries, {} checkpoints, root {}",
                        audited.size, audited.checkpoints, audited.root
                    );
                }
                Err(finding) => put(&mut text, name, finding),
            }
        }
        text.push_str(match self.scope {
            Scope::Instance => "",
            Scope::Alone => "not compared: guard and trusted keys, for no --data was given\n",
            Scope::Tiles => "not compared: older checkpoints, which tiles do not hold\n",
        });
        text
    }

    /// The same as JSON.
    pub fn to_json(&self) -> Value {
        let logs: Vec<Value> = self.logs.iter().map(log).collect();
        let compared = self.scope == Scope::Instance;
        let mut report = json!({
            "source": self.source,
            "sound": self.is_sound(),
            "guardCompared": compared,
            "trustedKeysCompared": compared,
            "logs": logs,
        });
        if let (Err(finding), Some(report)) = (&self.file, report.as_object_mut()) {
            report.insert("fault".to_owned(), json!(finding));
        }
        report
    }
}

fn put(text: &mut String, name: &str, finding: &Finding) {
    let Finding {
        check,
        expected,
        found,
    } = finding;
    let _ = writeln!(
        text,
        "{name}: NOT SOUND\n  {check}\n    expected: {expected}\n    found:    {found}"
    );
}

fn log(log: &Checked) -> Value {
    let (name, origin) = (&log.log, &log.origin);
    match &log.outcome {
        Ok(audited) => json!({
            "log": name,
            "origin": origin,
            "sound": true,
            "size": audited.size.0,
            "root": audited.root.to_string(),
            "checkpoints": audited.checkpoints,
        }),
        Err(finding) => json!({
            "log": name,
            "origin": origin,
            "sound": false,
            "fault": finding,
        }),
    }
}
