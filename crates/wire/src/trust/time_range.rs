//! A validity window.

use jiff::Timestamp;

/// A closed interval of time, open-ended where a bound is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The first instant that is inside.
    pub start: Option<Timestamp>,
    /// The last instant that is inside.
    pub end: Option<Timestamp>,
}

impl TimeRange {
    /// Whether `time` is inside; both bounds are.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time <= end)
    }

    /// The window from `start` on, without an end.
    pub fn from_start(start: Timestamp) -> Self {
        Self {
            start: Some(start),
            end: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_inside() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let range = TimeRange {
            start: Some(at(10)),
            end: Some(at(20)),
        };
        for (second, inside) in [(9, false), (10, true), (15, true), (20, true), (21, false)] {
            assert_eq!(range.contains(at(second)), inside, "{second}");
        }
        assert!(TimeRange::default().contains(at(0)));
        assert!(TimeRange::from_start(at(10)).contains(at(1_000_000)));
    }
}
