//! Joining a model with its data: funds, amounts, entitlements, rules and stages, all findings at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dataset::{CellId, Dataset};
use crate::document::sections::{Reader, Section};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, hint};
use crate::phrases::{Phrase, Text};
use crate::policy::entitlement;
use crate::policy::selection::{resolve, selection_spec};
use crate::policy::{
    Head, Problem, is_id, objectives, override_section, paid_section, rules_section, scale, uncertainty_section,
};
use crate::rules::{Amount, AmountId, Frame, Fund, Rule, RuleKind, Spend};
use crate::units::Money;

/// Joins a model with a dataset; returns the problem and its warnings.
///
/// # Errors
/// Everything in the model that does not fit the data or itself.
pub fn bind(tree: &Node, head: &Head, dataset: Dataset, file: &str) -> Result<(Problem, Vec<Finding>), Findings> {
    let reader = Reader::new(file);
    let problem = read(&reader, tree, head, dataset);
    let findings = reader.into_findings();
    match problem {
        Some(problem) => Findings::gate(problem, findings),
        None => Err(Findings(findings)),
    }
}

fn read(reader: &Reader, tree: &Node, head: &Head, dataset: Dataset) -> Option<Problem> {
    let root = reader.section(tree, "")?;
    let _ = (root.get("model"), root.get("ecosystems"), root.get("gep"));
    let mut frame = empty_frame(reader, head, dataset, &root)?;
    frame.funds = funds(reader, &root, &frame)?;
    add_amounts(&mut frame);
    let entitlement = entitlement::read(reader, root.get("entitlement"), &mut frame);
    warn_of_unpayable(reader, &frame);
    scale::warn(reader, &frame);
    let mut rules = rules_section::read(reader, root.get("rule"), &frame);
    let mut ids = ids(&frame, &rules, root.get("rule"));
    let paid = paid_section::read(reader, root.get("paid"), &frame);
    let overrides = override_section::read(reader, root.get("override"), &frame, &mut ids);
    let (floor, withdrawals) = paid.as_ref().map_or_else(Default::default, |book| book.rules(&frame, &mut ids));
    rules.extend(floor);
    rules.extend(overrides.into_iter().chain(withdrawals));
    frame.by_hand = Arc::new(by_hand(&frame, &rules));
    let stages = objectives::read(reader, root.get("objective"), &root);
    // Uncertainties belong to scenario analysis; the allocation itself does not look at them.
    let uncertainty = uncertainty_section::read(reader, root.get("uncertainty"));
    root.finish();
    let (paid, entitlement) = (paid.map(Arc::new), Arc::new(entitlement?));
    Some(Problem { head: head.clone(), frame, rules, stages, entitlement, paid, uncertainty })
}

/// Ids of funds and rules, of rules left out too.
fn ids(frame: &Frame, rules: &[Arc<Rule>], node: Option<&Node>) -> BTreeSet<String> {
    let written = match node.map(|node| &node.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    let written = written.iter().filter_map(|item| match item.get("id").map(|node| &node.value) {
        Some(Value::Text(id)) => Some(id.clone()),
        _ => None,
    });
    let known = frame.funds.iter().map(|fund| fund.id.clone()).chain(rules.iter().map(|rule| rule.id.clone()));
    known.chain(written).collect()
}

/// The cells whose whole money is set by hand.
fn by_hand(frame: &Frame, rules: &[Arc<Rule>]) -> Vec<CellId> {
    let mut cells = Vec::new();
    for rule in rules {
        let RuleKind::Fixed(fixed) = &rule.kind else { continue };
        let whole = |cell: &&CellId| fixed.of.amounts_of(frame, **cell).count() == frame.amounts_of(**cell).len();
        cells.extend(fixed.of.cells.iter().filter(whole).copied());
    }
    cells.sort_unstable();
    cells.dedup();
    // Where all are set by hand there are no others to look at.
    let is_other = |cell: CellId| {
        let is_judged = frame.entitlement_of(cell) > Money::ZERO && !frame.amounts_of(cell).is_empty();
        is_judged && cells.binary_search(&cell).is_err()
    };
    if frame.cells().any(is_other) { cells } else { Vec::new() }
}

/// Entitled cells that no fund may pay take no part in coverage: better said than found out.
pub(super) fn warn_of_unpayable(reader: &Reader, frame: &Frame) {
    let unpayable = frame.cells().filter(|cell| frame.amounts_of(*cell).is_empty());
    let codes: Vec<String> =
        unpayable.filter(|cell| frame.entitlement_of(*cell) > Money::ZERO).map(|cell| frame.cell_code(cell)).collect();
    if !codes.is_empty() {
        let named: Vec<Text> = codes.iter().take(6).map(|code| frame.dataset.named(code)).collect();
        let named = Text::joined(&named, "、", ", ");
        let finding = Finding::warning("policy.unpayable", reader.place(0, "fund"));
        reader.report(finding.with("count", codes.len().to_string()).with("cells", named));
    }
}

fn empty_frame(reader: &Reader, head: &Head, dataset: Dataset, root: &Section<'_>) -> Option<Frame> {
    let mut ecosystems = Vec::new();
    for (spec, _) in &head.ecosystems {
        if dataset.cells().iter().any(|cell| cell.ecosystem == spec.id) {
            ecosystems.push((spec.id.clone(), spec.label.clone()));
        } else if head.own_ecosystems {
            let place = reader.place(root.line, &format!("ecosystems.{}", spec.id));
            reader.report(Finding::warning("policy.unused_ecosystem", place).with("ecosystem", &spec.id));
        }
    }
    if ecosystems.is_empty() {
        reader.report(Finding::error("policy.no_cells", reader.place(0, "ecosystems")));
        return None;
    }
    let cells = dataset.cells().len();
    Some(Frame {
        dataset,
        area_label: head.area_label.clone(),
        ecosystems,
        funds: Vec::new(),
        amounts: Arc::default(),
        amounts_of_cell: Arc::default(),
        entitlement: vec![Money::ZERO; cells],
        due: Arc::default(),
        unit: head.rounding,
        keeps_remainder: head.keeps_remainder,
        by_hand: Arc::default(),
    })
}

fn add_amounts(frame: &mut Frame) {
    let mut amounts = Vec::new();
    let mut of_cell = vec![Vec::new(); frame.dataset.cells().len()];
    for (fund, found) in frame.funds.iter().enumerate() {
        for cell in &found.eligible {
            if let Some(ids) = of_cell.get_mut(cell.0) {
                ids.push(AmountId(amounts.len()));
            }
            amounts.push(Amount { fund, cell: *cell });
        }
    }
    frame.amounts = Arc::new(amounts);
    frame.amounts_of_cell = Arc::new(of_cell);
}

pub(super) fn funds(reader: &Reader, root: &Section<'_>, frame: &Frame) -> Option<Vec<Fund>> {
    let node = root.need("fund")?;
    let items = reader.list(node, "fund");
    let mut funds: Vec<Fund> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(section) = reader.section(item, format!("fund[{}]", index + 1)) else { continue };
        if let Some(fund) = fund(reader, &section, frame) {
            if funds.iter().any(|known| known.id == fund.id) {
                reader.report(Finding::error("policy.duplicate_id", section.place_of("id")).with("id", &fund.id));
            }
            funds.push(fund);
        }
        section.finish();
    }
    if items.is_empty() {
        reader.report(
            Finding::error("policy.none", reader.place(node.line, "fund"))
                .with("what", Phrase::new("policy.what_fund").text()),
        );
    }
    (!funds.is_empty()).then_some(funds)
}

fn fund(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Fund> {
    let id = section.need("id").and_then(|node| reader.text(node, &section.at("id")));
    let amount = section.need("amount").and_then(|node| reader.money(node, &section.at("amount")));
    if let Some(id) = id.as_ref().filter(|id| !is_id(id)) {
        reader.report(Finding::error("policy.id_form", section.place_of("id")).with("id", id));
    }
    if let Some(amount) = amount.filter(|amount| *amount < Money::ZERO) {
        reader.report(Finding::error("policy.negative", section.place_of("amount")).with("value", amount.to_string()));
    }
    let spend = section.choice("spend", &[("all", Spend::All), ("up_to", Spend::UpTo)]);
    let label = section.label("label");
    let basis = section.text("basis").unwrap_or_default();
    let eligible: Option<Vec<CellId>> = match section.get("only") {
        Some(node) => earmark(reader, node, &section.at("only"), frame),
        None => Some(frame.cells().collect()),
    };
    let id = id?;
    // A fund whose amount or earmark is wrong, and has been reported, stands in for itself: the rules that name it are sound.
    Some(Fund {
        label: label.unwrap_or_else(|| Text::same(&id)),
        id,
        amount: amount.unwrap_or(Money::ZERO),
        spend: spend.unwrap_or(Spend::All),
        basis,
        eligible: eligible.unwrap_or_else(|| frame.cells().collect()),
    })
}

/// The cells of an earmark. Funds do not exist yet, so every cell counts as payable while it is resolved.
fn earmark(reader: &Reader, node: &Node, path: &str, frame: &Frame) -> Option<Vec<CellId>> {
    let spec = selection_spec(reader, node, path)?;
    if !spec.funds.is_empty() {
        reader.report(
            Finding::error("policy.unknown_key", reader.place(node.line, path))
                .with("key", "fund")
                .with("like", hint("fund", ["ecosystem", "area", "where"]).text()),
        );
        return None;
    }
    let mut payable = frame.clone();
    let all: Vec<CellId> = frame.cells().collect();
    payable.funds = vec![Fund {
        id: String::new(),
        label: Text::same(""),
        amount: Money::ZERO,
        spend: Spend::UpTo,
        basis: String::new(),
        eligible: all,
    }];
    add_amounts(&mut payable);
    resolve(reader, &spec, node, path, &payable).map(|selection| selection.cells)
}
