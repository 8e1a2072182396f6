//! Accounts as the shipped files or as text, opened.

use std::path::{Path, PathBuf};

use ecocomp::accounting::book::Book;
use ecocomp::accounting::manifest::{FILE, Manifest};
use ecocomp::dataset::Source;
use ecocomp::finding::{Finding, Findings};

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files of a shipped account.
pub fn files(name: &str) -> Source {
    let folder = repository("datasets/gep").join(name);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
    }
    let head = files.iter().find(|(name, _)| name == FILE).unwrap().1.clone();
    let manifest =
        Manifest::read(std::str::from_utf8(&head).unwrap(), FILE).unwrap_or_else(|found| panic!("{name}\n{found}"));
    for name in manifest.named() {
        if !files.iter().any(|(known, _)| known == name) {
            files.push((name.to_owned(), std::fs::read(folder.join(name)).unwrap()));
        }
    }
    files.sort();
    Source { name: name.to_owned(), files }
}

/// A shipped account.
pub fn shipped(name: &str) -> Book {
    Book::open(&files(name)).unwrap_or_else(|found| panic!("{name}\n{found}")).0
}

/// An account of texts: `account.toml` and tables by name.
pub fn open(files: &[(&str, &str)]) -> Result<(Book, Vec<Finding>), Findings> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    Book::open(&Source { name: "account".to_owned(), files })
}
