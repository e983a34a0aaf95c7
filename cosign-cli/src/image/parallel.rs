//! Several pieces of work at once, their results in order.

use tokio::task::JoinSet;

/// Runs at most `workers` pieces of work at a time; results stand in the order of the work.
pub(crate) async fn in_order<F, T>(work: Vec<F>, workers: usize) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut running = JoinSet::new();
    let mut done = Vec::with_capacity(work.len());
    let mut waiting = work.into_iter().enumerate();
    loop {
        while running.len() < workers.max(1) {
            let Some((position, work)) = waiting.next() else {
                break;
            };
            running.spawn(async move { (position, work.await) });
        }
        match running.join_next().await {
            Some(Ok(result)) => done.push(result),
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Nobody cancels a piece of work.
            Some(Err(_)) => {}
            None => break,
        }
    }
    done.sort_by_key(|(position, _)| *position);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn results_are_in_order_and_few_run_at_once() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..20_usize).map(|number| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..(20 - number) {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                number
            }
        });
        let results = in_order(work.collect(), 3).await;
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }
}
