//! How long a command waits for services, and that a person's time does not count.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

tokio::task_local! {
    /// Time that was granted and is not used yet.
    static GRANTED: Cell<Duration>;
}

/// When a command gives up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// After exactly this, because the user has said so.
    Exact(Duration),
    /// After this, and what a person was [granted](grant) on the way.
    Usual(Duration),
}

/// Grants the running command more time, because a person has been given that long; nothing under [`Limit::Exact`].
pub(crate) fn grant(length: Duration) {
    // Who runs a recipe without a limit needs no more time.
    let _ = GRANTED.try_with(|granted| granted.set(granted.get().saturating_add(length)));
}

/// What comes of it, or `None` if that takes longer than the limit.
pub(crate) async fn within<T>(limit: Limit, recipe: impl Future<Output = T>) -> Option<T> {
    let usual = match limit {
        Limit::Exact(length) => return tokio::time::timeout(length, recipe).await.ok(),
        Limit::Usual(length) => length,
    };
    let extended = async {
        let mut recipe = pin!(recipe);
        let mut length = usual;
        loop {
            if let Ok(outcome) = tokio::time::timeout(length, recipe.as_mut()).await {
                return Some(outcome);
            }
            length = GRANTED.with(Cell::take);
            if length.is_zero() {
                return None;
            }
        }
    };
    GRANTED.scope(Cell::default(), extended).await
}

#[cfg(test)]
mod tests {
    use super::{Duration, Limit, grant, within};

    const HOUR: Duration = Duration::from_hours(1);

    /// Takes longer than no time at all.
    async fn slow() -> u8 {
        let never = std::future::pending::<()>();
        let _ = tokio::time::timeout(Duration::from_millis(2), never).await;
        7
    }

    async fn granted(length: Duration) -> u8 {
        grant(length);
        slow().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_persons_time_does_not_count_unless_the_user_said_how_long() {
        let (usual, exact) = (Limit::Usual(Duration::ZERO), Limit::Exact(Duration::ZERO));
        assert_eq!(within(usual, slow()).await, None);
        assert_eq!(within(usual, granted(HOUR)).await, Some(7));
        assert_eq!(within(exact, granted(HOUR)).await, None);
        assert_eq!(within(Limit::Exact(HOUR), slow()).await, Some(7));
        // The grant of one command is not that of the next.
        assert_eq!(within(usual, slow()).await, None);
        assert_eq!(granted(HOUR).await, 7);
    }
}
