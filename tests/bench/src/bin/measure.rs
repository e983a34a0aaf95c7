//! Runs a program once, and prints what it took: wall (ns), user and system time (µs), peak memory (KiB), exit code.
//!
//! A program of its own, and a small one: between fork and exec a child counts the memory of its parent as its own, so
//! nothing that is measured here can come out below the 2 MiB of this process.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use wait4::Wait4;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are the program's output"
)]
fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: sigbox-measure PROGRAM [ARGUMENT ...]");
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::inherit());
    let started = Instant::now();
    let ended = command.spawn().and_then(Wait4::wait4);
    let wall = started.elapsed().as_nanos();
    match ended {
        Ok(used) => {
            let (user, system) = (used.rusage.utime.as_micros(), used.rusage.stime.as_micros());
            let (peak, code) = (used.rusage.maxrss / 1024, used.status.code());
            println!("{wall} {user} {system} {peak} {}", code.unwrap_or(-1));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{command:?}: {error}");
            ExitCode::FAILURE
        }
    }
}
