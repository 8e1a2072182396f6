//! What of an area's amount comes from which price or parameter of the account that a model divides by: the plan under the changes
//! beside the plan without those of the account, divided exactly among them.

use crate::accounting::view::Linked;
use crate::analysis::attribution::{Attribution, Players, attribute};
use crate::analysis::explain::Explanation;
use crate::figures::yuan;
use crate::phrases::{Phrase, Text};
use crate::questions::Failure;
use crate::run::Solved;
use crate::scenario::{Change, Scenario};
use crate::shapley::PLAYERS_MAX;
use crate::solver::SolveOptions;

/// Adds to each explanation a sentence on what its area gains or loses by which change of the account; nothing where the run has no
/// such change.
///
/// # Errors
/// A limit, or a failure of the solver.
pub(super) fn by_prices(solved: &Solved, found: &mut [Explanation], options: &SolveOptions) -> Result<(), Failure> {
    let prepared = &solved.prepared;
    let (Some(base), Some(linked)) = (&prepared.base, &prepared.account) else { return Ok(()) };
    let mut texts: Vec<&str> = prepared.differences.iter().map(|difference| difference.change.as_str()).collect();
    texts.dedup();
    let changes: Vec<Change> = texts.iter().filter_map(|text| Change::parse(text).ok()).collect();
    let (own, others): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(Change::concerns_account);
    if own.is_empty() {
        return Ok(());
    }
    if own.len() > PLAYERS_MAX {
        let sentence = Phrase::new("explain.prices_many").with("limit", PLAYERS_MAX.to_string()).text();
        found.iter_mut().for_each(|one| one.sentences.push(sentence.clone()));
        return Ok(());
    }
    let without = Scenario::base(Text::same("without")).with(&others);
    let all: Vec<Change> = others.iter().chain(&own).cloned().collect();
    let with = Scenario { id: "with".to_owned(), ..Scenario::base(Text::same("with")) }.with(&all);
    let divided = attribute(base, (&without, &with), Players::Changes, options, 1);
    let divided = divided.map_err(|error| Failure::of(error, options))?;
    for one in found {
        one.sentences.push(sentence(&divided, one, (linked, &own)));
    }
    Ok(())
}

fn sentence(divided: &Attribution, one: &Explanation, (linked, own): (&Linked, &[Change])) -> Text {
    if divided.status != "exact" {
        return Phrase::new("explain.prices_refused").with("area", &one.name).text();
    }
    let Some(row) = divided.areas.iter().find(|row| row.code == one.area) else {
        return Phrase::new("explain.prices_none").with("area", &one.name).text();
    };
    let mut parts = Text::same("");
    for (player, part) in divided.players.iter().zip(&row.parts_fen) {
        let change = own.iter().find(|change| player.changes.contains(&change.text));
        let what = change.map_or_else(|| player.name.clone(), |change| named(change, linked));
        let piece = Phrase::new("explain.prices_part").with("what", what).with("part", signed(*part)).text();
        let gap = if parts.zh.is_empty() { ("", "") } else { (";", "; ") };
        parts.zh.push_str(gap.0);
        parts.zh.push_str(&piece.zh);
        parts.en.push_str(gap.1);
        parts.en.push_str(&piece.en);
    }
    let sentence = Phrase::new("explain.prices").with("area", &one.name).with("difference", signed(row.difference_fen));
    sentence.with("parts", parts).text()
}

fn signed(fen: i64) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}

/// What a change of the account is of: the indicators that take the price or parameter, and the change as written.
fn named(change: &Change, linked: &Linked) -> Text {
    let (price, name) = match change.path.strip_prefix("gep.price.") {
        Some(name) => (true, name),
        None => (false, change.path.trim_start_matches("gep.parameter.")),
    };
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let book = linked.book();
    let is = |known: &str| known == name || known.strip_prefix("price.") == Some(name);
    let takes = |method: &&crate::accounting::norm::Method| {
        let ids = [&method.quantity, &method.value];
        ids.into_iter().flatten().filter_map(|id| book.formulas.get(id)).any(|formula| {
            formula.variables.iter().any(|variable| is(method.bound.get(&variable.symbol).unwrap_or(&variable.name)))
        })
    };
    let mut labels = Text::same("");
    for method in book.methods.iter().filter(takes) {
        let Some(entry) = book.tree.entries.get(method.indicator) else { continue };
        let gap = if labels.zh.is_empty() { ("", "") } else { ("、", ", ") };
        labels.zh.push_str(gap.0);
        labels.zh.push_str(&entry.label.zh);
        labels.en.push_str(gap.1);
        labels.en.push_str(&entry.label.en);
    }
    let code = if price { "explain.prices_price" } else { "explain.prices_parameter" };
    Phrase::new(code).with("indicators", labels).with("change", &change.text).text()
}
