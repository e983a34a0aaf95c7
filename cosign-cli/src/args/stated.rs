//! What stands on the command line itself, and which of it is deprecated.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::deprecated::hint;

/// Where a flag stands; once for all the values that one of its uses has.
fn places(matches: &ArgMatches, id: &str) -> impl Iterator<Item = usize> {
    let mut indices = matches.indices_of(id).into_iter().flatten();
    let uses = matches.get_raw_occurrences(id).into_iter().flatten();
    let first = uses.filter_map(|values| {
        let first = indices.next();
        indices
            .by_ref()
            .take(values.count().saturating_sub(1))
            .for_each(drop);
        first
    });
    first.collect::<Vec<_>>().into_iter()
}

/// The flags of a command that stand on the command line, in their order and as often; variables are not among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stated {
    /// The command's words.
    command: String,
    flags: Vec<String>,
}

impl Stated {
    /// Those of the command that was given.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let (mut matches, mut words) = (matches, Vec::new());
        while let Some((word, inner)) = matches.subcommand() {
            words.push(word);
            matches = inner;
        }
        let mut found: Vec<(usize, String)> = matches
            .ids()
            .map(clap::Id::as_str)
            .filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
            .flat_map(|id| {
                let name = id.replace('_', "-");
                places(matches, id).map(move |place| (place, name.clone()))
            })
            .collect();
        found.sort();
        Self {
            command: words.join(" "),
            flags: found.into_iter().map(|(_, name)| name).collect(),
        }
    }

    /// Whether this flag, without its dashes, is among them, which makes it win over any variable.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|name| name == flag)
    }

    /// What real cosign says about them, before it says anything else.
    pub(crate) fn deprecations(&self) -> impl Iterator<Item = String> + '_ {
        self.flags.iter().filter_map(|name| {
            let hint = hint(&self.command, name)?;
            Some(format!("Flag --{name} has been deprecated, {hint}"))
        })
    }
}
