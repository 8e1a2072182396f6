//! The `[[override]]` section: amounts set by hand, each with its reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::document::sections::{Reader, Section};
use crate::document::tree::{Node, Value};
use crate::finding::Finding;
use crate::phrases::Phrase;
use crate::policy::is_id;
use crate::policy::selection::selection;
use crate::rules::fixed::{Fixed, Wish};
use crate::rules::{Frame, Rule, RuleKind};
use crate::units::{Decimal, Money};

/// What an override is called where it has no id, with a number from the second on.
const WORD: &str = "override";

/// Reads the overrides as rules; `known` are the ids that are taken.
pub(super) fn read(
    reader: &Reader,
    node: Option<&Node>,
    frame: &Frame,
    known: &mut BTreeSet<String>,
) -> Vec<Arc<Rule>> {
    let Some(node) = node else { return Vec::new() };
    let mut rules: Vec<Arc<Rule>> = Vec::new();
    for (index, item) in reader.list(node, WORD).iter().enumerate() {
        let Some(section) = reader.section(item, format!("{WORD}[{}]", index + 1)) else { continue };
        let enabled = section.flag("enabled").unwrap_or(true);
        let default = if index == 0 { WORD.to_owned() } else { format!("{WORD}_{}", index + 1) };
        let id = section.text("id").unwrap_or(default);
        if !is_id(&id) {
            reader.report(Finding::error("policy.id_form", section.place_of("id")).with("id", &id));
        }
        if !known.insert(id.clone()) {
            reader.report(Finding::error("policy.duplicate_id", section.place_of("id")).with("id", &id));
        }
        let rule = rule(reader, &section, id, frame);
        section.finish();
        let Some(rule) = rule.filter(|_| enabled) else { continue };
        let same = |other: &Arc<Rule>| match (&other.kind, &rule.kind) {
            (RuleKind::Fixed(one), RuleKind::Fixed(two)) => one.of == two.of,
            _ => false,
        };
        if let Some(other) = rules.iter().find(|other| same(other)) {
            let place = reader.place(item.line, &format!("{WORD}[{}]", index + 1));
            reader.report(Finding::error("policy.override_twice", place).with("id", &other.id));
        }
        rules.push(Arc::new(rule));
    }
    rules
}

/// Reads one override again with other numbers; its id stays.
pub(super) fn again(reader: &Reader, node: &Node, index: usize, id: &str, frame: &Frame) -> Option<Rule> {
    let section = reader.section(node, format!("{WORD}[{}]", index + 1))?;
    let _ = (section.get("enabled"), section.get("id"));
    let rule = rule(reader, &section, id.to_owned(), frame);
    section.finish();
    rule
}

fn rule(reader: &Reader, section: &Section<'_>, id: String, frame: &Frame) -> Option<Rule> {
    let of = whose(reader, section, frame);
    let wish = wish(reader, section, frame);
    let reason = section.need("reason").and_then(|node| reader.text(node, &section.at("reason")));
    if reason.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        reader.report(Finding::error("policy.reason_blank", section.place_of("reason")));
    }
    let by = section.text("by").unwrap_or_default();
    let date = section.text("date").unwrap_or_default();
    let basis = section.text("basis").unwrap_or_default();
    let label = section.label("label").unwrap_or_else(|| Phrase::new("rules.kind_override").text());
    let (of, group) = of?;
    let kind = RuleKind::Fixed(Fixed {
        of,
        group,
        wish: wish?,
        calculated: None,
        reason: reason?.trim().to_owned(),
        by,
        date,
        is_withdrawal: false,
    });
    Some(Rule { id, label, basis, penalty: None, line: section.line, kind })
}

/// The money of one area, one of its ecosystems or one fund in it, and the code of the group.
fn whose(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<(crate::rules::Selection, String)> {
    let keys = ["area", "ecosystem", "fund"];
    let mut entries = Vec::new();
    for key in keys {
        if let Some(node) = section.get(key) {
            reader.text(node, &section.at(key))?;
            entries.push((key.to_owned(), node.clone()));
        }
    }
    section.need("area")?;
    let wrapped = Node { line: section.line, value: Value::Table(entries) };
    let of = selection(reader, &wrapped, &section.path, frame)?;
    let group = code(frame, &of, section.get("ecosystem").is_some())?;
    Some((of, group))
}

/// `310151101`, or `310151101/forest` where one ecosystem is meant.
pub(super) fn code(frame: &Frame, of: &crate::rules::Selection, one_ecosystem: bool) -> Option<String> {
    let first = of.cells.first()?;
    if one_ecosystem {
        return Some(frame.cell_code(*first));
    }
    frame.dataset.cells().get(first.0).map(|cell| frame.area_code(cell.area).to_owned())
}

fn wish(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Wish> {
    match (section.get("amount"), section.get("change")) {
        (Some(node), None) => {
            let amount = reader.money(node, &section.at("amount"))?;
            if amount < Money::ZERO {
                let finding = Finding::error("policy.negative", section.place_of("amount"));
                reader.report(finding.with("value", amount.to_string()));
            }
            on_unit(reader, section, "amount", amount, frame);
            Decimal::parse(&amount.yuan()).ok().map(Wish::Amount)
        }
        (None, Some(node)) => change(reader, section, node, frame),
        _ => {
            reader.report(Finding::error("policy.override_wish", section.place()));
            None
        }
    }
}

/// `+50 万元`, `-5%`; a plain number is a part, as everywhere.
fn change(reader: &Reader, section: &Section<'_>, node: &Node, frame: &Frame) -> Option<Wish> {
    let path = section.at("change");
    // `+` says that it is added; a second sign is none.
    let bare = |text: &str| {
        let text = text.trim().replace('\u{FF0B}', "+").replace(['\u{FF0D}', '−'], "-").replace('\u{FF05}', "%");
        let rest = text.strip_prefix('+').filter(|rest| !rest.starts_with(['+', '-']));
        rest.unwrap_or(&text).to_owned()
    };
    let node = match &node.value {
        Value::Text(text) => Node { line: node.line, value: Value::Text(bare(text)) },
        _ => node.clone(),
    };
    if let Value::Text(text) = &node.value
        && !text.ends_with('%')
        && Decimal::parse(text).is_err()
    {
        let more = reader.money(&node, &path)?;
        on_unit(reader, section, "change", more, frame);
        return Decimal::parse(&more.yuan()).ok().map(Wish::More);
    }
    let part = reader.decimal(&node, &path)?;
    if part < Decimal::from_integer(-1) {
        reader.report(
            Finding::error("policy.override_below", section.place_of("change")).with("value", part.to_string()),
        );
        return None;
    }
    // 5 is meant as five per cent: nobody gives six times the calculated amount.
    if part > Decimal::ONE {
        reader.report(
            Finding::error("policy.override_percent", section.place_of("change")).with("value", part.to_string()),
        );
        return None;
    }
    Some(Wish::Part(part))
}

/// An amount between two rounding units can never be paid.
fn on_unit(reader: &Reader, section: &Section<'_>, key: &'static str, amount: Money, frame: &Frame) {
    if frame.unit > Money::ZERO && amount.fen() % frame.unit.fen() != 0 {
        let finding = Finding::error("policy.override_unit", section.place_of(key));
        reader.report(finding.with("value", amount).with("unit", frame.unit));
    }
}
