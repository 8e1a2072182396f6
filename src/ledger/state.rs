//! The state at a day: what was planned, released, paid, spent, carried, surplus and recovered, by whatever events are told apart.

use std::collections::BTreeMap;

use ecocomp_ground::phrases::{Phrase, Text};

use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::{Sums, per_cent, share};

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// Events until the end of this day.
    pub until: Option<Date>,
    /// Events from this day on.
    pub from: Option<Date>,
    /// Of one kind.
    pub kind: Option<Kind>,
    /// With these words in these dimensions.
    pub only: Vec<(Dimension, String)>,
}

impl Chosen {
    /// Whether an event is one of them.
    pub fn takes(&self, event: &Event) -> bool {
        self.until.is_none_or(|until| event.date <= until)
            && self.from.is_none_or(|from| event.date >= from)
            && self.kind.is_none_or(|kind| event.kind == kind)
            && self.only.iter().all(|(dimension, word)| dimension.of(event) == *word)
    }
}

/// Sums by dimensions.
#[derive(Debug, Clone)]
pub struct State {
    by: Vec<Dimension>,
    chosen: Chosen,
    groups: BTreeMap<Vec<String>, Sums>,
    total: Sums,
    events: u64,
    /// Whether a sum left the range of money.
    overflow: bool,
}

impl State {
    /// Nothing yet.
    pub fn new(by: Vec<Dimension>, chosen: Chosen) -> Self {
        Self { by, chosen, groups: BTreeMap::new(), total: Sums::default(), events: 0, overflow: false }
    }

    /// Adds an event where it is one of those asked for.
    pub fn add(&mut self, event: &Event) {
        if !self.chosen.takes(event) {
            return;
        }
        self.events += 1;
        let key = self.by.iter().map(|dimension| dimension.of(event)).collect();
        let fits = self.groups.entry(key).or_default().add(event);
        self.overflow |= !(self.total.add(event) && fits);
    }

    /// Sums by group, in order.
    pub fn groups(&self) -> &BTreeMap<Vec<String>, Sums> {
        &self.groups
    }

    /// Sums of all.
    pub fn total(&self) -> &Sums {
        &self.total
    }

    /// The table (支出进度表).
    ///
    /// # Errors
    /// A sum left the range of money.
    pub fn sheet(&self, book: &Opened) -> Result<Sheet, Phrase> {
        if self.overflow {
            return Err(Phrase::new("fund.too_large"));
        }
        let say = |code: &'static str| Phrase::new(code).text();
        let mut sheet = Sheet::new(Phrase::new("fund.state_title").with("book", book.book.name.clone()).text());
        let until = self.chosen.until.map_or_else(|| say("fund.all_days"), Text::same);
        let count = Phrase::new("fund.state_note").with("day", until).with("events", self.events.to_string());
        sheet.notes.push(count.text());
        sheet.mark(book.book.illustrative);
        for dimension in &self.by {
            sheet.column(dimension.word(), dimension.name(), Holds::Text);
        }
        if self.by.is_empty() {
            sheet.column("all", say("fund.all"), Holds::Text);
        }
        for (key, code, _) in MEASURES {
            sheet.column(key, say(code), Holds::Fen);
        }
        sheet.column("arrival", say("fund.arrival"), Holds::Percent);
        sheet.column("execution", say("fund.execution"), Holds::Percent);
        sheet.column("released_share", say("fund.released_share"), Holds::Percent);
        for (key, sums) in &self.groups {
            let mut row: Vec<Cell> =
                self.by.iter().zip(key).map(|(dimension, code)| name(book, *dimension, code)).collect();
            if self.by.is_empty() {
                row.push(Cell::Text(say("fund.all")));
            }
            row.extend(figures(sums));
            sheet.rows.push(row);
        }
        if !self.by.is_empty() {
            let mut row = vec![Cell::Blank; self.by.len()];
            if let Some(first) = row.first_mut() {
                *first = Cell::Text(say("fund.total"));
            }
            row.extend(figures(&self.total));
            sheet.total = Some(row);
        }
        Ok(sheet)
    }
}

/// What a code is called; blank where there is none.
pub fn name(book: &Opened, dimension: Dimension, code: &str) -> Cell {
    if code.is_empty() { Cell::Blank } else { Cell::Text(book.name(dimension, code)) }
}

/// Key, header and figure of each column of money.
type Measure = (&'static str, &'static str, fn(&Sums) -> i64);

const MEASURES: [Measure; 10] = [
    ("planned_fen", "fund.planned", Sums::planned),
    ("pooled_fen", "fund.pooled", |sums| sums.of(Kind::Pool)),
    ("released_fen", "fund.released", |sums| sums.of(Kind::Release)),
    ("paid_fen", "fund.paid", Sums::paid),
    ("spent_fen", "fund.spent", |sums| sums.of(Kind::Spend)),
    ("in_hand_fen", "fund.in_hand", Sums::in_hand),
    ("usable_fen", "fund.usable", Sums::usable),
    ("carried_fen", "fund.carried", |sums| sums.of(Kind::Carry)),
    ("surplus_fen", "fund.surplus", Sums::surplus),
    ("recovered_fen", "fund.recovered", |sums| sums.of(Kind::Recover)),
];

fn figures(sums: &Sums) -> Vec<Cell> {
    let mut cells: Vec<Cell> = MEASURES.iter().map(|(_, _, figure)| Cell::Fen(figure(sums))).collect();
    let shares = [sums.arrival(), sums.execution(), share(sums.of(Kind::Release), sums.planned())];
    cells.extend(shares.map(|share| share.map_or(Cell::Blank, |share| Cell::Number(per_cent(&share)))));
    cells
}

/// The events behind a figure, as a table; at most so many are kept, and it is said how many there are.
#[derive(Debug)]
pub struct Listed {
    chosen: Chosen,
    most: usize,
    events: Vec<(Event, u64, u64)>,
    count: u64,
    sum: i128,
}

impl Listed {
    /// Nothing yet.
    pub fn new(chosen: Chosen, most: usize) -> Self {
        Self { chosen, most, events: Vec::new(), count: 0, sum: 0 }
    }

    /// Adds an event of a batch where it is one of those asked for.
    pub fn add(&mut self, event: &Event, batch: u64, line: u64) {
        if !self.chosen.takes(event) {
            return;
        }
        self.count += 1;
        self.sum += i128::from(event.fen);
        if self.events.len() < self.most {
            self.events.push((event.clone(), batch, line));
        }
    }

    /// The table.
    pub fn sheet(&self, book: &Opened) -> Sheet {
        let say = |code: &'static str| Phrase::new(code).text();
        let mut sheet = Sheet::new(Phrase::new("fund.events_title").with("book", book.book.name.clone()).text());
        let shown = self.events.len().to_string();
        let note = Phrase::new("fund.events_note").with("count", self.count.to_string()).with("shown", shown);
        sheet.notes.push(note.text());
        sheet.mark(book.book.illustrative);
        let text = [
            ("entry", "fund.entry"),
            ("date", "fund.date"),
            ("kind", "fund.kind"),
            ("fund", "fund.dim_fund"),
            ("year", "fund.dim_year"),
            ("area", "fund.dim_area"),
            ("ecosystem", "fund.dim_ecosystem"),
            ("channel", "fund.dim_channel"),
            ("project", "fund.dim_project"),
        ];
        text.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Text));
        sheet.column("fen", say("fund.amount"), Holds::Fen);
        for (key, code) in [
            ("code", "fund.dim_code"),
            ("payee", "fund.dim_payee"),
            ("document", "fund.document"),
            ("reason", "fund.reason"),
        ] {
            sheet.column(key, say(code), Holds::Text);
        }
        for (event, batch, line) in &self.events {
            let named = |dimension: Dimension| name(book, dimension, &dimension.of(event));
            sheet.rows.push(vec![
                Cell::same(format!("{batch}-{line}")),
                Cell::same(event.date),
                Cell::Text(event.kind.name()),
                named(Dimension::Fund),
                Cell::same(event.year),
                named(Dimension::Area),
                named(Dimension::Ecosystem),
                named(Dimension::Channel),
                named(Dimension::Project),
                Cell::Fen(event.fen),
                named(Dimension::Code),
                Cell::same(&event.payee),
                Cell::same(&event.document),
                Cell::same(&event.reason),
            ]);
        }
        sheet
    }
}
