//! Claims divided by several rules: terminal tables, CSV, chart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::figures::{fixed, separated, yuan};
use crate::horizontal::division::{Division, Lorenz, Rule, Verdict};
use crate::phrases::{Lang, Phrase, visible};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::csv::{harmless, in_yuan, lines};
use crate::report::table::{Align, Grid};
use crate::units::Money;

/// So many claimants are printed in the terminal; the documents have all of them.
const ROWS: usize = 60;
/// So many claimants are drawn.
const DRAWN: usize = 40;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// All claims in 元, with two decimals.
fn claims(division: &Division) -> String {
    let (whole, part) = division.claims_yuan.split_once('.').unwrap_or((&division.claims_yuan, ""));
    separated(&format!("{whole}.{part:0<2}"))
}

/// The division as a terminal report.
pub fn text(division: &Division, lang: Lang) -> String {
    let mut text = String::new();
    if !division.title.is_empty() {
        let _ = writeln!(text, "{}", visible(&division.title));
    }
    let head = Phrase::new("division.title")
        .with("amount", Money::from_fen(division.amount_fen))
        .with("count", division.claimants.len().to_string())
        .with("claims", claims(division));
    let _ = writeln!(text, "{}", head.render(lang));
    if !division.source.is_empty() {
        let _ = writeln!(text, "{}", Phrase::new("division.source").with("source", &division.source).render(lang));
    }
    text.push('\n');
    text.push_str(&awards(division, lang));
    text.push('\n');
    text.push_str(&properties(division, lang));
    text.push('\n');
    text.push_str(&remarks(division, lang));
    text
}

fn awards(division: &Division, lang: Lang) -> String {
    let mut columns = vec![(say(lang, "division.claimant"), Align::Left), (say(lang, "division.claim"), Align::Right)];
    let only = division.rules.len() == 1;
    let name = |part: &crate::horizontal::division::RulePart| {
        if only { part.name.get(lang).to_owned() } else { part.short.to_owned() }
    };
    columns.extend(division.rules.iter().map(|part| (name(part), Align::Right)));
    let mut grid = Grid::new(columns);
    for (index, claimant) in division.claimants.iter().enumerate().take(ROWS) {
        let mut row = vec![claimant.name.clone(), yuan(claimant.claim_fen)];
        row.extend(division.rules.iter().map(|part| part.awards.get(index).map_or_else(String::new, |a| yuan(a.fen))));
        grid.row(row);
    }
    if division.claimants.len() > ROWS {
        let mut row = vec![format!("… (+{})", division.claimants.len() - ROWS)];
        row.resize(division.rules.len() + 2, "…".to_owned());
        grid.row(row);
    }
    grid.rule();
    let total = |part: &crate::horizontal::division::RulePart| yuan(part.awards.iter().map(|award| award.fen).sum());
    let mut row = vec![say(lang, "division.total"), claims(division)];
    row.extend(division.rules.iter().map(total));
    grid.row(row);
    grid.print(&say(lang, "division.unit"))
}

fn mark(verdict: Verdict, lang: Lang) -> String {
    say(
        lang,
        match verdict {
            Verdict::HoldsHere => "division.yes",
            Verdict::FailsHere => "division.no",
            Verdict::NotChecked => "division.open",
        },
    )
}

/// One row a property, one column a rule; then inequality, names, and every failure with its counterexample.
fn properties(division: &Division, lang: Lang) -> String {
    let Some(first) = division.rules.first() else { return String::new() };
    let columns = division.rules.iter().map(|part| (part.short.to_owned(), Align::Right));
    let mut grid = Grid::new([(say(lang, "division.property"), Align::Left)].into_iter().chain(columns));
    for (index, property) in first.properties.iter().enumerate() {
        let mut row = vec![property.name.get(lang).to_owned()];
        row.extend(
            division
                .rules
                .iter()
                .map(|part| part.properties.get(index).map_or_else(String::new, |checked| mark(checked.verdict, lang))),
        );
        grid.row(row);
    }
    grid.rule();
    let mut gini = vec![say(lang, "division.gini_awards")];
    gini.extend(division.rules.iter().map(|part| fixed(part.gini_awards, 3)));
    grid.row(gini);
    let mut gini = vec![say(lang, "division.gini_losses")];
    gini.extend(division.rules.iter().map(|part| fixed(part.gini_losses, 3)));
    grid.row(gini);
    let mut text = grid.print("");
    let _ = writeln!(text, "{}", say(lang, "division.legend"));
    let names: Vec<String> =
        division.rules.iter().map(|part| format!("{} {}", part.short, part.name.get(lang))).collect();
    let _ = writeln!(text, "{}", names.join(" · "));
    for part in &division.rules {
        for checked in part.properties.iter().filter(|checked| checked.verdict == Verdict::FailsHere) {
            if let Some(detail) = &checked.detail {
                let phrase = Phrase::new("division.failure").with("rule", part.short);
                let phrase = phrase.with("property", checked.name.clone()).with("detail", detail.clone());
                let _ = writeln!(text, "{}", phrase.render(lang));
            }
        }
    }
    text.push_str(&not_checked(division, lang));
    if division.rules.len() == 1 {
        let _ = writeln!(text, "\n{}", say(lang, "division.how_title"));
        for checked in &first.properties {
            let phrase = Phrase::new("division.how").with("property", checked.name.clone());
            let _ = writeln!(text, "  {}", phrase.with("how", checked.how.clone()).render(lang));
        }
    }
    text
}

/// What was not checked and why, one line a reason.
fn not_checked(division: &Division, lang: Lang) -> String {
    let mut reasons: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for part in &division.rules {
        for checked in part.properties.iter().filter(|checked| checked.verdict == Verdict::NotChecked) {
            let reason = checked.detail.as_ref().map_or("", |detail| detail.get(lang));
            let (rules, properties) = reasons.entry(reason).or_default();
            rules.insert(part.short);
            properties.insert(checked.name.get(lang));
        }
    }
    let joined = |words: BTreeSet<&str>| words.into_iter().collect::<Vec<_>>().join(", ");
    let mut text = String::new();
    for (reason, (rules, properties)) in reasons {
        let phrase = Phrase::new("division.not_checked").with("rule", joined(rules));
        let phrase = phrase.with("property", joined(properties)).with("detail", reason);
        let _ = writeln!(text, "{}", phrase.render(lang));
    }
    text
}

fn remarks(division: &Division, lang: Lang) -> String {
    let mut text = String::new();
    let short = |rule: Rule| rule.short().to_owned();
    for part in &division.rules {
        let over = division.comparisons.iter().filter_map(|pair| match pair.lorenz {
            Lorenz::Dominates if pair.first == part.rule => Some(short(pair.second)),
            Lorenz::Dominated if pair.second == part.rule => Some(short(pair.first)),
            _ => None,
        });
        let over: Vec<String> = over.collect();
        if !over.is_empty() {
            let phrase = Phrase::new("division.lorenz_line").with("first", part.short);
            let _ = writeln!(text, "{}", phrase.with("others", over.join(", ")).render(lang));
        }
        if let Some(sample) = &part.sample {
            let phrase = Phrase::new("division.sample_line").with("rule", part.name.clone());
            let phrase = phrase.with("orders", sample.orders.to_string()).with("seed", sample.seed.to_string());
            let phrase = phrase.with("confidence", sample.confidence.to_string());
            let phrase = phrase.with("error", Money::from_fen(sample.error_fen));
            let _ = writeln!(text, "{}", phrase.render(lang));
        }
    }
    for skipped in &division.skipped {
        let phrase = Phrase::new("division.skipped_line").with("rule", skipped.name.clone());
        let _ = writeln!(text, "{}", phrase.with("why", skipped.why.clone()).render(lang));
    }
    for note in &division.notes {
        let _ = writeln!(text, "{}", note.get(lang));
    }
    let shift = division.rules.iter().map(|part| part.largest_rounding_fen.as_str()).max_by(|a, b| {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
        number(a).total_cmp(&number(b))
    });
    let phrase = Phrase::new("division.rounding_line").with("unit", Money::from_fen(division.rounding_fen));
    let _ = writeln!(text, "{}", phrase.with("shift", shift.unwrap_or("0")).render(lang));
    text
}

/// One line a claimant and rule.
pub fn csv(division: &Division, lang: Lang) -> Vec<u8> {
    let in_yuan = |code| in_yuan(&say(lang, code), lang);
    let mut rows = vec![vec![
        say(lang, "division.rule"),
        say(lang, "division.short"),
        say(lang, "division.claimant"),
        in_yuan("division.claim"),
        in_yuan("division.award"),
        say(lang, "division.exact"),
        in_yuan("division.loss"),
        say(lang, "division.share"),
    ]];
    for part in &division.rules {
        for (award, claimant) in part.awards.iter().zip(&division.claimants) {
            rows.push(vec![
                part.name.get(lang).to_owned(),
                part.short.to_owned(),
                harmless(&award.name),
                Money::from_fen(claimant.claim_fen).yuan(),
                Money::from_fen(award.fen).yuan(),
                award.exact_fen.clone(),
                Money::from_fen(award.loss_fen).yuan(),
                award.share_of_claim.map(|share| format!("{share:.6}")).unwrap_or_default(),
            ]);
        }
    }
    lines(&rows)
}

/// Rules side by side as bars, one group a claimant.
pub fn svg(division: &Division, lang: Lang) -> String {
    let claims = division.claimants.iter().take(DRAWN);
    let mut series = vec![Series {
        name: say(lang, "division.claim"),
        values: claims.map(|claimant| Some(claimant.claim_fen as f64 / 100.0)).collect(),
        colour: 0,
    }];
    series.extend(division.rules.iter().enumerate().map(|(index, part)| Series {
        name: part.name.get(lang).to_owned(),
        values: part.awards.iter().take(DRAWN).map(|award| Some(award.fen as f64 / 100.0)).collect(),
        colour: index + 1,
    }));
    bars(&Bars {
        title: say(lang, "division.chart_title"),
        caption: format!("{} {}", visible(&division.title), say(lang, "division.unit")).trim().to_owned(),
        categories: division
            .claimants
            .iter()
            .take(DRAWN)
            .map(|claimant| visible(&claimant.name).into_owned())
            .collect(),
        series,
    })
}
