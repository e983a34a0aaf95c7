//! What a signer is told before something goes to a log that nobody has set up as theirs.

use crate::prompt::{Asked, PromptError, confirm};
use crate::report::Failure;
use crate::services::SelectedLog;
use crate::ui::{Escaped, say};

/// Whether a command asks its user before it writes to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// It asks, as the real client's command does.
    Asked(Asked),
    /// It does not.
    Implied,
}

/// Says what a log is, and asks; the caller knows that neither signing config nor trust material names the instance.
pub(super) fn ask(blob: &str, logs: &[SelectedLog], asked: Asked) -> Result<(), Failure> {
    let Some(log) = logs.first() else {
        return Ok(());
    };
    say(&format_args!(
        "\n\tThe signature will be sent to the transparency log at {}, with the key or the certificate that verifies it.\n\
         \tA certificate holds your identity, for example your e-mail address. Whoever reads the log can read it.\n\
         \tWhat is in the log stays there: no one can take it back.\n\
         \tNeither a signing config nor a trusted root says whose log this is: see that its operator's terms suit you.\n\n\
         By typing 'y', you attest that you may send this, and no one else's personal data.",
        Escaped(log.url.as_str())
    ));
    confirm(asked).map_err(|error| {
        let failure = Failure::new(format!(
            "signing {}: upload to tlog: {error}",
            Escaped(blob)
        ));
        match error {
            PromptError::Declined => {
                failure.hint("in a script, --yes answers; with --trusted-root or --signing-config nobody is asked")
            }
            _ => failure,
        }
    })
}
