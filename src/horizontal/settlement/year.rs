//! One year of an agreement, clause by clause.

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::clause::Call;
use crate::agreement::{Agreement, Book, Clause, Flow, Frame, Limits, MonthFact, Places, Reported, Valued};
use crate::dataset::table::Table;
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::settlement::columns::Target;
use crate::settlement::document::{ClausePart, MeasurePart, YearPart};
use crate::settlement::facts::Facts;
use crate::settlement::measures::{Measuring, class_number};
use crate::settlement::series::Sources;
use crate::settlement::{advances, checks, ledger};
use crate::units::Money;

/// What one year hands to the next.
pub(super) struct State {
    /// The book of the last year: what it put off, what the funds hold.
    pub book: Book,
    /// All flows so far.
    pub all: Vec<Flow>,
    /// All advances so far.
    pub advances: Vec<Flow>,
}

impl State {
    /// Before the first year: nothing put off, every fund empty.
    pub fn new(agreement: &Agreement) -> Self {
        Self { book: Book::empty(agreement), all: Vec::new(), advances: Vec::new() }
    }
}

/// A clause whose orders depend on nothing that was posted before it: what it ordered, and how it came about.
struct Known {
    orders: Vec<Flow>,
    steps: Vec<Text>,
}

/// So often a year is settled again under the limits that it found itself; most agreements need one or two.
const PASSES_FREE: usize = 40;
/// So often after that, with limits that only become less.
const PASSES: usize = 400;

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
    let voided = voided(agreement, year, &events);
    let mut measuring = Measuring { sources: Sources { agreement, places, facts, tables }, series: BTreeMap::new() };
    let (measures, mut measure_parts) = values(agreement, year, &months, &voided, &mut measuring)?;
    measure_parts.iter_mut().flat_map(|part| &mut part.steps).for_each(tidy);
    let frame = Frame { agreement, places, year, measures: &measures, months: &months, events: &events };
    let (mut clauses, mut book) = steady(&frame, &voided, &state.book)?;
    advances::within_funds(agreement, &state.book.funds, &mut book, &mut clauses);
    for part in &mut clauses {
        let own = book.flows.iter().filter(|flow| flow.clause == part.id);
        part.flows = own.map(|flow| ledger::flow_part(agreement, flow)).collect();
        part.steps.iter_mut().for_each(tidy);
        // What last year put off shows under its clause even where that holds no longer.
        if part.not_in_force.is_some() && !part.flows.is_empty() {
            part.steps.push(Phrase::new("settlement.step_from_last_year").text());
        }
    }
    let ledger_parts = ledger::ledger(agreement, book.flows.iter(), book.prepaid.iter());
    let transfers = ledger::transfers(agreement, &book.flows, &book.prepaid);
    let funds = ledger::funds(agreement, &state.book.funds, &book);
    let checks = checks::checks(agreement, &state.book, &book, (&ledger_parts, &transfers, &funds));
    if let Some(failed) = checks.iter().find(|check| !check.holds) {
        return Err(Finding::error("settlement.check_failed", places.of("clause"))
            .with("year", year.to_string())
            .with("what", failed.what.clone()));
    }
    let advances = book.prepaid.iter().map(ledger::advance_part).collect();
    state.all.append(&mut book.flows);
    state.advances.append(&mut book.prepaid);
    state.book = book;
    Ok(YearPart {
        year,
        series: measuring.series.into_values().collect(),
        measures: measure_parts,
        clauses,
        ledger: ledger_parts,
        transfers,
        advances,
        funds,
        checks,
    })
}

/// The year under limits that are those it finds: what a cap or budget cuts is not given out by a fund and no base of a share.
fn steady(frame: &Frame<'_>, voided: &BTreeSet<String>, last: &Book) -> Result<(Vec<ClausePart>, Book), Finding> {
    let agreement = frame.agreement;
    let limiting = agreement.clause.iter().any(|clause| clause.cap.is_some() || clause.budget.is_some());
    let mut known: Vec<Option<Known>> = agreement.clause.iter().map(|_| None).collect();
    let mut limits = Limits::default();
    for pass in 0..PASSES {
        let mut book = Book::open(agreement, last, &limits);
        book.voided.clone_from(voided);
        let mut parts = Vec::with_capacity(agreement.clause.len());
        for ((index, clause), known) in agreement.clause.iter().enumerate().zip(&mut known) {
            parts.push(settle_clause(frame, (index, clause), &mut book, (known, limiting))?);
        }
        let free = pass < PASSES_FREE;
        let is_steady = if free { book.found == limits } else { !book.exceeded };
        if is_steady {
            return Ok((parts, book));
        }
        let found = std::mem::take(&mut book.found);
        limits = if free { found } else { limits.tightened(&found) };
    }
    Err(Finding::error("settlement.unsteady", frame.places.of("clause")).with("year", frame.year.to_string()))
}

/// `x = ≈1.2` is written `x ≈ 1.2`.
fn tidy(step: &mut Text) {
    for text in [&mut step.zh, &mut step.en] {
        if text.contains("= ≈") {
            *text = text.replace("= ≈", "≈ ");
        }
    }
}

fn settle_clause(
    frame: &Frame<'_>,
    (index, clause): (usize, &Clause),
    book: &mut Book,
    (known, keep): (&mut Option<Known>, bool),
) -> Result<ClausePart, Finding> {
    let mut steps: Vec<Text> = Vec::new();
    let not_in_force = if !clause.holds_in(frame.year) {
        Some(Phrase::new("settlement.not_this_year").text())
    } else if book.voided.contains(&clause.id) {
        Some(Phrase::new("settlement.voided").text())
    } else {
        None
    };
    let carried = book.take_waiting(index);
    let kinds = clause.kinds();
    let key = kinds.first().map_or("", |(key, _)| *key);
    let path = format!("clause[{}].{key}", index + 1);
    let (orders, posted, looked) = (Vec::new(), 0, false);
    let mut call = Call { frame, clause, position: index, path, book, orders, posted, looked, steps: &mut steps };
    if !carried.is_empty() {
        let owed: i64 = carried.iter().map(|flow| flow.due.fen()).sum();
        call.tell(&Phrase::new("settlement.step_carried_in").with("amount", Money::from_fen(owed)));
        call.post_all(carried, 0)?;
    }
    if not_in_force.is_none() {
        if let Some(known) = known {
            call.orders.clone_from(&known.orders);
            call.steps.extend(known.steps.iter().cloned());
        } else {
            let before = call.steps.len();
            for (_, kind) in kinds {
                kind.settle(&mut call)?;
            }
            if keep && !call.looked {
                let steps = call.steps.get(before..).unwrap_or_default().to_vec();
                *known = Some(Known { orders: call.orders.clone(), steps });
            }
        }
        call.post()?;
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
    let needed: BTreeSet<&str> = in_force.flat_map(Clause::measures).collect();
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
    for ((section, target, of_year), words) in &facts.absent {
        let Some(section) = agreement.section.get(*section).filter(|_| *of_year == year) else { continue };
        for (month, words) in words.iter().filter(|(month, _)| **month > 0 && *target != Target::Volume) {
            months.entry((section.id.clone(), *month)).or_default().absent.get_or_insert_with(|| words.clone());
        }
    }
    months
}

/// How often each event happened of which a file speaks.
fn events(
    agreement: &Agreement,
    places: &Places<'_>,
    facts: &Facts,
    year: i32,
) -> Result<BTreeMap<String, u64>, Finding> {
    let mut events = BTreeMap::new();
    for (index, event) in agreement.event.iter().enumerate() {
        let count = facts.events.get(&(index, year)).copied();
        if count.is_none() && event.if_not_reported == Reported::Error {
            return Err(Finding::error("settlement.event_not_reported", places.of(&format!("event[{}]", index + 1)))
                .with("event", event.name.0.clone())
                .with("year", year.to_string()));
        }
        events.extend(count.map(|count| (event.id.clone(), count)));
    }
    Ok(events)
}
