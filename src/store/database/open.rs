//! From an address to an open database with all its tables, or findings that say why not.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::address::{self, Address, place};
use super::{Database, postgres, sqlite};
use crate::finding::{Finding, Findings};

/// Opens the database at an address; an SQLite file that is missing is made where `may_create`.
///
/// # Errors
/// The address is not understood, the database cannot be reached, is not ours, or was made by a newer version.
pub(crate) async fn open(address: &str, may_create: bool) -> Result<Database, Findings> {
    let opened = match address::read(address)? {
        Address::Memory => sqlite::open_memory().await,
        Address::File(path) => {
            look_at(&path, may_create)?;
            sqlite::open_file(&path, may_create).await
        }
        Address::Postgres(address) => postgres::open(&address).await,
    };
    opened.map_err(|refusal| refusal.finding(&address::shown(address)).into())
}

/// What can be said of a path before SQLite sees it.
fn look_at(path: &Path, may_create: bool) -> Result<(), Finding> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Finding::error("store.is_folder", place()).with("path", name));
    }
    if !may_create && !path.exists() {
        return Err(Finding::error("store.no_file", place()).with("path", name));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(Finding::error("store.no_folder", place())
            .with("path", name)
            .with("folder", folder.display().to_string())),
        _ => Ok(()),
    }
}

/// The migrations, numbered from 1, in the order in which they are applied.
pub(super) fn migrator(texts: &[&'static str]) -> Migrator {
    let migration = |(version, text): (i64, &&'static str)| {
        Migration::new(version, Cow::Borrowed("store"), MigrationType::Simple, Cow::Borrowed(*text), false)
    };
    Migrator { migrations: (1..).zip(texts).map(migration).collect(), ..Migrator::DEFAULT }
}

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

    fn finding(&self, shown: &str) -> Finding {
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
