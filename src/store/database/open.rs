//! From an address to an open database with all its tables, or findings that say why not.

use std::path::Path;

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
