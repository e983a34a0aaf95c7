//! The part of the tree of commands that a command line is about.
//!
//! The whole tree has a thousand flags; to make them all costs more than to verify a signature.

use std::ffi::{OsStr, OsString};

use clap::{Args as _, CommandFactory as _};

use super::{
    AttestArgs, AttestBlobArgs, CleanArgs, Cli, CopyArgs, EnvArgs, LoadArgs, PublicKeyArgs,
    SaveArgs, SignArgs, SignBlobArgs, TreeArgs, TriangulateArgs, VerifyArgs, VerifyAttestationArgs,
    VerifyBlobArgs, VerifyBlobAttestationArgs, VersionArgs,
};

/// Gives a command its flags.
type Augment = fn(clap::Command) -> clap::Command;

/// Commands that are made without the others; one that is missing here is found in the whole tree.
const BRANCHES: [(&str, Augment); 17] = [
    ("sign", SignArgs::augment_args),
    ("verify", VerifyArgs::augment_args),
    ("attest", AttestArgs::augment_args),
    ("verify-attestation", VerifyAttestationArgs::augment_args),
    ("tree", TreeArgs::augment_args),
    ("save", SaveArgs::augment_args),
    ("load", LoadArgs::augment_args),
    ("copy", CopyArgs::augment_args),
    ("clean", CleanArgs::augment_args),
    ("triangulate", TriangulateArgs::augment_args),
    ("sign-blob", SignBlobArgs::augment_args),
    ("verify-blob", VerifyBlobArgs::augment_args),
    ("attest-blob", AttestBlobArgs::augment_args),
    (
        "verify-blob-attestation",
        VerifyBlobAttestationArgs::augment_args,
    ),
    ("public-key", PublicKeyArgs::augment_args),
    ("version", VersionArgs::augment_args),
    ("env", EnvArgs::augment_args),
];

/// Global flags with their values in the same word.
const GLOBAL: [&str; 4] = ["--instance=", "--output-file=", "--timeout=", "--verbose="];

/// The program with the one command that the line names, without its `COSIGN_…` bindings.
///
/// `None` if the line names none of [`BRANCHES`], as for help: the whole tree has to answer then.
pub(super) fn branch(args: &[OsString]) -> Option<clap::Command> {
    let word = command_word(args)?;
    let (name, augment) = BRANCHES.iter().find(|(name, _)| *name == word)?;
    let command = augment(clap::Command::new(*name));
    Some(Cli::<()>::command().subcommand(command))
}

/// The first word that is neither a global flag nor its value; `None` also if another flag stands before it.
fn command_word(args: &[OsString]) -> Option<&str> {
    let mut words = args.iter().skip(1).map(OsString::as_os_str);
    loop {
        match words.next().and_then(OsStr::to_str)? {
            "--instance" | "--output-file" | "--timeout" | "-t" => drop(words.next()?),
            "--verbose" | "-d" => {}
            word if GLOBAL.iter().any(|flag| word.starts_with(flag)) => {}
            word => return Some(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BRANCHES, OsString, branch, command_word};
    use crate::args::{Cli, Command};
    use clap::CommandFactory as _;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_branch_is_the_command_of_the_whole_tree() {
        let whole = Cli::<Command>::command();
        for (name, _) in BRANCHES {
            let part = branch(&words(&format!("cosign {name}"))).unwrap();
            // The place in a list of commands is all that may differ.
            let text = |tree: &clap::Command| {
                let command = tree.find_subcommand(name).unwrap().clone();
                format!("{:?}", command.display_order(0))
            };
            assert!(text(&part) == text(&whole), "{name}");
            assert_eq!(part.get_subcommands().count(), 1);
        }
    }

    #[test]
    fn the_root_of_a_branch_is_that_of_the_whole_tree() {
        let part = branch(&words("cosign verify-blob")).unwrap();
        let whole = Cli::<Command>::command();
        let root = |command: &clap::Command| {
            let arguments: Vec<_> = command
                .get_arguments()
                .map(|one| format!("{one:?}"))
                .collect();
            (
                arguments,
                command.is_subcommand_required_set(),
                command.is_arg_required_else_help_set(),
                command.get_version().map(ToOwned::to_owned),
            )
        };
        assert_eq!(root(&part), root(&whole));
    }

    #[test]
    fn global_flags_and_their_values_are_no_commands() {
        let word = |line| command_word(&words(line)).map(ToOwned::to_owned);
        let found = Some("verify".to_owned());
        assert_eq!(word("cosign verify sign"), found);
        assert_eq!(word("cosign --timeout sign -d verify"), found);
        assert_eq!(
            word("cosign --instance sign --output-file sign -t 3m verify"),
            found
        );
        assert_eq!(word("cosign --timeout=3m --verbose=true verify"), found);
        assert_eq!(word("cosign"), None);
        assert_eq!(word("cosign --timeout"), None);
    }

    #[test]
    fn what_is_no_plain_command_is_for_the_whole_tree() {
        for line in [
            "cosign",
            "cosign --help verify",
            "cosign help",
            "cosign --tmeout=3m verify",
            "cosign verfy",
        ] {
            assert!(branch(&words(line)).is_none(), "{line}");
        }
    }
}
