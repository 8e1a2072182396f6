//! What is kept in versions under a name: its newest version, any other, lists of both.

use std::sync::Arc;

use super::database::{Database, Row, Tx, values};
use super::{Page, PageRequest, Result, StoreError};

/// The queries of one table of versions, and how its rows are read.
#[derive(Debug)]
pub(super) struct Versioned<T> {
    pub newest: &'static str,
    pub exact: &'static str,
    pub list: &'static str,
    pub versions: &'static str,
    /// What cursors of either list begin with.
    pub cursors: (&'static str, &'static str),
    pub entry: fn(&Row) -> Result<T>,
    /// Name and version.
    pub key: fn(&T) -> (String, i64),
}

/// The queries of a table with these columns.
macro_rules! versioned {
    ($table:literal, $columns:literal, $cursors:expr, $entry:expr, $key:expr) => {
        $crate::versions::Versioned {
            newest: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " WHERE org = $1 AND name = $2 ORDER BY version DESC LIMIT 1"
            ),
            exact: concat!("SELECT ", $columns, " FROM ", $table, " WHERE org = $1 AND name = $2 AND version = $3"),
            list: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " AS latest WHERE org = $1 AND name > $2 AND version =
                 (SELECT MAX(version) FROM ",
                $table,
                " AS every
                  WHERE every.org = latest.org AND every.name = latest.name)
                 ORDER BY name LIMIT $3"
            ),
            versions: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " WHERE org = $1 AND name = $2 AND version < $3 ORDER BY version DESC LIMIT $4"
            ),
            cursors: $cursors,
            entry: $entry,
            key: $key,
        }
    };
}

pub(super) use versioned;

impl<T> Versioned<T> {
    /// The newest version of a name, where there is one.
    pub async fn latest(&self, tx: &mut Tx, org: &str, name: &str) -> Result<Option<T>> {
        let row = tx.optional(self.newest, values![org, name]).await?;
        row.as_ref().map(self.entry).transpose()
    }

    /// One version of a name, the newest where none is asked for.
    pub async fn find(&self, tx: &mut Tx, org: &str, name: &str, version: Option<i64>) -> Result<T> {
        let row = match version {
            Some(version) => tx.row(self.exact, values![org, name, version]).await?,
            None => tx.row(self.newest, values![org, name]).await?,
        };
        (self.entry)(&row)
    }

    /// The newest versions of all names.
    pub async fn list(&self, database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<T>> {
        let cursor = self.cursors.0;
        let rows = database.rows(self.list, values![&org, &page.after(cursor)?, page.rows()]).await?;
        let rows = rows.iter().map(|row| (self.entry)(row).map(|entry| ((self.key)(&entry).0, entry)));
        Ok(page.by_name(cursor, rows.collect::<Result<_>>()?))
    }

    /// The versions of one name, the newest first.
    pub async fn versions(
        &self,
        database: Arc<Database>,
        org: String,
        name: String,
        page: PageRequest,
    ) -> Result<Page<T>> {
        let cursor = self.cursors.1;
        let below = page.below(cursor)?;
        let rows = database.rows(self.versions, values![&org, &name, below, page.rows()]).await?;
        if rows.is_empty() && page.cursor.is_none() {
            return Err(StoreError::NotFound);
        }
        let rows = rows.iter().map(|row| (self.entry)(row).map(|entry| ((self.key)(&entry).1, entry)));
        Ok(page.by_number(cursor, rows.collect::<Result<_>>()?))
    }
}
