//! A batch on its way into the ledger: every event is checked against the balances as it is written, and the whole before the seal.

use std::io::Write;

use ecocomp_ground::finding::{Finding, FindingLog, Findings, Place};
use ecocomp_ground::phrases::Phrase;

use crate::balance::Balances;
use crate::batch::{Origin, Seal, Writer};
use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};

/// A batch that is not sealed yet.
pub struct Posting<'b, W> {
    book: &'b Opened,
    balances: Balances,
    writer: Writer<W>,
    /// Events so far.
    pub events: u64,
}

impl<'b, W: Write> Posting<'b, W> {
    /// A batch after these balances.
    pub fn new(book: &'b Opened, balances: Balances, out: W) -> Self {
        Self { book, balances, writer: Writer::new(out), events: 0 }
    }

    /// Takes an event of a row.
    ///
    /// # Errors
    /// The event may not be posted, or not be written.
    pub fn take(&mut self, event: &Event, place: Place) -> Result<(), Finding> {
        let row = place.row.unwrap_or(0);
        if let Err(phrase) = self.balances.add(event, self.book, row) {
            return Err(Finding::from_phrase(phrase, place));
        }
        self.events += 1;
        let failed = |error: std::io::Error| Finding::error("cli.unwritable", place).with("why", error.to_string());
        self.writer.add(event).map_err(failed)
    }

    /// Checks what must hold of every line that was touched, and seals the batch.
    ///
    /// # Errors
    /// Everything that is in the log, and what does not hold; then nothing is posted.
    pub fn seal(
        mut self,
        place: &Place,
        mut log: FindingLog,
        origin: Origin,
        closes: Option<i32>,
    ) -> Result<(W, Seal, Balances, Vec<Finding>), Findings> {
        if log.errors() == 0 {
            for broken in self.balances.broken(self.book) {
                let place = if broken.row > 0 { place.clone().row(broken.row) } else { place.clone() };
                log.push(Finding::from_phrase(broken.phrase, place));
            }
        }
        if self.events == 0 && log.errors() == 0 && closes.is_none() {
            log.push(Finding::error("fund.nothing", place.clone()));
        }
        if let Some(batch) = self.balances.known(&origin.sha256).filter(|_| !origin.sha256.is_empty()) {
            log.push(Finding::error("fund.same_file", place.clone()).with("batch", batch.to_string()));
        }
        let ((), warnings) = Findings::gate((), log.into_findings())?;
        let failed =
            |error: std::io::Error| Finding::error("cli.unwritable", place.clone()).with("why", error.to_string());
        let (out, seal) = self.writer.seal(self.balances.last.as_ref(), origin, closes).map_err(failed)?;
        if let Some(batch) = self.balances.known(&seal.content).filter(|_| seal.events > 0) {
            return Err(Finding::error("fund.same_file", place.clone()).with("batch", batch.to_string()).into());
        }
        self.balances.settle(seal.clone());
        Ok((out, seal, self.balances, warnings))
    }
}

/// The amounts of an allocation (its record as JSON) as events: one a fund, area and ecosystem.
///
/// # Errors
/// It is no such record.
pub fn of_record(
    text: &[u8],
    file: &str,
    kinds: &[Kind],
    date: Date,
    year: i32,
    document: &str,
) -> Result<Vec<Event>, Finding> {
    let wrong = || Finding::error("fund.no_record", Place::file(file));
    let record: serde_json::Value = serde_json::from_slice(text).map_err(|_| wrong())?;
    let hash = record.get("hash").and_then(serde_json::Value::as_str).ok_or_else(wrong)?;
    let cells = record.get("cells").and_then(serde_json::Value::as_array).ok_or_else(wrong)?;
    let reason = Phrase::new("fund.from_plan").with("hash", hash).text().zh;
    let mut events = Vec::new();
    for kind in kinds {
        for cell in cells {
            let word =
                |key: &str| cell.get(key).and_then(serde_json::Value::as_str).map(str::to_owned).ok_or_else(wrong);
            let (area, ecosystem) = (word("area")?, word("ecosystem")?);
            for part in cell.get("by_fund").and_then(serde_json::Value::as_array).ok_or_else(wrong)? {
                let fund = part.get("fund").and_then(serde_json::Value::as_str).ok_or_else(wrong)?;
                let fen = part.get("amount_fen").and_then(serde_json::Value::as_i64).ok_or_else(wrong)?;
                if fen == 0 {
                    continue;
                }
                events.push(Event {
                    date,
                    kind: *kind,
                    fen,
                    fund: fund.to_owned(),
                    year,
                    area: area.clone(),
                    ecosystem: ecosystem.clone(),
                    channel: String::new(),
                    project: String::new(),
                    code: String::new(),
                    payee: String::new(),
                    document: document.to_owned(),
                    reason: reason.clone(),
                });
            }
        }
    }
    Ok(events)
}

/// The codes of events by the book: what is not in it is said with the nearest.
///
/// # Errors
/// Every unknown code once.
pub fn known(events: &[Event], book: &Opened, place: &Place) -> Result<(), Findings> {
    let mut log = FindingLog::of_tables();
    for event in events {
        for dimension in [Dimension::Fund, Dimension::Area, Dimension::Ecosystem, Dimension::Channel, Dimension::Code] {
            let word = dimension.of(event);
            if let Some(phrase) = (!word.is_empty()).then(|| book.code(dimension, &word).err()).flatten() {
                log.push(Finding::from_phrase(phrase, place.clone()));
            }
        }
    }
    Findings::gate((), log.into_findings()).map(drop)
}
