//! A settlement as terminal report: index, tier, who pays whom, the ledger, every step.

use std::collections::BTreeMap;

use crate::adding;
use crate::figures::wan;
use crate::horizontal::settlement::{
    ClausePart, FlowPart, FundPart, LedgerPart, MeasurePart, OutstandingPart, SeriesPart, Settlement, StandingPart,
    YearPart,
};
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::table::{Align, Grid};
use crate::units::Decimal;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Names of the parties and clauses in one language.
pub(super) struct Names<'a> {
    pub settlement: &'a Settlement,
    pub lang: Lang,
}

impl Names<'_> {
    /// Printed name of a clause.
    pub fn clause(&self, clause: &str) -> String {
        let known = self.settlement.years.iter().flat_map(|year| &year.clauses).find(|known| known.id == clause);
        known.map_or_else(|| clause.to_owned(), |known| known.title.get(self.lang).to_owned())
    }

    /// Printed name of a party.
    pub fn of(&self, party: &str) -> String {
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
        text.push_str(&outstanding_table(&settlement.outstanding, &names));
    }
    text
}

/// Clause, who pays, who receives, and the year in which it arose.
type Owed<'a> = (&'a str, &'a str, &'a str, Option<i32>);

/// What is still to be paid, summed by clause, pair of parties and the year in which it arose.
fn outstanding_table(parts: &[OutstandingPart], names: &Names<'_>) -> String {
    let lang = names.lang;
    let mut sums: BTreeMap<Owed<'_>, (&OutstandingPart, i64)> = BTreeMap::new();
    for part in parts {
        let key = (part.clause.as_str(), part.from.as_str(), part.to.as_str(), part.carried_from);
        sums.entry(key).or_insert((part, 0)).1 += part.amount_fen;
    }
    let mut grid = Grid::new([
        (say(lang, "settle.clause_column"), Align::Left),
        (say(lang, "settle.from"), Align::Left),
        (say(lang, "settle.to"), Align::Left),
        (say(lang, "settle.arose"), Align::Right),
        (say(lang, "settle.put_off"), Align::Right),
    ]);
    for (part, fen) in sums.into_values() {
        let arose = part.carried_from.map(|year| year.to_string()).unwrap_or_default();
        grid.row(vec![
            part.clause_title.get(lang).to_owned(),
            names.of(&part.from),
            names.of(&part.to),
            arose,
            wan(fen),
        ]);
    }
    grid.print(&say(lang, "settle.unit"))
}

/// Single figures and how far they are confirmed.
pub fn standing_line(standing: &StandingPart) -> Phrase {
    let list =
        |lang: Lang, gap: &str| standing.figures.iter().map(|figure| figure.get(lang)).collect::<Vec<_>>().join(gap);
    let figures = Text { zh: list(Lang::Zh, "、"), en: list(Lang::En, ", ") };
    Phrase::new("settle.standing_line")
        .with("of", figures)
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
    for warning in &settlement.warnings {
        text.push_str(&format!("! {}\n", warning.get(lang)));
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
    if !year.funds.is_empty() {
        text.push_str(&format!("\n{}\n", say(lang, "settle.funds")));
        text.push_str(&fund_table(&year.funds, lang));
    }
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
    // A symbol such as P is shown beside the name; a longer id means nothing to who does not have the file before him.
    let is_symbol = measure.id.chars().count() <= 2 && measure.name.get(lang) != measure.id;
    let name = measure.name.get(lang);
    let name = if is_symbol { format!("{name} ({})", measure.id) } else { name.to_owned() };
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
    put_off_fen: i64,
    cut_fen: i64,
    count: usize,
}

/// Flows summed by clause, pair of parties, and the year in which they arose.
fn flow_table(flows: &[FlowPart], names: &Names<'_>) -> String {
    let lang = names.lang;
    let mut sums: Vec<FlowSum<'_>> = Vec::new();
    let mut at: BTreeMap<(&str, &str, &str, Option<i32>), usize> = BTreeMap::new();
    for flow in flows {
        let index = *at.entry((&flow.clause, &flow.from, &flow.to, flow.carried_from)).or_insert_with(|| {
            sums.push(FlowSum { first: flow, due_fen: 0, amount_fen: 0, put_off_fen: 0, cut_fen: 0, count: 0 });
            sums.len() - 1
        });
        if let Some(sum) = sums.get_mut(index) {
            sum.due_fen += flow.due_fen;
            sum.amount_fen += flow.amount_fen;
            sum.put_off_fen += flow.put_off_fen;
            sum.cut_fen += flow.cut_fen;
            sum.count += 1;
        }
    }
    if sums.is_empty() {
        return format!("{}\n", say(lang, "settle.no_flows"));
    }
    let right = |code| (say(lang, code), Align::Right);
    let left = |code| (say(lang, code), Align::Left);
    let mut columns = vec![left("settle.clause_column"), left("settle.from"), left("settle.to")];
    columns.extend([right("settle.count"), right("settle.due"), right("settle.amount")]);
    let puts_off = sums.iter().any(|sum| sum.put_off_fen != 0);
    let cuts = sums.iter().any(|sum| sum.cut_fen != 0);
    columns.extend(puts_off.then(|| right("settle.put_off")));
    columns.extend(cuts.then(|| right("settle.cut")));
    let mut grid = Grid::new(columns);
    for sum in sums {
        let FlowPart { clause, from, to, carried_from, .. } = sum.first;
        let title = match carried_from {
            None => names.clause(clause),
            Some(year) => Phrase::new("settle.carried_clause")
                .with("clause", names.clause(clause))
                .with("year", year.to_string())
                .render(lang),
        };
        let mut row = vec![title, names.of(from), names.of(to), sum.count.to_string()];
        row.extend([wan(sum.due_fen), wan(sum.amount_fen)]);
        row.extend(puts_off.then(|| wan(sum.put_off_fen)));
        row.extend(cuts.then(|| wan(sum.cut_fen)));
        grid.row(row);
    }
    grid.print(&say(lang, "settle.unit"))
}

fn fund_table(parts: &[FundPart], lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "settle.fund"), Align::Left),
        (say(lang, "settle.opening"), Align::Right),
        (say(lang, "settle.paid_in"), Align::Right),
        (say(lang, "settle.paid_out"), Align::Right),
        (say(lang, "settle.closing"), Align::Right),
    ]);
    for part in parts {
        let money = [part.opening_fen, part.paid_in_fen, part.paid_out_fen, part.closing_fen].map(wan);
        grid.row([part.name.get(lang).to_owned()].into_iter().chain(money).collect());
    }
    grid.print(&say(lang, "settle.unit"))
}

/// Who pays and receives how much; with advances also what is left to settle.
fn ledger(parts: &[LedgerPart], lang: Lang) -> String {
    let advanced = parts.iter().any(|part| part.advanced_fen != 0);
    let right = |code| (say(lang, code), Align::Right);
    let mut columns = vec![(say(lang, "settle.party"), Align::Left)];
    columns.extend(["settle.pays", "settle.receives", "settle.net"].map(right));
    columns.extend(["settle.advanced", "settle.left"].into_iter().filter(|_| advanced).map(right));
    let mut grid = Grid::new(columns);
    let figures = |part: &LedgerPart| {
        let settled = [part.advanced_fen, part.settle_fen].into_iter().filter(|_| advanced);
        [part.pays_fen, part.receives_fen, part.net_fen].into_iter().chain(settled).collect::<Vec<i64>>()
    };
    let exact: Vec<Vec<i64>> = parts.iter().map(figures).collect();
    let width = exact.first().map_or(0, Vec::len);
    let column = |at: usize| exact.iter().map(|row| row.get(at).copied().unwrap_or(0)).collect::<Vec<i64>>();
    let shown: Vec<Vec<i64>> = (0..width).map(|at| adding::parts(&column(at))).collect();
    for (at, part) in parts.iter().enumerate() {
        let row = shown.iter().filter_map(|column| column.get(at).copied()).map(wan);
        grid.row([part.name.get(lang).to_owned()].into_iter().chain(row).collect());
    }
    grid.rule();
    let sums = shown.iter().map(|column| wan(column.iter().sum()));
    grid.row([say(lang, "settle.sum")].into_iter().chain(sums).collect());
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
