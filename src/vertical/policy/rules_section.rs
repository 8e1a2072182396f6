//! The `[[rule]]` section: each kind's keys, read and resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dataset::columns::is_standard;
use crate::dataset::{Quantity, indicator};
use crate::document::sections::{Reader, Section, unknown_word};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Place};
use crate::phrases::{Phrase, Text};
use crate::policy::selection::{between, selection};
use crate::policy::{deduction_section, is_id};
use crate::rules::band::Band;
use crate::rules::missing::unknown_indicator;
use crate::rules::naming::listed;
use crate::rules::naming::{figure_name, figure_text, group_name};
use crate::rules::{
    Frame, KINDS, Measure, Part, Per, Rule, RuleKind, Selection, cap, channel, corridor, floor, linear, outcome_gate,
    outcome_order, per_head, share, unit_standard,
};
use crate::units::{Decimal, Exact, Extent, Money, number_and_unit};

/// Reads all enabled rules.
pub(super) fn read(reader: &Reader, node: Option<&Node>, frame: &Frame) -> Vec<Arc<Rule>> {
    let Some(node) = node else { return Vec::new() };
    let mut rules: Vec<Arc<Rule>> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids: BTreeSet<String> = frame.funds.iter().map(|fund| fund.id.clone()).collect();
    for (index, item) in reader.list(node, "rule").iter().enumerate() {
        let Some(section) = reader.section(item, format!("rule[{}]", index + 1)) else { continue };
        let enabled = section.flag("enabled").unwrap_or(true);
        let Some(kind_word) = section.need("kind").and_then(|node| reader.text(node, &section.at("kind"))) else {
            continue;
        };
        let count = seen.entry(kind_word.clone()).or_default();
        *count += 1;
        let default_id = if *count == 1 { kind_word.clone() } else { format!("{kind_word}_{count}") };
        let id = section.text("id").unwrap_or(default_id);
        if !is_id(&id) {
            reader.report(Finding::error("policy.id_form", section.place_of("id")).with("id", &id));
        }
        if !ids.insert(id.clone()) {
            reader.report(Finding::error("policy.duplicate_id", section.place_of("id")).with("id", &id));
        }
        let basis = section.text("basis").unwrap_or_default();
        let label = section.label("label").unwrap_or_else(|| kind_label(&kind_word));
        let penalty = soft(reader, &section);
        if kind_word == "channel" && penalty.is_some() {
            reader.report(Finding::error("policy.never_soft", section.place_of("soft")));
        }
        if let Some(kind) = kind(reader, &section, &kind_word, frame)
            && enabled
        {
            rules.push(Arc::new(Rule { id, label, basis, penalty, line: section.line, kind }));
        }
        if KINDS.contains(&kind_word.as_str()) {
            section.finish();
        }
    }
    rules
}

/// Reads one rule again under another frame or with other numbers; its id stays.
pub(super) fn again(reader: &Reader, node: &Node, index: usize, id: &str, frame: &Frame) -> Option<Rule> {
    let section = reader.section(node, format!("rule[{}]", index + 1))?;
    let _ = (section.get("enabled"), section.get("id"));
    let word = section.text("kind")?;
    let basis = section.text("basis").unwrap_or_default();
    let label = section.label("label").unwrap_or_else(|| kind_label(&word));
    let penalty = soft(reader, &section);
    let kind = kind(reader, &section, &word, frame)?;
    let line = section.line;
    section.finish();
    Some(Rule { id: id.to_owned(), label, basis, penalty, line, kind })
}

/// Printed name of a kind of rule, for one without a label of its own.
pub fn kind_label(word: &str) -> Text {
    let code = match word {
        "unit_standard" => "rules.kind_unit_standard",
        "floor" => "rules.kind_floor",
        "cap" => "rules.kind_cap",
        "share" => "rules.kind_share",
        "corridor" => "rules.kind_corridor",
        "outcome_gate" => "rules.kind_outcome_gate",
        "outcome_order" => "rules.kind_outcome_order",
        "per_head" => "rules.kind_per_head",
        "channel" => "rules.kind_channel",
        "deduction" => "rules.kind_deduction",
        _ => "rules.kind_linear",
    };
    Phrase::new(code).text()
}

fn soft(reader: &Reader, section: &Section<'_>) -> Option<Decimal> {
    let node = section.get("soft")?;
    let soft = reader.section(node, section.at("soft"))?;
    let penalty = soft.need("penalty").and_then(|node| reader.decimal(node, &soft.at("penalty")));
    let penalty = penalty.filter(|penalty| bounded(reader, soft.place_of("penalty"), *penalty));
    if let Some(penalty) = penalty.filter(|penalty| *penalty <= Decimal::ZERO) {
        reader
            .report(Finding::error("policy.not_positive", soft.place_of("penalty")).with("value", penalty.to_string()));
    }
    soft.finish();
    penalty
}

fn kind(reader: &Reader, section: &Section<'_>, word: &str, frame: &Frame) -> Option<RuleKind> {
    match word {
        "unit_standard" => {
            let band = band(reader, section, frame, Sides::Either)?;
            for (path, measure) in [&band.at_least, &band.at_most].into_iter().flatten() {
                if !unit_standard::fits(measure) {
                    let place = reader.place(section.line, &section.at(path));
                    reader.report(Finding::error("policy.measure_kind", place).with("value", measure.text()));
                }
            }
            Some(RuleKind::UnitStandard(unit_standard::UnitStandard(band)))
        }
        "floor" => Some(RuleKind::Floor(floor::Floor(band(reader, section, frame, Sides::Lower)?))),
        "cap" => Some(RuleKind::Cap(cap::Cap(band(reader, section, frame, Sides::Upper)?))),
        "corridor" => corridor(reader, section, frame).map(RuleKind::Corridor),
        "share" => share(reader, section, frame).map(RuleKind::Share),
        "outcome_gate" => outcome_gate(reader, section, frame).map(RuleKind::OutcomeGate),
        "outcome_order" => outcome_order(reader, section, frame).map(RuleKind::OutcomeOrder),
        "per_head" => per_head(reader, section, frame).map(RuleKind::PerHead),
        "channel" => channel(reader, section, frame).map(RuleKind::Channel),
        "linear" => linear(reader, section, frame).map(RuleKind::Linear),
        "deduction" => {
            let of = of(reader, section, frame);
            deduction_section::read(reader, section, of, frame).map(RuleKind::Deduction)
        }
        other => {
            reader.report(unknown_word(section.place_of("kind"), other, KINDS.iter().copied()));
            None
        }
    }
}

/// Largest plain number of a rule: a multiple beyond it says nothing, and a linear program cannot hold it.
const NUMBER_MAX: i64 = 1_000_000_000_000;

/// Whether a number may stand in a linear program; a finding where it may not.
fn bounded(reader: &Reader, place: Place, number: Decimal) -> bool {
    let is_small = number <= Decimal::from_integer(NUMBER_MAX);
    if !is_small {
        let most = crate::units::group_thousands(NUMBER_MAX.unsigned_abs());
        let finding = Finding::error("policy.number_too_large", place);
        reader.report(finding.with("value", number.to_string()).with("most", most));
    }
    is_small
}

/// The selection of `of`, or of the short form `ecosystem = …` in its place.
fn of(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Selection> {
    match (section.get("of"), section.get("ecosystem")) {
        (Some(_), Some(_)) => {
            reader.report(Finding::error("policy.two_selections", section.place_of("ecosystem")));
            None
        }
        (Some(node), None) => selection(reader, node, &section.at("of"), frame),
        (None, Some(node)) => {
            let wrapped = Node { line: node.line, value: Value::Table(vec![("ecosystem".to_owned(), node.clone())]) };
            selection(reader, &wrapped, &section.path, frame)
        }
        (None, None) => Some(Selection::total(frame)),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sides {
    Lower,
    Upper,
    Either,
}

fn band(reader: &Reader, section: &Section<'_>, frame: &Frame, sides: Sides) -> Option<Band> {
    let of = of(reader, section, frame);
    let per = section.choice("per", Per::WORDS).unwrap_or(Per::Cell);
    let bound = |key: &'static str| {
        let node = section.get(key)?;
        measure(reader, node, &section.at(key), frame).map(|measure| (key.to_owned(), measure))
    };
    let (at_least, at_most) = (bound("at_least"), bound("at_most"));
    let given = (section.get("at_least").is_some(), section.get("at_most").is_some());
    let wrong = match sides {
        Sides::Lower if given.1 => Some(("at_most", "floor", "at_least", "cap")),
        Sides::Upper if given.0 => Some(("at_least", "cap", "at_most", "floor")),
        _ => None,
    };
    if let Some((key, kind, right, other)) = wrong {
        let finding = Finding::error("policy.wrong_side", section.place_of(key)).with("key", key).with("kind", kind);
        reader.report(finding.with("right", right).with("other", other));
        return None;
    }
    if given == (false, false) {
        reader.report(Finding::error("policy.bound_missing", section.place()));
    }
    if let (Some((_, least)), Some((_, most))) = (&at_least, &at_most)
        && least.is_above(most)
    {
        report_crossed(reader, section, least.text(), most.text());
    }
    // A bound that is written but wrong has been reported: the rule must not stand without it.
    let as_given = (at_least.is_some(), at_most.is_some()) == given;
    (as_given && given != (false, false)).then_some(Band { of: of?, per, at_least, at_most, bare: false })
}

/// A measure: money, a standard, or multiples of figures.
fn measure(reader: &Reader, node: &Node, path: &str, frame: &Frame) -> Option<Measure> {
    let refuse = |phrase: Phrase| {
        reader.report(Finding::from_phrase(phrase, reader.place(node.line, path)));
        None
    };
    match &node.value {
        Value::Text(text) => match standard(text) {
            Ok(part) => {
                if part.number().is_negative() {
                    return refuse(Phrase::new("policy.negative").with("value", text));
                }
                Some(Measure { parts: vec![part] })
            }
            Err(phrase) => refuse(phrase),
        },
        Value::Number(text) => refuse(
            Phrase::new("units.unit_missing").with("value", text).with("units", "元, 万元, 元/亩, 元/公顷, 元/人"),
        ),
        Value::Table(entries) if !entries.is_empty() => {
            let mut parts = Vec::new();
            for (name, value) in entries {
                let path = format!("{path}.{name}");
                let times = reader.decimal(value, &path)?;
                let _ = bounded(reader, reader.place(value.line, &path), times);
                if times.is_negative() {
                    reader.report(
                        Finding::error("policy.negative", reader.place(value.line, &path))
                            .with("value", times.to_string()),
                    );
                }
                if !is_money(frame, name) {
                    reader.report(not_money(reader.place(value.line, &path), frame, name, &path));
                    return None;
                }
                parts.push(Part::Times(name.clone(), times));
            }
            Some(Measure { parts })
        }
        _ => {
            reader.wrong_type(node, path, "money");
            None
        }
    }
}

/// A figure that is no money, or that the data do not have.
fn not_money(place: Place, frame: &Frame, name: &str, who: &str) -> Finding {
    let is_absent = frame.dataset.quantity(name).is_none();
    if is_absent && (is_standard(name) || name == indicator::COST) {
        return unknown_indicator(place, &frame.dataset, name, who);
    }
    Finding::error("policy.aggregate_not_money", place).with("word", name).with("like", money_figures(frame).join(", "))
}

fn is_money(frame: &Frame, name: &str) -> bool {
    name == "entitlement" || frame.dataset.quantity(name) == Some(Quantity::Money)
}

fn money_figures(frame: &Frame) -> Vec<&str> {
    let figures = frame.dataset.quantities().iter().filter(|(_, quantity)| **quantity == Quantity::Money);
    let cost = frame.dataset.quantity(indicator::COST).map(|_| indicator::COST);
    figures.map(|(name, _)| name.as_str()).chain(cost).chain(["entitlement"]).collect()
}

/// `100 万元`, `450 元/亩`, `300 元/人`.
fn standard(text: &str) -> Result<Part, Phrase> {
    let (number, unit) = number_and_unit(text)?;
    let units = "元, 万元, 亿元, 元/亩, 元/公顷, 元/km2, 元/人";
    if unit.is_empty() {
        return Err(Phrase::new("units.unit_missing").with("value", text).with("units", units));
    }
    let (money, per) = unit.split_once('/').map_or((unit, None), |(money, per)| (money.trim(), Some(per.trim())));
    let unknown =
        |unit: &str| Phrase::new("units.unit_unknown").with("value", text).with("unit", unit).with("units", units);
    let fen = Money::of(Decimal::ONE, money).map_err(|_| unknown(unit))?;
    let yuan_exact = number.exact() * fen.exact() / Exact::from_integer(100.into());
    let yuan = Decimal::from_exact(&yuan_exact, 12, false)
        .filter(|yuan| yuan.exact() == yuan_exact)
        .ok_or_else(|| Phrase::new("units.too_large").with("value", text))?;
    match per {
        None => {
            Money::of(number, money)?;
            Ok(Part::Absolute(yuan))
        }
        Some("人" | "person") => Ok(Part::PerHead(yuan)),
        Some(extent) if Extent::knows(extent) => Ok(Part::PerExtent(yuan, extent.to_owned())),
        Some(other) => Err(unknown(other)),
    }
}

/// A number with its path.
type Bound = Option<(String, Decimal)>;

/// A lower and upper number with their paths.
type Bounds = (Bound, Bound);

/// `between`, or `at_least` and `at_most`, as numbers with their paths.
fn numbers(reader: &Reader, section: &Section<'_>) -> Option<Bounds> {
    let bounds = match section.get("between") {
        Some(_) if section.get("at_least").or_else(|| section.get("at_most")).is_some() => {
            let _ = section.get("at_most");
            reader.report(Finding::error("policy.two_bounds", section.place_of("between")));
            return None;
        }
        Some(node) => {
            let (least, most) = between(reader, node, &section.at("between"))?;
            (Some(("between[0]".to_owned(), least)), Some(("between[1]".to_owned(), most)))
        }
        None => {
            let bound = |key: &'static str| section.decimal(key).map(|value| (key.to_owned(), value));
            (bound("at_least"), bound("at_most"))
        }
    };
    if section.get("between").is_none() {
        let given = (section.get("at_least").is_some(), section.get("at_most").is_some());
        if given == (false, false) {
            reader.report(Finding::error("policy.bound_missing", section.place()));
        }
        // A bound that is written but wrong has been reported: the rule must not stand without it.
        if given == (false, false) || (bounds.0.is_some(), bounds.1.is_some()) != given {
            return None;
        }
    }
    for (path, value) in [&bounds.0, &bounds.1].into_iter().flatten() {
        if !bounded(reader, reader.place(section.line, &section.at(path)), *value) {
            return None;
        }
        if value.is_negative() {
            let place = reader.place(section.line, &section.at(path));
            reader.report(Finding::error("policy.negative", place).with("value", value.to_string()));
        }
    }
    if let (Some((_, least)), Some((_, most))) = &bounds
        && least > most
    {
        report_crossed(reader, section, Text::same(least.to_string()), Text::same(most.to_string()));
    }
    Some(bounds)
}

/// A lower side above the upper one: a hard rule can never hold so, a soft one always misses.
fn report_crossed(reader: &Reader, section: &Section<'_>, least: Text, most: Text) {
    let finding = if section.get("soft").is_some() {
        Finding::warning("policy.sides_cross", section.place())
    } else {
        Finding::error("policy.between_order", section.place())
    };
    reader.report(finding.with("least", least).with("most", most));
}

fn corridor(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<corridor::Corridor> {
    let of = of(reader, section, frame);
    let per = section.choice("per", Per::WORDS).unwrap_or(Per::Area);
    let against = section.text("against").unwrap_or_else(|| indicator::LAST_YEAR.to_owned());
    let free = section.choice("new", &[("error", false), ("free", true)]).unwrap_or(false);
    let (least, most) = numbers(reader, section)?;
    if !is_money(frame, &against) {
        reader.report(not_money(section.place_of("against"), frame, &against, &section.at("against")));
        return None;
    }
    percent_meant(reader, section, (&least, &most));
    let whole = of?;
    let of = if free { corridor::with_reference(frame, &whole, &against) } else { whole.clone() };
    warn_of_freed(reader, section, frame, (&whole, &of, per), &against);
    let times = |bound: Option<(String, Decimal)>| {
        bound.map(|(path, value)| (path, Measure { parts: vec![Part::Times(against.clone(), value)] }))
    };
    let band = Band { of, per, at_least: times(least), at_most: times(most), bare: true };
    warn_of_nothing(reader, section.place(), frame, &band);
    Some(corridor::Corridor(band))
}

/// A corridor around 0 leaves a group nothing: better said than found out.
pub(super) fn warn_of_nothing(reader: &Reader, place: Place, frame: &Frame, band: &Band) {
    let figures = band.at_most.iter().flat_map(|(_, measure)| &measure.parts);
    let figure = figures.filter_map(|part| if let Part::Times(name, _) = part { Some(name) } else { None }).next();
    let Some(figure) = figure else { return };
    let nothing = corridor::without_money(frame, band, figure);
    if !nothing.is_empty() {
        let finding = Finding::warning("policy.corridor_of_nothing", place).with("figure", figure_name(figure));
        reader.report(finding.with("count", nothing.len().to_string()).with("groups", named(frame, &nothing)));
    }
}

type NewFinding = fn(&'static str, Place) -> Finding;

/// Multiples from which a corridor is taken for one in per cent: nobody lets amounts grow twentyfold.
const PER_CENT_FROM: i64 = 20;

/// A corridor of 90 to 120 is one of 0.9 to 1.2, written in per cent without its sign. A least of twenty times is nothing else;
/// a most of that may be a way to say that there is none.
fn percent_meant(reader: &Reader, section: &Section<'_>, (least, most): (&Bound, &Bound)) {
    for (bound, new) in [(least, Finding::error as NewFinding), (most, Finding::warning)] {
        let Some((path, value)) = bound.as_ref().filter(|(_, value)| *value >= Decimal::from_integer(PER_CENT_FROM))
        else {
            continue;
        };
        let hundredth = Decimal::from_exact(&(value.exact() / Exact::from_integer(100.into())), 12, false);
        reader.report(
            new("policy.corridor_percent", reader.place(section.line, &section.at(path)))
                .with("value", value.to_string())
                .with("fraction", hundredth.map_or_else(String::new, |value| value.to_string())),
        );
    }
}

/// Of a group that is partly blank only the blank part is free: who wrote `new = "free"` may have meant the whole.
fn warn_of_freed(
    reader: &Reader,
    section: &Section<'_>,
    frame: &Frame,
    (whole, bound, per): (&Selection, &Selection, Per),
    against: &str,
) {
    let kept: BTreeSet<String> = per.groups(frame, bound).into_iter().map(|(code, _)| code).collect();
    let is_free = |cell: &&crate::dataset::CellId| bound.cells.binary_search(*cell).is_err();
    let in_part = per.groups(frame, whole).into_iter().filter(|(code, _)| kept.contains(code));
    let cells: Vec<String> = in_part
        .flat_map(|(_, group)| {
            group.cells.iter().filter(is_free).map(|cell| frame.cell_code(*cell)).collect::<Vec<_>>()
        })
        .collect();
    if !cells.is_empty() {
        let finding = Finding::warning("policy.corridor_free_in_part", section.place_of("new"));
        let finding = finding.with("figure", figure_name(against)).with("count", cells.len().to_string());
        reader.report(finding.with("cells", named(frame, &cells)));
    }
}

/// So many groups are named in a sentence.
const GROUPS_NAMED: usize = 6;

/// Groups by name, the first few.
fn named(frame: &Frame, codes: &[String]) -> Text {
    let names: Vec<Text> = codes.iter().take(GROUPS_NAMED).map(|code| group_name(frame, code)).collect();
    let mut text = listed(&names);
    if codes.len() > GROUPS_NAMED {
        text.zh.push('…');
        text.en.push_str(", …");
    }
    text
}

fn share(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<share::Share> {
    let of = of(reader, section, frame);
    let within = match section.get("in") {
        Some(node) => selection(reader, node, &section.at("in"), frame),
        None => Some(Selection::total(frame)),
    };
    let words: Vec<(&'static str, Per)> = Per::WORDS.iter().copied().filter(|(_, per)| *per != Per::Cell).collect();
    let per = section.choice("per", &words).unwrap_or(Per::Total);
    let (at_least, at_most) = numbers(reader, section)?;
    let rule = share::Share { of: of?, within: within?, per, at_least, at_most };
    if rule.is_part(frame) {
        let bounds = [&rule.at_least, &rule.at_most].into_iter().flatten();
        for (path, value) in bounds.filter(|(_, value)| *value > Decimal::ONE) {
            let place = reader.place(section.line, &section.at(path));
            // A little above 1 is a bound that says nothing; 30 is meant as per cent.
            let finding = if *value >= Decimal::from_integer(2) { Finding::error } else { Finding::warning };
            reader.report(finding("policy.share_above", place).with("value", value.to_string()));
        }
    }
    let empty = rule.without_part(frame);
    if rule.at_least.as_ref().is_some_and(|(_, least)| !least.is_zero() && !least.is_negative()) && !empty.is_empty() {
        reader.report(Finding::warning("policy.share_without_part", section.place()).with("groups", empty.join(", ")));
    }
    Some(rule)
}

fn scored(section: &Section<'_>, reader: &Reader, frame: &Frame) -> Option<String> {
    let name = section.text("indicator").unwrap_or_else(|| indicator::OUTCOME.to_owned());
    if frame.dataset.quantity(&name).is_none() {
        let place = section.place_of("indicator");
        reader.report(unknown_indicator(place, &frame.dataset, &name, &section.path));
        return None;
    }
    Some(name)
}

fn outcome_gate(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<outcome_gate::OutcomeGate> {
    let of = of(reader, section, frame);
    let indicator = scored(section, reader, frame);
    let below = section.need("below").and_then(|node| reader.decimal(node, &section.at("below")));
    let at_most = section.need("at_most").and_then(|node| measure(reader, node, &section.at("at_most"), frame));
    Some(outcome_gate::OutcomeGate { of: of?, indicator: indicator?, below: below?, at_most: at_most? })
}

fn outcome_order(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<outcome_order::OutcomeOrder> {
    let of = of(reader, section, frame);
    let indicator = scored(section, reader, frame);
    let tolerance = section.decimal("tolerance").unwrap_or(Decimal::ZERO);
    if tolerance.is_negative() {
        reader.report(
            Finding::error("policy.negative", section.place_of("tolerance")).with("value", tolerance.to_string()),
        );
    }
    Some(outcome_order::OutcomeOrder { of: of?, indicator: indicator?, tolerance })
}

fn per_head(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<per_head::PerHead> {
    let of = of(reader, section, frame);
    let ratio = section.need("ratio_at_most").and_then(|node| reader.decimal(node, &section.at("ratio_at_most")))?;
    if !bounded(reader, section.place_of("ratio_at_most"), ratio) {
        return None;
    }
    if ratio < Decimal::ONE {
        reader.report(
            Finding::error("policy.ratio_below_one", section.place_of("ratio_at_most"))
                .with("value", ratio.to_string()),
        );
        return None;
    }
    Some(per_head::PerHead { of: of?, ratio_at_most: ratio })
}

fn channel(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<channel::Channel> {
    let of = of(reader, section, frame);
    let per = section.choice("per", &[("area", Per::Area), ("cell", Per::Cell)]).unwrap_or(Per::Area);
    let node = section.need("shares")?;
    let path = section.at("shares");
    let mut shares: Vec<channel::Use> = Vec::new();
    let mut sum = Decimal::ZERO;
    for (index, item) in reader.list(node, &path).iter().enumerate() {
        let one = reader.section(item, format!("{path}[{}]", index + 1))?;
        let id = one.need("id").and_then(|node| reader.text(node, &one.at("id")));
        let label = one.label("label");
        let share = one.need("share").and_then(|node| reader.decimal(node, &one.at("share")));
        if let Some(share) = share.filter(|share| share.is_negative()) {
            reader.report(Finding::error("policy.negative", one.place_of("share")).with("value", share.to_string()));
        }
        if let Some(id) = id.as_ref().filter(|id| shares.iter().any(|known| known.id == **id)) {
            reader.report(Finding::error("policy.duplicate_id", one.place_of("id")).with("id", id));
        }
        one.finish();
        let (id, share) = (id?, share?);
        sum = sum.checked_add(share)?;
        shares.push(channel::Use { label: label.unwrap_or_else(|| Text::same(&id)), id, share });
    }
    if sum != Decimal::ONE {
        reader.report(Finding::error("policy.not_a_sum", reader.place(node.line, &path)).with("sum", sum.to_string()));
        return None;
    }
    Some(channel::Channel { of: of?, per, shares })
}

fn linear(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<linear::Linear> {
    let node = section.need("terms")?;
    let path = section.at("terms");
    let mut terms = Vec::new();
    for (index, item) in reader.list(node, &path).iter().enumerate() {
        let one = reader.section(item, format!("{path}[{}]", index + 1))?;
        let of = match one.get("of") {
            Some(node) => selection(reader, node, &one.at("of"), frame),
            None => Some(Selection::total(frame)),
        };
        let times = match one.get("times") {
            Some(node) => reader.decimal(node, &one.at("times")),
            None => Some(Decimal::ONE),
        };
        one.finish();
        let place = reader.place(item.line, &format!("{path}[{}].times", index + 1));
        let times = times.filter(|times| bounded(reader, place, *times));
        terms.push((of?, times?));
    }
    let yuan = |key: &'static str| {
        let node = section.get(key)?;
        let money = reader.money(node, &section.at(key))?;
        Decimal::parse(&money.yuan()).ok().map(|yuan| (key.to_owned(), yuan))
    };
    let equals = yuan("equals");
    let (at_least, at_most) = match equals {
        Some(equals) => (Some(equals.clone()), Some(equals)),
        None => (yuan("at_least"), yuan("at_most")),
    };
    if at_least.is_none() && at_most.is_none() {
        reader.report(Finding::error("policy.bound_missing", section.place()));
        return None;
    }
    if let (Some((_, least)), Some((_, most))) = (&at_least, &at_most)
        && least > most
    {
        report_crossed(reader, section, figure_text(*least, Quantity::Money), figure_text(*most, Quantity::Money));
    }
    if terms.iter().all(|(_, times)| times.is_zero()) {
        reader.report(
            Finding::error("policy.none", reader.place(node.line, &path))
                .with("what", Phrase::new("policy.what_term").text()),
        );
        return None;
    }
    Some(linear::Linear { terms, at_least, at_most })
}
