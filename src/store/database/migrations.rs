//! The tables, made and changed step by step.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The migrations, numbered from 1, in the order in which they are applied.
pub(super) fn migrator(texts: &[&'static str]) -> Migrator {
    let migration = |(version, text): (i64, &&'static str)| {
        Migration::new(version, Cow::Borrowed("store"), MigrationType::Simple, Cow::Borrowed(*text), false)
    };
    Migrator { migrations: (1..).zip(texts).map(migration).collect(), ..Migrator::DEFAULT }
}
