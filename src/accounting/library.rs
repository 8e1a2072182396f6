//! The shipped library: indicators, norms, formulas and usual methods, as an account without figures.

use crate::book::Book;
use crate::dataset::Source;
use crate::finding::Findings;
use crate::manifest::FILE;

macro_rules! shipped {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../datasets/gep/library/", $name)))),*]
    };
}

/// Its files.
const FILES: &[(&str, &str)] = shipped!(
    "account.toml",
    "indicators.csv",
    "norms.csv",
    "methods.csv",
    "formulas.csv",
    "variables.csv",
    "ladders.csv"
);

/// Opens the library.
///
/// # Errors
/// Everything that is wrong with its files, which a test keeps empty.
pub fn library() -> Result<Book, Findings> {
    let files = FILES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    debug_assert!(FILES.iter().any(|(name, _)| *name == FILE));
    Book::open(&Source { name: "library".to_owned(), files }).map(|(book, _)| book)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_opens_without_a_word() {
        let files = FILES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        let (book, noticed) =
            Book::open(&Source { name: "library".to_owned(), files }).unwrap_or_else(|found| panic!("{found}"));
        assert!(noticed.is_empty(), "{noticed:?}");
        assert!(book.formulas.len() > 140 && book.norms.len() >= 7 && book.methods.len() > 25);
    }
}
