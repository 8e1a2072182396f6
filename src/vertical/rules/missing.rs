//! Figures that a rule, factor or objective needs and the data lack, as findings at their place in the tables.

use std::collections::BTreeSet;

use crate::dataset::columns::{is_standard, standard_header};
use crate::dataset::{Dataset, indicator};
use crate::finding::{Finding, Place, hint};
use crate::phrases::Lang;
use crate::rules::frame::MissingFigure;

/// One finding a blank figure; one alone where the data have no such column.
pub fn findings(missing: &[MissingFigure], dataset: &Dataset, who: &str) -> Vec<Finding> {
    let mut absent: BTreeSet<&str> = BTreeSet::new();
    let mut findings = Vec::new();
    for MissingFigure { at, indicator } in missing {
        if dataset.quantity(indicator).is_none() {
            if absent.insert(indicator) {
                findings.push(absent_column(dataset.place_of("", indicator), dataset, indicator).with("who", who));
            }
            continue;
        }
        for name in blank_ones(dataset, at, indicator) {
            let is_zero = dataset.figure_at(at, name).is_some_and(|figure| figure.is_zero());
            let code = if is_zero { "policy.figure_zero" } else { "policy.figure_missing" };
            let finding = Finding::from_phrase(crate::phrases::Phrase::new(code), dataset.place_of(at, name));
            findings.push(finding.with("at", dataset.named(at)).with("indicator", name).with("who", who));
        }
    }
    findings
}

/// A finding that the data have no such indicator: its column is missing, or the word is wrong.
pub fn unknown_indicator(place: Place, dataset: &Dataset, word: &str, who: &str) -> Finding {
    if is_standard(word) || word == indicator::COST {
        return absent_column(place, dataset, word).with("who", who);
    }
    let known = || dataset.quantities().keys().map(String::as_str);
    let like = hint(word, known()).text();
    Finding::error("policy.unknown_word", place).with("word", word).with("like", like)
}

fn absent_column(place: Place, dataset: &Dataset, name: &str) -> Finding {
    let names: &[&str] = if name == indicator::COST { COSTS } else { &[name] };
    let absent = names.iter().filter(|name| dataset.quantity(name).is_none());
    // The header as a table has it: `生态产品总值(万元)`.
    let headers = absent.map(|name| standard_header(name, Lang::Zh).unwrap_or_else(|| (*name).to_owned()));
    Finding::error("policy.column_missing", place).with("header", headers.collect::<Vec<_>>().join(", "))
}

const COSTS: &[&str] = &[indicator::PROTECTION_COST, indicator::OPPORTUNITY_COST];

/// The figure itself, or the parts of a sum that are blank.
fn blank_ones<'n>(dataset: &Dataset, at: &str, name: &'n str) -> Vec<&'n str> {
    if name != indicator::COST {
        return vec![name];
    }
    COSTS.iter().copied().filter(|part| dataset.figure_at(at, part).is_none()).collect()
}
