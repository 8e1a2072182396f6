//! Tables of payees: masked wherever a person could be known.

use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::Money;

use crate::date::Date;
use crate::payees::check::Wrong;
use crate::payees::list::List;
use crate::payees::rates::{Per, Rates};
use crate::payees::register::{Register, mask_account, mask_id, mask_name};
use crate::sheet::{Cell, Holds, Sheet};

fn say(code: &'static str) -> Text {
    Phrase::new(code).text()
}

/// The check lines of a list as notes.
fn check_lines(list: &List, rates: &Rates, sheet: &mut Sheet) {
    for line in &list.checks {
        let Some(rate) = rates.rate.iter().find(|rate| rate.id == line.rate) else { continue };
        let money = |fen: i64| Money::from_fen(fen).yuan();
        let code = if line.is_explained() { "payee.check_line" } else { "payee.check_off" };
        let phrase = Phrase::new(code)
            .with("rate", rate.name.clone())
            .with("rows", line.rows.to_string())
            .with("quantity", line.quantity.to_string())
            .with("product", money(line.product))
            .with("sum", money(line.sum))
            .with("difference", money(line.difference()));
        sheet.notes.push(phrase.text());
    }
}

/// 到户清册: every row with its payee, masked.
pub fn list_sheet(list: &List, register: &Register, rates: &Rates, day: Date) -> Sheet {
    rows(list, register, rates, day, "payee.list_title", true)
}

/// 公示表: what is posted in the village; no number of a card or account.
pub fn posting_sheet(list: &List, register: &Register, rates: &Rates, day: Date) -> Sheet {
    rows(list, register, rates, day, "payee.posting_title", false)
}

fn rows(list: &List, register: &Register, rates: &Rates, day: Date, title: &'static str, numbers: bool) -> Sheet {
    let mut sheet = Sheet::new(Phrase::new(title).with("day", day.to_string()).text());
    sheet.notes.push(say("payee.masked"));
    check_lines(list, rates, &mut sheet);
    for (key, code) in
        [("payee", "payee.number"), ("name", "payee.name"), ("kind", "payee.kind"), ("village", "payee.village")]
    {
        sheet.column(key, say(code), Holds::Text);
    }
    if numbers {
        sheet.column("card", say("payee.card"), Holds::Text);
        sheet.column("account", say("payee.account"), Holds::Text);
    }
    sheet.column("parcel", say("payee.parcel"), Holds::Text);
    sheet.column("rate", say("payee.rate"), Holds::Text);
    sheet.column("quantity", say("payee.quantity"), Holds::Number);
    sheet.column("rate_fen", say("payee.rate_money"), Holds::Fen);
    sheet.column("fen", say("fund.amount"), Holds::Fen);
    for item in &list.items {
        let Some(payee) = register.payee(&item.payee) else { continue };
        let rate = rates.rate.iter().find(|rate| rate.id == item.rate);
        let unit = if rate.is_some_and(|rate| rate.per == Per::Person) { "" } else { &item.parcel };
        let mut row = vec![
            Cell::same(&item.payee),
            Cell::same(mask_name(&payee.name)),
            Cell::same(&payee.kind),
            Cell::same(&payee.village),
        ];
        if numbers {
            row.push(Cell::same(mask_id(&payee.card)));
            row.push(Cell::same(mask_account(&payee.account)));
        }
        row.push(Cell::same(unit));
        row.push(rate.map_or(Cell::Blank, |rate| Cell::Text(rate.name.clone())));
        row.push(Cell::Number(item.quantity.to_string()));
        row.push(rate.map_or(Cell::Blank, |rate| Cell::Fen(rate.amount.fen())));
        row.push(Cell::Fen(item.fen));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    // A sum of rates says nothing.
    if let Some(total) = &mut sheet.total
        && let Some(at) = sheet.columns.iter().position(|column| column.key == "rate_fen")
        && let Some(cell) = total.get_mut(at)
    {
        *cell = Cell::Blank;
    }
    sheet
}

/// What is wrong with a list.
pub fn wrong_sheet(wrong: &[Wrong], day: Date) -> Sheet {
    let mut sheet = Sheet::new(Phrase::new("payee.check_title").with("day", day.to_string()).text());
    sheet.notes.push(Phrase::new("payee.check_note").with("count", wrong.len().to_string()).text());
    for (key, code) in
        [("rule", "fund.rule"), ("what", "fund.what"), ("payees", "payee.number"), ("parcel", "payee.parcel")]
    {
        sheet.column(key, say(code), Holds::Text);
    }
    sheet.column("fen", say("fund.amount"), Holds::Fen);
    sheet.column("note", say("fund.note"), Holds::Text);
    sheet.column("basis", say("fund.basis"), Holds::Text);
    for one in wrong {
        let numbers: Vec<Text> = one.payees.iter().map(Text::same).collect();
        sheet.rows.push(vec![
            Cell::same(one.rule),
            Cell::Text(one.name.clone()),
            if numbers.is_empty() { Cell::Blank } else { Cell::Text(Text::joined(&numbers, "、", ", ")) },
            Cell::same(&one.parcel),
            Cell::Fen(one.fen),
            Cell::of(&one.note),
            Cell::Text(one.basis.clone()),
        ]);
    }
    sheet
}
