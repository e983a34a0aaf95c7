//! Whole processes, the programs in turn, and the medians of what they took.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What one run took.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Nanoseconds.
    wall: u64,
    /// Microseconds, user and system together.
    processor: u64,
    /// KiB.
    peak: u64,
}

/// The medians of a program's runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Medians {
    pub(crate) wall_ms: f64,
    pub(crate) processor_ms: f64,
    pub(crate) peak_mib: f64,
}

/// A program to measure, by the name that its row has.
pub(crate) struct Subject {
    pub(crate) name: String,
    command: Command,
}

impl Subject {
    /// A program with its arguments, directory and environment; it must end with 0.
    pub(crate) fn new(name: &str, command: Command) -> Self {
        Self {
            name: name.to_owned(),
            command,
        }
    }

    /// Runs it once.
    fn run(&self, helper: &Path) -> Result<Run> {
        let mut measured = Command::new(helper);
        measured.arg(self.command.get_program());
        measured.args(self.command.get_args());
        // Nothing of this program's own environment, which may hold the variables of flags.
        measured.env_clear();
        for (name, value) in self.command.get_envs() {
            measured.envs(value.map(|value| (name, value)));
        }
        if let Some(directory) = self.command.get_current_dir() {
            measured.current_dir(directory);
        }
        let output = measured.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("{}", helper.display()))?;
        let figures = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<i64> = figures
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let [wall, user, system, peak, code] = numbers.as_slice() else {
            anyhow::bail!("{}: no figures: {figures}", self.name);
        };
        ensure!(
            *code == 0,
            "{}: exit code {code}: {:?}\n{}",
            self.name,
            self.command,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(Run {
            wall: u64::try_from(*wall)?,
            processor: u64::try_from(user + system)?,
            peak: u64::try_from(*peak)?,
        })
    }
}

/// Runs each once to warm up, then all in turn; the medians stand in the order of the subjects.
pub(crate) fn in_turn(subjects: &[Subject], runs: usize) -> Result<Vec<Medians>> {
    let helper = beside_this_program("sigbox-measure")?;
    for subject in subjects {
        subject.run(&helper)?;
    }
    let mut all = vec![Vec::with_capacity(runs); subjects.len()];
    for _ in 0..runs {
        for (subject, done) in subjects.iter().zip(&mut all) {
            done.push(subject.run(&helper)?);
        }
    }
    Ok(all.iter().map(|runs| medians(runs)).collect())
}

fn medians(runs: &[Run]) -> Medians {
    let of = |figure: fn(&Run) -> u64| {
        let mut figures: Vec<u64> = runs.iter().map(figure).collect();
        figures.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "times and sizes of programs")]
        let median = figures.get(figures.len() / 2).copied().unwrap_or_default() as f64;
        median
    };
    Medians {
        wall_ms: of(|run| run.wall) / 1e6,
        processor_ms: of(|run| run.processor) / 1e3,
        peak_mib: of(|run| run.peak) / 1024.0,
    }
}

/// A program that was built together with this one.
pub(crate) fn beside_this_program(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let path = this.parent().context("a program lies in a directory")?;
    let path = path.join(name);
    ensure!(
        path.is_file(),
        "{} is missing: `bash tests/bench/run` builds it",
        path.display()
    );
    Ok(path)
}
