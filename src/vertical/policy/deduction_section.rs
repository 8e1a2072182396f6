//! The keys of a rule of kind `deduction`: grades, what is deducted from, and who receives the pot.

use crate::dataset::{Quantity, indicator};
use crate::document::sections::{Reader, Section};
use crate::document::tree::Node;
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::rules::deduction::{Deduction, Grade, Key};
use crate::rules::missing::unknown_indicator;
use crate::rules::{Frame, Per, Selection};
use crate::units::{Decimal, Money};

/// Reads the rule; `of` is its selection.
pub(super) fn read(reader: &Reader, section: &Section<'_>, of: Option<Selection>, frame: &Frame) -> Option<Deduction> {
    let per = section.choice("per", &[("area", Per::Area), ("cell", Per::Cell)]).unwrap_or(Per::Area);
    let name = section.text("indicator").unwrap_or_else(|| indicator::OUTCOME.to_owned());
    let against = section.text("against").unwrap_or_else(|| "entitlement".to_owned());
    let key = key(reader, section, frame);
    let extra = match section.get("extra") {
        Some(node) => reader.money(node, &section.at("extra"))?,
        None => Money::ZERO,
    };
    if extra < Money::ZERO {
        reader.report(Finding::error("policy.negative", section.place_of("extra")).with("value", extra));
    }
    let grades = grades(reader, section, per, frame)?;
    if against != "entitlement" && frame.dataset.quantity(&against) != Some(Quantity::Money) {
        let finding = Finding::error("policy.aggregate_not_money", section.place_of("against"));
        reader.report(finding.with("word", &against).with("like", "entitlement, last_year"));
        return None;
    }
    let rule = Deduction { of: of?, per, indicator: name, against, grades, key: key?, extra };
    if rule.looks_at_scores() && frame.dataset.quantity(&rule.indicator).is_none() {
        let place = section.place_of("indicator");
        reader.report(unknown_indicator(place, &frame.dataset, &rule.indicator, &section.path));
        return None;
    }
    warn_of_nobody(reader, section, &rule, frame);
    Some(rule)
}

fn key(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Key> {
    let Some(word) = section.text("key") else { return Some(Key::Figure("entitlement".to_owned())) };
    match word.as_str() {
        "equal" => Some(Key::Equal),
        "entitlement" => Some(Key::Figure(word)),
        _ if frame.dataset.quantity(&word).is_some() => Some(Key::Figure(word)),
        _ => {
            reader.report(unknown_indicator(section.place_of("key"), &frame.dataset, &word, &section.at("key")));
            None
        }
    }
}

fn grades(reader: &Reader, section: &Section<'_>, per: Per, frame: &Frame) -> Option<Vec<Grade>> {
    let node = section.need("grades")?;
    let path = section.at("grades");
    let mut grades: Vec<Grade> = Vec::new();
    for (index, item) in reader.list(node, &path).iter().enumerate() {
        let one = reader.section(item, format!("{path}[{}]", index + 1))?;
        let grade = grade(reader, &one, per, frame);
        one.finish();
        let grade = grade?;
        let place = reader.place(item.line, &format!("{path}[{}]", index + 1));
        if grades.iter().any(|known| known.id == grade.id) {
            reader.report(Finding::error("policy.duplicate_id", place.clone()).with("id", &grade.id));
        }
        if let Some(twice) = grade.groups.iter().find(|code| grades.iter().any(|known| known.groups.contains(*code))) {
            reader.report(Finding::error("policy.graded_twice", place.clone()).with("group", twice));
        }
        // From the best down: a grade behind one that takes every score would never be given.
        let by_score = |grade: &&Grade| !grade.by_name;
        let falls = grades.iter().rfind(by_score).is_none_or(|last| match (last.at_least, grade.at_least) {
            (Some(last), Some(own)) => own < last,
            (None, _) => grade.by_name,
            (Some(_), None) => true,
        });
        if !falls && !grade.by_name {
            reader.report(Finding::error("policy.grades_order", place).with("id", &grade.id));
        }
        grades.push(grade);
    }
    if grades.iter().all(|grade| !grade.loses && grade.reward.is_zero()) {
        let finding = Finding::error("policy.none", reader.place(node.line, &path));
        reader.report(finding.with("what", Phrase::new("policy.what_grade").text()));
        return None;
    }
    Some(grades)
}

fn grade(reader: &Reader, one: &Section<'_>, per: Per, frame: &Frame) -> Option<Grade> {
    let id = one.need("id").and_then(|node| reader.text(node, &one.at("id")));
    let at_least = one.decimal("at_least");
    let named = one.get("area").map(|node| codes(reader, node, one, (per, frame)));
    let number = |key: &'static str, most: Option<Decimal>| -> Option<Decimal> {
        let Some(node) = one.get(key) else { return Some(Decimal::ZERO) };
        let value = reader.decimal(node, &one.at(key))?;
        if value.is_negative() {
            reader.report(Finding::error("policy.negative", one.place_of(key)).with("value", value.to_string()));
        }
        if most.is_some_and(|most| value > most) {
            let finding = Finding::error("policy.deduct_above", one.place_of(key));
            reader.report(finding.with("value", value.to_string()));
        }
        Some(value)
    };
    let (deduct, reward) = (number("deduct", Some(Decimal::ONE)), number("reward", None));
    if one.get("at_least").is_some() && named.is_some() {
        reader.report(Finding::error("policy.grade_both", one.place()));
    }
    let (deduct, reward) = (deduct?, reward?);
    let loses = one.get("deduct").is_some();
    if loses && !reward.is_zero() {
        reader.report(Finding::error("policy.grade_two_ways", one.place()));
    }
    let by_name = named.is_some();
    let groups = match named {
        Some(groups) => groups?,
        None => Vec::new(),
    };
    Some(Grade { id: id?, at_least, groups, by_name, loses, deduct, reward })
}

/// The codes of areas that are graded by name; with cells as groups, of all their cells.
fn codes(reader: &Reader, node: &Node, one: &Section<'_>, (per, frame): (Per, &Frame)) -> Option<Vec<String>> {
    let mut codes = Vec::new();
    for word in reader.words(node, &one.at("area")) {
        let Some(area) = frame.area_of(&word) else {
            let names = frame.dataset.areas().iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
            reader.report(crate::document::sections::unknown_word(one.place_of("area"), &word, names));
            return None;
        };
        match per {
            Per::Cell => {
                let own = frame
                    .cells()
                    .filter(|cell| frame.dataset.cells().get(cell.0).is_some_and(|found| found.area == area));
                codes.extend(own.map(|cell| frame.cell_code(cell)));
            }
            _ => codes.push(frame.area_code(area).to_owned()),
        }
    }
    Some(codes)
}

/// A pot that nobody receives stays where the objective puts it: better said than found out.
fn warn_of_nobody(reader: &Reader, section: &Section<'_>, rule: &Deduction, frame: &Frame) {
    let Ok(shares) = rule.shares(frame) else { return };
    let pot: Money = shares.iter().map(|share| share.cut).chain([rule.extra]).sum();
    if pot > Money::ZERO && shares.iter().all(|share| share.reward == Money::ZERO) {
        reader.report(Finding::warning("policy.nobody_rewarded", section.place()).with("pot", pot));
    }
    let ungraded = shares.iter().filter(|share| share.grade.is_none()).count();
    if ungraded > 0 {
        let finding = Finding::warning("policy.ungraded", section.place());
        reader.report(finding.with("count", ungraded.to_string()));
    }
}
