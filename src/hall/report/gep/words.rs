//! What tables, workbooks and lists of accounts say alike.

use crate::accounting::checks::Follows;
use crate::accounting::manifest::Basis;
use crate::accounting::printed::What;
use crate::accounting::statement::{Account, PricesPart, Ratios, Row, adding_up};
use crate::accounting::value::Value;
use crate::figures::{percent, wan, yuan};
use crate::phrases::{Lang, Phrase, Text};

pub(super) fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// A share written with six decimals, in per cent.
pub(super) fn rate(text: &str) -> String {
    percent(text.parse().unwrap_or(0.0), 2)
}

/// A quantity as people read it.
pub(super) fn shown(text: &str) -> String {
    Value::parse(text).map_or_else(|_| text.to_owned(), |value| value.shown(8))
}

pub(super) fn prices_line(norm: &Text, prices: &PricesPart) -> Phrase {
    let basis = Phrase::new(if prices.basis == Basis::Current { "gep.basis_current" } else { "gep.basis_constant" });
    Phrase::new("gep.norm_line")
        .with("norm", norm.clone())
        .with("prices", prices.label.clone())
        .with_phrase("basis", &basis)
        .with("year", prices.year.to_string())
}

/// Title, norm, prices and marks of an account.
pub(super) fn head(account: &Account) -> Vec<Phrase> {
    let part = &account.account;
    let name = match &part.area {
        Some(area) => {
            Text { zh: format!("{} {}", part.name.zh, area.name), en: format!("{}, {}", part.name.en, area.name) }
        }
        None => part.name.clone(),
    };
    let mut phrases = vec![Phrase::new("gep.head_line").with("name", name).with("year", part.year.to_string())];
    phrases.push(prices_line(&part.norm.label, &part.prices));
    phrases.extend(part.illustrative.then(|| Phrase::new("gep.illustrative")));
    phrases
}

/// A hundredth of a 万元, in 分: to this tables are printed.
pub(super) const STEP: i64 = 10_000;

/// The values of rows in 万元 with two decimals, so that printed rows add to printed sums.
pub(super) fn printed(rows: &[Row]) -> Vec<Option<i64>> {
    let leaves: Vec<usize> = (0..rows.len()).filter(|at| rows.get(*at).is_some_and(|row| !row.is_sum)).collect();
    let fen: Vec<i64> = leaves.iter().filter_map(|at| rows.get(*at)).map(|row| row.value_fen.unwrap_or(0)).collect();
    let added = adding_up(&fen, STEP);
    let mut amounts: Vec<Option<i64>> = vec![None; rows.len()];
    for (at, steps) in leaves.iter().zip(added) {
        if let (Some(slot), Some(row)) = (amounts.get_mut(*at), rows.get(*at)) {
            *slot = row.value_fen.map(|_| steps * STEP);
        }
    }
    // Rows stand in the order of the tree: what is deeper and follows is below.
    for at in (0..rows.len()).rev() {
        let Some(row) = rows.get(at).filter(|row| row.is_sum) else { continue };
        let below =
            (at + 1..rows.len()).take_while(|next| rows.get(*next).is_some_and(|other| other.depth > row.depth));
        let sum: i64 = below
            .filter(|next| rows.get(*next).is_some_and(|other| !other.is_sum))
            .filter_map(|next| amounts.get(next).copied().flatten())
            .sum();
        if let Some(slot) = amounts.get_mut(at) {
            *slot = row.value_fen.map(|_| sum);
        }
    }
    amounts
}

/// What is to be said of a row.
pub(super) fn note(row: &Row) -> Option<Phrase> {
    match (row.missing, row.not_applicable) {
        (0, 0) => None,
        (0, count) => Some(Phrase::new("gep.not_applicable_note").with("count", count.to_string())),
        (count, _) => Some(Phrase::new("gep.missing_note").with("count", count.to_string())),
    }
}

/// The ratios that there are.
pub(super) fn ratios(ratios: &Ratios) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    if let (Some(fen), Some(land)) = (ratios.per_km2_fen, &ratios.land_km2) {
        phrases.push(Phrase::new("gep.ratio_per_km2").with("value", wan(fen)).with("land", shown(land)));
    }
    if let (Some(fen), Some(people)) = (ratios.per_head_fen, &ratios.people) {
        phrases.push(Phrase::new("gep.ratio_per_head").with("value", yuan(fen)).with("people", shown(people)));
    }
    if let Some(index) = &ratios.gep_to_gdp {
        phrases.push(Phrase::new("gep.ratio_ggi").with("value", shown(index)));
    }
    if let Some(share) = &ratios.primary_rate {
        phrases.push(Phrase::new("gep.ratio_primary").with("value", rate(share)));
    }
    if let (Some(share), Some(fen)) = (&ratios.realised_rate, ratios.realised_fen) {
        phrases.push(Phrase::new("gep.ratio_realised").with("value", rate(share)).with("amount", wan(fen)));
    }
    phrases
}

/// Which figure was printed, in words.
pub(super) fn what(what: What) -> &'static str {
    match what {
        What::Quantity => "gep.what_quantity",
        What::Value => "gep.what_value",
        What::Share => "gep.what_share",
        What::PerArea => "gep.what_per_area",
        What::PerHead => "gep.what_per_head",
    }
}

/// Whether it follows, in words.
pub(super) fn follows(follows: Follows) -> &'static str {
    match follows {
        Follows::Exactly => "gep.follows_exactly",
        Follows::WithinRounding => "gep.follows_within_rounding",
        Follows::No => "gep.follows_no",
        Follows::Unknown => "gep.follows_unknown",
    }
}
