//! Reports over a year: progress by month against the plan, the age of what is unspent, and the flow from fund to channel.

use std::collections::BTreeMap;

use ecocomp_ground::phrases::{Phrase, Text};

use crate::balance::Balances;
use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::journal::{Journal, until};
use crate::rules::Rules;
use crate::sheet::{Cell, Chart, Holds, Ribbon, Sheet};
use crate::state::name;
use crate::sums::{Sums, per_cent, share};

fn say(code: &'static str) -> Text {
    Phrase::new(code).text()
}

fn begun(title: Phrase, book: &Opened) -> Sheet {
    let mut sheet = Sheet::new(title.with("book", book.book.name.clone()).text());
    sheet.mark(book.book.illustrative);
    sheet
}

/// 下达进度表: a budget year month by month until a day, each figure that until the end of the month.
pub fn progress(journal: &Journal, balances: &Balances, book: &Opened, (year, day): (i32, Date)) -> Sheet {
    let mut sheet = begun(Phrase::new("fund.progress_title").with("year", year.to_string()), book);
    sheet.column("month", say("fund.dim_month"), Holds::Text);
    let money = [
        ("planned_fen", "fund.planned"),
        ("released_fen", "fund.released"),
        ("paid_fen", "fund.paid"),
        ("spent_fen", "fund.spent"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    sheet.column("released_share", say("fund.released_share"), Holds::Percent);
    sheet.column("execution", say("fund.execution"), Holds::Percent);
    let entries: Vec<_> =
        journal.lines(balances).into_iter().filter(|((_, of, _), _)| *of == year).flat_map(|(_, all)| all).collect();
    let mut lines: [Vec<i64>; 4] = Default::default();
    let mut months = Vec::new();
    for month in 1..=12 {
        let next = if month == 12 { Date::of(year + 1, 1, 1) } else { Date::of(year, month + 1, 1) };
        let (Some(first), Some(end)) = (Date::of(year, month, 1), next.and_then(|next| next.after(-1))) else {
            continue;
        };
        if first > day {
            break;
        }
        let sums = until(&entries, end.min(day));
        let figures = [sums.planned(), sums.of(Kind::Release), sums.paid(), sums.of(Kind::Spend)];
        for (line, fen) in lines.iter_mut().zip(figures) {
            line.push(fen);
        }
        let label = format!("{year:04}-{month:02}");
        let mut row = vec![Cell::same(&label)];
        row.extend(figures.map(Cell::Fen));
        let shares = [share(sums.of(Kind::Release), sums.planned()), sums.execution()];
        row.extend(shares.map(|share| share.map_or(Cell::Blank, |share| Cell::Number(per_cent(&share)))));
        sheet.rows.push(row);
        months.push(label);
    }
    let names = money.map(|(_, code)| say(code));
    sheet.chart = Some(Chart::Months { months, lines: names.into_iter().zip(lines).collect() });
    sheet
}

/// Age of what is unspent on a day, by fund and budget year: what may still be carried and what is above its age.
pub fn ages(balances: &Balances, journal: &Journal, book: &Opened, rules: &Rules, day: Date) -> Sheet {
    let mut sheet = begun(Phrase::new("fund.age_title").with("day", day.to_string()), book);
    sheet.column("fund", say("fund.dim_fund"), Holds::Text);
    sheet.column("year", say("fund.dim_year"), Holds::Text);
    sheet.column("age", say("fund.age"), Holds::Number);
    sheet.column("usable_fen", say("fund.usable"), Holds::Fen);
    sheet.column("surplus_fen", say("fund.surplus"), Holds::Fen);
    sheet.column("state", say("fund.age_state"), Holds::Text);
    let mut groups: BTreeMap<(String, i32), Sums> = BTreeMap::new();
    for ((fund, year, _), entries) in journal.lines(balances) {
        let _ = groups.entry((fund, year)).or_default().merge(&until(&entries, day));
    }
    let mut bars = Vec::new();
    for ((fund, year), sums) in groups {
        if sums.usable() == 0 && sums.surplus() == 0 {
            continue;
        }
        let age = day.year() - year;
        let allowed = rules.age_of(&fund).map(|rule| rule.years);
        let state = match allowed {
            None => "fund.age_unknown",
            Some(years) if age > years => "fund.age_over",
            Some(_) if age > 0 => "fund.carried",
            Some(_) => "fund.age_own",
        };
        let label = Phrase::new("fund.age_label")
            .with("fund", book.name(Dimension::Fund, &fund))
            .with("year", year.to_string());
        bars.push((label.text(), sums.usable() + sums.surplus()));
        sheet.rows.push(vec![
            Cell::Text(book.name(Dimension::Fund, &fund)),
            Cell::same(year),
            Cell::Number(age.to_string()),
            Cell::Fen(sums.usable()),
            Cell::Fen(sums.surplus()),
            Cell::Text(say(state)),
        ]);
    }
    sheet.sum(say("fund.total"));
    sheet.chart = Some(Chart::Bars(bars));
    sheet
}

/// Spending by fund, area and channel.
#[derive(Debug, Default)]
pub struct Flows(BTreeMap<[String; 3], i64>);

impl Flows {
    /// Adds an event of a budget year; other kinds than spending say nothing.
    pub fn add(&mut self, event: &Event, year: i32) {
        if event.kind == Kind::Spend && event.year == year {
            let key = [event.fund.clone(), event.area.clone(), event.channel.clone()];
            *self.0.entry(key).or_default() += event.fen;
        }
    }

    /// The table, and the flow from fund over area to channel.
    pub fn sheet(&self, book: &Opened, year: i32) -> Sheet {
        let mut sheet = begun(Phrase::new("fund.flow_title").with("year", year.to_string()), book);
        let columns = [Dimension::Fund, Dimension::Area, Dimension::Channel];
        for dimension in columns {
            sheet.column(dimension.word(), dimension.name(), Holds::Text);
        }
        sheet.column("spent_fen", say("fund.spent"), Holds::Fen);
        let mut ribbons: BTreeMap<(usize, String, String), i64> = BTreeMap::new();
        for (key, fen) in self.0.iter().filter(|(_, fen)| **fen > 0) {
            let mut row: Vec<Cell> =
                columns.into_iter().zip(key).map(|(dimension, code)| name(book, dimension, code)).collect();
            row.push(Cell::Fen(*fen));
            sheet.rows.push(row);
            let [fund, area, channel] = key.clone();
            *ribbons.entry((0, fund, area.clone())).or_default() += fen;
            *ribbons.entry((1, area, channel)).or_default() += fen;
        }
        sheet.sum(say("fund.total"));
        let label = |dimension: Dimension, code: &str| {
            if code.is_empty() { say("fund.none") } else { book.name(dimension, code) }
        };
        let made = ribbons.into_iter().map(|((stage, from, to), fen)| {
            let (one, other) =
                if stage == 0 { (Dimension::Fund, Dimension::Area) } else { (Dimension::Area, Dimension::Channel) };
            Ribbon { stage, from: label(one, &from), to: label(other, &to), fen }
        });
        sheet.chart = Some(Chart::Flow(made.collect()));
        sheet
    }
}
