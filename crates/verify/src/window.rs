//! How windows of time, and lists of parties, are written.

use sigbox_wire::TimeRange;

/// A window in words, for example `from 2026-01-01T00:00:00Z until 2026-12-31T23:59:59Z`.
pub(crate) fn window(range: &TimeRange) -> String {
    match (range.start, range.end) {
        (Some(start), Some(end)) => format!("from {start} until {end}"),
        (Some(start), None) => format!("from {start} on"),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "at all times".to_owned(),
    }
}

/// Names in a row, or `none`.
pub(crate) fn names(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
