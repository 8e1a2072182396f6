//! What was paid during the year, and what it makes of the plan: floors, and withdrawals that others receive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dataset::AreaId;
use crate::phrases::Phrase;
use crate::rules::fixed::{Fixed, Wish};
use crate::rules::paid::{Least, Paid};
use crate::rules::{Frame, Rule, RuleKind, Selection};
use crate::units::{Decimal, Money};

/// What a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 下达: money released.
    Release,
    /// 追减: money taken back because the plan now gives less.
    Recall,
    /// 收回: money withdrawn from an area for a reason of its own, whatever the plan gives it.
    Withdrawal,
}

impl Kind {
    /// The words of model file and tables; the first of each is the one that is printed in JSON.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("release", Self::Release),
        ("recall", Self::Recall),
        ("withdrawal", Self::Withdrawal),
        ("下达", Self::Release),
        ("追加", Self::Release),
        ("追减", Self::Recall),
        ("收回", Self::Withdrawal),
    ];

    /// The word of model files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Recall => "recall",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// One batch of one area.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The area.
    pub area: AreaId,
    /// Its ecosystem; `None` where the batch does not say.
    pub ecosystem: Option<String>,
    /// Position of the fund.
    pub fund: usize,
    /// The money concerned.
    pub of: Selection,
    /// What it is.
    pub kind: Kind,
    /// Amount, > 0.
    pub amount: Money,
    /// Whether a withdrawal is handed on to the others.
    pub redistribute: bool,
    /// What the batch is called; empty where nothing is given.
    pub batch: String,
    /// Day; empty where none is given.
    pub date: String,
    /// Number of the document; empty where none is given.
    pub document: String,
    /// Remark; empty where none is given.
    pub note: String,
}

/// All batches of the year.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    /// Whether the plan may give less than was paid.
    pub recall: bool,
    /// The batches in the order written.
    pub batches: Vec<Batch>,
}

/// Sums of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Released, in 分.
    pub released: i64,
    /// Recalled, in 分.
    pub recalled: i64,
    /// Withdrawn and kept, in 分.
    pub withdrawn: i64,
    /// Withdrawn and handed on to the others, in 分.
    pub handed_on: i64,
}

impl Sums {
    /// Adds a batch; sums beyond the range stay at its end, which no budget reaches.
    pub fn add(&mut self, batch: &Batch) {
        let sum = match (batch.kind, batch.redistribute) {
            (Kind::Release, _) => &mut self.released,
            (Kind::Recall, _) => &mut self.recalled,
            (Kind::Withdrawal, false) => &mut self.withdrawn,
            (Kind::Withdrawal, true) => &mut self.handed_on,
        };
        *sum = sum.saturating_add(batch.amount.fen());
    }

    /// What an area has in hand, in 分.
    pub fn paid(&self) -> i64 {
        let taken = self.recalled.saturating_add(self.withdrawn).saturating_add(self.handed_on);
        self.released.saturating_sub(taken)
    }

    /// What an area has for the year where the plan gives it so much: what was withdrawn and kept is no longer its own.
    pub fn total(&self, plan: i64) -> i64 {
        plan.saturating_sub(self.withdrawn)
    }

    /// What the plan must give at least.
    fn least(&self, recall: bool) -> i64 {
        if recall { self.withdrawn } else { self.paid().saturating_add(self.withdrawn) }
    }
}

/// A group of batches: area, ecosystem where they say one, fund.
pub type Key = (AreaId, Option<String>, usize);

impl Book {
    /// Sums by area, ecosystem and fund.
    pub fn sums(&self) -> BTreeMap<Key, Sums> {
        let mut sums: BTreeMap<Key, Sums> = BTreeMap::new();
        for batch in &self.batches {
            sums.entry((batch.area, batch.ecosystem.clone(), batch.fund)).or_default().add(batch);
        }
        sums
    }

    /// Sums by area and fund.
    pub fn by_area(&self) -> BTreeMap<(AreaId, usize), Sums> {
        let mut sums: BTreeMap<(AreaId, usize), Sums> = BTreeMap::new();
        for batch in &self.batches {
            sums.entry((batch.area, batch.fund)).or_default().add(batch);
        }
        sums
    }

    /// Whether every batch says its ecosystem, so that the rest is known for each of them.
    pub fn is_by_ecosystem(&self) -> bool {
        !self.batches.is_empty() && self.batches.iter().all(|batch| batch.ecosystem.is_some())
    }

    /// The rules that follow; `known` are the ids that are taken. Floors first, then withdrawals that others receive.
    pub fn rules(&self, frame: &Frame, known: &mut BTreeSet<String>) -> (Option<Arc<Rule>>, Vec<Arc<Rule>>) {
        let mut id = |word: &str| {
            let mut numbered = (1..).map(|n| if n == 1 { word.to_owned() } else { format!("{word}_{n}") });
            let free = numbered.find(|id| !known.contains(id)).unwrap_or_default();
            known.insert(free.clone());
            free
        };
        let rule = |id: String, label: &'static str, kind: RuleKind| {
            let label = Phrase::new(label).text();
            Arc::new(Rule { id, label, basis: String::new(), penalty: None, line: 0, kind })
        };
        let least = self.floors(frame);
        let floor = (!least.is_empty())
            .then(|| rule(id("paid"), "rules.kind_paid", RuleKind::Paid(Paid { least, recall: self.recall })));
        let mut withdrawals = Vec::new();
        for (key, sums) in self.sums() {
            let Some((of, group)) = self.money(frame, &key).filter(|_| sums.handed_on > 0) else { continue };
            let Ok(yuan) = Decimal::parse(&Money::from_fen(-sums.handed_on).yuan()) else { continue };
            let reasons: BTreeSet<&str> = self
                .batches
                .iter()
                .filter(|batch| {
                    batch.redistribute && (batch.area, &batch.ecosystem, batch.fund) == (key.0, &key.1, key.2)
                })
                .flat_map(|batch| [batch.document.as_str(), batch.note.as_str()])
                .filter(|text| !text.is_empty())
                .collect();
            let fixed = Fixed {
                of,
                group,
                wish: Wish::More(yuan),
                calculated: None,
                reason: reasons.into_iter().collect::<Vec<_>>().join(", "),
                by: String::new(),
                date: String::new(),
                is_withdrawal: true,
            };
            withdrawals.push(rule(id("withdrawal"), "rules.kind_withdrawal", RuleKind::Fixed(fixed)));
        }
        (floor, withdrawals)
    }

    fn floors(&self, frame: &Frame) -> Vec<Least> {
        let fund_id = |fund: usize| frame.funds.get(fund).map_or_else(String::new, |fund| fund.id.clone());
        let mut floors = Vec::new();
        let sums = self.sums();
        let mut keys: BTreeMap<Key, Sums> = sums
            .iter()
            .filter(|((_, ecosystem, _), _)| ecosystem.is_some())
            .map(|(key, sums)| (key.clone(), *sums))
            .collect();
        // Of an area that one batch speaks of as a whole, the whole is what counts.
        for (area, ecosystem, fund) in sums.keys() {
            if ecosystem.is_none() {
                keys.retain(|(known, _, same), _| !(known == area && same == fund));
                let whole = self.by_area().get(&(*area, *fund)).copied().unwrap_or_default();
                keys.insert((*area, None, *fund), whole);
            }
        }
        for (key, sums) in keys {
            let least = sums.least(self.recall);
            if let Some((of, group)) = self.money(frame, &key).filter(|_| least > 0) {
                floors.push(Least { of, group, fund: fund_id(key.2), amount: Money::from_fen(least) });
            }
        }
        floors
    }

    /// The money of a group and its code.
    fn money(&self, frame: &Frame, (area, ecosystem, fund): &Key) -> Option<(Selection, String)> {
        let own = |cell: &crate::dataset::CellId| {
            frame.dataset.cells().get(cell.0).is_some_and(|found| {
                found.area == *area && ecosystem.as_ref().is_none_or(|wanted| *wanted == found.ecosystem)
            })
        };
        let words =
            self.batches.iter().find(|batch| (batch.area, &batch.ecosystem, batch.fund) == (*area, ecosystem, *fund));
        let cells: Vec<crate::dataset::CellId> = frame.cells().filter(own).collect();
        let group = match ecosystem {
            Some(_) => frame.cell_code(*cells.first()?),
            None => frame.area_code(*area).to_owned(),
        };
        let words = words.and_then(|batch| batch.of.words.clone());
        Some((Selection { cells, funds: Some(vec![*fund]), words }, group))
    }
}
