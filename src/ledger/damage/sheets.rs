//! 案件台账, 明细账, 使用表.

use ecocomp_ground::phrases::{Phrase, Text};

use crate::damage::cases::{Cases, HeadKind};
use crate::damage::due::{Due, Movement};
use crate::damage::rules::DamageRules;
use crate::date::Date;
use crate::event::Kind;
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::{per_cent, share};

fn say(code: &'static str) -> Text {
    Phrase::new(code).text()
}

fn begun(title: &'static str, cases: &Cases, day: Date) -> Sheet {
    let mut sheet = Sheet::new(Phrase::new(title).with("name", cases.name.clone()).text());
    sheet.notes.push(Phrase::new("damage.as_of").with("day", day.to_string()).text());
    sheet.mark(cases.illustrative);
    sheet
}

const HEADS: [(HeadKind, &str, &str); 6] = [
    (HeadKind::Interim, "interim_fen", "damage.interim"),
    (HeadKind::Permanent, "permanent_fen", "damage.permanent"),
    (HeadKind::Assessment, "assessment_fen", "damage.assessment"),
    (HeadKind::Restoration, "restoration_fen", "damage.restoration"),
    (HeadKind::Prevention, "prevention_fen", "damage.prevention"),
    (HeadKind::Punitive, "punitive_fen", "damage.punitive"),
];

/// 损害赔偿案件台账.
pub fn due_sheet(cases: &Cases, all: &[Due], day: Date) -> Sheet {
    let mut sheet = begun("damage.due_title", cases, day);
    sheet.notes.push(say("damage.rate_note"));
    let text = [
        ("case", "damage.case"),
        ("name", "damage.name"),
        ("liable", "damage.liable"),
        ("area", "damage.area"),
        ("stage", "damage.stage"),
    ];
    text.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Text));
    HEADS.into_iter().for_each(|(_, key, code)| sheet.column(key, say(code), Holds::Fen));
    let money = [
        ("claimed_fen", "damage.claimed"),
        ("performed_fen", "damage.performed"),
        ("paid_fen", "damage.paid"),
        ("open_fen", "damage.open"),
        ("due_fen", "damage.due"),
        ("received_fen", "damage.received"),
        ("balance_fen", "damage.balance"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    for (case, due) in cases.cases.iter().zip(all) {
        let mut row = vec![
            Cell::same(&case.id),
            Cell::Text(case.name.clone()),
            Cell::same(&case.liable),
            Cell::same(&case.area),
            Cell::same(&case.stage),
        ];
        row.extend(HEADS.map(|(head, ..)| Cell::Fen(due.heads.get(&head).copied().unwrap_or(0))));
        let figures = [due.claimed, due.in_kind, due.paid, due.open, due.due(), due.received, due.balance()];
        row.extend(figures.map(Cell::Fen));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}

/// The ledger of the fund: what came in is its budget, what was used its spending.
pub fn ledger_sheet(cases: &Cases, all: &[Movement], day: Date) -> Sheet {
    let mut sheet = begun("damage.ledger_title", cases, day);
    let text =
        [("date", "damage.date"), ("kind", "damage.kind"), ("fund", "damage.fund"), ("project", "damage.project")];
    text.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Text));
    sheet.column("fen", say("fund.amount"), Holds::Fen);
    sheet.column("reason", say("damage.reason"), Holds::Text);
    sheet.column("account", say("damage.account"), Holds::Text);
    for one in all {
        let kind = if one.fen >= 0 { Kind::Budget } else { Kind::Spend };
        sheet.rows.push(vec![
            Cell::same(one.on),
            Cell::Text(kind.name()),
            Cell::same(&cases.fund),
            Cell::same(&one.case),
            Cell::Fen(one.fen.abs()),
            Cell::Text(one.what.clone()),
            Cell::of(&one.account),
        ]);
    }
    sheet
}

/// What was received and used, and how long the rest lies idle.
pub fn use_sheet(cases: &Cases, rules: &DamageRules, all: &[Due], day: Date) -> Sheet {
    let mut sheet = begun("damage.use_title", cases, day);
    sheet.column("case", say("damage.case"), Holds::Text);
    sheet.column("name", say("damage.name"), Holds::Text);
    let money = [("received_fen", "damage.received"), ("used_fen", "damage.used"), ("balance_fen", "damage.balance")];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    sheet.column("use", say("damage.use_rate"), Holds::Percent);
    sheet.column("days", say("damage.idle_days"), Holds::Number);
    sheet.column("idle", say("damage.idle"), Holds::Text);
    let rate =
        |used: i64, received: i64| share(used, received).map_or(Cell::Blank, |share| Cell::Number(per_cent(&share)));
    for (case, due) in cases.cases.iter().zip(all) {
        let days = due.idle_since.map(|since| day.since(since));
        let idle = days.zip(rules.idle_days).is_some_and(|(days, most)| days > most);
        sheet.rows.push(vec![
            Cell::same(&case.id),
            Cell::Text(case.name.clone()),
            Cell::Fen(due.received),
            Cell::Fen(due.used),
            Cell::Fen(due.balance()),
            rate(due.used, due.received),
            days.map_or(Cell::Blank, |days| Cell::Number(days.to_string())),
            if idle { Cell::Text(say("damage.idle")) } else { Cell::Blank },
        ]);
    }
    sheet.sum(say("fund.total"));
    let (received, used) = (all.iter().map(|due| due.received).sum(), all.iter().map(|due| due.used).sum());
    if let Some(cell) = sheet.total.as_mut().and_then(|total| total.get_mut(5)) {
        *cell = rate(used, received);
    }
    sheet
}
