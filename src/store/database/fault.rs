//! What an error of a database means to whoever asked.

use sqlx::error::DatabaseError;

use crate::StoreError;

/// The error as the store tells it.
pub(crate) fn told(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.to_string()),
        sqlx::Error::Database(inner) if is_passing(inner.as_ref()) => StoreError::Unavailable(inner.to_string()),
        _ => StoreError::Failed(error.to_string()),
    }
}

/// Whether the same transaction, begun again, may well go through.
pub(crate) fn is_clash(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(inner) = error else { return false };
    inner.is_unique_violation()
        || match inner.code().as_deref() {
            // PostgreSQL: serialization failure, deadlock.
            Some("40001" | "40P01") => true,
            // SQLite: a reader's snapshot is too old to write on.
            Some("517") => true,
            _ => false,
        }
}

/// A state of the server that passes: connection, resources, shutdown, locks (PostgreSQL); busy, locked, a disk that is full or does not
/// answer, a file that cannot be opened (SQLite).
fn is_passing(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if code.len() == 5 {
        return ["08", "53", "57"].iter().any(|class| code.starts_with(class))
            || matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "25006" | "25P03" | "58030");
    }
    // The lowest byte of SQLite's extended codes: BUSY, LOCKED, IOERR, FULL, CANTOPEN, PROTOCOL.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14 | 15))
}
