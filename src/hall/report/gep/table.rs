//! Accounts of ecosystem products for the terminal: the two tables, the matrix, explanations, comparisons, checks.

use std::fmt::Write as _;

use crate::accounting::checks::{Checked, Remark};
use crate::accounting::compare::{Change, Comparison, PriceSets};
use crate::accounting::quantity::State;
use crate::accounting::statement::{Account, Row, table_adding_up};
use crate::accounting::stock::Inventory;
use crate::accounting::trace::{Explanation, Input};
use crate::figures::{percent, wan, yuan};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::gep::words::{STEP, follows, head, note, prices_line, printed, ratios, say, shown, what};
use crate::report::table::{Align, Grid};
use crate::units::Money;

fn values(rows: &[Row], total: Option<i64>, lang: Lang) -> String {
    let columns = [
        ("gep.column_indicator", Align::Left),
        ("gep.column_quantity", Align::Right),
        ("gep.column_unit", Align::Left),
        ("gep.column_price", Align::Right),
        ("gep.column_value", Align::Right),
        ("gep.column_share", Align::Right),
    ];
    let mut grid = Grid::new(columns.map(|(code, align)| (say(lang, code), align)));
    for (row, amount) in rows.iter().zip(printed(rows)) {
        let remark = note(row).map(|phrase| phrase.render(lang)).unwrap_or_default();
        let price = row
            .price
            .as_ref()
            .map(|price| format!("{} {}", shown(price), row.price_unit.as_deref().unwrap_or_default()));
        let share = total
            .filter(|total| *total != 0)
            .and_then(|total| row.value_fen.map(|fen| percent(fen as f64 / total as f64, 2)));
        grid.row(vec![
            format!("{}{} {}", "  ".repeat(row.depth), row.code, row.label.get(lang)),
            row.quantity.as_deref().map_or(remark, shown),
            row.unit.clone().unwrap_or_default(),
            price.unwrap_or_default(),
            amount.map(wan).unwrap_or_default(),
            share.unwrap_or_default(),
        ]);
    }
    grid.print("")
}

/// An account as a terminal report.
pub fn account(account: &Account, lang: Lang) -> String {
    let mut text = String::new();
    for phrase in head(account) {
        let _ = writeln!(text, "{}", phrase.render(lang));
    }
    text.push('\n');
    text.push_str(&values(&account.rows, Some(account.total_fen), lang));
    let total = Money::from_fen(account.total_fen);
    let _ = writeln!(text, "\n{}: {}", say(lang, "gep.gep_total"), Text::from(total).get(lang));
    for phrase in ratios(&account.ratios) {
        let _ = writeln!(text, "{}", phrase.render(lang));
    }
    if account.matrix.ecosystems.len() > 1 {
        let _ = writeln!(text, "\n{}", say(lang, "gep.title_matrix"));
        text.push_str(&matrix(account, lang));
    }
    if account.areas.len() > 1 {
        let _ = writeln!(text, "\n{}", say(lang, "gep.title_areas"));
        text.push_str(&areas(account, lang));
    }
    if !account.memorandum.is_empty() {
        let _ = writeln!(text, "\n{}", say(lang, "gep.title_memorandum"));
        text.push_str(&values(&account.memorandum, None, lang));
    }
    for warning in &account.warnings {
        let _ = writeln!(text, "! {}", warning.get(lang));
    }
    let hash = account.account.hashes.account.get(..16).unwrap_or_default();
    let line = Phrase::new("gep.hash_line")
        .with("id", &account.account.id)
        .with("version", &account.account.version)
        .with("hash", hash);
    let _ = writeln!(text, "\n{}", line.render(lang));
    text
}

fn matrix(account: &Account, lang: Lang) -> String {
    let mut columns = vec![(say(lang, "gep.column_indicator"), Align::Left)];
    columns
        .extend(account.matrix.ecosystems.iter().map(|ecosystem| (ecosystem.label.get(lang).to_owned(), Align::Right)));
    columns.push((say(lang, "gep.total_row"), Align::Right));
    let mut grid = Grid::new(columns);
    let exact: Vec<Vec<i64>> =
        account.matrix.rows.iter().map(|row| row.fen.iter().map(|fen| fen.unwrap_or(0)).collect()).collect();
    let printed = table_adding_up(&exact, STEP);
    for (row, amounts) in account.matrix.rows.iter().zip(&printed) {
        let mut cells = vec![format!("{} {}", row.code, row.label.get(lang))];
        let cell = |(fen, amount): (&Option<i64>, &i64)| fen.map(|_| wan(amount * STEP)).unwrap_or_default();
        cells.extend(row.fen.iter().zip(amounts).map(cell));
        cells.push(wan(amounts.iter().sum::<i64>() * STEP));
        grid.row(cells);
    }
    grid.rule();
    let mut cells = vec![say(lang, "gep.total_row")];
    let column = |at: usize| printed.iter().filter_map(|row| row.get(at)).sum::<i64>() * STEP;
    cells.extend((0..account.matrix.ecosystems.len()).map(|at| wan(column(at))));
    cells.push(wan(printed.iter().flatten().sum::<i64>() * STEP));
    grid.row(cells);
    grid.print("")
}

fn areas(account: &Account, lang: Lang) -> String {
    let columns = [
        ("gep.column_area", Align::Left),
        ("gep.column_value", Align::Right),
        ("gep.column_per_km2", Align::Right),
        ("gep.column_per_head", Align::Right),
        ("gep.column_note", Align::Left),
    ];
    let mut grid = Grid::new(columns.map(|(code, align)| (say(lang, code), align)));
    for area in &account.areas {
        let mut notes = Vec::new();
        notes.extend(area.is_part.then(|| say(lang, "gep.part_note")));
        notes.extend(area.beyond_norm.then(|| say(lang, "gep.beyond_note")));
        grid.row(vec![
            area.name.clone(),
            wan(area.value_fen),
            area.ratios.per_km2_fen.map(wan).unwrap_or_default(),
            area.ratios.per_head_fen.map(yuan).unwrap_or_default(),
            notes.join(", "),
        ]);
    }
    grid.print("")
}

fn input(input: &Input) -> Phrase {
    let line = match input.name.is_empty() || input.name == input.symbol {
        true => Phrase::new("gep.input_line"),
        false => {
            let item = if input.item.is_empty() { String::new() } else { format!(" · {}", input.item) };
            Phrase::new("gep.input_named").with("name", format!("{}{item}", input.name))
        }
    };
    let line = line.with("symbol", &input.symbol).with("value", shown(&input.value)).with("unit", &input.unit);
    let mut tails = Vec::new();
    if let Some(carried) = &input.carried {
        let factor = shown(&carried.factor);
        let phrase =
            Phrase::new("gep.input_carried").with("index", &carried.index).with("from", carried.from.to_string());
        tails.push(phrase.with("to", carried.to.to_string()).with("factor", factor));
    }
    if !input.place.is_empty() {
        let source = if input.source.is_empty() { "—" } else { &input.source };
        tails.push(Phrase::new("gep.input_source").with("place", &input.place).with("source", source));
    }
    tails
        .into_iter()
        .rev()
        .fold(None, |tail: Option<Phrase>, phrase| {
            Some(match tail {
                Some(tail) => phrase.followed_by(tail),
                None => phrase,
            })
        })
        .map_or_else(|| line.clone(), |tail| line.clone().followed_by(tail))
}

/// An explanation as a terminal report.
pub fn explanation(found: &Explanation, lang: Lang) -> String {
    let mut text = String::new();
    let title = Phrase::new("gep.head_line").with("name", found.name.clone()).with("year", found.year.to_string());
    let _ = writeln!(text, "{}\n{}", title.render(lang), prices_line(&found.norm.label, &found.prices).render(lang));
    if found.illustrative {
        let _ = writeln!(text, "{}", say(lang, "gep.illustrative"));
    }
    let counted = Phrase::new(if found.counted { "gep.counted_yes" } else { "gep.counted_no" });
    let line = Phrase::new("gep.explain_line").with("code", &found.code).with("label", found.label.clone());
    let amount = |fen: i64| Phrase::new("gep.in_yuan").with("value", yuan(fen)).text();
    // What is missing everywhere is not zero.
    let is_missing = found.cells.iter().all(|cell| cell.value_fen.is_none() && cell.state == State::Missing);
    let value = if is_missing { Phrase::new("gep.cell_state_missing").text() } else { amount(found.value_fen) };
    let _ = writeln!(text, "{}", line.with("value", value).with_phrase("counted", &counted).render(lang));
    for cell in &found.cells {
        let value = match (cell.value_fen, cell.state) {
            (Some(fen), _) => amount(fen),
            (None, State::Known) => Text::same("—"),
            (None, State::Missing) => Phrase::new("gep.cell_state_missing").text(),
            (None, State::NotApplicable) => Phrase::new("gep.cell_state_not_applicable").text(),
        };
        let line =
            Phrase::new("gep.cell_line").with("area", &cell.area.name).with("ecosystem", cell.ecosystem.label.clone());
        let _ = writeln!(text, "\n{}", line.with("value", value).render(lang));
        if let Some(figure) = &cell.figure {
            let _ = writeln!(text, "  {}", input(&Input { symbol: "Q".to_owned(), ..figure.clone() }).render(lang));
        }
        for step in &cell.steps {
            let line = Phrase::new("gep.step_line").with("formula", &step.formula).with("name", &step.name);
            let line =
                line.with("expression", &step.expression).with("result", shown(&step.result)).with("unit", &step.unit);
            let _ = writeln!(text, "  {}", line.render(lang));
            for one in &step.inputs {
                let _ = writeln!(text, "    {}", input(one).render(lang));
            }
            let dash = |text: &str| if text.is_empty() { "—".to_owned() } else { text.to_owned() };
            let source =
                Phrase::new("gep.step_source").with("clause", dash(&step.clause)).with("source", dash(&step.source));
            let _ = writeln!(text, "    {}", source.render(lang));
        }
    }
    text
}

/// A comparison as a terminal report.
pub fn comparison(found: &Comparison, lang: Lang) -> String {
    let mut text = String::new();
    let side = |side: &crate::accounting::compare::Side| {
        let line = |lang: Lang| {
            format!("{} {} · {} · {}", side.name.get(lang), side.year, side.norm.get(lang), side.prices.label.get(lang))
        };
        Text { zh: line(Lang::Zh), en: line(Lang::En) }
    };
    let line = Phrase::new("gep.compare_line").with("before", side(&found.before)).with("after", side(&found.after));
    let _ = writeln!(text, "{}", line.render(lang));
    if found.illustrative {
        let _ = writeln!(text, "{}", say(lang, "gep.illustrative"));
    }
    let columns = [
        ("gep.column_indicator", Align::Left),
        ("gep.column_before", Align::Right),
        ("gep.column_after", Align::Right),
        ("gep.column_by_quantity", Align::Right),
        ("gep.column_by_price", Align::Right),
        ("gep.column_by_method", Align::Right),
        ("gep.column_by_territory", Align::Right),
    ];
    let mut grid = Grid::new(columns.map(|(code, align)| (say(lang, code), align)));
    let row = |change: &Change| {
        let parts = [
            change.before_fen,
            change.after_fen,
            change.quantity_fen,
            change.price_fen,
            change.method_fen,
            change.territory_fen,
        ];
        let mut cells = vec![format!("{} {}", change.code, change.label.get(lang)).trim().to_owned()];
        cells.extend(parts.map(wan));
        cells
    };
    found.rows.iter().for_each(|change| grid.row(row(change)));
    grid.rule();
    grid.row(row(&found.total));
    text.push_str(&grid.print(""));
    if let (Some(quantity), Some(price)) = (&found.quantity_index, &found.price_index) {
        let line = Phrase::new("gep.index_line").with("quantity", quantity).with("price", price);
        let _ = writeln!(text, "{}", line.render(lang));
    }
    for (code, names) in [("gep.areas_gone", &found.areas_gone), ("gep.areas_new", &found.areas_new)] {
        if !names.is_empty() {
            let _ = writeln!(text, "{}", Phrase::new(code).with("areas", names.join(", ")).render(lang));
        }
    }
    text
}

/// Price sets as a terminal report.
pub fn price_sets(found: &PriceSets, lang: Lang) -> String {
    let title = Phrase::new("gep.head_line").with("name", found.name.clone()).with("year", found.year.to_string());
    let mut text = format!("{}\n", title.render(lang));
    if found.illustrative {
        let _ = writeln!(text, "{}", say(lang, "gep.illustrative"));
    }
    let mut columns = vec![(say(lang, "gep.column_indicator"), Align::Left)];
    columns.extend(found.sets.iter().map(|set| (set.label.get(lang).to_owned(), Align::Right)));
    columns.extend([(say(lang, "gep.column_least"), Align::Right), (say(lang, "gep.column_most"), Align::Right)]);
    let mut grid = Grid::new(columns);
    let row = |label: String, fen: &[Option<i64>], ends: [i64; 2]| {
        let mut cells = vec![label];
        cells.extend(fen.iter().map(|fen| fen.map(wan).unwrap_or_default()));
        cells.extend(ends.map(wan));
        cells
    };
    for one in &found.rows {
        grid.row(row(format!("{} {}", one.code, one.label.get(lang)), &one.fen, [one.least_fen, one.most_fen]));
    }
    grid.rule();
    grid.row(row(say(lang, "gep.total_row"), &found.totals_fen, [found.least_fen, found.most_fen]));
    text.push_str(&grid.print(""));
    for lacking in &found.lacking {
        let _ = writeln!(text, "! {}", lacking.get(lang));
    }
    text
}

fn remarks(text: &mut String, remarks: &[Remark], lang: Lang) {
    if remarks.is_empty() {
        let _ = writeln!(text, "{}", say(lang, "gep.no_remarks"));
        return;
    }
    let _ = writeln!(text, "{}", say(lang, "gep.remarks_title"));
    for remark in remarks {
        let _ = writeln!(text, "! {}", remark.text.get(lang));
    }
}

/// Checks as a terminal report.
pub fn checked(found: &Checked, lang: Lang) -> String {
    let title = Phrase::new("gep.head_line").with("name", found.name.clone()).with("year", found.year.to_string());
    let mut text = format!("{}\n", title.render(lang));
    if !found.printed.is_empty() {
        let [exact, rounding, wrong, unknown] = found.counts.map(|count| count.to_string());
        let line = Phrase::new("gep.checked_line").with("count", found.printed.len().to_string()).with("exact", exact);
        let line = line.with("rounding", rounding).with("wrong", wrong).with("unknown", unknown);
        let _ = writeln!(text, "{}", line.render(lang));
        let columns = [
            ("gep.column_indicator", Align::Left),
            ("gep.column_note", Align::Left),
            ("gep.column_printed", Align::Right),
            ("gep.column_recomputed", Align::Right),
            ("gep.column_unit", Align::Left),
            ("gep.column_follows", Align::Left),
        ];
        let mut grid = Grid::new(columns.map(|(code, align)| (say(lang, code), align)));
        for row in &found.printed {
            let verdict = say(lang, follows(row.follows));
            let cause = row.cause.as_ref().map(|cause| format!(": {}", cause.get(lang))).unwrap_or_default();
            grid.row(vec![
                format!("{} {} {} {}", row.code, row.label.get(lang), row.area, row.ecosystem).trim().to_owned(),
                say(lang, what(row.what)),
                row.printed.clone(),
                row.recomputed.clone().unwrap_or_default(),
                row.unit.clone(),
                format!("{verdict}{cause}"),
            ]);
        }
        text.push_str(&grid.print(""));
    }
    let [.., wrong, _] = found.counts;
    // What does not follow stands in the table above.
    if wrong == 0 || !found.remarks.is_empty() {
        remarks(&mut text, &found.remarks, lang);
    }
    text
}

/// An inventory as a terminal report.
pub fn inventory(found: &Inventory, lang: Lang) -> String {
    let mut text = format!("{}\n", found.name.get(lang));
    let _ = writeln!(
        text,
        "{}",
        Phrase::new("gep.inventory_line").with("count", found.items.len().to_string()).render(lang)
    );
    if found.illustrative {
        let _ = writeln!(text, "{}", say(lang, "gep.illustrative"));
    }
    let columns = [
        ("gep.column_name", Align::Left),
        ("gep.column_area", Align::Left),
        ("gep.column_extent", Align::Right),
        ("gep.column_grade", Align::Left),
        ("gep.column_owner", Align::Left),
        ("gep.column_holder", Align::Left),
    ];
    let mut grid = Grid::new(columns.map(|(code, align)| (say(lang, code), align)));
    for item in &found.items {
        grid.row(vec![
            item.name.clone(),
            item.area_name.clone(),
            item.extent.as_deref().map_or_else(String::new, |extent| format!("{} {}", shown(extent), item.unit)),
            item.grade.clone(),
            item.owner.clone(),
            item.holder.clone(),
        ]);
    }
    text.push_str(&grid.print(""));
    remarks(&mut text, &found.remarks, lang);
    text
}
