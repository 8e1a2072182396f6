//! The keys of a rule of kind `deduction`: grades, what is deducted from, and who receives the pot.

use crate::dataset::{Quantity, indicator};
use crate::document::sections::{Reader, Section};
use crate::document::tree::{Node, Value};
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::rules::deduction::{Deduction, Key};
use crate::rules::grades::{Grade, Graded, Size, Step};
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
    if grades.iter().all(|grade| !grade.loses() && !grade.wins()) {
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
    let flat = |key: &'static str| one.get(key).map(|node| size(reader, node, (one, key)));
    let (deduct, sum) = (flat("deduct"), flat("reward_sum"));
    if let Some(Some(Size::Share(_))) = sum {
        // A share of the base is no fixed sum; points have their own key.
        reader.report(Finding::error("policy.reward_is_sum", one.place_of("reward_sum")));
    }
    let weight = one.decimal("reward");
    if let Some(weight) = weight.filter(|weight| weight.is_negative()) {
        reader.report(Finding::error("policy.negative", one.place_of("reward")).with("value", weight.to_string()));
    }
    let (lost, won) =
        (steps(reader, one, "deduct_per_point", "below"), steps(reader, one, "reward_per_point", "above"));
    if one.get("at_least").is_some() && named.is_some() {
        reader.report(Finding::error("policy.grade_both", one.place()));
    }
    let deduct = Graded { flat: whole(deduct)?, steps: lost? };
    let reward = Graded { flat: whole(sum)?, steps: won? };
    let weight = if one.get("reward").is_some() { weight? } else { Decimal::ZERO };
    if !(deduct.is_none() || weight.is_zero() && reward.is_none()) {
        reader.report(Finding::error("policy.grade_two_ways", one.place()));
    }
    let by_name = named.is_some();
    let groups = match named {
        Some(groups) => groups?,
        None => Vec::new(),
    };
    Some(Grade { id: id?, at_least, groups, by_name, deduct, reward, weight })
}

/// What may be missing, but not wrong.
fn whole<T>(found: Option<Option<T>>) -> Option<Option<T>> {
    found.map_or(Some(None), |found| found.map(Some))
}

/// A part of the base (`"5%"`), or money.
fn size(reader: &Reader, node: &Node, (one, key): (&Section<'_>, &'static str)) -> Option<Size> {
    let is_money = matches!(&node.value, Value::Text(text) if Money::parse(text).is_ok());
    let place = || one.place_of(key);
    if is_money {
        let sum = reader.money(node, &one.at(key))?;
        if sum < Money::ZERO {
            reader.report(Finding::error("policy.negative", place()).with("value", sum));
        }
        return Some(Size::Sum(sum));
    }
    let share = reader.decimal(node, &one.at(key))?;
    if share.is_negative() {
        reader.report(Finding::error("policy.negative", place()).with("value", share.to_string()));
    }
    if share > Decimal::ONE {
        reader.report(Finding::error("policy.deduct_above", place()).with("value", share.to_string()));
    }
    Some(Size::Share(share))
}

/// So much a point: `[{ below = 100, by = "1%" }]`.
fn steps(reader: &Reader, one: &Section<'_>, key: &'static str, side: &'static str) -> Option<Vec<Step>> {
    let Some(node) = one.get(key) else { return Some(Vec::new()) };
    let mut steps = Vec::new();
    for (index, item) in reader.list(node, &one.at(key)).iter().enumerate() {
        let step = reader.section(item, format!("{}[{}]", one.at(key), index + 1))?;
        let from = step.need(side).and_then(|node| reader.decimal(node, &step.at(side)));
        let by = step.need("by").and_then(|node| size(reader, node, (&step, "by")));
        step.finish();
        steps.push(Step { from: from?, by: by? });
    }
    Some(steps)
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
    let left = rule.pot(&shares).left();
    if left > Money::ZERO && shares.iter().all(|share| share.reward == share.fixed) {
        reader.report(Finding::warning("policy.nobody_rewarded", section.place()).with("pot", left));
    }
    let ungraded = shares.iter().filter(|share| share.grade.is_none()).count();
    if ungraded > 0 {
        let finding = Finding::warning("policy.ungraded", section.place());
        reader.report(finding.with("count", ungraded.to_string()));
    }
}
