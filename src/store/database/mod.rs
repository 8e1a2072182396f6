//! SQLite and PostgreSQL behind one small interface: every query of the store is one text for both.
//!
//! Both know `$1`, `RETURNING` and `ON CONFLICT`; what differs (types, locks, how a transaction begins) stands here and in the migrations.

mod address;
mod fault;
mod migrations;
mod open;
mod postgres;
mod refusal;
mod sqlite;
mod value;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub(super) use open::open;
pub(super) use value::{Row, Value, values};

use crate::{Result, StoreError, Unfit};

/// How often a transaction that clashed with another is begun again.
const ATTEMPTS: u32 = 8;

/// The connections to one database.
#[derive(Debug)]
pub(super) enum Database {
    /// One connection writes, so that no writer of this process waits for another inside SQLite; the others read beside it.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// Any connection does either.
    Postgres(PgPool),
}

/// A transaction.
pub(super) struct Tx {
    inner: Inner,
    /// A query clashed with another transaction: this one must be begun again.
    has_clashed: bool,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// The query with its arguments, for either database.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match *value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// `transact!(BEGIN, tx => BODY)`: the body, a `Result`, in a transaction that is kept where it is `Ok` and undone where not; all of it once
/// more where the transaction clashed with another. (A macro, for a closure that borrows and awaits cannot yet be said to be `Send`.)
macro_rules! transact {
    ($begin:expr, $tx:ident => $body:expr) => {{
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut transaction = $begin.await?;
            let outcome = {
                let $tx = &mut transaction;
                async { $body }.await
            };
            if let Some(outcome) = transaction.end(outcome, attempt).await {
                break outcome;
            }
        }
    }};
}
pub(super) use transact;

/// PostgreSQL keeps no U+0000 in a text; so that both answer alike, neither does here.
fn checked(values: &[Value<'_>]) -> Result<()> {
    let is_unfit = |value: &Value<'_>| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    if values.iter().any(is_unfit) {
        return Err(StoreError::Invalid { field: "text", why: Unfit::NullCharacter });
    }
    Ok(())
}

impl Database {
    /// Rows of one query outside a transaction.
    pub async fn rows(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        checked(values)?;
        match self {
            Self::Sqlite { readers, .. } => {
                let rows = bound!(sql, values).fetch_all(readers).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = bound!(sql, values).fetch_all(pool).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        }
        .map_err(|error| fault::told(&error))
    }

    /// The row of one query outside a transaction.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn row(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Row> {
        self.rows(sql, values).await?.into_iter().next().ok_or(StoreError::NotFound)
    }

    /// A transaction that reads one state of the database with several queries.
    pub async fn snapshot(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite { readers, .. } => readers.begin().await.map(Inner::Sqlite),
            Self::Postgres(pool) => {
                let begun = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
                begun.map(Inner::Postgres)
            }
        };
        Ok(Tx { inner: inner.map_err(|error| fault::told(&error))?, has_clashed: false })
    }

    /// A transaction that writes.
    pub async fn begin_write(&self) -> Result<Tx> {
        self.begin(false).await
    }

    /// A transaction that writes, one at a time over all servers: what it reads stays true until it has ended, and it may write to the
    /// audit log.
    pub async fn begin_change(&self) -> Result<Tx> {
        self.begin(true).await
    }

    async fn begin(&self, alone: bool) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Inner::Postgres),
        };
        let mut tx = Tx { inner: inner.map_err(|error| fault::told(&error))?, has_clashed: false };
        if alone && matches!(tx.inner, Inner::Postgres(_)) {
            tx.rows("SELECT seq FROM audit_head WHERE id = 1 FOR UPDATE", &[]).await?;
        }
        Ok(tx)
    }

    /// Ends the connections after the calls that are under way; the SQLite file then holds everything by itself, so that it can be copied.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                // A connection that closes at the same moment as another may leave this to nobody.
                drop(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await);
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Rows of a query, or of a change with `RETURNING`.
    pub async fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        checked(values)?;
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = bound!(sql, values).fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(tx) => {
                let rows = bound!(sql, values).fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        answer.map_err(|error| self.told(&error))
    }

    /// The first row of a query, where there is one.
    pub async fn optional(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn row(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Row> {
        self.optional(sql, values).await?.ok_or(StoreError::NotFound)
    }

    /// Carries out a change; the result is the number of rows it touched.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64> {
        checked(values)?;
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => bound!(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()),
            Inner::Postgres(tx) => bound!(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()),
        };
        answer.map_err(|error| self.told(&error))
    }

    /// Whether this is PostgreSQL, for the few questions about the database itself.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// An error that has the transaction begun again: another one came in between.
    pub fn clash(&mut self, what: &str) -> StoreError {
        self.has_clashed = true;
        StoreError::Unavailable(format!("another transaction came in between: {what}"))
    }

    fn told(&mut self, error: &sqlx::Error) -> StoreError {
        self.has_clashed |= fault::is_clash(error);
        fault::told(error)
    }

    /// Ends the transaction by the outcome of its work; `None` where it clashed with another and is to be begun again.
    pub async fn end<T>(self, outcome: Result<T>, attempt: u32) -> Option<Result<T>> {
        let (outcome, has_clashed) = match outcome {
            Ok(value) => match self.commit().await {
                Ok(()) => (Ok(value), false),
                Err((error, has_clashed)) => (Err(error), has_clashed),
            },
            Err(error) => {
                let has_clashed = self.has_clashed;
                self.rollback().await;
                (Err(error), has_clashed)
            }
        };
        (!has_clashed || attempt >= ATTEMPTS).then_some(outcome)
    }

    async fn commit(self) -> std::result::Result<(), (StoreError, bool)> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(|error| (fault::told(&error), fault::is_clash(&error)))
    }

    /// Undoes what was written. Where even that fails the connection is broken, and the database undoes it.
    async fn rollback(self) {
        let _ = match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await,
        };
    }
}
