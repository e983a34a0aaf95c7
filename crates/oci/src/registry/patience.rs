//! How long a writer watches what it has written, where the registry cannot refuse a lost update.

/// How often something must be seen as wanted after the first write before it is believed to stay so.
const LOOKS: usize = 2;
/// After the worst of crowds.
const MOST_LOOKS: usize = 12;

/// Grows with every write that was lost: the more writers there are, the longer each of them takes from its reading to its
/// writing, and the later the last one of them may still take something away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    writes: usize,
}

impl Patience {
    /// Notes a write.
    pub(super) fn written(&mut self) {
        self.writes += 1;
    }

    /// Whether there was one.
    pub(super) fn has_written(self) -> bool {
        self.writes > 0
    }

    /// How often in a row it must be seen as wanted.
    pub(super) fn looks(self) -> usize {
        let lost = self.writes.saturating_sub(1);
        MOST_LOOKS.min(LOOKS + lost)
    }
}

#[cfg(test)]
mod tests {
    use super::Patience;

    #[test]
    fn patience_grows_with_what_was_lost_and_ends() {
        let mut patience = Patience::default();
        assert_eq!((patience.has_written(), patience.looks()), (false, 2));
        let mut looks = Vec::new();
        for _ in 0..13 {
            patience.written();
            looks.push(patience.looks());
        }
        assert!(patience.has_written());
        assert_eq!(looks, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12]);
    }
}
