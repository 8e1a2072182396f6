//! One year of an agreement, clause by clause.

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::clause::{Call, Excess};
use crate::agreement::{Agreement, Book, Clause, Event, Flow, Frame, MonthFact, Places, Reported, Valued};
use crate::dataset::table::Table;
use crate::finding::{Finding, Findings};
use crate::phrases::{Phrase, Text};
use crate::settlement::columns::Target;
use crate::settlement::document::{ClausePart, MeasurePart, YearPart};
use crate::settlement::facts::Facts;
use crate::settlement::ledger;
use crate::settlement::measures::{Measuring, class_number};
use crate::settlement::series::Sources;
use crate::units::Money;

/// What one year hands to the next.
#[derive(Default)]
pub(super) struct State {
    /// The book of the year; at its end it holds what is carried over.
    pub book: Book,
    /// All flows so far.
    pub all: Vec<Flow>,
}

/// The years to settle: the one asked for, or every year of the term that the data speak of.
///
/// # Errors
/// The year is outside the term, or no year has data.
pub(super) fn years(
    agreement: &Agreement,
    places: &Places<'_>,
    facts: &Facts,
    tables: &[Table],
    asked: Option<i32>,
) -> Result<Vec<i32>, Findings> {
    let head = &agreement.agreement;
    let term = head.first_year..=head.last_year;
    let outside = |year: i32| {
        Finding::error("settlement.year_outside", places.head("first_year"))
            .with("year", year.to_string())
            .with("first", head.first_year.to_string())
            .with("last", head.last_year.to_string())
    };
    let carries = agreement
        .clause
        .iter()
        .any(|clause| clause.budget.as_ref().is_some_and(|budget| budget.excess == Excess::CarryOver));
    match asked {
        Some(year) if !term.contains(&year) => Err(outside(year).into()),
        // What earlier years put off belongs to this one.
        Some(year) if carries => Ok((head.first_year..=year).collect()),
        Some(year) => Ok(vec![year]),
        None => {
            let known = facts.years();
            let needs_data = agreement.clause.iter().any(needs_data) || agreement.event.iter().any(must_be_told);
            let years: Vec<i32> = term.filter(|year| !needs_data || known.contains(year)).collect();
            if years.is_empty() {
                let place = tables.first().map_or_else(|| places.head("first_year"), |table| table.place.clone());
                let ignored = facts.ignored_columns.iter().chain(&facts.ignored_sections).chain(&facts.ignored_words);
                let ignored: Vec<&str> = ignored.take(12).map(String::as_str).collect();
                return Err(Finding::error("settlement.no_year", place)
                    .with("first", head.first_year.to_string())
                    .with("last", head.last_year.to_string())
                    .with("ignored", if ignored.is_empty() { "—".to_owned() } else { ignored.join(", ") })
                    .into());
            }
            Ok(years)
        }
    }
}

fn needs_data(clause: &Clause) -> bool {
    !measures_of(clause).is_empty() || clause.ladder.is_some() || clause.exceedance.is_some()
}

fn must_be_told(event: &Event) -> bool {
    event.if_not_reported == Reported::Error
}

/// Measures that a clause looks at.
fn measures_of(clause: &Clause) -> Vec<&str> {
    let tiers = clause.tiers.as_ref().map(|kind| kind.on.as_str());
    let clawback = clause.clawback.as_ref().map(|kind| kind.on.as_str());
    let quantity = clause.quantity.as_ref().map(|kind| kind.on.as_str());
    [tiers, clawback, quantity].into_iter().flatten().collect()
}

/// Settles a year.
///
/// # Errors
/// Data that are missing, or amounts beyond money.
pub(super) fn settle(
    agreement: &Agreement,
    places: &Places<'_>,
    facts: &Facts,
    tables: &[Table],
    year: i32,
    state: &mut State,
) -> Result<YearPart, Finding> {
    let months = months(agreement, facts, year);
    let events = events(agreement, places, facts, year)?;
    let (volume, entries) = (state.book.volume, state.book.entries);
    let mut book = Book { volume, entries, ..Book::default() };
    let carried_in = std::mem::take(&mut state.book.carried);
    book.voided = voided(agreement, year, &events);
    let mut measuring = Measuring { sources: Sources { agreement, places, facts, tables }, series: BTreeMap::new() };
    let (measures, mut measure_parts) = values(agreement, year, &months, &book.voided, &mut measuring)?;
    measure_parts.iter_mut().flat_map(|part| &mut part.steps).for_each(tidy);
    let frame = Frame { agreement, places, year, measures: &measures, months: &months, events: &events };
    let mut clauses: Vec<ClausePart> = Vec::new();
    for flow in &carried_in {
        // What was put off was counted when it arose.
        book.flows.push(flow.clone());
    }
    for (index, clause) in agreement.clause.iter().enumerate() {
        clauses.push(settle_clause(&frame, index, clause, &mut book)?);
    }
    for part in &mut clauses {
        let own = book.flows.iter().filter(|flow| flow.clause == part.id);
        part.flows = own.map(ledger::flow_part).collect();
        part.steps.iter_mut().for_each(tidy);
        // What last year put off shows under its clause even where that holds no longer.
        if part.not_in_force.is_some() && !part.flows.is_empty() {
            part.steps.push(Phrase::new("settlement.step_from_last_year").text());
        }
    }
    let ledger_parts = ledger::ledger(agreement, book.flows.iter());
    let transfers = ledger::transfers(agreement, &book.flows, &book.prepaid);
    let checks = ledger::checks(agreement, &book.flows, &ledger_parts, &transfers, &book.prepaid);
    state.all.extend(book.flows.iter().cloned());
    state.book = Book { carried: book.carried, volume: book.volume, entries: book.entries, ..Book::default() };
    Ok(YearPart {
        year,
        series: measuring.series.into_values().collect(),
        measures: measure_parts,
        clauses,
        ledger: ledger_parts,
        transfers,
        checks,
    })
}

/// `x = ≈1.2` is written `x ≈ 1.2`.
fn tidy(step: &mut Text) {
    for text in [&mut step.zh, &mut step.en] {
        if text.contains("= ≈") {
            *text = text.replace("= ≈", "≈ ");
        }
    }
}

fn settle_clause(frame: &Frame<'_>, index: usize, clause: &Clause, book: &mut Book) -> Result<ClausePart, Finding> {
    let mut steps: Vec<Text> = Vec::new();
    let not_in_force = if !clause.holds_in(frame.year) {
        Some(Phrase::new("settlement.not_this_year").text())
    } else if book.voided.contains(&clause.id) {
        Some(Phrase::new("settlement.voided").text())
    } else {
        None
    };
    let carried: i64 = book
        .flows
        .iter()
        .filter(|flow| flow.clause == clause.id && flow.carried_from.is_some())
        .map(|flow| flow.amount.fen())
        .sum();
    if carried > 0 {
        steps.push(Phrase::new("settlement.step_carried_in").with("amount", Money::from_fen(carried)).text());
    }
    if not_in_force.is_none() {
        for (key, kind) in clause.kinds() {
            let path = format!("clause[{}].{key}", index + 1);
            kind.settle(&mut Call { frame, clause, path, book, steps: &mut steps })?;
        }
    }
    let confirmed = clause.confirmed.unwrap_or(frame.agreement.agreement.confirmed);
    Ok(ClausePart {
        id: clause.id.clone(),
        title: clause.title.0.clone(),
        kind: clause.kind_name(),
        basis: clause.basis.clone(),
        confirmed,
        confirmed_name: confirmed.name(),
        not_in_force,
        steps,
        flows: Vec::new(),
    })
}

/// Clauses whose place an accident takes this year.
fn voided(agreement: &Agreement, year: i32, events: &BTreeMap<String, u64>) -> BTreeSet<String> {
    let accidents =
        agreement.clause.iter().filter(|clause| clause.holds_in(year)).filter_map(|clause| clause.accident.as_ref());
    accidents
        .filter(|accident| accident.happened(events) > 0)
        .flat_map(|accident| accident.instead_of.clone())
        .collect()
}

type Values = (BTreeMap<String, Vec<Valued>>, Vec<MeasurePart>);

/// Values of the measures that clauses in force look at.
fn values(
    agreement: &Agreement,
    year: i32,
    months: &BTreeMap<(String, u8), MonthFact>,
    voided: &BTreeSet<String>,
    measuring: &mut Measuring<'_>,
) -> Result<Values, Finding> {
    let in_force = agreement.clause.iter().filter(|clause| clause.holds_in(year) && !voided.contains(&clause.id));
    let needed: BTreeSet<&str> = in_force.flat_map(measures_of).collect();
    let mut values = BTreeMap::new();
    let mut parts = Vec::new();
    for measure in agreement.measure.iter().filter(|measure| needed.contains(measure.id.as_str())) {
        let found = measuring.measure(measure, year, months)?;
        values.insert(measure.id.clone(), found.values);
        parts.extend(found.parts);
    }
    Ok((values, parts))
}

/// The months of a year, by section.
fn months(agreement: &Agreement, facts: &Facts, year: i32) -> BTreeMap<(String, u8), MonthFact> {
    let mut months: BTreeMap<(String, u8), MonthFact> = BTreeMap::new();
    for ((section, target, of_year), slots) in &facts.series {
        let Some(section) = agreement.section.get(*section).filter(|_| *of_year == year) else { continue };
        for (month, sample) in (0_u8..).zip(slots.iter()).skip(1) {
            let Some(sample) = sample else { continue };
            let fact = months.entry((section.id.clone(), month)).or_default();
            match target {
                Target::Class => fact.class = class_number(&sample.value()),
                Target::Indicator(at) => {
                    if let Some(indicator) = agreement.indicator.get(*at) {
                        fact.values.insert(indicator.id.clone(), sample.value());
                    }
                }
                _ => {}
            }
        }
    }
    months
}

/// How often each event happened.
fn events(
    agreement: &Agreement,
    places: &Places<'_>,
    facts: &Facts,
    year: i32,
) -> Result<BTreeMap<String, u64>, Finding> {
    let mut events = BTreeMap::new();
    for (index, event) in agreement.event.iter().enumerate() {
        let count = facts.events.get(&(index, year)).copied();
        if count.is_none() && must_be_told(event) {
            return Err(Finding::error("settlement.event_not_reported", places.of(&format!("event[{}]", index + 1)))
                .with("event", event.name.0.clone())
                .with("year", year.to_string()));
        }
        events.insert(event.id.clone(), count.unwrap_or(0));
    }
    Ok(events)
}
