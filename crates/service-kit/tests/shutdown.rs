//! The signals are sent to this process itself, so the test has one of its own.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, id};

use sigbox_service_kit::shutdown::Signals;

fn send_to_self(signal: &str) {
    let command = format!("kill -{signal} {}", id());
    let status = Command::new("sh").arg("-c").arg(command).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn hears_the_first_and_the_second_signal() {
    let mut signals = Signals::install().unwrap();
    send_to_self("TERM");
    assert_eq!(signals.next().await, "SIGTERM");
    send_to_self("INT");
    assert_eq!(signals.next().await, "SIGINT");
}
