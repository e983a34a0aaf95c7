//! The `cosign` program: the library's [`cosign_cli::run_blocking`] with the real clock.

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "a binary's main reads the clock and hands it down"
    )]
    let clock = Arc::new(jiff::Timestamp::now);
    cosign_cli::run_blocking(std::env::args_os(), clock)
}
