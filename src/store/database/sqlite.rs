//! An SQLite file: durable, one writer, readers beside it.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::migrations::migrator;
use super::refusal::Refusal;
use crate::database::Database;

/// How long a connection waits for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

/// How long a call waits for the one writing connection of this process.
const QUEUE: Duration = Duration::from_secs(15);

/// Connections that read at the same time.
const READERS: u32 = 4;

/// Opens a file that exists, or will be made.
pub(super) async fn open_file(path: &Path, may_create: bool) -> Result<Database, Refusal> {
    if may_create {
        make_private(path)?;
    }
    let options = durable(SqliteConnectOptions::new().filename(path)).create_if_missing(may_create);
    prepare(&options).await?;
    let writer = sound(pool(1)).connect_lazy_with(options.clone());
    let readers = sound(pool(READERS)).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Database::Sqlite { writer, readers })
}

/// A database in memory: one connection, for it goes when the last connection goes.
pub(super) async fn open_memory() -> Result<Database, Refusal> {
    let options = durable(SqliteConnectOptions::new().in_memory(true));
    let only = pool(1).min_connections(1).idle_timeout(None).max_lifetime(None).connect_with(options).await?;
    let mut connection = only.acquire().await?;
    migrate(&mut connection).await?;
    drop(connection);
    Ok(Database::Sqlite { writer: only.clone(), readers: only })
}

/// `synchronous = FULL`: a commit that is acknowledged is on disk, even in WAL mode.
fn durable(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("cell_size_check", "ON")
        .disable_statement_logging()
}

/// Options of a pool whose connections stay open: opening one anew costs more than keeping it.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(QUEUE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Connections that come back within a transaction are closed, and others opened in their place. After a full disk SQLite has undone the
/// transaction by itself, and the driver, whose own ROLLBACK then fails, counts it as begun for ever.
fn sound(options: SqlitePoolOptions) -> SqlitePoolOptions {
    options.before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
}

/// Changing to WAL mode needs the file alone and is not covered by the busy timeout: several servers that start at once take turns.
async fn prepare(options: &SqliteConnectOptions) -> Result<(), Refusal> {
    let mut wait = Duration::from_millis(20);
    for _ in 0..8 {
        match try_prepare(options).await {
            Err(refusal) if refusal.is_busy() => tokio::time::sleep(wait).await,
            outcome => return outcome,
        }
        wait *= 2;
    }
    try_prepare(options).await
}

async fn try_prepare(options: &SqliteConnectOptions) -> Result<(), Refusal> {
    let mut connection = options.connect().await?;
    let outcome = migrate(&mut connection).await;
    connection.close().await?;
    outcome
}

/// All migrations in one immediate transaction, so that of two servers one waits and then finds them done.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), Refusal> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'",
    )
    .fetch_all(&mut *tx)
    .await?;
    if !names.is_empty() && !names.iter().any(|name| name == "_sqlx_migrations") {
        return Err(Refusal::Foreign);
    }
    migrator(&[
        include_str!("../migrations/sqlite/0001_store.sql"),
        include_str!("../migrations/sqlite/0002_negotiations.sql"),
        include_str!("../migrations/sqlite/0003_sessions.sql"),
        include_str!("../migrations/sqlite/0004_workbench.sql"),
    ])
    .run_direct(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A new file can be read by its owner alone; SQLite gives its companions the same rights.
fn make_private(path: &Path) -> Result<(), Refusal> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Refusal::Io(error)),
    }
}
