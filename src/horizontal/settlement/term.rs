//! Which years of the term are settled, and which have no data.

use std::collections::BTreeSet;

use crate::agreement::clause::Excess;
use crate::agreement::{Agreement, Clause, Places, Reported, Role};
use crate::dataset::table::Table;
use crate::finding::{Finding, Findings, Place};
use crate::settlement::facts::Facts;

/// The years of a settlement.
#[derive(Debug, Default)]
pub(super) struct Years {
    /// Those that are settled, in order.
    pub settled: Vec<i32>,
    /// Those that need data and have none.
    pub without_data: Vec<i32>,
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
) -> Result<Years, Findings> {
    let head = &agreement.agreement;
    let term = head.first_year..=head.last_year;
    if let Some(year) = asked.filter(|year| !term.contains(year)) {
        return Err(Finding::error("settlement.year_outside", places.head("first_year"))
            .with("year", year.to_string())
            .with("first", head.first_year.to_string())
            .with("last", head.last_year.to_string())
            .into());
    }
    let known = facts.years();
    let has_data = |year: &i32| known.contains(year) || !needs_data(agreement, *year);
    let range = match asked {
        // What earlier years put off or left in a fund belongs to this one.
        Some(year) if keeps(agreement) => head.first_year..=year,
        Some(year) => year..=year,
        None => term,
    };
    // Of the year asked for it is said what is missing.
    let (settled, without_data): (Vec<i32>, Vec<i32>) = range.partition(|year| asked == Some(*year) || has_data(year));
    if settled.is_empty() {
        let ignored = facts.ignored_columns.iter().chain(&facts.ignored_sections).chain(&facts.ignored_words);
        let ignored: Vec<&str> = ignored.take(12).map(String::as_str).collect();
        return Err(Finding::error("settlement.no_year", data_place(places, tables))
            .with("first", head.first_year.to_string())
            .with("last", head.last_year.to_string())
            .with("ignored", if ignored.is_empty() { "—".to_owned() } else { ignored.join(", ") })
            .into());
    }
    Ok(Years { settled, without_data })
}

/// What a reader must know of the years that are not settled, or that are settled beside the one asked for.
pub(super) fn warnings(agreement: &Agreement, tables: &[Table], years: &Years, asked: Option<i32>) -> Vec<Finding> {
    let mut warnings = Vec::new();
    let of_head = |key: &str| Place::default().column(format!("agreement.{key}"));
    let list = |years: &[i32]| years.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    if !years.without_data.is_empty() {
        let code =
            if keeps(agreement) { "settlement.years_without_data_kept" } else { "settlement.years_without_data" };
        // The key alone: a remark is the same whatever file, or body, the agreement came in.
        let place = tables.first().map_or_else(|| of_head("first_year"), |table| table.place.clone());
        let finding = Finding::warning(code, place);
        warnings.push(finding.with("years", list(&years.without_data)));
    }
    if let (Some(year), [first, .., _]) = (asked, years.settled.as_slice()) {
        let finding = Finding::warning("settlement.earlier_years_too", of_head("first_year"));
        warnings.push(finding.with("year", year.to_string()).with("first", first.to_string()));
    }
    warnings
}

/// Place of the monitoring data as a whole, or of the term where there are none.
fn data_place(places: &Places<'_>, tables: &[Table]) -> Place {
    tables.first().map_or_else(|| places.head("first_year"), |table| table.place.clone())
}

/// Whether a clause that holds in a year, or an event, needs data of it.
fn needs_data(agreement: &Agreement, year: i32) -> bool {
    let of_data =
        |clause: &Clause| !clause.measures().is_empty() || clause.ladder.is_some() || clause.exceedance.is_some();
    agreement.clause.iter().any(|clause| clause.holds_in(year) && of_data(clause))
        || agreement.event.iter().any(|event| event.if_not_reported == Reported::Error)
}

/// Whether a year may hand something to the next: what a budget puts off, what a fund holds or could not pay.
fn keeps(agreement: &Agreement) -> bool {
    let carries = |clause: &Clause| clause.budget.as_ref().is_some_and(|budget| budget.excess == Excess::CarryOver);
    let funds = agreement.party.iter().filter(|party| party.role == Role::Pool);
    agreement.clause.iter().any(carries) || funds.into_iter().any(|fund| keeps_money(agreement, &fund.id))
}

/// Whether a fund may hold money, or debts, at the end of a year: only one that gives everything out by its last clause does not.
fn keeps_money(agreement: &Agreement, fund: &str) -> bool {
    let of_section = agreement
        .section
        .iter()
        .any(|section| [&section.upstream, &section.downstream].into_iter().flatten().any(|party| party == fund));
    let voided: BTreeSet<&String> = agreement
        .clause
        .iter()
        .filter_map(|clause| clause.accident.as_ref())
        .flat_map(|kind| &kind.instead_of)
        .collect();
    let limited = |clause: &Clause| {
        clause.budget.as_ref().is_some_and(|budget| budget.party == fund)
            || clause.cap.as_ref().is_some_and(|cap| cap.payer.as_deref().is_none_or(|payer| payer == fund))
    };
    let touching: Vec<&Clause> = agreement.clause.iter().filter(|clause| clause.parties().contains(&fund)).collect();
    let own = |clause: &&Clause| clause.pool.as_ref().is_some_and(|pool| pool.fund == fund);
    let empties = touching.last().is_some_and(|clause| {
        clause.years.is_none()
            && !voided.contains(&clause.id)
            && clause.pool.as_ref().is_some_and(|pool| pool.fund == fund && !pool.distribute.is_empty())
    });
    of_section || agreement.clause.iter().any(limited) || !touching.iter().all(own) || !(empties || touching.is_empty())
}
