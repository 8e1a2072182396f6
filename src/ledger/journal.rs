//! The events of each line of the budget by day: what the clocks and the closing look at.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::balance::{Balances, Within};
use crate::date::Date;
use crate::event::{Event, Kind};
use crate::sums::Sums;

/// An event of a line, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its day.
    pub date: Date,
    /// Its kind.
    pub kind: Kind,
    /// Its amount.
    pub fen: i64,
    /// Batch and line in which it stands.
    pub at: (u64, u64),
}

/// A line of the budget: fund, budget year, and where its money stands.
pub type Key = (String, i32, Within);

/// An event that stands twice, or that a fund is never for.
#[derive(Debug, Clone)]
pub struct Marked {
    /// The event.
    pub event: Event,
    /// Batch and line in which it stands.
    pub at: (u64, u64),
    /// The word, or the batch and line of the first.
    pub why: String,
}

/// The events of a ledger by line.
#[derive(Debug, Default)]
pub struct Journal {
    spots: BTreeMap<Key, Vec<Entry>>,
    seen: BTreeMap<[u8; 16], (u64, u64)>,
    /// Events that stand twice.
    pub twice: Vec<Marked>,
    /// Events with a word that their fund is never for.
    pub never: Vec<Marked>,
}

/// So many marked events are kept.
const MARKED: usize = 10_000;

impl Journal {
    /// Adds an event; `never` are the words of its fund.
    pub fn add(&mut self, event: &Event, at: (u64, u64), never: &[String]) {
        let within = [event.area.clone(), event.ecosystem.clone(), event.channel.clone(), event.project.clone()];
        let entry = Entry { date: event.date, kind: event.kind, fen: event.fen, at };
        self.spots.entry((event.fund.clone(), event.year, within)).or_default().push(entry);
        let moves = matches!(event.kind, Kind::Pay | Kind::Spend);
        if !moves || event.fen <= 0 {
            return;
        }
        let words = [&event.project, &event.payee, &event.reason];
        if let Some(word) = never.iter().find(|word| words.iter().any(|text| text.contains(word.as_str())))
            && self.never.len() < MARKED
        {
            self.never.push(Marked { event: event.clone(), at, why: word.clone() });
        }
        let digest = Sha256::digest(serde_json::to_vec(event).unwrap_or_default());
        let short: [u8; 16] = std::array::from_fn(|index| digest.get(index).copied().unwrap_or(0));
        match self.seen.get(&short) {
            Some((batch, line)) if self.twice.len() < MARKED => {
                self.twice.push(Marked { event: event.clone(), at, why: format!("{batch}-{line}") });
            }
            Some(_) => {}
            None => drop(self.seen.insert(short, at)),
        }
    }

    /// The entries of each line of the budget, in the order of days; within a day as they were posted.
    pub fn lines(&self, balances: &Balances) -> BTreeMap<Key, Vec<Entry>> {
        let mut lines: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
        for ((fund, year, within), entries) in &self.spots {
            let within = balances.line_of(fund, *year, within);
            lines.entry((fund.clone(), *year, within)).or_default().extend(entries);
        }
        lines.values_mut().for_each(|entries| entries.sort_by_key(|entry| (entry.date, entry.at)));
        lines
    }
}

/// The sums of entries until the end of a day.
pub fn until(entries: &[Entry], day: Date) -> Sums {
    let mut sums = Sums::default();
    for entry in entries.iter().filter(|entry| entry.date <= day) {
        // What was posted is within the range of money.
        let _ = sums.put(entry.kind, entry.fen);
    }
    sums
}
