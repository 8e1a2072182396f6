//! A settlement as a workbook: 台账, 资金流, 清算转账, 预拨, 结存, 结转, 校验, 步骤, 月值; numbers as numbers, money in 元.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use crate::dataset::properties::properties;
use crate::horizontal::settlement::{LedgerPart, Settlement};
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::plain_style::{Columns, Style, page};
use crate::units::Decimal;

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn workbook(settlement: &Settlement, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let title: String = settlement.agreement.name.get(lang).chars().take(200).collect();
    book.set_properties(&properties(&title, "")?);
    let page = Page { settlement, lang, style: Style::new() };
    page.ledger(book.add_worksheet())?;
    page.flows(book.add_worksheet())?;
    page.transfers(book.add_worksheet())?;
    if settlement.years.iter().any(|year| !year.advances.is_empty()) {
        page.advances(book.add_worksheet())?;
    }
    if settlement.years.iter().any(|year| !year.funds.is_empty()) {
        page.funds(book.add_worksheet())?;
    }
    if !settlement.outstanding.is_empty() {
        page.outstanding(book.add_worksheet())?;
    }
    page.checks(book.add_worksheet())?;
    page.steps(book.add_worksheet())?;
    page.months(book.add_worksheet())?;
    book.save_to_buffer()
}

struct Page<'a> {
    settlement: &'a Settlement,
    lang: Lang,
    style: Style,
}

/// A year or month, where there is one.
fn whole(value: Option<impl Into<i64>>) -> Cell {
    value.map_or_else(|| Cell::Text(String::new()), |value| Cell::Whole(value.into()))
}

/// A cell of a row.
enum Cell {
    Text(String),
    Whole(i64),
    /// 分, written as 元.
    Fen(i64),
    /// A measured value.
    Number(f64),
}

/// A value as a number where it is one, else as written.
fn figure(text: &str) -> Cell {
    Decimal::parse(text).map_or_else(|_| Cell::Text(text.to_owned()), |value| Cell::Number(value.to_f64()))
}

impl Page<'_> {
    fn say(&self, code: &'static str) -> String {
        Phrase::new(code).render(self.lang)
    }

    fn name(&self, party: &str) -> String {
        let known = self.settlement.agreement.parties.iter().find(|known| known.id == party);
        known.map_or_else(|| party.to_owned(), |known| known.name.get(self.lang).to_owned())
    }

    /// Name of the sheet, title, standing and headers; the next free row.
    fn head(&self, sheet: &mut Worksheet, name: &'static str, headers: &[String]) -> Result<(u32, Columns), XlsxError> {
        let columns = Columns::new(sheet, headers.iter().map(|header| self.width(header)))?;
        let part = &self.settlement.agreement;
        sheet.set_name(self.say(name))?;
        sheet.write_string_with_format(0, 0, visible(part.name.get(self.lang)), &self.style.title)?;
        let source =
            Phrase::new("settle.source").with("source", &part.source).with("confirmed", part.confirmed_name.clone());
        columns.note(sheet, 1, &source.render(self.lang), &self.style.note)?;
        let mut row = 2;
        if part.illustrative || self.settlement.data.illustrative {
            sheet.write_string_with_format(row, 0, self.say("settle.illustrative"), &self.style.note)?;
            row += 1;
        }
        // Above the table, where nobody who opens the sheet can miss it.
        for warning in &self.settlement.warnings {
            let text = format!("! {}", warning.get(self.lang).replace('\n', " "));
            columns.note(sheet, row, &visible(&text), &self.style.note)?;
            row += 1;
        }
        page(sheet, row, 0)?;
        columns.headers(sheet, row, headers, &self.style)?;
        Ok((row + 1, columns))
    }

    /// How wide a column is, by its header.
    fn width(&self, header: &str) -> f64 {
        let is = |codes: &[&'static str]| codes.iter().any(|code| self.say(code) == header);
        if is(&["settle.year_column", "settle.month", "settle.arose"]) {
            10.0
        } else if is(&["settle.step"]) {
            100.0
        } else if is(&["settle.basis_column", "settle.note_column"]) {
            32.0
        } else if is(&[
            "settle.clause_column",
            "settle.from",
            "settle.to",
            "settle.fund",
            "settle.party",
            "settle.item",
        ]) {
            22.0
        } else {
            17.0
        }
    }

    fn row(&self, sheet: &mut Worksheet, (row, columns): (u32, &Columns), cells: Vec<Cell>) -> Result<(), XlsxError> {
        let text = |cell: &Cell| if let Cell::Text(text) = cell { text.clone() } else { String::new() };
        let texts: Vec<String> = cells.iter().map(text).collect();
        columns.fit(sheet, row, texts.iter().map(String::as_str))?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, column, visible(&text), &self.style.wrapped)?,
                // Exact: years, months and counts.
                Cell::Whole(value) => sheet.write_number_with_format(row, column, value as f64, &self.style.wrapped)?,
                Cell::Number(value) => sheet.write_number_with_format(row, column, value, &self.style.wrapped)?,
                Cell::Fen(fen) => sheet.write_number_with_format(row, column, fen as f64 / 100.0, &self.style.money)?,
            };
        }
        Ok(())
    }

    fn in_yuan(&self, code: &'static str) -> String {
        format!("{}({})", self.say(code), self.say("settle.yuan"))
    }

    fn ledger(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let mut headers = vec![self.say("settle.year_column"), self.say("settle.party")];
        let money = ["settle.pays", "settle.receives", "settle.net", "settle.advanced", "settle.left"];
        headers.extend(money.map(|code| self.in_yuan(code)));
        let (mut row, columns) = self.head(sheet, "settle.ledger", &headers)?;
        let mut write = |sheet: &mut Worksheet, year: Cell, part: &LedgerPart| -> Result<(), XlsxError> {
            let money =
                [part.pays_fen, part.receives_fen, part.net_fen, part.advanced_fen, part.settle_fen].map(Cell::Fen);
            let name = Cell::Text(part.name.get(self.lang).to_owned());
            self.row(sheet, (row, &columns), [year, name].into_iter().chain(money).collect())?;
            row += 1;
            Ok(())
        };
        for year in &self.settlement.years {
            for part in &year.ledger {
                write(sheet, Cell::Whole(year.year.into()), part)?;
            }
        }
        for part in &self.settlement.total {
            write(sheet, Cell::Text(self.say("settle.sum")), part)?;
        }
        Ok(())
    }

    fn flows(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = [
            "settle.year_column",
            "settle.clause_column",
            "settle.basis_column",
            "settle.from",
            "settle.to",
            "settle.section",
            "settle.month",
        ];
        let mut headers: Vec<String> = words.iter().map(|code| self.say(code)).collect();
        headers.push(self.say("settle.arose"));
        let money = ["settle.due", "settle.amount", "settle.put_off", "settle.cut"];
        headers.extend(money.map(|code| self.in_yuan(code)));
        let (mut row, columns) = self.head(sheet, "settle.flows", &headers)?;
        for year in &self.settlement.years {
            for clause in &year.clauses {
                for flow in &clause.flows {
                    let cells = vec![
                        Cell::Whole(year.year.into()),
                        Cell::Text(clause.title.get(self.lang).to_owned()),
                        Cell::Text(clause.basis.clone()),
                        Cell::Text(self.name(&flow.from)),
                        Cell::Text(self.name(&flow.to)),
                        self.text_of(flow.section_name.as_ref()),
                        whole(flow.month),
                        whole(flow.carried_from),
                        Cell::Fen(flow.due_fen),
                        Cell::Fen(flow.amount_fen),
                        Cell::Fen(flow.put_off_fen),
                        Cell::Fen(flow.cut_fen),
                    ];
                    self.row(sheet, (row, &columns), cells)?;
                    row += 1;
                }
            }
        }
        Ok(())
    }

    fn text_of(&self, text: Option<&Text>) -> Cell {
        Cell::Text(text.map_or_else(String::new, |text| text.get(self.lang).to_owned()))
    }

    /// A sheet of rows under headers, of which the last ones are money.
    fn table(
        &self,
        sheet: &mut Worksheet,
        name: &'static str,
        (words, money): (&[&'static str], &[&'static str]),
        rows: impl Iterator<Item = Vec<Cell>>,
    ) -> Result<(), XlsxError> {
        let words = words.iter().map(|code| self.say(code));
        let headers: Vec<String> = words.chain(money.iter().map(|code| self.in_yuan(code))).collect();
        let (first, columns) = self.head(sheet, name, &headers)?;
        (first..).zip(rows).try_for_each(|(row, cells)| self.row(sheet, (row, &columns), cells))
    }

    fn transfers(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = ["settle.year_column", "settle.from", "settle.to"];
        let money = ["settle.due", "settle.prepaid", "settle.to_settle"];
        let parts = self.settlement.years.iter().flat_map(|year| year.transfers.iter().map(|part| (year.year, part)));
        let rows = parts.map(|(year, part)| {
            let names = [Cell::Whole(year.into()), Cell::Text(self.name(&part.from)), Cell::Text(self.name(&part.to))];
            let money = [part.due_fen, part.prepaid_fen, part.settle_fen].map(Cell::Fen);
            names.into_iter().chain(money).collect()
        });
        self.table(sheet, "settle.transfers", (&words, &money), rows)
    }

    fn advances(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = ["settle.year_column", "settle.clause_column", "settle.from", "settle.to"];
        let parts = self.settlement.years.iter().flat_map(|year| year.advances.iter().map(move |part| (year, part)));
        let rows = parts.map(|(year, part)| {
            let title = year.clauses.iter().find(|clause| clause.id == part.clause).map(|clause| &clause.title);
            let names = [Cell::Text(self.name(&part.from)), Cell::Text(self.name(&part.to))];
            let clause = [Cell::Whole(year.year.into()), self.text_of(title)];
            clause.into_iter().chain(names).chain([Cell::Fen(part.amount_fen)]).collect()
        });
        self.table(sheet, "settle.row_advance", (&words, &["settle.prepaid"]), rows)
    }

    fn funds(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = ["settle.year_column", "settle.fund"];
        let money = ["settle.opening", "settle.paid_in", "settle.paid_out", "settle.closing"];
        let parts = self.settlement.years.iter().flat_map(|year| year.funds.iter().map(|part| (year.year, part)));
        let rows = parts.map(|(year, part)| {
            let money = [part.opening_fen, part.paid_in_fen, part.paid_out_fen, part.closing_fen].map(Cell::Fen);
            [Cell::Whole(year.into()), self.text_of(Some(&part.name))].into_iter().chain(money).collect()
        });
        self.table(sheet, "settle.funds", (&words, &money), rows)
    }

    fn outstanding(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words =
            ["settle.arose", "settle.clause_column", "settle.from", "settle.to", "settle.section", "settle.month"];
        let rows = self.settlement.outstanding.iter().map(|part| {
            vec![
                whole(part.carried_from),
                self.text_of(Some(&part.clause_title)),
                Cell::Text(self.name(&part.from)),
                Cell::Text(self.name(&part.to)),
                self.text_of(part.section_name.as_ref()),
                whole(part.month),
                Cell::Fen(part.amount_fen),
            ]
        });
        self.table(sheet, "settle.row_outstanding", (&words, &["settle.put_off"]), rows)
    }

    fn checks(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = ["settle.year_column", "settle.row", "settle.step"];
        let checks = self.settlement.years.iter().flat_map(|year| year.checks.iter().map(|check| (year.year, check)));
        let rows = checks.map(|(year, check)| {
            let code = if check.holds { "settle.row_check" } else { "settle.row_check_failed" };
            vec![Cell::Whole(year.into()), Cell::Text(self.say(code)), self.text_of(Some(&check.what))]
        });
        self.table(sheet, "settle.checks", (&words, &[]), rows)
    }

    fn steps(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let headers = ["settle.year_column", "settle.item", "settle.step"].map(|code| self.say(code));
        let (mut row, columns) = self.head(sheet, "settle.steps", &headers)?;
        for year in &self.settlement.years {
            let measures = year.measures.iter().map(|part| (part.name.get(self.lang), &part.steps));
            let clauses = year.clauses.iter().map(|part| (part.title.get(self.lang), &part.steps));
            for (name, steps) in measures.chain(clauses) {
                for step in steps {
                    let step = Cell::Text(step.get(self.lang).to_owned());
                    let cells = vec![Cell::Whole(year.year.into()), Cell::Text(name.to_owned()), step];
                    self.row(sheet, (row, &columns), cells)?;
                    row += 1;
                }
            }
        }
        Ok(())
    }

    fn months(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let words = [
            "settle.year_column",
            "settle.section",
            "settle.indicator",
            "settle.month",
            "settle.written",
            "settle.used",
            "settle.note_column",
        ];
        let headers = words.map(|code| self.say(code));
        let (mut row, columns) = self.head(sheet, "settle.months", &headers)?;
        for series in self.settlement.years.iter().flat_map(|year| &year.series) {
            for month in &series.months {
                let note = month.note.as_ref().map(|note| note.get(self.lang).to_owned());
                let cells = vec![
                    Cell::Whole(series.year.into()),
                    Cell::Text(series.section_name.get(self.lang).to_owned()),
                    Cell::Text(format!("{}({})", series.indicator_name.get(self.lang), series.unit)),
                    Cell::Whole(month.month.into()),
                    figure(month.written.as_deref().unwrap_or_default()),
                    figure(month.used.as_deref().unwrap_or_default().trim_start_matches('≈')),
                    Cell::Text(note.unwrap_or_default()),
                ];
                self.row(sheet, (row, &columns), cells)?;
                row += 1;
            }
        }
        Ok(())
    }
}
