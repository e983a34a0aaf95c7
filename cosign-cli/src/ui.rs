//! What the user sees: progress on stderr, data on stdout, and foreign text made harmless.

mod meter;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(crate) use self::meter::{Meter, Metered, allow_meters};

/// Text from a certificate, a server, a file or the command line, shown so that it cannot steer the terminal.
///
/// Control characters (line ends included), bidirectional overrides and characters without width come
/// out as `\u{…}`; everything else is unchanged. `Display` never emits U+001B.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_unsafe(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_str(character.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

/// JSON in which no text can steer the terminal either; every reader of JSON sees the same values.
pub(crate) fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        // Outside of texts JSON has no such characters but line ends, which stay.
        if character != '\n' && is_unsafe(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let unit = format!("\\u{unit:04x}");
                escaped.push_str(&unit);
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Characters that move the cursor, reorder the line, or hide: a name must look like what it is.
pub(crate) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A step of signing that has really happened (or, for the three "…ing" steps, begins now).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A fresh key pair is being made.
    GeneratingKeys,
    /// The browser is about to be opened at this address.
    OpeningBrowser {
        /// The provider's authorization address.
        url: String,
    },
    /// No browser could be started; the user has to open the address.
    BrowserUnavailable {
        /// Why, as the system says it.
        reason: String,
        /// The provider's authorization address.
        url: String,
    },
    /// Nobody asked for the device flow, but there is no terminal for another one.
    NotInteractive,
    /// A login waits for its approval in a browser elsewhere.
    DeviceCode {
        /// The code that the browser must show, too.
        user_code: String,
        /// Where to approve it.
        url: String,
        /// How long that is possible.
        seconds: u64,
    },
    /// The login through another device is over.
    TokenReceived,
    /// The certificate authority is being asked.
    RetrievingCertificate,
    /// The certificate's SCT was verified against the trusted root.
    SctVerified,
    /// This file is what gets signed.
    Payload {
        /// The path as the user gave it.
        path: PathBuf,
    },
    /// This finished statement is what gets signed.
    Statement {
        /// The path as the user gave it.
        path: PathBuf,
    },
    /// The digest is being signed, timestamped and logged.
    Signing,
    /// The transparency log has taken the entry.
    LogEntryCreated {
        /// The entry's index in the log.
        index: i64,
    },
    /// The finished bundle was not checked, because no trusted root was given.
    NotSelfChecked,
    /// Neither a log nor a timestamp authority has seen what a certificate's key signed.
    Unwitnessed,
    /// A signature is about to be stored in a registry.
    PushingSignature {
        /// Registry and repository.
        repository: String,
    },
    /// The certificate of the signer's own was not checked, because no chain leads from it to an authority.
    CertificateNotChecked,
    /// The bundle stands in this file.
    BundleWritten {
        /// The path as the user gave it.
        path: PathBuf,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GeneratingKeys => f.write_str("Generating ephemeral keys..."),
            Self::OpeningBrowser { url } => {
                write!(f, "Your browser will now be opened to:\n{}", Escaped(url))
            }
            Self::BrowserUnavailable { reason, url } => write!(
                f,
                "error opening browser: {}\nGo to the following link in a browser:\n\n\t {}",
                Escaped(reason),
                Escaped(url)
            ),
            Self::NotInteractive => {
                f.write_str("Non-interactive mode detected, using device flow.")
            }
            Self::DeviceCode {
                user_code,
                url,
                seconds,
            } => write!(
                f,
                "Enter the verification code {} in your browser at: {}\nCode will be valid for {seconds} seconds",
                Escaped(user_code),
                Escaped(url)
            ),
            Self::TokenReceived => f.write_str("Token received!"),
            Self::RetrievingCertificate => f.write_str("Retrieving signed certificate..."),
            Self::SctVerified => f.write_str("Successfully verified SCT..."),
            Self::Payload { path } => {
                write!(f, "Using payload from: {}", Escaped(&path.to_string_lossy()))
            }
            Self::Statement { path } => {
                write!(f, "Using statement from: {}", Escaped(&path.to_string_lossy()))
            }
            Self::Signing => f.write_str("Signing artifact..."),
            Self::LogEntryCreated { index } => {
                write!(f, "tlog entry created with index: {index}")
            }
            Self::NotSelfChecked => f.write_str(
                "WARNING: no trusted root was given, so neither the certificate nor the finished bundle was checked",
            ),
            Self::Unwitnessed => f.write_str(
                "WARNING: neither a log nor a timestamp authority saw this signature: the bundle verifies only while its \
                 certificate is valid, and only with --insecure-ignore-tlog",
            ),
            Self::PushingSignature { repository } => {
                write!(f, "Pushing signature to: {}", Escaped(repository))
            }
            Self::CertificateNotChecked => f.write_str(
                "WARNING: no --certificate-chain was given, so the certificate was not checked; what log and timestamps say was",
            ),
            Self::BundleWritten { path } => write!(
                f,
                "Wrote bundle to file {}",
                Escaped(&path.to_string_lossy())
            ),
        }
    }
}

/// Hears of each step of signing as it happens.
pub trait Progress: Send + Sync {
    /// Takes note of one step; must not fail or block for long.
    fn step(&self, step: Step);
}

/// Progress for a terminal: one line a step on stderr, spelled as users' scripts know it.
///
/// The code and the address of a device login go to stdout, where those scripts look for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct StderrProgress;

impl Progress for StderrProgress {
    fn step(&self, step: Step) {
        match step {
            Step::DeviceCode { .. } | Step::TokenReceived => tell(&step),
            _ => say(&step),
        }
    }
}

/// Progress that nobody listens to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _step: Step) {}
}

/// Writes one line of talk to stderr; a closed stderr does not stop the work.
pub(crate) fn say(line: &dyn fmt::Display) {
    let mut stderr = io::stderr().lock();
    meter::empty_line(&mut stderr);
    drop(writeln!(stderr, "{line}"));
}

/// Writes one line to stdout at once, even into a pipe; a closed stdout does not stop the work.
fn tell(line: &dyn fmt::Display) {
    meter::empty_line(&mut io::stderr().lock());
    let mut stdout = io::stdout().lock();
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
}

/// Where a command's data goes: stdout, or the file of `--output-file`.
#[derive(Debug)]
pub(crate) enum Output {
    Stdout,
    File(PathBuf),
}

impl Output {
    pub(crate) fn new(file: Option<&Path>) -> Self {
        file.map_or(Self::Stdout, |path| Self::File(path.to_owned()))
    }

    /// Writes all of a command's data at once.
    pub(crate) fn write(&self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(data)?;
                stdout.flush()
            }
            Self::File(path) => std::fs::write(path, data),
        }
    }
}

/// Says an I/O failure in the words that users' scripts look for.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Step, escape_json};

    #[test]
    fn escapes_what_steers_a_terminal() {
        let hostile = "a\u{1b}[2Jb\r\nc\u{9b}d\u{202e}e\u{200b}f\u{feff}g";
        let shown = Escaped(hostile).to_string();
        assert_eq!(
            shown,
            "a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{9b}d\\u{202e}e\\u{200b}f\\u{feff}g"
        );
        assert!(!shown.contains('\u{1b}'));
    }

    #[test]
    fn escaped_json_has_the_same_values() {
        let value = serde_json::json!({"a": "\u{1b}[2J\u{9b}\u{202e}\u{e0041}é\n"});
        let escaped = escape_json(&serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(
            escaped,
            "{\n  \"a\": \"\\u001b[2J\\u009b\\u202e\\udb40\\udc41é\\n\"\n}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            value
        );
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        let text = "Müller <m@example.org> 日本 \"quoted\" \\ ünïcode";
        assert_eq!(Escaped(text).to_string(), text);
    }

    #[test]
    fn steps_are_spelled_as_scripts_know_them() {
        let lines = [
            Step::GeneratingKeys,
            Step::RetrievingCertificate,
            Step::SctVerified,
            Step::Payload {
                path: "file.txt".into(),
            },
            Step::Signing,
            Step::LogEntryCreated { index: 18_914_440 },
            Step::BundleWritten {
                path: "cosign.bundle".into(),
            },
        ]
        .map(|step| step.to_string())
        .join("\n");
        assert_eq!(
            lines,
            "Generating ephemeral keys...\nRetrieving signed certificate...\nSuccessfully verified SCT...\n\
             Using payload from: file.txt\nSigning artifact...\ntlog entry created with index: 18914440\n\
             Wrote bundle to file cosign.bundle"
        );
    }

    #[test]
    fn a_file_name_cannot_forge_a_line() {
        let step = Step::BundleWritten {
            path: "x\nVerified OK".into(),
        };
        assert_eq!(step.to_string(), "Wrote bundle to file x\\u{a}Verified OK");
    }
}
