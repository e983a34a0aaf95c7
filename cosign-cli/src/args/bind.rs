//! Binds every long flag of the signing and verifying commands to `COSIGN_<FLAG>`.

use clap::{Arg, Command};

use crate::environment;

/// Commands whose flags the real client leaves unbound.
const UNBOUND: [&str; 7] = [
    "version",
    "env",
    "completion",
    "instance",
    "docs",
    "trusted-root",
    "signing-config",
];

/// Gives each long flag its variable, at any depth, so that no flag can be forgotten.
pub(super) fn bind_environment(command: Command) -> Command {
    command.mut_args(bind).mut_subcommands(|subcommand| {
        if UNBOUND.contains(&subcommand.get_name()) {
            subcommand
        } else {
            bind_environment(subcommand)
        }
    })
}

/// The variable of a long flag.
pub(crate) fn variable(long: &str) -> String {
    format!("COSIGN_{}", long.to_ascii_uppercase().replace('-', "_"))
}

fn bind(arg: Arg) -> Arg {
    let Some(long) = arg.get_long() else {
        return arg;
    };
    if matches!(long, "help" | "version") {
        return arg;
    }
    let name = variable(long);
    if environment::is_blank(&name) {
        // Set to nothing means not set: `COSIGN_BUNDLE= cosign …` takes a variable back.
        return arg;
    }
    // Values are never printed: a variable may hold a token.
    arg.env(name).hide_env_values(true)
}
