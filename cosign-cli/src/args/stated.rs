//! What stands on the command line itself, and which of it is deprecated.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Flags that real cosign calls deprecated when something is signed, with its hints.
///
/// One hint is ours: the check that the real client no longer makes is made here.
const DEPRECATED: [(&str, &str); 8] = [
    (
        "tlog-upload",
        "prefer using a --signing-config file with no transparency log services",
    ),
    (
        "rekor-url",
        "please use a signing config to specify a rekor url; see `cosign signing-config --help`",
    ),
    (
        "fulcio-url",
        "please use a signing config to specify a fulcio url; see `cosign signing-config --help`",
    ),
    (
        "timestamp-server-url",
        "please use a signing config to specify a timestamp server url; see `cosign signing-config --help`",
    ),
    (
        "oidc-issuer",
        "please use a signing config to specify an OIDC issuer; see `cosign signing-config create --help`",
    ),
    (
        "new-bundle-format",
        "this will be the only supported format in future versions",
    ),
    (
        "issue-certificate",
        "support for this flag will be removed in the future",
    ),
    (
        "insecure-skip-verify",
        "the certificate is checked whenever a trusted root is at hand",
    ),
];

/// The flags of a command that stand on the command line, in their order; variables are not among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stated(Vec<String>);

impl Stated {
    /// Those of the command that was given.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let Some((_, mut matches)) = matches.subcommand() else {
            return Self::default();
        };
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let mut found: Vec<(usize, String)> = matches
            .ids()
            .map(clap::Id::as_str)
            .filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
            .filter_map(|id| Some((matches.index_of(id)?, id.replace('_', "-"))))
            .collect();
        found.sort();
        Self(found.into_iter().map(|(_, name)| name).collect())
    }

    /// Whether this flag, without its dashes, is among them, which makes it win over any variable.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|name| name == flag)
    }

    /// What real cosign says about them first.
    pub(crate) fn deprecations(&self) -> impl Iterator<Item = String> + '_ {
        self.deprecated(&DEPRECATED)
    }

    /// The same about the flags of another command, each with its hint.
    pub(crate) fn deprecated<'a>(
        &'a self,
        hints: &'a [(&str, &str)],
    ) -> impl Iterator<Item = String> + 'a {
        self.0.iter().filter_map(|name| {
            let (_, hint) = hints.iter().find(|(flag, _)| flag == name)?;
            Some(format!("Flag --{name} has been deprecated, {hint}"))
        })
    }
}
