//! Flags with one dash too few or too many, as the first versions of the real client had them.

use std::ffi::OsString;

use clap::Command;

/// A command line with its flags repaired, and what is said about each.
#[derive(Debug)]
pub(crate) struct Repaired {
    pub(crate) args: Vec<OsString>,
    pub(crate) warnings: Vec<String>,
}

/// Makes `--output` of `-output`, `-o` of `--o`, and the command `version` of `-version`; what comes after `--` is left alone.
///
/// A letter that is a flag may have its value right behind it, so that `-t5s` stays what it is.
///
/// Source: cosign `cmd/cosign/main.go`, "Fix up flags to POSIX standard flags".
pub(crate) fn repair(args: impl IntoIterator<Item = OsString>) -> Repaired {
    let mut repaired = Repaired {
        args: Vec::new(),
        warnings: Vec::new(),
    };
    let mut flags = None;
    let mut is_over = false;
    for (place, arg) in args.into_iter().enumerate() {
        let text = arg.to_str().filter(|_| place > 0 && !is_over);
        is_over |= text == Some("--");
        let better = text.and_then(|text| {
            let dashes = text.len() - text.trim_start_matches('-').len();
            match (dashes, text.len()) {
                (2, 3) => Some(short(text)),
                (1, 3..) => flags
                    .get_or_insert_with(|| Flags::of(&super::command()))
                    .long(text),
                _ => None,
            }
        });
        match better {
            Some((better, warning)) => {
                repaired.args.push(better.into());
                repaired.warnings.push(warning);
            }
            None => repaired.args.push(arg),
        }
    }
    repaired
}

fn short(text: &str) -> (String, String) {
    let better = text.replacen("--", "-", 1);
    let warning = format!(
        "WARNING: the flag {text} is deprecated and will be removed in a future release. Please use the flag {better}."
    );
    (better, warning)
}

/// The flags of all commands.
struct Flags {
    letters: Vec<char>,
    names: Vec<String>,
}

impl Flags {
    fn of(command: &Command) -> Self {
        let mut flags = Self {
            letters: vec!['h'],
            names: Vec::new(),
        };
        flags.add(command);
        flags
    }

    fn add(&mut self, command: &Command) {
        for arg in command.get_arguments() {
            self.letters.extend(arg.get_short());
            self.names.extend(arg.get_long().map(str::to_owned));
            let aliases = arg.get_all_aliases().unwrap_or_default();
            self.names.extend(aliases.into_iter().map(str::to_owned));
        }
        for inner in command.get_subcommands() {
            self.add(inner);
        }
    }

    fn long(&self, text: &str) -> Option<(String, String)> {
        let name = text.trim_start_matches('-');
        let name = name.split('=').next().unwrap_or_default();
        let known = name == "version" || self.names.iter().any(|one| one == name);
        let letter = name.chars().next()?;
        if !known && (self.letters.contains(&letter) || !letter.is_ascii_alphabetic()) {
            return None;
        }
        let (better, kind) = if text == "-version" {
            ("version".to_owned(), "subcommand")
        } else {
            (format!("-{text}"), "flag")
        };
        let warning = format!(
            "WARNING: the {text} flag is deprecated and will be removed in a future release. Please use the {better} {kind} instead."
        );
        Some((better, warning))
    }
}

#[cfg(test)]
mod tests {
    use super::{Repaired, repair};
    use std::ffi::OsString;

    #[test]
    fn only_what_cannot_be_meant_is_repaired() {
        for (given, repaired) in [
            ("cosign public-key -key x", "cosign public-key --key x"),
            (
                "cosign verify-blob -bundle=b x",
                "cosign verify-blob --bundle=b x",
            ),
            ("cosign verify --o text", "cosign verify -o text"),
            ("cosign -version", "cosign version"),
            ("cosign sign -nosuch x", "cosign sign --nosuch x"),
            ("cosign sign-blob -t5s -", "cosign sign-blob -t5s -"),
            ("cosign verify -otext x", "cosign verify -otext x"),
            ("cosign verify-blob -- -key", "cosign verify-blob -- -key"),
            ("-key verify --key x -a", "-key verify --key x -a"),
        ] {
            let Repaired { args, warnings } = repair(given.split(' ').map(OsString::from));
            let expected: Vec<OsString> = repaired.split(' ').map(OsString::from).collect();
            assert_eq!(args, expected);
            assert_eq!(warnings.len(), usize::from(given != repaired), "{given}");
        }
    }
}
