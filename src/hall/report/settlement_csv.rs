//! A settlement as CSV: every flow, advance, transfer, balance, check and remark on a line of its own, amounts in 元.

use crate::horizontal::settlement::{FlowPart, Settlement, YearPart};
use crate::phrases::{Lang, Phrase};
use crate::report::csv::{harmless, lines};
use crate::report::settlement::Names;
use crate::units::Money;

/// The columns of money, in the order printed.
#[derive(Default)]
struct Figures {
    due: Option<i64>,
    paid: Option<i64>,
    put_off: Option<i64>,
    cut: Option<i64>,
    advanced: Option<i64>,
    settle: Option<i64>,
}

/// One line before it is written out.
#[derive(Default)]
struct Line {
    year: Option<i32>,
    kind: &'static str,
    clause: String,
    basis: String,
    from: String,
    to: String,
    section: String,
    month: Option<u8>,
    figures: Figures,
    note: String,
}

/// The lines of a settlement; what is made up is marked on every one, so that no sorting or cutting loses the mark.
pub fn csv(settlement: &Settlement, lang: Lang) -> Vec<u8> {
    let say = |code: &'static str| Phrase::new(code).render(lang);
    let names = Names { settlement, lang };
    let in_yuan = |code| format!("{}({})", say(code), say("settle.yuan"));
    let mut header: Vec<String> = [
        "settle.year_column",
        "settle.row",
        "settle.clause_column",
        "settle.basis_column",
        "settle.from",
        "settle.to",
        "settle.section",
        "settle.month",
    ]
    .map(say)
    .to_vec();
    let money = ["settle.due", "settle.amount", "settle.put_off", "settle.cut", "settle.prepaid", "settle.to_settle"];
    header.extend(money.map(in_yuan));
    header.extend([say("settle.note_column"), say("settle.standing")]);
    let standing = if settlement.agreement.illustrative || settlement.data.illustrative {
        say("settle.illustrative")
    } else {
        settlement.agreement.confirmed_name.get(lang).to_owned()
    };
    let mut all: Vec<Line> = settlement.years.iter().flat_map(|year| of_year(year, &names)).collect();
    all.extend(settlement.outstanding.iter().map(|part| Line {
        year: part.carried_from,
        kind: "settle.row_outstanding",
        clause: part.clause_title.get(lang).to_owned(),
        from: names.of(&part.from),
        to: names.of(&part.to),
        section: part.section_name.as_ref().map_or_else(String::new, |name| name.get(lang).to_owned()),
        month: part.month,
        figures: Figures { put_off: Some(part.amount_fen), ..Figures::default() },
        ..Line::default()
    }));
    all.extend(settlement.warnings.iter().map(|warning| Line {
        kind: "settle.row_warning",
        note: warning.get(lang).split_whitespace().collect::<Vec<_>>().join(" "),
        ..Line::default()
    }));
    let yuan = |fen: Option<i64>| fen.map(|fen| Money::from_fen(fen).yuan()).unwrap_or_default();
    let mut rows = vec![header];
    for line in all {
        let mut row = vec![line.year.map(|year| year.to_string()).unwrap_or_default(), say(line.kind)];
        let words = [line.clause, line.basis, line.from, line.to, line.section];
        row.extend(words.iter().map(|word| harmless(word)));
        row.push(line.month.map(|month| month.to_string()).unwrap_or_default());
        let Figures { due, paid, put_off, cut, advanced, settle } = line.figures;
        row.extend([due, paid, put_off, cut, advanced, settle].map(yuan));
        row.extend([harmless(&line.note), standing.clone()]);
        rows.push(row);
    }
    lines(&rows)
}

/// The lines of a year.
fn of_year(year: &YearPart, names: &Names<'_>) -> Vec<Line> {
    let lang = names.lang;
    let mut all = Vec::new();
    for clause in &year.clauses {
        let line = |flow: &FlowPart| Line {
            year: Some(year.year),
            kind: "settle.row_flow",
            clause: clause.title.get(lang).to_owned(),
            basis: clause.basis.clone(),
            from: names.of(&flow.from),
            to: names.of(&flow.to),
            section: flow.section_name.as_ref().map_or_else(String::new, |name| name.get(lang).to_owned()),
            month: flow.month,
            figures: Figures {
                due: Some(flow.due_fen),
                paid: Some(flow.amount_fen),
                put_off: Some(flow.put_off_fen),
                cut: Some(flow.cut_fen),
                ..Figures::default()
            },
            note: flow.carried_from.map_or_else(String::new, |year| {
                Phrase::new("settle.carried_note").with("year", year.to_string()).render(lang)
            }),
        };
        all.extend(clause.flows.iter().map(line));
    }
    all.extend(year.advances.iter().map(|part| Line {
        year: Some(year.year),
        kind: "settle.row_advance",
        clause: names.clause(&part.clause),
        from: names.of(&part.from),
        to: names.of(&part.to),
        figures: Figures { advanced: Some(part.amount_fen), ..Figures::default() },
        ..Line::default()
    }));
    all.extend(year.transfers.iter().map(|part| Line {
        year: Some(year.year),
        kind: "settle.row_transfer",
        from: names.of(&part.from),
        to: names.of(&part.to),
        figures: Figures {
            due: Some(part.due_fen),
            advanced: Some(part.prepaid_fen),
            settle: Some(part.settle_fen),
            ..Figures::default()
        },
        ..Line::default()
    }));
    all.extend(year.ledger.iter().map(|part| Line {
        year: Some(year.year),
        kind: "settle.row_net",
        from: part.name.get(lang).to_owned(),
        figures: Figures {
            paid: Some(part.net_fen),
            advanced: Some(part.advanced_fen),
            settle: Some(part.settle_fen),
            ..Figures::default()
        },
        ..Line::default()
    }));
    all.extend(year.checks.iter().map(|check| Line {
        year: Some(year.year),
        kind: if check.holds { "settle.row_check" } else { "settle.row_check_failed" },
        note: check.what.get(lang).to_owned(),
        ..Line::default()
    }));
    all
}
