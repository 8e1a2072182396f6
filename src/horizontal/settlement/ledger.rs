//! The ledger: what every party pays and receives, what goes from whom to whom, and whether it closes to the 分.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, Flow, Role};
use crate::phrases::Phrase;
use crate::settlement::document::{CheckPart, FlowPart, LedgerPart, TransferPart};
use crate::units::Money;

/// A flow as part of a document.
pub(super) fn flow_part(flow: &Flow) -> FlowPart {
    FlowPart {
        clause: flow.clause.clone(),
        from: flow.from.clone(),
        to: flow.to.clone(),
        amount_fen: flow.amount.fen(),
        due_fen: flow.due.fen(),
        section: flow.section.clone(),
        month: flow.month,
        carried_from: flow.carried_from,
    }
}

/// What every party pays and receives, in the order of the river.
pub(super) fn ledger<'f>(agreement: &Agreement, flows: impl Iterator<Item = &'f Flow>) -> Vec<LedgerPart> {
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for flow in flows {
        sums.entry(&flow.from).or_default().0 += flow.amount.fen();
        sums.entry(&flow.to).or_default().1 += flow.amount.fen();
    }
    let part = |party: &str| {
        let (pays_fen, receives_fen) = sums.get(party).copied().unwrap_or_default();
        let name = agreement.party_name(party);
        LedgerPart { party: party.to_owned(), name, pays_fen, receives_fen, net_fen: receives_fen - pays_fen }
    };
    agreement.downstream_order().into_iter().map(part).collect()
}

/// What goes from whom to whom: flows netted for each pair, advances credited.
pub(super) fn transfers(agreement: &Agreement, flows: &[Flow], prepaid: &[Flow]) -> Vec<TransferPart> {
    // Per pair, in the order of the parties: what the first owes the second.
    let mut pairs: BTreeMap<(usize, usize), (i64, i64)> = BTreeMap::new();
    let order = agreement.downstream_order();
    let places: BTreeMap<&str, usize> = order.iter().enumerate().map(|(at, party)| (*party, at)).collect();
    let at = |party: &str| places.get(party).copied().unwrap_or(order.len());
    let mut note = |flow: &Flow, is_advance: bool| {
        let (from, to) = (at(&flow.from), at(&flow.to));
        let (pair, sign) = if from < to { ((from, to), 1) } else { ((to, from), -1) };
        let sums = pairs.entry(pair).or_default();
        let sum = if is_advance { &mut sums.1 } else { &mut sums.0 };
        *sum += sign * flow.amount.fen();
    };
    flows.iter().for_each(|flow| note(flow, false));
    prepaid.iter().for_each(|flow| note(flow, true));
    let name = |at: usize| order.get(at).map_or_else(String::new, |party| (*party).to_owned());
    let mut parts = Vec::new();
    for ((a, b), (due, advance)) in pairs {
        if due == 0 && advance == 0 {
            continue;
        }
        // Seen from who owes; without a debt from who paid in advance.
        let turned = due < 0 || (due == 0 && advance < 0);
        let (from, to, sign) = if turned { (b, a, -1) } else { (a, b, 1) };
        let (due_fen, prepaid_fen) = (sign * due, sign * advance);
        let settle_fen = due_fen - prepaid_fen;
        parts.push(TransferPart { from: name(from), to: name(to), due_fen, prepaid_fen, settle_fen });
    }
    parts
}

/// Checks of a settled year, made from the flows alone.
pub(super) fn checks(
    agreement: &Agreement,
    flows: &[Flow],
    ledger: &[LedgerPart],
    transfers: &[TransferPart],
    prepaid: &[Flow],
) -> Vec<CheckPart> {
    let mut checks = Vec::new();
    let mut check = |phrase: Phrase, holds: bool| checks.push(CheckPart { what: phrase.text(), holds });
    let net: i128 = ledger.iter().map(|part| i128::from(part.net_fen)).sum();
    check(Phrase::new("settlement.check_nets").with("sum", money(net)), net == 0);
    let paid: i128 = flows.iter().map(|flow| i128::from(flow.amount.fen())).sum();
    let in_ledger: i128 = ledger.iter().map(|part| i128::from(part.pays_fen)).sum();
    check(
        Phrase::new("settlement.check_flows").with("flows", money(paid)).with("ledger", money(in_ledger)),
        paid == in_ledger,
    );
    let above = flows.iter().filter(|flow| flow.amount > flow.due || flow.amount < Money::ZERO).count();
    check(Phrase::new("settlement.check_within_due").with("count", above.to_string()), above == 0);
    // The net of a party by transfers and advances must be its net by clauses.
    let mut moved: BTreeMap<&str, i128> = BTreeMap::new();
    let settled = transfers.iter().map(|part| (&part.from, &part.to, part.settle_fen));
    for (from, to, fen) in settled.chain(prepaid.iter().map(|flow| (&flow.from, &flow.to, flow.amount.fen()))) {
        *moved.entry(from).or_default() -= i128::from(fen);
        *moved.entry(to).or_default() += i128::from(fen);
    }
    let nets: BTreeMap<&str, i128> =
        ledger.iter().map(|part| (part.party.as_str(), i128::from(part.net_fen))).collect();
    for party in &agreement.party {
        let sum = |sums: &BTreeMap<&str, i128>| sums.get(party.id.as_str()).copied().unwrap_or(0);
        let (by_transfers, by_clauses) = (sum(&moved), sum(&nets));
        if by_transfers != by_clauses {
            let phrase = Phrase::new("settlement.check_transfers").with("party", party.name.0.clone());
            check(phrase.with("transfers", money(by_transfers)).with("clauses", money(by_clauses)), false);
        }
        if party.role == Role::Pool && by_clauses != 0 {
            let phrase = Phrase::new("settlement.check_pool").with("party", party.name.0.clone());
            check(phrase.with("balance", money(by_clauses)), by_clauses > 0);
        }
    }
    checks
}

fn money(fen: i128) -> crate::phrases::Text {
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX)).into()
}
