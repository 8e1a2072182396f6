//! The ledger: what every party pays and receives, what goes from whom to whom, what the funds hold.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, Book, Flow, Funds};
use crate::settlement::document::{AdvancePart, FlowPart, FundPart, LedgerPart, OutstandingPart, TransferPart};

/// A flow as part of a document.
pub(super) fn flow_part(agreement: &Agreement, flow: &Flow) -> FlowPart {
    FlowPart {
        clause: flow.clause.clone(),
        from: flow.from.clone(),
        to: flow.to.clone(),
        amount_fen: flow.amount.fen(),
        due_fen: flow.due.fen(),
        put_off_fen: flow.put_off.fen(),
        cut_fen: flow.cut.fen(),
        section: flow.section.clone(),
        section_name: flow.section.as_ref().map(|section| agreement.section_name(section)),
        month: flow.month,
        carried_from: flow.carried_from,
    }
}

/// What is still to be paid after the last year, as part of a document.
pub(super) fn outstanding_part(agreement: &Agreement, flow: &Flow) -> OutstandingPart {
    OutstandingPart {
        clause: flow.clause.clone(),
        clause_title: agreement.clause_title(&flow.clause),
        from: flow.from.clone(),
        to: flow.to.clone(),
        amount_fen: flow.due.fen(),
        section: flow.section.clone(),
        section_name: flow.section.as_ref().map(|section| agreement.section_name(section)),
        month: flow.month,
        carried_from: flow.carried_from,
    }
}

/// An advance as part of a document.
pub(super) fn advance_part(flow: &Flow) -> AdvancePart {
    AdvancePart {
        clause: flow.clause.clone(),
        from: flow.from.clone(),
        to: flow.to.clone(),
        amount_fen: flow.amount.fen(),
    }
}

/// What every party pays, receives and advanced, in the order of the river.
pub(super) fn ledger<'f>(
    agreement: &Agreement,
    flows: impl Iterator<Item = &'f Flow>,
    prepaid: impl Iterator<Item = &'f Flow>,
) -> Vec<LedgerPart> {
    let mut sums: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for flow in flows {
        sums.entry(&flow.from).or_default().0 += flow.amount.fen();
        sums.entry(&flow.to).or_default().1 += flow.amount.fen();
    }
    for flow in prepaid {
        sums.entry(&flow.from).or_default().2 -= flow.amount.fen();
        sums.entry(&flow.to).or_default().2 += flow.amount.fen();
    }
    let part = |party: &str| {
        let (pays_fen, receives_fen, advanced_fen) = sums.get(party).copied().unwrap_or_default();
        let name = agreement.party_name(party);
        let net_fen = receives_fen - pays_fen;
        let settle_fen = net_fen - advanced_fen;
        LedgerPart { party: party.to_owned(), name, pays_fen, receives_fen, net_fen, advanced_fen, settle_fen }
    };
    agreement.downstream_order().into_iter().map(part).collect()
}

/// What every fund held, took in, paid and holds; a fund through which no money ever went is left out.
pub(super) fn funds(agreement: &Agreement, opening: &Funds, book: &Book) -> Vec<FundPart> {
    let part = |fund: &str| {
        let sum = |of: fn(&Flow) -> &String| -> i64 {
            book.flows.iter().filter(|flow| of(flow) == fund).map(|flow| flow.amount.fen()).sum()
        };
        FundPart {
            fund: fund.to_owned(),
            name: agreement.party_name(fund),
            opening_fen: opening.held(fund).fen(),
            paid_in_fen: sum(|flow| &flow.to),
            paid_out_fen: sum(|flow| &flow.from),
            closing_fen: book.funds.held(fund).fen(),
        }
    };
    let pools = agreement.downstream_order().into_iter().filter(|party| opening.is_fund(party)).map(part);
    pools.filter(|part| [part.opening_fen, part.paid_in_fen, part.paid_out_fen, part.closing_fen] != [0; 4]).collect()
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
