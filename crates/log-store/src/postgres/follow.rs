//! Following the heads that other processes commit.

use std::time::Duration;

use sigbox_log_engine::{Heads, StoreError};
use sqlx::postgres::PgListener;
use sqlx::{Acquire as _, PgPool};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use super::fault::store_error;
use super::session::{self, Demands};

/// The channel on which a commit is told; a database has its own channels.
pub(super) const CHANNEL: &str = "sigbox_heads";

/// Without a notice the heads are looked at all the same: a pooler may swallow notices.
const LOOK: Duration = Duration::from_secs(1);

/// Between two attempts to listen.
const PAUSE: Duration = Duration::from_millis(200);

/// Listens until nobody follows any more.
pub(super) async fn follow(shared: std::sync::Arc<Shared>, heads: watch::Sender<Heads>) {
    while !shared.is_closed() {
        let pool = shared.readers();
        if let Err(error) = listen(&shared, &pool, &heads).await
            && !shared.is_closed()
        {
            tracing::debug!(error = &error as &dyn std::error::Error, "listening again");
            sleep_until(Instant::now() + PAUSE).await;
        }
    }
}

/// One session. It begins with settled heads: what it reads later was committed while it lived, by a server that has not
/// been restarted since, so it was not shown before it was durable.
async fn listen(
    shared: &Shared,
    pool: &PgPool,
    heads: &watch::Sender<Heads>,
) -> Result<(), StoreError> {
    let mut listener = PgListener::connect_with(pool).await.map_err(store_error)?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await.map_err(store_error)?;
    {
        let connection = listener.acquire().await.map_err(store_error)?;
        let demands = Demands { standby: false };
        heads.send_replace(session::settled_heads(connection, None, demands).await?);
    }
    loop {
        match timeout(LOOK, listener.try_recv()).await {
            // Our own commits are known here already.
            Ok(Ok(Some(notice))) if shared.is_own(notice.process_id()) => continue,
            Ok(Ok(Some(_))) | Err(_) => {}
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(store_error(error)),
        }
        if shared.is_closed() || heads.is_closed() {
            return Ok(());
        }
        // One look answers for every notice that has arrived.
        while listener.next_buffered().is_some() {}
        let connection = listener.acquire().await.map_err(store_error)?;
        let found = session::heads(connection).await?;
        heads.send_if_modified(|known| {
            let moved = *known != found;
            *known = found;
            moved
        });
    }
}
