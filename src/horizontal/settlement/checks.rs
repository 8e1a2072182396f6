//! What is checked of every settled year, from the flows alone. A settlement of which a check fails is no settlement.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, Book, Flow};
use crate::phrases::{Phrase, Text};
use crate::settlement::document::{CheckPart, FundPart, LedgerPart, TransferPart};
use crate::units::Money;

/// Checks of a settled year.
pub(super) fn checks(
    agreement: &Agreement,
    last: &Book,
    book: &Book,
    (ledger, transfers, funds): (&[LedgerPart], &[TransferPart], &[FundPart]),
) -> Vec<CheckPart> {
    let mut checks = Vec::new();
    let mut check = |phrase: Phrase, holds: bool| checks.push(CheckPart { what: phrase.text(), holds });
    let flows = &book.flows;
    let net: i128 = ledger.iter().map(|part| i128::from(part.net_fen)).sum();
    check(Phrase::new("settlement.check_nets").with("sum", money(net)), net == 0);
    let paid = sum(flows.iter().map(|flow| flow.amount));
    let in_ledger: i128 = ledger.iter().map(|part| i128::from(part.pays_fen)).sum();
    check(
        Phrase::new("settlement.check_flows").with("flows", money(paid)).with("ledger", money(in_ledger)),
        paid == in_ledger,
    );
    let above = flows.iter().filter(|flow| !closes(flow)).count();
    check(Phrase::new("settlement.check_within_due").with("count", above.to_string()), above == 0);
    // Everything due this year, and everything earlier years put off, is paid, put off or not paid at all.
    let arrears = sum(last.carried.iter().map(|flow| flow.due));
    let posted = sum(flows.iter().filter(|flow| flow.carried_from.is_some()).map(|flow| flow.due));
    let due = sum(flows.iter().map(|flow| flow.due));
    let (carried, cut) = (sum(book.carried.iter().map(|flow| flow.due)), sum(flows.iter().map(|flow| flow.cut)));
    check(
        Phrase::new("settlement.check_due")
            .with("due", money(due))
            .with("arrears", money(arrears))
            .with("paid", money(paid))
            .with("carried", money(carried))
            .with("cut", money(cut)),
        arrears == posted && due == paid + carried + cut,
    );
    of_transfers(agreement, book, (ledger, transfers), &mut check);
    of_funds(agreement, last, book, funds, &mut check);
    checks
}

/// The net of a party by transfers and advances must be its net by clauses.
fn of_transfers(
    agreement: &Agreement,
    book: &Book,
    (ledger, transfers): (&[LedgerPart], &[TransferPart]),
    check: &mut impl FnMut(Phrase, bool),
) {
    let mut moved: BTreeMap<&str, i128> = BTreeMap::new();
    let settled = transfers.iter().map(|part| (&part.from, &part.to, part.settle_fen));
    for (from, to, fen) in settled.chain(book.prepaid.iter().map(|flow| (&flow.from, &flow.to, flow.amount.fen()))) {
        *moved.entry(from).or_default() -= i128::from(fen);
        *moved.entry(to).or_default() += i128::from(fen);
    }
    for part in ledger {
        let (by_transfers, by_clauses) =
            (moved.get(part.party.as_str()).copied().unwrap_or(0), i128::from(part.net_fen));
        if by_transfers != by_clauses {
            let phrase = Phrase::new("settlement.check_transfers").with("party", agreement.party_name(&part.party));
            check(phrase.with("transfers", money(by_transfers)).with("clauses", money(by_clauses)), false);
        }
    }
}

/// A fund holds what it held and took in less what it paid, and never less than nothing.
fn of_funds(agreement: &Agreement, last: &Book, book: &Book, funds: &[FundPart], check: &mut impl FnMut(Phrase, bool)) {
    for part in funds {
        let of = |side: fn(&Flow) -> &String| {
            sum(book.flows.iter().filter(|flow| *side(flow) == part.fund).map(|flow| flow.amount))
        };
        let (paid_in, paid_out) = (of(|flow| &flow.to), of(|flow| &flow.from));
        let opening = i128::from(last.funds.held(&part.fund).fen());
        let closing = opening + paid_in - paid_out;
        let phrase = Phrase::new("settlement.check_pool")
            .with("party", agreement.party_name(&part.fund))
            .with("opening", money(opening))
            .with("in", money(paid_in))
            .with("out", money(paid_out))
            .with("balance", money(closing));
        check(phrase, closing >= 0 && closing == i128::from(part.closing_fen));
    }
}

/// Whether a flow closes: due = paid + put off + not paid at all, none of them below zero.
fn closes(flow: &Flow) -> bool {
    let parts = [flow.amount, flow.put_off, flow.cut];
    parts.iter().all(|part| *part >= Money::ZERO) && sum(parts.into_iter()) == i128::from(flow.due.fen())
}

fn sum(amounts: impl Iterator<Item = Money>) -> i128 {
    amounts.map(|amount| i128::from(amount.fen())).sum()
}

fn money(fen: i128) -> Text {
    Money::from_fen(i64::try_from(fen).unwrap_or(i64::MAX)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settlement::ledger;

    const TOML: &str = "[agreement]\nname = \"a\"\nfirst_year = 2020\nlast_year = 2020\nbasis = \"b\"\nsource = \"s\"\nconfirmed = \"assumed\"\n\
        [[party]]\nid = \"u\"\nname = \"u\"\n[[party]]\nid = \"f\"\nname = \"f\"\nrole = \"pool\"\n\
        [[clause]]\nid = \"k\"\ntitle = \"k\"\nbasis = \"b\"\n[clause.payment]\npay = [{ from = \"u\", to = \"f\", amount = \"1 元\" }]\n";

    fn failed(flow: Flow) -> usize {
        let opened = crate::agreement::read(TOML, "a.toml").unwrap();
        let last = Book::empty(&opened.agreement);
        let mut book = last.clone();
        book.flows.push(flow);
        let ledger = ledger::ledger(&opened.agreement, book.flows.iter(), book.prepaid.iter());
        let transfers = ledger::transfers(&opened.agreement, &book.flows, &book.prepaid);
        let funds = ledger::funds(&opened.agreement, &last.funds, &book);
        let checks = checks(&opened.agreement, &last, &book, (&ledger, &transfers, &funds));
        checks.iter().filter(|check| !check.holds).count()
    }

    #[test]
    fn a_fund_overdrawn_and_a_flow_that_does_not_close_fail() {
        let fen = Money::from_fen;
        let flow = |from: &str, to: &str| Flow {
            clause: "k".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            amount: fen(5),
            due: fen(5),
            put_off: fen(0),
            cut: fen(0),
            section: None,
            month: None,
            carried_from: None,
        };
        assert_eq!(failed(Flow { from: "u".to_owned(), to: "u".to_owned(), ..flow("u", "u") }), 0);
        assert_eq!(failed(flow("f", "u")), 1);
        // 7 due and 5 paid: neither the flow nor the year closes.
        assert_eq!(failed(Flow { due: fen(7), ..flow("u", "u") }), 2);
        // Said to be put off, and handed to no year.
        assert_eq!(failed(Flow { due: fen(7), put_off: fen(2), ..flow("u", "u") }), 1);
    }
}
