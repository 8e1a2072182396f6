//! A list from its first row to its last.

use ecocomp_ground::dataset::table::Raw;
use ecocomp_ground::finding::{Finding, FindingLog};
use ecocomp_ground::phrases::Phrase;

use crate::book::Opened;
use crate::date::Date;
use crate::event::{Event, Kind};
use crate::import::row::{Amount, Col, Reader, text_of};
use crate::import::source::Rows;
use crate::import::totals::Totals;
use crate::import::words::{self, Role};

/// What holds for every row of a list where the row does not say it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Day.
    pub date: Option<Date>,
    /// Kind.
    pub kind: Option<Kind>,
    /// Fund, by its code.
    pub fund: Option<String>,
    /// Budget year; else that of the day.
    pub year: Option<i32>,
    /// Channel, by its code.
    pub channel: Option<String>,
    /// Number of the document.
    pub document: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Unit of amounts where the list states none.
    pub unit: Option<String>,
    /// The year in which all days must lie.
    pub within: Option<i32>,
    /// The day after which nothing can have happened.
    pub today: Option<Date>,
}

/// What a list came to.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Rows that are events.
    pub rows: u64,
    /// Events.
    pub events: u64,
    /// Totals that were compared.
    pub totals: u64,
    /// Headers that say nothing of events: they were left out.
    pub left_out: Vec<String>,
}

/// So many rows may stand above the header.
const ABOVE: usize = 30;

/// Reads a list, giving each event with its row.
///
/// What is wrong goes to the log; `take` may refuse an event.
pub fn read(
    rows: Rows<'_>,
    book: &Opened,
    given: &Given,
    log: &mut FindingLog,
    take: &mut dyn FnMut(Event, u64) -> Result<(), Finding>,
) -> Told {
    let place = rows.place.clone();
    let mut told = Told::default();
    let mut unit: Option<String> = None;
    let mut columns: Vec<Col> = Vec::new();
    let mut totals = Totals::default();
    let mut above = 0;
    for next in rows {
        let (number, cells) = match next {
            Ok(row) => row,
            Err(finding) => {
                log.push(finding);
                break;
            }
        };
        let texts =
            || cells.iter().filter_map(|raw| if let Raw::Text(text) = raw { Some(text.as_str()) } else { None });
        if cells.iter().all(|raw| *raw == Raw::Blank) {
            continue;
        }
        if columns.is_empty() {
            for stated in texts().filter_map(words::stated_unit) {
                if unit.as_ref().is_some_and(|unit| *unit != stated) {
                    let finding = Finding::error("fund.two_units", place.clone().row(number));
                    log.push(finding.with("one", unit.clone().unwrap_or_default()).with("other", stated.clone()));
                }
                unit = Some(stated);
            }
            if texts().filter(|text| words::is_known(text)).count() >= 2 {
                columns = header(&cells, &mut told);
                if !columns.iter().any(|col| matches!(col.role, Role::Amount(..))) {
                    log.push(Finding::error("fund.no_amount_column", place.clone().row(number)));
                    break;
                }
                continue;
            }
            above += 1;
            if above > ABOVE {
                break;
            }
            continue;
        }
        let reader =
            Reader { book, given, place: &place, columns: &columns, unit: unit.as_deref().or(given.unit.as_deref()) };
        row(&reader, (number, &cells), &mut totals, &mut told, log, take);
    }
    if columns.is_empty() && log.errors() == 0 {
        log.push(Finding::error("fund.no_header", place));
    }
    told
}

fn header(cells: &[Raw], told: &mut Told) -> Vec<Col> {
    let mut columns = Vec::new();
    for (at, raw) in cells.iter().enumerate() {
        let header = text_of(raw).unwrap_or_default();
        let role = words::role(&header);
        if role == Role::Other && !header.is_empty() {
            told.left_out.push(header.clone());
        }
        columns.push(Col { at, header, role });
    }
    columns
}

type Take<'t> = &'t mut dyn FnMut(Event, u64) -> Result<(), Finding>;

fn row(
    reader: &Reader<'_>,
    (number, cells): (u64, &[Raw]),
    totals: &mut Totals,
    told: &mut Told,
    log: &mut FindingLog,
    take: Take<'_>,
) {
    let first = cells.iter().find_map(|raw| if let Raw::Text(text) = raw { Some(text.as_str()) } else { None });
    let total = cells.iter().take(4).find_map(|raw| if let Raw::Text(text) = raw { words::total(text) } else { None });
    let mut amounts: Vec<(&Col, Amount)> = Vec::new();
    let mut wrong = false;
    for col in reader.columns.iter().filter(|col| matches!(col.role, Role::Amount(..))) {
        match reader.amount(col, cells.get(col.at).unwrap_or(&Raw::Blank)) {
            Ok(amount) => amounts.extend(amount.map(|amount| (col, amount))),
            Err(phrase) => {
                // Below a list there is text in any column.
                if first.is_some_and(words::is_note) {
                    return;
                }
                wrong = true;
                log.push(Finding::from_phrase(phrase, col.place(reader.place, number)));
            }
        }
    }
    if wrong {
        return;
    }
    if let Some(is_part) = total {
        if totals.is_empty() {
            // A total above its rows: it is compared with nothing, which is said.
            log.push(Finding::warning("fund.total_above", reader.place.clone().row(number)));
            return;
        }
        for (col, amount) in &amounts {
            told.totals += 1;
            let place = col.place(reader.place, number);
            log.extend(totals.compare(col.at, is_part, amount.number, &amount.text, place));
        }
        if is_part {
            totals.part_ends();
        }
        return;
    }
    if amounts.is_empty() {
        if !first.is_some_and(words::is_note) {
            log.push(Finding::error("fund.no_amount", reader.place.clone().row(number)));
        }
        return;
    }
    for (col, amount) in &amounts {
        if !totals.add(col.at, amount.number) {
            log.push(Finding::from_phrase(Phrase::new("fund.too_large"), col.place(reader.place, number)));
        }
    }
    match reader.events(number, cells, &amounts) {
        Err(found) => log.extend(found),
        Ok(events) => {
            told.rows += 1;
            for event in events {
                told.events += 1;
                if let Err(finding) = take(event, number) {
                    log.push(finding);
                }
            }
        }
    }
}
