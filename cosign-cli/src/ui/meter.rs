//! One line on a terminal that tells how far long work has come, and is gone when the work is done.
//!
//! Nothing is written during the first second, into pipes and files, under `CI`, or beside data for programs.

use std::fmt;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Escaped;
use crate::environment;

/// Work that is over by then needs no line.
const SHORT: Duration = Duration::from_secs(1);
/// How long a line stands before it is written anew.
const PACE: Duration = Duration::from_millis(100);
/// The longest name that leaves room for the figures in a line of 80 columns.
const MAX_NAME_CHARS: usize = 20;
/// Back to the first column, and the line is empty.
const EMPTY_LINE: &str = "\r\u{1b}[K";

/// Whether this process tells people how far work has come; a library that is called by another program does not.
static WANTED: AtomicBool = AtomicBool::new(false);
/// Whether some work has the line: there is only one.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether something stands in the line.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Allows meters, if somebody is looking: for the program, before its work begins.
pub(crate) fn allow_meters() {
    let somebody_looks = is_wanted(
        io::stderr().is_terminal(),
        environment::text("CI").as_deref(),
        environment::text("TERM").as_deref(),
    );
    WANTED.store(somebody_looks, Ordering::Relaxed);
}

fn is_wanted(terminal: bool, ci: Option<&str>, term: Option<&str>) -> bool {
    terminal && ci.is_none_or(|ci| ci == "false") && term != Some("dumb")
}

/// Makes room for another line of talk.
pub(super) fn empty_line(stderr: &mut io::StderrLock<'_>) {
    if SHOWN.swap(false, Ordering::Relaxed) {
        drop(write!(stderr, "{EMPTY_LINE}"));
    }
}

/// How far one piece of work has come.
#[derive(Debug)]
pub(crate) struct Meter {
    verb: &'static str,
    name: String,
    /// Bytes, if it is known how many there are.
    total: Option<u64>,
    done: u64,
    /// When it began and when its line is due; `None` if it has no line.
    times: Option<(Instant, Instant)>,
}

impl Meter {
    /// A meter for work on `total` bytes; without a line if the work before it still has it.
    pub(crate) fn new(verb: &'static str, name: String, total: Option<u64>) -> Self {
        let has_line = WANTED.load(Ordering::Relaxed) && !TAKEN.swap(true, Ordering::Relaxed);
        Self {
            verb,
            name,
            total,
            done: 0,
            times: has_line.then(|| {
                let now = Instant::now();
                (now, now + SHORT)
            }),
        }
    }

    /// Takes note of more bytes.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.done = self.done.saturating_add(bytes as u64);
        let Some((begun, due)) = self.times else {
            return;
        };
        let now = Instant::now();
        if now >= due {
            self.times = Some((begun, now + PACE));
            let mut stderr = io::stderr().lock();
            let line = self.line(now.duration_since(begun));
            SHOWN.store(true, Ordering::Relaxed);
            // A terminal that is gone does not stop the work.
            drop(write!(stderr, "{EMPTY_LINE}{line}").and_then(|()| stderr.flush()));
        }
    }

    fn line(&self, since: Duration) -> String {
        let total = match self.total {
            Some(total) if total >= self.done && total > 0 => {
                let percent = u128::from(self.done) * 100 / u128::from(total);
                format!(" of {} ({percent} %)", Size(total))
            }
            _ => String::new(),
        };
        let rate = u128::from(self.done) * 1000 / since.as_millis().max(1);
        let rate = Size(u64::try_from(rate).unwrap_or(u64::MAX));
        let name = shortened(&self.name);
        let (verb, done) = (self.verb, Size(self.done));
        format!("{verb} {name}: {done}{total}, {rate}/s")
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.times.is_some() {
            empty_line(&mut io::stderr().lock());
            TAKEN.store(false, Ordering::Relaxed);
        }
    }
}

/// The end of a long name, where names differ; nothing in it can steer the terminal.
fn shortened(name: &str) -> String {
    let name = Escaped(name).to_string();
    let length = name.chars().count();
    if length <= MAX_NAME_CHARS {
        return name;
    }
    let end = name.chars().skip(length + 1 - MAX_NAME_CHARS);
    std::iter::once('…').chain(end).collect()
}

/// A number of bytes for people.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 4] = [
            ("TiB", 1 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ];
        let fitting = UNITS.iter().find(|(_, unit)| self.0 >= *unit);
        match fitting {
            Some((name, unit)) => {
                let tenths = u128::from(self.0) * 10 / u128::from(*unit);
                write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
            }
            None => write!(f, "{} B", self.0),
        }
    }
}

/// A reader that tells how far it has come.
pub(crate) struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R> Metered<R> {
    pub(crate) fn new(inner: R, meter: Meter) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Meter, Size, is_wanted, shortened};

    fn line(name: &str, done: u64, total: Option<u64>) -> String {
        let meter = Meter {
            verb: "Hashing",
            name: name.to_owned(),
            total,
            done,
            times: None,
        };
        meter.line(Duration::from_millis(1500))
    }

    #[test]
    fn a_line_tells_name_share_and_rate() {
        const MIB: u64 = 1 << 20;
        assert_eq!(
            line("app.tar", 600 * MIB, Some(1024 * MIB)),
            "Hashing app.tar: 600.0 MiB of 1.0 GiB (58 %), 400.0 MiB/s"
        );
        assert_eq!(line("-", 3 * MIB, None), "Hashing -: 3.0 MiB, 2.0 MiB/s");
        // A file that grows while it is read.
        assert_eq!(line("log", 4, Some(3)), "Hashing log: 4 B, 2 B/s");
    }

    #[test]
    fn a_line_fits_a_terminal_and_cannot_steer_it() {
        let hostile = format!("\u{1b}[2J{}", "x".repeat(100));
        let line = line(&hostile, 1_073_000_000_000, Some(1_074_000_000_000));
        assert!(line.chars().count() < 80, "{line}");
        assert!(!line.contains('\u{1b}'));
        assert_eq!(shortened("a/b"), "a/b");
        assert_eq!(shortened(&hostile).chars().count(), 20);
    }

    #[test]
    fn sizes_are_for_people() {
        let shown = [0, 1023, 1024, 1536, 1 << 20, 5 << 30].map(|size| Size(size).to_string());
        let expected = ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "5.0 GiB"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn only_a_terminal_with_somebody_before_it_is_told() {
        assert!(is_wanted(true, None, None));
        assert!(is_wanted(true, Some("false"), Some("xterm")));
        assert!(!is_wanted(false, None, None));
        assert!(!is_wanted(true, Some("true"), None));
        assert!(!is_wanted(true, Some("1"), None));
        assert!(!is_wanted(true, None, Some("dumb")));
    }
}
