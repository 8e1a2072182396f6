//! Next year's inputs for the allocator: a scenario over its model, and the rewards and cuts that go on top.

use std::fmt::Write as _;

use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::{Exact, Money, largest_remainder};

use crate::balance::Line;
use crate::book::Opened;
use crate::event::Dimension;
use crate::outcome::money::{Adjustment, Closing};
use crate::outcome::rules::OutcomeRules;
use crate::outcome::score::{Scored, printed};
use crate::sheet::{Cell, Holds, Sheet};

/// Next year's inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// The year that the outcome is of.
    pub year: i32,
    /// Link of the last batch of the ledger: what the scenario follows from.
    pub link: String,
    /// Outcome of each area.
    pub scored: Vec<Scored>,
    /// This year's money by area and ecosystem, in 分; what is told apart by neither is left out.
    pub last_year: Vec<(String, String, i64)>,
    /// Of it, what the fund of the rewards paid: rewards and cuts are shared out by it.
    pub of_fund: Vec<(String, String, i64)>,
    /// Rewards and cuts.
    pub adjustments: Vec<Adjustment>,
    /// How they close.
    pub closing: Closing,
}

/// Puts next year's inputs together from the lines of the budget.
pub fn next(
    (year, link, fund): (i32, &str, &str),
    scored: Vec<Scored>,
    lines: &[Line],
    (adjustments, closing): (Vec<Adjustment>, Closing),
) -> Next {
    let mut last_year: std::collections::BTreeMap<(String, String), i64> = std::collections::BTreeMap::new();
    for line in lines.iter().filter(|line| line.year == year && !line.area.is_empty() && !line.ecosystem.is_empty()) {
        *last_year.entry((line.area.clone(), line.ecosystem.clone())).or_default() += line.sums.planned();
    }
    let last_year = last_year.into_iter().map(|((area, ecosystem), fen)| (area, ecosystem, fen)).collect();
    let paid = lines.iter().filter(|line| line.year == year && line.fund == fund && !line.area.is_empty());
    let of_fund = paid.map(|line| (line.area.clone(), line.ecosystem.clone(), line.sums.planned())).collect();
    Next { year, link: link.to_owned(), scored, last_year, of_fund, adjustments, closing }
}

/// The scenario file: `last_year` of every cell, the multiplier of every area, and less in the fund that pays the rewards.
///
/// A multiplier stands as the outcome of its area, under an outcome function that is the identity, so that the allocator shares its
/// pool out anew and the envelope closes. What is on the negative list has the multiplier 0.
pub fn scenario(next: &Next, rules: &OutcomeRules, book: &Opened) -> String {
    let mut text = String::new();
    let quoted = |text: &str| toml_text(text);
    let name = Phrase::new("outcome.scenario_name").with("year", (next.year + 1).to_string()).text();
    let note = Phrase::new("outcome.scenario_note").with("year", next.year.to_string()).with("link", &next.link).text();
    let _ = writeln!(text, "name = {{ zh = {}, en = {} }}", quoted(&name.zh), quoted(&name.en));
    let _ = writeln!(text, "note = {{ zh = {}, en = {} }}", quoted(&note.zh), quoted(&note.en));
    if book.book.illustrative {
        text.push_str("illustrative = true\n");
    }
    if !next.scored.is_empty() {
        text.push_str(
            "\n[[change]]\npath = \"entitlement.outcome.points\"\nop = \"set\"\nvalue = [[0, 0], [10, 10]]\n",
        );
    }
    for one in &next.scored {
        let (area, value) = (quoted(&one.area), printed(&one.multiplier()));
        let _ = write!(
            text,
            "\n[[change]]\nfigure = \"outcome\"\nof = {{ area = {area} }}\nop = \"set\"\nvalue = {value}\n"
        );
    }
    for (area, ecosystem, fen) in &next.last_year {
        let (area, ecosystem, yuan) = (quoted(area), quoted(ecosystem), Money::from_fen(*fen).yuan());
        let _ = write!(
            text,
            "\n[[change]]\nfigure = \"last_year\"\nof = {{ area = {area}, ecosystem = {ecosystem} }}\nop = \"set\"\nvalue = \"{yuan} 元\"\n"
        );
    }
    if next.closing.from_pot > 0 && !rules.fund.is_empty() {
        // In whole 元, as allocations are: what is below stays in the pot.
        let yuan = Money::from_fen(-(next.closing.from_pot + 99) / 100 * 100).yuan();
        let _ =
            write!(text, "\n[[change]]\npath = \"fund.{}.amount\"\nop = \"add\"\nvalue = \"{yuan} 元\"\n", rules.fund);
    }
    text
}

fn toml_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The parts of a reward or cut by ecosystem, as the fund paid this year, to the 分; whole where it told no ecosystems apart.
fn shared_out(next: &Next, one: &Adjustment) -> Vec<(String, i64)> {
    let mut of_area: std::collections::BTreeMap<&str, i64> = std::collections::BTreeMap::new();
    for (area, ecosystem, fen) in &next.of_fund {
        if *area == one.area {
            *of_area.entry(ecosystem).or_default() += (*fen).max(0);
        }
    }
    let weights: Vec<Exact> = of_area.values().map(|fen| Exact::from_integer((*fen).into())).collect();
    if weights.iter().all(|weight| *weight == Exact::from_integer(0.into())) {
        return vec![(String::new(), one.fen)];
    }
    let parts = largest_remainder(Money::from_fen(one.fen.abs()), &weights);
    let signed = parts.into_iter().map(|part| part.fen() * one.fen.signum());
    of_area.into_keys().map(str::to_owned).zip(signed).filter(|(_, fen)| *fen != 0).collect()
}

/// Rewards and cuts as a list that `fund import` reads: adjustments of next year's budget.
pub fn adjustments_csv(next: &Next, rules: &OutcomeRules, book: &Opened) -> Vec<Vec<String>> {
    let mut rows =
        vec![["乡镇", "生态系统", "类型", "资金", "预算年度", "金额(元)", "事由"].map(str::to_owned).to_vec()];
    for one in &next.adjustments {
        for (ecosystem, fen) in shared_out(next, one) {
            rows.push(vec![
                book.name(Dimension::Area, &one.area).zh,
                if ecosystem.is_empty() { String::new() } else { book.name(Dimension::Ecosystem, &ecosystem).zh },
                "调整".to_owned(),
                book.name(Dimension::Fund, &rules.fund).zh,
                (next.year + 1).to_string(),
                Money::from_fen(fen).yuan(),
                one.basis.zh.clone(),
            ]);
        }
    }
    rows
}

/// The table of what the outcome means for next year.
pub fn next_sheet(next: &Next, book: &Opened) -> Sheet {
    let say = |code: &'static str| Phrase::new(code).text();
    let title = Phrase::new("outcome.next_title")
        .with("book", book.book.name.clone())
        .with("year", next.year.to_string())
        .with("next", (next.year + 1).to_string());
    let mut sheet = Sheet::new(title.text());
    let money = |fen: i64| Money::from_fen(fen).yuan();
    let closing = Phrase::new("outcome.closing")
        .with("rewards", money(next.closing.rewards))
        .with("cuts", money(next.closing.cuts))
        .with("from_cuts", money(next.closing.from_cuts))
        .with("from_pot", money(next.closing.from_pot))
        .with("to_pot", money(next.closing.to_pot));
    sheet.notes.push(closing.text());
    if next.closing.scaled > 0 {
        sheet.notes.push(Phrase::new("outcome.scaled").with("amount", money(next.closing.scaled)).text());
    }
    sheet.mark(book.book.illustrative);
    sheet.column("area", say("fund.dim_area"), Holds::Text);
    sheet.column("last_year_fen", say("outcome.last_year"), Holds::Fen);
    sheet.column("score", say("outcome.score"), Holds::Number);
    sheet.column("grade", say("outcome.grade"), Holds::Text);
    let numbers = [
        ("form", "outcome.m_form"),
        ("double", "outcome.m_double"),
        ("credit", "outcome.m_credit"),
        ("multiplier", "outcome.m_all"),
    ];
    numbers.into_iter().for_each(|(key, code)| sheet.column(key, say(code), Holds::Number));
    sheet.column("adjustment_fen", say("outcome.adjustment"), Holds::Fen);
    sheet.column("basis", say("fund.basis"), Holds::Text);
    for one in &next.scored {
        let cells = next.last_year.iter().filter(|(area, ..)| *area == one.area);
        let adjusted: Vec<&Adjustment> = next.adjustments.iter().filter(|adjusted| adjusted.area == one.area).collect();
        let bases: Vec<Text> = adjusted.iter().map(|adjusted| adjusted.basis.clone()).collect();
        let mut row = vec![
            Cell::Text(book.name(Dimension::Area, &one.area)),
            Cell::Fen(cells.map(|(.., fen)| *fen).sum()),
            Cell::Number(one.score.to_string()),
            one.grade.as_ref().map_or(Cell::Blank, |band| Cell::of(&band.name)),
        ];
        row.extend(one.multipliers.iter().map(|number| Cell::Number(printed(number))));
        row.push(Cell::Number(printed(&one.multiplier())));
        row.push(Cell::Fen(adjusted.iter().map(|adjusted| adjusted.fen).sum()));
        row.push(if bases.is_empty() { Cell::Blank } else { Cell::Text(Text::joined(&bases, "、", ", ")) });
        sheet.rows.push(row);
    }
    sheet.sum(say("fund.total"));
    sheet
}
