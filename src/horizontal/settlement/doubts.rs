//! What is doubtful in monitoring data that can be used: zeros, methods too blunt for the target, columns in another unit.
//!
//! These are remarks and no errors: the data are used as they stand, and who reads the result is told.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed as _, Zero as _};

use crate::agreement::clause::limit;
use crate::agreement::standard::Limits;
use crate::agreement::{Agreement, MeasureKind, shown};
use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog};
use crate::phrases::Text;
use crate::settlement::columns::Target;
use crate::settlement::facts::{At, Facts, Sample, place};
use crate::units::Exact;

/// A median so many times above the limit of class V, or below a part of that of class I, is no river's.
const ABOVE_FIFTH: i64 = 10;
const BELOW_FIRST: i64 = 100;

/// What is doubtful in the data of these years.
pub(super) fn doubts(agreement: &Agreement, facts: &Facts, tables: &[Table], years: &BTreeSet<i32>) -> Vec<Finding> {
    let mut log = FindingLog::default();
    for ((section, target, year), slots) in facts.series.iter().filter(|((_, _, year), _)| years.contains(year)) {
        let samples: Vec<&Sample> = slots.iter().flatten().collect();
        let about = |finding: Finding| {
            let name = agreement.section.get(*section).map(|known| known.name.0.clone());
            finding.with("section", name.unwrap_or_else(|| Text::same(""))).with("year", year.to_string())
        };
        match target {
            Target::Indicator(at) => of_indicator(agreement, (*section, *at), &samples, tables, about, &mut log),
            Target::Volume => {
                let zeros: Vec<&&Sample> = samples.iter().filter(|sample| sample.value().is_zero()).collect();
                if let Some(first) = zeros.first() {
                    let finding = Finding::warning("settlement.zero_volume", place(tables, first.at));
                    log.push(about(finding).with("count", zeros.len().to_string()));
                }
            }
            _ => {}
        }
    }
    published_zeros(agreement, facts, tables, years, &mut log);
    if !agreement.data.accept_outliers {
        slipped_columns(agreement, facts, tables, &mut log);
    }
    log.into_findings()
}

/// Zeros, and detection limits above what is to be found out, of one indicator at one section in one year.
fn of_indicator(
    agreement: &Agreement,
    (section, indicator): (usize, usize),
    samples: &[&Sample],
    tables: &[Table],
    about: impl Fn(Finding) -> Finding,
    log: &mut FindingLog,
) {
    let (Some(section), Some(indicator)) = (agreement.section.get(section), agreement.indicator.get(indicator)) else {
        return;
    };
    let is_zero = |sample: &&&Sample| match &sample.limit {
        // Zero is a temperature like any other.
        None => indicator.kept_unit() != "℃" && sample.value().is_zero(),
        Some(limit) => limit.is_zero(),
    };
    let zeros: Vec<&&Sample> = samples.iter().filter(is_zero).collect();
    if let Some(first) = zeros.first() {
        let finding = Finding::warning("settlement.zero_measured", place(tables, first.at));
        log.push(about(finding).with("indicator", indicator.label()).with("count", zeros.len().to_string()));
    }
    let target = limit(section, indicator).or_else(|| baseline(agreement, &indicator.id));
    let Some(target) = target else { return };
    let blunt: Vec<(&Sample, &Exact)> = samples
        .iter()
        .filter_map(|sample| Some((*sample, sample.limit.as_ref().filter(|limit| **limit > target)?)))
        .collect();
    if let Some((first, _)) = blunt.first() {
        let most = blunt.iter().map(|(_, limit)| *limit).max().map_or_else(String::new, shown);
        let finding = Finding::warning("settlement.blunt_method", place(tables, first.at));
        log.push(
            about(finding)
                .with("indicator", indicator.label())
                .with("count", blunt.len().to_string())
                .with("limit", most)
                .with("target", shown(&target))
                .with("unit", indicator.kept_unit()),
        );
    }
}

/// The least baseline that an index compares an indicator with.
fn baseline(agreement: &Agreement, indicator: &str) -> Option<Exact> {
    let indices = agreement.measure.iter().filter_map(|measure| match measure.kind() {
        Some(MeasureKind::Index(index)) => Some(index),
        _ => None,
    });
    let terms = indices.flat_map(|index| &index.term).filter(|term| term.indicator == indicator);
    terms.filter_map(|term| term.baseline.as_ref()).map(|baseline| baseline.0.clone()).min()
}

/// Indices and concentrations published as zero.
fn published_zeros(
    agreement: &Agreement,
    facts: &Facts,
    tables: &[Table],
    years: &BTreeSet<i32>,
    log: &mut FindingLog,
) {
    for ((measure, _, year), (value, at)) in &facts.given {
        let Some(measure) = agreement.measure.get(*measure).filter(|_| years.contains(year) && value.is_zero()) else {
            continue;
        };
        if matches!(
            measure.kind(),
            Some(MeasureKind::Index(_) | MeasureKind::Concentration(_) | MeasureKind::Volume(_))
        ) {
            let finding = Finding::warning("settlement.zero_published", place(tables, *at));
            log.push(finding.with("measure", measure.label()).with("year", year.to_string()));
        }
    }
}

/// Columns (of a long table: an indicator of it) whose values are those of another unit, all of them.
fn slipped_columns(agreement: &Agreement, facts: &Facts, tables: &[Table], log: &mut FindingLog) {
    let mut columns: BTreeMap<(usize, usize, usize), Vec<(Exact, At)>> = BTreeMap::new();
    for ((_, target, _), slots) in &facts.series {
        let Target::Indicator(indicator) = target else { continue };
        for sample in slots.iter().flatten().filter(|sample| !sample.below() && sample.value().is_positive()) {
            let (table, _, column) = sample.at;
            columns.entry((*indicator, table, column)).or_default().push((sample.value(), sample.at));
        }
    }
    for ((indicator, ..), mut values) in columns {
        let Some(indicator) = agreement.indicator.get(indicator) else { continue };
        let known = indicator.substance().filter(|_| indicator.unit.as_deref().is_none_or(|unit| unit == "mg/L"));
        let Some(Limits::AtMost(limits)) =
            known.filter(|known| known.unit == "mg/L").and_then(|known| known.limits(false))
        else {
            continue;
        };
        let (Some(first), Some(last)) = (limits.first(), limits.last()) else { continue };
        values.sort();
        let Some((median, at)) = values.get(values.len() / 2) else { continue };
        let far_above = *median >= last * Exact::from_integer(ABOVE_FIFTH.into());
        let far_below = median * Exact::from_integer(BELOW_FIRST.into()) <= *first;
        if far_above || far_below {
            let code = if far_above { "settlement.column_above" } else { "settlement.column_below" };
            log.push(
                Finding::warning(code, place(tables, *at))
                    .with("indicator", indicator.label())
                    .with("median", shown(median))
                    .with("limit", shown(if far_above { last } else { first }))
                    .with("count", values.len().to_string()),
            );
        }
    }
}
