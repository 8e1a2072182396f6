//! A part of an account as the figures that an allocation divides by, and changes of its prices and parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::book::Book;
use crate::dataset::{Source, hex};
use crate::downscale::{close, downscaled};
use crate::entry::Entry;
use crate::finding::{Finding, Findings, Place, hint};
use crate::ledger::{Chosen, Ledger, Line};
use crate::manifest::View;
use crate::norm::Include;
use crate::statement::{Account, account, stated};
use crate::value::Value;

/// Which part of which account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// View, by id.
    pub view: String,
    /// Year; that of the account where none is said.
    pub year: Option<i32>,
    /// Whether figures of areas are divided among their parts.
    pub downscaled: bool,
}

/// What a change changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Prices.
    Price,
    /// Parameters.
    Parameter,
}

/// What happens to a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// It becomes this, in the unit if one is written.
    Set(Value, String),
    /// This is added, in the unit if one is written.
    Add(Value, String),
    /// It is multiplied.
    Scale(Value),
}

/// A change of rows of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Prices or parameters.
    pub target: Target,
    /// Their name, with or without `price.` before it.
    pub name: String,
    /// Ecosystems; none for all.
    pub ecosystems: Vec<String>,
    /// Areas; none for all.
    pub areas: Vec<String>,
    /// What happens.
    pub deed: Deed,
    /// Where it is written.
    pub place: Place,
}

/// A value that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// Row, with ecosystem and scope.
    pub row: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
    /// Unit of both.
    pub unit: String,
}

/// Figures by area and ecosystem, in 分.
pub type Figures = BTreeMap<(String, String), i64>;

/// An account that an allocation divides by.
#[derive(Debug, Clone)]
pub struct Linked {
    book: Arc<Book>,
    /// The account with figures divided among parts, where that is asked for.
    divided: Option<Arc<Book>>,
    chosen: Chosen,
    view: View,
    hash: String,
    /// Names of prices and parameters that changes changed.
    moved: BTreeSet<String>,
    /// The values of the account as it was opened, line by line.
    known: Arc<OnceLock<Lines>>,
}

/// Values by line: area and ecosystem by position, and 分.
type Lines = BTreeMap<usize, Vec<(u32, u32, i64)>>;

impl Linked {
    /// Opens an account and chooses the part.
    ///
    /// # Errors
    /// What is wrong with the account, or a view that there is not; `place` is where the view is named.
    pub fn open(source: &Source, asked: &Asked, place: &Place) -> Result<(Self, Vec<Finding>), Findings> {
        let (book, warnings) = Book::open(source)?;
        let Some(view) = book.manifest.views.get(&asked.view).cloned() else {
            let like = hint(&asked.view, book.manifest.views.keys().map(String::as_str)).text();
            return Err(Finding::error("gep.view_unknown", place.clone())
                .with("view", &asked.view)
                .with("like", like)
                .into());
        };
        let chosen = Chosen::of(&book, asked.year, view.norm.as_deref(), view.prices.as_deref())?;
        let divided = if asked.downscaled { Some(Arc::new(downscaled(&book)?)) } else { None };
        let text = format!("{}\n{asked:?}\n{chosen:?}", book.hashes().account);
        let hash = hex(&Sha256::digest(text.as_bytes()));
        let (moved, known) = (BTreeSet::new(), Arc::new(OnceLock::new()));
        Ok((Self { book: Arc::new(book), divided, chosen, view, hash, moved, known }, warnings))
    }

    /// The account.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The view.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Year, norm and prices.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Hash of account, view and changes.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The figures. Under changes only the lines that take a changed price or parameter are valued anew.
    ///
    /// # Errors
    /// What stands in the way of the account.
    pub fn figures(&self) -> Result<Figures, Findings> {
        let book = self.divided.as_deref().unwrap_or(&self.book);
        let known = self.known.get().filter(|_| !self.moved.is_empty());
        let lines = self.valued(book, known)?;
        if self.moved.is_empty() {
            // Whoever was first has the same.
            let _ = self.known.set(lines.clone());
        }
        let mut sums: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        for (area, ecosystem, fen) in lines.values().flatten() {
            let sum = sums.entry((*area, *ecosystem)).or_insert(0);
            *sum = sum.checked_add(*fen).ok_or_else(|| {
                Findings::from(Finding::error("gep.too_large", Place::default()).with("what", &book.manifest.id))
            })?;
        }
        let word = |list: &[String], at: u32| list.get(at as usize).cloned().unwrap_or_default();
        let named = |((area, ecosystem), fen)| {
            ((word(&book.quantities.areas, area), word(&book.quantities.ecosystems, ecosystem)), fen)
        };
        Ok(sums.into_iter().map(named).collect())
    }

    /// The values of the view's lines; those that no change touches as they are known.
    fn valued(&self, book: &Book, known: Option<&Lines>) -> Result<Lines, Findings> {
        let tree = &book.tree;
        let find = |codes: &[String]| -> Result<Vec<usize>, Finding> {
            let one = |code: &String| {
                tree.find(code).ok_or_else(|| {
                    let like = hint(code, tree.entries.iter().map(|entry| entry.code.as_str())).text();
                    Finding::error("gep.code_unknown", self.view.place.clone()).with("code", code).with("like", like)
                })
            };
            codes.iter().map(one).collect()
        };
        let (within, without) = (find(&self.view.within)?, find(&self.view.without)?);
        let any = |list: &[usize], at: usize| list.iter().any(|above| tree.is_within(at, *above));
        let anew = |line: &Line<'_>| known.is_none() || line.takes(&self.moved);
        let mut ledger = Ledger::of_lines(self.chosen.sources(book), &anew)?;
        if self.divided.is_some() {
            close(&Ledger::of_lines(self.chosen.sources(&self.book), &anew)?, &mut ledger);
        }
        let is_in = |line: &Line<'_>| {
            line.include == Include::In
                && (within.is_empty() || any(&within, line.indicator))
                && !any(&without, line.indicator)
        };
        let mut lines = known.cloned().unwrap_or_default();
        for (at, line) in ledger.lines.iter().enumerate().filter(|(_, line)| anew(line)) {
            lines.remove(&at);
            if is_in(line) {
                lines.insert(at, Vec::new());
            }
        }
        for cell in &ledger.cells {
            if let (Some(list), Some(fen)) = (lines.get_mut(&cell.line), cell.fen) {
                list.push((cell.area, cell.ecosystem, fen));
            }
        }
        Ok(lines)
    }

    /// The account as a document, with figures divided among parts where that is asked for.
    ///
    /// # Errors
    /// What stands in the way of the account, or an area that it does not have.
    pub fn account(&self, area: Option<&str>) -> Result<Account, Findings> {
        let Some(divided) = &self.divided else { return account(&self.book, &self.chosen, area) };
        let mut parts = Ledger::of(self.chosen.sources(divided))?;
        close(&Ledger::of(self.chosen.sources(&self.book))?, &mut parts);
        stated(&parts, area)
    }

    /// Rows of prices that its price set uses, and rows of parameters, as they stand after changes.
    pub fn rows(&self) -> (Vec<&Entry>, Vec<&Entry>) {
        let of_set = |entry: &&Entry| entry.sets.is_empty() || entry.sets.contains(&self.chosen.prices);
        (self.book.prices.iter().filter(of_set).collect(), self.book.parameters.iter().collect())
    }

    /// The account under changes, and what they come to.
    ///
    /// # Errors
    /// A name, ecosystem or area that there is not; a unit of another dimension.
    pub fn changed(&self, changes: &[Adjustment]) -> Result<(Self, Vec<Vec<Adjusted>>), Findings> {
        let mut book = (*self.book).clone();
        let mut moved = self.moved.clone();
        let mut told = Vec::new();
        let mut hash = self.hash.clone();
        let mut wrong = Vec::new();
        for change in changes {
            match self.adjust(&mut book, change) {
                Ok(adjusted) => {
                    // A price may be called without its `price.`.
                    moved.extend([change.name.clone(), format!("price.{}", change.name)]);
                    told.push(adjusted);
                }
                Err(finding) => wrong.push(finding),
            }
            let text = format!(
                "{hash}\n{:?} {} {:?} {:?} {:?}",
                change.target, change.name, change.ecosystems, change.areas, change.deed
            );
            hash = hex(&Sha256::digest(text.as_bytes()));
        }
        if !wrong.is_empty() {
            return Err(Findings(wrong));
        }
        // Prices and parameters are those of the changed account; its figures were divided already.
        let divided = self.divided.as_ref().map(|known| {
            Arc::new(Book {
                prices: Arc::clone(&book.prices),
                parameters: Arc::clone(&book.parameters),
                ..(**known).clone()
            })
        });
        Ok((Self { book: Arc::new(book), divided, hash, moved, ..self.clone() }, told))
    }

    fn adjust(&self, book: &mut Book, change: &Adjustment) -> Result<Vec<Adjusted>, Finding> {
        let list = match change.target {
            Target::Price => &mut book.prices,
            Target::Parameter => &mut book.parameters,
        };
        let set = &self.chosen.prices;
        let full = format!("price.{}", change.name);
        let is_of = |entry: &Entry| {
            (entry.name == change.name || (change.target == Target::Price && entry.name == full))
                && (change.target == Target::Parameter || entry.sets.is_empty() || entry.sets.contains(set))
        };
        let mut entries: Vec<Entry> = (**list).clone();
        if !entries.iter().any(is_of) {
            let names = entries.iter().map(|entry| entry.name.as_str());
            let like = hint(&change.name, names).text();
            return Err(Finding::error("gep.no_such_row", change.place.clone())
                .with("name", &change.name)
                .with("like", like));
        }
        let manifest = &self.book.manifest;
        let ecosystem = |word: &String| {
            let known = manifest.ecosystems.iter().find(|spec| spec.answers_to(word)).map(|spec| spec.id.clone());
            known.or_else(|| self.book.quantities.ecosystems.iter().find(|known| *known == word).cloned()).ok_or_else(
                || {
                    let like = hint(word, self.book.quantities.ecosystems.iter().map(String::as_str)).text();
                    Finding::error("gep.ecosystem_unknown", change.place.clone())
                        .with("ecosystem", word)
                        .with("like", like)
                },
            )
        };
        let area = |word: &String| crate::statement::area_of(&self.book, word, change.place.clone());
        let ecosystems = change.ecosystems.iter().map(ecosystem).collect::<Result<Vec<_>, _>>()?;
        let areas = change.areas.iter().map(area).collect::<Result<Vec<_>, _>>()?;
        // A row for more than is meant gets a nearer one beside it.
        for wanted in &ecosystems {
            let missing = !entries.iter().any(|entry| is_of(entry) && entry.ecosystem == *wanted);
            let wider: Vec<Entry> =
                entries.iter().filter(|entry| is_of(entry) && entry.ecosystem.is_empty() && missing).cloned().collect();
            entries.extend(wider.into_iter().map(|entry| Entry { ecosystem: wanted.clone(), ..entry }));
        }
        for wanted in &areas {
            let missing = !entries.iter().any(|entry| is_of(entry) && entry.scope == *wanted);
            let above = |entry: &Entry| self.book.areas.nearness(wanted, &entry.scope).is_some();
            let nearest = entries
                .iter()
                .filter(|entry| is_of(entry) && missing && above(entry))
                .map(|entry| self.book.areas.nearness(wanted, &entry.scope))
                .max();
            let wider: Vec<Entry> = entries
                .iter()
                .filter(|entry| {
                    is_of(entry) && missing && Some(self.book.areas.nearness(wanted, &entry.scope)) == nearest
                })
                .cloned()
                .collect();
            entries.extend(wider.into_iter().map(|entry| Entry { scope: wanted.clone(), ..entry }));
        }
        let mut adjusted = Vec::new();
        let is_meant = |entry: &Entry| {
            is_of(entry)
                && (ecosystems.is_empty() || ecosystems.contains(&entry.ecosystem))
                && (areas.is_empty() || areas.contains(&entry.scope))
        };
        for entry in entries.iter_mut().filter(|entry| is_meant(entry)) {
            let before = entry.value.written();
            entry.value = self.done(entry, change)?;
            let detail = [&entry.item, &entry.ecosystem, &entry.scope]
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(String::as_str)
                .collect::<Vec<_>>();
            let row =
                if detail.is_empty() { entry.name.clone() } else { format!("{}[{}]", entry.name, detail.join(",")) };
            adjusted.push(Adjusted { row, before, after: entry.value.written(), unit: entry.unit.text.clone() });
        }
        if adjusted.is_empty() {
            return Err(Finding::error("gep.no_such_row", change.place.clone())
                .with("name", &change.name)
                .with("like", crate::phrases::Phrase::new("policy.no_choice").text()));
        }
        *list = Arc::new(entries);
        Ok(adjusted)
    }

    fn done(&self, entry: &Entry, change: &Adjustment) -> Result<Value, Finding> {
        let own = |value: &Value, unit: &str| -> Result<Value, Finding> {
            if unit.is_empty() {
                return Ok(value.clone());
            }
            let parsed = self
                .book
                .manifest
                .units
                .parse(unit)
                .map_err(|phrase| Finding::from_phrase(phrase, change.place.clone()))?;
            if parsed.dimension != entry.unit.dimension {
                let finding = Finding::error("gep.figure_unit", change.place.clone())
                    .with("unit", unit)
                    .with("wanted", &entry.unit.text);
                return Err(finding
                    .with("found_dimension", crate::unit::shown(&parsed.dimension))
                    .with("wanted_dimension", crate::unit::shown(&entry.unit.dimension)));
            }
            value.mul(&parsed.scale).div(&entry.unit.scale).map_err(|_| {
                Finding::error("gep.no_such_row", change.place.clone()).with("name", &entry.name).with("like", "")
            })
        };
        Ok(match &change.deed {
            Deed::Set(value, unit) => own(value, unit)?,
            Deed::Add(value, unit) => entry.value.add(&own(value, unit)?),
            Deed::Scale(factor) => entry.value.mul(factor),
        })
    }
}
