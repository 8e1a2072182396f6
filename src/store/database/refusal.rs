//! Why a database was not opened.

use std::borrow::Cow;
use std::io;

use sqlx::migrate::MigrateError;

use super::address::place;
use crate::finding::Finding;

/// Why a database was not opened.
#[derive(Debug)]
pub(super) enum Refusal {
    Address,
    /// It has tables, but not ours.
    Foreign,
    Io(io::Error),
    Database(sqlx::Error),
    Migration(MigrateError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for Refusal {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::Database(error),
            other => Self::Migration(other),
        }
    }
}

impl Refusal {
    /// Whether another process holds the file (SQLite: BUSY, LOCKED).
    pub fn is_busy(&self) -> bool {
        self.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.code().map(Cow::into_owned),
            _ => None,
        }
    }

    /// As a finding at the address as it is shown.
    pub fn finding(&self, shown: &str) -> Finding {
        let error = |code| Finding::error(code, place()).with("address", shown);
        match self {
            Self::Address => error("store.address"),
            Self::Foreign | Self::Migration(MigrateError::VersionMismatch(_)) => error("store.foreign"),
            Self::Migration(MigrateError::VersionMissing(_)) => error("store.newer"),
            Self::Migration(other) => error("store.unusable").with("why", other.to_string()),
            Self::Io(why) => error("store.unreachable").with("why", why.to_string()),
            Self::Database(sqlx::Error::Tls(_)) => error("store.no_tls"),
            Self::Database(why) => match self.code().as_deref() {
                Some("28P01" | "28000") => error("store.access"),
                Some("3D000") => error("store.no_database"),
                Some("42501") => error("store.rights"),
                Some("26") => error("store.not_sqlite"),
                Some("11") => error("store.damaged"),
                Some(_) => error("store.unusable").with("why", why.to_string()),
                None => error("store.unreachable").with("why", why.to_string()),
            },
        }
    }
}
