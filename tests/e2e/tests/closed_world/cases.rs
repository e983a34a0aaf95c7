//! What one run of a command may contact, by what it is told.

/// One run of the client.
pub(crate) struct Case {
    /// The command, as its words stand in the help.
    pub(crate) command: &'static str,
    /// Its arguments, apart by spaces. `@token` is an identity token, `@who` the flags that demand its identity,
    /// `@config` the instance's signing config.
    pub(crate) arguments: &'static str,
    /// Variables besides the instance's own.
    pub(crate) variables: &'static [(&'static str, &'static str)],
    /// Whether no variable names an instance.
    pub(crate) bare: bool,
    pub(crate) exit: i32,
    pub(crate) hosts: &'static [&'static str],
}

impl Case {
    /// The same while variables say something else.
    pub(crate) const fn with(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    /// The same without an instance.
    pub(crate) const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }
}

pub(crate) const fn works(
    command: &'static str,
    arguments: &'static str,
    hosts: &'static [&'static str],
) -> Case {
    refuses(0, command, arguments, hosts)
}

pub(crate) const fn refuses(
    exit: i32,
    command: &'static str,
    arguments: &'static str,
    hosts: &'static [&'static str],
) -> Case {
    Case {
        command,
        arguments,
        variables: &[],
        bare: false,
        exit,
        hosts,
    }
}

pub(crate) const NOBODY: &[&str] = &[];
pub(crate) const INSTANCE: &[&str] = &["sigbox.test"];
pub(crate) const REGISTRY: &[&str] = &["registry.test"];
pub(crate) const BOTH: &[&str] = &["registry.test", "sigbox.test"];
pub(crate) const LIAR: &[&str] = &["liar.test"];
pub(crate) const LIAR_AND_ELSEWHERE: &[&str] = &["elsewhere.test", "liar.test"];
pub(crate) const OTHER_AND_INSTANCE: &[&str] = &["other.test", "sigbox.test"];

pub(crate) const NO_PASSWORD: &[(&str, &str)] = &[("COSIGN_PASSWORD", "")];
