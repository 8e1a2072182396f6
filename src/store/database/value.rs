//! Arguments and rows of a query, the same for both databases.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::{Moment, Result, StoreError};

/// An argument of a query, `$1`, `$2` … in both databases.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<Moment> for Value<'_> {
    fn from(value: Moment) -> Self {
        Self::Int(Some(value.0))
    }
}

impl From<Option<Moment>> for Value<'_> {
    fn from(value: Option<Moment>) -> Self {
        Self::Int(value.map(|moment| moment.0))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(Some(value))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

/// Arguments of a query from anything that can be one.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::database::Value::from($value)),*] };
}
pub(crate) use values;

/// A row of an answer, read by the names of its columns.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// The same `try_get` on the row of either database.
macro_rules! get {
    ($row:expr, $name:expr, $kind:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get::<$kind, _>($name),
            Row::Postgres(row) => row.try_get::<$kind, _>($name),
        }
        .map_err(|error| StoreError::Failed(error.to_string()))
    };
}

impl Row {
    pub fn int(&self, name: &'static str) -> Result<i64> {
        get!(self, name, i64)
    }

    pub fn optional_int(&self, name: &'static str) -> Result<Option<i64>> {
        get!(self, name, Option<i64>)
    }

    pub fn moment(&self, name: &'static str) -> Result<Moment> {
        self.int(name).map(Moment)
    }

    pub fn optional_moment(&self, name: &'static str) -> Result<Option<Moment>> {
        Ok(self.optional_int(name)?.map(Moment))
    }

    pub fn text(&self, name: &'static str) -> Result<String> {
        get!(self, name, String)
    }

    pub fn optional_text(&self, name: &'static str) -> Result<Option<String>> {
        get!(self, name, Option<String>)
    }

    pub fn bytes(&self, name: &'static str) -> Result<Vec<u8>> {
        get!(self, name, Vec<u8>)
    }

    pub fn optional_bytes(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        get!(self, name, Option<Vec<u8>>)
    }
}
