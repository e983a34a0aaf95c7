//! Logging is started once a process, so these tests have one of their own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use sigbox_service_kit::logging::{LogFormat, LogFormatError, LoggingError, init};

#[test]
fn refuses_a_bad_filter_and_a_second_start() {
    match init(LogFormat::Json, "info,==") {
        Err(LoggingError::Filter { filter, .. }) => assert_eq!(filter, "info,=="),
        other => panic!("{other:?}"),
    }
    init(LogFormat::Text, "info,hyper=warn").unwrap();
    match init(LogFormat::Json, "info") {
        Err(LoggingError::AlreadyInitialised { .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn parses_the_format() {
    assert_eq!("json".parse(), Ok(LogFormat::Json));
    assert_eq!("text".parse(), Ok(LogFormat::Text));
    assert_eq!("JSON".parse::<LogFormat>(), Err(LogFormatError));
}
