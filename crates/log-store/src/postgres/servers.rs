//! The servers that a URL names, and which of them is the primary.

use std::str::FromStr as _;
use std::time::Duration;

use sigbox_log_engine::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::PostgresOpenError;
use super::fault::{store_error, timed_out};

/// How long one server may take to be reached before the next one is tried.
const ONE_SERVER: Duration = Duration::from_secs(2);

/// Between two looks at servers of which none was a primary.
const PAUSE: Duration = Duration::from_millis(50);

/// One or more servers of which one is the primary at a time.
#[derive(Clone)]
pub(super) struct Servers(Vec<PgConnectOptions>);

impl Servers {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?PARAMETERS`; a parameter `host` may name several
    /// hosts or socket directories as well.
    ///
    /// A host that is not this machine is reached over TLS with a verified name, unless `sslmode` says otherwise.
    pub(super) fn parse(url: &str) -> Result<Self, PostgresOpenError> {
        let bad = |rule: &str| PostgresOpenError::Url {
            rule: rule.to_owned(),
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("no scheme"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(bad("the scheme is neither postgres nor postgresql"));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let (tail, named) = take_hosts(tail);
        let hosts: Vec<String> = match named {
            Some(list) => list
                .split(',')
                .map(|host| format!("{tail}{}host={host}", separator(&tail)))
                .map(|tail| format!("{scheme}://{user}localhost{tail}"))
                .collect(),
            None => hosts
                .split(',')
                .map(|host| format!("{scheme}://{user}{host}{tail}"))
                .collect(),
        };
        let explicit = tail.contains("sslmode=") || tail.contains("ssl-mode=");
        let servers: Result<Vec<_>, _> = hosts.iter().map(|url| server(url, explicit)).collect();
        servers.map(Self).map_err(|error| bad(&error.to_string()))
    }

    /// Whether a standby may take over.
    pub(super) fn have_standby(&self) -> bool {
        self.0.len() > 1
    }

    /// A connection to the primary, and how to make more; waits until `deadline` for one to appear. `first` tells, modulo
    /// their number, which server is tried first.
    pub(super) async fn primary(
        &self,
        first: usize,
        deadline: Instant,
    ) -> Result<(PgConnectOptions, PgConnection), StoreError> {
        loop {
            let mut last = None;
            let turned = first.checked_rem(self.0.len()).unwrap_or(0);
            for server in self.0.iter().cycle().skip(turned).take(self.0.len()) {
                let found = timeout(ONE_SERVER, connect(server));
                match timeout_at(deadline, found).await {
                    Ok(Ok(Ok(connection))) => return Ok((server.clone(), connection)),
                    Ok(Ok(Err(error))) => last = Some(error),
                    Ok(Err(_)) | Err(_) => last = Some(timed_out()),
                }
            }
            let transient = matches!(
                last,
                Some(
                    StoreError::Unreachable { .. }
                        | StoreError::Weak { .. }
                        | StoreError::Busy { .. }
                )
            );
            if !transient || Instant::now() + PAUSE >= deadline {
                return Err(last.unwrap_or_else(timed_out));
            }
            sleep_until(Instant::now() + PAUSE).await;
        }
    }
}

/// Connects to a server if it is a primary.
async fn connect(server: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let mut connection = server.connect().await.map_err(store_error)?;
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()")
        .fetch_one(&mut connection)
        .await
        .map_err(store_error)?;
    if standby {
        return Err(StoreError::Weak {
            setting: "pg_is_in_recovery",
            found: "true".to_owned(),
            expected: "false, a primary",
        });
    }
    Ok(connection)
}

fn server(url: &str, tls_is_explicit: bool) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("sigbox")
        .disable_statement_logging();
    let near = options.get_socket().is_some()
        || matches!(
            options.get_host(),
            "localhost" | "127.0.0.1" | "::1" | "[::1]"
        )
        || options.get_host().starts_with('/');
    if near || tls_is_explicit {
        return Ok(options);
    }
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

fn separator(tail: &str) -> char {
    if tail.contains('?') { '&' } else { '?' }
}

/// Takes the parameter `host` out of path and query.
fn take_hosts(tail: &str) -> (String, Option<String>) {
    let Some((path, query)) = tail.split_once('?') else {
        return (tail.to_owned(), None);
    };
    let (hosts, others): (Vec<&str>, Vec<&str>) = query
        .split('&')
        .partition(|parameter| parameter.starts_with("host="));
    let named = hosts
        .first()
        .and_then(|host| host.strip_prefix("host="))
        .map(|hosts| hosts.replace("%2C", ",").replace("%2c", ","));
    let others = others.join("&");
    if others.is_empty() {
        (path.to_owned(), named)
    } else {
        (format!("{path}?{others}"), named)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn hosts(url: &str) -> Vec<(String, u16)> {
        let host = |server: &PgConnectOptions| match server.get_socket() {
            Some(path) => path.display().to_string(),
            None => server.get_host().to_owned(),
        };
        let servers = Servers::parse(url).unwrap();
        servers
            .0
            .iter()
            .map(|server| (host(server), server.get_port()))
            .collect()
    }

    #[test]
    fn reads_one_host_and_several() {
        assert_eq!(
            hosts("postgres://u@db.example:5433/logs"),
            [("db.example".to_owned(), 5433)]
        );
        assert_eq!(
            hosts("postgresql://u:p@a.example:1,b.example/logs"),
            [("a.example".to_owned(), 1), ("b.example".to_owned(), 5432)]
        );
        assert_eq!(
            hosts("postgres:///logs?host=/run/a,/run/b&user=u"),
            [("/run/a".to_owned(), 5432), ("/run/b".to_owned(), 5432)]
        );
    }

    #[test]
    fn another_machine_is_reached_over_verified_tls_unless_told_otherwise() {
        let mode = |url| Servers::parse(url).unwrap().0[0].get_ssl_mode();
        let verified = |url| matches!(mode(url), PgSslMode::VerifyFull);
        assert!(verified("postgres://u@db.example/logs"));
        assert!(verified("postgres://u@a.example,localhost/logs"));
        assert!(!verified("postgres://u@localhost/logs"));
        assert!(matches!(
            mode("postgres://u@db.example/logs?sslmode=require"),
            PgSslMode::Require
        ));
    }

    #[test]
    fn other_schemes_are_refused_without_repeating_the_url() {
        let refused = |url| Servers::parse(url).err().unwrap().to_string();
        assert_eq!(
            refused("mysql://u:secret@db.example/logs"),
            "the database URL is not of the form postgres://USER@HOST[,HOST]/DATABASE: the scheme is neither postgres nor postgresql"
        );
        assert!(!refused("postgres://u:secret@db.example:port/logs").contains("secret"));
    }
}
