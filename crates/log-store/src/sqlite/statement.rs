//! Statements of several widths: many rows or keys in one call, with few texts to prepare.

use std::sync::{Arc, LazyLock};

use sqlx::AssertSqlSafe;

/// Widths of the prepared forms, largest first. A call of the driver costs more than a row, so few calls are better.
const WIDTHS: [usize; 4] = [64, 16, 4, 1];

/// One statement in all widths. The texts hold constants and question marks only.
pub(super) struct Statement {
    forms: Vec<(usize, Arc<str>)>,
}

impl Statement {
    fn new(head: &str, group: &str, tail: &str) -> Self {
        let form = |width| Arc::from(format!("{head}{}{tail}", vec![group; width].join(",")));
        Self {
            forms: WIDTHS.iter().map(|width| (*width, form(*width))).collect(),
        }
    }

    /// The text for `width` groups; `width` comes from [`chunks`].
    pub(super) fn of(&self, width: usize) -> AssertSqlSafe<Arc<str>> {
        let form = self
            .forms
            .iter()
            .find(|(of, _)| *of == width)
            .map(|(_, text)| Arc::clone(text));
        // An empty statement does nothing and is refused by what checks the number of rows.
        AssertSqlSafe(form.unwrap_or_else(|| Arc::from("")))
    }
}

/// Parameters: the log's id, then the keys.
pub(super) static FIND_BY_DEDUP: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(
        "SELECT leaf_index, time, leaf_hash, dedup_key, leaf, extra FROM entry WHERE log_id = ? AND dedup_key IN (",
        "?",
        ")",
    )
});

/// Parameters, for each row: `id, time, leaf_hash, dedup_key, leaf, extra`.
pub(super) static INSERT_ENTRIES: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(
        "INSERT INTO entry (id, time, leaf_hash, dedup_key, leaf, extra) VALUES ",
        "(?,?,?,?,?,?)",
        "",
    )
});

/// Cuts `items` into pieces with the width of the form each is for; only a padded statement may use one that is wider
/// than its piece.
pub(super) fn chunks<T>(items: &[T]) -> impl Iterator<Item = (usize, &[T])> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let longest = rest.len();
        // The narrowest form that takes all that is left, or else the widest.
        let fitting = WIDTHS.iter().rev().find(|width| **width >= longest);
        let width = *fitting.unwrap_or(&64);
        let (piece, tail) = rest.split_at_checked(width.min(longest))?;
        rest = tail;
        (!piece.is_empty()).then_some((width, piece))
    })
}

/// Cuts `items` into pieces that are exactly as wide as a form.
pub(super) fn exact_chunks<T>(items: &[T]) -> impl Iterator<Item = (usize, &[T])> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let width = *WIDTHS.iter().find(|width| **width <= rest.len())?;
        let (piece, tail) = rest.split_at_checked(width)?;
        rest = tail;
        Some((width, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_or_fits() {
        let widths = |length: usize| -> Vec<(usize, usize)> {
            chunks(&vec![0; length])
                .map(|(width, piece)| (width, piece.len()))
                .collect()
        };
        assert_eq!(widths(0), []);
        assert_eq!(widths(1), [(1, 1)]);
        assert_eq!(widths(5), [(16, 5)]);
        assert_eq!(widths(70), [(64, 64), (16, 6)]);
    }

    #[test]
    fn exact_pieces_cover_everything() {
        let items: Vec<usize> = (0..150).collect();
        let widths: Vec<usize> = exact_chunks(&items).map(|(width, _)| width).collect();
        assert_eq!(widths, [64, 64, 16, 4, 1, 1]);
        assert_eq!(
            exact_chunks(&items)
                .flat_map(|(_, piece)| piece.to_vec())
                .collect::<Vec<_>>(),
            items
        );
    }
}
