//! A comparison as pages (方案比较说明): what the scenarios are, what each area receives, who gains and loses, and why.

use crate::analysis::attribution::Attribution;
use crate::analysis::compare::{CasePart, Comparison, Mover};
use crate::figures::wan;
use crate::finding::Finding;
use crate::phrases::{Lang, Phrase, Text};
use crate::report::compare::charts::largest;
use crate::report::compare::table::{alone, shown, signed};
use crate::report::compare::{figures, name_of, names, state_text, status_text};
use crate::report::docx::docx;
use crate::report::pages::{Block, ChartPart, Pages, SeriesPart, TablePart};
use crate::report::table::change_texts;
use crate::units::Money;

/// So many areas are drawn at most.
const DRAWN: usize = 24;
/// So many gainers and losers are named.
const NAMED: usize = 5;

fn text(code: &'static str) -> Text {
    Phrase::new(code).text()
}

fn both(make: impl Fn(Lang) -> String) -> Text {
    Text { zh: make(Lang::Zh), en: make(Lang::En) }
}

/// The pages as a document.
///
/// # Errors
/// The document cannot be made.
pub fn document(comparison: &Comparison, lang: Lang) -> Result<Vec<u8>, Finding> {
    docx(&pages(comparison), lang)
}

/// A comparison with the printed names of its scenarios.
struct Named<'a> {
    comparison: &'a Comparison,
    names: Vec<Text>,
}

fn pages(comparison: &Comparison) -> Pages {
    let (zh, en) = (names(comparison, Lang::Zh), names(comparison, Lang::En));
    let names = zh.into_iter().zip(en).map(|(zh, en)| Text { zh, en }).collect();
    let all = Named { comparison, names };
    let title = Phrase::new("compare.document").with("name", comparison.model.name.clone()).text();
    let mut blocks = vec![Block::Title { text: title.clone() }];
    if comparison.dataset.illustrative || comparison.scenarios.iter().any(|case| case.illustrative) {
        blocks.push(Block::Warning { text: text("report.illustrative") });
    }
    blocks.extend(all.scenarios());
    if comparison.against.is_some() {
        blocks.extend(all.amounts());
        blocks.extend(all.rules());
        blocks.extend(all.figures());
    }
    comparison.attributions.iter().for_each(|part| blocks.extend(all.attribution(part)));
    if !comparison.remarks.is_empty() {
        blocks.push(Block::Heading { text: text("compare.remarks") });
        blocks.extend(comparison.remarks.iter().map(|text| Block::Paragraph { text: text.clone() }));
    }
    Pages { title, run: String::new(), blocks }
}

impl Named<'_> {
    fn name(&self, at: usize) -> Text {
        self.names.get(at).cloned().unwrap_or_else(|| Text::same(""))
    }

    /// Name, status, changes and money of every scenario; what stands in the way of those without a plan.
    fn scenarios(&self) -> Vec<Block> {
        let cases = &self.comparison.scenarios;
        let opening = Phrase::new("compare.opening").with("count", cases.len().to_string());
        let mut opening = opening.with("names", Text::joined(&self.names, "、", ", "));
        if let Some(against) = self.comparison.against {
            opening = opening.followed_by(Phrase::new("compare.opening_against").with("against", self.name(against)));
        }
        let row = |(at, case): (usize, &CasePart)| {
            let changed = Text::joined(&change_texts(&case.differences), "；", "; ");
            let changed = if case.differences.is_empty() { text("compare.as_it_stands") } else { changed };
            let amount = self.comparison.total.amounts_fen.get(at).copied().flatten();
            let amount = Text::same(amount.map_or_else(|| "—".to_owned(), wan));
            vec![self.name(at), both(|lang| status_text(case.status, lang)), changed, amount]
        };
        let table = TablePart {
            caption: text("report.unit_wan"),
            header: ["compare.scenario", "compare.status", "compare.changed", "report.total"].map(text).to_vec(),
            words: 3,
            rows: cases.iter().enumerate().map(row).collect(),
            has_total: false,
        };
        let mut blocks = vec![Block::Paragraph { text: opening.text() }, Block::Table(table)];
        for (at, case) in cases.iter().enumerate() {
            let mut told: Vec<Text> = Vec::new();
            told.extend((!case.note.get(Lang::Zh).is_empty()).then(|| case.note.clone()));
            told.extend(case.reason.clone());
            told.extend(case.conflict.iter().map(|member| member.sentence.clone()));
            for told in told {
                let phrase = Phrase::new("compare.of_scenario").with("name", self.name(at)).with("text", told);
                blocks.push(Block::Paragraph { text: phrase.text() });
            }
        }
        blocks
    }

    fn amounts(&self) -> Vec<Block> {
        let against = self.comparison.against;
        let mut header = vec![self.comparison.model.area_label.clone()];
        for (at, name) in self.names.iter().enumerate() {
            header.push(name.clone());
            header.extend((against != Some(at)).then(|| text("report.change")));
        }
        let mut rows: Vec<Vec<Text>> = Vec::new();
        for list in [&self.comparison.areas[..], std::slice::from_ref(&self.comparison.total)] {
            for (row, shown) in list.iter().zip(shown(list, against)) {
                let first = against.and_then(|at| shown.get(at).copied().flatten());
                let mut cells = vec![row.name.clone()];
                for (at, (amount, difference)) in shown.iter().zip(&row.differences_fen).enumerate() {
                    cells.push(Text::same(amount.map_or_else(|| "—".to_owned(), wan)));
                    let change = difference.zip(amount.zip(first));
                    let change = change.map(|(exact, (amount, first))| signed(exact, amount - first));
                    cells.extend((against != Some(at)).then(|| Text::same(change.unwrap_or_else(|| "—".to_owned()))));
                }
                rows.push(cells);
            }
        }
        let caption = text("report.unit_wan");
        let table = TablePart { caption, header, words: 1, rows, has_total: true };
        let mut blocks = vec![Block::Heading { text: text("compare.amounts") }, Block::Table(table)];
        blocks.push(Block::Chart(self.chart()));
        blocks.extend(self.movers());
        blocks
    }

    fn chart(&self) -> ChartPart {
        let all = &self.comparison.areas;
        let rows = largest(all, DRAWN);
        let unit = text("report.unit_wan");
        let caption = if all.len() > DRAWN {
            let largest = Phrase::new("compare.chart_largest").with("count", DRAWN.to_string());
            largest.with("all", all.len().to_string()).with("unit", unit).text()
        } else {
            unit
        };
        let amount = |at: usize| {
            let values = rows.iter().map(|row| row.amounts_fen.get(at).copied().flatten());
            values.map(|fen| fen.map(|fen| Money::from_fen(fen).to_wan())).collect()
        };
        let planned = self.comparison.scenarios.iter().enumerate().filter(|(_, case)| case.reason.is_none());
        ChartPart {
            title: text("compare.chart_areas"),
            caption,
            categories: rows.iter().map(|row| row.name.clone()).collect(),
            series: planned.map(|(at, _)| SeriesPart { name: self.name(at), values: amount(at) }).collect(),
        }
    }

    /// Who gains and who loses, a sentence a scenario.
    fn movers(&self) -> Vec<Block> {
        let list = |movers: &[Mover]| {
            let one = |mover: &Mover| Text {
                zh: format!("{} {}", mover.name.zh, alone(mover.difference_fen)),
                en: format!("{} {}", mover.name.en, alone(mover.difference_fen)),
            };
            let mut named: Vec<Text> = movers.iter().take(NAMED).map(one).collect();
            named.extend((movers.len() > NAMED).then(|| Text::same("…")));
            if named.is_empty() { Text::same("—") } else { Text::joined(&named, "、", ", ") }
        };
        let sum = |movers: &[Mover]| alone(movers.iter().map(|mover| mover.difference_fen).sum());
        let told = |(at, case): (usize, &CasePart)| {
            let phrase = Phrase::new("compare.moved")
                .with("name", self.name(at))
                .with("area", self.comparison.model.area_label.clone())
                .with("gainers", case.gainers.len().to_string())
                .with("gained", sum(&case.gainers))
                .with("who_gains", list(&case.gainers))
                .with("losers", case.losers.len().to_string())
                .with("lost", sum(&case.losers))
                .with("who_loses", list(&case.losers));
            Block::Paragraph { text: phrase.text() }
        };
        let cases = self.comparison.scenarios.iter().enumerate();
        let others: Vec<Block> = cases
            .filter(|(at, case)| self.comparison.against != Some(*at) && case.reason.is_none())
            .map(told)
            .collect();
        if others.is_empty() {
            return others;
        }
        let against = self.comparison.against.map_or_else(|| Text::same(""), |at| self.name(at));
        let heading = Phrase::new("compare.movers").with("against", against).text();
        std::iter::once(Block::Heading { text: heading }).chain(others).collect()
    }

    fn table(&self, first: &'static str, rows: Vec<Vec<Text>>) -> Block {
        let header = std::iter::once(text(first)).chain(self.names.iter().cloned()).collect();
        Block::Table(TablePart { caption: Text::same(""), header, words: 1, rows, has_total: false })
    }

    fn rules(&self) -> Vec<Block> {
        let differing = self.comparison.rules.iter().filter(|rule| rule.differs || rule.rows_differ);
        let row = |rule: &crate::analysis::compare::RuleRow| {
            let states = rule.states.iter().map(|state| both(|lang| state_text(state.as_ref(), lang)));
            std::iter::once(rule.label.clone()).chain(states).collect()
        };
        let rows: Vec<Vec<Text>> = differing.map(row).collect();
        let heading = Block::Heading { text: text("compare.rules") };
        let told = match rows.is_empty() {
            true => Block::Paragraph { text: text("compare.no_rules") },
            false => self.table("report.rule", rows),
        };
        vec![heading, told]
    }

    fn figures(&self) -> Vec<Block> {
        let mut rows: Vec<Vec<Text>> = Vec::new();
        for (code, places, values) in figures(self.comparison) {
            if values.iter().any(Option::is_some) {
                let value =
                    |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{value:.places$}"));
                rows.push(std::iter::once(text(code)).chain(values.into_iter().map(value).map(Text::from)).collect());
            }
        }
        vec![Block::Heading { text: text("compare.fairness") }, self.table("compare.figure", rows)]
    }

    /// What each change brings every area.
    fn attribution(&self, part: &Attribution) -> Vec<Block> {
        let heading = both(|lang| {
            Phrase::new("compare.attribution")
                .with("from", name_of(self.comparison, &part.from, lang))
                .with("to", name_of(self.comparison, &part.to, lang))
                .with("runs", part.runs.to_string())
                .render(lang)
        });
        let mut blocks = vec![Block::Heading { text: heading }];
        for (at, player) in part.players.iter().enumerate() {
            let number = at + 1;
            let told =
                Text { zh: format!("[{number}] {}", player.name.zh), en: format!("[{number}] {}", player.name.en) };
            blocks.push(Block::Paragraph { text: told });
        }
        if part.status != "exact" {
            blocks.push(Block::Paragraph { text: text("compare.refused") });
            blocks.extend(part.without_plan.iter().map(|subset| Block::Paragraph { text: subset.reason.clone() }));
            return blocks;
        }
        let exact = |fen: i64| Text::from(crate::figures::yuan(fen));
        let row = |row: &crate::analysis::attribution::PartRow| {
            let cells = std::iter::once(row.difference_fen).chain(row.parts_fen.iter().copied()).map(exact);
            std::iter::once(row.name.clone()).chain(cells).collect()
        };
        let numbers = (1..=part.players.len()).map(|number| Text::same(format!("[{number}]")));
        let header = [self.comparison.model.area_label.clone(), text("report.change")].into_iter().chain(numbers);
        let rows: Vec<Vec<Text>> = part.areas.iter().chain(&part.total).map(row).collect();
        blocks.push(Block::Table(TablePart {
            caption: text("report.unit_yuan"),
            header: header.collect(),
            words: 1,
            rows,
            has_total: part.total.is_some(),
        }));
        blocks
    }
}
