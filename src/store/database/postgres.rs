//! A PostgreSQL server: a pool that recovers by itself when the server comes back.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use super::migrations::migrator;
use super::refusal::Refusal;
use crate::database::Database;

/// How long a call waits for a connection before it says that the database cannot be reached.
const QUEUE: Duration = Duration::from_secs(4);

/// Connections of one server.
const CONNECTIONS: u32 = 12;

/// What every connection sets: no statement and no lock takes for ever, and a commit that is acknowledged is on disk.
const SETTINGS: [(&str, &str); 5] = [
    ("statement_timeout", "20s"),
    ("lock_timeout", "8s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("synchronous_commit", "on"),
    ("client_min_messages", "warning"),
];

/// Opens the database of an address; its password goes nowhere but to the server.
pub(super) async fn open(address: &str) -> Result<Database, Refusal> {
    let options = PgConnectOptions::from_str(address).map_err(|_| Refusal::Address)?;
    let options = options.application_name("ecocomp").options(SETTINGS).disable_statement_logging();
    // The lock that migrations take keeps two servers that start at once apart; it goes with its connection.
    let mut connection = tokio::time::timeout(Duration::from_secs(10), options.connect())
        .await
        .map_err(|_| Refusal::Io(std::io::ErrorKind::TimedOut.into()))??;
    let migrations = migrator(&[
        include_str!("../migrations/postgres/0001_store.sql"),
        include_str!("../migrations/postgres/0002_negotiations.sql"),
        include_str!("../migrations/postgres/0003_sessions.sql"),
        include_str!("../migrations/postgres/0004_workbench.sql"),
    ]);
    let migrated = migrations.run_direct(&mut connection).await;
    let _ = connection.close().await;
    migrated?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(QUEUE)
        .idle_timeout(Duration::from_secs(600))
        .connect_lazy_with(options);
    Ok(Database::Postgres(pool))
}
