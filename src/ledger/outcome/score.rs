//! Scores, grades and multipliers of an area: form, credit, double assessment.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, Findings, Place, hint};
use ecocomp_ground::phrases::Phrase;
use ecocomp_ground::units::{Decimal, Exact};

use crate::book::Opened;
use crate::damage::Number;
use crate::date::Date;
use crate::event::{Dimension, Kind};
use crate::outcome::facts::{Act, Fact};
use crate::outcome::rules::{Band, Credit, OutcomeRules, Point};
use crate::sheet::{Cell, Holds, Sheet};
use crate::sums::{Sums, per_cent};

/// The outcome of an area.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Area, by its code.
    pub area: String,
    /// Points of each item, with two decimals as they are printed.
    pub items: Vec<Decimal>,
    /// Sum of the items.
    pub score: Decimal,
    /// Grade; `None` below every band.
    pub grade: Option<Band>,
    /// Credit, where there are rules of it.
    pub credit: Option<(Decimal, Option<Band>)>,
    /// Multiplier of the form, of double assessment, of credit.
    pub multipliers: [Exact; 3],
    /// Which way the quality went, and other facts.
    pub fact: Fact,
}

impl Scored {
    /// All multipliers together; zero of what is on the negative list.
    pub fn multiplier(&self) -> Exact {
        let excluded = self.grade.iter().chain(self.credit.iter().filter_map(|(_, band)| band.as_ref()));
        if excluded.into_iter().any(|band| band.excluded) {
            return Exact::from_integer(0.into());
        }
        self.multipliers.iter().fold(Exact::from_integer(1.into()), |product, one| product * one)
    }
}

/// The band of a score: the first whose least it reaches.
pub fn grade(bands: &[Band], score: Decimal) -> Option<&Band> {
    bands.iter().find(|band| score >= band.least.0)
}

/// A piecewise linear function, constant outside; 1 where there are no points.
pub fn multiplier(points: &[Point], score: Decimal) -> Exact {
    let after = points.iter().position(|point| point.score.0 > score);
    match (after, points.first(), points.last()) {
        (_, None, _) | (_, _, None) => Exact::from_integer(1.into()),
        (Some(0), Some(first), _) => first.multiplier.0.exact(),
        (None, _, Some(last)) => last.multiplier.0.exact(),
        (Some(at), ..) => {
            let (Some(low), Some(high)) = (points.get(at - 1), points.get(at)) else {
                return Exact::from_integer(1.into());
            };
            let (x0, x1) = (low.score.0.exact(), high.score.0.exact());
            let (y0, y1) = (low.multiplier.0.exact(), high.multiplier.0.exact());
            &y0 + (&y1 - &y0) * (score.exact() - &x0) / (x1 - x0)
        }
    }
}

/// Points of credit on a day: the start and every act that counts then, neither run out nor repaired.
///
/// # Errors
/// An act that the rules do not know, with the nearest.
pub fn credit_score(credit: &Credit, acts: &[Act], who: &str, day: Date) -> Result<Decimal, Phrase> {
    let mut sum = credit.start.0;
    for act in acts.iter().filter(|act| act.who == who && act.date <= day) {
        let known = || credit.act.iter().map(|rule| rule.name.as_str());
        let rule = credit.act.iter().find(|rule| rule.name == act.act).ok_or_else(|| {
            Phrase::new("damage.unknown").with("value", &act.act).with_phrase("hint", &hint(&act.act, known()))
        })?;
        let over = credit.valid_days.and_then(|days| act.date.after(days)).is_some_and(|last| day > last);
        let repaired = act.repaired.is_some_and(|repaired| repaired <= day);
        if over || repaired {
            continue;
        }
        let points = rule.points.0.product(act.times, 12, true);
        sum = points.and_then(|points| sum.checked_add(points)).ok_or_else(|| Phrase::new("fund.too_large"))?;
    }
    Ok(sum)
}

/// Points of the item of execution: the rate, at most 100 per cent, times the weight, with two decimals.
fn execution(sums: &Sums, weight: Number) -> Option<Decimal> {
    let rate = sums.execution()?.min(Exact::from_integer(1.into()));
    // The rate is printed with two decimals of per cent, and reckoned on with those.
    let printed = Decimal::parse(&per_cent(&rate)).ok()?;
    let hundredth = Decimal::parse("0.01").ok()?;
    printed.product(weight.0, 12, true)?.product(hundredth, 2, true)
}

/// Scores every area of the facts; `sums` are those of the budget year by area.
///
/// # Errors
/// An item that the facts do not have, points above their weight, an act that is not known.
pub fn evaluate(
    rules: &OutcomeRules,
    facts: &BTreeMap<String, Fact>,
    acts: &[Act],
    sums: &BTreeMap<String, Sums>,
    (book, day): (&Opened, Date),
) -> Result<Vec<Scored>, Findings> {
    let mut found = Vec::new();
    let mut all = Vec::new();
    for (area, fact) in facts {
        let name = book.name(Dimension::Area, area);
        let mut items = Vec::new();
        for item in &rules.item {
            let points = match item.id.as_str() {
                "execution" => execution(&sums.get(area).copied().unwrap_or_default(), item.weight),
                id => fact.points.get(id).map(|number| number.0),
            };
            match points {
                None => found.push(
                    Finding::error("outcome.lacks", Place::default())
                        .with("area", name.clone())
                        .with("item", item.name.clone()),
                ),
                Some(points) if points > item.weight.0 || points.is_negative() => found.push(
                    Finding::error("outcome.above", Place::default())
                        .with("area", name.clone())
                        .with("item", item.name.clone())
                        .with("is", points.to_string())
                        .with("most", item.weight.0.to_string()),
                ),
                Some(points) => items.push(points),
            }
        }
        let score = items.iter().fold(Decimal::ZERO, |sum, item| sum.checked_add(*item).unwrap_or(sum));
        let credit = match &rules.credit {
            None => None,
            Some(credit) => match credit_score(credit, acts, area, day) {
                Ok(score) => Some((score, grade(&credit.band, score).cloned())),
                Err(phrase) => {
                    found.push(Finding::from_phrase(phrase, Place::default()));
                    None
                }
            },
        };
        let one = || Exact::from_integer(1.into());
        let of_double = rules.double.as_ref().and_then(|double| {
            let (gep, gdp) = (fact.points.get("gep")?.0.exact(), fact.points.get("gdp")?.0.exact());
            let hundred = Exact::from_integer(100.into());
            let weight = double.gep.0.exact() / &hundred;
            let score = gep * &weight + gdp * (one() - &weight);
            Decimal::from_exact(&score, 12, false).map(|score| multiplier(&double.points, score))
        });
        let of_credit = credit.as_ref().and_then(|(_, band)| band.as_ref()?.multiplier).map(|number| number.0.exact());
        let multipliers =
            [multiplier(&rules.points, score), of_double.unwrap_or_else(one), of_credit.unwrap_or_else(one)];
        let grade = grade(&rules.band, score).cloned();
        all.push(Scored { area: area.clone(), items, score, grade, credit, multipliers, fact: fact.clone() });
    }
    if found.is_empty() { Ok(all) } else { Err(Findings(found)) }
}

/// A number with at most six decimals, as it is printed.
pub(crate) fn printed(number: &Exact) -> String {
    Decimal::from_exact(number, 6, false).map_or_else(String::new, |number| number.to_string())
}

/// Keys of the items of a form, in its order.
const ITEMS: [&str; 8] = ["item_1", "item_2", "item_3", "item_4", "item_5", "item_6", "item_7", "item_8"];

/// 绩效自评表.
pub fn score_sheet(
    rules: &OutcomeRules,
    all: &[Scored],
    sums: &BTreeMap<String, Sums>,
    book: &Opened,
    year: i32,
) -> Sheet {
    let say = |code: &'static str| Phrase::new(code).text();
    let title = Phrase::new("outcome.score_title").with("book", book.book.name.clone()).with("year", year.to_string());
    let mut sheet = Sheet::new(title.text());
    sheet.notes.push(say("outcome.form_note"));
    sheet.mark(book.book.illustrative);
    sheet.column("area", say("fund.dim_area"), Holds::Text);
    let money = [
        ("budget_fen", "outcome.a"),
        ("pooled_fen", "outcome.b"),
        ("planned_fen", "outcome.c"),
        ("paid_fen", "outcome.d"),
        ("spent_fen", "outcome.e"),
    ];
    money.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Fen));
    sheet.column("arrival", say("fund.arrival"), Holds::Percent);
    sheet.column("execution", say("fund.execution"), Holds::Percent);
    for (item, key) in rules.item.iter().zip(ITEMS) {
        let label =
            Phrase::new("outcome.item").with("name", item.name.clone()).with("weight", item.weight.0.to_string());
        sheet.column(key, label.text(), Holds::Number);
    }
    sheet.column("score", say("outcome.score"), Holds::Number);
    sheet.column("grade", say("outcome.grade"), Holds::Text);
    for one in all {
        let sums = sums.get(&one.area).copied().unwrap_or_default();
        let mut row = vec![Cell::Text(book.name(Dimension::Area, &one.area))];
        let budget = sums.of(Kind::Budget) + sums.of(Kind::Adjust);
        row.extend([budget, sums.of(Kind::Pool), sums.planned(), sums.paid(), sums.of(Kind::Spend)].map(Cell::Fen));
        let rate = |rate: Option<Exact>| rate.map_or(Cell::Blank, |rate| Cell::Number(per_cent(&rate)));
        row.extend([rate(sums.arrival()), rate(sums.execution())]);
        row.extend(one.items.iter().take(ITEMS.len()).map(|item| Cell::Number(item.to_string())));
        row.push(Cell::Number(one.score.to_string()));
        row.push(one.grade.as_ref().map_or(Cell::Blank, |band| Cell::of(&band.name)));
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}
