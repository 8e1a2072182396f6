//! A settlement as terminal report and CSV: index, tier, who pays whom, the ledger, every step.

use std::collections::BTreeMap;

use crate::figures::wan;
use crate::horizontal::settlement::{
    ClausePart, FlowPart, LedgerPart, MeasurePart, SeriesPart, Settlement, StandingPart, YearPart,
};
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::csv::{harmless, lines};
use crate::report::table::{Align, Grid};
use crate::units::{Decimal, Money};

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Names of the parties.
struct Names<'a> {
    settlement: &'a Settlement,
    lang: Lang,
}

impl Names<'_> {
    fn of(&self, party: &str) -> String {
        let known = self.settlement.agreement.parties.iter().find(|known| known.id == party);
        known.map_or_else(|| party.to_owned(), |known| known.name.get(self.lang).to_owned())
    }
}

/// The settlement as a terminal report.
pub fn text(settlement: &Settlement, lang: Lang) -> String {
    let names = Names { settlement, lang };
    let mut text = head(settlement, lang);
    for year in &settlement.years {
        text.push('\n');
        text.push_str(&year_text(year, &names));
    }
    if settlement.years.len() > 1 {
        let heading = Phrase::new("settle.total").with("years", settlement.years.len().to_string()).render(lang);
        text.push_str(&format!("\n{heading}\n{}", ledger(&settlement.total, lang)));
    }
    if !settlement.outstanding.is_empty() {
        text.push_str(&format!("\n{}\n", say(lang, "settle.outstanding")));
        text.push_str(&flow_table(&settlement.outstanding, &names));
    }
    text
}

/// Single figures and how far they are confirmed.
pub fn standing_line(standing: &StandingPart) -> Phrase {
    Phrase::new("settle.standing_line")
        .with("of", standing.of.join(", "))
        .with("confirmed", standing.confirmed_name.clone())
        .with("source", standing.source.clone())
}

fn head(settlement: &Settlement, lang: Lang) -> String {
    let part = &settlement.agreement;
    let mut text = format!("{}\n", visible(part.name.get(lang)));
    let mut line = |phrase: Phrase| {
        text.push_str(&phrase.render(lang));
        text.push('\n');
    };
    line(
        Phrase::new("settle.term").with("first", part.first_year.to_string()).with("last", part.last_year.to_string()),
    );
    line(Phrase::new("settle.basis").with("basis", &part.basis));
    line(Phrase::new("settle.source").with("source", &part.source).with("confirmed", part.confirmed_name.clone()));
    for standing in &part.standings {
        line(standing_line(standing));
    }
    if let Some(note) = &part.note {
        line(Phrase::new("settle.note").with("note", note.clone()));
    }
    if part.illustrative || settlement.data.illustrative {
        line(Phrase::new("settle.illustrative"));
    }
    let data = &settlement.data;
    if !data.files.is_empty() {
        line(
            Phrase::new("settle.data")
                .with("files", data.files.join(", "))
                .with("figures", data.figures.to_string())
                .with("below", data.below_detection.to_string()),
        );
    }
    let ignored: Vec<&str> = [&data.ignored_columns, &data.ignored_sections, &data.ignored_indicators]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if !ignored.is_empty() {
        line(Phrase::new("settle.ignored").with("names", ignored.join(", ")));
    }
    text
}

fn year_text(year: &YearPart, names: &Names<'_>) -> String {
    let lang = names.lang;
    let mut text = format!("══ {} ══\n", Phrase::new("settle.year").with("year", year.year.to_string()).render(lang));
    for series in year.series.iter().filter(|series| !series.months.is_empty()) {
        text.push_str(&series_line(series, lang));
    }
    for measure in &year.measures {
        text.push_str(&measure_text(measure, lang));
    }
    for clause in &year.clauses {
        text.push_str(&clause_text(clause, lang));
    }
    let flows: Vec<FlowPart> = year.clauses.iter().flat_map(|clause| clause.flows.clone()).collect();
    text.push_str(&format!("\n{}\n", say(lang, "settle.flows")));
    text.push_str(&flow_table(&flows, names));
    text.push_str(&format!("\n{}\n", say(lang, "settle.ledger")));
    text.push_str(&ledger(&year.ledger, lang));
    text.push_str(&format!("\n{}\n", say(lang, "settle.transfers")));
    text.push_str(&transfer_table(year, names));
    for check in &year.checks {
        let mark = if check.holds { "✓" } else { "✗" };
        text.push_str(&format!("{mark} {}\n", visible(check.what.get(lang))));
    }
    text
}

/// The months of a series on one line: what was used, in brackets what was written where that differs, why.
fn series_line(series: &SeriesPart, lang: Lang) -> String {
    let month = |part: &crate::horizontal::settlement::MonthPart| {
        let used = part.used.as_deref().unwrap_or("—");
        let value = |text: &str| Decimal::parse(text).ok();
        let is_same = |written: &&str| value(written).is_some_and(|number| value(used) == Some(number));
        let written = part.written.as_deref().filter(|written| !is_same(written));
        let note = part.note.as_ref().map(|note| note.get(lang).to_owned());
        let extra: Vec<String> = written.map(str::to_owned).into_iter().chain(note).collect();
        let extra = if extra.is_empty() { String::new() } else { format!(" ({})", extra.join("; ")) };
        format!("{}: {used}{extra}", part.month)
    };
    let months: Vec<String> = series.months.iter().map(month).collect();
    let phrase = Phrase::new("settle.series")
        .with("section", series.section_name.clone())
        .with("indicator", series.indicator_name.clone())
        .with("year", series.year.to_string())
        .with("unit", &series.unit)
        .with("months", months.join(", "));
    format!("{}\n", phrase.render(lang))
}

fn steps(list: &[Text], lang: Lang) -> String {
    list.iter().map(|step| format!("    {}\n", visible(step.get(lang)))).collect()
}

fn measure_text(measure: &MeasurePart, lang: Lang) -> String {
    let section = measure.section_name.as_ref().map(|name| format!(" {}", name.get(lang))).unwrap_or_default();
    let mark = if measure.as_published { say(lang, "settle.as_published") } else { String::new() };
    let name = if measure.name.get(lang) == measure.id {
        measure.id.clone()
    } else {
        format!("{} ({})", measure.name.get(lang), measure.id)
    };
    format!("{}{section} = {}{mark}\n{}", visible(&name), measure.value, steps(&measure.steps, lang))
}

/// So many steps of a clause are printed; the document has all.
const STEPS_PRINTED: usize = 40;

fn clause_text(clause: &ClausePart, lang: Lang) -> String {
    let phrase = Phrase::new("settle.clause")
        .with("title", clause.title.clone())
        .with("kind", clause.kind.clone())
        .with("basis", &clause.basis)
        .with("confirmed", clause.confirmed_name.clone());
    let mut text = format!("{}\n", phrase.render(lang));
    if let Some(why) = &clause.not_in_force {
        text.push_str(&format!("    {}\n", why.get(lang)));
    }
    text.push_str(&steps(clause.steps.get(..STEPS_PRINTED).unwrap_or(&clause.steps), lang));
    if let Some(more) = clause.steps.len().checked_sub(STEPS_PRINTED).filter(|more| *more > 0) {
        text.push_str(&format!(
            "    {}\n",
            Phrase::new("settle.more_steps").with("count", more.to_string()).render(lang)
        ));
    }
    text
}

/// The flows of one clause between two parties.
struct FlowSum<'a> {
    first: &'a FlowPart,
    due_fen: i64,
    amount_fen: i64,
    count: usize,
}

/// Flows summed by clause and pair of parties.
fn flow_table(flows: &[FlowPart], names: &Names<'_>) -> String {
    let lang = names.lang;
    let mut sums: Vec<FlowSum<'_>> = Vec::new();
    let mut at: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for flow in flows {
        let index = *at.entry((&flow.clause, &flow.from, &flow.to)).or_insert_with(|| {
            sums.push(FlowSum { first: flow, due_fen: 0, amount_fen: 0, count: 0 });
            sums.len() - 1
        });
        if let Some(sum) = sums.get_mut(index) {
            sum.due_fen += flow.due_fen;
            sum.amount_fen += flow.amount_fen;
            sum.count += 1;
        }
    }
    if sums.is_empty() {
        return format!("{}\n", say(lang, "settle.no_flows"));
    }
    let mut grid = Grid::new([
        (say(lang, "settle.clause_column"), Align::Left),
        (say(lang, "settle.from"), Align::Left),
        (say(lang, "settle.to"), Align::Left),
        (say(lang, "settle.count"), Align::Right),
        (say(lang, "settle.due"), Align::Right),
        (say(lang, "settle.amount"), Align::Right),
    ]);
    let title = |clause: &str| {
        let clauses = names.settlement.years.iter().flat_map(|year| &year.clauses);
        let known = clauses.into_iter().find(|known| known.id == clause);
        known.map_or_else(|| clause.to_owned(), |known| known.title.get(lang).to_owned())
    };
    for sum in sums {
        let FlowPart { clause, from, to, .. } = sum.first;
        let money = [wan(sum.due_fen), wan(sum.amount_fen)];
        let row = [title(clause), names.of(from), names.of(to), sum.count.to_string()];
        grid.row(row.into_iter().chain(money).collect());
    }
    grid.print(&say(lang, "settle.unit"))
}

fn ledger(parts: &[LedgerPart], lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "settle.party"), Align::Left),
        (say(lang, "settle.pays"), Align::Right),
        (say(lang, "settle.receives"), Align::Right),
        (say(lang, "settle.net"), Align::Right),
    ]);
    for part in parts {
        grid.row(vec![part.name.get(lang).to_owned(), wan(part.pays_fen), wan(part.receives_fen), wan(part.net_fen)]);
    }
    let sum = |of: fn(&LedgerPart) -> i64| wan(parts.iter().map(of).sum());
    grid.rule();
    grid.row(vec![
        say(lang, "settle.sum"),
        sum(|part| part.pays_fen),
        sum(|part| part.receives_fen),
        sum(|part| part.net_fen),
    ]);
    grid.print(&say(lang, "settle.unit"))
}

fn transfer_table(year: &YearPart, names: &Names<'_>) -> String {
    let lang = names.lang;
    if year.transfers.is_empty() {
        return format!("{}\n", say(lang, "settle.no_flows"));
    }
    let mut grid = Grid::new([
        (say(lang, "settle.from"), Align::Left),
        (say(lang, "settle.to"), Align::Left),
        (say(lang, "settle.due"), Align::Right),
        (say(lang, "settle.prepaid"), Align::Right),
        (say(lang, "settle.to_settle"), Align::Right),
    ]);
    for part in &year.transfers {
        let row = [wan(part.due_fen), wan(part.prepaid_fen), wan(part.settle_fen)];
        grid.row([names.of(&part.from), names.of(&part.to)].into_iter().chain(row).collect());
    }
    grid.print(&say(lang, "settle.unit"))
}

/// One line a flow, amounts in 元; then one line a party and year of the ledger.
pub fn csv(settlement: &Settlement, lang: Lang) -> Vec<u8> {
    let names = Names { settlement, lang };
    let yuan = |fen: i64| Money::from_fen(fen).yuan();
    let unit = say(lang, "settle.yuan");
    let columns =
        ["settle.year_column", "settle.row", "settle.clause_column", "settle.basis_column", "settle.from", "settle.to"];
    let mut header: Vec<String> = columns.into_iter().map(|code| say(lang, code)).collect();
    header.extend([say(lang, "settle.section"), say(lang, "settle.month")]);
    let money = ["settle.due", "settle.amount"];
    header.extend(money.into_iter().map(|code| format!("{}({unit})", say(lang, code))));
    let standing = if settlement.agreement.illustrative || settlement.data.illustrative {
        say(lang, "settle.illustrative")
    } else {
        settlement.agreement.confirmed_name.get(lang).to_owned()
    };
    header.push(say(lang, "settle.standing"));
    let mut rows = vec![header];
    for year in &settlement.years {
        for clause in &year.clauses {
            for flow in &clause.flows {
                rows.push(vec![
                    year.year.to_string(),
                    say(lang, "settle.row_flow"),
                    harmless(clause.title.get(lang)),
                    harmless(&clause.basis),
                    harmless(&names.of(&flow.from)),
                    harmless(&names.of(&flow.to)),
                    harmless(flow.section.as_deref().unwrap_or_default()),
                    flow.month.map(|month| month.to_string()).unwrap_or_default(),
                    yuan(flow.due_fen),
                    yuan(flow.amount_fen),
                    standing.clone(),
                ]);
            }
        }
        for part in &year.ledger {
            let net = say(lang, "settle.row_net");
            let mut row = vec![year.year.to_string(), net, String::new(), String::new(), harmless(part.name.get(lang))];
            row.extend([
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                yuan(part.net_fen),
                standing.clone(),
            ]);
            rows.push(row);
        }
    }
    lines(&rows)
}
