//! Conditions and amounts in words.
use crate::figures;
pub(super) use crate::figures::exact_wan as wan;
use crate::payment::case::Names;
use crate::payment::request::{DealSpec, Measure, Objective};
use crate::payment::stages::Optimum;
use crate::payment::stuck::Stuck;
use crate::payment::terms::{Kind, Limit, On, Terms};
use crate::phrases::{Phrase, Text};
use crate::units::{Money, group_thousands};

/// Short code of a kind.
pub(super) fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::Cost => "cost",
        Kind::Budget => "budget",
        Kind::Revenue => "revenue",
        Kind::Ability => "ability",
        Kind::Ceiling => "ceiling",
        Kind::Benefit => "benefit",
        Kind::Participation => "participation",
        Kind::PairLeast => "pair_least",
        Kind::PairMost => "pair_most",
        Kind::PairValue => "pair_value",
        Kind::ShareLow => "share_low",
        Kind::ShareHigh => "share_high",
    }
}

/// The parties a condition is about: the party or payer, and the recipient of a pair.
pub(super) fn parties(terms: &Terms, limit: &Limit) -> (usize, Option<usize>) {
    match limit.on {
        On::Receipts(party) | On::Payments(party) | On::Net(party) => (party, None),
        On::Arc(arc) => terms.arcs.get(arc).map_or((0, None), |arc| (arc.payer, Some(arc.recipient))),
    }
}

/// A condition as a sentence.
pub(super) fn condition(terms: &Terms, limit: &Limit) -> Text {
    let (party, other) = parties(terms, limit);
    let code = match limit.kind {
        Kind::Cost => "payment.condition_cost",
        Kind::Budget => "payment.condition_budget",
        Kind::Revenue => "payment.condition_revenue",
        Kind::Ability => "payment.condition_ability",
        Kind::Ceiling => "payment.condition_ceiling",
        Kind::Benefit => "payment.condition_benefit",
        Kind::Participation => "payment.condition_participation",
        Kind::PairLeast => "payment.condition_pair_least",
        Kind::PairMost => "payment.condition_pair_most",
        Kind::PairValue => "payment.condition_pair_value",
        Kind::ShareLow => "payment.condition_share_low",
        Kind::ShareHigh => "payment.condition_share_high",
    };
    Phrase::new(code)
        .with("party", terms.name(party))
        .with("recipient", other.map(|other| terms.name(other)).unwrap_or_default())
        .with("amount", Money::from_fen(limit.fen))
        .text()
}

/// What a binding condition does to a payment, as a half sentence.
pub(super) fn binding(terms: &Terms, limit: &Limit) -> Text {
    let (party, _) = parties(terms, limit);
    let code = match limit.kind {
        Kind::Cost => "payment.binds_cost",
        Kind::Budget => "payment.binds_budget",
        Kind::Revenue => "payment.binds_revenue",
        Kind::Ability => "payment.binds_ability",
        Kind::Ceiling => "payment.binds_ceiling",
        Kind::Benefit => "payment.binds_benefit",
        Kind::Participation => "payment.binds_participation",
        Kind::PairLeast => "payment.binds_pair_least",
        Kind::PairMost => "payment.binds_pair_most",
        Kind::PairValue => "payment.binds_pair_value",
        Kind::ShareLow => "payment.binds_share_low",
        Kind::ShareHigh => "payment.binds_share_high",
    };
    Phrase::new(code).with("party", terms.name(party)).text()
}

/// An objective as reached, in words; `proved` says of a number of payments that no plan has fewer.
pub(super) fn stage(objective: Option<Objective>, value: f64, measure: Measure, proved: bool) -> Text {
    let money = || Money::from_fen(value.round() as i64);
    match objective {
        None => Phrase::new("payment.stage_tie_break").text(),
        Some(Objective::LeastTopUp) => Phrase::new("payment.stage_least_top_up").with("value", money()).text(),
        Some(Objective::MaxMinSurplus) if measure == Measure::Relative => {
            let percent = figures::percent(value, 4);
            Phrase::new("payment.stage_max_min_relative").with("value", percent).text()
        }
        Some(Objective::MaxMinSurplus) => Phrase::new("payment.stage_max_min").with("value", money()).text(),
        Some(Objective::ShareDeviation) => Phrase::new("payment.stage_shares").with("value", money()).text(),
        Some(Objective::FewestPayments) => {
            let code = if proved { "payment.stage_fewest" } else { "payment.stage_few" };
            Phrase::new(code).with("value", group_thousands(value.round() as u64)).text()
        }
        Some(Objective::LeastPayments) => Phrase::new("payment.stage_least").with("value", money()).text(),
    }
}

/// Remarks on a deal: what a limit left out, who was brought down to the level of those who are held, whether it is the only one.
pub(super) fn deal_remarks(terms: &Terms, deal: &DealSpec, optimum: &Optimum) -> Vec<Text> {
    let mut found = Vec::new();
    if optimum.limit.is_some() {
        let each = optimum.left_out.iter().map(|objective| Phrase::new(name(*objective)).text());
        let each: Vec<Text> = each.chain([Phrase::new("payment.name_tie_break").text()]).collect();
        found.push(Phrase::new("payment.remark_limit").with("objectives", Text::joined(&each, "、", ", ")).text());
    } else if !optimum.unique {
        found.push(Phrase::new("payment.remark_not_unique").text());
    }
    found.extend(optimum.stuck.as_ref().map(|stuck_at| stuck(terms, stuck_at, deal.surplus)));
    found
}

/// Whom later objectives brought down to the level of those who are held.
pub(super) fn stuck(terms: &Terms, stuck: &Stuck, measure: Measure) -> Text {
    let level = |value: f64| match measure {
        Measure::Relative => Text::same(format!("{:.4}%", value * 100.0)),
        Measure::Absolute => Money::from_fen(value.round() as i64).into(),
    };
    let named = |parties: &[usize]| {
        let mut names: Vec<String> = parties.iter().take(REMARKED).map(|party| terms.name(*party)).collect();
        if parties.len() > REMARKED {
            names.push("…".to_owned());
        }
        names.join("、")
    };
    Phrase::new("payment.remark_stuck")
        .with("held", named(&stuck.held))
        .with("lowered", named(&stuck.lowered))
        .with("level", level(stuck.level))
        .with("second", level(stuck.second))
        .text()
}

/// Phrase code of an objective's name.
fn name(objective: Objective) -> &'static str {
    match objective {
        Objective::LeastTopUp => "payment.name_least_top_up",
        Objective::MaxMinSurplus => "payment.name_max_min",
        Objective::ShareDeviation => "payment.name_shares",
        Objective::FewestPayments => "payment.name_fewest",
        Objective::LeastPayments => "payment.name_least",
    }
}

/// Remarks on the case itself: harm, areas without party, suppliers whom nobody receives from.
pub(super) fn remarks(names: &Names, terms: &Terms, harmed: &[(usize, usize)], unowned: usize) -> Vec<Text> {
    let mut found = Vec::new();
    if unowned > 0 {
        found.push(Phrase::new("payment.remark_unowned").with("count", unowned.to_string()).text());
    }
    for (supplier, beneficiary) in harmed.iter().take(REMARKED) {
        found.push(
            Phrase::new("payment.remark_harm")
                .with("supplier", names.party_name(*supplier))
                .with("beneficiary", names.party_name(*beneficiary))
                .text(),
        );
    }
    let (pays, receives) = (terms.ends(|arc| arc.payer), terms.ends(|arc| arc.recipient));
    let apart: Vec<String> = (0..terms.parties.len())
        .filter(|party| pays.get(*party) == Some(&false) && receives.get(*party) == Some(&false))
        .map(|party| terms.name(party))
        .collect();
    if !apart.is_empty() {
        let named = apart.iter().take(REMARKED).cloned().collect::<Vec<_>>().join("、");
        found.push(
            Phrase::new("payment.remark_apart").with("count", apart.len().to_string()).with("parties", named).text(),
        );
    }
    found
}

/// So many of one kind are named.
const REMARKED: usize = 10;
