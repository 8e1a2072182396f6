//! Which account of a book: year, norm and prices; and what an account is made of.

use crate::book::Book;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};

/// What an account is made of: figures, methods and prices, of one book or of several.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Figures and territory, with their year.
    pub figures: (&'a Book, i32),
    /// Indicators, norm, formulas and parameters, with norm and year.
    pub methods: (&'a Book, &'a str, i32),
    /// Prices, with set and year of the account.
    pub prices: (&'a Book, &'a str, i32),
}

/// Which account of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The year.
    pub year: i32,
    /// The norm.
    pub norm: String,
    /// The price set.
    pub prices: String,
}

impl Chosen {
    /// What is asked for, else what the account says.
    ///
    /// # Errors
    /// A norm, price set or year that there is not, or none is said.
    pub fn of(book: &Book, year: Option<i32>, norm: Option<&str>, prices: Option<&str>) -> Result<Self, Findings> {
        let manifest = &book.manifest;
        let mut log = FindingLog::default();
        let only =
            |mut names: Vec<String>| if names.len() == 1 { names.pop().unwrap_or_default() } else { String::new() };
        let pick = |asked: Option<&str>, usual: &str, known: Vec<String>| match asked.map(str::to_owned) {
            Some(asked) => asked,
            None if usual.is_empty() => only(known),
            None => usual.to_owned(),
        };
        let norms: Vec<String> = book.norms.keys().cloned().collect();
        let sets: Vec<String> = manifest.price_sets.keys().cloned().collect();
        let norm = pick(norm, &manifest.norm, norms.clone());
        let prices = pick(prices, &manifest.prices, sets.clone());
        let place = |key: &str| Place::file(&manifest.file).column(key);
        if !norms.contains(&norm) {
            let like = hint(&norm, norms.iter().map(String::as_str)).text();
            log.push(Finding::error("gep.norm_unknown", place("account.norm")).with("norm", &norm).with("like", like));
        }
        if !sets.contains(&prices) {
            let like = hint(&prices, sets.iter().map(String::as_str)).text();
            log.push(
                Finding::error("gep.prices_unknown", place("account.prices"))
                    .with("prices", &prices)
                    .with("like", like),
            );
        }
        let years = book.quantities.years();
        let year = year.or(manifest.year).or_else(|| if years.len() == 1 { years.first().copied() } else { None });
        let list = years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match year {
            Some(year) if years.contains(&year) => {}
            Some(year) => log.push(
                Finding::error("gep.no_year", place("account.year")).with("year", year.to_string()).with("years", list),
            ),
            None => log.push(Finding::error("gep.which_year", place("account.year")).with("years", list)),
        }
        Findings::gate(Self { year: year.unwrap_or(0), norm, prices }, log.into_findings()).map(|(chosen, _)| chosen)
    }

    /// The sources of an account of one book.
    pub fn sources<'a>(&'a self, book: &'a Book) -> Sources<'a> {
        Sources {
            figures: (book, self.year),
            methods: (book, &self.norm, self.year),
            prices: (book, &self.prices, self.year),
        }
    }
}
