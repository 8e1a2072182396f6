//! Accounts of ecosystem products as plain sheets, and sheets as workbooks.

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::accounting::checks::Checked;
use crate::accounting::compare::{Change, Comparison, PriceSets};
use crate::accounting::inventory::Stock;
use crate::accounting::statement::{Account, Row};
use crate::accounting::stock::Inventory;
use crate::accounting::value::Value;
use crate::dataset::properties::properties;
use crate::phrases::{Lang, Phrase, visible};
use crate::report::gep::words::{follows, head, note, ratios, say, what};
use crate::report::plain_style::{Style, page, yuan};
use crate::units::Money;

/// A cell of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    /// A number as its digits.
    Number(String),
    /// 分, shown in 元.
    Fen(i64),
    Blank,
}

impl Cell {
    /// As CSV has it.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Fen(fen) => Money::from_fen(*fen).yuan(),
            Self::Blank => String::new(),
        }
    }

    fn number(text: Option<&String>) -> Self {
        text.map_or(Self::Blank, |text| Self::Number(text.clone()))
    }

    fn fen(fen: Option<i64>) -> Self {
        fen.map_or(Self::Blank, Self::Fen)
    }
}

/// A sheet: headers and rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub name: String,
    pub headers: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// Rows that are sums of others.
    pub sums: Vec<usize>,
    /// The line below it on which people sign; empty for none.
    pub sign: String,
}

fn sheet<const N: usize>(lang: Lang, name: &'static str, headers: [&'static str; N]) -> Sheet {
    Sheet { name: say(lang, name), headers: headers.map(|code| say(lang, code)).to_vec(), ..Sheet::default() }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn remark(row: &Row, lang: Lang) -> Cell {
    note(row).map_or(Cell::Blank, |phrase| Cell::Text(phrase.render(lang)))
}

fn label(row: &Row, lang: Lang) -> Cell {
    text(format!("{}{}", "  ".repeat(row.depth), row.label.get(lang)))
}

/// 功能量表.
fn quantities(account: &Account, lang: Lang) -> Sheet {
    let headers = [
        "gep.column_code",
        "gep.column_indicator",
        "gep.column_quantity",
        "gep.column_unit",
        "gep.column_clause",
        "gep.column_note",
    ];
    let mut made = sheet(lang, "gep.sheet_quantities", headers);
    let outside = account.memorandum.iter().map(|row| (row, true));
    for (row, outside) in account
        .rows
        .iter()
        .map(|row| (row, false))
        .chain(outside)
        .filter(|(row, _)| row.quantity.is_some() || row.missing + row.not_applicable > 0)
    {
        let mut notes: Vec<String> = note(row).iter().map(|phrase| phrase.render(lang)).collect();
        notes.extend(outside.then(|| say(lang, "gep.outside_note")));
        made.rows.push(vec![
            text(&row.code),
            text(row.label.get(lang)),
            Cell::number(row.quantity.as_ref()),
            text(row.unit.clone().unwrap_or_default()),
            text(&row.clause),
            if notes.is_empty() { Cell::Blank } else { text(notes.join(", ")) },
        ]);
    }
    made
}

fn value_row(row: &Row, lang: Lang) -> Vec<Cell> {
    vec![
        text(&row.code),
        label(row, lang),
        Cell::number(row.quantity.as_ref()),
        text(row.unit.clone().unwrap_or_default()),
        Cell::number(row.price.as_ref()),
        text(row.price_unit.clone().unwrap_or_default()),
        Cell::fen(row.value_fen),
        remark(row, lang),
    ]
}

const VALUES: [&str; 8] = [
    "gep.column_code",
    "gep.column_indicator",
    "gep.column_quantity",
    "gep.column_unit",
    "gep.column_price",
    "gep.column_price_unit",
    "gep.column_value_yuan",
    "gep.column_note",
];

/// 价值量表.
fn values(rows: &[Row], name: &'static str, lang: Lang) -> Sheet {
    let sums = rows.iter().enumerate().filter(|(_, row)| row.is_sum).map(|(at, _)| at).collect();
    Sheet { rows: rows.iter().map(|row| value_row(row, lang)).collect(), sums, ..sheet(lang, name, VALUES) }
}

/// All rows of an account, each with the table of which it is.
pub(super) fn all_rows(account: &Account, lang: Lang) -> Sheet {
    let mut made = sheet(lang, "gep.sheet_values", VALUES);
    made.headers.insert(0, say(lang, "gep.column_section"));
    for (name, rows) in [("gep.sheet_values", &account.rows), ("gep.sheet_memorandum", &account.memorandum)] {
        for row in rows {
            let mut cells = value_row(row, lang);
            cells.insert(0, text(say(lang, name)));
            made.rows.push(cells);
        }
    }
    made
}

fn matrix(account: &Account, lang: Lang) -> Sheet {
    let mut made = sheet(lang, "gep.sheet_matrix", ["gep.column_code", "gep.column_indicator"]);
    made.headers.extend(account.matrix.ecosystems.iter().map(|ecosystem| ecosystem.label.get(lang).to_owned()));
    made.headers.push(say(lang, "gep.total_row"));
    for row in &account.matrix.rows {
        let mut cells = vec![text(&row.code), text(row.label.get(lang))];
        cells.extend(row.fen.iter().map(|fen| Cell::fen(*fen)));
        cells.push(Cell::Fen(row.total_fen));
        made.rows.push(cells);
    }
    let mut cells = vec![Cell::Blank, text(say(lang, "gep.total_row"))];
    cells.extend(account.matrix.totals_fen.iter().map(|fen| Cell::Fen(*fen)));
    cells.push(Cell::Fen(account.total_fen));
    made.sums.push(made.rows.len());
    made.rows.push(cells);
    made
}

fn areas(account: &Account, lang: Lang) -> Sheet {
    let headers = [
        "gep.column_area_code",
        "gep.column_area",
        "gep.column_value_yuan",
        "gep.column_per_km2",
        "gep.column_per_head",
        "gep.column_ggi",
        "gep.column_note",
    ];
    let mut made = sheet(lang, "gep.sheet_areas", headers);
    for area in &account.areas {
        let mut notes = Vec::new();
        notes.extend(area.is_part.then(|| say(lang, "gep.part_note")));
        notes.extend(area.beyond_norm.then(|| say(lang, "gep.beyond_note")));
        let wan = |fen: i64| Cell::Number(Value::Decimal(i128::from(fen), -6).written());
        made.rows.push(vec![
            text(&area.code),
            text(&area.name),
            Cell::Fen(area.value_fen),
            area.ratios.per_km2_fen.map_or(Cell::Blank, wan),
            Cell::fen(area.ratios.per_head_fen),
            Cell::number(area.ratios.gep_to_gdp.as_ref()),
            text(notes.join(", ")),
        ]);
    }
    made
}

/// What an account rests on, and its ratios.
fn basis(account: &Account, lang: Lang) -> Sheet {
    let mut made = sheet(lang, "gep.sheet_basis", ["gep.sheet_basis"]);
    let part = &account.account;
    let mut lines: Vec<String> =
        head(account).iter().chain(&ratios(&account.ratios)).map(|phrase| phrase.render(lang)).collect();
    lines.extend([part.source.clone(), part.norm.source.clone(), part.prices.source.clone(), part.note.clone()]);
    lines.extend(account.warnings.iter().map(|warning| format!("! {}", warning.get(lang).replace('\n', " "))));
    let hash = Phrase::new("gep.hash_line")
        .with("id", &part.id)
        .with("version", &part.version)
        .with("hash", &part.hashes.account);
    lines.push(hash.render(lang));
    made.rows = lines.into_iter().filter(|line| !line.is_empty()).map(|line| vec![text(line)]).collect();
    made
}

/// A comparison.
pub(super) fn comparison(found: &Comparison, lang: Lang) -> Sheet {
    let headers = [
        "gep.column_code",
        "gep.column_indicator",
        "gep.column_before_yuan",
        "gep.column_after_yuan",
        "gep.column_by_quantity",
        "gep.column_by_price",
        "gep.column_by_method",
        "gep.column_by_territory",
    ];
    let mut made = sheet(lang, "gep.column_change", headers);
    let row = |change: &Change| {
        let fen = [
            change.before_fen,
            change.after_fen,
            change.quantity_fen,
            change.price_fen,
            change.method_fen,
            change.territory_fen,
        ];
        [text(&change.code), text(change.label.get(lang))].into_iter().chain(fen.map(Cell::Fen)).collect()
    };
    made.rows = found.rows.iter().chain([&found.total]).map(row).collect();
    made
}

/// Price sets side by side.
pub(super) fn price_sets(found: &PriceSets, lang: Lang) -> Sheet {
    let mut made = sheet(lang, "gep.column_price", ["gep.column_code", "gep.column_indicator"]);
    made.headers.extend(found.sets.iter().map(|set| set.label.get(lang).to_owned()));
    made.headers.extend(["gep.column_least", "gep.column_most"].map(|code| say(lang, code)));
    for row in &found.rows {
        let mut cells = vec![text(&row.code), text(row.label.get(lang))];
        cells.extend(row.fen.iter().map(|fen| Cell::fen(*fen)));
        cells.extend([Cell::Fen(row.least_fen), Cell::Fen(row.most_fen)]);
        made.rows.push(cells);
    }
    let mut cells = vec![Cell::Blank, text(say(lang, "gep.total_row"))];
    cells.extend(found.totals_fen.iter().map(|fen| Cell::fen(*fen)));
    cells.extend([Cell::Fen(found.least_fen), Cell::Fen(found.most_fen)]);
    made.sums.push(made.rows.len());
    made.rows.push(cells);
    made
}

/// What was printed beside what follows, then remarks.
pub(super) fn checked(found: &Checked, lang: Lang) -> Sheet {
    let headers = [
        "gep.column_code",
        "gep.column_indicator",
        "gep.column_kind",
        "gep.column_printed",
        "gep.column_recomputed",
        "gep.column_unit",
        "gep.column_follows",
        "gep.column_note",
    ];
    let mut made = sheet(lang, "gep.column_follows", headers);
    for row in &found.printed {
        made.rows.push(vec![
            text(&row.code),
            text(format!("{} {} {}", row.label.get(lang), row.area, row.ecosystem).trim()),
            text(say(lang, what(row.what))),
            text(&row.printed),
            text(row.recomputed.clone().unwrap_or_default()),
            text(&row.unit),
            text(say(lang, follows(row.follows))),
            text(row.cause.as_ref().map(|cause| cause.get(lang).to_owned()).unwrap_or_default()),
        ]);
    }
    for remark in &found.remarks {
        let mut cells = vec![Cell::Blank; 7];
        cells.push(text(remark.text.get(lang).replace('\n', " ")));
        made.rows.push(cells);
    }
    made
}

/// The inventory, with the columns by which it is read.
pub(super) fn inventory(found: &Inventory, lang: Lang) -> Sheet {
    let headers = [
        "gep.column_code",
        "gep.column_name",
        "gep.column_category",
        "gep.column_ecosystem",
        "gep.column_area_code",
        "gep.column_area",
        "gep.column_extent",
        "gep.column_unit",
        "gep.column_year",
        "gep.column_grade",
        "gep.column_standard",
        "gep.column_function",
        "gep.column_owner",
        "gep.column_owner_name",
        "gep.column_right",
        "gep.column_holder",
        "gep.column_term",
        "gep.column_protection",
        "gep.column_development",
        "gep.column_revenue",
        "gep.column_kind",
        "gep.column_survey",
        "gep.column_source",
        "gep.column_valid_from",
    ];
    let mut made = sheet(lang, "gep.sheet_inventory", headers);
    for item in &found.items {
        let kind = match item.kind {
            Stock::Resource => "gep.kind_resource",
            Stock::Product => "gep.kind_product",
            Stock::Negative => "gep.kind_negative",
        };
        made.rows.push(vec![
            text(&item.code),
            text(&item.name),
            text(item.category_label.get(lang)),
            text(item.ecosystem.label.get(lang)),
            text(&item.area),
            text(&item.area_name),
            Cell::number(item.extent.as_ref()),
            text(&item.unit),
            item.year.map_or(Cell::Blank, |year| text(year.to_string())),
            text(&item.grade),
            text(&item.standard),
            text(&item.function),
            text(&item.owner),
            text(&item.owner_name),
            text(&item.right),
            text(&item.holder),
            text(&item.term),
            text(&item.protection),
            text(&item.development),
            Cell::fen(item.revenue_fen),
            text(say(lang, kind)),
            text(&item.survey),
            text(&item.source),
            text(&item.valid_from),
        ]);
    }
    made
}

/// How a number is printed: with separators, and as many decimals as its size has use for.
fn number_format(digits: &str) -> &'static str {
    let decimals = digits.split_once('.').map_or(0, |(_, part)| part.trim_end_matches('0').len());
    let size = digits.parse::<f64>().unwrap_or(0.0).abs();
    match decimals {
        _ if digits.contains('/') => "#,##0.00",
        0 => "#,##0",
        1 | 2 => "#,##0.00",
        _ if size >= 100.0 => "#,##0.00",
        3 | 4 => "#,##0.0000",
        _ if size >= 1.0 => "#,##0.0000",
        _ => "0.00000000",
    }
}

/// The number of digits, or of a fraction.
fn number(digits: &str) -> f64 {
    digits.parse().unwrap_or_else(|_| Value::parse(digits).map_or(0.0, |value| value.to_f64()))
}

/// A row of a table.
fn row_of(
    sheet: &mut rust_xlsxwriter::Worksheet,
    row: u32,
    (cells, bold): (&[Cell], bool),
    style: &Style,
) -> Result<(), XlsxError> {
    let of = |format: &rust_xlsxwriter::Format| if bold { format.clone().set_bold() } else { format.clone() };
    for (column, cell) in (0_u16..).zip(cells) {
        match cell {
            Cell::Text(text) => sheet.write_string_with_format(row, column, visible(text), &of(&style.wrapped))?,
            Cell::Number(digits) => {
                let format = of(&style.text).set_num_format(number_format(digits));
                sheet.write_number_with_format(row, column, number(digits), &format)?
            }
            Cell::Fen(fen) => sheet.write_number_with_format(row, column, yuan(*fen), &of(&style.money))?,
            Cell::Blank => sheet.write_blank(row, column, &of(&style.wrapped))?,
        };
    }
    Ok(())
}

/// Sheets as a workbook; `lines` stand above every table.
fn workbook(sheets: &[Sheet], title: &str, lines: &[String]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(&title.chars().take(200).collect::<String>(), "")?);
    let style = Style::new();
    // A workbook has a sheet, if only with its headers.
    for (_, made) in sheets.iter().enumerate().filter(|(at, made)| *at == 0 || !made.rows.is_empty()) {
        let sheet = book.add_worksheet();
        sheet.set_name(made.name.chars().filter(|c| !"[]:*?/\\".contains(*c)).take(31).collect::<String>())?;
        let mut row = 0;
        for (at, line) in lines.iter().enumerate() {
            // Every page says which table it is.
            let line = if at == 0 { format!("{line} {}", made.name) } else { line.clone() };
            sheet.write_string_with_format(row, 0, visible(&line), if at == 0 { &style.title } else { &style.note })?;
            row += 1;
        }
        page(sheet, row, 2)?;
        for (column, header) in (0_u16..).zip(&made.headers) {
            sheet.write_string_with_format(row, column, header, &style.header)?;
            let widest = made
                .rows
                .iter()
                .filter_map(|cells| cells.get(usize::from(column)))
                .map(width)
                .fold(width(&Cell::Text(header.clone())), f64::max);
            sheet.set_column_width(column, widest.clamp(8.0, if made.headers.len() == 1 { 110.0 } else { 48.0 }))?;
        }
        for (at, cells) in made.rows.iter().enumerate() {
            row += 1;
            row_of(sheet, row, (cells, made.sums.contains(&at)), &style)?;
        }
        if !made.sign.is_empty() {
            sheet.write_string(row + 2, 0, &made.sign)?;
        }
    }
    book.save_to_buffer()
}

/// Width of a cell in columns of digits.
fn width(cell: &Cell) -> f64 {
    let text = match cell {
        Cell::Fen(fen) => crate::figures::yuan(*fen),
        Cell::Number(digits) => {
            let decimals = number_format(digits).split_once('.').map_or(0, |(_, part)| part.len());
            crate::figures::separated(&format!("{:.decimals$}", number(digits)))
        }
        other => other.text(),
    };
    unicode_width::UnicodeWidthStr::width(text.as_str()) as f64 + 2.0
}

/// An account as a workbook.
///
/// # Errors
/// The writer refuses.
pub fn account_workbook(account: &Account, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let signed = |made: Sheet| Sheet { sign: say(lang, "gep.sign_line"), ..made };
    let sheets = [
        signed(quantities(account, lang)),
        signed(values(&account.rows, "gep.sheet_values", lang)),
        matrix(account, lang),
        areas(account, lang),
        values(&account.memorandum, "gep.sheet_memorandum", lang),
        basis(account, lang),
    ];
    let lines: Vec<String> = head(account).iter().map(|phrase| phrase.render(lang)).collect();
    workbook(&sheets, account.account.name.get(lang), &lines)
}

/// A comparison as a workbook.
///
/// # Errors
/// The writer refuses.
pub fn comparison_workbook(found: &Comparison, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} {} → {}", found.after.name.get(lang), found.before.year, found.after.year);
    workbook(&[comparison(found, lang)], &title, &marked(&title, found.illustrative, lang))
}

fn marked(title: &str, illustrative: bool, lang: Lang) -> Vec<String> {
    let mut lines = vec![title.to_owned()];
    lines.extend(illustrative.then(|| say(lang, "gep.illustrative")));
    lines
}

/// Price sets as a workbook.
///
/// # Errors
/// The writer refuses.
pub fn price_sets_workbook(found: &PriceSets, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} {}", found.name.get(lang), found.year);
    workbook(&[price_sets(found, lang)], &title, &marked(&title, found.illustrative, lang))
}

/// Checks as a workbook.
///
/// # Errors
/// The writer refuses.
pub fn checked_workbook(found: &Checked, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} {}", found.name.get(lang), found.year);
    workbook(&[checked(found, lang)], &title, &marked(&title, false, lang))
}

/// An inventory as a workbook.
///
/// # Errors
/// The writer refuses.
pub fn inventory_workbook(found: &Inventory, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    workbook(&[inventory(found, lang)], found.name.get(lang), &marked(found.name.get(lang), found.illustrative, lang))
}
