//! The balances of a ledger and the identities that are checked at every post.
//!
//! A batch is posted whole or not at all: its events are added in any order, and then every line of the budget that it touched is
//! looked at. So the order of rows within a list says nothing, and a list in parts comes to the same as the whole.

use std::collections::{BTreeMap, BTreeSet};

use ecocomp_ground::phrases::{Lang, Phrase, Text};

use crate::batch::Seal;
use crate::book::Opened;
use crate::event::{Dimension, Event, Kind};
use crate::sums::Sums;

/// What a line of a budget may be told apart by.
const WITHIN: [Dimension; 4] = [Dimension::Area, Dimension::Ecosystem, Dimension::Channel, Dimension::Project];

/// Where the money of one event stands: area, ecosystem, channel, project.
pub type Within = [String; 4];
/// A fund and a budget year.
type Budget = (String, i32);

/// Sums at one place, and the last row that touched it.
#[derive(Debug, Clone, Copy, Default)]
struct Spot {
    sums: Sums,
    row: u64,
}

/// Something that must hold and does not.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What.
    pub phrase: Phrase,
    /// The last row of the batch that touched it; 0 where none did.
    pub row: u64,
}

/// The balances after the batches so far.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    spots: BTreeMap<Budget, BTreeMap<Within, Spot>>,
    touched: BTreeSet<Budget>,
    /// Years that are closed: no event may be dated in them, or before.
    closed: Option<i32>,
    /// Digests of files and of contents that are in it, with the batch.
    known: BTreeMap<String, u64>,
    /// Events so far.
    pub events: u64,
    /// Seal of the last batch.
    pub last: Option<Seal>,
}

fn within(event: &Event) -> Within {
    [event.area.clone(), event.ecosystem.clone(), event.channel.clone(), event.project.clone()]
}

impl Balances {
    /// Adds an event of a batch.
    ///
    /// # Errors
    /// Its year is closed, it lies before the ledger, takes back without a reason, or leaves the range of money.
    pub fn add(&mut self, event: &Event, book: &Opened, row: u64) -> Result<(), Phrase> {
        if let Some(closed) = self.closed.filter(|closed| event.date.year() <= *closed) {
            return Err(Phrase::new("fund.closed_year")
                .with("date", event.date.to_string())
                .with("year", closed.to_string())
                .with("open", (closed + 1).to_string()));
        }
        let first = book.book.first_year;
        if event.date.year() < first {
            return Err(Phrase::new("fund.before_ledger")
                .with("date", event.date.to_string())
                .with("year", first.to_string()));
        }
        if event.year > event.date.year() + 1 {
            return Err(Phrase::new("fund.budget_year")
                .with("date", event.date.to_string())
                .with("year", event.year.to_string()));
        }
        if event.fen == 0 {
            return Err(Phrase::new("fund.zero"));
        }
        let corrects = event.fen < 0 && !event.kind.is_signed();
        if (corrects || event.kind.is_signed()) && event.reason.trim().is_empty() {
            return Err(Phrase::new("fund.no_reason").with("what", event.kind.name()));
        }
        if let Some(phrase) = book.against_earmark(event) {
            return Err(phrase);
        }
        let budget = (event.fund.clone(), event.year);
        let spot = self.spots.entry(budget.clone()).or_default().entry(within(event)).or_default();
        if !spot.sums.add(event) {
            return Err(Phrase::new("fund.too_large"));
        }
        spot.row = row;
        self.touched.insert(budget);
        self.events += 1;
        Ok(())
    }

    /// What does not hold of the lines that were touched since [`Self::settle`].
    pub fn broken(&self, book: &Opened) -> Vec<Broken> {
        let mut found = Vec::new();
        for budget in &self.touched {
            let Some(spots) = self.spots.get(budget) else { continue };
            self.broken_in(budget, spots, book, &mut found);
        }
        found
    }

    fn broken_in(&self, (fund, year): &Budget, spots: &BTreeMap<Within, Spot>, book: &Opened, found: &mut Vec<Broken>) {
        let fund_name = book.name(Dimension::Fund, fund);
        // The dimensions that its budget is told apart by; all its lines name the same ones.
        let mask = mask_of(spots);
        let mut lines = spots.iter().filter(|(_, spot)| is_planned(spot));
        if let Some((within, spot)) = lines.find(|(within, _)| named(within) != mask) {
            let phrase = Phrase::new("fund.budget_level")
                .with("fund", fund_name)
                .with("year", year.to_string())
                .with("one", dimensions(mask))
                .with("other", dimensions(named(within)));
            found.push(Broken { phrase, row: spot.row });
            return;
        }
        let mut pots: BTreeMap<Within, Spot> = BTreeMap::new();
        for (within, spot) in spots {
            if let Some(lacks) = missing(within, mask) {
                let phrase = Phrase::new("fund.line_incomplete")
                    .with("fund", fund_name.clone())
                    .with("year", year.to_string())
                    .with("what", lacks.name());
                found.push(Broken { phrase, row: spot.row });
                continue;
            }
            let pot = pots.entry(projected(within, mask)).or_default();
            pot.row = pot.row.max(spot.row);
            if !pot.sums.merge(&spot.sums) {
                found.push(Broken { phrase: Phrase::new("fund.too_large"), row: spot.row });
            }
        }
        for (within, pot) in pots {
            if let Some(phrase) = pot.sums.broken() {
                let line = line_name(&fund_name, *year, &within, book);
                let phrase = Phrase::new("fund.line").with("line", line).with_phrase("what", &phrase);
                found.push(Broken { phrase, row: pot.row });
            }
        }
    }

    /// Takes the batch as posted.
    pub fn settle(&mut self, seal: Seal) {
        for budget in std::mem::take(&mut self.touched) {
            for spot in self.spots.get_mut(&budget).into_iter().flat_map(BTreeMap::values_mut) {
                spot.row = 0;
            }
        }
        self.closed = self.closed.max(seal.closes);
        self.known.insert(seal.content.clone(), seal.batch);
        if !seal.origin.sha256.is_empty() {
            self.known.insert(seal.origin.sha256.clone(), seal.batch);
        }
        self.last = Some(seal);
    }

    /// The batch that a file, or what stands in it, is in already.
    pub fn known(&self, digest: &str) -> Option<u64> {
        self.known.get(digest).copied()
    }

    /// The last year that is closed.
    pub fn closed(&self) -> Option<i32> {
        self.closed
    }

    /// The line of the budget that money at a place belongs to.
    pub fn line_of(&self, fund: &str, year: i32, within: &Within) -> Within {
        let spots = self.spots.get(&(fund.to_owned(), year));
        let mask = spots.map(mask_of).unwrap_or_default();
        projected(within, mask)
    }

    /// Every line of the budgets, with its sums: fund, budget year, and an event that names its place.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for ((fund, year), spots) in &self.spots {
            let mask = mask_of(spots);
            let mut pots: BTreeMap<Within, Sums> = BTreeMap::new();
            for (within, spot) in spots {
                // Sums were within the range of money when they were posted.
                let _ = pots.entry(projected(within, mask)).or_default().merge(&spot.sums);
            }
            lines.extend(pots.into_iter().map(|([area, ecosystem, channel, project], sums)| Line {
                fund: fund.clone(),
                year: *year,
                area,
                ecosystem,
                channel,
                project,
                sums,
            }));
        }
        lines
    }
}

/// A line of a budget and its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Fund.
    pub fund: String,
    /// Budget year.
    pub year: i32,
    /// Area; empty where the budget names none.
    pub area: String,
    /// Ecosystem.
    pub ecosystem: String,
    /// Channel.
    pub channel: String,
    /// Project.
    pub project: String,
    /// Its sums.
    pub sums: Sums,
}

impl Line {
    /// What it is called.
    pub fn name(&self, book: &Opened) -> Text {
        let within = [&self.area, &self.ecosystem, &self.channel, &self.project].map(Clone::clone);
        line_name(&book.name(Dimension::Fund, &self.fund), self.year, &within, book)
    }
}

fn is_planned(spot: &Spot) -> bool {
    [Kind::Budget, Kind::Adjust, Kind::Pool].iter().any(|kind| spot.sums.of(*kind) != 0)
}

fn named(within: &Within) -> [bool; 4] {
    within.each_ref().map(|word| !word.is_empty())
}

/// The dimensions that the lines of a budget are told apart by.
fn mask_of(spots: &BTreeMap<Within, Spot>) -> [bool; 4] {
    spots.iter().find(|(_, spot)| is_planned(spot)).map(|(within, _)| named(within)).unwrap_or_default()
}

fn projected(within: &Within, mask: [bool; 4]) -> Within {
    let mut kept = within.clone();
    for (word, named) in kept.iter_mut().zip(mask) {
        if !named {
            word.clear();
        }
    }
    kept
}

fn missing(within: &Within, mask: [bool; 4]) -> Option<Dimension> {
    let lacks = within.iter().zip(mask).position(|(word, named)| named && word.is_empty())?;
    WITHIN.get(lacks).copied()
}

fn dimensions(mask: [bool; 4]) -> Text {
    let named = WITHIN.into_iter().zip(mask).filter(|(_, named)| *named).map(|(dimension, _)| dimension.name());
    let names: Vec<Text> = named.collect();
    if names.is_empty() { Phrase::new("fund.whole").text() } else { Text::joined(&names, "、", ", ") }
}

/// What a line is called.
pub(crate) fn line_name(fund: &Text, year: i32, within: &Within, book: &Opened) -> Text {
    let mut parts = vec![fund.clone(), Phrase::new("fund.of_year").with("year", year.to_string()).text()];
    let named = WITHIN.into_iter().zip(within).filter(|(_, word)| !word.is_empty());
    parts.extend(named.map(|(dimension, word)| book.name(dimension, word)));
    let join = |lang: Lang| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(" · ");
    Text { zh: join(Lang::Zh), en: join(Lang::En) }
}
