//! `cosign docs`: reference, man pages and the list of flags, all from the one definition of the command line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command};

use crate::args::{self, DocsArgs, DocsCommand};
use crate::report::Failure;
use crate::ui::Output;

const INTRODUCTION: &str = "\
# The `cosign` command line

Written by `cosign docs reference`; a test fails when this page is older than the program
(`SIGBOX_BLESS=1 cargo test -p cosign-cli --test client reference` writes it anew).
";

/// Writes what is asked for.
pub(crate) fn docs(docs: &DocsArgs, output: &Output) -> Result<(), Failure> {
    let mut command = args::command();
    command.build();
    let text = match &docs.command {
        DocsCommand::Reference => reference(&command),
        DocsCommand::Flags => flags(&command)?,
        DocsCommand::Man { directory } => return man(&command, directory),
    };
    output
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}

fn man(command: &Command, directory: &Path) -> Result<(), Failure> {
    clap_mangen::generate_to(command.clone(), directory)
        .map_err(|error| Failure::new("writing the man pages").caused_by(&error))
}

/// Each command by its whole name, below the program's own; hidden ones and clap's `help` are left out.
fn visit<'a>(command: &'a Command, name: &str, visitor: &mut dyn FnMut(&str, &'a Command)) {
    visitor(name, command);
    for inner in command.get_subcommands() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            visit(inner, &format!("{name} {}", inner.get_name()), visitor);
        }
    }
}

fn reference(command: &Command) -> String {
    let mut text = INTRODUCTION.to_owned();
    visit(command, command.get_name(), &mut |name, one| {
        text += &section(name, one);
    });
    text
}

fn section(name: &str, command: &Command) -> String {
    let mut text = format!("\n## {name}\n\n");
    if let Some(about) = command.get_about() {
        let about = about.to_string();
        let _ = write!(text, "{}.\n\n", about.trim_end_matches('.'));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(text, "```text\n{usage}\n```\n");
    // Global flags stand once, with the program.
    let is_top = command.get_name() == name;
    let shown = |arg: &&Arg| {
        let standard = matches!(arg.get_id().as_str(), "help" | "version");
        !arg.is_hide_set() && !standard && (is_top || !arg.is_global_set())
    };
    let mut groups: BTreeMap<(usize, &str), Vec<String>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for arg in command.get_arguments().filter(shown) {
        let heading = if arg.is_positional() {
            "Arguments"
        } else {
            arg.get_help_heading().unwrap_or("Options")
        };
        let place = order.iter().position(|known| *known == heading);
        let place = place.unwrap_or(order.len());
        if place == order.len() {
            order.push(heading);
        }
        groups.entry((place, heading)).or_default().push(row(arg));
    }
    for ((_, heading), rows) in groups {
        let _ = write!(text, "\n{heading}:\n\n{}", rows.concat());
    }
    if let Some(after) = command.get_after_help() {
        let _ = write!(text, "\n```text\n{}\n```\n", after.to_string().trim_end());
    }
    text
}

fn row(arg: &Arg) -> String {
    let value = arg
        .get_value_names()
        .and_then(<[_]>::first)
        .map(ToString::to_string);
    let shown = match (arg.get_long(), arg.get_short(), value) {
        (Some(long), short, value) => {
            let short = short.map_or_else(String::new, |short| format!("-{short}, "));
            let value = match value.as_deref() {
                Some("BOOL") => "[=BOOL]".to_owned(),
                Some(value) => format!(" {value}"),
                None => String::new(),
            };
            format!("{short}--{long}{value}")
        }
        (None, _, value) => value.unwrap_or_default(),
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("- `{shown}`: {help}");
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() && !arg.is_hide_possible_values_set() {
        let _ = write!(text, "; one of {}", values.join(", "));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let _ = write!(text, "; default {}", defaults.join(", "));
    }
    text + "\n"
}

/// Every command with every flag that it accepts by a long name, aliases and hidden ones included, and what each does.
fn flags(command: &Command) -> Result<String, Failure> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    visit(command, command.get_name(), &mut |name, one| {
        let flags = all.entry(name.to_owned()).or_default();
        for arg in one.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let aliases = arg.get_all_aliases().unwrap_or_default();
            for flag in arg.get_long().into_iter().chain(aliases) {
                flags.insert(flag.to_owned(), help.clone());
            }
        }
    });
    let json = serde_json::to_string_pretty(&all);
    Ok(json.map_err(|error| Failure::from_error(&error).unexpected())? + "\n")
}
